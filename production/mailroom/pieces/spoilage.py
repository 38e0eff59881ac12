"""Spoiled pieces and the reprint that replaces each of them exactly once."""

from __future__ import annotations

import numpy as np
from sqlalchemy import func, insert, select, update

from kernel.errors import Conflict, IllegalTransition, InvalidInput
from kernel.findings import Finding, Severity
from production.jobs import lifecycle
from production.jobs.models import Job, Operation
from production.jobs.ranges import Int64s, from_pieces, words
from production.jobs.route import has_step, jobs_of, new_operation
from production.jobs.states import LotState as B
from production.jobs.states import OperationCode as K
from production.jobs.states import OperationState as O
from production.mailings.models import PresortStream
from production.mailings.planned_times import planned_minutes
from production.mailroom.pieces.copies import copies_of
from production.mailroom.pieces.models import Spoil
from production.mailroom.pieces.page_marks import parse_pieces
from store import outbox
from store.db import UnitOfWork

_BEGUN = (O.RUNNING, O.DONE, O.OUTCOME_UNKNOWN)
_NAMED = 5  # runs spelled out in messages and events


def report_spoils(uow: UnitOfWork, operation: Operation, *, pieces: str, reason: str) -> Int64s:
    """Record pieces (``4711, 5000-5010``, or scanned marks) as spoiled at a print or insert operation.

    All or none: InvalidInput SPOIL says what is wrong. A stream already accounted for goes back to the floor.
    """
    stream = uow.session.get_one(PresortStream, operation.lot_id)
    uow.session.refresh(stream, with_for_update=True)
    uow.session.refresh(operation)
    _refuse_report(stream, operation, reason)
    named = parse_pieces(pieces, lot_id=stream.id, last=stream.pieces or 0)
    attempts = _attempts(uow, operation, named)
    row = {
        "lot_id": stream.id,
        "operation_id": operation.id,
        "reason": reason.strip(),
        "actor": uow.actor.name,
        "recorded_at": uow.now,
    }
    rows = [{**row, "piece": piece, "attempt": attempts[piece]} for piece in named.tolist()]
    uow.session.execute(insert(Spoil), rows)
    if operation.state is O.DONE:
        operation.good = (operation.good or 0) - len(rows)
        operation.spoiled = (operation.spoiled or 0) + len(rows)
    if stream.state is B.PRODUCED:
        lifecycle.advance(uow, stream, "rework", reason=reason.strip())
        for job in jobs_of(uow.session, stream, Job):
            lifecycle.advance(uow, job, "rework", reason=reason.strip())
    lifecycle.note(
        uow,
        operation,
        "spoiled",
        count=len(rows),
        pieces=words(from_pieces(named), limit=_NAMED),
        reason=reason.strip(),
    )
    return named


def make_reprint(uow: UnitOfWork, stream: PresortStream) -> Operation:
    """Merge, print and, what goes into envelopes, insert again exactly the spoiled pieces that have no replacement;
    gives the merge.

    Conflict SPOIL when none waits.
    """
    uow.session.refresh(stream, with_for_update=True)
    waiting = select(Spoil.piece).filter_by(lot_id=stream.id, replacement_id=None).order_by(Spoil.piece)
    pieces = np.array(uow.session.scalars(waiting).all(), np.int64)
    if not len(pieces):
        raise Conflict("No spoiled piece waits for a reprint.", code="SPOIL")
    if stream.state is not B.IN_PRODUCTION:
        raise IllegalTransition(
            f"A reprint is not possible: the state is {stream.state.value}.", state=stream.state.value
        )
    span = int(pieces[0]), int(pieces[-1])
    highest = (
        uow.session.scalar(select(func.max(Operation.segment)).where(Operation.lot_id == stream.id)) or 0
    )
    minutes = planned_minutes(uow.session, stream)
    steps = {K.MERGE: O.READY, K.PRINT: O.WAITING}
    if has_step(uow.session, stream, K.FOLD_INSERT):
        steps[K.FOLD_INSERT] = O.WAITING
    merge, *in_hand = [
        new_operation(
            uow,
            stream,
            kind,
            state,
            segment=highest + 1,
            pieces=span,
            planned_minutes=minutes(kind, len(pieces)),
        )
        for kind, state in steps.items()
    ]
    uow.session.add_all([merge, *in_hand])
    uow.session.flush()  # spoils name the merge by its key
    uow.session.execute(
        update(Spoil).filter_by(lot_id=stream.id, replacement_id=None).values(replacement_id=merge.id)
    )
    outbox.request(uow, "merge", merge.ulid)
    lifecycle.note(uow, merge, "reprint", count=len(pieces), pieces=words(from_pieces(pieces), limit=_NAMED))
    return merge


def _refuse_report(stream: PresortStream, operation: Operation, reason: str) -> None:
    if not reason.strip() or len(reason.strip()) > 60:
        raise InvalidInput("Say why the pieces were spoiled, in 60 letters at most.", code="SPOIL")
    if stream.state not in (B.IN_PRODUCTION, B.PRODUCED):
        raise IllegalTransition(
            f"Spoils cannot be reported: the stream is {stream.state.value}.", state=stream.state.value
        )
    if operation.type not in (K.PRINT, K.FOLD_INSERT) or operation.state not in _BEGUN:
        raise IllegalTransition(
            f"Nothing can be spoiled at {operation.ticket}: its state is {operation.state.value}.",
            state=operation.state.value,
        )


def _attempts(uow: UnitOfWork, operation: Operation, named: Int64s) -> dict[int, int]:
    """The attempt number of each new spoil; InvalidInput SPOIL naming every piece that cannot be spoiled here."""
    copies = copies_of(uow.session, operation)
    spoils = uow.session.execute(
        select(Spoil.piece, func.max(Spoil.attempt))
        .where(Spoil.lot_id == operation.lot_id)
        .where(Spoil.piece.between(int(named[0]), int(named[-1])))
        .group_by(Spoil.piece)
    )
    attempts = dict(spoils.all())
    problems = {
        f"not made by {operation.ticket}": np.setdiff1d(named, copies.pieces),
        "withdrawn before printing": np.intersect1d(named, copies.withdrawn),
        "already reported as spoiled here; the next copy comes with a reprint": np.intersect1d(
            named, copies.spoiled
        ),
    }
    findings = [
        Finding("SPOIL", Severity.STOP, f"Piece {words(from_pieces(wrong), limit=_NAMED)}: {why}.")
        for why, wrong in problems.items()
        if len(wrong)
    ]
    if findings:
        raise InvalidInput(" ".join(finding.message for finding in findings), code="SPOIL", findings=findings)
    return {piece: attempts.get(piece, 0) + 1 for piece in named.tolist()}
