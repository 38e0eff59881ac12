"""Why a piece has its level and price: its group at each level, what was missing, what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

import numpy as np
import numpy.typing as npt

from kernel.errors import InvalidInput
from kernel.money import Extended, Rate, to_cents
from postal.plans.sort_plans import KINDS
from postal.sorting.presort_plan import LevelResult, PresortPlan


@dataclass(frozen=True, slots=True)
class LevelStep:
    """One level a piece was looked at: its group there, the pieces free in it, how many more it needed."""

    level: str
    name: str
    group: str
    pieces: int
    minimum: int
    missing: int
    is_formed: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """A piece's way through the levels and its price; a rate None = no such price is loaded."""

    piece: int
    tray: int
    level: str
    destination: str
    rate: Rate | None
    single_piece_rate: Rate | None
    steps: tuple[LevelStep, ...]
    sentences: tuple[str, ...]


def explain_piece(plan: PresortPlan, piece: int) -> Explanation:
    """Explain piece n (from 1); IndexError outside 1..pieces. Constant work but for some binary searches."""
    tray = plan.tray_holding(piece)
    label = plan.label(tray)
    index, _ = plan.place_of(piece)
    level = plan.levels[index]
    zip5, route = int(plan.zip5[piece - 1]), -1 if plan.route is None else int(plan.route[piece - 1])
    has_point = int(plan.zip11[piece - 1]) >= 0
    unit = plan.units.row(zip5, route, has_point=has_point)
    is_kind = plan.units.has_point is not None  # pieces without a point have levels of their own
    can_be_sorted = _is_unit(plan, unit, zip5, route) and (
        has_point or is_kind or index < len(plan.levels) - 1
    )
    steps = _steps(plan, unit, index) if can_be_sorted else ()
    sentences = [f"Piece {piece:,} is in tray {tray:,}, {label.line_1}, at the {level.name} level."]
    if not can_be_sorted:
        lacks = "carrier route" if plan.route is not None and route < 0 else "usable delivery point"
        sentences.append(f"It has no {lacks}, so no automation price may be claimed for it.")
    elif plan.is_under_minimum:
        sentences.append(
            f"The mailing has {plan.automation_pieces:,} automation pieces and needs "
            f"{plan.minimum_pieces:,}, so every piece goes at the single-piece price."
        )
    else:
        sentences += [_step_sentence(step, level.name) for step in steps]
    if any(not step.missing for step in steps[:-1]):
        sentences += held_back_for(plan, plan.place_of(piece)[1])
    sentences += _price_sentences(plan, level)
    if plan.alone_level is not None:
        sentences += _alone_sentences(plan.levels[int(plan.alone_level[piece - 1])], level)
    return Explanation(
        piece=piece,
        tray=tray,
        level=level.code,
        destination=label.line_1,
        rate=level.rate,
        single_piece_rate=plan.single_piece_rate,
        steps=steps,
        sentences=tuple(sentences),
    )


def explain_tray(plan: PresortPlan, tray: int, *, elsewhere: tuple[int, int] = (0, 0)) -> tuple[str, ...]:
    """What a tray (from 1) holds and why it exists; IndexError outside the plan's trays. ``elsewhere``: pieces and
    trays of its destination in other streams of the mailing, which count toward the same minimum.
    """
    label, trays = plan.label(tray), plan.trays
    kind = plan.tray_levels[int(trays.level[tray - 1])]
    name = plan.tray_names[int(trays.tray_type[tray - 1])]
    same = np.flatnonzero((trays.group == trays.group[tray - 1]) & (trays.level == trays.level[tray - 1]))
    others, their_trays = elsewhere
    held, count = int(trays.pieces[same].sum()) + others, len(same) + their_trays
    what = (
        f"Tray {tray:,} is a {name}, {label.line_1}, {label.line_2}: pieces {label.first_piece:,} to "
        f"{label.last_piece:,}, {label.pieces:,} of them, {trays.stack_inches[tray - 1]:.2f} in."
    )
    sentences = [
        what,
        f"Its {kind.name} destination has {held:,} pieces in {count:,} trays; {kind.minimum:,} are needed.",
    ]
    if others:
        sentences.append(f"{others:,} of them are in other streams of the mailing: {held:,} together.")
    if plan.bundles is not None:
        here = plan.bundles.tray == tray
        sentences.append(f"It holds {int(here.sum()):,} bundles.")
    else:
        sentences += held_back_for(plan, int(trays.group[tray - 1]))
    if not trays.is_full[tray - 1]:
        sentences.append(
            "It is less than full: the last tray of its destination."
            if len(same) > 1
            else "It is less than full."
        )
    return tuple(sentences)


