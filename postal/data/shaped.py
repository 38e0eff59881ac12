"""Plain values of a data file (TOML, JSON) as frozen dataclasses, by the types of their fields, and back.

What is lacking, unknown or of another type is a ValueError that names the field: nothing of a file is taken on trust.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from kernel.money import Extended, Money, Rate

T = TypeVar("T")
# How a value is written that JSON has no type for, and how that is read.
_WRITTEN: dict[type, Callable[[Any], str | int]] = {
    Decimal: str,
    Rate: str,
    Extended: lambda extended: str(extended.value),
    Money: lambda money: money.cents,
    date: date.isoformat,
    datetime: datetime.isoformat,
}
_READ: dict[type, Callable[[Any], object]] = {
    Decimal: Decimal,
    Rate: Rate.of,
    Extended: lambda text: Extended(Decimal(text)),
    Money: Money,
    date: lambda day: day if isinstance(day, date) else date.fromisoformat(day),
    datetime: datetime.fromisoformat,
}


def shaped(shape: type[T], row: object) -> T:
    """A dataclass from its fields by name."""
    return shape(**values_of(shape, row))


def values_of(shape: type, row: object, *, beside: Collection[str] = ()) -> dict[str, Any]:
    """The fields of a dataclass that stand in a row; those ``beside`` come from elsewhere."""
    if not isinstance(row, Mapping):
        raise ValueError(f"a row with names is expected, not {type(row).__name__}")
    types = {name: kind for name, kind in _types(shape).items() if name not in beside}
    if unknown := sorted(row.keys() - types.keys()):
        raise ValueError(f"{', '.join(map(str, unknown))}: nothing of this name is known here")
    if lacking := [name for name in _required(shape) if name not in row and name not in beside]:
        raise ValueError(f"{', '.join(lacking)} {'is' if len(lacking) == 1 else 'are'} missing")
    return {name: _value(types[name], value, name) for name, value in row.items()}


def plain(value: Any) -> object:
    """For ``json.dumps``: what it does not know itself."""
    if type(value) in _WRITTEN:
        return _WRITTEN[type(value)](value)
    return {field.name: getattr(value, field.name) for field in fields(value)}


@cache
def _types(shape: type) -> dict[str, Any]:
    return get_type_hints(shape)


@cache
def _required(shape: Any) -> tuple[str, ...]:
    return tuple(
        field.name for field in fields(shape) if field.default is MISSING and field.default_factory is MISSING
    )


def _value(kind: Any, given: Any, where: str) -> object:
    origin, parts = get_origin(kind), get_args(kind)
    if origin is UnionType:
        if given is None and NoneType in parts:
            return None
        return _value(next(part for part in parts if part is not NoneType), given, where)
    if origin is tuple and isinstance(given, list):
        each = parts if parts[-1] is not Ellipsis else [parts[0]] * len(given)
        return tuple(_value(one, value, where) for one, value in zip(each, given, strict=True))
    if origin is Mapping and isinstance(given, dict):
        return {key: _value(parts[1], one, where) for key, one in given.items()}
    if kind in _READ and isinstance(given, str | int | date):
        return _READ[kind](given)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(given)
    if is_dataclass(kind):
        return shaped(kind, given)  # type: ignore[arg-type]  # a dataclass is a type here
    if type(given) is not kind:
        raise ValueError(f"{where}: {type(given).__name__} instead of {getattr(kind, '__name__', kind)}")
    return given
