"""Taking pieces out of a stream before they are printed: explained, never mailed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from sqlalchemy import select

from kernel.errors import Conflict, IllegalTransition, InvalidInput
from production.jobs import lifecycle
from production.jobs.evidence import record_ranges
from production.jobs.models import Operation
from production.jobs.ranges import Int64s, Range, from_pieces, words
from production.jobs.states import LotState, OperationCode, RangeStatus
from production.jobs.states import OperationState as O
from production.mailings.models import PresortStream
from production.mailroom.pieces.copies import withdrawn_pieces
from production.mailroom.pieces.page_marks import parse_pieces
from store.db import UnitOfWork


def withdraw(uow: UnitOfWork, stream: PresortStream, *, pieces: str, reason: str) -> Int64s:
    """Pieces (``4711, 5000-5010``) that will not be mailed. Sheets of theirs in a print file are pulled.

    They stay in the plan and on the statement as a documented short. InvalidInput WITHDRAW, Conflict PRINTED.
    """
    uow.session.refresh(stream, with_for_update=True)
    if not reason.strip():
        raise InvalidInput("Say why the pieces are withdrawn.", code="WITHDRAW")
    if stream.state is not LotState.IN_PRODUCTION:
        raise IllegalTransition(
            f"Withdrawing is not possible: the state is {stream.state.value}.", state=stream.state.value
        )
    named = parse_pieces(pieces, lot_id=stream.id, last=stream.pieces or 0, code="WITHDRAW")
    again = np.intersect1d(named, withdrawn_pieces(uow.session, stream.id))
    if len(again):
        raise InvalidInput(f"Already withdrawn: {words(from_pieces(again), limit=5)}.", code="WITHDRAW")
    ranges = from_pieces(named)
    _withdraw_ranges(uow, stream, ranges)
    text, count = words(ranges, limit=20), len(named)
    note = (
        f"{count:,} pieces were withdrawn before printing ({text}): {reason.strip()[:200]}. "
        "The statement counts them as planned."
    )
    stream.summary = replace(stream.summary, withdrawn=(*stream.summary.withdrawn, note))
    lifecycle.note(uow, stream, "withdrawn", count=count, pieces=text, reason=reason.strip()[:200])
    return named


def _withdraw_ranges(uow: UnitOfWork, stream: PresortStream, ranges: Sequence[Range]) -> None:
    """Evidence at the print operation of each segment a run touches; none of them may have begun."""
    prints = uow.session.scalars(
        select(Operation)
        .filter_by(lot_id=stream.id, type=OperationCode.PRINT)
        .where(Operation.first_piece <= ranges[-1][1], Operation.last_piece >= ranges[0][0])
        .order_by(Operation.segment)
        .with_for_update()
    ).all()
    parts = [
        (operation, max(first, operation.first_piece or first), min(last, operation.last_piece or last))
        for first, last in ranges
        for operation in prints
        if (operation.first_piece or 0) <= last and (operation.last_piece or 0) >= first
    ]
    named = words(tuple(ranges), limit=5)
    if not parts:  # mail that was brought in
        raise Conflict(f"Pieces {named} are not printed here: nothing can be withdrawn.", code="PRINTED")
    begun = {operation.ticket: None for operation, *_ in parts if operation.state not in (O.WAITING, O.READY)}
    if begun:
        raise Conflict(
            f"Pieces {named} cannot be withdrawn: {', '.join(begun)} has begun.",
            code="PRINTED",
            remedy="A printed piece can only be spoiled and replaced.",
        )
    for operation, first, last in parts:
        record_ranges(uow, operation, RangeStatus.WITHDRAWN, [(first, last)])
