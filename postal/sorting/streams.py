"""Several print streams mailed together: levels are decided for all pieces, trays are made for each stream.

Jobs whose envelopes or pages differ cannot be printed in one run, yet they count toward one minimum when class,
shape, preparation and price agree. Each stream is a plan of its own, in its own tray order; ``joined`` makes one
plan of them in loading order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from kernel.errors import InvalidInput
from kernel.money import Extended, Money, allocate, to_cents, total
from postal.piece.mailpiece import Mailpiece
from postal.sorting.cells import Mail, gather, level_keys, top_down
from postal.sorting.presort import TOP_DOWN, Case, Placement, lay_out, plan_presort
from postal.sorting.presort_plan import Int64s, PieceColumns, PresortPlan
from postal.sorting.rule_book import RuleBook


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """Pieces that are printed in one run, alike but for their addresses."""

    pieces: PieceColumns
    mailpiece: Mailpiece


def plan_streams(
    streams: Sequence[Stream],
    rules: RuleBook,
    *,
    mailer_line: str,
    payment: str = "metered",
    policy: str = TOP_DOWN,
) -> tuple[PresortPlan, ...]:
    """A plan for each stream; their levels are those of one mailing of all pieces. InvalidInput STREAMS_DIFFER
    when a piece of one stream has another price than one of another; else as ``plan_presort``.
    """
    if len(streams) == 1:
        alone = streams[0]
        plan = plan_presort(
            alone.pieces,
            rules,
            mailpiece=alone.mailpiece,
            mailer_line=mailer_line,
            payment=payment,
            policy=policy,
        )
        return (plan,)
    count = sum(len(stream.pieces) for stream in streams)
    cases = [Case.of(rules, stream.mailpiece, payment=payment, pieces=count) for stream in streams]
    presorted = [case.rates.by_level[:-1] for case in cases]  # a residual piece pays its own weight's price
    if any(rates != presorted[0] for rates in presorted[1:]):
        raise InvalidInput(
            "The streams' pieces differ in price, so they are separate mailings.",
            code="STREAMS_DIFFER",
            remedy="Mail together what has one class, shape and weight step.",
        )
    # The lightest piece: a minimum that weight meets as well is then met whichever stream is weighed.
    lightest = min(streams, key=lambda stream: stream.mailpiece.weight_oz).mailpiece
    everything = PieceColumns.joined([stream.pieces for stream in streams])
    joint = plan_presort(
        everything, rules, mailpiece=lightest, mailer_line=mailer_line, payment=payment, policy=policy
    )
    ends = np.cumsum([len(stream.pieces) for stream in streams])[:-1]
    chosen, ordinary = (
        np.split(levels, ends) for levels in (_level_of_row(joint), _ordinary(everything, rules))
    )
    plans = []
    for stream, case, levels, simple in zip(streams, cases, chosen, ordinary, strict=True):
        mail = gather(stream.pieces, rules.plan)
        placement = Placement(
            mail=mail,
            keys=level_keys(mail, rules),
            placed=_placed(mail, levels, len(joint.levels)),
            simple=_placed(mail, simple, len(joint.levels)),
            counted=joint.automation_pieces,
            together=joint.groups,
        )
        plans.append(lay_out(stream.pieces, placement, case, mailer_line=mailer_line, policy=policy))
    return _rounded_once(plans)


def _rounded_once(plans: Sequence[PresortPlan]) -> tuple[PresortPlan, ...]:
    """A mailing's statements are rounded once: what they come to, divided over the streams to the cent."""
    exact: dict[str, Decimal] = {}
    net = []
    for plan in plans:
        parts = {
            one.form: (one.gross - total([off.amount for off in one.incentives])).value
            for one in plan.statements
        }
        for form, amount in parts.items():
            exact[form] = exact.get(form, Decimal(0)) + amount
        net.append(sum(parts.values(), Decimal(0)))
    whole = Money(sum(to_cents(Extended(amount)).cents for amount in exact.values()))
    if not whole:
        return tuple(plans)
    shares = allocate(whole, [int(amount * _MILLION) for amount in net])
    return tuple(replace(plan, postage=share) for plan, share in zip(plans, shares, strict=True))


_MILLION = 1_000_000  # prices have at most six decimals


def _level_of_row(plan: PresortPlan) -> Int64s:
    """Index into the levels of each piece as it came in."""
    levels = np.empty(plan.pieces, np.int64)
    levels[plan.source] = plan.level_of_piece
    return levels


def _ordinary(pieces: PieceColumns, rules: RuleBook) -> Int64s:
    """The same as the ordinary sort would place them, were there no minimum for the mailing."""
    mail = gather(pieces, rules.plan)
    placed = top_down(level_keys(mail, rules), mail.pieces[: mail.sortable], rules.plan)
    residual = np.full(len(mail.pieces) - mail.sortable, len(rules.plan.levels))
    of_unit: Int64s = np.append(placed.argmax(axis=1), residual)  # top-down parts no unit
    return of_unit[mail.unit]


def _placed(mail: Mail, levels: Int64s, count: int) -> Int64s:
    """Pieces of each unit that can be sorted (rows) at each level (columns)."""
    cells = np.bincount(mail.unit.astype(np.int64) * count + levels, minlength=len(mail.pieces) * count)
    placed: Int64s = cells.reshape(-1, count)[: mail.sortable].astype(np.int64)
    return placed
