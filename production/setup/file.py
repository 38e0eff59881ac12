"""The whole set-up as one file, from a test plant to a live one, and rows of one kind from a table.

What is taken in is taken whole or not at all: every row is tried, in one transaction, and what is wrong is said by its
place. A dry run does the same and keeps nothing. Rows that stand in the plant and not in the file stay as they are.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from sqlalchemy.orm import Session

from kernel.errors import Conflict, InvalidInput
from kernel.findings import Finding, Place, Severity
from production.people.setup import Kind, put
from production.setup.kinds import KINDS
from store.db import Actor, Database, UnitOfWork

FORMAT = 1
MAX_BYTES = 10_000_000
WAITS = "waits for a second person"


@dataclass(frozen=True, slots=True)
class Taken:
    """What a row of a file did, or would do: new, changed, same, or waits for a second person."""

    kind: str
    key: str
    outcome: str
    changes: tuple[tuple[str, str, str], ...] = ()  # field, before, after


class Beside(ABC):
    """Rows of the file that have verbs and a history of their own."""

    code: ClassVar[str]
    name: ClassVar[str]

    @abstractmethod
    def rows(self, session: Session) -> list[Mapping[str, object]]:
        """Those that hold now or later."""

    @abstractmethod
    def take(self, uow: UnitOfWork, row: Mapping[str, Any]) -> Taken:
        """What a row does. InvalidInput, Conflict."""


Part = Kind[Any] | Beside
Given = tuple[Part, Mapping[str, Any], Place]


class _NothingKept(Exception):
    """Ends the transaction of a dry run."""

    def __init__(self, taken: list[Taken]) -> None:
        self.taken = taken


def export(session: Session, beside: Sequence[Beside] = ()) -> str:
    """Every row in force, as text of a file; the same plant gives the same text."""
    rows: dict[str, Any] = {
        kind.code: [row.model_dump(mode="json") for row in kind.rows(session)] for kind in KINDS
    }
    rows |= {part.code: part.rows(session) for part in beside}
    return json.dumps({"indicia_setup": FORMAT, **rows}, ensure_ascii=False, indent=1) + "\n"


def rows_of(data: bytes, file: str, beside: Sequence[Beside] = ()) -> list[Given]:
    """The rows of a file with their places. InvalidInput SETUP_FILE when it is no such file."""
    parts: tuple[Part, ...] = (*KINDS, *beside)
    known = {part.code: part for part in parts}
    try:
        if len(data) > MAX_BYTES:
            raise ValueError(f"it is over {MAX_BYTES:,} bytes")
        given = json.loads(data.decode("utf-8-sig"))
        if not isinstance(given, dict) or given.pop("indicia_setup", None) != FORMAT:
            raise ValueError(f'it does not say "indicia_setup": {FORMAT}')
        if unknown := sorted(set(given) - set(known)):
            raise ValueError(f"it has rows of an unknown kind: {', '.join(unknown)}")
        if wrong := [code for code, rows in given.items() if not _are_rows(rows)]:
            raise ValueError(f"{wrong[0]} is no list of rows")
    except (ValueError, RecursionError) as error:
        raise InvalidInput(
            f"{file} is no file of a set-up: {error}.", code="SETUP_FILE",
            remedy="A file that was downloaded or exported here shows how it looks.",
        ) from None  # fmt: skip
    return [
        (part, row, Place(file=file, sheet=code, row=number))
        for code, part in known.items()  # each behind what it refers to, however the file is ordered
        for number, row in enumerate(given.get(code, ()), start=1)
    ]


def take_in(db: Database, actor: Actor, given: Sequence[Given], *, dry: bool, why: str = "") -> list[Taken]:
    """Every row, or none. InvalidInput SETUP_FILE with all that is wrong, by place."""
    try:
        with db.unit_of_work(actor) as uow:
            taken = take_rows(uow, given, why=why)
            if dry:
                raise _NothingKept(taken)
    except _NothingKept as ended:
        return ended.taken
    return taken


def take_rows(uow: UnitOfWork, given: Iterable[Given], *, why: str = "") -> list[Taken]:
    """The rows in this transaction, which is worth nothing when one of them is refused (InvalidInput SETUP_FILE)."""
    taken: list[Taken] = []
    findings: list[Finding] = []
    seen: dict[tuple[str, str], Place] = {}
    for part, row, place in given:
        try:
            one = _take(uow, part, row, why) if isinstance(part, Kind) else part.take(uow, row)
            taken.append(one)
            if (earlier := seen.setdefault((one.kind, one.key), place)) is not place:
                findings.append(_finding(f"{one.key} is there before, in row {earlier.row}.", place))
        except InvalidInput as error:
            findings += [replace(one, place=_at(one.place, place)) for one in error.findings]
        except Conflict as error:
            findings.append(_finding(error.sentence, place))
    if findings:
        raise InvalidInput("Nothing was taken in.", code="SETUP_FILE", findings=findings)
    return taken


def _take(uow: UnitOfWork, kind: Kind[Any], row: Mapping[str, Any], why: str) -> Taken:
    value = kind.read(kind.filled(uow.session, row))
    key = kind.key(value)
    before = kind.find(uow.session, key)
    version = put(uow, kind, value, why=why, knowing=None)
    uow.session.flush()
    outcome = "changed" if before is not None else "new"
    if version is None:
        outcome = "same"
    elif version.in_force_at is None:
        outcome = WAITS
    return Taken(
        kind.code, key, outcome, tuple(kind.differences(value, before)) if version is not None else ()
    )


def _at(found: Place, row: Place) -> Place:
    return replace(row, column=found.column)


def _finding(message: str, place: Place) -> Finding:
    return Finding("SETUP", Severity.STOP, message, "Correct the row and try again.", place)


def _are_rows(rows: object) -> bool:
    return isinstance(rows, list) and all(isinstance(row, dict) for row in rows)
