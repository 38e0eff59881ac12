"""What a count means: the room that plans a kind of lot says what is expected, what a spoil is, and what a finished
operation leaves behind.

The floor starts, counts and finishes the operations of any lot, and knows no more of a lot than this.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from sqlalchemy.orm import Session

from kernel.errors import NotFound
from production.jobs.models import Lot, Operation
from production.jobs.ranges import Range
from production.jobs.states import LotKind
from store.db import UnitOfWork
from store.files import FileStore

OFF_QUANTITY = "off_quantity"  # the hold of a job that comes to another number than its order takes


@dataclass(frozen=True, slots=True)
class Count:
    """How an operation stands, in ``unit``: what is to come out of it, what is good, what was spoiled in it. Of units
    that are not told apart also ``into``, what came in; ``counted``, the good ones so far; what is ``held`` and what is
    ``left``.
    """

    unit: str
    expected: int
    good: int
    spoiled: int
    into: int | None = None
    counted: int = 0
    held: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """What a queue says of an operation besides its own columns. ``facts``: what operators set a machine up by."""

    quantity: int
    unit: str
    is_reprint: bool = False
    facts: tuple[tuple[str, str | date], ...] = ()


@dataclass(frozen=True, slots=True)
class SpoilLine:
    """One report of spoils: which, or how many; why, who, when, and the ticket of what replaces them."""

    ranges: tuple[Range, ...]
    count: int
    reason: str
    actor: str
    at: datetime
    replaced_by: str | None


@dataclass(frozen=True, slots=True)
class Detail:
    """Everything to know about an operation. ``made``, ``pull``: numbers of its units where they have them, and of
    those the ones that are taken out; ``waiting``: spoils of the lot that nothing replaces yet; ``order``: in which
    the pages of its print file lie, where that matters.
    """

    count: Count
    made: tuple[Range, ...] = ()
    pull: tuple[Range, ...] = ()
    spoils: tuple[SpoilLine, ...] = ()
    waiting: int = 0
    order: str = ""


class Counting(Protocol):
    """What a room says of its lots."""

    def lines(self, session: Session, operations: Collection[int]) -> Mapping[int, Line]:
        """Operations of such lots by key, in one statement."""

    def count(self, session: Session, operation: Operation) -> Count:
        """How it stands."""

    def detail(self, session: Session, operation: Operation) -> Detail:
        """All of it."""

    def spoil(self, uow: UnitOfWork, operation: Operation, *, named: str, reason: str) -> str:
        """Record spoils as they were scanned or typed, all or none; gives them in words. InvalidInput SPOIL."""

    def replace(self, uow: UnitOfWork, lot: Lot) -> Operation:
        """Have what waits made again; gives the first operation of it. Conflict SPOIL when nothing does."""

    def done(self, uow: UnitOfWork, operation: Operation, *, good: int | None, files: FileStore) -> Count:
        """Evidence and usage of an operation that happened, ``good`` by the machine's counter if it has one. Conflict
        COUNT when that cannot be.
        """


_OF: dict[LotKind, Counting] = {}


def register(counting: Counting, *kinds: LotKind) -> None:
    """A room says what counts mean in lots of these kinds."""
    _OF.update(dict.fromkeys(kinds, counting))


def counting_of(kind: LotKind) -> Counting:
    """What counts mean in such a lot; NotFound TICKET where nothing is counted on the floor."""
    if kind not in _OF:
        raise NotFound("This is not worked on the floor.", code="TICKET")
    return _OF[kind]
