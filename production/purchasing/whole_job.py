"""A job that is bought whole, and made in house after all: its run, and the paper that is kept for it."""

from __future__ import annotations

from production.floor.outsourcing import send_out_whole, take_in_house
from production.frontdesk.preparation.worksheet import paper_needs
from production.jobs.models import Job, Operation
from production.purchasing.models import Choice, MakeOrBuy
from production.stockroom.reserving import reserve
from store.db import UnitOfWork
from store.files import FileStore


def buy_whole(uow: UnitOfWork, job: Job) -> Operation:
    """The one step that is left of it: outside. Conflict RUN_OUTSIDE."""
    step = send_out_whole(uow, job)
    reserve(uow, job, [])
    return step


def follow(uow: UnitOfWork, files: FileStore, decision: MakeOrBuy) -> None:
    """Decided to be made in house, a job that was to be bought whole has its route again. Conflict RUN_OUTSIDE once its
    order is sent.
    """
    job = decision.job
    if decision.choice is Choice.MAKE and decision.operation_id is None and take_in_house(uow, job):
        reserve(uow, job, paper_needs(uow.session, files, job))
