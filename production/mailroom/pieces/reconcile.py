"""Reconciliation: what evidence says about every piece of a stream, by interval arithmetic on ranges.

A piece has copies: the original, and one more for each reprint. A copy is made by one segment; a spoil ends
a copy and names the segment of the next. The last copy must be printed and, where it has an envelope, inserted, once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from kernel.errors import Conflict
from production.jobs import lifecycle
from production.jobs.models import Job, LotRange, Operation
from production.jobs.ranges import Bools, Int64s, Range, from_mask, words
from production.jobs.route import complete, jobs_of, lot_operation, make_ready
from production.jobs.states import LotState, OperationCode, RangeStatus
from production.mailings.models import PresortStream
from production.mailroom.pieces.models import Spoil
from store.db import UnitOfWork

_NAMED = 5  # ranges spelled out in an error; screens show all


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Rows of evidence: ``printed`` and ``inserted`` (k, 3) = segment, first, last; ``withdrawn`` (k, 2) = first,
    last; ``spoils`` (k, 3) = piece, attempt, segment of the replacement (0 = none yet). ``inserted`` is None for what
    goes without an envelope: it is ready when it is printed.
    """

    printed: Int64s
    inserted: Int64s | None
    withdrawn: Int64s
    spoils: Int64s


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Counts, and ranges of pieces for everything still open. All ranges run within 1..pieces."""

    pieces: int
    mailable: int  # last copy printed and inserted, not withdrawn
    withdrawn: tuple[Range, ...]
    spoils: int
    never_printed: tuple[Range, ...]
    unreplaced: tuple[Range, ...]  # spoiled and not on any reprint
    awaiting_reprint: tuple[Range, ...]  # on a reprint that is not printed
    not_inserted: tuple[Range, ...]  # last copy printed, not inserted
    printed_too_often: tuple[Range, ...]  # more prints than 1 + spoils
    inserted_too_often: tuple[Range, ...]  # more insertions than 1 + spoils, or inserted though withdrawn

    @property
    def open(self) -> dict[str, tuple[Range, ...]]:
        """What is unexplained, in words, with its ranges; empty when the stream is accounted for."""
        kinds = {
            "never printed": self.never_printed,
            "spoiled and not reprinted": self.unreplaced,
            "on a reprint that is not printed": self.awaiting_reprint,
            "printed but not inserted": self.not_inserted,
            "printed too often": self.printed_too_often,
            "inserted too often": self.inserted_too_often,
        }
        return {name: runs for name, runs in kinds.items() if runs}


def reconcile(pieces: int, evidence: Evidence) -> Reconciliation:
    """Account for pieces 1..``pieces``. Works on columns: one pass over ranges, a few over pieces."""
    spoils, next_segment = _last_spoils(pieces, evidence.spoils)
    replacements = np.unique(next_segment[next_segment > 0])
    printed = _count(pieces, evidence.printed[:, 1:])
    withdrawn = _count(pieces, evidence.withdrawn) > 0
    is_printed = _last_copy(pieces, evidence.printed, replacements, next_segment, spoils)
    is_inserted, inserted = is_printed, np.where(withdrawn, 0, printed)
    if evidence.inserted is not None:
        is_inserted = _last_copy(pieces, evidence.inserted, replacements, next_segment, spoils)
        inserted = _count(pieces, evidence.inserted[:, 1:])
    live, whole, unreplaced = ~withdrawn, spoils == 0, (spoils > 0) & (next_segment == 0)
    return Reconciliation(
        pieces=pieces,
        mailable=int(np.count_nonzero(live & is_printed & is_inserted)),
        withdrawn=from_mask(withdrawn),
        spoils=len(evidence.spoils),
        never_printed=from_mask(live & whole & ~is_printed),
        unreplaced=from_mask(live & unreplaced),
        awaiting_reprint=from_mask(live & ~whole & ~unreplaced & ~is_printed),
        not_inserted=from_mask(live & is_printed & ~is_inserted),
        printed_too_often=from_mask(printed > 1 + spoils),
        inserted_too_often=from_mask((inserted > 1 + spoils) | (withdrawn & (inserted > spoils))),
    )


def account(session: Session, stream: PresortStream) -> Reconciliation:
    """What the evidence in the database says about this stream."""
    return reconcile(stream.pieces or 0, _load(session, stream))


def refuse_open_pieces(found: Reconciliation) -> None:
    """Conflict OPEN_PIECES naming the first ranges, when anything is unexplained."""
    if not found.open:
        return
    parts = [f"{name}: {words(runs, limit=_NAMED)}" for name, runs in found.open.items()]
    details = {name: [list(run) for run in runs] for name, runs in found.open.items()}
    raise Conflict(
        f"Pieces are unexplained. {'; '.join(parts).capitalize()}.",
        code="OPEN_PIECES",
        remedy="Finish, reprint or withdraw these pieces, then account for the stream again.",
        open=details,
    )


def finish_stream(uow: UnitOfWork, stream: PresortStream) -> Reconciliation:
    """Close the account of a stream: stream and jobs are PRODUCED. Conflict OPEN_PIECES while a piece is open."""
    uow.session.refresh(stream, with_for_update=True)
    found = account(uow.session, stream)
    if stream.state is LotState.IN_PRODUCTION:
        refuse_open_pieces(found)
    lifecycle.advance(uow, stream, "finish", mailable=found.mailable, spoils=found.spoils)
    for job in jobs_of(uow.session, stream, Job):
        lifecycle.advance(uow, job, "finish")
    complete(uow, lot_operation(uow.session, stream, OperationCode.RECONCILE), good=found.mailable)
    make_ready(uow, lot_operation(uow.session, stream, OperationCode.DISPATCH))
    return found


def _count(pieces: int, ranges: Int64s) -> Int64s:
    """How many ranges cover each piece; index 0 is piece 1."""
    steps = np.bincount(ranges[:, 0], minlength=pieces + 2) - np.bincount(
        ranges[:, 1] + 1, minlength=pieces + 2
    )
    return np.cumsum(steps)[1 : pieces + 1]


def _last_spoils(pieces: int, spoils: Int64s) -> tuple[Int64s, Int64s]:
    """Spoils of each piece, and the segment that replaces its last spoiled copy (0 = none)."""
    count = np.zeros(pieces, np.int64)
    segment = np.zeros(pieces, np.int64)
    ordered = spoils[np.argsort(spoils[:, 1], kind="stable")]
    count[ordered[:, 0] - 1] = ordered[:, 1]
    segment[ordered[:, 0] - 1] = ordered[:, 2]
    return count, segment


def _last_copy(
    pieces: int, ranges: Int64s, replacements: Int64s, next_segment: Int64s, spoils: Int64s
) -> Bools:
    """Is the last copy of each piece covered? Originals by any plan segment, others by the segment they are on."""
    is_reprint = np.isin(ranges[:, 0], replacements)
    covered: Bools = (_count(pieces, ranges[~is_reprint, 1:]) > 0) & (spoils == 0)
    (spoiled,) = np.nonzero(next_segment)
    again = ranges[is_reprint]
    stride = pieces + 2
    firsts = np.sort(again[:, 0] * stride + again[:, 1])
    lasts = np.sort(again[:, 0] * stride + again[:, 2])
    keys = next_segment[spoiled] * stride + spoiled + 1
    # Ranges of one segment do not overlap, so a key lies in a range when more ranges began than ended before it.
    covered[spoiled] = np.searchsorted(firsts, keys, "right") > np.searchsorted(lasts, keys, "left")
    return covered


def _load(session: Session, stream: PresortStream) -> Evidence:
    query = (
        select(Operation.type, LotRange.status, Operation.segment, LotRange.first, LotRange.last)
        .outerjoin(LotRange, LotRange.operation_id == Operation.id)
        .where(Operation.lot_id == stream.id)
    )
    rows: dict[str, list[tuple[int, int, int]]] = {status.value: [] for status in RangeStatus}
    is_inserted = False
    for kind, status, segment, first, last in session.execute(query):
        is_inserted = is_inserted or kind == OperationCode.FOLD_INSERT
        if status is not None:
            rows[status].append((segment or 0, first, last))
    replacement = aliased(Operation)
    spoils = session.execute(
        select(Spoil.piece, Spoil.attempt, replacement.segment)
        .outerjoin(replacement, replacement.id == Spoil.replacement_id)
        .where(Spoil.lot_id == stream.id)
    )
    came_finished = rows[RangeStatus.SORTED]
    return Evidence(
        printed=_table([*rows[RangeStatus.PRINTED], *came_finished]),
        inserted=_table(rows[RangeStatus.INSERTED]) if is_inserted else None,
        withdrawn=_table(rows[RangeStatus.WITHDRAWN])[:, 1:],
        spoils=_table([(piece, attempt, segment or 0) for piece, attempt, segment in spoils]),
    )


def _table(rows: list[tuple[int, int, int]]) -> npt.NDArray[np.int64]:
    return np.array(rows, np.int64).reshape(-1, 3)
