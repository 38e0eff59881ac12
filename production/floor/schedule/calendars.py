"""Open time: minutes of work counted through the windows of a calendar, so that a night takes none.

A run that may pause is one stretch of open minutes; only one that may not must look for a window that is long enough.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OpenTime:
    """Windows as minutes, in order and apart; ``before``: open minutes before each, and all of them at the end."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    before: tuple[int, ...]

    @property
    def total(self) -> int:
        """Open minutes in all."""
        return self.before[-1]

    def at(self, minute: int) -> int:
        """Open minutes that have passed when a minute comes; from a closed one on, those by the next opening."""
        k = bisect_right(self.ends, minute)
        if k == len(self.ends):
            return self.total
        return self.before[k] + max(0, minute - self.starts[k])

    def begins(self, opened: int) -> int:
        """The minute at which work begins after so many open ones; at a closing it is the next opening."""
        k = min(bisect_right(self.before, opened), len(self.starts)) - 1
        return self.starts[k] + opened - self.before[k]

    def ended(self, opened: int) -> int:
        """The minute at which so many open ones are over; at a closing it is that."""
        k = max(0, bisect_left(self.before, opened) - 1)
        return self.starts[k] + opened - self.before[k]

    def fits(self, opened: int, minutes: int) -> int | None:
        """The first place from there on with so many minutes in one window; None when there is no such window."""
        before = self.before
        k = bisect_right(before, opened) - 1
        while k < len(self.starts):
            if before[k + 1] - opened >= minutes:
                return opened
            k += 1
            opened = before[k]
        return None

    def fits_before(self, opened: int, minutes: int) -> int | None:
        """The last place with so many minutes in one window that are over by then; None likewise."""
        before = self.before
        k = bisect_left(before, opened) - 1
        while k >= 0:
            if opened - before[k] >= minutes:
                return opened - minutes
            opened = before[k]
            k -= 1
        return None

    def spans(self, opened: int, minutes: int) -> list[tuple[int, int]]:
        """From and to, in minutes, of a stretch of open ones."""
        if not minutes:
            at = self.begins(opened)
            return [(at, at)]
        found, end = [], opened + minutes
        for k in range(bisect_right(self.before, opened) - 1, len(self.starts)):
            if self.before[k] >= end:
                break
            first, last = max(opened, self.before[k]), min(end, self.before[k + 1])
            found.append((self.starts[k] + first - self.before[k], self.starts[k] + last - self.before[k]))
        return found


def open_time(windows: Iterable[tuple[int, int]]) -> OpenTime:
    """Windows in any order; those that touch or overlap are one."""
    merged: list[list[int]] = []
    for start, end in sorted(windows):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    before = [0]
    for start, end in merged:
        before.append(before[-1] + end - start)
    return OpenTime(tuple(one[0] for one in merged), tuple(one[1] for one in merged), tuple(before))
