"""Presort: which level and tray every piece of a mailing goes to, in columns, by a sort plan that is data.

``plan_presort`` counts pieces by unit (ZIP, or ZIP and route), lets a policy place them on levels, puts the pieces
in tray order with one sort of 64-bit words, and trays each destination whole. Input order only breaks ties.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypedDict

import numpy as np

from kernel.errors import InvalidInput
from kernel.findings import Finding, Severity
from kernel.money import Money
from postal.piece.mailpiece import Mailpiece, Verdict, check_mailpiece
from postal.plans.sort_plans import SortPlan, at_least
from postal.sorting.cells import (
    Cells,
    Keys,
    Mail,
    build_groups,
    counted_together,
    gather,
    level_keys,
    make_cells,
    sort_in_units,
    top_down,
    tray_order,
)
from postal.sorting.containers import assign_containers, bundle_trays, loose_trays
from postal.sorting.filling import TrayFamily
from postal.sorting.level_rates import LevelRates
from postal.sorting.mailings import Mailings
from postal.sorting.presort_plan import (
    Bundles,
    ContainerLevel,
    Groups,
    Int64s,
    LevelResult,
    PieceColumns,
    PresortPlan,
    Trays,
    statement_parts,
)
from postal.sorting.rule_book import RuleBook

TOP_DOWN = "top-down"
LEAST = "least"
POLICIES = (TOP_DOWN, LEAST)


def plan_presort(
    pieces: PieceColumns,
    rules: RuleBook,
    *,
    mailpiece: Mailpiece,
    mailer_line: str,
    payment: str = "metered",
    policy: str = TOP_DOWN,
) -> PresortPlan:
    """Plan a mailing of one kind of piece. InvalidInput with findings when the piece may not travel in this
    sort plan (PIECE_NOT_ADMITTED), or a level with pieces has no price on the mailing date (RATE_MISSING).
    """
    if policy not in POLICIES:
        raise InvalidInput(f"The sort policy {policy!r} is not known.", code="PRESORT_POLICY")
    if not len(pieces):
        raise InvalidInput("A mailing needs at least one piece.", code="PRESORT_EMPTY")
    case = Case.of(rules, mailpiece, payment=payment, pieces=len(pieces))
    mail = gather(pieces, rules.plan)
    mailings = Mailings.of(mail, rules.plan, case.minimum)
    keys = mailings.lawful(level_keys(mail, rules))
    simple = top_down(keys, mail.pieces[: mail.sortable], rules.plan)
    if mailings.sortable < case.minimum:
        placed = np.zeros_like(simple)
        placed[:, -1] = mail.pieces[: mail.sortable]
    elif policy == TOP_DOWN:
        placed = simple
    else:
        placed = mailings.least(keys, mail, case.rates.millionths)
    placement = Placement(mail, keys, placed, simple, mailings.sortable, findings=mailings.findings)
    return lay_out(pieces, placement, case, mailer_line=mailer_line, policy=policy)


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of piece under one set of rules: what it is, its prices, and the pieces a mailing of it needs."""

    rules: RuleBook
    mailpiece: Mailpiece
    payment: str
    verdict: Verdict
    rates: LevelRates
    minimum: int

    @classmethod
    def of(cls, rules: RuleBook, mailpiece: Mailpiece, *, payment: str, pieces: int = 1) -> Case:
        """InvalidInput PIECE_NOT_ADMITTED when the piece may not travel in the sort plan; it says why, and the lawful
        way for so many pieces with its price.
        """
        plan, verdict = rules.plan, _admit(mailpiece, rules, pieces=pieces, payment=payment)
        rates = LevelRates.find(rules, verdict, weight_oz=mailpiece.weight_oz, payment=payment)
        minimum = at_least(plan.minimum_pieces, plan.minimum_lb, mailpiece.weight_oz)
        return cls(rules, mailpiece, payment, verdict, rates, minimum)


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """Pieces of each unit (rows) at each level (columns): as chosen and as top-down. ``counted``: the pieces of
    the whole mailing that its minimum is measured by. ``together``: groups of all that is mailed together,
    where that is more than these pieces. ``findings``: what deciding has found.
    """

    mail: Mail
    keys: tuple[Keys, ...]
    placed: Int64s
    simple: Int64s
    counted: int
    together: Groups | None = None
    findings: tuple[Finding, ...] = ()


