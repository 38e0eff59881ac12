"""What printers say of the jobs they have, asked again and again; and what a person has done to one there.

No transaction is open while a printer is asked.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from kernel.errors import Conflict, NotFound, ShopError
from production.floor.operations import find_ticket
from production.floor.printers import printing
from production.floor.printers.client import Declined
from production.floor.printers.models import ON_PRINTER, DeviceJob, Phase
from production.floor.printers.setup import reached
from production.jobs import lifecycle
from production.jobs.models import Operation
from store.db import Actor, UnitOfWork
from store.plant import Plant


def look(plant: Plant, actor: Actor, ulid: UUID) -> DeviceJob:
    """Ask the printer how a job stands, and write it down. DEVICE_AWAY while it cannot be reached."""
    with plant.db.read_only(actor) as session:
        job = printing.find(session, ulid)
        printer = reached(session, job.printer, plant.settings.data_dir)
    if job.device_id is None:
        return job
    found = printer.job(job.device_id)
    with plant.db.unit_of_work(actor) as uow:
        printing.see(uow, ulid, found)
        return printing.find(uow.session, ulid)


def look_at_all(plant: Plant, actor: Actor) -> int:
    """Every job that a printer has; gives how many answered. One printer that is away keeps no other waiting."""
    with plant.db.read_only(actor) as session:
        jobs = printing.followed(session)
    away: set[str] = set()
    for job in jobs:
        if job.printer not in away:
            try:
                look(plant, actor, job.ulid)
            except ShopError:
                away.add(job.printer)
    return sum(job.printer not in away for job in jobs)


def steer(plant: Plant, actor: Actor, ticket: str, ulid: UUID, verb: str) -> DeviceJob:
    """Cancel, hold or release a job at its printer. Conflict STATE, DEVICE_REFUSED; DEVICE_AWAY; NotFound."""
    with plant.db.read_only(actor) as session:
        job = _of_ticket(session, ticket, ulid)
        printer = reached(session, job.printer, plant.settings.data_dir)
    if verb == "cancel" and printing.is_unbegun(job):
        with plant.db.unit_of_work(actor) as uow:
            _note(uow, job, verb)
            return printing.take_back(uow, ulid)
    try:
        found = printing.steer(printer, job, verb)
    except Declined as error:
        remedy = "Do it at the printer itself; this page follows."
        raise Conflict(f"The printer did not {verb} it.", code="DEVICE_REFUSED", remedy=remedy) from error
    with plant.db.unit_of_work(actor) as uow:
        printing.see(uow, ulid, found)
        _note(uow, job, verb)
        return printing.find(uow.session, ulid)


def restart(plant: Plant, actor: Actor, ticket: str, ulid: UUID, reason: str) -> tuple[DeviceJob, bool]:
    """Send it to the same printer once more, and whether that was done: not where the printer has it after all.
    Conflict STATE while the printer has it, SENT without a reason where it may be printed; DEVICE_AWAY, DEVICE_REFUSED.
    """
    with plant.db.read_only(actor) as session:
        job = _of_ticket(session, ticket, ulid)
        printer = reached(session, job.printer, plant.settings.data_dir)
    if job.phase is Phase.UNKNOWN and (found := printing.look_for(printer, job.name)):
        with plant.db.unit_of_work(actor) as uow:
            printing.see(uow, ulid, found)
            return printing.find(uow.session, ulid), False
    if job.phase in ON_PRINTER:
        job = look(plant, actor, ulid)
    if job.phase in (*ON_PRINTER, Phase.SENDING):
        raise Conflict("The printer still has it.", code="STATE", remedy="Cancel it first.")
    with plant.db.unit_of_work(actor) as uow:
        finishing = job.asked.finishing
        again = printing.ask(
            uow, ticket, printer=job.printer, files=plant.files, finishing=finishing, reason=reason
        )
        return again, True


def _of_ticket(session: Session, ticket: str, ulid: UUID) -> DeviceJob:
    job = printing.find(session, ulid)
    if job.operation_id != find_ticket(session, ticket).id:
        raise NotFound("There is no such job on a printer.")
    return job


def _note(uow: UnitOfWork, job: DeviceJob, verb: str) -> None:
    operation = uow.session.get_one(Operation, job.operation_id)
    lifecycle.note(uow, operation, f"printer_{verb}", printer=job.printer, attempt=job.attempt)
