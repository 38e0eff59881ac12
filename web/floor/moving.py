"""A run of the schedule: where it stands, what would move with it, and moving it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import Annotated

from flask import Blueprint, render_template, request, url_for
from pydantic import Field
from werkzeug.wrappers import Response

from kernel import clock
from kernel.clock import SHOP_ZONE
from kernel.ids import named_ulid, show_ulid
from production.asked import Asked, Count, Day, Line, Sent, Why, read
from production.people.setup_fields import HourOfDay
from production.scheduling import moving
from production.scheduling.moving import Change
from production.scheduling.queries import MovedLot, RunPage, moved_lots, run_page
from store.db import UnitOfWork
from web.acts import REFUSALS, command, status_of
from web.floor.board import day_and_hour
from web.formats import clock_time, day_words
from web.forms import Form, Refused
from web.frame import Done, reading, require

blueprint = Blueprint("moving", __name__, url_prefix="/schedule/runs")


class Where(Asked):
    """A work center and a time."""

    REFUSED = "Nothing was moved."
    work_center: Annotated[Line, Field(min_length=1, max_length=40)] = Field(title="Machine")
    day: Day = Field(title="Day")
    at: HourOfDay = Field(title="Not before", description="Time at the shop, as in 13:30.")

    @property
    def moment(self) -> datetime:
        """As an instant."""
        return datetime.combine(self.day, time.fromisoformat(self.at), SHOP_ZONE)


class Two(Asked):
    """An operation on two machines; nothing on the second puts it together again."""

    REFUSED = "Nothing was split."
    CODE = "COUNT"
    second: Annotated[Count, Field(ge=0)] = Field(title="How many on the second machine")


class SplitInto(Two):
    """The same by somebody who has read what moves."""

    seen: Line = Field(max_length=40)


class Weigh(Asked):
    """How much it matters that a lot is late."""

    weight: Annotated[Count, Field(ge=0, le=100)] = Field(
        title="What a minute late weighs", description="1 for most; 5 counts as five lots that are late."
    )
    reason: Why = Field(title="Why")


class MoveTo(Where):
    """The same by somebody who has read what moves."""

    seen: Line = Field(max_length=40)


@blueprint.get("/<ticket>")
@require("plan")
def show(ticket: str, refused: Refused | None = None) -> str:
    """Where it stands, and the form to move it."""
    with reading() as session:
        page = run_page(session, ticket)
    usual = day_and_hour(page.run.run_from if page.run and page.run.run_from > clock.now() else clock.now())
    form = Form(
        Where, refused, values=usual | {"work_center": page.run.work_center if page.run else ""},
        options={"work_center": page.machines}, action=url_for(".what_if", ticket=ticket),
    )  # fmt: skip
    said = {"weight": page.weight.weight, "reason": page.weight.reason} if page.weight else {"weight": 1}
    half = page.parts[-1] if page.parts else (page.quantity or 0) // 2
    forms = {
        "move": form,
        "split": Form(Two, refused, values={"second": half}, key="split"),
        "weigh": Form(Weigh, refused, values=said, key="weigh"),
    }
    return render_template(
        "floor/run.html", page=page, forms=forms, refused=refused, names=dict(page.machines)
    )


@blueprint.get("/<ticket>/move")
@require("plan")
def what_if(ticket: str, refused: Refused | None = None) -> Response | str | tuple[str, int]:
    """The lots that would move, before anything is moved."""
    asked = _given(Where)
    try:
        said = read(Where, asked)
        with reading() as session:
            page = run_page(session, ticket)
            change = moving.if_moved(session, ticket, said.work_center, said.moment, clock.now())
            moved = moved_lots(session, change)
    except REFUSALS as error:
        return show(ticket, refused=refused or Refused(Where, asked, error)), status_of(error)
    return _told(page, change, moved, "move", said, refused)


def _given(asked: type[Asked]) -> Sent:
    """What the address or the form says of this act."""
    given = request.values.to_dict(flat=False)
    return Sent({name: texts for name, texts in given.items() if name in asked.model_fields})


def _told(
    page: RunPage, change: Change, moved: Sequence[MovedLot], act: str, said: Asked, refused: Refused | None
) -> str:
    place, start = change.start_of(page.id)
    return render_template(
        "floor/move.html",
        page=page,
        act=act,
        where=dict(page.machines).get(place, place),
        start=start,
        moved=moved,
        breaks=[one for one in moved if one.breaks],
        fields=said.model_dump(mode="json"),
        seen=show_ulid(page.schedule.ulid) if page.schedule else "",
        refused=refused,
    )


@blueprint.post("/<ticket>/move")
@require("plan")
@command(MoveTo, again=what_if)
def move(uow: UnitOfWork, said: MoveTo, ticket: str) -> Done:
    """Move it, and pin it there."""
    change, row = moving.move(
        uow, ticket, said.work_center, said.moment, seen=named_ulid(said.seen, "schedule")
    )
    _, start = change.start_of(ticket)
    words = f"{day_words(clock.business_date(start), clock.today())}, {clock_time(start)}"
    undo = (url_for("board.undo"), {"seen": show_ulid(row.ulid)})
    return Done(url_for("board.show"), f"{ticket} begins {words}, and is pinned there.", undo)


@blueprint.get("/<ticket>/split")
@require("plan")
def if_split(ticket: str, refused: Refused | None = None) -> Response | str | tuple[str, int]:
    """The lots that would move if two machines did it."""
    asked = _given(Two)
    try:
        said = read(Two, asked)
        with reading() as session:
            page = run_page(session, ticket)
            change = moving.if_split(session, page.ticket, _parts(page, said), clock.now())
            moved = moved_lots(session, change)
    except REFUSALS as error:
        return show(ticket, refused=refused or Refused(Two, asked, error)), status_of(error)
    return _told(page, change, moved, "split", said, refused)


@blueprint.post("/<ticket>/split")
@require("plan")
@command(SplitInto, again=if_split)
def split(uow: UnitOfWork, said: SplitInto, ticket: str) -> Done:
    """Two machines do it, or one again."""
    page = run_page(uow.session, ticket)
    parts = _parts(page, said)
    _, row = moving.split(uow, page.ticket, parts, seen=named_ulid(said.seen, "schedule"))
    words = f"{page.ticket} is split in two." if len(parts) > 1 else f"{page.ticket} is one run again."
    return Done(url_for("board.show"), words, (url_for("board.undo"), {"seen": show_ulid(row.ulid)}))


def _parts(page: RunPage, said: Two) -> tuple[int, ...]:
    whole = page.quantity or 0
    return (whole - said.second, said.second) if said.second else (whole,)


@blueprint.post("/<ticket>/weight")
@require("plan")
@command(Weigh, again=show)
def weigh(uow: UnitOfWork, said: Weigh, ticket: str) -> Done:
    """How much it matters that its lot is late."""
    moving.weigh(uow, ticket, said.weight, said.reason)
    return Done(
        url_for(".show", ticket=ticket),
        f"A minute late weighs {said.weight} when the plant is scheduled again.",
    )


@blueprint.post("/<ticket>/unpin")
@require("plan")
@command(Asked, again=show)
def unpin(uow: UnitOfWork, _said: Asked, ticket: str) -> Done:
    """Let the next schedule place it where it is best."""
    moving.unpin(uow, ticket)
    return Done(url_for(".show", ticket=ticket), f"{ticket} is not pinned any more.")
