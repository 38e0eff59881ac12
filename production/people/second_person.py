"""What needs a second person: one asks, another billing clerk or an administrator agrees. And what a person must have
read before an act: its consequences, each a finding; ``knowing`` names those that were on the screen.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, String, Uuid, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.errors import Conflict, Unconfirmed
from kernel.findings import Finding, Severity
from production.people.models import Role, User, UserRole
from store.columns import Base, UtcDateTime, Word, choice_check, key_column
from store.db import UnitOfWork

SECOND_PERSONS = (Role.BILLING_CLERK, Role.ADMINISTRATOR)


class Act(StrEnum):
    """What one person alone may not do: money cannot be undone, a register does not follow the last one, a change of
    the set-up decides about real mail or removal."""

    CLOSE_PERIOD = "close_period"
    RATE_CARD = "rate_card"
    METER_REGISTER = "meter_register"
    SETUP = "setup"
    MAKE_OR_BUY = "make_or_buy"
    AWARD = "award"
    PURCHASE_ORDER = "purchase_order"


class Agreement(Base):
    """Somebody asks for an act on ``subject`` (its public id); agreed once another has said yes. Names of sign-in."""

    __tablename__ = "agreement"
    id: Mapped[int] = key_column()
    act: Mapped[Act] = mapped_column(Word(Act))
    subject: Mapped[UUID] = mapped_column(Uuid)
    asked_by: Mapped[str] = mapped_column(String(200))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    agreed_by: Mapped[str | None] = mapped_column(String(200))
    agreed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        choice_check("act", Act),
        Index("uq_agreement_open", "act", "subject", unique=True, postgresql_where=text("agreed_at IS NULL")),
    )


def consequence(code: str, message: str) -> Finding:
    """One thing that an act will do."""
    return Finding(code, Severity.WARN, message)


def confirm(sentence: str, consequences: Sequence[Finding], knowing: Collection[str]) -> None:
    """Unconfirmed with all consequences unless each of them is among those that are known."""
    if any(finding.code not in knowing for finding in consequences):
        raise Unconfirmed(sentence, findings=consequences)


def ask(uow: UnitOfWork, act: Act, subject: UUID) -> None:
    """Ask for a second person; once, however often it is said."""
    query = insert(Agreement).values(act=act, subject=subject, asked_by=uow.actor.name, asked_at=uow.now)
    new = uow.session.scalar(query.on_conflict_do_nothing().returning(Agreement.id))
    if new is not None:
        uow.audit("agreement", subject, "asked", what=act.value)


def agree(uow: UnitOfWork, act: Act, subject: UUID) -> None:
    """The second person's yes. Conflict SECOND_PERSON when nobody asked, or the same person did."""
    row = _open(uow.session, act, subject, lock=True)
    if row is None:
        raise Conflict("Nobody has asked for this, or it is settled already.", code="SECOND_PERSON")
    if row.asked_by == uow.actor.name:
        raise Conflict("You asked for this yourself: another person must agree.", code="SECOND_PERSON")
    row.agreed_by, row.agreed_at = uow.actor.name, uow.now
    uow.audit("agreement", subject, "agreed", what=act.value, asked_by=row.asked_by)


def drop(uow: UnitOfWork, act: Act, subject: UUID) -> None:
    """Nobody need agree any more: what was asked for is taken back."""
    row = _open(uow.session, act, subject, lock=True)
    if row is not None:
        uow.session.delete(row)
        uow.audit("agreement", subject, "dropped", what=act.value, asked_by=row.asked_by)


def asked(session: Session, act: Act, subject: UUID) -> Agreement | None:
    """The open question about a subject, if there is one."""
    return _open(session, act, subject)


def waiting(session: Session) -> Sequence[Agreement]:
    """Everything that waits for a second person, oldest first."""
    return session.scalars(select(Agreement).filter_by(agreed_at=None).order_by(Agreement.id)).all()


def who_may(session: Session, asked_by: str) -> list[str]:
    """Full names of those who may agree to what this person asks."""
    query = (
        select(User.full_name)
        .where(User.disabled_at.is_(None), User.agency_id.is_(None), User.sign_in_name != asked_by)
        .where(User.id.in_(select(UserRole.user_id).where(UserRole.role.in_(SECOND_PERSONS))))
    )
    return list(session.scalars(query.order_by(User.full_name)))


def _open(session: Session, act: Act, subject: UUID, *, lock: bool = False) -> Agreement | None:
    query = select(Agreement).filter_by(act=act, subject=subject, agreed_at=None)
    return session.scalars(query.with_for_update() if lock else query).first()
