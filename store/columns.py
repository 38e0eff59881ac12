"""Column types that refuse what would be lost: naive times, floats as money, unknown enum words."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, DateTime, Numeric, String, types
from sqlalchemy.dialects.postgresql import JSONB

from kernel.money import Money


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
    """An enum kept as text; the table carries the CHECK made by ``store.db.words_check``."""

    impl = String(40)
    cache_ok = True

    def __init__(self, enum: type[StrEnum]) -> None:
        super().__init__()
        self.enum = enum

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        return self.enum(value).value if value is not None else None

    def process_result_value(self, value: str | None, dialect: Any) -> StrEnum | None:
        return self.enum(value) if value is not None else None


Quantity = Numeric(14, 4)
UnitRate = Numeric(12, 6)
Json = JSONB
