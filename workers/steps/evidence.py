"""Make the evidence packet of a mailing that left."""

from __future__ import annotations

from sqlalchemy import select

from billing.evidence import read_evidence
from production.dock.evidence.packet import make_packet
from production.dock.evidence.records import record_packet
from production.mailings.models import Mailing
from store.db import system_actor
from store.plant import Plant
from workers.registry import Record, Work


def evidence(plant: Plant, work: Work) -> Record:
    """Read on one instant, made outside of any transaction, kept by its hash."""
    with plant.db.read_only(system_actor("evidence")) as session:
        mailing = session.scalars(select(Mailing).filter_by(ulid=work.subject)).one()
        facts = read_evidence(session, mailing)
    ref = plant.files.keep(make_packet(plant.files, facts, work.folder), "application/zip")
    return lambda uow: record_packet(uow, mailing, ref)
