"""A finished operation as columns: what was planned by which standard, and what it really took."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Finished:
    """``amount``: what ran, in what the standard's speed counts. Minutes are None where nobody timed make-ready and run
    apart; ``spoiled`` is None where nobody counted it. ``remark``: why it is no evidence.
    """

    ticket: str
    day: date
    work_center: str
    stock: str
    makereadies: int
    amount: float
    through: int
    spoiled: int | None
    setup_minutes: float | None
    run_minutes: float | None
    planned_minutes: int | None = None
    remark: str = ""


def length_class(through: int, ends: Sequence[int]) -> int:
    """Which class of run length it falls in, from 0: up to each end, and beyond the last."""
    return bisect_left(ends, through)


def length_words(place: int, ends: Sequence[int]) -> str:
    """A class in words."""
    if not ends:
        return "any length"
    if place == len(ends):
        return f"over {ends[-1]:,}"
    return f"{ends[place - 1] + 1:,} to {ends[place]:,}" if place else f"up to {ends[0]:,}"
