"""Lists of this house's own layout, from a CSV that a person makes: 5-digit schemes and delivery statistics.

The Postal Service gives both in products that need a license or an agreement (City State, Delivery Statistics);
docs/postal-data.md says which columns to take from them. Levels that need one are left out while it is not loaded.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity, stops
from postal.data.edition_folder import Proposal
from postal.data.zips import prefixes
from postal.plans.routes import route_number, route_text

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TableKind:
    """One kind of list: its columns, what is wrong with a row ('' = nothing), and what a row is about."""

    columns: tuple[str, ...]
    fault: Callable[[Values], str]
    subjects: Callable[[Values], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class TableFile:
    """Rows that will be kept, and everything found."""

    rows: tuple[Values, ...]
    findings: tuple[Finding, ...]


def read_table(data: bytes, *, kind: str, file: str) -> TableFile:
    """Read a CSV of a kind of KINDS. Rows with a fault, or about something an earlier row is about, are left out."""
    what = KINDS[kind]
    reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig", errors="replace"), newline=""))
    missing = [name for name in what.columns if name not in (reader.fieldnames or ())]
    if missing:
        sentence = f"The header lacks {', '.join(missing)}."
        return TableFile(
            (), (Finding("TABLE_FILE", Severity.STOP, sentence, _REMEDY, Place(file=file, row=1)),)
        )
    rows: list[Values] = []
    findings: list[Finding] = []
    seen: dict[str, int] = {}
    for row in reader:
        values = {name: (row[name] or "").strip() for name in what.columns}
        fault = what.fault(values) or next(_twice(what.subjects(values), seen), "")
        if fault:
            place = Place(file=file, row=reader.line_num)
            findings.append(
                Finding("TABLE_ROW", Severity.ROW, fault, "Correct the row; it was left out.", place)
            )
            continue
        seen |= dict.fromkeys(what.subjects(values), reader.line_num)
        rows.append(values)
    if not rows:
        sentence = "The file has no usable row."
        findings.append(Finding("TABLE_FILE", Severity.STOP, sentence, _REMEDY, Place(file=file)))
    return TableFile(tuple(rows), tuple(findings))


def propose_table(
    data: bytes, *, kind: str, file: str, edition_id: str, effective_from: date, source: str
) -> Proposal:
    """A list as an edition. InvalidInput TABLE_IMPORT with every finding when one is a stop."""
    found = read_table(data, kind=kind, file=file)
    if stops(found.findings):
        raise InvalidInput(
            f"{file} cannot be loaded as {kind}.", code="TABLE_IMPORT", findings=list(found.findings)
        )
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, KINDS[kind].columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(found.rows)
    return Proposal(
        kind=kind,
        id=edition_id,
        content=text.getvalue().encode(),
        suffix=".csv",
        effective_from=effective_from,
        source=source,
        complete=not found.findings,
        caution=f"{len(found.findings)} rows of {kind} were left out as faulty." if found.findings else "",
        rows=len(found.rows),
        findings=found.findings,
    )


_REMEDY = "See docs/postal-data.md for the columns."


def _twice(subjects: tuple[str, ...], seen: Mapping[str, int]) -> Iterator[str]:
    return (f"{subject}: row {seen[subject]} has it already." for subject in subjects if subject in seen)


def _scheme_fault(values: Values) -> str:
    parts = values["zip5s"].replace("-", " ").split()
    if not values["label"]:
        return "The row has no label."
    if not parts or any(len(part) != 5 or not part.isdecimal() for part in parts):
        return f"{values['zip5s'][:40]!r} is not a row of five-digit ZIPs."
    return ""


def _stops_fault(values: Values) -> str:
    if len(values["zip5"]) != 5 or not values["zip5"].isdecimal():
        return f"{values['zip5'][:10]!r} is not a ZIP of five digits."
    try:
        route_number(values["route"])
    except InvalidInput as refused:
        return refused.sentence
    counts = values["residential"], values["total"]
    if not all(count.isdecimal() for count in counts):
        return "Residential and total are not whole numbers."
    return "" if int(counts[0]) <= int(counts[1]) else "More residential stops than stops in all."


KINDS: Mapping[str, TableKind] = {
    "5d-schemes": TableKind(
        ("label", "zip5s"),
        _scheme_fault,
        lambda values: tuple(f"ZIP {zip5:05d}" for zip5 in prefixes(values["zip5s"])),
    ),
    "route-stops": TableKind(
        ("zip5", "route", "residential", "total"),
        _stops_fault,
        lambda values: (f"{values['zip5']} {route_text(route_number(values['route']))}",),
    ),
}
