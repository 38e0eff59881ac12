"""What is done at a machine while an operation runs: the first good piece, pause, help, a second machine."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, url_for

from production.asked import Asked
from production.catalog.hours import plant_hours
from production.floor.working import first_good, first_piece, helping, pausing, taking_back
from production.floor.working.occurred import read_occurred
from production.jobs.models import Operation
from store.db import UnitOfWork
from web.acts import command
from web.floor.acts import Act, Allow, FirstGood, Pause, SecondMachine
from web.floor.operation import show
from web.frame import Done, plant, require

blueprint = Blueprint("working", __name__, url_prefix="/floor/<ticket>")

# Verbs that ask for nothing more than where and when: address, what is done, what is said afterwards.
PLAIN: dict[str, tuple[Callable[..., Operation], str]] = {
    "resume": (pausing.resume, "It goes on."),
    "help": (helping.join, "You help. Leave when you are done."),
    "leave": (helping.leave, "You have left it."),
    "take-over": (helping.take_over, "It is yours now."),
}


@blueprint.post("/run")
@require("work_floor")
@command(FirstGood, again=show)
def run(uow: UnitOfWork, said: FirstGood, ticket: str) -> Done:
    """The first good piece, with what was measured of it."""
    runs = first_good.run(
        uow, ticket, said.measured, files=plant().files, work_center=said.work_center,
        occurred_at=read_occurred(said.occurred),
    )  # fmt: skip
    return _done(ticket, "It runs." if runs else first_good.STANDS)


@blueprint.post("/measure")
@require("work_floor")
@command(FirstGood, again=show)
def measure(uow: UnitOfWork, said: FirstGood, ticket: str) -> Done:
    """Measured again, while it stands or runs."""
    values = first_good.values(uow, ticket, said.measured)
    rows = first_piece.measure(
        uow, ticket, values, files=plant().files, work_center=said.work_center,
        occurred_at=read_occurred(said.occurred),
    )  # fmt: skip
    stops = any(row.stops for row in rows)
    return _done(ticket, "Outside the tolerance: it stands." if stops else "Within the tolerance.")


@blueprint.post("/allow")
@require("work_floor")
@command(Allow, again=show)
def allow(uow: UnitOfWork, said: Allow, ticket: str) -> Done:
    """A second person lets the first piece pass."""
    first_piece.allow(uow, ticket, why=said.why)
    return _done(ticket, "Noted: it may run as it is.")


@blueprint.post("/pause")
@require("work_floor")
@command(Pause, again=show)
def pause(uow: UnitOfWork, said: Pause, ticket: str) -> Done:
    """One tap on a reason, or one's own words."""
    reason = f"{pausing.OTHER}{said.own}" if said.own else said.reason
    pausing.pause(
        uow, ticket, reason=reason, work_center=said.work_center, occurred_at=read_occurred(said.occurred)
    )
    return _done(ticket, "Paused.")


@blueprint.post("/take-back")
@require("work_floor")
@command(Asked, again=show)
def take_back(uow: UnitOfWork, _said: Asked, ticket: str) -> Done:
    """The last act undone."""
    taken = taking_back.take_back(uow, ticket, shifts=plant_hours(uow.session).shifts_at)
    return _done(ticket, f"Taken back: {taken.lower()}.")


@blueprint.post("/second-machine")
@require("work_floor")
@command(SecondMachine, again=show)
def second_machine(uow: UnitOfWork, said: SecondMachine, ticket: str) -> Done:
    """Another machine works at the same operation."""
    helping.split(uow, ticket, work_center=said.machine)
    return _done(ticket, "Both machines work at it; their counts add up.")


@blueprint.post("/<any(resume, help, leave, 'take-over'):verb>")
@require("work_floor")
@command(Act, again=show)
def plain(uow: UnitOfWork, said: Act, ticket: str, verb: str) -> Done:
    """The verbs that ask nothing more."""
    service, words = PLAIN[verb]
    service(uow, ticket, work_center=said.work_center, occurred_at=read_occurred(said.occurred))
    return _done(ticket, words)


def _done(ticket: str, words: str) -> Done:
    return Done(url_for("operation.show", ticket=ticket), words)
