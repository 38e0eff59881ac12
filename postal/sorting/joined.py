"""The streams of a mailing as one plan in loading order: what its statement, documentation and Mail.dat are made of.

Trays stand by level, then by destination, so that those of one destination stand side by side whichever stream they are
from; a tray's number here is its place in loading order. Levels, groups and postage are those of all pieces.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kernel.money import Money, total
from postal.admission.incentives import Earned
from postal.plans.routes import ROUTES
from postal.sorting.presort_plan import (
    Bundles,
    ContainerLevel,
    Groups,
    Int64s,
    Joining,
    LevelResult,
    PresortPlan,
    StreamPart,
    Trays,
    Units,
)

_KEYS = 1 << 40  # more than there are keys of groups: a ZIP and a route
UNLIKE_WEIGHTS = (
    "The pieces of this permit imprint mailing are of more than one weight: ask the post office how it wants them "
    "entered (DMM 705, unconfirmed)."
)


@dataclass(frozen=True, slots=True, eq=False)
class _Numbered:
    """The streams with what numbers of theirs become in the joined plan: levels, and groups by stream."""

    plans: Sequence[PresortPlan]
    levels: Sequence[Int64s]
    groups: Sequence[Int64s]


def joined(plans: Sequence[PresortPlan], jobs: Sequence[int]) -> PresortPlan:
    """One plan of all streams; a lone stream's plan is the mailing's. ``jobs``: how many each stream has; those of the
    second are numbered behind the first's, as are the rows of the input.
    """
    if len(plans) == 1:
        return plans[0]
    head = plans[0]
    levels, level_of = _levels(plans)
    groups, group_of = _groups(plans, level_of, levels)
    numbered = _Numbered(plans, level_of, group_of)
    trays, joining = _trays(numbered)
    rows = _pieces_in_order(plans, joining, trays)
    starts = np.cumsum([0, *(plan.pieces for plan in plans)])[:-1].tolist()
    first_jobs = np.cumsum([0, *jobs])[:-1].tolist()
    weights = {part.weight_oz for part in joining.streams}
    unlike = (UNLIKE_WEIGHTS,) if len(weights) > 1 and head.payment == "permit" else ()
    editions = dict(pair for plan in plans for pair in zip(plan.editions, plan.edition_hashes, strict=True))
    return replace(
        head,
        single_piece_rate=head.single_piece_rate
        if len({plan.single_piece_rate for plan in plans}) == 1
        else None,
        single_piece_postage=_sum_known([plan.single_piece_postage for plan in plans]),
        postage=Money(sum(plan.postage.cents for plan in plans)),
        tray_types=_types(plans)[0],
        tray_names=_types(plans)[1],
        levels=levels,
        editions=tuple(editions),
        edition_hashes=tuple(editions.values()),
        assumptions=tuple(dict.fromkeys((*(one for plan in plans for one in plan.assumptions), *unlike))),
        findings=tuple({str(one): one for plan in plans for one in plan.findings}.values()),
        source=_shifted([plan.source for plan in plans], starts)[rows].astype(np.uint32),
        job=_shifted([plan.job for plan in plans], first_jobs)[rows].astype(np.int32),
        zip5=np.concatenate([plan.zip5 for plan in plans])[rows],
        zip11=np.concatenate([plan.zip11 for plan in plans])[rows],
        trays=trays,
        groups=groups,
        units=_units(numbered, len(levels) - 1),
        top_down_postage=_sum_known([plan.top_down_postage for plan in plans]),
        containers=tuple(_summed(row) for row in zip(*(plan.containers for plan in plans), strict=True)),
        bundles=_bundles(numbered, trays, joining),
        route=_route(plans, rows),
        alone_level=_alone(numbered, rows),
        incentives=_incentives(plans),
        joining=joining,
    )


def _levels(plans: Sequence[PresortPlan]) -> tuple[tuple[LevelResult, ...], list[Int64s]]:
    """The levels of all, and what each stream's become. Presorted pieces have one price; what is left pays by its own
    weight, so that there may be several levels of it.
    """
    last = len(plans[0].levels) - 1
    whole = [_level([plan.levels[index] for plan in plans]) for index in range(last)]
    prices: dict[object, list[int]] = {}
    for number, plan in enumerate(plans):
        prices.setdefault((plan.levels[last].rate, plan.levels[last].by_pound), []).append(number)
    maps = [np.arange(last + 1, dtype=np.int64) for _ in plans]
    for place, numbers in enumerate(prices.values()):
        found = _level([plans[number].levels[last] for number in numbers])
        if len(prices) > 1:
            found = replace(
                found,
                code=found.code if not place else f"{found.code}{place + 1}",
                name=f"{found.name}, {plans[numbers[0]].weight_oz.normalize():f} oz",
            )
        whole.append(found)
        for number in numbers:
            maps[number][last] = last + place
    return tuple(whole), maps


def _level(same: Sequence[LevelResult]) -> LevelResult:
    return replace(
        same[0],
        pieces=sum(level.pieces for level in same),
        trays=sum(level.trays for level in same),
        postage=total([level.postage for level in same]),
    )


def _summed(same: Sequence[ContainerLevel]) -> ContainerLevel:
    return replace(same[0], pieces=sum(one.pieces for one in same), trays=sum(one.trays for one in same))


def _incentives(plans: Sequence[PresortPlan]) -> tuple[Earned, ...]:
    """What all pieces earn; its rate is the same in every stream."""
    by_name: dict[str, list[Earned]] = {}
    for plan in plans:
        for one in plan.incentives:
            by_name.setdefault(one.name, []).append(one)
    return tuple(replace(same[0], pieces=sum(one.pieces for one in same)) for same in by_name.values())


def _groups(
    plans: Sequence[PresortPlan], level_of: Sequence[Int64s], levels: Sequence[LevelResult]
) -> tuple[Groups, list[Int64s]]:
    """Every group once: each stream tells the pieces of all. ``levels``: what is left is told by its own level."""
    level = np.concatenate([maps[plan.groups.level] for plan, maps in zip(plans, level_of, strict=True)])
    key = np.concatenate([plan.groups.key for plan in plans]).astype(np.int64)
    _, first, place = np.unique(level * _KEYS + key + 1, return_index=True, return_inverse=True)
    counts = [len(plan.groups.level) for plan in plans]
    maps = np.split(place.astype(np.int64), np.cumsum(counts)[:-1])
    is_formed = np.zeros(len(first), np.bool_)
    np.logical_or.at(is_formed, place, np.concatenate([plan.groups.is_formed for plan in plans]))
    pieces = np.concatenate([plan.groups.pieces for plan in plans])[first]
    left = level[first] >= len(plans[0].levels) - 1
    pieces[left] = [levels[index].pieces for index in level[first][left].tolist()]
    labels = {
        int(found[row]): text
        for plan, found in zip(plans, maps, strict=True)
        for row, text in plan.groups.label.items()
    }
    groups = Groups(
        level=level[first].astype(np.uint8),
        key=key[first].astype(np.int32),
        pieces=pieces,
        is_formed=is_formed,
        label_zip=np.concatenate([plan.groups.label_zip for plan in plans])[first],
        label=labels,
    )
    return groups, maps


def _units(numbered: _Numbered, columns: int) -> Units:
    """Every unit once, in the order that they are looked up in; the groups of one are the same in every stream."""
    units = [plan.units for plan in numbered.plans]
    zip5 = np.concatenate([one.zip5 for one in units])
    route = _filled([one.route for one in units], [len(one.zip5) for one in units])
    has_point = None if units[0].has_point is None else np.concatenate([_points(one) for one in units])
    code = zip5.astype(np.int64) * (ROUTES + 1) + (0 if route is None else route.astype(np.int64) + 1)
    code = code * 2 + (0 if has_point is None else has_point.astype(np.int64))
    _, first = np.unique(code, return_index=True)
    group = np.full((len(zip5), columns), -1, np.int32)
    start = 0
    for one, found in zip(units, numbered.groups, strict=True):
        rows = slice(start, start + len(one.zip5))
        known = one.group >= 0
        group[rows, : one.group.shape[1]] = np.where(known, found[np.where(known, one.group, 0)], -1)
        start += len(one.zip5)
    return Units(
        zip5[first],
        group[first],
        None if route is None else route[first],
        None if has_point is None else has_point[first],
    )


def _points(units: Units) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    assert units.has_point is not None  # all streams are sorted by one plan  # noqa: S101
    return units.has_point


def _trays(numbered: _Numbered) -> tuple[Trays, Joining]:
    """All trays by level, destination and stream."""
    plans = numbered.plans
    counts = [len(plan.trays) for plan in plans]
    stream = np.repeat(np.arange(len(plans)), counts)
    is_bundled = bool(plans[0].containers)
    level = np.concatenate(
        [
            plan.trays.level.astype(np.int64) if is_bundled else maps[plan.trays.level]
            for plan, maps in zip(plans, numbered.levels, strict=True)
        ]
    )
    label_zip = np.concatenate([plan.trays.label_zip for plan in plans])
    lines = [line for plan in plans for line in plan.trays.line_1]
    line = np.unique(np.array(lines), return_inverse=True)[1]
    place = np.stack([level, label_zip.astype(np.int64), line])
    order = np.lexsort((np.arange(len(stream)), stream, line, label_zip, level))
    group = (
        np.unique(place, axis=1, return_inverse=True)[1].ravel()  # numbers of destinations, no groups
        if is_bundled
        else np.concatenate(
            [maps[plan.trays.group] for plan, maps in zip(plans, numbered.groups, strict=True)]
        )
    )
    codes = _types(plans)[0]
    kinds = [np.array([codes.index(code) for code in plan.tray_types]) for plan in plans]
    pieces = np.concatenate([plan.trays.pieces for plan in plans])[order]
    trays = Trays(
        level=level[order].astype(np.uint8),
        group=group[order].astype(np.int32),
        label_zip=label_zip[order],
        tray_type=np.concatenate(
            [kind[plan.trays.tray_type] for kind, plan in zip(kinds, plans, strict=True)]
        )[order].astype(np.uint8),
        pieces=pieces,
        first_piece=np.cumsum(pieces) - pieces + 1,
        stack_inches=np.concatenate([plan.trays.stack_inches for plan in plans])[order],
        is_full=np.concatenate([plan.trays.is_full for plan in plans])[order],
        line_1=tuple(lines[row] for row in order.tolist()),
    )
    joining = Joining(
        streams=tuple(StreamPart(plan.weight_oz, plan.thickness_in, plan.pieces) for plan in plans),
        stream_of_tray=stream[order],
        tray_in_stream=np.concatenate([np.arange(1, count + 1) for count in counts])[order],
        first_in_stream=np.concatenate([plan.trays.first_piece for plan in plans])[order],
    )
    return trays, joining


def _pieces_in_order(plans: Sequence[PresortPlan], joining: Joining, trays: Trays) -> Int64s:
    """Row of each piece in the columns of all streams, one after the other."""
    starts = np.cumsum([0, *(plan.pieces for plan in plans)])[joining.stream_of_tray]
    shift = starts + joining.first_in_stream - trays.first_piece
    rows: Int64s = np.arange(int(trays.pieces.sum())) + np.repeat(shift, trays.pieces)
    return rows


def _bundles(numbered: _Numbered, trays: Trays, joining: Joining) -> Bundles | None:
    plans = numbered.plans
    held = [plan.bundles for plan in plans if plan.bundles is not None]
    if len(held) < len(plans):
        return None
    stream = np.repeat(np.arange(len(held)), [len(one) for one in held])
    place = {
        pair: row
        for row, pair in enumerate(
            zip(joining.stream_of_tray.tolist(), joining.tray_in_stream.tolist(), strict=True), start=1
        )
    }
    tray = np.array(
        [
            place[pair]
            for pair in zip(stream.tolist(), np.concatenate([one.tray for one in held]).tolist(), strict=True)
        ]
    )
    first = np.concatenate([one.first_piece for one in held])
    first = first + (trays.first_piece - joining.first_in_stream)[tray - 1]
    order = np.argsort(first, kind="stable")
    maps = list(zip(held, numbered.levels, numbered.groups, strict=True))
    return Bundles(
        level=np.concatenate([levels[one.level] for one, levels, _ in maps])[order].astype(np.uint8),
        group=np.concatenate([groups[one.group] for one, _, groups in maps])[order].astype(np.int32),
        tray=tray[order].astype(np.int32),
        pieces=np.concatenate([one.pieces for one in held])[order],
        first_piece=first[order],
    )


def _types(plans: Sequence[PresortPlan]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Codes and names of the trays that any stream may use."""
    known = dict(pair for plan in plans for pair in zip(plan.tray_types, plan.tray_names, strict=True))
    return tuple(known), tuple(known.values())


