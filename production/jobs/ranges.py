"""Ranges of consecutive numbers, of pieces or any other unit of a lot: how sets are kept, compared and said."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Int64s = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class Range(NamedTuple):
    """First and last number, both included."""

    first: int
    last: int


def from_mask(mask: Bools) -> tuple[Range, ...]:
    """Ranges of the true places of a mask; index 0 is number 1."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False]))))
    return tuple(map(Range, (edges[::2] + 1).tolist(), edges[1::2].tolist()))


def from_pieces(pieces: Int64s) -> tuple[Range, ...]:
    """Ranges of sorted, distinct numbers."""
    if not len(pieces):
        return ()
    breaks = np.flatnonzero(np.diff(pieces) > 1)
    firsts = pieces[np.concatenate(([0], breaks + 1))]
    lasts = pieces[np.concatenate((breaks, [len(pieces) - 1]))]
    return tuple(map(Range, firsts.tolist(), lasts.tolist()))


def to_pieces(ranges: Iterable[tuple[int, int]]) -> Int64s:
    """Every number of the ranges, in order and once."""
    parts = [np.arange(first, last + 1, dtype=np.int64) for first, last in ranges]
    return np.unique(np.concatenate(parts)) if parts else np.zeros(0, np.int64)


def size(ranges: Iterable[Range]) -> int:
    """How many numbers the (disjoint) ranges hold."""
    return sum(last - first + 1 for first, last in ranges)


def words(ranges: tuple[Range, ...], *, limit: int | None = None) -> str:
    """``4711, 5000-5010``, and how many more when cut at ``limit`` ranges."""
    shown = ranges[:limit]
    text = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in shown)
    rest = size(ranges) - size(shown)
    return f"{text} and {rest:,} more" if rest else text
