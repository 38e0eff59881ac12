"""The trays of a plan as a map: a band for each level, a cell for each tray with how full it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from postal.sorting.filling import TrayRules
from postal.sorting.presort_plan import Bools, ContainerLevel, LevelResult, PresortPlan


@dataclass(frozen=True, slots=True)
class Cell:
    """One tray on the map; ``percent`` of its length is filled."""

    tray: int
    line_1: str
    tray_type: str
    pieces: int
    percent: int
    is_full: bool


@dataclass(frozen=True, slots=True)
class Band:
    """The trays of one level that were asked for, and the first of them as cells."""

    code: str
    name: str
    trays: int
    pieces: int
    full: int
    percent: int  # of the length of all its trays
    cells: tuple[Cell, ...]
    has_more: bool  # trays behind those


def tray_map(
    plan: PresortPlan, rules: TrayRules, *, cells: int, only: Bools | None = None, after: int = 0
) -> tuple[Band, ...]:
    """Bands of the levels that have trays, ``only`` some of them if given; of each band at most ``cells`` trays
    behind tray ``after``.
    """
    trays = plan.trays
    inches = tray_inches(plan, rules)
    wanted = np.ones(len(trays), np.bool_) if only is None else only
    bands = []
    levels: Sequence[LevelResult | ContainerLevel] = plan.tray_levels
    for index, level in enumerate(levels):
        rows = np.flatnonzero(wanted & (trays.level == index))
        if not len(rows):
            continue
        behind = rows[np.searchsorted(rows, after) :]
        shown = behind[:cells]
        bands.append(
            Band(
                code=level.code,
                name=level.name,
                trays=len(rows),
                pieces=int(trays.pieces[rows].sum()),
                full=int(trays.is_full[rows].sum()),
                percent=int(100 * trays.stack_inches[rows].sum() / inches[rows].sum()),
                cells=tuple(_cell(plan, row, inches[row]) for row in shown.tolist()),
                has_more=len(behind) > len(shown),
            )
        )
    return tuple(bands)


def tray_inches(plan: PresortPlan, rules: TrayRules) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Inside length of each tray."""
    by_type = np.array([float(rules.length_in[code]) for code in plan.tray_types])
    found: np.ndarray[tuple[int], np.dtype[np.float64]] = by_type[plan.trays.tray_type]
    return found


def _cell(plan: PresortPlan, row: int, inches: float) -> Cell:
    trays = plan.trays
    return Cell(
        tray=row + 1,
        line_1=trays.line_1[row],
        tray_type=plan.tray_names[int(trays.tray_type[row])],
        pieces=int(trays.pieces[row]),
        percent=min(100, int(100 * trays.stack_inches[row] / inches)),
        is_full=bool(trays.is_full[row]),
    )
