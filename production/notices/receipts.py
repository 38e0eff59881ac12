"""What becomes of an e-mail that is handed to the mail server: intent, act, receipt; of every kind of message alike."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, TypeVar
from uuid import UUID

from sqlalchemy import String, Uuid, select, update
from sqlalchemy.orm import Mapped, mapped_column

from store import outbox
from store.columns import Base, UtcDateTime
from store.db import UnitOfWork

# Minutes until the next try, when the mail server cannot be reached or says "later".
_NEXT_TRY = (1, 5, 15, 60, 180, 360, 720, 1440)
_UNCERTAIN = "The mail server did not say whether it took the message."


class Message(Base):
    """What a row of an e-mail says of its sending. ``begun_at``: it is being handed to the mail server, and nobody
    knows yet whether that succeeded; ``sent_at``: the server took it. ``TASK`` sends it.
    """

    __abstract__ = True
    TASK: ClassVar[str]
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    message_id: Mapped[str] = mapped_column(String(200), unique=True)
    tries: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    begun_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    given_up_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failure: Mapped[str | None] = mapped_column(String(200))


M = TypeVar("M", bound=Message)


def begin(uow: UnitOfWork, of: type[M], ulid: UUID) -> tuple[M, bool] | None:
    """The intent: from now on nobody knows whether it was sent, until the answer is written down. Gives the message and
    whether it was begun before; None for what has its answer.
    """
    mail = uow.session.scalars(select(of).filter_by(ulid=ulid).with_for_update(of=of)).one()
    if mail.sent_at is not None or mail.given_up_at is not None:
        return None
    was_begun, mail.begun_at = mail.begun_at is not None, uow.now
    return mail, was_begun


def sent(uow: UnitOfWork, of: type[Message], ulid: UUID) -> None:
    """The mail server took it."""
    _note(uow, of, ulid, sent_at=uow.now, failure=None)


def give_up(uow: UnitOfWork, of: type[Message], ulid: UUID, failure: str) -> None:
    """It is not sent, for a reason that another try does not change."""
    _note(uow, of, ulid, given_up_at=uow.now, begun_at=None, failure=failure[:200])


def try_later(uow: UnitOfWork, of: type[Message], ulid: UUID, failure: str, *, is_known: bool) -> None:
    """Another try follows, later and later; after the last it is given up. ``is_known``: it was certainly not sent."""
    mail = uow.session.scalars(select(of).filter_by(ulid=ulid).with_for_update(of=of)).one()
    mail.tries += 1
    if mail.tries > len(_NEXT_TRY):
        return give_up(uow, of, ulid, failure)
    mail.failure = failure[:200] if is_known else _UNCERTAIN
    if is_known:
        mail.begun_at = None
    minutes = _NEXT_TRY[mail.tries - 1]
    outbox.request(uow, of.TASK, ulid, delay=timedelta(minutes=minutes), nth=mail.tries + 1)
    return None


def _note(uow: UnitOfWork, of: type[Message], ulid: UUID, **values: object) -> None:
    uow.session.execute(update(of).where(of.ulid == ulid).values(values))
