"""Commands of ``indicia floor`` beside those of the operator: what is given back or in doubt, make-ups, and holds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import NotFound
from production.floor import operations
from production.frontdesk.orders.queries import job_by_number
from production.jobs import stopped_work
from production.jobs.models import Job, Lot, LotShare, Operation
from production.jobs.route import lots_of
from production.jobs.states import Stops
from store.db import UnitOfWork
from web.commands.floor import act, floor, operator, told_of
from web.commands.line import CONSOLE_ACTOR
from web.commands.plant import opened_plant
from web.commands.telling import to_json
from web.floor import making_up

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
_WHO = click.option("--person", default="", help="Who does it, by name; else who sits at the console.")
_STOPS = click.option(
    "--stops", type=click.Choice([one.value for one in Stops]), default=Stops.PRODUCTION.value, show_default=True
)  # fmt: skip

# How a step stops or goes on for a reason.
_WITH_REASON: dict[str, tuple[str, Callable[..., Operation]]] = {
    "give-back": ("Nothing was made: the operation of a TICKET waits for somebody else.", operations.give_back),
    "doubt": ("Nobody knows whether the operation of a TICKET happened.", operations.doubt),
    "deny": ("A person saw that what is in doubt did not happen.", operations.deny),
    "fail": ("The operation of a TICKET broke off, and nothing of it counts.", operations.fail),
    "retry": ("A failed operation may be started again.", operations.retry),
}  # fmt: skip


def _with_reason(name: str) -> click.Command:
    words, verb = _WITH_REASON[name]

    @click.command(name, help=words)
    @click.argument("ticket")
    @click.option("--reason", required=True, help="In a few words.")
    @_WHO
    @_JSON
    def done(ticket: str, *, reason: str, person: str, as_json: bool) -> None:
        act(partial(verb, ticket=ticket, reason=reason), person=person, as_json=as_json)

    return done


@click.command("confirm")
@click.argument("ticket")
@click.option("--reason", required=True, help="What was seen.")
@_WHO
@_JSON
def confirm(ticket: str, *, reason: str, person: str, as_json: bool) -> None:
    """A person saw that what is in doubt did happen."""
    with opened_plant() as plant, plant.db.unit_of_work(operator(person)) as uow:
        told = told_of(uow, operations.confirm(uow, ticket, reason=reason, files=plant.files))
    click.echo(to_json(told) if as_json else f"{told['ticket']} {told['state']}.")


@click.command("make-up")
@click.argument("job")
@click.argument("pieces", type=int)
@click.option("--reason", default="", help="Why it came out short.")
@_WHO
@_JSON
def make_up(job: str, pieces: int, *, reason: str, person: str, as_json: bool) -> None:
    """PIECES more of JOB, by a lot of its own that goes on in its run."""
    with opened_plant() as plant, plant.db.unit_of_work(operator(person)) as uow:
        lot = making_up.make_up(uow, plant.files, _job(uow.session, job).number, pieces, reason=reason)
        steps = select(Operation.ticket).filter_by(lot_id=lot.id).order_by(Operation.step)
        told = {"job": job, "lot": lot.number, "pieces": pieces, "tickets": uow.session.scalars(steps).all()}
    click.echo(to_json(told) if as_json else f"{lot.number} makes {pieces:,} more.")


@click.command("hold")
@click.argument("job")
@click.option("--reason", required=True, help="In words, for whoever finds it stopped.")
@_STOPS
@_WHO
@_JSON
def hold(job: str, *, reason: str, stops: str, person: str, as_json: bool) -> None:
    """Stop the run of JOB until the hold is lifted."""

    def place(uow: UnitOfWork) -> None:
        run = uow.session.scalars(lots_of(_job(uow.session, job)).order_by(LotShare.lot_id)).first()
        if run is None:
            raise NotFound(f"Job {job} is not on the floor.")
        stopped_work.place(uow, uow.session.get_one(Lot, run), words=reason, stops=Stops(stops))

    _tell_holds(job, place, person=person, as_json=as_json)


@click.command("release")
@click.argument("job")
@_STOPS
@_WHO
@_JSON
def release(job: str, *, stops: str, person: str, as_json: bool) -> None:
    """Lift the holds of JOB and its lots that stop this, where a person may lift them."""

    def lift(uow: UnitOfWork) -> None:
        for one in _holds(uow.session, job):
            if one.may_lift and one.stops == stopped_work.STOPS[Stops(stops)]:
                stopped_work.lift(uow, one.id)

    _tell_holds(job, lift, person=person, as_json=as_json)


def _tell_holds(job: str, change: Callable[[UnitOfWork], None], *, person: str, as_json: bool) -> None:
    with opened_plant() as plant, plant.db.unit_of_work(operator(person)) as uow:
        change(uow)
        uow.session.flush()
        held = [
            {"of": one.number, "words": one.words, "stops": one.stops} for one in _holds(uow.session, job)
        ]
    told: dict[str, Any] = {"job": job, "holds": held}
    words = "; ".join(one["words"] for one in held) or "nothing holds it"
    click.echo(to_json(told) if as_json else f"Job {job}: {words}.")


def _holds(session: Session, number: str) -> list[stopped_work.OpenHold]:
    job = _job(session, number)
    lots = session.scalars(select(Lot.number).where(Lot.id.in_(lots_of(job)))).all()
    return [one for one in stopped_work.open_holds(session) if one.number in (job.number, *lots)]


def _job(session: Session, number: str) -> Job:
    return job_by_number(session, CONSOLE_ACTOR, number)


for _command in (*map(_with_reason, _WITH_REASON), confirm, make_up, hold, release):
    floor.add_command(_command)
