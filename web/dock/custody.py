"""Dispatch and delivery: who took it, how, where to, and with what proof."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from kernel.errors import NotFound, ShopError
from kernel.ids import parse_ulid, show_ulid
from production.dock import queries
from production.dock.deliver import deliver
from production.dock.dispatch import WAYS, dispatch, dispatch_job
from production.dock.queries import DeliveryLine, cargo, delivery_line
from store.db import UnitOfWork
from web import acts
from web.frame import Done, plant, reading, require

blueprint = Blueprint("dock", __name__, url_prefix="/dock")
PAGE = 50


@blueprint.get("")
@require("work_dock")
def home() -> str:
    """Ready to leave, on the way, handed over."""
    with reading() as database:
        ready = queries.ready_to_leave(database)
        on_the_way = queries.on_the_way(database, limit=PAGE)
        done = queries.handed_over(database, after=_key(), limit=PAGE + 1)
    older = show_ulid(done[PAGE - 1].ulid) if len(done) > PAGE else None
    return render_template(
        "dock/home.html", ready=ready, on_the_way=on_the_way, done=done[:PAGE], older=older, show=show_ulid
    )


@blueprint.get("/leave/<number>")
@require("work_dock")
def leave(number: str, error: ShopError | None = None) -> str:
    """The form of leaving, with what is still open."""
    with reading() as database:
        thing = cargo(database, number)
    ways = [(way, words.capitalize()) for way, words in WAYS.items()]
    return render_template(
        "dock/leave.html", cargo=thing, ways=ways, typed=request.form,
        error=acts.sentence_of(error) if error else "",
    )  # fmt: skip


@blueprint.post("/leave/<number>")
@require("work_dock")
def send(number: str) -> Response | tuple[str, int]:
    """It leaves the plant."""
    form = request.form
    custody = {name: form.get(name, "") for name in ("taken_by", "place", "way")}

    def work(uow: UnitOfWork) -> Done:
        batch, job = queries.rows_of(uow.session, number)
        if batch is not None:
            dispatch(uow, batch, files=plant().files, knowing=acts.knowing(), **custody)
        elif job is not None:
            dispatch_job(uow, job, **custody)
        return Done(url_for(".home"), f"{number} has left with {custody['taken_by'].strip()}.")

    return acts.act(work, again=lambda error: leave(number, error))


@blueprint.get("/deliveries/<ulid>")
@require("work_dock")
def delivery(ulid: str, error: ShopError | None = None) -> str:
    """One handing over: its proof, or the form for it."""
    line = _line(ulid)
    return render_template(
        "dock/delivery.html", line=line, ulid=ulid, ways=WAYS, typed=request.form,
        error=acts.sentence_of(error) if error else "",
    )  # fmt: skip


@blueprint.post("/deliveries/<ulid>")
@require("work_dock")
def hand_over(ulid: str) -> Response | tuple[str, int]:
    """The post office's receipt, or the name of who received it."""
    key = _ulid(ulid)

    def work(uow: UnitOfWork) -> Done:
        row = queries.delivery_row(uow.session, key)
        deliver(
            uow, row, received_by=request.form.get("received_by", ""), receipt=request.form.get("receipt", "")
        )
        return Done(url_for(".home"), f"{_line(ulid).number} is handed over.")

    return acts.act(work, again=lambda error: delivery(ulid, error))


def _line(ulid: str) -> DeliveryLine:
    with reading() as database:
        return delivery_line(database, _ulid(ulid))


def _key() -> UUID | None:
    text = request.args.get("after")
    return _ulid(text) if text else None


def _ulid(text: str) -> UUID:
    try:
        return parse_ulid(text)
    except ValueError as error:
        raise NotFound("There is no such delivery.") from error
