"""The board of the whole plant: machines by time, as a picture and as a table, and what has no place on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from flask import Blueprint, render_template, request, url_for
from pydantic import Field

from kernel import clock
from kernel.clock import SHOP_ZONE, start_of
from kernel.ids import named_ulid, new_ulid
from production.asked import Asked, Line
from production.catalog.hours import Window, without
from production.scheduling import moving
from production.scheduling.helping import what_helps
from production.scheduling.queries import Board, Departure, Machine, Placed, board
from store import outbox
from store.db import UnitOfWork
from web.acts import command
from web.charts.boards import Lane, Span, gantt
from web.formats import clock_time, day_words, minutes
from web.forms import Refused
from web.frame import Done, reading, require

blueprint = Blueprint("board", __name__, url_prefix="/schedule")
DAYS = {1: "Today", 2: "Two days", 5: "Five days"}
_USUAL = 2
_MARK = timedelta(minutes=20)  # wide enough to be seen
_FROM, _TO = timedelta(hours=6), timedelta(hours=20)  # of the first day, of the last


@blueprint.app_template_filter("day_and_time")
def day_and_time(moment: datetime) -> str:
    """'today, 3:10 PM', 'Wed Dec 9, 8 AM'."""
    return f"{day_words(clock.business_date(moment), clock.today())}, {clock_time(moment)}"


@blueprint.app_template_filter("stretch")
def stretch(length: int) -> str:
    """Minutes as a person says them: '50 min', '2 h 05 min', '3 days'."""
    return f"{length // 1440} days" if length >= 2 * 1440 else minutes(length)


def day_and_hour(moment: datetime) -> dict[str, str]:
    """As the form of a move asks for it."""
    local = _at_shop(moment)
    return {"day": f"{local:%Y-%m-%d}", "at": f"{local:%H:%M}"}


@blueprint.get("")
@require("plan")
def show(refused: Refused | None = None) -> str:
    """The schedule that is kept."""
    days = next((one for one in DAYS if str(one) == request.args.get("days")), _USUAL)
    now, today = clock.now(), clock.today()
    first, last = start_of(today) + _FROM, start_of(today + timedelta(days=days - 1)) + _TO
    with reading() as session:
        found = board(session, first, last, now)
    return render_template(
        "floor/board.html",
        board=found,
        picture=_picture(found, first, last, now) if found.machines else "",
        tabs=[
            (url_for(".show", days=one if one != _USUAL else None), words, None)
            for one, words in DAYS.items()
        ],
        today=today,
        refused=refused,
        at=day_and_hour,
        names=found.names,
        late=sum(one.spare < 0 for one in found.late),
        guesses=sum(run.is_guess for machine in found.machines for run in machine.runs),
    )


@blueprint.get("/lots/<lot>")
@require("plan")
def lot(lot: str) -> str:
    """Why a lot will be late, and what would help."""
    with reading() as session:
        late = what_helps(session, lot, clock.now())
    return render_template("floor/late_lot.html", late=late, at=day_and_hour)


@blueprint.post("")
@require("plan")
@command(Asked, again=show)
def plan_again(uow: UnitOfWork, _said: Asked) -> Done:
    """Have the plant scheduled by a worker."""
    outbox.request(uow, "schedule", new_ulid(uow.now))
    return Done(url_for(".show"), "The plant is being scheduled. Look again in half a minute.")


class Undo(Asked):
    """Of the change that made this schedule."""

    seen: Line = Field(max_length=40)


@blueprint.post("/undo")
@require("plan")
@command(Undo, again=show)
def undo(uow: UnitOfWork, said: Undo) -> Done:
    """The schedule as it was before the last change."""
    moving.undo(uow, seen=named_ulid(said.seen, "schedule"))
    return Done(url_for(".show"), "The schedule is as it was.")


def _picture(found: Board, first: datetime, last: datetime, now: datetime) -> str:
    lanes = [_lane(machine) for machine in found.machines]
    if found.dock:
        lanes.append(Lane("Dock", [_departure(one) for one in found.dock], "cut-offs"))
    ticks = list(_ticks(first, last))
    return gantt("Machines by time", lanes, start=first, end=last, now=now, ticks=ticks)


def _lane(machine: Machine) -> Lane:
    closed = [Span("Closed", _at_shop(start), _at_shop(end), "closed") for start, end in machine.closed]
    runs = [
        Span(f"{run.lot} {run.name}", _at_shop(start), _at_shop(end), run.state, _page_of(run))
        for run in machine.runs
        for start, end in _pieces(run, machine)
    ]
    note = "" if machine.load is None else f"{machine.load}% taken"
    return Lane(machine.name, [*closed, *runs], note, machine.code)


def _departure(one: Departure) -> Span:
    """A cut-off as a mark of some minutes before it."""
    kind = "late" if one.late else "tight" if one.lots else "service"
    at = _at_shop(one.at)
    return Span(one.name, at - _MARK, at, kind)


def _page_of(run: Placed) -> str:
    """The page of a run that can be moved."""
    return "" if run.state in ("done", "running") else url_for("moving.show", ticket=run.ticket)


def _pieces(run: Placed, machine: Machine) -> list[Window]:
    """From and to of a run, without the closed time that it pauses in; whole where it has begun."""
    pieces = [(run.start, run.end)]
    if run.state not in ("done", "running"):
        for closed in machine.closed:
            pieces = [piece for one in pieces for piece in without(one, closed)]
    return pieces


def _at_shop(moment: datetime) -> datetime:
    return moment.astimezone(SHOP_ZONE)


def _ticks(first: datetime, last: datetime) -> Iterator[tuple[datetime, str]]:
    """Every hour that is a twelfth of what is shown, or more, apart."""
    step = timedelta(hours=max(2, round((last - first) / timedelta(hours=10))))
    moment = first
    while moment < last:
        local = _at_shop(moment)
        yield moment, f"{local:%a} {local.hour % 12 or 12} {local:%p}"
        moment += step
