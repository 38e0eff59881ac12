"""A print file to a printer: asked for, begun, answered, followed; never printed twice by us.

The intent is on record before the printer hears of it. The job's name there is ticket and attempt: where the answer is
lost, it is looked for by that name before anything is sent again, and what is not found may have come and gone, so that
a person decides.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import Conflict, InvalidInput, NotFound, ShopError
from kernel.ids import new_ulid
from production.catalog.models import OperationType
from production.floor.operations import find_ticket
from production.floor.printers.capabilities import (
    FINISHINGS,
    Lack,
    job_attributes,
    lacks,
    of_document,
    of_job,
    said_of,
    takes_documents,
)
from production.floor.printers.client import Attributes, Away, Declined, Printer
from production.floor.printers.client import Operation as Ask
from production.floor.printers.models import OF_IPP, ON_PRINTER, UNSENT, DeviceJob, Phase
from production.floor.printers.setup import printer_of
from production.floor.sending import refuse_again, require_printable
from production.jobs import lifecycle
from production.jobs.models import Lot, Operation
from production.jobs.press_tickets import press_ticket
from store import outbox
from store.crash_points import reach
from store.db import UnitOfWork
from store.files import FileStore

TASK = "print_on_device"
_AGAIN = (1, 5, 15, 60)  # minutes until the next try with a printer that is away
_LOOK = timedelta(seconds=10)  # after an answer was lost: the printer has its list in order by then
_WAITS = {"job-incoming", "job-data-insufficient"}  # for its document, RFC 8011 5.3.8
_STEER = {"cancel": Ask.CANCEL_JOB, "hold": Ask.HOLD_JOB, "release": Ask.RELEASE_JOB}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of handing a job over, to be written down. ``again``: it is tried or looked for once more."""

    phase: Phase
    words: str = ""
    lacks: tuple[Lack, ...] = ()
    job: Attributes | None = None
    again: timedelta | None = None


def ask(
    uow: UnitOfWork,
    ticket: str,
    *,
    printer: str,
    files: FileStore,
    finishing: tuple[str, ...] = (),
    reason: str = "",
) -> DeviceJob:
    """Put on record that it is to be printed there. Conflict SENT for a second time without a reason; NotFound."""
    operation = find_ticket(uow.session, ticket)
    uow.session.refresh(
        uow.session.get_one(Lot, operation.lot_id), with_for_update=True
    )  # one after the other
    sha256 = require_printable(uow.session, operation)
    done = tuple(_in_line(uow.session, one) for one in finishing)
    where = printer_of(uow.session, printer)
    earlier = jobs_at(uow.session, operation)
    refuse_again(uow.session, operation, reason)
    attempt = 1 + max((one.attempt for one in earlier), default=0)
    for one in earlier:  # what no printer has yet goes out in this job's place, not beside it
        if is_unbegun(one):
            _take_back(one)
    asked = replace(press_ticket(uow.session, files, operation), finishing=done)
    job = DeviceJob(
        ulid=new_ulid(uow.now), operation_id=operation.id, attempt=attempt, printer=where,
        name=f"{operation.ticket}.{attempt}", asked=asked, phase=Phase.ASKED,
        device_id=None, reasons=(), lacks=(), impressions=None, media_sheets=None, words="", tries=0,
        actor=uow.actor.name, asked_at=uow.now, begun_at=None, seen_at=None,
    )  # fmt: skip
    uow.session.add(job)
    why = reason.strip()[:200]
    lifecycle.note(
        uow, operation, "sent_to_printer", printer=where, attempt=attempt, sha256=sha256, reason=why
    )
    outbox.request(uow, TASK, job.ulid)
    return job


def _in_line(session: Session, named: str) -> str:
    """The standard's word for what a printer does in line: by the type of an operation whose row says it, or itself.
    InvalidInput DEVICE_REFUSED.
    """
    row = session.get(OperationType, named)
    word = (row.in_line if row else None) or named
    if word not in FINISHINGS:
        raise InvalidInput(
            f"No printer does {named[:60]} in line.", code="DEVICE_REFUSED", field="finishing",
            remedy="Name an operation whose row says what printers call it, or a finishing such as staple-top-left.",
        )  # fmt: skip
    return word


