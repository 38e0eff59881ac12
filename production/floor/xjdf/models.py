"""What machines reported of tickets, each report once; rows are added and never changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.columns import Base, UtcDateTime, key_column


class MachineReport(Base):
    """``message``: its own name and the place in it, by which one that comes again is known; ``state``: in the words
    of XJDF; good and waste so far, where the machine counted; ``occurred_at``: by the clock of the machine.
    """

    __tablename__ = "machine_report"
    id: Mapped[int] = key_column()
    device: Mapped[str] = mapped_column(String(80))
    message: Mapped[str] = mapped_column(String(120))
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"), index=True)
    state: Mapped[str] = mapped_column(String(20))
    good: Mapped[int | None]
    waste: Mapped[int | None]
    file: Mapped[str] = mapped_column(String(200))
    actor: Mapped[str] = mapped_column(String(200))
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("device", "message", "occurred_at", "operation_id"),
        CheckConstraint("least(good, waste) >= 0", name="counts"),
    )
