"""Hold or mail: what mailing tonight costs against waiting for the next day's mail, weighed on days that have been.

No distribution is made up: every comparable day of the past is taken as the next day once, and both ways are priced
with its real ZIP profile. What is expected is the mean of these days; how sure it is, is how many of them agree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

import numpy as np

from kernel.money import ZERO, Extended, Money, to_cents
from postal.sorting.presort_plan import PieceColumns
from postal.sorting.streams import Stream

# Postage of one mailing of these streams; never asked for none.
Price = Callable[[Sequence[Stream]], Money]


class Way(StrEnum):
    """What to do with jobs that may wait."""

    HOLD = "hold"
    MAIL = "mail"
    UNKNOWN = "unknown"  # nothing to judge by


@dataclass(frozen=True, slots=True, eq=False)
class DayVolume:
    """What came on a day that has been; no streams: nothing."""

    on: date
    streams: tuple[Stream, ...]

    @property
    def pieces(self) -> int:
        """Of all streams."""
        return sum(len(stream.pieces) for stream in self.streams)


@dataclass(frozen=True, slots=True)
class DayWeighed:
    """A day taken as the next one: postage of its mail by itself, and with what waited. ``saved`` by waiting; below
    zero where that cost more.
    """

    on: date
    pieces: int
    apart: Money
    together: Money
    saved: Money


@dataclass(frozen=True, slots=True)
class Weighed:
    """Tonight with everything, tonight with only what is due, and every comparable day."""

    all_tonight: Money
    due_tonight: Money
    days: tuple[DayWeighed, ...]

    @property
    def saves(self) -> Money | None:
        """What waiting is expected to save; None without a comparable day."""
        return _mean([day.saved.cents for day in self.days])

    @property
    def next_apart(self) -> Money | None:
        """Expected for the next day when all is mailed tonight."""
        return _mean([day.apart.cents for day in self.days])

    @property
    def next_together(self) -> Money | None:
        """Expected for the next day when what may wait does."""
        return _mean([day.together.cents for day in self.days])

    @property
    def expected_pieces(self) -> int:
        """Of the next day, besides what waits."""
        return sum(day.pieces for day in self.days) // max(1, len(self.days))

    @property
    def days_as_full(self) -> int:
        """Days with at least the pieces expected."""
        return sum(day.pieces >= self.expected_pieces for day in self.days)

    @property
    def days_saving(self) -> int:
        """Days on which waiting would have saved."""
        return sum(day.saved > ZERO for day in self.days)

    @property
    def way(self) -> Way:
        """Hold where waiting is expected to save and did on at least half of the days; else mail."""
        if self.saves is None:
            return Way.UNKNOWN
        is_worth_it = self.saves > ZERO and 2 * self.days_saving >= len(self.days)
        return Way.HOLD if is_worth_it else Way.MAIL


def weigh(
    due: Sequence[Stream],
    may_wait: Sequence[Stream],
    days: Sequence[DayVolume],
    *,
    tonight: Price,
    next_day: Price,
    here_already: int = 0,
) -> Weighed:
    """Weigh both ways. ``here_already``: pieces among those that may wait which are meant for the next day anyway;
    they count as part of what comes on such a day, so as many are left out of each.
    """
    all_tonight = _postage([*due, *may_wait], tonight)
    due_tonight = _postage(due, tonight)
    weighed = []
    for day in days:
        further = _further(day, here_already)
        apart = _postage(further, next_day)
        together = _postage([*may_wait, *further], next_day)
        saved = all_tonight + apart - due_tonight - together
        weighed.append(
            DayWeighed(day.on, sum(len(stream.pieces) for stream in further), apart, together, saved)
        )
    return Weighed(all_tonight, due_tonight, tuple(weighed))


def _postage(streams: Sequence[Stream], price: Price) -> Money:
    filled = [stream for stream in streams if len(stream.pieces)]
    return price(filled) if filled else ZERO


def _further(day: DayVolume, here_already: int) -> list[Stream]:
    """The day's pieces less as many as are here already, left out evenly over its ZIPs."""
    keep, of = max(0, day.pieces - here_already), day.pieces
    return [Stream(_thinned(stream.pieces, keep, of), stream.mailpiece) for stream in day.streams]


def _thinned(pieces: PieceColumns, keep: int, of: int) -> PieceColumns:
    if keep == of:
        return pieces
    order = np.argsort(pieces.zip5, kind="stable")
    place = np.arange(len(order), dtype=np.int64)
    kept = (place + 1) * keep // of > place * keep // of
    return pieces.take(np.sort(order[kept]))


def _mean(cents: Sequence[int]) -> Money | None:
    return to_cents(Extended(Decimal(sum(cents)) / len(cents) / 100)) if cents else None