def jobs_at(session: Session, operation: Operation) -> list[DeviceJob]:
    """Every job of an operation on printers, the newest first."""
    query = select(DeviceJob).filter_by(operation_id=operation.id).order_by(DeviceJob.attempt.desc())
    return list(session.scalars(query))


def is_unbegun(job: DeviceJob) -> bool:
    """Whether it waits to be sent, for the first time or again, and no printer has got anything of it."""
    return job.phase in (Phase.ASKED, Phase.AWAY) and job.begun_at is None


def take_back(uow: UnitOfWork, ulid: UUID) -> DeviceJob:
    """End a job that no printer has yet. Conflict STATE."""
    job = find(uow.session, ulid, lock=True)
    if not is_unbegun(job):
        raise Conflict("It is on its way to the printer.", code="STATE", remedy="Look again in a moment.")
    _take_back(job)
    return job


def _take_back(job: DeviceJob) -> None:
    job.phase, job.words = Phase.REFUSED, "Taken back before the printer had it."


def find(session: Session, ulid: UUID, *, lock: bool = False) -> DeviceJob:
    """NotFound."""
    query = select(DeviceJob).filter_by(ulid=ulid)
    found = session.scalars(query.with_for_update() if lock else query).first()
    if found is None:
        raise NotFound("There is no such job on a printer.")
    return found


def begin(uow: UnitOfWork, ulid: UUID) -> tuple[DeviceJob, str, bool] | None:
    """The intent: from now on nobody knows whether it was handed over, until the answer is written down. Gives the job,
    the hash of its file, and whether it was begun before; None for what has its answer.
    """
    job = find(uow.session, ulid, lock=True)
    if job.phase not in (Phase.ASKED, Phase.SENDING, Phase.AWAY):
        return None
    was_begun = job.begun_at is not None
    job.begun_at, job.phase, job.tries = uow.now, Phase.SENDING, job.tries + 1
    sha256 = uow.session.get_one(Operation, job.operation_id).file_sha256
    assert sha256  # as it had when it was asked for  # noqa: S101
    return job, sha256, was_begun


def hand_over(job: DeviceJob, printer: Printer, file: Path, *, was_begun: bool) -> Answer:
    """The act: look for it where it may be there already, else see what the printer can, and send. Where the printer
    takes a job before its document, the job has its number before anything can be printed of it.
    """
    try:
        found = _known(printer, job, was_begun=was_begun)
        if found is not None:
            return _finish(job, printer, file, found)
        if was_begun:
            words = "It may have been printed: the printer does not know the job any more. Look at its tray."
            return Answer(Phase.UNKNOWN, words)
        offers = printer.capabilities()
        lacking = tuple(lacks(offers, job.asked))
        if any(one.changes_product for one in lacking):
            return Answer(Phase.REFUSED, "The printer cannot make what is ordered.", lacking)
        said, attributes = said_of(job.name), job_attributes(offers, job.asked)
        if left_out := printer.validate(said, attributes):
            return Answer(Phase.REFUSED, f"The printer would leave out {', '.join(left_out)}.", lacking)
        number = printer.create_job(of_job(said), attributes) if takes_documents(offers) else None
    except Declined as error:
        return Answer(Phase.REFUSED, error.sentence)
    except Away as error:  # what was begun before stays begun: it is looked for once more
        return _later(job, Phase.SENDING if was_begun else Phase.AWAY, error.sentence)
    try:
        reach("mid_work")
        if number is None:
            made = printer.print_file(said, attributes, file)
        else:
            made = printer.send_document(number, of_document(said), file)
        reach("after_temp")
        return Answer(_phase(made), "", lacking, made)
    except Declined as error:
        if number is not None:
            with suppress(ShopError):  # it has no document, and the printer ends it by itself
                printer.steer(Ask.CANCEL_JOB, number)
        return Answer(Phase.REFUSED, error.sentence, lacking)
    except Away as error:
        if error.may_have_begun:
            return Answer(Phase.SENDING, error.sentence, lacking, again=_LOOK)
        return _later(job, Phase.AWAY, error.sentence)


def _known(printer: Printer, job: DeviceJob, *, was_begun: bool) -> Attributes | None:
    """The job at the printer, where an earlier try can have made it. One that ended before anything of it was sent is
    none.
    """
    found = look_for(printer, job.name) if was_begun or job.tries > 1 else None
    ended = found is not None and _phase(found) in (Phase.CANCELED, Phase.ABORTED)
    return None if ended and not was_begun else found


