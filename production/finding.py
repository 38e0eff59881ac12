"""What the one box finds: each room says what of its own a typed or scanned text can name, and asks for it in one
statement. A kind that the text cannot be is not asked at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import InstrumentedAttribute, Session

from store.db import Actor

T = TypeVar("T")
MOST = 20  # things of one kind
LAST = "\U0010ffff"  # behind every letter: what begins with a word stands between it and the word with this
_SHORTEST, _MOST_WORDS, _LONGEST_NUMBER = 2, 6, 6


@dataclass(frozen=True, slots=True)
class Hit:
    """A thing that was found. ``at``: what names it in the address of its page; ``is_led_to``: another's number was
    given, such as that of its job.
    """

    title: str
    at: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    state: str = ""
    day: date | None = None
    is_led_to: bool = False


@dataclass(frozen=True, slots=True)
class Finder(Generic[T]):
    """``reads``: what the text names, nothing where it cannot be of this kind; ``ask``: what there is of it."""

    reads: Callable[[str], T | None]
    ask: Callable[[Session, Actor, T], Sequence[Hit]]

    def find(self, session: Session, actor: Actor, text: str) -> Sequence[Hit]:
        """At most ``MOST`` things, the likeliest first."""
        meant = self.reads(text)
        return self.ask(session, actor, meant) if meant else ()


def words(text: str) -> tuple[str, ...]:
    """What is looked for in names and titles; nothing in a text too short, and in a long number."""
    found = text.lower().split()[:_MOST_WORDS]
    whole = "".join(found)
    is_number = whole.replace("-", "").isdigit() and len(whole) > _LONGEST_NUMBER
    return () if len(whole) < _SHORTEST or is_number else tuple(found)


def hold(sought: Sequence[str], *columns: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Rows in which each word stands in one of the columns: for tables of people and set-up, which stay small."""
    return and_(*(or_(*(column.icontains(word, autoescape=True) for column in columns)) for word in sought))


def begin(sought: Sequence[str], said: str) -> bool:
    """Does a word of the sentence begin with each?"""
    known = said.lower().split()
    return all(any(word.startswith(one) for word in known) for one in sought)


def first(hits: Iterable[Hit]) -> list[Hit]:
    """No more than ``MOST``."""
    return [hit for hit, _ in zip(hits, range(MOST), strict=False)]
