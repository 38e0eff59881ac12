"""A bin plan for a barcode sorter: which bin every ZIP goes to in each pass, from the density that is expected.

The destinations are those of the presort of the expected pieces (``plan_presort``, top-down), in its tray order: its
groups, and inside a group that the rules sort by a list (mixed trays by AADC) the destinations of that list. The
densest leave in the first pass, the others share bins that are fed again; ``postal.barcode_sorter.bin_tree`` makes the
handlings least. Two bins are kept free for what has no place: the last takes rejects, the one before it the residue
(pieces without a delivery point where the sort needs one, and ZIPs nobody expected that belong to no group).

A feed is what goes through the machine at once: "first", then every shared bin by its path ("14", "14-3").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from kernel.errors import InvalidInput
from kernel.findings import Finding, Severity
from postal.barcode_sorter.bin_tree import MOST_PASSES, Path, handlings, naive_paths, paths, reach
from postal.barcode_sorter.density import Density
from postal.piece.mailpiece import Mailpiece
from postal.sorting.cells import Mail, level_keys
from postal.sorting.presort import plan_presort
from postal.sorting.presort_plan import ZIP5S, Int32s, Int64s, PresortPlan
from postal.sorting.rule_book import RuleBook

RESERVED = 2  # rejects, residue
FIRST = "first"
RESIDUE = -1  # instead of a destination
ASSUMED_READ = "The bin plan takes every expected piece to be read to its delivery point."
MOST_BINS = 600


@dataclass(frozen=True, slots=True)
class Sorter:
    """The machine as it will be used. ``stacker_pieces``: how many pieces a bin holds, 0 = not known."""

    bins: int
    passes: int
    stacker_pieces: int = 0

    @property
    def sorting(self) -> int:
        """Bins for destinations."""
        return self.bins - RESERVED

    @property
    def residue_bin(self) -> int:
        """The bin of pieces that no destination takes."""
        return self.bins - 1

    @property
    def reject_bin(self) -> int:
        """The bin of pieces that were not read."""
        return self.bins


@dataclass(frozen=True, slots=True)
class Destination:
    """One stack after the last pass; ``sequence`` is its place in tray order, from 1."""

    sequence: int
    level: str
    level_name: str
    label: str
    pieces: int
    path: Path


@dataclass(frozen=True, slots=True)
class Bin:
    """A bin of one feed: ``holds`` is "destination", "shared", "residue" or "rejects". ``sweeps``: how often it is
    full and has to be emptied before the feed is over.
    """

    feed: str
    bin: int
    holds: str
    destinations: int
    pieces: int
    label: str
    sweeps: int


@dataclass(frozen=True, slots=True, eq=False)
class BinPlan:
    """The plan: ``destination_of`` (100,000) gives the index of every ZIP's destination, RESIDUE for none."""

    sort_plan: str
    title: str
    mail_date: date
    sorter: Sorter
    needs_point: bool
    destinations: tuple[Destination, ...]
    destination_of: Int32s
    residue: int
    editions: tuple[str, ...]
    assumptions: tuple[str, ...]
    findings: tuple[Finding, ...]
    naive: int  # handlings of the naive plan

    @property
    def pieces(self) -> int:
        """All expected pieces."""
        return self.residue + sum(held.pieces for held in self.destinations)

    @property
    def handlings(self) -> int:
        """Pieces times passes; the residue leaves in the first."""
        return self.residue + sum(held.pieces * len(held.path) for held in self.destinations)

    @property
    def passes(self) -> int:
        """How many passes it takes."""
        return max((len(held.path) for held in self.destinations), default=1)

    @property
    def feeds(self) -> tuple[str, ...]:
        """Every feed, in the order they can be run."""
        inner = {held.path[:cut] for held in self.destinations for cut in range(len(held.path))}
        return tuple(feed_name(path) for path in sorted(inner | {()}, key=lambda path: (len(path), path)))

    def bin_of(self, feed: str, zip5: Int32s, digits: Int64s) -> Int64s:
        """The bin of each piece read in a feed (digits of its routing code); 0 = it does not belong in this feed."""
        prefix = feed_path(feed)
        table = np.zeros(len(self.destinations) + 1, np.int64)
        for index, held in enumerate(self.destinations):
            if held.path[: len(prefix)] == prefix and len(held.path) > len(prefix):
                table[index] = held.path[len(prefix)]
        table[RESIDUE] = self.sorter.residue_bin
        where = self.destination_of[zip5]
        if self.needs_point:
            where = np.where(digits == 11, where, RESIDUE)
        found: Int64s = table[where]
        return found

    def bins(self, feed: str) -> tuple[Bin, ...]:
        """What stands in each bin of a feed that is used, by number."""
        prefix = feed_path(feed)
        held: dict[int, list[Destination]] = {}
        for one in self.destinations:
            if one.path[: len(prefix)] == prefix and len(one.path) > len(prefix):
                held.setdefault(one.path[len(prefix)], []).append(one)
        depth = len(prefix) + 1
        rows = [
            self._bin(feed, number, "destination" if len(own[0].path) == depth else "shared", own)
            for number, own in sorted(held.items())
        ]
        residue = self.residue if feed == FIRST else 0
        return (
            *rows,
            Bin(feed, self.sorter.residue_bin, "residue", 0, residue, "Residue", self._sweeps(residue)),
            Bin(feed, self.sorter.reject_bin, "rejects", 0, 0, "Rejects", 0),
        )

    def _bin(self, feed: str, number: int, holds: str, own: list[Destination]) -> Bin:
        pieces = sum(one.pieces for one in own)
        label = own[0].label if len(own) == 1 else f"{own[0].label} to {own[-1].label}"
        return Bin(feed, number, holds, len(own), pieces, label, self._sweeps(pieces))

    def _sweeps(self, pieces: int) -> int:
        size = self.sorter.stacker_pieces
        return max(0, -(-pieces // size) - 1) if size else 0

    def explain(self, zip5: int) -> tuple[str, ...]:
        """Where a ZIP goes and why, in words."""
        index = int(self.destination_of[zip5])
        if index == RESIDUE:
            residue = self.sorter.residue_bin
            return (f"{zip5:05d} belongs to no group that is expected to be formed: bin {residue}, residue.",)
        return (f"{zip5:05d} goes to {self.destinations[index].label}.", *self.tell(self.destinations[index]))

    def tell(self, held: Destination) -> tuple[str, ...]:
        """Why a destination has its path, in words."""
        denser = sum(other.pieces > held.pieces for other in self.destinations)
        place = f"number {denser + 1:,} of {len(self.destinations):,} by pieces"
        said = [f"{held.label} ({held.level_name}): {held.pieces:,} pieces expected, {place}."]
        for depth in range(len(held.path) - 1):
            prefix, bin_ = held.path[:depth], held.path[depth]
            shared = next(row for row in self.bins(feed_name(prefix)) if row.bin == bin_)
            said.append(
                f"In pass {depth + 1} it shares bin {bin_} with {shared.destinations - 1:,} others, "
                f"{shared.pieces:,} pieces; the bin is fed again."
            )
        said.append(f"In pass {len(held.path)} it has bin {held.path[-1]} to itself.")
        return tuple(said)

    def sort_table(self) -> Iterator[list[str]]:
        """What a machine is loaded with, names first: first and last ZIP, the bin of each pass (empty = done)."""
        yield ["first_zip", "last_zip", *(f"pass_{number}" for number in range(1, self.passes + 1))]
        for first, last, index in self.zips:
            path = self.destinations[index].path
            bins = [str(bin_) for bin_ in path] + [""] * (self.passes - len(path))
            yield [f"{first:05d}", f"{last:05d}", *bins]

    @property
    def zips(self) -> tuple[tuple[int, int, int], ...]:
        """ZIPs that have a destination, as runs of one: the first, the last, the index of the destination."""
        edges = np.flatnonzero(np.diff(self.destination_of)) + 1
        firsts = np.concatenate([[0], edges])
        lasts = np.concatenate([edges - 1, [ZIP5S - 1]])
        runs = zip(firsts.tolist(), lasts.tolist(), self.destination_of[firsts].tolist(), strict=True)
        return tuple(run for run in runs if run[2] != RESIDUE)


def feed_name(path: Path) -> str:
    """ "first", or the bins that led to the shared one: "14-3"."""
    return "-".join(map(str, path)) or FIRST


def feed_path(feed: str) -> Path:
    """The reverse of ``feed_name``."""
    return () if feed == FIRST else tuple(int(part) for part in feed.split("-"))


def plan_bins(
    density: Density, rules: RuleBook, *, mailpiece: Mailpiece, sorter: Sorter, payment: str = "permit"
) -> BinPlan:
    """The bin plan of least handlings for the expected pieces. InvalidInput SORTER_MACHINE, SORTER_REACH,
    SORTER_SORT_PLAN (routes or bundles), and whatever the presort of these pieces refuses.
    """
    if rules.plan.has_routes or rules.plan.containers:
        raise InvalidInput(
            f"{rules.plan.title} are sorted by route or bundled; a bin plan is for pieces sorted by ZIP.",
            code="SORTER_SORT_PLAN",
        )
    if not RESERVED + 2 <= sorter.bins <= MOST_BINS or not 1 <= sorter.passes <= MOST_PASSES:
        raise InvalidInput(
            f"A sorter has {RESERVED + 2} to {MOST_BINS} bins (two for sorting, one each for residue and "
            f"rejects) and 1 to {MOST_PASSES} passes.",
            code="SORTER_MACHINE",
        )
    presort = plan_presort(density.columns(), rules, mailpiece=mailpiece, mailer_line="", payment=payment)
    found, destination_of = _destinations(presort, rules)
    room = reach(sorter.sorting, sorter.passes)
    findings = [*density.findings, *presort.findings]
    if len(found) > room:  # the sort inside mixed trays is the first to be given up
        found, destination_of, note = _unsorted_inside(found, destination_of)
        findings += note
    counts = np.array([one.pieces for one in found], np.int64)
    least = paths(counts, bins=sorter.sorting, passes=sorter.passes) if found else ()
    naive = naive_paths(counts, bins=sorter.sorting, passes=sorter.passes) if found else ()
    residue = presort.pieces - int(counts.sum())
    return BinPlan(
        sort_plan=presort.sort_plan,
        title=presort.title,
        mail_date=presort.mail_date,
        sorter=sorter,
        needs_point="delivery-point" in rules.plan.needs,
        destinations=tuple(replace(one, path=path) for one, path in zip(found, least, strict=True)),
        destination_of=destination_of,
        residue=residue,
        editions=presort.editions,
        assumptions=(*presort.assumptions, ASSUMED_READ),
        findings=tuple(findings),
        naive=residue + handlings(counts, naive),
    )


def _destinations(presort: PresortPlan, rules: RuleBook) -> tuple[list[Destination], Int32s]:
    """The formed groups in tray order, those sorted inside by a list cut up, and the destination of every ZIP."""
    every = np.arange(ZIP5S, dtype=np.int32)
    keys = level_keys(Mail(every, None, np.ones(ZIP5S, np.int64), ZIP5S, every), rules)
    groups, by_zip = presort.groups, np.bincount(presort.zip5, minlength=ZIP5S)
    destination_of = np.full(ZIP5S, RESIDUE, np.int32)
    if presort.is_under_minimum:
        return [], destination_of
    found: list[Destination] = []
    free = np.ones(ZIP5S, np.bool_)
    for index, (level, of_level) in enumerate(zip(rules.plan.levels, keys, strict=True)):
        rows = np.flatnonzero((groups.level == index) & groups.is_formed)
        for row in rows.tolist():
            place = int(np.searchsorted(of_level.key, groups.key[row]))
            mine = np.flatnonzero(free & (of_level.row == place))
            for label, zips in _inside(level.within, groups.label.get(row, ""), mine, rules):
                if count := int(by_zip[zips].sum()):
                    destination_of[zips] = len(found)
                    found.append(Destination(len(found) + 1, level.code, level.name, label, count, ()))
            free[mine] = False
    return found, destination_of


def _inside(within: str, label: str, zips: Int64s, rules: RuleBook) -> Iterator[tuple[str, Int64s]]:
    """The ZIPs of a group as one part, or by the list its trays are sorted by."""
    if not within:
        yield label, zips
        return
    inner = rules.lists.by_name[within]
    where = inner.destinations(zips.astype(np.int32))
    for row in np.unique(where).tolist():
        name = inner.label[row] if row >= 0 else f"not in {within}"
        yield f"{label}: {name}", zips[where == row]


def _unsorted_inside(
    found: list[Destination], destination_of: Int32s
) -> tuple[list[Destination], Int32s, list[Finding]]:
    """Parts of one group become one destination: the bins do not reach further."""
    kept: list[Destination] = []
    number = np.full(len(found) + 1, RESIDUE, np.int32)
    for index, one in enumerate(found):
        label = one.label.partition(": ")[0]
        if kept and (kept[-1].level, kept[-1].label) == (one.level, label):
            kept[-1] = replace(kept[-1], pieces=kept[-1].pieces + one.pieces)
        else:
            kept.append(replace(one, sequence=len(kept) + 1, label=label))
        number[index] = len(kept) - 1
    parts = len(found) - len(kept)
    note = Finding(
        "SORTER_MIXED",
        Severity.WARN,
        f"The bins do not reach to sort mixed trays inside: {parts + 1:,} parts stay together.",
        "Sort them by hand, allow another pass, or use more bins.",
    )
    return kept, number[destination_of], [note] if parts else []