def _route(plans: Sequence[PresortPlan], rows: Int64s) -> np.ndarray[tuple[int], np.dtype[np.int32]] | None:
    found = _filled([plan.route for plan in plans], [plan.pieces for plan in plans])
    return None if found is None else found[rows]


def _filled(
    columns: Sequence[np.ndarray[tuple[int], np.dtype[np.int32]] | None], lengths: Sequence[int]
) -> np.ndarray[tuple[int], np.dtype[np.int32]] | None:
    """The columns one after the other, -1 where a stream has none; None where no stream has one."""
    if all(column is None for column in columns):
        return None
    return np.concatenate(
        [
            np.full(length, -1, np.int32) if column is None else column
            for column, length in zip(columns, lengths, strict=True)
        ]
    )


def _alone(numbered: _Numbered, rows: Int64s) -> np.ndarray[tuple[int], np.dtype[np.uint8]] | None:
    found = [
        maps[plan.alone_level]
        for plan, maps in zip(numbered.plans, numbered.levels, strict=True)
        if plan.alone_level is not None
    ]
    return None if len(found) < len(numbered.plans) else np.concatenate(found)[rows].astype(np.uint8)


def _shifted(columns: Sequence[np.ndarray], starts: Sequence[int]) -> Int64s:
    return np.concatenate(
        [column.astype(np.int64) + start for column, start in zip(columns, starts, strict=True)]
    )


def _sum_known(amounts: Sequence[Money | None]) -> Money | None:
    known = [amount for amount in amounts if amount is not None]
    return Money(sum(amount.cents for amount in known)) if len(known) == len(amounts) else None
