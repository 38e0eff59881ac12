"""A print step beside its printers, for the page of its jobs there: what is where, and which printer can make it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import Conflict, ShopError
from kernel.findings import Finding
from kernel.ids import show_ulid
from production.catalog.models import OperationType
from production.floor.operations import find_ticket
from production.floor.printers.capabilities import Lack, finishes, lacks
from production.floor.printers.client import Attributes
from production.floor.printers.client import Operation as Ask
from production.floor.printers.counted import differences, reported
from production.floor.printers.models import ON_PRINTER, DeviceJob, Phase, PrinterOffer
from production.floor.printers.offers import kept, offers_of, told
from production.floor.printers.printing import is_unbegun, jobs_at
from production.floor.printers.setup import PrinterValue, printers
from production.floor.sending import require_printable, was_sent
from production.floor.xjdf.folder import reports_of
from production.floor.xjdf.models import MachineReport
from production.jobs.models import Operation
from production.jobs.press_tickets import PressTicket, press_ticket
from store.files import FileStore

_STEERS = {  # phase to acts, each with what the printer must offer for it
    Phase.PENDING: ("hold", "cancel"), Phase.HELD: ("release", "cancel"), Phase.PRINTING: ("cancel",),
    Phase.STOPPED: ("cancel",),
}  # fmt: skip
_ASKED = {"hold": Ask.HOLD_JOB, "release": Ask.RELEASE_JOB, "cancel": Ask.CANCEL_JOB}


@dataclass(frozen=True)
class JobThere:
    """A job on a printer, and what a person can do to it."""

    key: str
    row: DeviceJob
    acts: tuple[str, ...]
    can_restart: bool


@dataclass(frozen=True)
class Choice:
    """A printer: what it says that it can, and what of this ticket it lacks: None while nobody asked it."""

    code: str
    name: str
    work_center: str
    offer: PrinterOffer | None
    says: tuple[tuple[str, str], ...]
    lacks: tuple[Lack, ...] | None
    in_line: tuple[str, ...] = ()  # names of later steps of the run that it does in the same pass

    @property
    def refuses(self) -> bool:
        """Whether something else would come out of it."""
        return any(one.changes_product for one in self.lacks or ())


@dataclass(frozen=True)
class Panel:
    """A print step and its printers. ``asked``: what is to be sent; ``why_not``: why nothing can be sent now."""

    ticket: str
    state: str
    jobs: list[JobThere]
    choices: list[Choice]
    asked: PressTicket | None
    why_not: str
    was_sent: bool
    reports: list[MachineReport]
    findings: list[Finding]

    @property
    def is_moving(self) -> bool:
        """Whether something may change by itself."""
        waits = (*ON_PRINTER, Phase.ASKED, Phase.SENDING, Phase.AWAY)
        return any(one.row.phase in waits for one in self.jobs)

    @property
    def since(self) -> str:
        """What differs once something has changed."""
        return ".".join(
            f"{one.row.attempt}{one.row.phase}{one.row.impressions or 0}{len(one.row.reasons)}"
            for one in self.jobs
        )


def panel(session: Session, files: FileStore, ticket: str) -> Panel:
    """NotFound."""
    operation = find_ticket(session, ticket)
    asked, why_not = None, ""
    try:
        require_printable(session, operation)
        asked = press_ticket(session, files, operation)
    except Conflict as error:
        why_not = _said(error)
    later = in_line_after(session, operation)
    rows, offers, reports = jobs_at(session, operation), kept(session), reports_of(session, operation)
    return Panel(
        operation.ticket,
        operation.state.value,
        [_job_there(row, offers_of(offers.get(row.printer))) for row in rows],
        [_choice(one, offers.get(one.code), asked, later) for one in printers(session)],
        asked,
        why_not,
        was_sent(session, operation),
        reports,
        [*differences(session, operation, rows), *reported(operation, reports)],
    )


def _said(error: ShopError) -> str:
    return f"{error.sentence} {error.remedy or ''}".strip()


def _job_there(row: DeviceJob, offers: Attributes | None) -> JobThere:
    acts = _STEERS.get(row.phase, ("cancel",) if is_unbegun(row) else ())
    known = {one.of for one in (offers or {}).get("operations-supported", ())}
    possible = tuple(act for act in acts if not known or _ASKED[act] in known)
    ended = (Phase.REFUSED, Phase.UNKNOWN, Phase.CANCELED, Phase.ABORTED, Phase.COMPLETED)
    return JobThere(show_ulid(row.ulid), row, possible, row.phase in ended)


def _choice(
    row: PrinterValue, offer: PrinterOffer | None, asked: PressTicket | None, later: dict[str, str]
) -> Choice:
    offers = offers_of(offer)
    if offers is None:
        return Choice(row.code, row.name, row.work_center, offer, (), None)
    lacking = tuple(lacks(offers, asked)) if asked else None
    does = tuple(name for word, name in later.items() if finishes(offers, word))
    return Choice(row.code, row.name, row.work_center, offer, tuple(told(offers)), lacking, does)


def in_line_after(session: Session, operation: Operation) -> dict[str, str]:
    """Steps behind a print step that printers may do in the same pass: the standard's word to the name of the step.
    Only what comes one after the other directly behind it: a sheet that is cut first cannot be stapled by the press.
    """
    query = select(Operation, OperationType).join(OperationType, OperationType.code == Operation.type)
    rows = session.execute(query.where(Operation.lot_id == operation.lot_id).order_by(Operation.step)).all()
    found, last = dict[str, str](), operation.step
    for row, kind in rows:
        if list(row.needs) != [last]:
            continue
        word = (row.made_as or kind).in_line
        if word is None:
            break
        found[word], last = kind.name, row.step
    return found


def done_in_line(session: Session, ticket: str, printer: str) -> tuple[str, ...]:
    """Of what comes behind a print step that which this printer said it does in the same pass."""
    offers = offers_of(session.get(PrinterOffer, printer)) or {}
    return tuple(one for one in in_line_after(session, find_ticket(session, ticket)) if finishes(offers, one))
