"""What lies in the demonstration's stockroom, and the schedule of its busy day."""

from __future__ import annotations

from decimal import Decimal

from kernel import clock
from kernel.money import Rate
from production.people.setup import SetupVersion, put
from production.scheduling.models import Schedule
from production.stockroom.items import ITEMS, ItemValue
from production.stockroom.moving import receive
from store.db import UnitOfWork
from web.demo.hands import ACTOR, Hands
from web.demo.moments import Moments
from web.demo.rows import Kept

_PLANNER, _SECONDS, _SEED = "polly", 1, 1


def stock_up(hands: Hands, moments: Moments, row: Kept) -> None:
    """An item is entered, and what came in of it."""

    def verb(uow: UnitOfWork) -> SetupVersion:
        facts = row.model_dump(exclude={"key", "received", "came", "cost", "source"})
        version = put(uow, ITEMS, ItemValue(**facts))
        assert version is not None  # it is new  # noqa: S101
        receive(uow, row.code, row.came, unit_cost=Rate(Decimal(row.cost)), source=row.source)
        return version

    hands.act(row.key, _PLANNER, moments.at(row.received), verb)


def schedule(hands: Hands, moments: Moments) -> None:
    """The open work of now, as the planner's button has it made."""
    from production.scheduling.keeping import keep, scheduled  # brings OR-Tools

    if hands.has("schedule"):
        return
    with clock.at(moments.now):
        work, made, helps = scheduled(hands.plant.db, ACTOR, seconds=_SECONDS, seed=_SEED)

    def verb(uow: UnitOfWork) -> Schedule:
        return keep(uow, work, made, helps, seconds=_SECONDS, seed=_SEED)

    hands.act("schedule", _PLANNER, moments.now, verb)
