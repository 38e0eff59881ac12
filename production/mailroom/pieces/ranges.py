"""Runs of consecutive piece numbers: how sets of pieces are kept, compared and said."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Int64s = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Run = tuple[int, int]  # first and last piece, both included


def from_mask(mask: Bools) -> tuple[Run, ...]:
    """Runs of the true places of a mask; index 0 is piece 1."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False]))))
    return tuple(zip((edges[::2] + 1).tolist(), edges[1::2].tolist(), strict=True))


def from_pieces(pieces: Int64s) -> tuple[Run, ...]:
    """Runs of sorted, distinct piece numbers."""
    if not len(pieces):
        return ()
    breaks = np.flatnonzero(np.diff(pieces) > 1)
    firsts = pieces[np.concatenate(([0], breaks + 1))]
    lasts = pieces[np.concatenate((breaks, [len(pieces) - 1]))]
    return tuple(zip(firsts.tolist(), lasts.tolist(), strict=True))


def to_pieces(runs: Iterable[Run]) -> Int64s:
    """Every piece number of the runs, in order and once."""
    parts = [np.arange(first, last + 1, dtype=np.int64) for first, last in runs]
    return np.unique(np.concatenate(parts)) if parts else np.zeros(0, np.int64)


def size(runs: Iterable[Run]) -> int:
    """How many pieces the (disjoint) runs hold."""
    return sum(last - first + 1 for first, last in runs)


def words(runs: tuple[Run, ...], *, limit: int | None = None) -> str:
    """``4711, 5000-5010``, and how many more when cut at ``limit`` runs."""
    shown = runs[:limit]
    text = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in shown)
    rest = size(runs) - size(shown)
    return f"{text} and {rest:,} more" if rest else text
