"""Which destination leaves a sorter in which pass: the tree of least handlings, exactly.

A sorter with M bins for sorting and K passes is a tree: in the first pass a bin holds one destination and is done,
or it is shared and fed again, and so on K deep. A destination at depth d is handled d times a piece, so the
handlings of a tree are the sum of pieces times depth; the bins allow at most M items under each shared bin.

Why the result is exact:

1. Only the number of shared bins in each pass matters. With i(1) .. i(K-1) of them (i(0) = 1, the feed itself), pass d
   has M * i(d-1) bins, of which M * i(d-1) - i(d) may hold one destination. If a less dense destination left before a
   denser one, exchanging the two would not add a handling; so the densest leave first.
2. A tree that has M - 1 or more empty bins has a shared bin too many: the destinations of a deepest shared bin
   move to empty bins that are no deeper until at most one is left, which takes the shared bin's own place. So the
   number of shared bins is the least that gives every destination a bin: (D - M) / (M - 1), rounded up.
3. Every way of dealing this number out to the passes is tried.

This is the length-limited Huffman code over an alphabet of M letters; the tests compare it with brute force.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from kernel.errors import InvalidInput
from postal.sorting.presort_plan import Int64s

MOST_PASSES = 4
Path = tuple[int, ...]  # the bin of each pass, from 1
_Item = tuple[
    int, "int | list[_Item]"
]  # place of its first destination, and a destination or what is fed again


def reach(bins: int, passes: int) -> int:
    """How many destinations the bins can tell apart."""
    return int(bins**passes)


def paths(pieces: Int64s, *, bins: int, passes: int) -> tuple[Path, ...]:
    """The path of each destination with the fewest handlings; bins run in the order of the destinations.

    InvalidInput SORTER_REACH when the bins and passes cannot tell so many apart.
    """
    return _lay(pieces, np.argsort(-pieces, kind="stable"), bins, passes)


def naive_paths(pieces: Int64s, *, bins: int, passes: int) -> tuple[Path, ...]:
    """The same tree filled without looking at the density: who comes first leaves first."""
    return _lay(pieces, np.arange(len(pieces)), bins, passes)


def handlings(pieces: Int64s, found: Sequence[Path]) -> int:
    """Pieces times passes."""
    return sum(count * len(path) for count, path in zip(pieces.tolist(), found, strict=True))


def _lay(pieces: Int64s, leaving: Int64s, bins: int, passes: int) -> tuple[Path, ...]:
    count = len(pieces)
    if not 1 <= passes <= MOST_PASSES or bins < 2:
        raise InvalidInput(
            f"A sorter has at least two bins for sorting and 1 to {MOST_PASSES} passes.",
            code="SORTER_MACHINE",
        )
    if count > reach(bins, passes):
        needed = next((more for more in range(passes, MOST_PASSES + 1) if count <= reach(bins, more)), None)
        raise InvalidInput(
            f"{count:,} destinations are more than {bins} bins tell apart in "
            f"{passes} {'pass' if passes == 1 else 'passes'} ({reach(bins, passes):,}).",
            code="SORTER_REACH",
            remedy=f"Allow {needed} passes." if needed else "Use more bins.",
        )
    before = np.concatenate([[0], np.cumsum(pieces[leaving])])
    shared = min(_splits(count, bins, passes), key=lambda split: _cost(before, split, bins))
    depth = np.zeros(count, np.int64)
    depth[leaving] = np.repeat(
        np.arange(1, len(shared) + 2), np.diff([0, *_left(count, shared, bins)]).astype(np.int64)
    )
    return _name(_grow(depth, shared), count)


def _splits(count: int, bins: int, passes: int) -> Iterator[Path]:
    """Every way to deal the shared bins out to the passes before the last."""

    def deal(left: int, above: int, passes: int) -> Iterator[Path]:
        if not left:
            yield ()
        elif passes > 1:
            for here in range(min(left, bins * above), 0, -1):
                for rest in deal(left - here, here, passes - 1):
                    yield (here, *rest)

    return deal(max(0, -((bins - count) // (bins - 1))), 1, passes)


def _left(count: int, shared: Path, bins: int) -> list[int]:
    """How many destinations have left after each pass."""
    left, gone = [], 0
    for above, below in zip((1, *shared), (*shared, 0), strict=True):
        gone = min(count, gone + bins * above - below)
        left.append(gone)
    return left


def _cost(before: Int64s, shared: Path, bins: int) -> int:
    """Handlings: in each pass all pieces that have not left before it."""
    gone = [0, *_left(len(before) - 1, shared, bins)[:-1]]
    return int(sum(before[-1] - before[left] for left in gone))


def _grow(depth: Int64s, shared: Path) -> list[_Item]:
    """What stands in the bins of the first pass: from the last pass up, neighbors share a bin."""
    below: list[_Item] = []
    for level in range(len(shared) + 1, 0, -1):
        here: list[_Item] = [(place, place) for place in np.flatnonzero(depth == level).tolist()]
        here = sorted([*here, *below], key=lambda item: item[0])
        if level == 1:
            return here
        cuts = np.linspace(0, len(here), shared[level - 2] + 1).astype(int).tolist()
        below = [(here[first][0], here[first:last]) for first, last in pairwise(cuts)]
    return below


def _name(items: list[_Item], count: int) -> tuple[Path, ...]:
    found: list[Path] = [()] * count

    def walk(items: list[_Item], path: Path) -> None:
        for number, (_, held) in enumerate(items, start=1):
            if isinstance(held, int):
                found[held] = (*path, number)
            else:
                walk(held, (*path, number))

    walk(items, ())
    return tuple(found)
