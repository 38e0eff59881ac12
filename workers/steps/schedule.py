"""The plant is scheduled because somebody asked for it."""

from __future__ import annotations

from functools import partial

from kernel.errors import UserError
from production.scheduling.keeping import SECONDS, SEED, keep, refuse, scheduled
from store.db import UnitOfWork, system_actor
from store.plant import Plant
from workers.registry import Record, Work

ACTOR = system_actor("schedule")


def schedule(plant: Plant, work: Work) -> Record:  # noqa: ARG001  the plant is the subject
    """Its open work of this minute, within a fixed budget; where it cannot be scheduled the board says why."""
    try:
        asked, made, helps = scheduled(plant.db, ACTOR, seconds=SECONDS, seed=SEED)
    except UserError as refused:
        return partial(_refused, refused)

    def record(uow: UnitOfWork) -> None:
        keep(uow, asked, made, helps, seconds=SECONDS, seed=SEED)

    return record


def _refused(error: UserError, uow: UnitOfWork) -> None:
    refuse(uow, error)
