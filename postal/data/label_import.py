"""Labeling lists in the Postal Service's own FAST layout: read, check, keep as an edition.

The layout, seen in the files of L002 and L606 of 2024-08-01: effective and grace date, title, paragraphs (quotes
inside are not escaped), header, rows whose every value starts with a tab; data/fast_layouts.toml says the rest.
A paragraph may hold footnotes ("1.  Mailed from Zip Code Areas 006-009."), which rows name after their label (FT1);
seen in L601 of 2025-05-01, where one decides between two labels of one prefix.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity, stops
from postal.data.edition_folder import Proposal
from postal.data.editions import DATA
from postal.data.shaped import shaped

FIRST_LINE = '"Effective Date:'
_DATE = re.compile(r'"(Effective|Grace) Date: *(\d{4}-\d{2}-\d{2})"')
_TITLE = re.compile(r'"(L\d{3})\b *([^"]*)"')
_RUN = re.compile(r"(\d+)(?:-(\d+))?")
_FOOTNOTE = re.compile(r"(?:^\"|\s)(\d{1,2})\.\s+(.+?)(?=\s+\d{1,2}\.\s|\"?$)")
_NAMED = re.compile(r"\bFT(\d{1,2})\b")
_PREFIXES = re.compile(r"(\d{3})(?:-(\d{3}))?")
_MAILED_FROM = re.compile(
    r"mailed from zip codes?(?: areas?| ranges?)? (\d{3}(?:-\d{3})?(?:[,\s]+(?:and )?\d{3}(?:-\d{3})?)*)\.?",
    re.IGNORECASE,
)
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class FastRow:
    """One row: its destinations (prefixes or ZIPs), its labels by column letter, its flags by column letter.
    ``mailed_from``: the prefixes of the offices of mailing it is for, by a footnote; empty = for every one.
    """

    line: int
    codes: tuple[int, ...]
    labels: dict[str, str]
    flags: dict[str, str]
    mailed_from: tuple[int, ...] = ()

    @property
    def footnotes(self) -> tuple[str, ...]:
        """Numbers of the footnotes it names."""
        return tuple(number for flag in self.flags.values() for number in _NAMED.findall(flag))


@dataclass(frozen=True, slots=True)
class FastList:
    """A list as read. ``digits``: 3 = rows name ZIP prefixes, 5 = ZIPs. Rows with a fault are left out."""

    name: str
    title: str
    digits: int
    label_column: str
    effective_from: date | None
    grace_until: date | None
    is_layout_confirmed: bool
    rows: tuple[FastRow, ...]
    findings: tuple[Finding, ...]


def read_fast(data: bytes, *, file: str = "", known_prefixes: Sequence[int] = ()) -> FastList:
    """Read a file. Everything wrong is a finding with its line; a stop means that it cannot be used.
    ``known_prefixes``: prefixes in use, to tell which of them the list leaves out.
    """
    lines = data.decode("utf-8-sig", errors="replace").splitlines()
    dates = {kind: _day(text) for kind, text in _DATE.findall("\n".join(lines[:10]))}
    title = next((found for line in lines if (found := _TITLE.match(line))), None)
    start = next((number for number, line in enumerate(lines) if line.startswith('"\t')), None)
    if title is None or start is None:
        sentence = "The file is not a FAST label list file."
        finding = Finding("LABEL_FILE", Severity.STOP, sentence, _REMEDY, Place(file=file))
        return FastList("", "", 3, "", None, None, is_layout_confirmed=False, rows=(), findings=(finding,))
    layout = layouts().get(title[1]) or _guessed(lines[:start], lines[start])
    notes = _footnotes(lines[:start])
    reader = _Reader(file, layout.digits, tuple(_columns(lines[:start])), layout.label, _origins(notes))
    if title[1] not in layouts():
        reader.findings.append(_guess_finding(title[1], layout, file))
    rows = tuple(
        row for number, line in enumerate(lines[start:], start + 1) if (row := reader.row(number, line))
    )
    effective, grace = dates.get("Effective"), dates.get("Grace")
    findings = [
        *_date_findings(effective, grace, file),
        *reader.findings,
        *_spaces(reader),
        *_twice(rows, reader),
        *_footnote_findings(rows, notes, file),
        *_left_out(rows, layout.digits, known_prefixes, file),
    ]
    if not rows:
        findings.append(
            Finding("LABEL_FILE", Severity.STOP, "The list has no usable row.", _REMEDY, Place(file=file))
        )
    return FastList(
        name=title[1],
        title=title[2].strip(),
        digits=layout.digits,
        label_column=layout.label,
        effective_from=effective,
        grace_until=grace,
        is_layout_confirmed=layout.status == "confirmed",
        rows=rows,
        findings=tuple(findings),
    )


def propose_labels(data: bytes, *, file: str, known_prefixes: Sequence[int] = ()) -> Proposal:
    """A list as an edition named by its effective date, byte for byte as it came. InvalidInput LABEL_IMPORT with
    every finding when one of them is a stop.
    """
    found = read_fast(data, file=file, known_prefixes=known_prefixes)
    if stops(found.findings) or found.effective_from is None:
        raise InvalidInput(
            f"{file} cannot be loaded as a labeling list.",
            code="LABEL_IMPORT",
            findings=list(found.findings),
        )
    faulty = sum(finding.severity is Severity.ROW for finding in found.findings)
    said = []
    if not found.is_layout_confirmed:
        said.append(
            f"The column layout of {found.name} is unconfirmed; compare some tray labels with the list."
        )
    if faulty:
        said.append(f"{faulty} rows of {found.name} were left out as faulty.")
    return Proposal(
        kind=found.name,
        id=f"{found.effective_from.isoformat()} FAST",
        content=data,
        suffix=".csv",
        effective_from=found.effective_from,
        grace_until=found.grace_until,
        source=f"USPS FAST label list file {file}: {found.name} {found.title}",
        complete=not faulty,
        caution=" ".join(said),
        rows=len(found.rows),
        findings=found.findings,
    )


@dataclass(frozen=True, slots=True)
class Layout:
    """How the file of a list is laid out: what its first column holds, and the column with line 1 of the label."""

    digits: int
    label: str
    status: str
    flags: Mapping[str, str] | None = None


@cache
def layouts() -> dict[str, Layout]:
    """data/fast_layouts.toml by list."""
    rows = tomllib.loads((DATA / "fast_layouts.toml").read_text(encoding="utf-8"))
    return {name: shaped(Layout, row) for name, row in rows.items()}


_REMEDY = "Load the file as it comes from the Postal Service's FAST site."


def _footnotes(head: Sequence[str]) -> dict[str, str]:
    """Text of each footnote of the paragraphs, by its number."""
    first = (line for line in head if re.match(r'"\d{1,2}\.\s', line))
    return {number: text.strip() for line in first for number, text in _FOOTNOTE.findall(line)}


def _origins(notes: Mapping[str, str]) -> dict[str, tuple[int, ...]]:
    """The footnotes that say where mail is from: prefixes of its offices of mailing."""
    found = {number: _MAILED_FROM.fullmatch(text) for number, text in notes.items()}
    runs = {number: _PREFIXES.findall(match[1]) for number, match in found.items() if match}
    return {
        number: tuple(code for first, last in parts for code in range(int(first), int(last or first) + 1))
        for number, parts in runs.items()
    }


def _columns(head: Sequence[str]) -> Iterator[str]:
    """Letter of each field of the header: '' before Column A, and for the field with a label's flag."""
    header = next((line for line in reversed(head) if line.strip()), "")
    for field in next(csv.reader([header]), []):
        found = re.match(r"\s*Column ([A-Z])\b", field)
        yield found[1] if found else ""


