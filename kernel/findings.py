"""What a check says about bad data: code, severity, place, message, remedy. Never an exception."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How far a finding stops the work."""

    STOP = "stop"  # the file or job cannot go on
    ROW = "row"  # this row cannot be mailed; the others can
    WARN = "warn"  # goes on, a person should look
    NOTE = "note"  # for information


@dataclass(frozen=True, slots=True)
class Place:
    """Where: file name as given, sheet, row (as a person counts, header included), column, page."""

    file: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""
    page: int | None = None

    def __str__(self) -> str:
        parts = [self.file, self.sheet]
        parts += [f"row {self.row:,}"] if self.row is not None else []
        parts += [f"column {self.column}"] if self.column else []
        parts += [f"page {self.page:,}"] if self.page is not None else []
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong: stable code, place, one sentence, one remedy. Holds no names or addresses."""

    code: str
    severity: Severity
    message: str
    remedy: str = ""
    place: Place = Place()


def of_field(code: str, field: str, message: str, remedy: str = "") -> Finding:
    """What is wrong with one field of a form; the form cannot go on."""
    return Finding(code, Severity.STOP, message, remedy, Place(column=field))


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """Findings of one code that are told together: how many, and the first places."""

    code: str
    severity: Severity
    message: str
    remedy: str
    count: int
    places: tuple[Place | str, ...]  # a sentence where there is no place
    source: str = ""  # what was looked at: template, list, merge, postage


def count_by_code(findings: Iterable[Finding]) -> dict[str, int]:
    """Findings per code, most frequent first, then by code."""
    counts = Counter(finding.code for finding in findings)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def stops(findings: Iterable[Finding]) -> list[Finding]:
    """Those that stop the whole job."""
    return [finding for finding in findings if finding.severity is Severity.STOP]
