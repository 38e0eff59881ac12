"""A list of people, one row each: which column is which value, how many each gets, and what is wrong in which cell."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kernel.findings import Finding, Place, Severity
from production.frontdesk.estimates.gangs import MOST_LEAVES
from production.frontdesk.lists.reader import read_list
from production.frontdesk.lists.shapes import ListTable, Refused
from production.frontdesk.stationery.values import ValueRule, filled

MOST_BYTES = 1_000_000
MOST_EACH = 10_000  # of one name: more is a case for the press, not for a gang (shop to confirm)
QUANTITY = "quantity"
# Headings under which a value is found, besides its own name and title.
_ALSO = {
    "name": ("fullname", "employee", "employeename", "person"),
    "title": ("jobtitle", "position", "role"),
    "phone": ("telephone", "officephone", "workphone", "tel"),
    "extension": ("ext",),
    "mobile": ("cell", "cellphone", "mobilephone"),
    "email": ("mail", "emailaddress", "workemail"),
    QUANTITY: ("qty", "cards", "howmany", "count", "copies", "number"),
}


@dataclass(frozen=True, slots=True)
class Person:
    """Values as they are printed, how many, and the row of the list."""

    values: Mapping[str, str]
    quantity: int
    row: int


@dataclass(frozen=True, slots=True)
class People:
    """``columns``: of each value the heading it was read from. With a stop among the findings nothing can be made."""

    people: tuple[Person, ...] = ()
    columns: Mapping[str, str] | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def total(self) -> int:
        """Pieces in all."""
        return sum(person.quantity for person in self.people)


def read_people(text: str, rules: Sequence[ValueRule], usual: int) -> People:
    """The people of a table: commas, semicolons or tabs between. ``usual``: how many each gets where no column says."""
    if len(text.encode()) > MOST_BYTES:
        return People(findings=(_stop("DATA_TOO_LARGE", "The list is over 1 MB.", "Send a part of it."),))
    try:
        table = _table(text)
    except Refused as refusal:
        found = (_stop(one.code, one.sentence, "Correct the list.", row=one.row) for one in refusal.found)
        return People(findings=tuple(found))
    columns = _columns(table.names, rules)
    missing = [rule.title for rule in rules if rule.is_needed and rule.name not in columns]
    if missing:
        words = f"No column is headed {', '.join(missing)}; columns are {', '.join(table.names)}."
        return People(findings=(_stop("DATA_HEADER", words, "Name the columns in the first row."),))
    if len(table) > MOST_LEAVES:
        words = f"There are {len(table):,} people; one order takes {MOST_LEAVES}."
        return People(findings=(_stop("DATA_TOO_LARGE", words, "Order in several parts."),))
    return _read(table, columns, rules, usual)


def _table(text: str) -> ListTable:
    with tempfile.TemporaryDirectory(prefix="indicia-people-") as folder:
        path = Path(folder) / "people.csv"
        path.write_bytes(b"\xef\xbb\xbf" + text.encode())  # what a browser sent is UTF-8
        return read_list(path)


def _columns(headings: Sequence[str], rules: Sequence[ValueRule]) -> dict[str, str]:
    """By value the heading that names it; a heading is used once."""
    plain = {_plain(heading): heading for heading in reversed(headings)}
    found = {}
    for name, title in [*((rule.name, rule.title) for rule in rules), (QUANTITY, QUANTITY)]:
        known = (_plain(name), _plain(title), *_ALSO.get(name, ()))
        heading = next((plain.pop(one) for one in known if one in plain), None)
        if heading is not None:
            found[name] = heading
    return found


def _plain(heading: str) -> str:
    return re.sub(r"[^a-z0-9]", "", heading.casefold())


def _read(table: ListTable, columns: Mapping[str, str], rules: Sequence[ValueRule], usual: int) -> People:
    cells = {name: table.columns[table.names.index(heading)].to_pylist() for name, heading in columns.items()}
    people: list[Person] = []
    findings = [
        _stop("ROW_WIDTH", "It has more or fewer cells than the first row.", "Look for a comma.", row=row)
        for row in table.source_row[table.odd].tolist()
    ]
    for at, row in enumerate(table.source_row.tolist()):
        typed = {name: column[at] or "" for name, column in cells.items()}
        values, wrong = filled(rules, typed, row)
        quantity = _quantity(typed.get(QUANTITY, "").strip(), usual)
        if quantity is None:
            words = f"{columns[QUANTITY]}: this is no quantity from 1 to {MOST_EACH:,}."
            wrong.append(
                _stop(
                    "STATIONERY_VALUE", words, "Write digits, as in 250.", row=row, column=columns[QUANTITY]
                )
            )
        people.append(Person(values, quantity or 0, row))
        findings += [_under(one, columns, rules) for one in wrong]
    return People(tuple(people), columns, tuple(findings))


def _under(found: Finding, columns: Mapping[str, str], rules: Sequence[ValueRule]) -> Finding:
    """With the heading that the list has."""
    name = next((rule.name for rule in rules if rule.title == found.place.column), "")
    place = Place(row=found.place.row, column=columns.get(name, found.place.column))
    return Finding(found.code, found.severity, found.message, found.remedy, place)


def _quantity(text: str, usual: int) -> int | None:
    digits = text.replace(",", "") or str(usual)
    is_count = digits.isascii() and digits.isdigit() and len(digits) <= 6
    return int(digits) if is_count and 1 <= int(digits) <= MOST_EACH else None


def _stop(code: str, message: str, remedy: str, *, row: int | None = None, column: str = "") -> Finding:
    return Finding(code, Severity.STOP, message, remedy, Place(row=row, column=column))
