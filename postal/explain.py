"""Why a piece has its level and price: its group at each level, what was missing, what it costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kernel.money import Rate
from postal.presort_plan import LevelResult, PresortPlan


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
    """Explain piece n (from 1); IndexError outside 1..pieces. Constant work but for two binary searches."""
    tray = plan.tray_holding(piece)
    label = plan.label(tray)
    level = plan.levels[int(plan.trays.level[tray - 1])]
    has_point = int(plan.zip11[piece - 1]) >= 0
    steps = _steps(plan, int(plan.zip5[piece - 1]), level) if has_point else ()
    sentences = [f"Piece {piece:,} is in tray {tray:,}, {label.line_1}, at the {level.name} level."]
    if not has_point:
        sentences.append("It has no usable delivery point, so no automation price may be claimed for it.")
    elif plan.is_under_minimum:
        sentences.append(
            f"The mailing has {plan.automation_pieces:,} automation pieces and needs "
            f"{plan.minimum_pieces:,}, so every piece goes at the single-piece price."
        )
    else:
        sentences += [_step_sentence(step) for step in steps]
    sentences += _price_sentences(plan, level)
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


def _steps(plan: PresortPlan, zip5: int, reached: LevelResult) -> tuple[LevelStep, ...]:
    # Of the column's own type: another one would have NumPy copy the column for every look-up.
    unit = int(np.searchsorted(plan.units.zip5, np.int32(zip5)))
    steps = []
    for index, level in enumerate(plan.levels[:-1]):
        row = int(plan.units.group[unit, index])
        pieces = int(plan.groups.pieces[row]) if row >= 0 else 0
        where = f"ZIP {zip5:05d}" if level.key == "zip5" else f"prefix {zip5 // 100:03d} (not on the list)"
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
        if level.code == reached.code:
            break
    return tuple(steps)


def _step_sentence(step: LevelStep) -> str:
    if step.minimum == 1:
        return f"{step.name}: every piece left goes here, {step.pieces:,} of them."
    if step.is_formed:
        return f"{step.name}: {step.group} has {step.pieces:,} pieces, {step.minimum:,} needed: formed."
    return (
        f"{step.name}: {step.group} has {step.pieces:,} of {step.minimum:,} pieces, {step.missing:,} missing."
    )


def _price_sentences(plan: PresortPlan, level: LevelResult) -> list[str]:
    if level.rate is None:
        return []
    if plan.single_piece_rate is None:
        return [f"It costs ${level.rate}; no single-piece price is loaded for {plan.weight_oz} oz."]
    if level is plan.levels[-1]:
        return [f"It costs ${level.rate}, the single-piece price."]
    saved = Rate(plan.single_piece_rate.value - level.rate.value)
    return [
        f"It costs ${level.rate}; as a single piece it would cost ${plan.single_piece_rate}, ${saved} more."
    ]
