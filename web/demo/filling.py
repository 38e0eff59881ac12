"""The busy day with the quarter before it, filled into an empty demonstration plant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kernel import clock
from store.plant import Plant
from web.demo import brought_in, buying, cast, mailing, meters, orders, printing, shelf, stationery
from web.demo.hands import ACTOR, FILLED, Hands, done
from web.demo.history import SEED, WEEKS, history
from web.demo.moments import Moments
from web.demo.months import close_months
from web.demo.rows import Cards, Letters, Print, Work, tuesday

_BEFORE_ORDERS: dict[str, Callable[[Hands, Moments, Any], None]] = {
    "stock": shelf.stock_up, "draft": orders.begin, "template": stationery.keep_template, "vendor": buying.enter,
}  # fmt: skip
_AFTER_ORDERS: dict[str, Callable[[Hands, Moments, Any], None]] = {
    "kit": stationery.make_up, "filed": stationery.file, "mailing": mailing.mail, "print": printing.produce,
    "bought": buying.buy, "brought_in": brought_in.bring_in,
}  # fmt: skip


def fill(
    plant: Plant, drain: Callable[[Plant], object], *, password_hash: str, work: Work | None = None,
    weeks: int = WEEKS, seed: int = SEED,
) -> None:  # fmt: skip
    """Everything that is not there yet: who is cut off goes on where it stopped, and a second filling finds it done."""
    hands = Hands(plant, drain)
    if hands.has(FILLED):
        return
    drain(plant)  # what an earlier filling left open
    moments = Moments(clock.now())
    with plant.db.unit_of_work(ACTOR) as uow:
        cast.enter(uow, password_hash=password_hash)
    for week in history(seed, weeks=weeks):
        do(hands, moments, week)
    close_months(hands, moments.first_month(weeks), moments.now)
    do(hands, moments, work or tuesday())
    shelf.schedule(hands, moments)
    hands.end()


def is_filled(plant: Plant) -> bool:
    """Has the demonstration all that it is to have?"""
    with plant.db.read_only(ACTOR) as session:
        return FILLED in done(session)


def do(hands: Hands, moments: Moments, work: Work) -> None:
    """What the rows say, kind by kind, orders in the sequence in which they came."""
    for kind, verb in _BEFORE_ORDERS.items():
        for row in getattr(work, kind):
            verb(hands, moments, row)
    ordered: list[Letters | Print | Cards] = [*work.letters, *work.print, *work.cards]
    for order in sorted(ordered, key=lambda row: moments.at(row.ordered)):
        orders.order(hands, moments, order)
    for kind, verb in _AFTER_ORDERS.items():
        for row in getattr(work, kind):
            verb(hands, moments, row)
    counted = {drop.key: drop.counted for drop in work.brought_in}
    for run in work.sorter_run:
        brought_in.sort(hands, moments, run, [counted[key] for key in run.jobs])
    for day in work.meter:
        meters.run_day(hands, moments, day)
