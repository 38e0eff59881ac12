"""Dispatch and delivery: who took it, how, where to, and with what proof."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from pydantic import Field

from kernel.ids import named_ulid, show_ulid
from production.asked import Asked, Count, Known, Line, OneOf
from production.catalog.shop_calendar import shop_calendar
from production.dock import queries
from production.dock.deliver import deliver
from production.dock.dispatch import MAIL_WAYS, WAYS, dispatch, dispatch_job
from production.dock.queries import CargoLine, DeliveryLine, cargo, delivery_line
from store.db import UnitOfWork
from web.acts import command
from web.figures import Figure
from web.forms import Form, Refused
from web.frame import Done, plant, reading, require

blueprint = Blueprint("dock", __name__, url_prefix="/dock")
PAGE, MOST = 50, 500


@blueprint.get("")
@require("carry")
def home() -> str:
    """Ready to leave, on the way, handed over."""
    with reading() as database:
        ready = queries.ready_to_leave(database)
        on_the_way = queries.on_the_way(database, limit=MOST)
        done = queries.handed_over(database, after=_key(), limit=PAGE + 1)
        calendar = shop_calendar(database)
    older = show_ulid(done[PAGE - 1].ulid) if len(done) > PAGE else None
    return render_template(
        "dock/home.html",
        figures=dock_figures(ready, on_the_way),
        calendar=calendar,
        ready=ready,
        on_the_way=on_the_way,
        done=done[:PAGE],
        older=older,
        show=show_ulid,
    )


def dock_figures(ready: Sequence[CargoLine], on_the_way: Sequence[DeliveryLine]) -> list[Figure]:
    """What waits at the dock, and what left it and is not handed over yet."""
    return [
        Figure("Ready to leave", len(ready), url_for("dock.home", _anchor="ready"), "every piece explained"),
        Figure(
            "On the way",
            len(on_the_way),
            url_for("dock.home", _anchor="on-the-way"),
            "no proof of delivery yet",
        ),
    ]


class Leave(Asked):
    """Something leaves the plant: who takes it, how, where to."""

    way: Annotated[Line, OneOf({way: words.capitalize() for way, words in WAYS.items()})] = Field(
        title="How it travels"
    )
    place: Line = Field(title="Place", description="The post office or the agency's address.", max_length=200)
    taken_by: Line = Field(
        title="Taken by", description="The name of the driver or messenger.", max_length=200
    )
    exception: Line = Field("", title="Why the rest stays behind", max_length=500)
    stop: Count | None = Field(None, title="Stop")
    knowing: Known


class HandOver(Asked):
    """Something was handed over: the post office's receipt, or who received it."""

    receipt: Line = Field("", title="Number of the receipt", max_length=500)
    received_by: Line = Field(
        "", title="Received by", description="The name of the person who took it.", max_length=200
    )


@blueprint.get("/leave/<number>")
@require("work_dock")
def leave(number: str, refused: Refused | None = None) -> str:
    """The form of leaving, with what is still open."""
    with reading() as database:
        thing, calendar = cargo(database, number), shop_calendar(database)
    stop = thing.stop(request.args.get("stop", type=int))
    ways = MAIL_WAYS if thing.is_mailing else WAYS
    usual = {"way": stop.leaves_by, "place": stop.place} if stop else {"way": next(iter(ways))}
    options = {"way": [(way, words.capitalize()) for way, words in ways.items()]}
    form = Form(Leave, refused, values=usual, options=options)
    return render_template(
        "dock/leave.html", cargo=thing, stop=stop, calendar=calendar, form=form, refused=refused,
        unpacked=thing.unpacked.get(stop.position if stop else None, 0),
    )  # fmt: skip


@blueprint.post("/leave/<number>")
@require("work_dock")
@command(Leave, again=leave)
def send(uow: UnitOfWork, said: Leave, number: str) -> Done:
    """It leaves the plant."""
    custody = said.facts("knowing", "exception", "stop")
    mailing, job = queries.rows_of(uow.session, number)
    if mailing is not None:
        dispatch(uow, mailing, files=plant().files, knowing=said.knowing, exception=said.exception, **custody)
    elif job is not None:
        dispatch_job(uow, job, stop=said.stop, **custody)
    return Done(url_for(".home"), f"{number} has left with {said.taken_by}.")


@blueprint.get("/deliveries/<ulid>")
@require("carry")
def delivery(ulid: str, refused: Refused | None = None) -> str:
    """One handing over: its proof, or the form for it."""
    form = Form(HandOver, refused)
    return render_template(
        "dock/delivery.html", line=_line(ulid), ulid=ulid, ways=WAYS, form=form, refused=refused
    )


@blueprint.post("/deliveries/<ulid>")
@require("carry")
@command(HandOver, again=delivery)
def hand_over(uow: UnitOfWork, said: HandOver, ulid: str) -> Done:
    """The post office's receipt, or the name of who received it."""
    row = queries.delivery_row(uow.session, named_ulid(ulid, "delivery"))
    deliver(uow, row, received_by=said.received_by, receipt=said.receipt)
    return Done(url_for(".home"), f"{_line(ulid).number} is handed over.")


def _line(ulid: str) -> DeliveryLine:
    with reading() as database:
        return delivery_line(database, named_ulid(ulid, "delivery"))


def _key() -> UUID | None:
    text = request.args.get("after")
    return named_ulid(text, "delivery") if text else None
