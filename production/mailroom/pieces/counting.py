"""What a count means on the line of mail: pieces, each with its copies, its spoils and its place in a segment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from kernel.errors import Conflict, NotFound
from kernel.ids import show_ulid
from production.catalog.piece_weight import envelope_name, envelopes
from production.jobs import counting
from production.jobs.counting import Count, Detail, Line, SpoilLine
from production.jobs.evidence import PIECE, record_ranges
from production.jobs.models import Job, Lot, Operation
from production.jobs.ranges import from_pieces, size, words
from production.jobs.states import LotKind, RangeStatus
from production.jobs.states import OperationCode as K
from production.jobs.usage import Unit, record_usage
from production.jobs.usage_evidence import PiecesEvidence
from production.mailings.models import LetterJob, Mailing, MailJob, PresortStream
from production.mailroom.pieces.by_job import split_by_job
from production.mailroom.pieces.copies import Copies, copies_of
from production.mailroom.pieces.models import Spoil
from production.mailroom.pieces.spoilage import make_reprint, report_spoils
from store.db import UnitOfWork
from store.files import FileStore

_NAMED = 3  # ranges spelled out to the operator

_MERGE = aliased(Operation)
_REPRINTED = (
    select(func.count(Spoil.id))
    .join(_MERGE, _MERGE.id == Spoil.replacement_id)
    .where(_MERGE.lot_id == Operation.lot_id, _MERGE.segment == Operation.segment)
    .correlate(Operation)
    .scalar_subquery()
)

# The job that printed what the pieces of a stream are put on; those of one stream share it.
_JOB, _MAIL, _LETTERS = Job.__table__.alias(), MailJob.__table__, LetterJob.__table__
_PRINTED = (
    select(func.min(_JOB.c.number))
    .join(_LETTERS, _LETTERS.c.encloses_id == _JOB.c.id)
    .join(_MAIL, _MAIL.c.job_id == _LETTERS.c.job_id)
    .where(_MAIL.c.lot_id == Operation.lot_id)
    .correlate(Operation)
    .scalar_subquery()
)


class Pieces:
    """Presort streams: what comes out of an operation are the pieces of its segment."""

    def lines(self, session: Session, operations: Collection[int]) -> Mapping[int, Line]:
        """Pieces, or those of a reprint; envelope and mail date."""
        columns = (
            Operation.first_piece,
            Operation.last_piece,
            PresortStream.envelope,
            Mailing.mail_date,
            _PRINTED,
        )
        query = (
            select(Operation.id, *columns, _REPRINTED)
            .join(PresortStream, PresortStream.id == Operation.lot_id)
            .join(PresortStream.mailing)
        )
        return {
            key: Line(
                reprinted or (last - first + 1 if first and last else 0),
                PIECE,
                reprinted > 0,
                (_travels(envelope, printed), ("Mail date", mail_date)),
            )
            for key, first, last, envelope, mail_date, printed, reprinted in session.execute(
                query.where(Operation.id.in_(operations))
            )
        }

    def count(self, session: Session, operation: Operation) -> Count:
        """Pieces that are not withdrawn are owed one good copy each."""
        return _count(_copies(session, operation))

    def detail(self, session: Session, operation: Operation) -> Detail:
        """Pieces, the withdrawn ones whose sheets are pulled, and spoils."""
        copies = _copies(session, operation)
        waiting = select(func.count(Spoil.id)).filter_by(lot_id=operation.lot_id, replacement_id=None)
        return Detail(
            count=_count(copies),
            made=from_pieces(copies.pieces),
            pull=from_pieces(copies.withdrawn),
            spoils=spoil_lines(session, Spoil.operation_id == operation.id),
            waiting=session.scalar(waiting) or 0,
            order="in tray order",
        )

    def spoil(self, uow: UnitOfWork, operation: Operation, *, named: str, reason: str) -> str:
        """Page marks, piece numbers and ranges."""
        ranges = from_pieces(report_spoils(uow, operation, pieces=named, reason=reason))
        return f"{'Piece' if size(ranges) == 1 else 'Pieces'} {words(ranges, limit=_NAMED)}"

    def replace(self, uow: UnitOfWork, lot: Lot) -> Operation:
        """A reprint of exactly the spoiled pieces."""
        return make_reprint(uow, uow.session.get_one(PresortStream, lot.id))

    def done(self, uow: UnitOfWork, operation: Operation, *, good: int | None, files: FileStore) -> Count:
        """Every piece of the segment is accounted for; a piece is charged once, however many copies it needed."""
        copies = _copies(uow.session, operation)
        if good is not None and good != len(copies.good):
            raise Conflict(
                f"The machine counted {good:,} good pieces; {len(copies.good):,} are expected "
                f"({len(copies.pieces):,} in the segment, {len(copies.spoiled):,} spoiled, "
                f"{len(copies.withdrawn):,} withdrawn).",
                code="COUNT",
                remedy="Report the missing pieces as spoiled, or correct the count.",
            )
        is_print = operation.type == K.PRINT
        status, made = (
            (RangeStatus.PRINTED, copies.pieces) if is_print else (RangeStatus.INSERTED, copies.good)
        )
        record_ranges(uow, operation, status, from_pieces(made))
        if not copies.is_reprint:
            _record_usage(uow, operation, copies, files)
        return _count(copies)


def _travels(envelope: str, printed: str | None) -> tuple[str, str]:
    """What the pieces go into, or what is printed already and gets its address."""
    known = envelopes().get(envelope)
    if known is not None and known.is_piece and printed:
        return "Print on", f"the pieces of {printed}"
    return "Envelope", envelope_name(envelope)


def spoil_lines(session: Session, which: Any) -> tuple[SpoilLine, ...]:
    """Spoils that fit the condition, one line for each report and replacement, oldest first."""
    merge = aliased(Operation)
    rows = session.execute(
        select(Spoil.recorded_at, Spoil.reason, Spoil.actor, merge.ticket, Spoil.piece)
        .outerjoin(merge, merge.id == Spoil.replacement_id)
        .where(which)
        .order_by(Spoil.recorded_at, Spoil.piece)
    )
    reports: dict[tuple[datetime, str, str, str | None], list[int]] = defaultdict(list)
    for at, reason, actor, ticket, piece in rows:
        reports[at, reason, actor, ticket].append(piece)
    return tuple(
        SpoilLine(from_pieces(np.array(pieces, np.int64)), len(pieces), reason, actor, at, ticket)
        for (at, reason, actor, ticket), pieces in reports.items()
    )


def _copies(session: Session, operation: Operation) -> Copies:
    if operation.first_piece is None:
        raise NotFound(
            f"{operation.ticket} covers the whole stream; it is not worked on the floor.", code="TICKET"
        )
    return copies_of(session, operation)


def _count(copies: Copies) -> Count:
    return Count(PIECE, len(copies.mailable), len(copies.good), len(copies.spoiled))


def _record_usage(uow: UnitOfWork, operation: Operation, copies: Copies, files: FileStore) -> None:
    stream = uow.session.get_one(PresortStream, operation.lot_id)
    ranges = from_pieces(copies.mailable)
    for job, pieces in split_by_job(uow.session, stream, ranges, files=files):
        pages = stream.pages_per_piece or 0
        is_print = operation.type == K.PRINT
        record_usage(
            uow,
            job,
            unit=Unit.IMPRESSION if is_print else Unit.INSERTED_PIECE,
            quantity=pieces * pages if is_print else pieces,
            source=f"{show_ulid(operation.ulid)}:{job.number}",
            evidence=PiecesEvidence(operation.ticket, pieces, pages, len(ranges)),
            operation=operation,
            lot=stream,
        )


counting.register(Pieces(), LotKind.PRESORT, LotKind.SORTER)
