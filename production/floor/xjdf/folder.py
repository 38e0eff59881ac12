"""The folder between us and a machine that speaks XJDF: tickets go in whole or not at all, messages are read once.

A ticket is checked before anything is on record; then intent, PDF, ticket, receipt, as for every file that a machine
prints by itself. What came back is on record before its file is put away, so that a killed reading loses and doubles
nothing.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import clock
from kernel.errors import InvalidInput, NotFound, Unavailable
from kernel.findings import Finding, Place, Severity
from production.floor import sending
from production.floor.operations import find_ticket
from production.floor.xjdf.models import MachineReport
from production.floor.xjdf.reading import Read, Report
from production.floor.xjdf.ticket import Writing, write
from production.jobs.models import Lot, Operation
from production.jobs.press_tickets import press_ticket
from store.db import Actor, UnitOfWork
from store.disk import storage_errors
from store.limited.sandbox import run_limited
from store.plant import Plant

RETURNED = "returned"  # what the machine puts there is read, whatever its name
_MESSAGES = ("*.xjmf", f"{RETURNED}/*.xjmf", f"{RETURNED}/*.xjdf", f"{RETURNED}/*.xml")
_READ, _REFUSED = "read", "refused"
_MOST_FILES = 1_000  # at once
_READING = "production.floor.xjdf.reading.read"
_REMEDY = "Have the machine's software write it anew; the machine itself goes on."


@dataclass(frozen=True, slots=True)
class Sent:
    """What lies in the folder now."""

    ticket: str
    xjdf: str
    pdf: str
    checked_by: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that came back: how many of its reports are new, and what is wrong."""

    file: str
    reports: int
    new: int
    findings: tuple[Finding, ...]


def send(
    plant: Plant, actor: Actor, ticket: str, folder: Path, *, schema: str = "", reason: str = ""
) -> Sent:
    """Ticket and print file. Conflict PRINT_FILE, STATE, SENT; InvalidInput XJDF_INVALID; Unavailable PRINT_FOLDER."""
    with plant.db.read_only(actor) as session:
        operation = find_ticket(session, ticket)
        sending.require_printable(session, operation)
        asked = press_ticket(session, plant.files, operation)
        lot = session.get_one(Lot, operation.lot_id).number
    pdf, name = f"{operation.ticket}.pdf", f"{operation.ticket}.xjdf"
    written = write(asked, Writing(lot, operation.ticket, pdf, clock.now()))
    checked_by = _check(written, schema)
    with plant.db.unit_of_work(actor) as uow:
        intent = sending.intend(uow, ticket, reason=reason)
    sending.place(plant.files, folder, intent)
    sending.put(folder, name, io.BytesIO(written))
    with plant.db.unit_of_work(actor) as uow:
        sending.receipt(uow, intent)
    return Sent(operation.ticket, name, pdf, checked_by)


def _check(written: bytes, schema: str) -> str:
    with tempfile.NamedTemporaryFile(suffix=".xjdf") as file:
        file.write(written)
        file.flush()
        found = _read(Path(file.name), schema)
    if found.findings:
        raise InvalidInput(
            "The ticket that was written is no XJDF.", code="XJDF_INVALID", findings=list(found.findings)
        )
    return found.checked_by


def _read(path: Path, schema: str) -> Read:
    result = run_limited(_READING, {"path": str(path), "schema": schema}, Read, memory_bytes=512 << 20)
    if result.is_ok:
        return result.value
    words = "It cannot be read within the limits of a message."
    return Read((result.finding("XJDF_INVALID", words, _REMEDY),))


def take_in(plant: Plant, actor: Actor, folder: Path, *, schema: str = "") -> Iterator[Taken]:
    """Every message that lies there, the oldest name first; each is put away once it is on record."""
    paths = sorted({path for pattern in _MESSAGES for path in folder.glob(pattern)})
    for path in [one for one in paths if is_plain(one)][:_MOST_FILES]:
        found = _read(path, schema)
        new, findings = 0, [replace(one, place=replace(one.place, file=path.name)) for one in found.findings]
        with plant.db.unit_of_work(actor) as uow:
            for report in found.reports:
                wrong = _unlike(uow, path.name, report)
                findings += [wrong] if wrong else []
                new += 0 if wrong else _keep(uow, path.name, report)
        put_away(path, folder, findings)
        yield Taken(path.name, len(found.reports), new, tuple(findings))


def _unlike(uow: UnitOfWork, file: str, report: Report) -> Finding | None:
    """A report of a ticket that is not ours."""
    try:
        find_ticket(uow.session, report.ticket)
    except (NotFound, InvalidInput):
        words = f"{report.device} reports of {report.ticket}, which is no ticket of ours."
        return Finding(
            "XJDF_INVALID", Severity.WARN, words, "Look at the machine's own list.", Place(file=file)
        )
    return None


def _keep(uow: UnitOfWork, file: str, report: Report) -> bool:
    operation = find_ticket(uow.session, report.ticket)
    same = {
        "device": report.device, "message": report.message, "occurred_at": report.at, "operation_id": operation.id,
    }  # fmt: skip
    uow.session.get_one(
        Lot, operation.lot_id, with_for_update=True
    )  # two readings of one folder, one after the other
    if uow.session.scalars(select(MachineReport.id).filter_by(**same)).first() is not None:
        return False
    uow.session.add(
        MachineReport(
            **same, state=report.state, good=report.good, waste=report.waste, file=file[:200], actor=uow.actor.name,
            recorded_at=uow.now,
        )
    )  # fmt: skip
    return True


def is_plain(path: Path) -> bool:
    """A file that is whole by its name, and nothing that leads elsewhere."""
    return path.is_file() and not path.is_symlink() and path.name[0] != "."


def put_away(path: Path, folder: Path, findings: Sequence[Finding]) -> None:
    """To what was read, or was refused: that with a text beside it which says why. Unavailable PRINT_FOLDER."""
    there = folder / (_REFUSED if findings else _READ)
    try:
        with storage_errors():
            there.mkdir(exist_ok=True)
            if findings:
                why = (f"{one.message} {one.remedy}\n" for one in findings)
                (there / f"{path.name}.why.txt").write_text("".join(why), "utf-8")
            path.replace(there / path.name)
    except OSError as error:
        raise Unavailable("The folder of the machine cannot be written.", code="PRINT_FOLDER") from error


def reports_of(session: Session, operation: Operation) -> list[MachineReport]:
    """What machines said of it, by their clocks."""
    query = select(MachineReport).filter_by(operation_id=operation.id)
    return list(session.scalars(query.order_by(MachineReport.occurred_at, MachineReport.id)))
