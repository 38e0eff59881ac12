"""Counters that give each number once: job numbers by fiscal year, blocks of IMb serials by mailer."""

from __future__ import annotations

from sqlalchemy import BigInteger, String
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from store.db import Base, UnitOfWork


class Counter(Base):
    """The last number given under a name."""

    __tablename__ = "counter"
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger)


def next_block(uow: UnitOfWork, name: str, size: int = 1) -> int:
    """Reserve ``size`` numbers with one row lock held to the end of the transaction; gives the first."""
    query = (
        insert(Counter)
        .values(name=name, last=size)
        .on_conflict_do_update(index_elements=["name"], set_={"last": Counter.last + size})
        .returning(Counter.last)
    )
    last = uow.session.scalar(query)
    assert last is not None  # RETURNING of an upsert always gives a row  # noqa: S101
    return last - size + 1
