"""What mapped rows are made of: their root, and column types that refuse what would be lost (naive times, floats as
money, unknown enum words, documents of another shape).
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Identity,
    MetaData,
    Numeric,
    String,
    event,
    types,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from kernel.money import Money
from store.documents import Upgrade, Versioned

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Root of every mapped row."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar = {int: BigInteger}


def key_column() -> Mapped[int]:
    """The internal bigint key; never shown."""
    return mapped_column(Identity(always=True), primary_key=True)


def choice_check(column: str, choices: type[Any]) -> CheckConstraint:
    """CHECK that lists the legal words of an enum column."""
    listed = ", ".join(f"'{word.value}'" for word in choices)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class UtcDateTime(types.TypeDecorator[datetime]):
    """timestamptz; a naive value is a ValueError at bind time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value.astimezone(UTC) if value is not None else None


class Cents(types.TypeDecorator[Money]):
    """Money as BIGINT cents."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Money | None, dialect: Any) -> int | None:
        if value is not None and not isinstance(value, Money):
            raise TypeError("a money column takes Money")
        return value.cents if value is not None else None

    def process_result_value(self, value: int | None, dialect: Any) -> Money | None:
        return Money(value) if value is not None else None


class Word(types.TypeDecorator[StrEnum]):
    """An enum kept as text; the table carries the CHECK made by ``choice_check``."""

    impl = String(40)
    cache_ok = True

    def __init__(self, enum: type[StrEnum]) -> None:
        super().__init__()
        self.enum = enum

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        return self.enum(value).value if value is not None else None

    def process_result_value(self, value: str | None, dialect: Any) -> StrEnum | None:
        return self.enum(value) if value is not None else None


class Document(types.TypeDecorator[Any]):
    """A typed value as JSON with its version (store.documents): stored and loaded as ``shape``, never as a dict."""

    impl = JSONB(none_as_null=True)
    cache_ok = True

    def __init__(self, shape: Any, *, upgrades: tuple[Upgrade, ...] = (), was_bare: bool = False) -> None:
        super().__init__()
        self.shape, self.upgrades, self.was_bare = shape, upgrades, was_bare
        self.versioned: Versioned[Any] = Versioned(shape, upgrades, was_bare=was_bare)
        self.column: Any = "a document"  # until it stands in a table

    def process_bind_param(self, value: Any, dialect: Any) -> Any:
        return None if value is None else self.versioned.plain(value, str(self.column))

    def process_result_value(self, value: Any, dialect: Any) -> Any:
        return None if value is None else self.versioned.value(value, str(self.column))


@event.listens_for(Document, "after_parent_attach", propagate=True)
def _stands_in(kind: Document, column: Any) -> None:
    """A document can say which column it is of."""
    kind.column = column


Quantity = Numeric(14, 4)
UnitRate = Numeric(12, 6)
Json = JSONB
