"""A run log against its bin plan: what is wrong with it as a log, what the machine did otherwise, and its figures."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from kernel.findings import Finding, Place, Severity
from postal.barcode_sorter.bin_plan import FIRST, BinPlan
from postal.barcode_sorter.log import SorterLog
from postal.sorting.presort_plan import Bools, Int64s

REJECTS = "rejects"  # the feed of pieces that were rejected and are tried again
_FIRST_ROW = 3  # line of the first piece: header and names come before
_WORST = 5  # bins named in a sentence


@dataclass(frozen=True, slots=True)
class Expected:
    """Whose log it should be: machine, run, name of the bin plan, and the tags of the run's jobs."""

    machine: str
    run: str
    plan: str
    tags: Collection[str]


def check_log(log: SorterLog, plan: BinPlan, expected: Expected) -> list[Finding]:
    """Findings; one that stops means the log is not taken in. SORTER_LOG_MACHINE, _FEED, _SEQUENCE, _TIME, _BIN,
    _TAG stop; SORTER_MISSORT warns.
    """
    strange = [
        (word, there, wanted)
        for word, there, wanted in (
            ("machine", log.machine, expected.machine),
            ("run", log.run, expected.run),
            ("bin plan", log.plan, expected.plan),
        )
        if there != wanted
    ]
    if strange:
        words = "; ".join(f"{word} {there[:40]!r}, not {wanted}" for word, there, wanted in strange)
        return [_stop("SORTER_LOG_MACHINE", f"The log is of another {words}.", 1)]
    found = [finding for check in _ROWS if (finding := check(log, plan, expected))]
    return found or _missorts(log, plan)


@dataclass(frozen=True, slots=True)
class FeedFigures:
    """One feed of a log: pieces, how many were read, first and last sequence number, pieces by bin."""

    pieces: int
    read: int
    first: int
    last: int
    bins: dict[int, int]


@dataclass(frozen=True, slots=True)
class TagFigures:
    """One tag in a feed: pieces, read, rejects by reason, how many have a weight, their weight in 0.001 oz."""

    pieces: int
    read: int
    rejects: dict[str, int]
    weighed: int
    weight: int


@dataclass(frozen=True, slots=True)
class LogFigures:
    """What the plant keeps of a log. ``tags``: by feed (the first, and rejects fed again) and tag; times as the machine
    writes them."""

    feeds: dict[str, FeedFigures] = field(default_factory=dict)
    tags: dict[str, dict[str, TagFigures]] = field(default_factory=dict)
    started: int = 0
    ended: int = 0

    def of_tag(self, feed: str, tag: str) -> TagFigures | None:
        """A tag in a feed, if it was there."""
        return self.tags.get(feed, {}).get(tag)


def figures(log: SorterLog) -> LogFigures:
    """Pieces by feed and bin, and by tag reads, rejects by reason and weight."""
    return LogFigures(
        feeds={name: _of_feed(log, log.feed.index == index) for index, name in enumerate(log.feed.names)},
        tags={
            feed: {
                tag: _of_tag(log, (log.feed.index == number) & (log.tag.index == index))
                for index, tag in enumerate(log.tag.names)
                if np.any((log.feed.index == number) & (log.tag.index == index))
            }
            for number, feed in enumerate(log.feed.names)
            if feed in (FIRST, REJECTS)
        },
        started=int(log.time[0]),
        ended=int(log.time[-1]),
    )


def expected_bins(log: SorterLog, plan: BinPlan) -> Int64s:
    """Where the plan sends each piece of a log; what does not belong in its feed is residue."""
    found = np.full(len(log), plan.sorter.reject_bin, np.int64)
    for index, name in enumerate(log.feed.names):
        rows = np.flatnonzero((log.feed.index == index) & log.is_read)
        feed = FIRST if name == REJECTS else name
        bins = plan.bin_of(feed, log.zip5[rows], log.digits[rows].astype(np.int64))
        found[rows] = np.where(bins == 0, plan.sorter.residue_bin, bins)
    return found


