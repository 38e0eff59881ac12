"""Presort: which level and tray every piece of a mailing goes to, in columns, by a sort plan that is data.

``plan_presort`` forms levels over distinct ZIPs (their keys are functions of the ZIP), puts the pieces in
tray order with one sort of 64-bit words, and trays each destination whole. Input order only breaks ties.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from kernel.errors import InvalidInput, TooLarge
from kernel.findings import Finding, Severity, stops
from kernel.money import Extended, Money, extend, to_cents, total
from postal.editions import assumptions
from postal.labeling import LabelLists, city_state_labels
from postal.mailpiece import Mailpiece, Verdict, check_mailpiece
from postal.presort_plan import (
    SUFFIXES,
    ZIP5S,
    Bools,
    Groups,
    Int32s,
    Int64s,
    LevelResult,
    PieceColumns,
    PresortPlan,
    Trays,
    UInt8s,
    Units,
)
from postal.prices import PostageRate
from postal.rule_book import RuleBook
from postal.sort_plans import SortLevel, SortPlan
from postal.trays import TrayFamily, fill

SUFFIX_BITS = 20  # SUFFIXES fit
POLICIES = ("top-down",)


def plan_presort(
    pieces: PieceColumns,
    rules: RuleBook,
    *,
    mailpiece: Mailpiece,
    mailer_line: str,
    payment: str = "metered",
    policy: str = "top-down",
) -> PresortPlan:
    """Plan a mailing of one kind of piece. InvalidInput with findings when the piece may not travel in this
    sort plan (PIECE_NOT_ADMITTED), or a level with pieces has no price on the mailing date (RATE_MISSING).
    """
    if policy not in POLICIES:
        raise InvalidInput(f"The sort policy {policy!r} is not known.", code="PRESORT_POLICY")
    if not len(pieces):
        raise InvalidInput("A mailing needs at least one piece.", code="PRESORT_EMPTY")
    plan = rules.plan
    verdict = _admit(mailpiece, rules)
    family = rules.trays.family_for(length_in=mailpiece.length_in, height_in=mailpiece.height_in)
    order = _sort(pieces, plan, rules.lists)
    trays = _fill_trays(order, family, rules, mailpiece)
    per_level = np.bincount(trays.level, weights=trays.pieces, minlength=len(plan.all_levels))
    rates = _Rates.find(rules, verdict, mailpiece, payment)
    levels = _level_results(per_level.astype(np.int64).tolist(), trays, rates, plan)
    is_under_minimum = order.automation_pieces < plan.minimum_pieces
    return PresortPlan(
        sort_plan=plan.id,
        title=plan.title,
        mail_class=plan.mail_class,
        shape=verdict.shape,
        mail_date=rules.on,
        policy=policy,
        payment=payment,
        minimum_pieces=plan.minimum_pieces,
        automation_pieces=order.automation_pieces,
        thickness_in=mailpiece.thickness_in,
        weight_oz=mailpiece.weight_oz,
        single_piece_rate=rates.single_piece.rate if rates.single_piece else None,
        single_piece_postage=rates.single_piece_postage(len(pieces)),
        postage=to_cents(total([level.postage for level in levels])),
        mailer_line=mailer_line,
        tray_types=tuple(tray.code for tray in family.types),
        tray_names=tuple(tray.name for tray in family.types),
        levels=levels,
        editions=tuple(edition.name for edition in rules.editions),
        assumptions=assumptions(rules.editions, *plan.assumptions, *rates.said(levels)),
        findings=(
            *verdict.findings,
            *([_under_minimum(order, rates, plan)] if is_under_minimum else []),
            *_labels_without_city(trays),
        ),
        source=order.source,
        job=pieces.job[order.source],
        zip5=pieces.zip5[order.source],
        zip11=pieces.zip11[order.source],
        trays=trays,
        groups=order.groups,
        units=order.units,
    )


def _admit(mailpiece: Mailpiece, rules: RuleBook) -> Verdict:
    verdict = check_mailpiece(mailpiece, rules.standards)
    if stops(verdict.findings) or not verdict.is_automation or verdict.shape not in rules.plan.shapes:
        sentence = f"The piece may not travel as {rules.plan.title}."
        raise InvalidInput(sentence, code="PIECE_NOT_ADMITTED", findings=list(verdict.findings))
    return verdict


# --- levels and order -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Order:
    """Rows of the input in tray order, pieces by group, and what each level would hold had the mailing enough
    automation pieces.
    """

    units: Units
    groups: Groups
    source: npt.NDArray[np.uint32]
    group_pieces: Int64s
    automation_pieces: int
    pieces_if_enough: tuple[int, ...]


def _sort(pieces: PieceColumns, plan: SortPlan, lists: LabelLists) -> _Order:
    # A slot is a ZIP with, or (100,000 higher) without, a usable delivery point: all a level can tell apart.
    slots = pieces.zip5 + np.where(pieces.zip11 < 0, np.int32(ZIP5S), np.int32(0))
    counts = np.bincount(slots, minlength=2 * ZIP5S)
    zips = np.flatnonzero(counts[:ZIP5S]).astype(np.int32)
    automation_pieces = int(counts[:ZIP5S].sum())
    is_enough = automation_pieces >= plan.minimum_pieces
    units, groups, reachable = _form_levels(zips, counts[zips], plan, lists)
    residual = len(pieces) - (automation_pieces if is_enough else 0)
    groups = _close_groups(groups, residual, plan, lists, is_enough=is_enough)
    reached = reachable if is_enough else np.full_like(reachable, len(plan.levels))
    rank, group_pieces = _rank_slots(counts, units, reached, groups, plan, lists)
    return _Order(
        units=units,
        groups=groups,
        source=_tray_order(pieces, slots, rank),
        group_pieces=group_pieces,
        automation_pieces=automation_pieces,
        pieces_if_enough=tuple(
            int(count) for count in np.bincount(reachable, weights=counts[zips], minlength=len(plan.levels))
        ),
    )


def _keys(level: SortLevel, zips: Int32s, lists: LabelLists) -> Int32s:
    """Group key of each ZIP at a level, -1 = the list does not have it."""
    if level.key == "zip5":
        return zips
    if level.key == "list":
        return lists.by_name[level.list].destinations(zips)
    return np.zeros(len(zips), dtype=np.int32)


def _form_levels(
    zips: Int32s, counts: Int64s, plan: SortPlan, lists: LabelLists
) -> tuple[Units, Groups, UInt8s]:
    """Level by level: count what is free in each group, form the groups that reach the minimum."""
    free = counts.astype(np.int64)
    reached = np.full(len(zips), len(plan.levels), dtype=np.uint8)
    group_of = np.full((len(zips), len(plan.levels)), -1, dtype=np.int32)
    groups = _no_groups()
    for index, level in enumerate(plan.levels):
        keys, row = np.unique(_keys(level, zips, lists), return_inverse=True)
        there = np.bincount(row, weights=free, minlength=len(keys)).astype(np.int64)
        is_formed = (keys >= 0) & (there >= level.minimum)
        takes = is_formed[row] & (free > 0)
        reached[takes] = index
        group_of[:, index] = np.where(keys[row] >= 0, len(groups.level) + row, -1)
        free[takes] = 0
        groups = _add_groups(groups, index, level, keys, there, is_formed, lists)
    return Units(zips, group_of), groups, reached


def _close_groups(
    groups: Groups, pieces: int, plan: SortPlan, lists: LabelLists, *, is_enough: bool
) -> Groups:
    """Add the one residual group; under the mailing minimum no other group is formed."""
    formed = groups if is_enough else replace(groups, is_formed=np.zeros_like(groups.is_formed))
    key, there, is_formed = np.zeros(1, np.int32), np.array([pieces]), np.ones(1, np.bool_)
    return _add_groups(formed, len(plan.levels), plan.residual, key, there, is_formed, lists)


def _no_groups() -> Groups:
    empty = np.zeros(0, np.int32)
    return Groups(empty.astype(np.uint8), empty, empty.astype(np.int64), empty.astype(np.bool_), empty, {})


def _add_groups(
    groups: Groups,
    index: int,
    level: SortLevel,
    keys: Int32s,
    there: Int64s,
    is_formed: Bools,
    lists: LabelLists,
) -> Groups:
    base = len(groups.level)
    if level.key == "zip5":
        rows = np.flatnonzero(is_formed)
        labels = dict(zip((base + rows).tolist(), city_state_labels(keys[rows]), strict=True))
        label_zip = keys
    elif level.key == "list":
        found = lists.by_name[level.list]
        labels = {base + row: found.label[key] for row, key in enumerate(keys.tolist()) if key >= 0}
        label_zip = np.where(keys >= 0, found.label_zip[keys], 0).astype(np.int32)
    else:
        text, zip5 = lists.origin_label(level.list)
        labels = {base + row: text for row in range(len(keys))}
        label_zip = np.full(len(keys), zip5, dtype=np.int32)
    return Groups(
        level=np.concatenate([groups.level, np.full(len(keys), index, dtype=np.uint8)]),
        key=np.concatenate([groups.key, keys]),
        pieces=np.concatenate([groups.pieces, there]),
        is_formed=np.concatenate([groups.is_formed, is_formed]),
        label_zip=np.concatenate([groups.label_zip, label_zip]),
        label={**groups.label, **labels},
    )


def _rank_slots(
    counts: Int64s, units: Units, reached: UInt8s, groups: Groups, plan: SortPlan, lists: LabelLists
) -> tuple[Int64s, Int64s]:
    """Place of each slot in tray order, and pieces by group."""
    no_point = np.flatnonzero(counts[ZIP5S:]).astype(np.int32)
    residual, residual_group = len(plan.levels), len(groups.level) - 1
    zips = np.concatenate([units.zip5, no_point])
    level = np.concatenate([reached, np.full(len(no_point), residual, dtype=np.uint8)])
    slots = np.concatenate([units.zip5, no_point + ZIP5S])
    group = np.full(len(zips), residual_group, dtype=np.int32)
    presorted = np.flatnonzero(reached != residual)
    group[presorted] = units.group[presorted, reached[presorted]]
    within = np.zeros(len(zips), dtype=np.int32)
    for index, rule in enumerate(plan.all_levels):
        if rule.within:
            here = level == index
            within[here] = lists.by_name[rule.within].destinations(zips[here])
    order = np.lexsort((slots, zips, within, group, level))
    rank = np.zeros(2 * ZIP5S, dtype=np.int64)
    rank[slots[order]] = np.arange(len(order))
    group_pieces = np.bincount(group, weights=counts[slots], minlength=len(groups.level)).astype(np.int64)
    return rank, group_pieces


def _tray_order(pieces: PieceColumns, slots: Int32s, rank: Int64s) -> npt.NDArray[np.uint32]:
    """Rows of the input by rank of the slot, the six digits behind the ZIP, then the id. One word a piece
    (rank, digits, place in order of ids) is sorted as a whole: several times faster than a stable argsort.
    """
    count = len(pieces)
    by_id = None
    if np.any(pieces.ids[1:] < pieces.ids[:-1]):
        by_id = np.argsort(pieces.ids, kind="stable")
    place_bits = max(1, (count - 1).bit_length())
    if int(rank.max()).bit_length() + SUFFIX_BITS + place_bits > 64:
        raise TooLarge(f"A presort batch of {count:,} pieces is too large for one plan.", code="PRESORT_SIZE")
    suffix = np.where(pieces.zip11 >= 0, pieces.zip11 - pieces.zip5.astype(np.int64) * SUFFIXES, 0)
    key = ((rank[slots] << SUFFIX_BITS) | suffix).astype(np.uint64)
    word = (key if by_id is None else key[by_id]) << np.uint64(place_bits)
    word |= np.arange(count, dtype=np.uint64)
    word.sort()
    place = (word & np.uint64((1 << place_bits) - 1)).astype(np.int64)
    return (place if by_id is None else by_id[place]).astype(np.uint32)


def _fill_trays(order: _Order, family: TrayFamily, rules: RuleBook, mailpiece: Mailpiece) -> Trays:
    groups = order.groups
    rows = np.flatnonzero(order.group_pieces > 0)
    each = rules.trays.stack_inches(mailpiece.thickness_in)
    filling = fill(order.group_pieces[rows], family, stack_inches=each)
    group = rows[filling.destination].astype(np.int32)
    lengths = np.array([float(tray.length_in) for tray in family.types], dtype=np.float64)
    stack = np.asarray(filling.pieces * float(each), dtype=np.float64)
    return Trays(
        level=groups.level[group],
        group=group,
        label_zip=groups.label_zip[group],
        tray_type=filling.tray_type,
        pieces=filling.pieces,
        first_piece=np.cumsum(filling.pieces) - filling.pieces + 1,
        stack_inches=stack,
        is_full=stack >= lengths[filling.tray_type] * float(rules.trays.full_share),
        line_1=tuple(groups.label[row] for row in group.tolist()),
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


@dataclass(frozen=True, slots=True)
class _Rates:
    """The price cell of each level of a plan, with its rate where one is in force."""

    rules: RuleBook
    weight_oz: Decimal
    cells: tuple[tuple[str, str], ...]
    by_level: tuple[PostageRate | None, ...]

    @classmethod
    def find(cls, rules: RuleBook, verdict: Verdict, mailpiece: Mailpiece, payment: str) -> _Rates:
        cells = rules.plan.price_cells(verdict.shape, verdict.single_piece_shape, payment=payment)
        weight = mailpiece.weight_oz
        found = tuple(
            None
            if rules.prices.missing([cell], weight_oz=weight)
            else rules.prices.rate(*cell, weight_oz=weight)
            for cell in cells
        )
        return cls(rules, weight, cells, found)

    @property
    def single_piece(self) -> PostageRate | None:
        return self.by_level[-1]

    def single_piece_postage(self, pieces: int) -> Money | None:
        return to_cents(extend(self.single_piece.rate, pieces)) if self.single_piece else None

    def require(self, counts: list[int]) -> None:
        """RATE_MISSING with every level that has pieces and no price."""
        wanted = [cell for cell, count in zip(self.cells, counts, strict=True) if count]
        missing = self.rules.prices.missing(wanted, weight_oz=self.weight_oz)
        if missing:
            first = missing[0]
            raise InvalidInput(first.message, code=first.code, findings=missing, remedy=first.remedy)

    def said(self, levels: tuple[LevelResult, ...]) -> list[str]:
        """The assumptions behind the prices used and the single-piece price compared with."""
        used = [rate for rate, level in zip(self.by_level, levels, strict=True) if rate and level.pieces]
        return [rate.assumption for rate in (*used, self.single_piece) if rate]


def _level_results(counts: list[int], trays: Trays, rates: _Rates, plan: SortPlan) -> tuple[LevelResult, ...]:
    rates.require(counts)
    tray_counts = np.bincount(trays.level, minlength=len(counts)).tolist()
    return tuple(
        LevelResult(
            code=level.code,
            name=level.name,
            key=level.key,
            minimum=level.minimum,
            price_table=cell[0],
            price_level=level.price_level,
            rate=found.rate if found else None,
            pieces=pieces,
            trays=tray_count,
            postage=extend(found.rate, pieces) if found else Extended(Decimal(0)),
            line_2=level.line_2,
            cin=level.cin,
            mail_dat_container=level.mail_dat_container,
            mail_dat_price=level.mail_dat_price,
        )
        for level, cell, found, pieces, tray_count in zip(
            plan.all_levels, rates.cells, rates.by_level, counts, tray_counts, strict=True
        )
    )


def _under_minimum(order: _Order, rates: _Rates, plan: SortPlan) -> Finding:
    """Too few pieces, with the money it costs where both prices are known."""
    have, need = order.automation_pieces, plan.minimum_pieces
    money = ""
    presorted = [
        extend(rate.rate, count)
        for rate, count in zip(rates.by_level, order.pieces_if_enough, strict=False)
        if rate and count
    ]
    is_priced = len(presorted) == sum(count > 0 for count in order.pieces_if_enough)
    if rates.single_piece and have and is_priced:
        single = to_cents(extend(rates.single_piece.rate, have))
        money = f" They cost ${single} at single-piece prices, ${to_cents(total(presorted))} presorted."
    return Finding(
        code="PRESORT_MINIMUM",
        severity=Severity.WARN,
        message=(
            f"{have:,} pieces have a usable delivery point; {plan.title} need {need:,}. "
            f"{need - have:,} are missing, so every piece goes at the single-piece price.{money}"
        ),
        remedy="Mail it together with another job, repair addresses, or accept single-piece prices.",
    )
