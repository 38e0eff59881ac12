"""A barcode sorter that exists only in columns: it runs mail through a bin plan and writes the log of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kernel.errors import InvalidInput
from postal.barcode_sorter.bin_plan import FIRST, BinPlan, feed_path
from postal.barcode_sorter.log import SorterLog, Words, layout
from postal.sorting.presort_plan import Int64s, PieceColumns

PIECES_AN_HOUR = 30_000
_PAUSE = 15 * 60_000  # between two feeds, milliseconds
_CHANGE = 60_000  # between two jobs, milliseconds
_POINTS = 100
FAULTS = ("duplicate", "backwards", "unknown-bin", "unknown-tag")


@dataclass(frozen=True, slots=True)
class Machine:
    """How the machine and its log behave: shares of the pieces, a weight in thousandths of an ounce."""

    name: str
    run: str
    plan: str
    reject_rate: float = 0.0
    missort_rate: float = 0.0
    weight: int = 0
    started: int = 1_795_860_000_000  # milliseconds since 1970


def simulate(
    plan: BinPlan, pieces: PieceColumns, tags: Sequence[str], machine: Machine, *, seed: int
) -> SorterLog:
    """Every feed of the plan, one after the other. ``pieces.job`` is an index into ``tags``; mail comes job by job.
    A piece without delivery point is read to its ZIP. InvalidInput SORTER_RATE.
    """
    if not (0 <= machine.reject_rate <= 1 and 0 <= machine.missort_rate <= 1):
        raise InvalidInput("A rate lies between 0 and 1.", code="SORTER_RATE")
    rng = np.random.default_rng(seed)
    shuffle: npt.NDArray[np.integer[Any]] = rng.permutation(len(pieces))
    order = np.lexsort([shuffle, pieces.job])
    lying: dict[str, Int64s] = {FIRST: order}
    parts: list[_Part] = []
    sequence, clock = 1, machine.started
    for number, feed in enumerate(plan.feeds):
        rows = lying.get(feed, np.zeros(0, np.int64))
        if not len(rows):
            continue
        part = _feed(plan, pieces, feed, number, rows, machine, rng)
        part.sequence = np.arange(sequence, sequence + len(rows))
        part.time = clock + _times(pieces.job[rows], changes=feed == FIRST)
        sequence, clock = sequence + len(rows), int(part.time[-1]) + _PAUSE
        parts.append(part)
        for inner in plan.feeds:
            path = feed_path(inner)
            if len(path) == len(feed_path(feed)) + 1 and path[:-1] == feed_path(feed):
                lying[inner] = rows[part.bin == path[-1]]
    return _log(plan, pieces, tags, machine, parts, rng)


def spoil_log(log: SorterLog, fault: str) -> SorterLog:
    """The log with one fault of a kind in its middle, for drills and tests."""
    row = len(log) // 2
    values = {name: getattr(log, name) for name in SorterLog.__slots__}
    if fault == "duplicate":
        values["sequence"] = _with(log.sequence, row, int(log.sequence[row - 1]))
    elif fault == "backwards":
        values["time"] = _with(log.time, row, int(log.time[0]) - 1)
    elif fault == "unknown-bin":
        values["bin"] = _with(log.bin, row, 0)
    elif fault == "unknown-tag":
        values["tag"] = Words((*log.tag.names, "?"), _with(log.tag.index, 0, len(log.tag.names)))
    else:
        raise InvalidInput(f"A fault is one of {', '.join(FAULTS)}.", code="SORTER_RATE")
    return SorterLog(**values)


@dataclass(slots=True, eq=False)
class _Part:
    """The rows of one feed."""

    feed: int
    rows: Int64s
    bin: Int64s
    is_reject: npt.NDArray[np.bool_]
    sequence: Int64s
    time: Int64s


def _feed(
    plan: BinPlan,
    pieces: PieceColumns,
    feed: str,
    number: int,
    rows: Int64s,
    machine: Machine,
    rng: np.random.Generator,
) -> _Part:
    """Read, and send to the plan's bins, but for rejects and missorts."""
    digits = np.where(pieces.zip11[rows] >= 0, 11, 5)
    is_reject = rng.random(len(rows)) < machine.reject_rate
    bins = plan.bin_of(feed, pieces.zip5[rows], digits)
    bins[bins == 0] = plan.sorter.residue_bin
    bins[is_reject] = plan.sorter.reject_bin
    astray = np.flatnonzero((rng.random(len(rows)) < machine.missort_rate) & ~is_reject)
    shift = rng.integers(1, plan.sorter.bins - 1, len(astray))  # another bin, not the reject bin
    bins[astray] = (bins[astray] - 1 + shift) % (plan.sorter.bins - 1) + 1
    nothing = np.zeros(0, np.int64)
    return _Part(number, rows, bins, is_reject, nothing, nothing)


def _times(job: npt.NDArray[np.int32], *, changes: bool) -> Int64s:
    gap = 3_600_000 // PIECES_AN_HOUR
    steps = np.full(len(job), gap, np.int64)
    if changes:
        steps[1:][np.diff(job) != 0] += _CHANGE
    found: Int64s = np.cumsum(steps)
    return found


def _log(
    plan: BinPlan,
    pieces: PieceColumns,
    tags: Sequence[str],
    machine: Machine,
    parts: Sequence[_Part],
    rng: np.random.Generator,
) -> SorterLog:
    rows = np.concatenate([part.rows for part in parts])
    feed = np.repeat([part.feed for part in parts], [len(part.rows) for part in parts]).astype(np.int32)
    is_reject = np.concatenate([part.is_reject for part in parts])
    digits = np.where(is_reject, 0, np.where(pieces.zip11[rows] >= 0, 11, 5)).astype(np.uint8)
    whole = np.where(digits == 11, pieces.zip11[rows], pieces.zip5[rows].astype(np.int64))
    reasons = tuple(layout().rejects)
    reason = np.where(is_reject, rng.integers(1, len(reasons) + 1, len(rows)), 0).astype(np.int32)
    spread = max(1, machine.weight // _POINTS)
    weight = np.maximum(0, machine.weight + rng.integers(-spread, spread + 1, len(rows)))
    first = np.where(feed == 0, pieces.job[rows] + 1, 0).astype(
        np.int32
    )  # separator cards are for the first feed
    return SorterLog(
        machine=machine.name,
        run=machine.run,
        plan=machine.plan,
        sequence=np.concatenate([part.sequence for part in parts]),
        feed=Words(plan.feeds, feed),
        tag=Words(("", *tags), first),
        reject=Words(("", *reasons), reason),
        routing=np.where(is_reject, -1, whole),
        digits=digits,
        bin=np.concatenate([part.bin for part in parts]).astype(np.int32),
        weight=weight if machine.weight else np.zeros(len(rows), np.int64),
        time=np.concatenate([part.time for part in parts]),
    )


def _with(column: npt.NDArray[Any], row: int, value: int) -> npt.NDArray[Any]:
    changed = column.copy()
    changed[row] = value
    return changed
