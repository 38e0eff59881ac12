"""More of a job that comes out short: what it takes by the estimate, and the lot that makes it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import Conflict, InvalidInput
from production.floor.ledger.balance import RUN
from production.floor.ledger.book import Book, book_of
from production.floor.runs import plan_make_up, steps_of
from production.frontdesk.preparation.make_up_plan import MakeUpPlan, make_up_plan
from production.jobs import tickets
from production.jobs.models import Job, LotShare, PrintRun
from production.jobs.route import lots_of
from production.jobs.states import JobState
from store.db import UnitOfWork
from store.files import FileStore

_BEFORE_LEAVING = (JobState.IN_PRODUCTION, JobState.PRODUCED)


def offer(session: Session, files: FileStore, number: str, pieces: int) -> MakeUpPlan | None:
    """What so many more take; None while more paper at a first step helps, or once it is too late."""
    job, book = _found(session, number)
    steps = book.run.to_repeat()
    return make_up_plan(session, files, job, pieces, steps) if _why_not(book, job) is None else None


def make_up(uow: UnitOfWork, files: FileStore, number: str, pieces: int, *, reason: str) -> PrintRun:
    """The lot that makes so many more. Conflict or InvalidInput MAKE_UP."""
    job, book = _found(uow.session, number)
    main = uow.session.get_one(PrintRun, book.lots[RUN])
    uow.session.refresh(main, with_for_update=True)
    job, book = _found(uow.session, number)
    if why_not := _why_not(book, job):
        raise Conflict(why_not[0], code="MAKE_UP", remedy=why_not[1])
    if not 0 < pieces <= (job.quantity or 0):
        raise InvalidInput("Say how many more, at most as many as were ordered.", code="MAKE_UP")
    plan = make_up_plan(uow.session, files, job, pieces, book.run.to_repeat())
    steps = steps_of(uow.session, plan.operations)
    lot = plan_make_up(uow, main, [(job, pieces)], steps, reason=reason.strip())
    tickets.ask(uow, lot)
    return lot


def _found(session: Session, number: str) -> tuple[Job, Book]:
    job = session.scalars(select(Job).filter_by(number=number)).one()
    lot = session.scalars(lots_of(job).order_by(LotShare.lot_id)).first()
    return job, book_of(session, lot or 0)


def _why_not(book: Book, job: Job) -> tuple[str, str] | None:
    """What keeps a make-up from being ordered, and what helps instead."""
    if job.state not in _BEFORE_LEAVING:
        return f"Job {job.number} is not on the floor.", "Order it again."
    if not book.run.to_repeat():
        return "No step is finished yet of which too little comes.", "Put in more at the first step."
    if any(not step.is_done for step in book.run.steps if step.book != RUN):
        return "A make-up of it is on its way.", "Count that first."
    return None
