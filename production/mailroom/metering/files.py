"""A meter's own file of runs: comma-separated, one line a run, taken in whole or not at all, and once.

Columns: meter, day (YYYY-MM-DD), agency, bill_code, class, shape, weight_step, pieces, amount; where the meter
tells them also ascending_before and ascending_after; for pieces of a sorted stream also its number (stream, in
older files batch).
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kernel.clock import business_date
from kernel.errors import TooLarge
from kernel.findings import Finding, Place, Severity
from kernel.money import Money
from postal.data.mail_days import mail_day_from
from production.mailings.models import PresortStream
from production.mailroom.metering.days import RunFacts, add_run, run_findings, runs_of
from production.mailroom.metering.models import Meter, MeterImport, MeterRun, MeterSheet
from production.people.models import Agency, BudgetUnit
from store.db import UnitOfWork

COLUMNS = ("meter", "day", "agency", "bill_code", "class", "shape", "weight_step", "pieces", "amount")
REGISTERS = ("ascending_before", "ascending_after")
STREAM = "stream"
_OLD_NAMES = {"batch": STREAM}
MAX_BYTES = 5_000_000
_MAX_LINES = 20_000


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file, as a person counts (the header is line 1), by column."""

    number: int
    cells: Mapping[str, str]


def import_file(uow: UnitOfWork, sheet: MeterSheet, *, data: bytes, given_name: str) -> list[Finding]:
    """Enter every run of a meter's file on an open sheet; with any finding nothing is entered. Findings:
    METER_DUPLICATE, METER_LINE, METER_OVERLAP, METER_REGISTER. TooLarge over 5 MB.
    """
    if len(data) > MAX_BYTES:
        raise TooLarge("A meter's file has at most 5 MB.", code="TOO_LARGE")
    duplicate = _duplicate(uow.session, data)
    if duplicate is not None:
        return [duplicate]
    lines, findings = read_lines(data, given_name)
    if findings:
        return findings
    meter = uow.session.get_one(Meter, sheet.meter_id)
    accounts, streams = _accounts(uow.session, lines), _streams(uow.session, lines)
    read = [
        _facts(line, sheet, meter, accounts, streams, mail_day_from(business_date(uow.now))) for line in lines
    ]
    findings = [finding for item in read if isinstance(item, list) for finding in item]
    runs = [(line, item) for line, item in zip(lines, read, strict=True) if isinstance(item, RunFacts)]
    findings += overlaps(runs)
    findings += _against_registers(runs, sheet, runs_of(uow.session, sheet))
    if findings:
        return [_placed(finding, given_name) for finding in findings]
    return _enter(uow, sheet, [facts for _, facts in runs], data=data, given_name=given_name)


def read_lines(data: bytes, given_name: str) -> tuple[list[Line], list[Finding]]:
    """Lines by column name, and what makes the file unreadable as a whole."""
    try:
        text = data.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        return [], [_line("The file is not comma-separated text in UTF-8.", None, given_name)]
    if not rows or len(rows) < 2:
        return [], [_line("The file holds no run.", None, given_name)]
    header = [_OLD_NAMES.get(name, name) for name in (name.strip().lower() for name in rows[0])]
    wrong = [name for name in COLUMNS if header.count(name) != 1]
    wrong += [name for name in header if name not in (*COLUMNS, *REGISTERS, STREAM)]
    if wrong or (set(header) & set(REGISTERS)) not in (set(), set(REGISTERS)):
        message = f"The first line must name the columns {', '.join(COLUMNS)}, and both registers or none."
        return [], [_line(message, 1, given_name)]
    if len(rows) > _MAX_LINES:
        return [], [_line(f"The file has more than {_MAX_LINES:,} lines.", None, given_name)]
    short = [number for number, row in enumerate(rows, start=1) if row and len(row) != len(header)]
    if short:
        return [], [_line("The line has another number of cells than the header.", short[0], given_name)]
    return [
        Line(number, dict(zip(header, (cell.strip() for cell in row), strict=True)))
        for number, row in enumerate(rows[1:], start=2)
        if row
    ], []


def overlaps(runs: Sequence[tuple[Line, RunFacts]]) -> list[Finding]:
    """METER_OVERLAP: lines whose register spans overlap, or that say the same where there are no registers."""
    spans = sorted(
        (facts.ascending_before, facts.ascending_after, line.number)
        for line, facts in runs
        if facts.ascending_before is not None and facts.ascending_after is not None
    )
    found, widest = [], None
    for span in spans:
        if widest is not None and span[0] < widest[1]:
            found.append(_overlap([widest[2], span[2]], "cover the same registers"))
        if widest is None or span[1] > widest[1]:
            widest = span
    same: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for line, facts in runs:
        if facts.ascending_before is None:
            stream = facts.stream.id if facts.stream else None
            key = (facts.budget_unit.id, facts.mail_class, facts.mail_shape, facts.weight_step, stream)
            same[key].append(line.number)
    found += [
        _overlap(numbers, "are of one account, class, shape and weight step")
        for numbers in same.values()
        if len(numbers) > 1
    ]
    return found


def _duplicate(session: Session, data: bytes) -> Finding | None:
    sha256 = hashlib.sha256(data).hexdigest()
    first = session.scalars(select(MeterImport).filter_by(sha256=sha256)).first()
    if first is None:
        return None
    return Finding(
        "METER_DUPLICATE",
        Severity.STOP,
        f"This file was taken in on {business_date(first.imported_at):%m/%d/%Y} as {first.given_name}.",
        "Nothing needs to be done.",
    )


