"""The figures of a plan that are kept and shown without it: levels, postage, incentives, editions, assumptions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from kernel.findings import Finding
from kernel.money import ZERO, Extended, Money, Rate
from postal.admission.incentives import Earned
from postal.data.editions import Edition, assumptions
from postal.prices.piece_price import ByPound
from postal.sorting.presort_plan import Marking, PresortPlan


@dataclass(frozen=True, slots=True)
class PostageLine:
    """A level with pieces: its price a piece (None where none is loaded), by the pound besides, and its postage before
    the cent."""

    level: str
    name: str
    pieces: int
    rate: Rate | None
    by_pound: ByPound | None
    extended: Extended
    form: str


@dataclass(frozen=True, slots=True)
class PlanFigures:
    """``levels``: pieces by code, empty ones too; ``postage`` less ``incentives``; ``statement_postage``: what the
    statements come to; ``single_piece``: the same pieces at single-piece prices, where those are known;
    ``top_down``: what sorting from the top would have cost."""

    levels: dict[str, int] = field(default_factory=dict)
    postage_lines: tuple[PostageLine, ...] = ()
    postage: Money = ZERO
    incentives: tuple[Earned, ...] = ()
    incentive: Money = ZERO
    statement_postage: Money = ZERO
    single_piece: Money | None = None
    trays: int = 0
    sort_plan: str = ""
    title: str = ""
    policy: str = ""
    payment: str = ""
    markings: tuple[Marking, ...] = ()
    top_down: Money | None = None
    editions: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def figures_of(
    plan: PresortPlan, used: Sequence[Edition] = (), warnings: Sequence[Finding] = (), caution: str = ""
) -> PlanFigures:
    """``used``, ``warnings``: editions and findings besides those of the plan; ``caution``: one more assumption."""
    return PlanFigures(
        levels=plan.level_counts,
        postage_lines=tuple(
            PostageLine(
                level.code, level.name, level.pieces, level.rate, level.by_pound, level.postage,
                level.form or plan.form,
            )
            for level in plan.levels
            if level.pieces
        ),
        postage=plan.postage,
        incentives=tuple(one for one in plan.incentives if one.pieces),
        incentive=plan.incentive,
        statement_postage=plan.statement_postage,
        single_piece=plan.single_piece_postage,
        trays=len(plan.trays),
        sort_plan=plan.sort_plan,
        title=plan.title,
        policy=plan.policy,
        payment=plan.payment,
        markings=plan.markings,
        top_down=plan.top_down_postage,
        editions=tuple(dict.fromkeys((*plan.editions, *(edition.name for edition in used)))),
        assumptions=(*plan.assumptions, *assumptions(used, caution)),
        findings=(*plan.findings, *warnings),
    )  # fmt: skip