def _of_feed(log: SorterLog, mine: Bools) -> FeedFigures:
    bins = np.bincount(log.bin[mine])
    return FeedFigures(
        pieces=int(mine.sum()),
        read=int((mine & log.is_read).sum()),
        first=int(log.sequence[mine].min()),
        last=int(log.sequence[mine].max()),
        bins={number: int(bins[number]) for number in np.flatnonzero(bins).tolist()},
    )


def _of_tag(log: SorterLog, mine: Bools) -> TagFigures:
    return TagFigures(
        pieces=int(mine.sum()),
        read=int((mine & log.is_read).sum()),
        rejects={reason: count for reason, count in log.reject.counts(mine).items() if reason},
        weighed=int((mine & (log.weight > 0)).sum()),
        weight=int(log.weight[mine].sum()),
    )


def _feeds(log: SorterLog, plan: BinPlan, _: Expected) -> Finding | None:
    known = {*plan.feeds, REJECTS}
    wrong = [index for index, name in enumerate(log.feed.names) if name not in known]
    return _rows(
        "SORTER_LOG_FEED",
        "rows are of a feed that the bin plan does not have",
        np.isin(log.feed.index, wrong),
    )


def _sequence(log: SorterLog, _: BinPlan, __: Expected) -> Finding | None:
    key = log.feed.index.astype(np.int64) << 33 | log.sequence
    _, first, counts = np.unique(key, return_index=True, return_counts=True)
    again = np.ones(len(log), np.bool_)
    again[first] = False
    return (
        _rows("SORTER_LOG_SEQUENCE", "rows repeat a sequence number of their feed", again)
        if counts.max() > 1
        else None
    )


def _time(log: SorterLog, _: BinPlan, __: Expected) -> Finding | None:
    back = np.diff(log.time, prepend=log.time[:1]) < 0
    return _rows("SORTER_LOG_TIME", "rows are earlier than the row before them", back)


def _bin(log: SorterLog, plan: BinPlan, _: Expected) -> Finding | None:
    unknown = (log.bin < 1) | (log.bin > plan.sorter.bins)
    return _rows("SORTER_LOG_BIN", f"rows name a bin that is not 1 to {plan.sorter.bins}", unknown)


def _tag(log: SorterLog, _: BinPlan, expected: Expected) -> Finding | None:
    first = [index for index, name in enumerate(log.feed.names) if name in (FIRST, REJECTS)]
    unknown = [index for index, name in enumerate(log.tag.names) if name not in expected.tags]
    wrong = np.isin(log.feed.index, first) & np.isin(log.tag.index, unknown)
    return _rows("SORTER_LOG_TAG", "rows carry no tag of a job of this run", wrong)


_ROWS: tuple[Callable[[SorterLog, BinPlan, Expected], Finding | None], ...] = (
    _feeds,
    _sequence,
    _time,
    _bin,
    _tag,
)


def _missorts(log: SorterLog, plan: BinPlan) -> list[Finding]:
    wrong = log.bin != expected_bins(log, plan)
    count = int(wrong.sum())
    if not count:
        return []
    bins = np.bincount(log.bin[wrong])
    worst = sorted(np.flatnonzero(bins).tolist(), key=lambda number: (-bins[number], number))
    named = ", ".join(f"bin {number}: {bins[number]:,}" for number in worst[:_WORST])
    more = f" and {len(worst) - _WORST:,} more bins" if len(worst) > _WORST else ""
    return [
        Finding(
            "SORTER_MISSORT",
            Severity.WARN,
            f"{count:,} pieces lie in a bin that is not the plan's ({named}{more}).",
            "Look through these bins before their trays are labeled.",
            Place(row=int(np.flatnonzero(wrong)[0]) + _FIRST_ROW, column="bin"),
        )
    ]


def _rows(code: str, what: str, wrong: npt.NDArray[np.bool_]) -> Finding | None:
    rows = np.flatnonzero(wrong)
    return _stop(code, f"{len(rows):,} {what}.", int(rows[0]) + _FIRST_ROW) if len(rows) else None


def _stop(code: str, message: str, row: int) -> Finding:
    return Finding(
        code, Severity.STOP, message, "Nothing was taken in. Export the right log again.", Place(row=row)
    )