def _finish(job: DeviceJob, printer: Printer, file: Path, found: Attributes) -> Answer:
    """A job that is there is followed; one that still waits for its document gets it, which a printer takes once."""
    reasons = {str(value.of) for value in found.get("job-state-reasons", ())}
    number = number_of(found, "job-id")
    if number is None or _phase(found) not in (Phase.PENDING, Phase.HELD) or not reasons & _WAITS:
        return Answer(_phase(found), job=found)
    try:
        made = printer.send_document(number, of_document(said_of(job.name)), file)
        return Answer(_phase(made), job=made)
    except (Declined, Away) as error:
        return _later(job, Phase.SENDING, error.sentence)


def _later(job: DeviceJob, phase: Phase, words: str) -> Answer:
    """Another try after a while; after the last one a person sees it: away, or unknown where it may be there."""
    if job.tries > len(_AGAIN):
        return Answer(Phase.UNKNOWN if phase is Phase.SENDING else phase, words)
    return Answer(phase, words, again=timedelta(minutes=_AGAIN[job.tries - 1]))


def record(uow: UnitOfWork, ulid: UUID, answer: Answer) -> None:
    """What came of it."""
    job = find(uow.session, ulid, lock=True)
    job.phase, job.words, job.lacks = answer.phase, answer.words, answer.lacks or job.lacks
    if answer.phase in UNSENT:
        job.begun_at = None
    if answer.job is not None:
        _take(uow, job, answer.job)
    if answer.again is not None:
        outbox.request(uow, TASK, job.ulid, delay=answer.again, turn=job.tries)


def look_for(printer: Printer, name: str) -> Attributes | None:
    """The job of that name in the printer's two lists."""
    for is_completed in (False, True):
        for one in printer.jobs(is_completed=is_completed):
            if text_of(one, "job-name") == name:
                return one
    return None


def followed(session: Session) -> list[DeviceJob]:
    """Jobs that printers have and have not ended."""
    return list(
        session.scalars(select(DeviceJob).where(DeviceJob.phase.in_(ON_PRINTER)).order_by(DeviceJob.id))
    )


def see(uow: UnitOfWork, ulid: UUID, found: Attributes) -> None:
    """How a job stands now, as its printer says; nothing changes of one that has ended."""
    job = find(uow.session, ulid, lock=True)
    if job.phase in (*ON_PRINTER, Phase.UNKNOWN):
        job.phase = _phase(found)
        _take(uow, job, found)


def _take(uow: UnitOfWork, job: DeviceJob, found: Attributes) -> None:
    """Counts only rise: a printer that forgets what it counted does not take it back."""
    job.device_id = number_of(found, "job-id") or job.device_id
    job.reasons = tuple(str(value.of)[:200] for value in found.get("job-state-reasons", ()))[:20]
    impressions, sheets = (
        number_of(found, f"job-{what}-completed") for what in ("impressions", "media-sheets")
    )
    job.impressions = max(filter(None, (job.impressions, impressions)), default=impressions)
    job.media_sheets = max(filter(None, (job.media_sheets, sheets)), default=sheets)
    job.seen_at = uow.now


def steer(printer: Printer, job: DeviceJob, verb: str) -> Attributes:
    """Cancel, hold or release it at the printer; gives how it stands then. Conflict STATE, Away, Declined."""
    if job.device_id is None or job.phase not in ON_PRINTER:
        raise Conflict("The printer has no such job any more.", code="STATE")
    printer.steer(_STEER[verb], job.device_id)
    return printer.job(job.device_id)


def _phase(found: Attributes) -> Phase:
    return OF_IPP.get(number_of(found, "job-state") or 0, Phase.PENDING)


def number_of(attributes: Attributes, name: str) -> int | None:
    """The first whole number of an attribute that is not below zero."""
    numbers = (value.of for value in attributes.get(name, ()))
    return next(
        (one for one in numbers if isinstance(one, int) and not isinstance(one, bool) and one >= 0), None
    )


def text_of(attributes: Attributes, name: str) -> str:
    """The first text of an attribute."""
    return next((value.of for value in attributes.get(name, ()) if isinstance(value.of, str)), "")
