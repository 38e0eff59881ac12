"""A mailing over its presort streams: which they are, how far it has come, its plans and papers as they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kernel.errors import Conflict, NotFound
from postal.sorting.plan_file import read_plan
from postal.sorting.presort_plan import PresortPlan
from production.jobs import lifecycle, stopped_work
from production.jobs.models import Lot
from production.jobs.states import LotState
from production.mailings.models import Mailing, MailingFile, PresortShare, PresortStream
from production.mailings.opening import parse_mailing_number
from store.db import UnitOfWork
from store.files import FileRef, FileStore, record_file

# How far a mailing has come is how far its last stream has.
_ORDER = (
    LotState.PLANNING,
    LotState.IN_PRODUCTION,
    LotState.PRODUCED,
    LotState.DISPATCHED,
    LotState.DELIVERED,
)


def streams_of(session: Session, mailing_id: int, *, lock: bool = False) -> Sequence[PresortStream]:
    """The streams of a mailing by number, dissolved ones left out; ``lock``: as they stand now, until the end of the
    transaction.
    """
    query = (
        select(PresortStream)
        .where(PresortStream.mailing_id == mailing_id, PresortStream.state != LotState.CANCELLED)
        .order_by(PresortStream.id)
    )
    if lock:
        query = query.with_for_update(of=Lot).execution_options(populate_existing=True)
    return session.scalars(query).all()


def state_of(streams: Sequence[PresortStream]) -> LotState:
    """Where a mailing stands; cancelled when no stream is left of it."""
    return min((stream.state for stream in streams), key=_ORDER.index, default=LotState.CANCELLED)


def mailing_by_number(session: Session, number: str) -> Mailing:
    """The mailing of this number, or the one that a stream of this number is of; NotFound."""
    known = parse_mailing_number(number)
    if known is not None:
        found = session.scalars(select(Mailing).filter_by(number=known)).first()
    else:
        query = select(Mailing).join(PresortStream, PresortStream.mailing_id == Mailing.id)
        found = session.scalars(query.where(PresortStream.number == number)).first()
    if found is None:
        raise NotFound("There is no such mailing.")
    return found


def plan_of(files: FileStore, stream: PresortStream) -> PresortPlan:
    """The plan of a stream, memory-mapped."""
    assert stream.plan_sha256  # a planned stream has one  # noqa: S101
    return read_plan(files.path(stream.plan_sha256))


def shares_of(session: Session, stream: PresortStream) -> Sequence[PresortShare]:
    """The shares of a stream in the order of its plan's jobs."""
    query = select(PresortShare).filter_by(lot_id=stream.id).order_by(PresortShare.position)
    return session.scalars(query).all()


def require_sorted(mailing: Mailing, streams: Sequence[PresortStream]) -> None:
    """Conflict STATE before every stream of the mailing is sorted, or when it is dissolved."""
    if not streams or any(stream.plan_sha256 is None for stream in streams):
        raise Conflict(f"Mailing {mailing.number} is not sorted yet.", code="STATE")


def keep_paper(
    uow: UnitOfWork, mailing_id: int, role: str, ref: FileRef, *, name: str, pages: int | None = None
) -> None:
    """A paper in its row; an earlier one of the role gives way, its file stays."""
    row = {"sha256": record_file(uow, ref), "given_name": name, "pages": pages}
    uow.session.execute(
        insert(MailingFile)
        .values(mailing_id=mailing_id, role=role, **row)
        .on_conflict_do_update(index_elements=["mailing_id", "role"], set_=row)
    )


def note(uow: UnitOfWork, mailing_id: int, event: str, **details: Any) -> None:
    """What happened to a mailing, told of each of its streams."""
    for stream in streams_of(uow.session, mailing_id):
        lifecycle.note(uow, stream, event, **details)


def _streams_of_subject(session: Session, subject: UUID) -> tuple[str, str, Sequence[Lot]] | None:
    mailing = session.scalars(select(Mailing).filter_by(ulid=subject)).first()
    if mailing is None:
        return None
    return stopped_work.MAILING, mailing.number, streams_of(session, mailing.id)


stopped_work.SHARED.append(_streams_of_subject)
