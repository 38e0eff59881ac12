"""What must hold of pieces by their evidence, for ``indicia verify``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from production.jobs.models import LotRange, Operation
from production.jobs.ranges import Range, words
from production.jobs.states import (
    LotState,
    OperationCode,
)
from production.mailings.models import PresortStream
from production.mailroom.pieces import reconcile
from production.mailroom.pieces.models import Spoil
from store.keeping.verify import Check, Open, Survey

_NAMED = 5  # ranges spelled out in a sentence


_ACCOUNTED = (LotState.PRODUCED, LotState.DISPATCHED, LotState.DELIVERED)


def prints_are_explained(survey: Survey) -> Iterator[Open]:
    """No piece is printed or inserted more often than once and once more for each spoil."""
    with_evidence = select(LotRange.lot_id).union(select(Spoil.lot_id))
    for stream in _streams(survey.session, PresortStream.id.in_(with_evidence)):
        found = reconcile.account(survey.session, stream)
        survey.examined += found.pieces
        too_often = {"printed": found.printed_too_often, "inserted": found.inserted_too_often}
        for verb, ranges in too_often.items():
            if ranges:
                yield Open(f"stream {stream.number}: {verb} too often: {_named(ranges)}", (stream.number,))


def spoils_have_one_replacement(survey: Survey) -> Iterator[Open]:
    """The spoils of a piece are numbered from 1, and each has a reprint of its own in the same stream."""
    reprint = Operation.__table__.alias("reprint")
    spoils = survey.session.execute(
        select(
            PresortStream.number, Spoil.piece, Spoil.attempt, Spoil.replacement_id,
            reprint.c.lot_id == Spoil.lot_id, reprint.c.type,
        )
        .join(PresortStream, PresortStream.id == Spoil.lot_id)
        .outerjoin(reprint, reprint.c.id == Spoil.replacement_id)
        .order_by(Spoil.lot_id, Spoil.piece, Spoil.attempt)
    )  # fmt: skip
    for (number, piece), rows in groupby(survey.each(spoils), key=lambda row: (row[0], row[1])):
        own = list(rows)
        made = [row[3] for row in own if row[3] is not None]
        if [row[2] for row in own] != list(range(1, len(own) + 1)) or len(set(made)) != len(made):
            yield Open(f"stream {number}: the spoils of piece {piece:,} do not follow one another", (number,))
        if any(row[3] is not None and not (row[4] and row[5] == OperationCode.MERGE) for row in own):
            yield Open(
                f"stream {number}: piece {piece:,} is replaced by something else than a reprint", (number,)
            )


def finished_batches_are_complete(survey: Survey) -> Iterator[Open]:
    """In a stream that is accounted for, every piece is printed and inserted, or withdrawn."""
    for stream in _streams(survey.session, PresortStream.state.in_(_ACCOUNTED)):
        found = reconcile.account(survey.session, stream)
        survey.examined += found.pieces
        for what, ranges in found.open.items():
            yield Open(
                f"stream {stream.number} is {stream.state.value}; {what}: {_named(ranges)}", (stream.number,)
            )


def _streams(session: Session, condition: Any) -> Sequence[PresortStream]:
    return session.scalars(select(PresortStream).where(condition).order_by(PresortStream.id)).all()


def _named(ranges: tuple[Range, ...]) -> str:
    return words(ranges, limit=_NAMED)


CHECKS: tuple[Check, ...] = (
    prints_are_explained,
    spoils_have_one_replacement,
    finished_batches_are_complete,
)