def lay_out(
    pieces: PieceColumns, placement: Placement, case: Case, *, mailer_line: str, policy: str
) -> PresortPlan:
    """The plan of pieces whose levels are decided: groups, tray order, trays, postage. RATE_MISSING as above."""
    rules, mailpiece, rates, verdict = case.rules, case.mailpiece, case.rates, case.verdict
    plan, mail, minimum = rules.plan, placement.mail, case.minimum
    sortable = int(mail.pieces[: mail.sortable].sum())
    by_level = placement.placed.sum(axis=0)
    by_level[-1] += len(pieces) - sortable
    units, groups = build_groups(mail, placement.keys, placement.placed, rules, residual=int(by_level[-1]))
    if placement.together is not None:
        groups = counted_together(groups, placement.together)
    cells = make_cells(mail, units, placement.placed, len(groups.level) - 1)
    counts = by_level.tolist()
    rates.require(counts)
    earned = rates.earned(counts)
    trays, bundles, containers, cells = _lay(cells, mail, groups, rules, verdict, mailpiece)
    levels = _level_results(counts, trays, bundles, rates, plan)
    source = cells.rows(sort_in_units(pieces, mail))
    route = None if mail.route is None or pieces.route is None else pieces.route[source]
    findings = [*verdict.findings, *placement.findings, *rates.claims.findings, *_labels_without_city(trays)]
    is_enough = placement.counted >= minimum
    if not is_enough:
        findings.insert(
            len(verdict.findings),
            _under_minimum(placement.simple, placement.counted, minimum, rates, plan),
        )
    return PresortPlan(
        **_given(rules, verdict, mailpiece),
        policy=policy,
        payment=case.payment,
        minimum_pieces=minimum,
        automation_pieces=placement.counted,
        single_piece_rate=rates.single_piece.rate if rates.single_piece else None,
        single_piece_postage=rates.single_piece_postage(len(pieces)),
        postage=Money(
            sum(
                part.postage.cents
                for part in statement_parts(levels, plan.mail_class, plan.form, incentives=earned)
            )
        ),
        mailer_line=mailer_line,
        levels=levels,
        assumptions=tuple(dict.fromkeys((*rules.assumptions, *filter(None, rates.said(counts))))),
        findings=tuple(findings),
        source=source.astype(np.uint32),
        job=pieces.job[source],
        zip5=np.repeat(mail.zip5[cells.unit], cells.pieces),
        zip11=pieces.zip11[source],
        trays=trays,
        groups=groups,
        units=units,
        top_down_postage=_top_down_postage(
            placement.simple, len(pieces) - sortable, rates, is_enough=is_enough
        ),
        containers=containers,
        bundles=bundles,
        route=route,
        incentives=earned,
    )


class _Given(TypedDict):
    sort_plan: str
    title: str
    mail_class: str
    shape: str
    mail_date: date
    thickness_in: Decimal
    weight_oz: Decimal
    tray_types: tuple[str, ...]
    tray_names: tuple[str, ...]
    editions: tuple[str, ...]
    edition_hashes: tuple[str, ...]
    processing_category: str
    entry: str
    form: str
    marking: str


def _given(rules: RuleBook, verdict: Verdict, mailpiece: Mailpiece) -> _Given:
    """What a plan repeats of its rules and its piece."""
    plan, trays = rules.plan, _family(rules, verdict, mailpiece).types
    return {
        "sort_plan": plan.id,
        "title": plan.title,
        "mail_class": plan.mail_class,
        "shape": verdict.shape,
        "mail_date": rules.on,
        "thickness_in": mailpiece.thickness_in,
        "weight_oz": mailpiece.weight_oz,
        "tray_types": tuple(tray.code for tray in trays),
        "tray_names": tuple(tray.name for tray in trays),
        "editions": tuple(edition.name for edition in rules.editions),
        "edition_hashes": tuple(edition.sha256 for edition in rules.editions),
        "processing_category": plan.processing_category,
        "entry": plan.entry,
        "form": plan.form,
        "marking": plan.marking,
    }


def _admit(mailpiece: Mailpiece, rules: RuleBook, *, pieces: int, payment: str) -> Verdict:
    verdict = check_mailpiece(mailpiece, rules.standards, rules.plan.mail_class)
    refused = rules.refusal_of(mailpiece, verdict, pieces=pieces, payment=payment)
    if refused is None:
        return verdict
    others = [finding for finding in verdict.findings if finding.severity is not Severity.STOP]
    raise InvalidInput(refused.message, code=refused.code, remedy=refused.remedy, findings=[refused, *others])


