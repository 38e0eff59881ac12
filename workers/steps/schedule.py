"""The plant is scheduled because somebody asked for it."""

from __future__ import annotations

from production.scheduling.keeping import SECONDS, SEED, keep, scheduled
from store.db import UnitOfWork, system_actor
from store.plant import Plant
from workers.registry import Record, Work

ACTOR = system_actor("schedule")


def schedule(plant: Plant, work: Work) -> Record:  # noqa: ARG001  the plant is the subject
    """Its open work of this minute, within a fixed budget."""
    asked, made = scheduled(plant.db, ACTOR, seconds=SECONDS, seed=SEED)

    def record(uow: UnitOfWork) -> None:
        keep(uow, asked, made, seconds=SECONDS, seed=SEED)

    return record