def explain_level(plan: PresortPlan, code: str) -> tuple[str, ...]:
    """What came to a level, what it cost, and how many groups just missed it. InvalidInput LEVEL_UNKNOWN."""
    index = next((row for row, level in enumerate(plan.levels) if level.code.lower() == code.lower()), None)
    if index is None:
        raise InvalidInput(f"The plan has no level {code!r}.", code="LEVEL_UNKNOWN")
    level, groups = plan.levels[index], plan.groups
    here = groups.level == index
    formed, looked = int((here & groups.is_formed).sum()), int((here & (groups.pieces > 0)).sum())
    what = (
        f"{level.name}: {level.pieces:,} pieces in {formed:,} {'group' if formed == 1 else 'groups'} of "
        f"{level.minimum:,} or more, of {looked:,} looked at; {level.trays:,} "
        f"{'tray' if level.trays == 1 else 'trays'}."
    )
    sentences = [what]
    if level.rate is not None:
        sentences.append(f"At ${level.price} a piece they cost ${to_cents(level.postage)}.")
    near = np.flatnonzero(here & ~groups.is_formed & (groups.pieces >= level.minimum * 9 // 10))
    for row in near[np.argsort(-groups.pieces[near])][:_NEAR].tolist():
        name = groups.label.get(row, f"ZIP {int(groups.key[row]):05d}" if level.key == "zip5" else "a group")
        missing = level.minimum - int(groups.pieces[row])
        reason = f"{missing:,} missing" if missing > 0 else "left out for a lower total"
        sentences.append(f"{name} has {int(groups.pieces[row]):,} pieces: {reason}.")
    kept = np.bincount(plan.group_of_piece, minlength=len(groups.level))
    gave = np.flatnonzero(here & groups.is_formed & (kept < groups.pieces))
    for row in gave[np.argsort(kept[gave] - groups.pieces[gave])][:_NEAR].tolist():
        back = int(groups.pieces[row] - kept[row])
        sentences.append(
            f"{groups.label[row]} keeps {int(kept[row]):,} of {int(groups.pieces[row]):,} pieces: "
            f"{back:,} held back for a coarser group."
        )
    formed_here = np.flatnonzero(here & groups.is_formed).tolist()
    return (*sentences, *islice((line for row in formed_here for line in held_back_for(plan, row)), _NEAR))


def held_back_for(plan: PresortPlan, group: int) -> tuple[str, ...]:
    """Which pieces of a group (row in ``groups``) could have stayed in a finer one that had enough, and what it
    saves that they did not; nothing where there are none, as in every top-down sort.
    """
    groups, level = plan.groups, int(plan.groups.level[group])
    if not 0 < level < len(plan.levels) - 1 or plan.policy == "top-down":
        return ()
    here = np.flatnonzero(plan.group_of_piece == group)
    rows = [
        plan.units.row(zip5, route, has_point=has_point) for zip5, route, has_point in _places(plan, here)
    ]
    units, pieces = np.unique(rows, return_counts=True)
    finer = plan.units.group[units][:, :level]
    minimums = np.array([plan.levels[index].minimum for index in range(level)], dtype=np.int64)
    enough = (finer >= 0) & (groups.pieces[finer] >= minimums)
    held = np.any(enough, axis=1)
    prices = [found.each for found in plan.levels]
    others, own = int(pieces[~held].sum()), prices[level]
    after = _next_level(plan, int(units[0]), level)
    coarser = prices[after]
    if not held.any() or own is None or coarser is None or others >= plan.levels[level].minimum:
        return ()
    first = np.argmax(enough[held], axis=1).tolist()
    finest = [prices[index] or own for index in first]
    more = sum((own - price) * count for price, count in zip(finest, pieces[held].tolist(), strict=True))
    less = (coarser - own) * others
    spent, gained, saved = (to_cents(Extended(amount)) for amount in (more, less, less - more))
    name = groups.label.get(group, "The group")
    sentence = (
        f"{name} has {int(pieces[held].sum()):,} pieces held back from finer groups that had enough, so that "
        f"it reaches {plan.levels[level].minimum:,}: they cost ${spent} more, its other {others:,} ${gained} less "
        f"than at the {plan.levels[after].name} level: saves ${saved}."
    )
    return (sentence,)


def _places(plan: PresortPlan, rows: npt.NDArray[np.intp]) -> list[tuple[int, int, bool]]:
    """ZIP, route (-1 = none) and whether there is a delivery point, of some pieces."""
    routes = np.full(len(rows), -1) if plan.route is None else plan.route[rows]
    points = plan.zip11[rows] >= 0
    return list(zip(plan.zip5[rows].tolist(), routes.tolist(), points.tolist(), strict=True))


def _next_level(plan: PresortPlan, unit: int, level: int) -> int:
    """Where a unit's pieces would go without their group: the next level at which theirs is formed."""
    kind = plan.levels[level].kind
    after = [index for index in range(level + 1, len(plan.levels) - 1) if plan.levels[index].kind == kind]
    for index in after:
        row = int(plan.units.group[unit, index])
        if row >= 0 and plan.groups.is_formed[row]:
            return index
    return max([level, *after])


_NEAR = 5


def _is_unit(plan: PresortPlan, unit: int, zip5: int, route: int) -> bool:
    units = plan.units
    if unit >= len(units.zip5) or int(units.zip5[unit]) != zip5:
        return False
    return units.route is None or int(units.route[unit]) == route


def _steps(plan: PresortPlan, unit: int, reached: int) -> tuple[LevelStep, ...]:
    steps = []
    zip5 = int(plan.units.zip5[unit])
    for index, level in enumerate(plan.levels[:-1]):
        if plan.units.has_point is not None and level.kind != KINDS[not plan.units.has_point[unit]]:
            continue
        row = int(plan.units.group[unit, index])
        pieces = int(plan.groups.pieces[row]) if row >= 0 else 0
        where = f"ZIP {zip5:05d}" if level.key == "zip5" else f"prefix {zip5 // 100:03d} (not on the list)"
        if "scheme" in level.name:
            where = f"ZIP {zip5:05d} (in no scheme)"
        if level.entry not in {"", "origin"} and row < 0:
            where = f"ZIP {zip5:05d} (not served by the {level.entry} of entry)"
        steps.append(
            LevelStep(
                level=level.code,
                name=level.name,
                group=plan.groups.label.get(row, where),
                pieces=pieces,
                minimum=level.minimum,
                missing=max(0, level.minimum - pieces),
                is_formed=row >= 0 and bool(plan.groups.is_formed[row]),
            )
        )
        if index == reached:
            break
    return tuple(steps)


def _step_sentence(step: LevelStep, reached: str) -> str:
    if step.name != reached and not step.missing:
        return (
            f"{step.name}: {step.group} has {step.pieces:,} pieces, {step.minimum:,} needed; this piece goes on, "
            "because the mailing costs less with it in a coarser group."
        )
    if step.minimum == 1:
        return f"{step.name}: every piece left goes here, {step.pieces:,} of them."
    if step.is_formed:
        return f"{step.name}: {step.group} has {step.pieces:,} pieces, {step.minimum:,} needed: formed."
    return (
        f"{step.name}: {step.group} has {step.pieces:,} of {step.minimum:,} pieces, {step.missing:,} missing."
    )


def _price_sentences(plan: PresortPlan, level: LevelResult) -> list[str]:
    if level.each is None:
        return []
    if plan.single_piece_rate is None:
        return [f"It costs ${level.price}; no single-piece price is loaded for {plan.weight_oz} oz."]
    if level is plan.levels[-1]:
        return [f"It costs ${level.price}, the single-piece price."]
    saved = _dollars(plan.single_piece_rate.value - level.each)
    return [
        f"It costs ${level.price}; as a single piece it would cost ${plan.single_piece_rate}, ${saved} more."
    ]


def _alone_sentences(alone: LevelResult, level: LevelResult) -> list[str]:
    """What mailing with others changed for the piece."""
    if alone.each is None or level.each is None:
        return []
    where = f"With its own job alone it would be at the {alone.name} level and cost ${alone.price}"
    more = alone.each - level.each
    if not more:
        return [f"{where}, the same."]
    return [f"{where}, ${_dollars(abs(more))} {'more' if more > 0 else 'less'}."]


def _dollars(amount: Decimal) -> Rate:
    """For a sentence: a price a pound may have more than the six decimals of a rate."""
    return Rate(amount.quantize(_MILLIONTH))


_MILLIONTH = Decimal("0.000001")