def _accounts(session: Session, lines: Sequence[Line]) -> dict[tuple[str, str], BudgetUnit]:
    codes = {line.cells["agency"] for line in lines}
    query = select(Agency.code, BudgetUnit).join(BudgetUnit, BudgetUnit.agency_id == Agency.id)
    rows = session.execute(query.where(Agency.code.in_(codes)))
    return {(code, unit.bill_code): unit for code, unit in rows}


def _streams(session: Session, lines: Sequence[Line]) -> dict[str, PresortStream]:
    numbers = {line.cells.get(STREAM, "") for line in lines} - {""}
    query = select(PresortStream).where(PresortStream.number.in_(numbers))
    return {stream.number: stream for stream in session.scalars(query)}


def _facts(
    line: Line,
    sheet: MeterSheet,
    meter: Meter,
    accounts: Mapping[tuple[str, str], BudgetUnit],
    streams: Mapping[str, PresortStream],
    latest: date,
) -> RunFacts | list[Finding]:
    cells = line.cells
    account = accounts.get((cells["agency"], cells["bill_code"]))
    day, pieces = _date(cells["day"]), cells["pieces"]
    amount = _money(cells["amount"])
    before, after = (_money(cells.get(name, "")) for name in REGISTERS)
    problems = [
        (cells["meter"] != meter.serial_number, f"The line is of meter {cells['meter'][:40]!r}."),
        (day is None, "The day is not written YYYY-MM-DD."),
        (day is not None and day > latest, "The day is still to come."),
        (day is not None and day != sheet.day, f"The sheet is for {sheet.day.isoformat()}."),
        (account is None, "The agency or its account is not known."),
        (bool(cells.get(STREAM)) and cells[STREAM] not in streams, "There is no stream with this number."),
        (not (pieces.isascii() and pieces.isdigit() and len(pieces) <= 9), "The pieces are not a count."),
        (amount is None, "The amount is not money."),
        (
            any(
                cells.get(name) and value is None
                for name, value in zip(REGISTERS, (before, after), strict=True)
            ),
            "A register is not money.",
        ),
        ((before is None) != (after is None), "One of the two registers is missing."),
    ]
    findings = [_line(message, line.number) for is_wrong, message in problems if is_wrong]
    if findings or account is None or amount is None:
        return findings
    facts = RunFacts(
        account, cells["class"], cells["shape"], cells["weight_step"], int(pieces), amount, before, after,
        streams.get(cells.get(STREAM, "")),
    )  # fmt: skip
    wrong = [_line(finding.message, line.number) for finding in run_findings(facts)]
    if before is not None and after is not None and after - before != amount:
        message = f"The register moves by ${after - before}, the amount is ${amount}."
        wrong.append(_register(message, line.number))
    return wrong or facts


def _against_registers(
    runs: Sequence[tuple[Line, RunFacts]], sheet: MeterSheet, entered: Sequence[MeterRun]
) -> list[Finding]:
    """Lines that begin before the day's opening register, or overlap runs entered before."""
    found = []
    for line, facts in runs:
        before, after = facts.ascending_before, facts.ascending_after
        if before is None or after is None:
            continue
        if before < sheet.opening_ascending:
            message = f"The register begins at ${before}, before the opening of ${sheet.opening_ascending}."
            found.append(_register(message, line.number))
        if any(_crosses(run, before, after) for run in entered):
            found.append(_overlap([line.number], "cover registers of a run that is entered already"))
    return found


def _crosses(run: MeterRun, before: Money, after: Money) -> bool:
    if run.ascending_before is None or run.ascending_after is None:
        return False
    return run.ascending_before < after and before < run.ascending_after


def _enter(
    uow: UnitOfWork, sheet: MeterSheet, runs: Sequence[RunFacts], *, data: bytes, given_name: str
) -> list[Finding]:
    """Take the content's hash first, so that of two people at once the second finds a duplicate."""
    query = (
        insert(MeterImport)
        .values(
            sha256=hashlib.sha256(data).hexdigest(), sheet_id=sheet.id, given_name=given_name[:255],
            actor=uow.actor.name, imported_at=uow.now,
        )
        .on_conflict_do_nothing()
        .returning(MeterImport.id)
    )  # fmt: skip
    if uow.session.scalar(query) is None:
        duplicate = _duplicate(uow.session, data)
        return [duplicate] if duplicate else []
    for facts in runs:
        add_run(uow, sheet, facts)
    return []


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _money(text: str) -> Money | None:
    try:
        return Money.parse(text)
    except ValueError:
        return None


def _line(message: str, number: int | None, given_name: str = "") -> Finding:
    place = Place(file=given_name, row=number)
    return Finding(
        "METER_LINE", Severity.STOP, message, "Correct the line and take the file in again.", place
    )


def _register(message: str, number: int) -> Finding:
    remedy = "Compare the line with the meter's own report."
    return Finding("METER_REGISTER", Severity.STOP, message, remedy, Place(row=number))


def _overlap(numbers: Sequence[int], why: str) -> Finding:
    listed = ", ".join(str(number) for number in numbers)
    word = "Lines" if len(numbers) > 1 else "The spans of line"
    remedy = "Join the lines, or leave out those that were entered before."
    return Finding("METER_OVERLAP", Severity.STOP, f"{word} {listed} {why}.", remedy, Place(row=numbers[0]))


def _placed(finding: Finding, given_name: str) -> Finding:
    place = Place(file=given_name, row=finding.place.row)
    return Finding(finding.code, finding.severity, finding.message, finding.remedy, place)
