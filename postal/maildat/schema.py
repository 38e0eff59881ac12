"""The record layouts of Mail.dat 25-1 and 26-1, read from postal/data/maildat; differences are rows there."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType

from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity

DATA = Path(__file__).parent.parent / "data" / "maildat"
VERSIONS = ("25-1", "26-1")
REVISIONS = {"25-1": "0.6", "26-1": "0.1"}  # HDR-1192, as transcribed 2025-11-03
OPEN_LIST = "*"  # in codes.csv: more values exist than were transcribed
HEADER = "hdr"
CLOSING = ord("#")


class Kind(StrEnum):
    """How the bytes of a field are read."""

    TEXT = "text"  # left-justified, blank filled
    NUMBER = "number"  # right-justified, zero filled, decimals implied
    DATE = "date"  # YYYYMMDD; 00010101 is "no date"
    TIME = "time"  # HH:MM
    RESERVE = "reserve"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of one version. ``start`` from 1; ``decimals`` implied places of a number; ``unit`` lb, in
    or cents where published. ``codes`` None = anything; a blank code is the empty string.
    """

    code: str
    name: str
    start: int
    length: int
    kind: Kind
    decimals: int
    unit: str
    is_required: bool
    is_key: bool
    codes: frozenset[str] | None
    is_code_list_open: bool
    source: str

    @property
    def stop(self) -> int:
        """Last byte, from 1."""
        return self.start + self.length - 1


@dataclass(frozen=True, slots=True, eq=False)
class FileLayout:
    """One file: ``extension`` without the point, fields in order, and where the header counts it.
    One object a version and file, so it is compared by identity.
    """

    extension: str
    name: str
    length: int
    fields: tuple[Field, ...]
    count_field: str
    status_field: str

    def __getitem__(self, code: str) -> Field:
        return _by_code(self)[code]

    def __contains__(self, code: str) -> bool:
        return code in _by_code(self)

    @property
    def keys(self) -> tuple[str, ...]:
        """Codes of the key fields in order."""
        return tuple(field.code for field in self.fields if field.is_key)

    @property
    def status(self) -> str:
        """Code of the record status field; empty in the header."""
        code = f"{self.extension.upper()}-2000"
        return code if code in self else ""


@dataclass(frozen=True, slots=True)
class Reference:
    """Child fields that must be found among the parent fields of the same job; several parents are choices."""

    child: tuple[str, ...]
    parents: tuple[tuple[str, ...], ...]
    is_blank_allowed: bool
    needs_child: bool  # every parent must be named by some child


@dataclass(frozen=True, slots=True)
class Condition:
    """One of ``fields`` must be filled when ``when`` has one of ``values`` (``*`` = anything but blank).

    ``via``: fields that join the records of both, where they are of different files; without them all records.
    """

    fields: tuple[str, ...]
    when: str
    values: tuple[str, ...]
    via: tuple[str, ...]
    is_confirmed: bool
    reason: str


def layouts(version: str) -> Mapping[str, FileLayout]:
    """Every file of a version by extension, in the order of a transmission. InvalidInput MAILDAT_VERSION."""
    if version not in VERSIONS:
        raise InvalidInput(
            f"Mail.dat version {version or '(blank)'} is not known here.",
            code="MAILDAT_VERSION",
            remedy=f"Known versions: {', '.join(VERSIONS)}.",
            version=version,
        )
    return _layouts(version)


@cache
def references() -> tuple[Reference, ...]:
    """What must be found where."""
    return tuple(
        Reference(
            child=tuple(row["child"].split("+")),
            parents=tuple(tuple(parent.split("+")) for parent in row["parent"].split("|")),
            is_blank_allowed=row["blank_allowed"] == "Y",
            needs_child=row["parent_needs_child"] == "Y",
        )
        for row in _rows("references.csv")
    )


@cache
def conditions() -> tuple[Condition, ...]:
    """What is required only together with something else."""
    return tuple(
        Condition(
            fields=tuple(row["fields"].split("|")),
            when=row["when"],
            values=tuple(row["values"].split()),
            via=tuple(row["via"].split("=")) if row["via"] else (),
            is_confirmed=row["status"] == "confirmed",
            reason=row["reason"],
        )
        for row in _rows("conditions.csv")
    )


@cache
def code_meanings(code: str) -> Mapping[str, str]:
    """Values of a field with what the standard calls them."""
    return MappingProxyType(
        {row["value"]: row["label"] for row in _rows("codes.csv") if row["field"] == code}
    )


def file_of(code: str) -> str:
    """'csm' of 'CSM-1101'."""
    return code[:3].lower()


def check_layout(layout: FileLayout) -> list[Finding]:
    """Do the fields tile the record, first byte to closing character? MAILDAT_LAYOUT for each gap or overlap."""
    found = []
    expected = 1
    for field in layout.fields:
        if field.start != expected:
            found.append(_misplaced(layout, field, f"begins at {field.start}, {expected} is next"))
        expected = field.stop + 1
    if expected - 1 != layout.length or layout.fields[-1].kind is not Kind.CLOSING:
        found.append(_misplaced(layout, layout.fields[-1], f"ends the record at {expected - 1}"))
    return found


def _misplaced(layout: FileLayout, field: Field, words: str) -> Finding:
    return Finding(
        "MAILDAT_LAYOUT",
        Severity.STOP,
        f"{field.code} {words}; the record has {layout.length} bytes.",
        "Correct the schema table against the published layout.",
        Place(file=f".{layout.extension}", column=field.code),
    )


@cache
def _layouts(version: str) -> Mapping[str, FileLayout]:
    column = version.replace("-", "_")
    fields: dict[str, list[Field]] = {}
    codes = _codes(version)
    for row in _rows("fields.csv"):
        if row[f"position_{column}"]:
            fields.setdefault(row["file"], []).append(_field(row, row[f"position_{column}"], codes))
    return MappingProxyType(
        {
            row["file"]: FileLayout(
                extension=row["file"],
                name=row["name"],
                length=int(row[f"length_{column}"]),
                fields=tuple(fields[row["file"]]),
                count_field=row["count_field"],
                status_field=row["status_field"],
            )
            for row in _rows("files.csv")
        }
    )


def _field(row: dict[str, str], position: str, codes: Mapping[str, set[str]]) -> Field:
    listed = codes.get(row["code"])
    return Field(
        code=row["code"],
        name=row["name"],
        start=int(position),
        length=int(row["length"]),
        kind=Kind(row["kind"]),
        decimals=int(row["decimals"]),
        unit=row["unit"],
        is_required=row["required"] == "Y",
        is_key=row["key"] == "Y",
        codes=frozenset(listed - {OPEN_LIST}) if listed else None,
        is_code_list_open=bool(listed and OPEN_LIST in listed),
        source=row["source"],
    )


def _codes(version: str) -> dict[str, set[str]]:
    codes: dict[str, set[str]] = {}
    for row in _rows("codes.csv"):
        if row["version"] in ("", version):
            codes.setdefault(row["field"], set()).add(row["value"])
    return codes


@cache
def _by_code(layout: FileLayout) -> Mapping[str, Field]:
    return MappingProxyType({field.code: field for field in layout.fields})


@cache
def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
