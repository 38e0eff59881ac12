"""An operation at one of its machines, as an act of the floor finds it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from production.floor.models import FloorSpell
from production.floor.operations import find_work_center, locked
from production.floor.working import spells
from production.jobs.models import Operation
from store.db import UnitOfWork


class AtMachine(NamedTuple):
    """The operation, locked; what is done there now; when the act happens."""

    operation: Operation
    spell: FloorSpell
    at: datetime


def at_machine(uow: UnitOfWork, ticket: str, work_center: str, occurred_at: datetime | None) -> AtMachine:
    """At the machine that is named, else at its only one. IllegalTransition where it does not work; InvalidInput
    WORK_CENTER, CLOCK_BACK, CLOCK_AHEAD.
    """
    operation = locked(uow, ticket)
    place = find_work_center(uow.session, work_center).code if work_center.strip() else ""
    spell = spells.open_at(uow.session, operation, place)
    return AtMachine(operation, spell, spells.moment(uow, operation, occurred_at))
