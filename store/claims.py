"""Claims: who works on which step, until when, under which fencing number.

A step's claim is one row. Taking it raises the fencing number; every later write of that attempt is refused
once another attempt has taken the claim (docs/operations/recovery.md). Leases are measured by the
database's clock alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Index, String, UniqueConstraint, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from store.columns import Base, UtcDateTime, key_column
from store.db import UnitOfWork


class StepClaim(Base):
    """One step of one subject: ``merge`` of stream segment X."""

    __tablename__ = "step_claim"
    id: Mapped[int] = key_column()
    step_key: Mapped[str] = mapped_column(String(110))  # the outbox key without its attempt
    attempt: Mapped[int]  # of the message that holds or held the claim
    fence: Mapped[int]
    lease_until: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("step_key"),
        Index("ix_step_claim_open", "lease_until", postgresql_where=text("done_at IS NULL")),
    )


@dataclass(frozen=True, slots=True)
class Claim:
    """A live claim in somebody's hands."""

    step_key: str
    fence: int


def take(uow: UnitOfWork, step_key: str, lease: timedelta, *, attempt: int = 1) -> Claim | None:
    """Claim the step; None when it is done already or somebody else's lease is alive."""
    until = func.clock_timestamp() + lease
    query = (
        insert(StepClaim)
        .values(step_key=step_key, attempt=attempt, fence=1, lease_until=until)
        .on_conflict_do_update(
            index_elements=["step_key"],
            set_={"attempt": attempt, "fence": StepClaim.fence + 1, "lease_until": until},
            where=(StepClaim.done_at.is_(None)) & (StepClaim.lease_until < func.clock_timestamp()),
        )
        .returning(StepClaim.fence)
    )
    fence = uow.session.scalar(query)
    return Claim(step_key, fence) if fence is not None else None


def extend(uow: UnitOfWork, claim: Claim, lease: timedelta) -> bool:
    """Heartbeat; False when the claim was lost."""
    return _touch(uow, claim, lease_until=func.clock_timestamp() + lease)


def finish(uow: UnitOfWork, claim: Claim) -> bool:
    """Record the step as done inside the transaction of its results; False when the claim was lost."""
    return _touch(uow, claim, done_at=uow.now)


def release(uow: UnitOfWork, claim: Claim) -> bool:
    """Give the claim up: the next attempt need not wait for the lease; False when it was lost."""
    return _touch(uow, claim, lease_until=func.clock_timestamp(), fence=StepClaim.fence + 1)


def give_up(uow: UnitOfWork, claim: Claim, *, prefix: str) -> None:
    """Forget the earlier claims under a prefix that nobody finished: what they were for is over."""
    uow.session.execute(
        delete(StepClaim).where(
            StepClaim.step_key.startswith(prefix, autoescape=True),
            StepClaim.step_key < claim.step_key,
            StepClaim.done_at.is_(None),
        )
    )


def _touch(uow: UnitOfWork, claim: Claim, **values: object) -> bool:
    query = (
        update(StepClaim)
        .where(
            StepClaim.step_key == claim.step_key, StepClaim.fence == claim.fence, StepClaim.done_at.is_(None)
        )
        .values(**values)
    )
    return bool(uow.session.execute(query.returning(StepClaim.id)).first())


def is_done(session: Session, step_key: str) -> bool:
    """Was the step recorded done?"""
    query = select(StepClaim.id).where(StepClaim.step_key == step_key, StepClaim.done_at.is_not(None))
    return session.scalar(query) is not None
