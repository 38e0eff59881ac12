"""Write the chargeback file of a closed period."""

from __future__ import annotations

from billing.chargeback import record_export, write_export
from store.db import UnitOfWork
from store.plant import Plant
from workers.registry import Record, Work


def export(plant: Plant, work: Work) -> Record:
    """The export's bytes; a repeat gives the same."""
    ref = write_export(plant, work.subject)

    def record(uow: UnitOfWork) -> None:
        record_export(uow, work.subject, ref)

    return record
