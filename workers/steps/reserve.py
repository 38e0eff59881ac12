"""An item of the stockroom came after a job was released: what the job was planned with is reserved now."""

from __future__ import annotations

from sqlalchemy import select

from production.frontdesk.preparation.worksheet import paper_needs
from production.jobs.models import Job
from production.stockroom.picking import SHELF
from production.stockroom.reserving import TAKES
from production.stockroom.reserving import reserve as reserve_needs
from store.db import UnitOfWork
from store.plant import Plant
from workers.registry import Record, Work


def reserve(plant: Plant, work: Work) -> Record:
    """All needs of a job that still takes something, anew."""

    def record(uow: UnitOfWork) -> None:
        job = uow.session.scalars(select(Job).filter_by(ulid=work.subject)).one()
        if job.state in TAKES and job.product != SHELF:
            reserve_needs(uow, job, paper_needs(uow.session, plant.files, job))

    return record
