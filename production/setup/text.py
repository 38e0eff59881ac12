"""Rows as text by field, as forms and tables have them, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from enum import Enum
from typing import Any

from kernel.money import Money
from production.people.setup import Kind, in_words


def as_text(kind: Kind[Any], row: Any) -> dict[str, str]:
    """Each field of a row as it is typed."""
    return {name: _text(getattr(row, name)) for name in kind.value.model_fields}


def in_list(kind: Kind[Any], row: Any, words: Mapping[str, Sequence[tuple[str, str]]]) -> dict[str, str]:
    """Each field of a row as a list shows it: a value in its ``words``; empty: nothing."""
    said = {name: dict(options) for name, options in words.items()}
    return {name: _listed(getattr(row, name), said.get(name, {})) for name in kind.value.model_fields}


def from_text(kind: Kind[Any], typed: Mapping[str, str]) -> dict[str, object]:
    """What was typed, for the model to check; an empty field that need not be filled is left to its default."""
    given: dict[str, object] = {}
    for name, text in typed.items():
        field = kind.value.model_fields[name]
        is_left = not text.strip() and not field.is_required()
        given[name] = field.get_default(call_default_factory=True) if is_left else text.strip()
    return given


def _listed(value: Any, words: Mapping[str, str]) -> str:
    if value in (None, "", ()):
        return ""
    if not isinstance(value, tuple | list | frozenset):
        return words.get(str(value), in_words(value))
    return ", ".join(words.get(str(one), in_words(one).replace("_", " ")) for one in value)


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return f"{value:f}"
        case Money():
            return str(value)
        case Enum():
            return str(value.value)
        case time():
            return value.strftime("%H:%M")
        case date():
            return value.isoformat()
        case tuple() | list() | frozenset():
            return "; ".join(_text(one).replace("_", " ") for one in value)
    return str(value)
