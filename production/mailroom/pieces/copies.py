"""The copies an operation makes: the pieces of its segment, and which of them were spoiled or withdrawn.

A segment of the plan makes the first copy of first..last; a reprint makes the next copy of exactly the pieces
whose spoils name its merge as their replacement.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from production.jobs.models import LotRange, Operation
from production.jobs.ranges import Int64s, to_pieces
from production.jobs.states import OperationCode, RangeStatus
from production.mailroom.pieces.models import Spoil


@dataclass(frozen=True, slots=True, eq=False)
class Copies:
    """Sorted piece numbers: all of the operation, those whose copy here was spoiled, those withdrawn."""

    pieces: Int64s
    spoiled: Int64s
    withdrawn: Int64s
    is_reprint: bool

    @property
    def mailable(self) -> Int64s:
        """All but the withdrawn ones, spoiled or not: each is owed one good copy."""
        return np.setdiff1d(self.pieces, self.withdrawn, assume_unique=True)

    @property
    def good(self) -> Int64s:
        """Neither spoiled nor withdrawn."""
        return np.setdiff1d(self.mailable, self.spoiled, assume_unique=True)


def copies_of(session: Session, operation: Operation) -> Copies:
    """The copies of a merge, print or fold-and-insert operation of a stream."""
    earlier = _reprinted(session, operation)  # piece -> spoils before the copy made here
    first, last = operation.first_piece, operation.last_piece
    assert first and last  # operations of a segment have both  # noqa: S101
    pieces = np.array(sorted(earlier), np.int64) if earlier else np.arange(first, last + 1, dtype=np.int64)
    spoils = session.execute(
        select(Spoil.piece, Spoil.attempt).where(
            Spoil.lot_id == operation.lot_id, Spoil.piece.between(first, last)
        )
    )
    spoiled = sorted(
        piece
        for piece, attempt in spoils
        if attempt == earlier.get(piece, 0) + 1 and (piece in earlier or not earlier)
    )
    return Copies(
        pieces=pieces,
        spoiled=np.array(spoiled, np.int64),
        withdrawn=np.intersect1d(pieces, withdrawn_pieces(session, operation.lot_id), assume_unique=True),
        is_reprint=bool(earlier),
    )


def withdrawn_pieces(session: Session, lot_id: int | None) -> Int64s:
    """Pieces of a stream taken out before printing."""
    query = select(LotRange.first, LotRange.last).filter_by(lot_id=lot_id, status=RangeStatus.WITHDRAWN)
    return to_pieces(session.execute(query))


def _reprinted(session: Session, operation: Operation) -> dict[int, int]:
    """Pieces of a reprint with the spoil each of them replaces; empty for a segment of the plan."""
    merge = (
        select(Operation.id)
        .filter_by(lot_id=operation.lot_id, type=OperationCode.MERGE, segment=operation.segment)
        .scalar_subquery()
    )
    query = select(Spoil.piece, Spoil.attempt).where(Spoil.replacement_id == merge)
    return dict(session.execute(query).all())
