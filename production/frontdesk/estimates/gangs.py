"""Several names on one run of a digital press: how often each stands on the sheets, and how often these are printed.

A file of leaves is cut and stacked, so that the cards of a name lie together; the whole file is printed ``copies``
times. Each sheet is full: what is over of the last one goes to the names in turn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

MOST_LEAVES = 240  # in one file: they are preflighted and folded page by page (shop to confirm)


@dataclass(frozen=True, slots=True)
class Gang:
    """``leaves``: places of each name in the file, in the order of the names; ``up``: places of a sheet."""

    copies: int
    leaves: tuple[int, ...]
    up: int

    @property
    def sheets(self) -> int:
        """Press sheets in all."""
        return self.copies * sum(self.leaves) // self.up

    @property
    def printed(self) -> tuple[int, ...]:
        """Pieces of each name."""
        return tuple(self.copies * places for places in self.leaves)


def ganged(wanted: Sequence[int], up: int) -> Gang:
    """The fewest press sheets that hold every name as often as it is wanted; of equals, the shortest file.
    ``wanted`` at most ``MOST_LEAVES`` names, each once or more.
    """
    possible = (_in_copies(wanted, up, copies) for copies in range(1, max(wanted) + 1))
    short = [one for one in possible if sum(one.leaves) <= _room(up)]
    return min(short, key=lambda one: (one.sheets, sum(one.leaves)))


def _room(up: int) -> int:
    """Full sheets' worth of leaves in one file."""
    return math.ceil(MOST_LEAVES / up) * up


def _in_copies(wanted: Sequence[int], up: int, copies: int) -> Gang:
    leaves = [math.ceil(quantity / copies) for quantity in wanted]
    for over in range(-sum(leaves) % up):
        leaves[over % len(leaves)] += 1
    return Gang(copies, tuple(leaves), up)
