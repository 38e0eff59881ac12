"""``indicia dock``: what leaves for the stops of a print job, what is handed over there, and what comes back."""

from __future__ import annotations

from typing import Any

import click
from sqlalchemy.orm import Session

from kernel.errors import NotFound
from production.dock import deliver as custody
from production.dock.dispatch import dispatch_job
from production.dock.models import Delivery
from production.dock.pick_up import BY_CODE, fits
from production.dock.queries import delivery_row
from production.dock.stops import StopLine, stop_lines
from production.frontdesk.orders.queries import job_by_number
from production.jobs.models import Job
from store.db import Actor
from web.commands.line import CONSOLE_ACTOR
from web.commands.plant import opened_plant
from web.commands.telling import to_json

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
_WHO = click.option("--person", default="console", show_default=True, help="Who does it, by name.")
_STOP = click.option("--stop", type=int, default=1, show_default=True, help="Its place in the order.")


@click.group("dock")
def dock() -> None:
    """The dock: what leaves, arrives and comes back of print jobs, stop by stop."""


@dock.command("leave")
@click.argument("job")
@_STOP
@click.option("--taken-by", default="", help="Who takes it, by name; else whoever does this.")
@click.option("--code", default="", help="Of what is picked up: the code that the person says.")
@click.option("--known-by", default="", help="Of what is picked up without a code: how the person is known.")
@_WHO
@_JSON
def leave(
    job: str, *, stop: int, taken_by: str, code: str, known_by: str, person: str, as_json: bool
) -> None:
    """The packed cartons of a stop of JOB leave; what is picked up is handed over with that."""
    with opened_plant() as plant:
        if code:
            known_by = known_by or BY_CODE
            with plant.db.unit_of_work(Actor(person)) as uow:
                is_right = fits(uow, _job(uow.session, job), stop, code)
            if not is_right:
                raise NotFound("This is not the code of it.", code="PICK_UP_CODE", field="code")
        with plant.db.unit_of_work(Actor(person)) as uow:
            row = _job(uow.session, job)
            line = _stop(uow.session, row, stop)
            dispatch_job(
                uow, row, taken_by=taken_by or person, place=line.place, way=line.leaves_by, stop=stop,
                known_by=known_by,
            )  # fmt: skip
            told = _told(uow.session, row, stop)
    _tell(told, as_json)


@dock.command("deliver")
@click.argument("job")
@_STOP
@click.option("--received-by", default="", help="Who received it, by name.")
@click.option("--receipt", default="", help="The carrier's number.")
@click.option("--counted", type=int, help="Pieces that were counted there.")
@click.option("--place", default="", help="Where it was left.")
@click.option("--knowing", multiple=True, help="Code of something that was looked at again.")
@_WHO
@_JSON
def deliver(
    job: str, *, stop: int, received_by: str, receipt: str, counted: int | None, place: str,
    knowing: tuple[str, ...], person: str, as_json: bool,
) -> None:  # fmt: skip
    """What left for a stop of JOB is handed over."""
    shown = custody.Shown(counted=counted, place=place)
    with opened_plant() as plant, plant.db.unit_of_work(Actor(person)) as uow:
        row = _job(uow.session, job)
        delivery = _on_the_way(uow.session, row, stop)
        custody.deliver(uow, delivery, received_by=received_by, receipt=receipt, shown=shown, knowing=knowing)
        told = _told(uow.session, row, stop)
    _tell(told, as_json)


@dock.command("come-back")
@click.argument("job")
@_STOP
@click.option("--reason", required=True, help="Why it was not handed over.")
@_WHO
@_JSON
def come_back(job: str, *, stop: int, reason: str, person: str, as_json: bool) -> None:
    """What left for a stop of JOB lies on the dock again."""
    with opened_plant() as plant, plant.db.unit_of_work(Actor(person)) as uow:
        row = _job(uow.session, job)
        custody.come_back(uow, _on_the_way(uow.session, row, stop), reason)
        told = _told(uow.session, row, stop)
    _tell(told, as_json)


def _job(session: Session, number: str) -> Job:
    return job_by_number(session, CONSOLE_ACTOR, number)


def _stop(session: Session, job: Job, position: int) -> StopLine:
    lines = stop_lines(session, job)
    found = next((one for one in lines if one.position == position), None)
    if found is None:
        raise NotFound(f"{job.number} has no stop {position}.", field="stop", remedy=f"It has {len(lines)}.")
    return found


def _on_the_way(session: Session, job: Job, position: int) -> Delivery:
    """The newest delivery to a stop; what may be done with it is for the verbs to say."""
    line = _stop(session, job, position)
    if line.delivery is None:
        raise NotFound(f"Nothing has left for {line.place} yet.", field="stop")
    return delivery_row(session, line.delivery)


def _told(session: Session, job: Job, position: int) -> dict[str, Any]:
    session.flush()
    line = _stop(session, job, position)
    cartons = (
        custody.cartons_of_delivery(session, delivery_row(session, line.delivery)) if line.delivery else ()
    )
    return {
        "job": job.number, "state": job.state.value, "stop": position, "place": line.place, "way": line.leaves_by,
        "is": "came_back" if line.came_back else line.state, "pieces": sum(one.pieces for one in cartons),
    }  # fmt: skip


def _tell(told: dict[str, Any], as_json: bool) -> None:
    click.echo(to_json(told) if as_json else f"{told['place']}: {told['pieces']:,} {told['is']}.")