def _day(text: str) -> date | None:
    """None for a day no calendar has; it then counts as missing."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _guessed(head: Sequence[str], row: str) -> Layout:
    """The layout of a list nobody described: ZIPs as its first row writes them, labels in the last column whose
    heading says so.
    """
    header = next((line for line in reversed(head) if line.strip()), "")
    named = re.findall(r"Column ([A-Z])\b[^,]*label", header, re.IGNORECASE)
    code = re.match(r'"\t\s*(\d+)', row)
    digits = 5 if code and len(code[1]) == 5 else 3
    return Layout(digits, named[-1] if named else "B", "unconfirmed")


def _guess_finding(name: str, layout: Layout, file: str) -> Finding:
    sentence = f"The layout of {name} is not known: column {layout.label} is taken for the labels."
    return Finding(
        "LABEL_LAYOUT", Severity.WARN, sentence, "Compare some labels with the list.", Place(file=file)
    )


class _Reader:
    """Rows by the columns of one file; what is wrong gathers in ``findings``. ``origins``: prefixes by footnote."""

    def __init__(
        self,
        file: str,
        digits: int,
        columns: tuple[str, ...],
        label: str,
        origins: Mapping[str, tuple[int, ...]],
    ) -> None:
        self.file, self.digits, self.columns, self.label = file, digits, columns, label
        self.origins = origins
        self.double_spaces = 0
        self.findings: list[Finding] = []
        if label not in columns:
            sentence = f"The header has no column {label}, where the labels are expected."
            self.findings.append(Finding("LABEL_FILE", Severity.STOP, sentence, _REMEDY, Place(file=file)))

    def row(self, line: int, text: str) -> FastRow | None:
        """One row, or None with a finding; blank lines are passed over."""
        if not text.strip():
            return None
        fields = [field.lstrip("\t").strip() for field in next(csv.reader([text]))]
        codes = self._codes(line, fields[0])
        labels: dict[str, str] = {}
        flags: dict[str, str] = {}
        for index, field in enumerate(fields[1:], 1):
            column = self.columns[index] if index < len(self.columns) else ""
            if column:
                labels[column] = " ".join(field.split())
                self.double_spaces += "  " in field
            elif field:
                before = self.columns[index - 1] if index - 1 < len(self.columns) else ""
                flags[before] = field
        if codes and not labels.get(self.label):
            is_listed = any(labels.values())
            if not is_listed:
                self._say("LABEL_EMPTY", Severity.ROW, line, "the row has no label")
            return None if not is_listed else FastRow(line, codes, labels, flags)
        if not codes:
            return None
        row = FastRow(line, codes, labels, flags)
        origins = [code for number in row.footnotes for code in self.origins.get(number, ())]
        return replace(row, mailed_from=tuple(origins))

    def _codes(self, line: int, text: str) -> tuple[int, ...]:
        codes: list[int] = []
        for run in re.split(r"[,\s]+", text):
            found = _RUN.fullmatch(run)
            first, last = (found[1], found[2] or found[1]) if found else ("", "")
            if len(first) != self.digits or len(last) != self.digits or int(first) > int(last):
                what = f"{run[:20]!r} is not a run of {self.digits}-digit codes"
                self._say("LABEL_ZIP", Severity.ROW, line, what)
                return ()
            codes.extend(range(int(first), int(last) + 1))
        return tuple(codes)

    def _say(self, code: str, severity: Severity, line: int, what: str) -> None:
        self.findings.append(
            Finding(code, severity, f"{what[0].upper()}{what[1:]}.", "", Place(file=self.file, row=line))
        )


def _date_findings(effective: date | None, grace: date | None, file: str) -> Iterator[Finding]:
    place = Place(file=file, row=1)
    if effective is None:
        yield Finding("LABEL_DATE", Severity.STOP, "The file has no effective date.", _REMEDY, place)
    elif grace is None:
        yield Finding("LABEL_DATE", Severity.WARN, "The file has no grace date.", "", place)
    elif grace < effective:
        yield Finding(
            "LABEL_DATE", Severity.STOP, "The grace date is before the effective date.", _REMEDY, place
        )


def _spaces(reader: _Reader) -> Iterator[Finding]:
    if reader.double_spaces:
        sentence = f"Double spaces in {reader.double_spaces:,} labels were made single."
        yield Finding("LABEL_SPACES", Severity.NOTE, sentence, "", Place(file=reader.file))


def _twice(rows: Sequence[FastRow], reader: _Reader) -> Iterator[Finding]:
    """A destination with two labels for mail from one office of mailing: no footnote decides between them."""
    seen: dict[int, list[FastRow]] = {}
    for row in rows:
        label = row.labels.get(reader.label, "")
        for code in row.codes if label else ():
            before = seen.setdefault(code, [])
            rival = next(
                (one for one in before if one.labels[reader.label] != label and _meet(one, row)), None
            )
            before.append(row)
            if rival:
                yield Finding(
                    "LABEL_TWICE",
                    Severity.STOP,
                    f"{code:0{reader.digits}d} has one label in row {rival.line} and another here, and no footnote "
                    "that can be read decides between them.",
                    "Ask the Postal Service which one is right.",
                    Place(file=reader.file, row=row.line),
                )


def _meet(one: FastRow, other: FastRow) -> bool:
    """Both rows are for mail from one place: a row for some places goes before one for every place."""
    if one.mailed_from and other.mailed_from:
        return not set(one.mailed_from).isdisjoint(other.mailed_from)
    return not (one.mailed_from or other.mailed_from)


def _footnote_findings(rows: Sequence[FastRow], notes: Mapping[str, str], file: str) -> Iterator[Finding]:
    """What became of each footnote that a row names."""
    origins = _origins(notes)
    for number in sorted({number for row in rows for number in row.footnotes}, key=int):
        own = [row for row in rows if number in row.footnotes]
        severity, text = Severity.NOTE, f"'{notes.get(number, '')[:120].rstrip('.')}'"
        if number in origins:
            codes = len({code for row in own for code in row.codes})
            said = f"Footnote {number} is applied: {codes} destinations have a label of their own for mail from it"
        elif number in notes:
            said = f"Footnote {number} says nothing about labels and is not applied"
        else:
            severity, said, text = (
                Severity.WARN,
                f"Footnote {number} is named, but its text is not in the file",
                "",
            )
        yield Finding(
            "LABEL_FOOTNOTE",
            severity,
            f"{said}{f': {text}' if text else ''}.",
            "",
            Place(file=file, row=own[0].line),
        )


def _left_out(
    rows: Sequence[FastRow], digits: int, known_prefixes: Sequence[int], file: str
) -> Iterator[Finding]:
    listed = {code // 10 ** (digits - 3) for row in rows for code in row.codes}
    out = sorted(set(known_prefixes) - listed) if digits == 3 else []
    strange = sorted(listed - set(known_prefixes)) if known_prefixes else []
    for what, prefixes in (("does not name", out), ("names", strange)):
        if prefixes:
            shown = ", ".join(f"{prefix:03d}" for prefix in prefixes[:_SHOWN])
            kind = "in use" if prefixes is out else "that no other list has"
            yield Finding(
                "LABEL_COVERAGE",
                Severity.WARN,
                f"The list {what} {len(prefixes)} ZIP prefixes {kind}: {shown}"
                f"{' ...' if len(prefixes) > _SHOWN else ''}.",
                "Check that the file is complete.",
                Place(file=file),
            )
