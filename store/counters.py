"""Counters that give each number once: job numbers by fiscal year, blocks of IMb serials by mailer."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import BigInteger, String, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from store.columns import Base
from store.db import UnitOfWork


class Counter(Base):
    """The last number given under a name."""

    __tablename__ = "counter"
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger)


def next_block(uow: UnitOfWork, name: str, size: int = 1, *, may_skip: bool = True) -> int:
    """Reserve ``size`` numbers with one row lock held to the end of the transaction; gives the first. The witness sees
    them, so that a restored database gives higher ones, unless the counter may not skip any.
    """
    query = (
        insert(Counter)
        .values(name=name, last=size)
        .on_conflict_do_update(index_elements=["name"], set_={"last": Counter.last + size})
        .returning(Counter.last)
    )
    last = uow.session.scalar(query)
    assert last is not None  # RETURNING of an upsert always gives a row  # noqa: S101
    if uow.witness is not None and may_skip:
        uow.witness.saw_number(name, last, size)
    return last - size + 1


def raise_above(session: Session, marks: Mapping[str, int]) -> None:
    """No counter gives a number up to its mark any more."""
    for name, mark in marks.items():
        raised = insert(Counter).values(name=name, last=mark)
        highest = func.greatest(Counter.last, mark)
        session.execute(raised.on_conflict_do_update(index_elements=["name"], set_={"last": highest}))


def numbers_given(session: Session) -> dict[str, int]:
    """The last number of each counter."""
    return {row.name: row.last for row in session.scalars(select(Counter))}
