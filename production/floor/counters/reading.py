"""A counter is read: typed or scanned from its display, or many from a file; a difference to the claims is a case.

Readings of a machine come one after the other, by the time at which they were read.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.clock import SHOP_ZONE
from kernel.errors import InvalidInput, NotFound
from kernel.findings import Finding, Place, Severity
from kernel.ids import new_ulid
from production.catalog.models import WorkCenter
from production.floor.counters.claims import claimed
from production.floor.counters.models import CounterCase, CounterReading
from production.floor.counters.setup import CounterValue, counters
from store.db import UnitOfWork

COLUMNS = ("machine", "time", "counter")
_MOST_LINES = 10_000
_NEAR = Decimal("0.1")  # a counter rolls over from its last tenth into its first; shop to confirm
_REMEDY = "Read the display again; a counter that was set back or changed is read as starting anew, with the reason."


@dataclass(frozen=True, slots=True)
class Shown:
    """What a display showed, and when."""

    work_center: str
    value: int
    at: datetime
    source: str = "typed"
    starts_anew: bool = False
    reason: str = ""


def read(uow: UnitOfWork, shown: Shown) -> CounterCase | None:
    """Keep a reading; gives the case that it opens. NotFound for a machine without a counter; InvalidInput COUNTER."""
    counter = _counter(uow.session, shown.work_center)
    uow.session.get_one(WorkCenter, counter.work_center, with_for_update=True)  # one reading after the other
    before = last(uow.session, counter.work_center)
    _refuse(uow, counter, before, shown)
    row = CounterReading(
        work_center=counter.work_center, value=shown.value, starts_anew=shown.starts_anew, reason=shown.reason.strip(),
        source=shown.source[:200], actor=uow.actor.name, occurred_at=shown.at, recorded_at=uow.now,
    )  # fmt: skip
    uow.session.add(row)
    uow.audit("counter", None, "read", of=counter.work_center, value=shown.value, source=shown.source)
    return _case(uow, counter, before, row) if before and not shown.starts_anew else None


def last(session: Session, work_center: str) -> CounterReading | None:
    """The newest reading of a machine."""
    query = (
        select(CounterReading).filter_by(work_center=work_center).order_by(CounterReading.occurred_at.desc())
    )
    return session.scalars(query.limit(1)).first()


def counted(before: int, after: int, rolls_over_at: int) -> int | None:
    """How many went through between two readings; None where the counter went back and did not roll over."""
    if after >= before:
        return after - before
    is_near = before >= rolls_over_at * (1 - _NEAR) and after < rolls_over_at * _NEAR
    return after + rolls_over_at - before if is_near else None


def read_file(uow: UnitOfWork, data: bytes, name: str) -> tuple[int, list[CounterCase]]:
    """All lines of a file or none: how many readings are new, and the cases that they open. Readings that are known are
    passed over. InvalidInput COUNTER with every line that is wrong.
    """
    lines, findings = _lines(data, name)
    new, cases = 0, list[CounterCase]()
    for number, shown in sorted(lines, key=lambda line: line[1].at):
        try:
            if not _is_known(uow.session, shown):
                case = read(uow, shown)
                new, cases = new + 1, cases + ([case] if case else [])
        except (InvalidInput, NotFound) as error:
            findings.append(_wrong(error.sentence, name, number))
    if findings:
        raise InvalidInput("No reading of this file was taken.", code="COUNTER", findings=findings)
    return new, cases


def _counter(session: Session, work_center: str) -> CounterValue:
    said = work_center.strip().lower()
    names = {row.code: row.name.lower() for row in session.scalars(select(WorkCenter))}
    for row in counters(session):
        if said in (row.work_center, names.get(row.work_center)):
            return row
    raise NotFound(
        f"No counter is kept of a machine called {said[:60]}.",
        remedy="Counters of machines are entered under Setup.",
    )


def _refuse(uow: UnitOfWork, counter: CounterValue, before: CounterReading | None, shown: Shown) -> None:
    if not 0 <= shown.value < counter.rolls_over_at:
        raise InvalidInput(
            f"A counter of {counter.digits} digits cannot show {shown.value:,}.",
            code="COUNTER",
            remedy=_REMEDY,
        )
    if shown.at > uow.now:
        raise InvalidInput("That time is still to come.", code="COUNTER", remedy="Correct the clock.")
    if before and shown.at <= before.occurred_at:
        words = f"The counter was read later than that already: it showed {before.value:,}."
        raise InvalidInput(words, code="COUNTER", remedy="Readings come in the order of their times.")
    if shown.starts_anew and not shown.reason.strip():
        raise InvalidInput("Say why the counter starts anew.", code="COUNTER", field="reason")


def _case(
    uow: UnitOfWork, counter: CounterValue, before: CounterReading, row: CounterReading
) -> CounterCase | None:
    through = counted(before.value, row.value, counter.rolls_over_at)
    said = claimed(uow.session, counter.work_center, before.occurred_at, row.occurred_at)
    if through is not None and abs(through - said) <= through * counter.tolerance_percent / 100:
        return None
    uow.session.flush()  # for the key of the reading
    case = CounterCase(
        ulid=new_ulid(uow.now), work_center=counter.work_center, since_id=before.id, until_id=row.id, counted=through,
        claimed=said, owner=uow.actor.name, opened_at=uow.now, reason="", outcome="", ended_by="", ended_at=None,
    )  # fmt: skip
    uow.session.add(case)
    return case


# -- files --------------------------------------------------------------------------------------------------


def _lines(data: bytes, name: str) -> tuple[list[tuple[int, Shown]], list[Finding]]:
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        return [], [_wrong("The file is not comma-separated text in UTF-8.", name)]
    if not rows or [cell.strip().lower() for cell in rows[0]] != list(COLUMNS):
        return [], [_wrong(f"The first line must name the columns {', '.join(COLUMNS)}.", name, 1)]
    if len(rows) > _MOST_LINES:
        return [], [_wrong(f"The file has more than {_MOST_LINES:,} lines.", name)]
    lines, findings = [], []
    for number, row in enumerate(rows[1:], start=2):
        if not row:
            continue
        try:
            machine, time, value = (cell.strip() for cell in row)
            lines.append((number, Shown(machine, _whole(value), _instant(time), name)))
        except ValueError:
            words = "The line is not a machine, a time such as 2026-11-30 14:05, and whole digits."
            findings.append(_wrong(words, name, number))
    return lines, findings


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise ValueError(text)
    return int(text)


def _instant(text: str) -> datetime:
    """With its offset, else by the clock of the shop."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=SHOP_ZONE)


def _is_known(session: Session, shown: Shown) -> bool:
    center = _counter(session, shown.work_center).work_center
    query = select(CounterReading.id).filter_by(work_center=center, occurred_at=shown.at, value=shown.value)
    return session.scalars(query).first() is not None


def _wrong(sentence: str, name: str, row: int | None = None) -> Finding:
    remedy = "Correct the line and read the file again; nothing of it was taken."
    return Finding("COUNTER", Severity.STOP, sentence, remedy, Place(file=name, row=row))
