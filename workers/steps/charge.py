"""Charge the usage of a stream or of a single job."""

from __future__ import annotations

from sqlalchemy import select

from billing.charging import charge_job, charge_stream
from production.jobs.models import Job
from production.mailings.models import PresortStream
from store.db import UnitOfWork
from store.plant import Plant
from workers.registry import Record, Work


def charge(_plant: Plant, work: Work) -> Record:
    """Nothing to work out beforehand: usage becomes charges in the transaction that records the step."""

    def record(uow: UnitOfWork) -> None:
        stream = uow.session.scalars(select(PresortStream).filter_by(ulid=work.subject)).first()
        if stream is not None:
            charge_stream(uow, stream)
            return
        charge_job(uow, uow.session.scalars(select(Job).filter_by(ulid=work.subject)).one())

    return record
