"""Picked up at the counter: the agency reads a code on its page and says it there. Good once, and a few tries long."""

from __future__ import annotations

import secrets

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kernel.errors import Conflict, refused_field
from production.dock.models import PickUpCode
from production.dock.stops import LEAVES_BY, PICK_UP
from production.jobs import lifecycle
from production.jobs.models import DeliveryStop, Job
from store.db import UnitOfWork

TRIES = 5
DIGITS = 6
BY_CODE = "by its pick-up code"


def announce(uow: UnitOfWork, job: Job, stop: DeliveryStop) -> None:
    """What waits at the counter gets its code, and its agency is told; once."""
    if LEAVES_BY[stop.way] != PICK_UP or uow.session.get(PickUpCode, stop.id) is not None:
        return
    _add(uow, job, stop)
    lifecycle.note(uow, job, "pick_up_ready", position=stop.position)


def make_anew(uow: UnitOfWork, job: Job, position: int) -> None:
    """Another code, after too many wrong ones or because the old one got into wrong hands. Conflict STOP_LEFT where it
    was picked up, PICK_UP_CODE where nothing waits.
    """
    stop = uow.session.scalars(select(DeliveryStop).filter_by(job_id=job.id, position=position)).first()
    row = uow.session.get(PickUpCode, stop.id) if stop else None
    if stop is None or row is None:
        raise Conflict("Nothing of it waits at the counter yet.", code="PICK_UP_CODE")
    if row.used_at is not None:
        raise Conflict("It has been picked up already.", code="STOP_LEFT")
    uow.session.execute(delete(PickUpCode).filter_by(stop_id=stop.id))
    _add(uow, job, stop)
    lifecycle.note(uow, job, "pick_up_code_anew", position=position)


def _add(uow: UnitOfWork, job: Job, stop: DeliveryStop) -> None:
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    uow.session.add(PickUpCode(stop_id=stop.id, job_id=job.id, code=code, wrong=0, made_at=uow.now))


def fits(uow: UnitOfWork, job: Job, position: int | None, said: str) -> bool:
    """Is this the code of the stop that is picked up? A wrong one is counted, so that this is a transaction of its own.
    Conflict PICK_UP_CODE after too many; True where there is no code to ask for.
    """
    query = select(PickUpCode).join(DeliveryStop, DeliveryStop.id == PickUpCode.stop_id)
    query = query.where(PickUpCode.job_id == job.id, PickUpCode.used_at.is_(None))
    query = query.where(DeliveryStop.position == position) if position else query
    row = uow.session.scalars(query.order_by(DeliveryStop.position).with_for_update(of=PickUpCode)).first()
    if row is None:
        return True
    if row.wrong >= TRIES:
        raise Conflict(
            "This code was said wrong too often.", code="PICK_UP_CODE",
            remedy="The agency makes another on the page of its order, or say how you know the person.",
        )  # fmt: skip
    is_right = secrets.compare_digest(row.code.encode(), "".join(said.split()).encode())
    row.wrong += not is_right
    return is_right


def spend(uow: UnitOfWork, stop: DeliveryStop, known_by: str) -> str | None:
    """How the person was known who picks it up: the code is used up with that. InvalidInput PICK_UP_CODE where neither
    code nor another way was said.
    """
    row = uow.session.get(PickUpCode, stop.id)
    if row is None:
        return known_by.strip()[:200] or None
    if not known_by.strip():
        raise refused_field(
            "PICK_UP_CODE", "code", "Ask for the pick-up code, or say how you know the person."
        )
    row.used_at = uow.now
    return known_by.strip()[:200]


def codes_of(session: Session, job: Job) -> dict[int, str]:
    """Codes of what waits at the counter, by place of the stop in the order, as the agency reads them."""
    query = select(DeliveryStop.position, PickUpCode.code).join(
        DeliveryStop, DeliveryStop.id == PickUpCode.stop_id
    )
    query = query.where(PickUpCode.job_id == job.id, PickUpCode.used_at.is_(None))
    half = DIGITS // 2
    return {position: f"{code[:half]} {code[half:]}" for position, code in session.execute(query)}