def _lay(
    cells: Cells, mail: Mail, groups: Groups, rules: RuleBook, verdict: Verdict, mailpiece: Mailpiece
) -> tuple[Trays, Bundles | None, tuple[ContainerLevel, ...], Cells]:
    """Trays, and bundles and containers where the plan has them, with the cells in their order."""
    family = _family(rules, verdict, mailpiece)
    if not rules.plan.containers:
        cells = tray_order(cells, mail, rules)
        return loose_trays(cells, groups, family, rules, mailpiece=mailpiece), None, (), cells
    assigned = assign_containers(cells, mail, groups, rules, mailpiece=mailpiece)
    where = assigned.rule[cells.group], assigned.destination[cells.group]
    cells = tray_order(cells, mail, rules, *where)
    trays, bundles, containers = bundle_trays(cells, assigned, groups, family, rules, mailpiece=mailpiece)
    return trays, bundles, containers, cells


def _family(rules: RuleBook, verdict: Verdict, mailpiece: Mailpiece) -> TrayFamily:
    return rules.trays.family_for(
        length_in=mailpiece.length_in, height_in=mailpiece.height_in, shape=verdict.shape
    )


def _labels_without_city(trays: Trays) -> list[Finding]:
    bare = sorted({line for line in trays.line_1 if line.isdigit()})
    if not bare:
        return []
    return [
        Finding(
            code="TRAY_LABEL_CITY",
            severity=Severity.WARN,
            message=f"The ZIP table names no city for {len(bare):,} tray destinations: {', '.join(bare[:5])}.",
            remedy="Check these ZIPs; complete line 1 of their tray labels by hand.",
        )
    ]


# --- money ------------------------------------------------------------------------------------------------


def _level_results(
    counts: list[int], trays: Trays, bundles: Bundles | None, rates: LevelRates, plan: SortPlan
) -> tuple[LevelResult, ...]:
    """``trays`` of a level are trays, or containers that hold a bundle of it."""
    if bundles is None:
        tray_counts = np.bincount(trays.level, minlength=len(counts)).tolist()
    else:
        held = np.unique(np.stack([bundles.level.astype(np.int32), bundles.tray]), axis=1)
        tray_counts = np.bincount(held[0], minlength=len(counts)).tolist()
    return tuple(
        LevelResult(
            code=level.code,
            name=level.name,
            key=level.key,
            minimum=level.minimum,
            price_table=cell.piece.table,
            price_level=level.price_level,
            rate=found.rate if found else None,
            pieces=pieces,
            trays=tray_count,
            postage=rates.extended(index, pieces),
            line_2=level.line_2,
            cin=level.cin,
            mail_dat_container=level.mail_dat_container,
            mail_dat_price=level.mail_dat_price,
            entry=level.entry,
            kind=level.kind,
            by_pound=found.by_pound if found else None,
            mail_class=level.mail_class,
            form=level.form,
            marking=level.marking,
        )
        for index, (level, cell, found, pieces, tray_count) in enumerate(
            zip(plan.all_levels, rates.cells, rates.by_level, counts, tray_counts, strict=True)
        )
    )


def _top_down_postage(simple: Int64s, unsortable: int, rates: LevelRates, *, is_enough: bool) -> Money | None:
    """What the ordinary sort would cost; None where one of its prices is missing."""
    counts = simple.sum(axis=0)
    counts[-1] += unsortable
    if not is_enough:
        counts = np.append(np.zeros(len(counts) - 1, np.int64), counts.sum())
    return rates.postage(counts.tolist())


def _under_minimum(simple: Int64s, have: int, need: int, rates: LevelRates, plan: SortPlan) -> Finding:
    """Too few pieces, with the money it costs where both prices are known."""
    money = ""
    presorted = rates.postage(simple.sum(axis=0).tolist())
    if rates.single_piece and have and presorted:
        single = rates.single_piece_postage(have)
        money = f" They cost ${single} at single-piece prices, ${presorted} presorted."
    what = "a usable delivery point" if "delivery-point" in plan.needs else "all this sort needs"
    return Finding(
        code="PRESORT_MINIMUM",
        severity=Severity.WARN,
        message=(
            f"{have:,} pieces have {what}; {plan.title} need {need:,}. "
            f"{need - have:,} are missing, so every piece goes at the single-piece price.{money}"
        ),
        remedy="Mail it together with another job, or have its addresses coded.",
    )
