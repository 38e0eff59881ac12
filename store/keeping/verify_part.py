"""What a night verifies of what only grows: content by a rolling share, the audit chain from where it was last whole.

In 28 nights every file is read; what is new is read the first night. By hand, everything is.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import BigInteger, CheckConstraint, LargeBinary, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from store.audit import GENESIS, AuditHead
from store.columns import Base, UtcDateTime
from store.db import UnitOfWork
from store.files import StoredFile

SHARES = 28
_OVERLAP = timedelta(days=1)  # a file's instant is that of its transaction's beginning


class VerifyMark(Base):
    """How far the audit chain was whole at the last nightly run, and when it was last read from its beginning."""

    __tablename__ = "verify_mark"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    count: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    whole_on: Mapped[date]

    __table_args__ = (CheckConstraint("id = 1", name="one"),)


@dataclass(frozen=True, slots=True)
class Part:
    """A night's part: files of one share by hash, and ``fresh`` ones; audit entries after ``count`` with ``hash``."""

    share: int
    fresh: frozenset[str]
    count: int
    hash: bytes
    whole_on: date

    def has(self, sha256: str) -> bool:
        """Is this content read tonight?"""
        return int(sha256[:8], 16) % SHARES == self.share or sha256 in self.fresh


@dataclass(frozen=True, slots=True)
class Mark:
    """What the row of VerifyMark says."""

    at: datetime
    count: int
    hash: bytes
    whole_on: date


def part_of(session: Session, day: date) -> Part:
    """The part of a day: the chain from its beginning when that was ``SHARES`` days ago, or never."""
    mark = session.get(VerifyMark, 1)
    query = select(StoredFile.sha256)
    if mark is not None:
        query = query.where(StoredFile.stored_at >= mark.at - _OVERLAP)
    fresh = frozenset(session.scalars(query))
    share = day.toordinal() % SHARES
    if mark is None or (day - mark.whole_on).days >= SHARES:
        return Part(share, fresh, 0, GENESIS, day)
    return Part(share, fresh, mark.count, mark.hash, mark.whole_on)


def mark_of(session: Session, part: Part) -> Mark:
    """How far this look at the database reads."""
    head = session.scalars(select(AuditHead)).one()
    return Mark(session.scalars(select(func.now())).one(), head.count, head.hash, part.whole_on)


def keep_mark(uow: UnitOfWork, mark: Mark) -> None:
    """The chain was found whole up to here; the next night goes on."""
    row = asdict(mark)
    query = insert(VerifyMark).values(id=1, **row)
    uow.session.execute(query.on_conflict_do_update(index_elements=["id"], set_=row))
