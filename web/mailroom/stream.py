"""A stream: progress, postage, trays, pieces, its account, and what can be done to it. Its papers are the mailing's."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from flask import Blueprint, render_template, request, url_for
from pydantic import Field

from kernel import clock
from kernel.errors import NotFound
from postal.sorting.explain import explain_tray
from production.asked import Asked, Line, OneOf
from production.dock import queries as dock
from production.dock.dispatch import WAYS
from production.dock.models import Delivery
from production.jobs import need_to_know
from production.jobs.plant_history import at_lot, last_event
from production.jobs.states import LotState as B
from production.jobs.states import Stops
from production.jobs.stopped_work import open_holds, place, stopped_steps
from production.mailings.models import PresortStream
from production.mailroom.metering.metered_streams import metered_stream
from production.mailroom.pieces import passport
from production.mailroom.pieces import story as pieces
from production.mailroom.pieces.reconcile import finish_stream
from production.mailroom.pieces.spoilage import make_reprint
from production.mailroom.pieces.withdrawal import withdraw
from production.mailroom.streams import building, plan_view, queries
from production.records.purge import removal_of
from store.audit_reading import looks_at
from store.db import UnitOfWork
from web.acts import command
from web.charts.barcode import imb
from web.forms import Form, Refused, list_place
from web.frame import Done, actor, plant, reading, require
from web.recipients import note

blueprint = Blueprint("stream", __name__, url_prefix="/mailroom/streams/<number>")
TRAYS = 200
PIECES = 50
LOOKS = 20
_OVER = (B.DELIVERED.value, B.CANCELLED.value)


class Withdraw(Asked):
    """Pieces that are not to be mailed."""

    pieces: Line = Field(title="Pieces", description="4711, 5000-5010", max_length=20_000)
    reason: Line = Field(title="Why", max_length=200)


class Dissolve(Asked):
    """Jobs back to the pool."""

    reason: Line = Field(title="Why", max_length=200)


class PutOnHold(Asked):
    """A stop with its reason."""

    words: Line = Field(title="Why", max_length=500)
    stops: Annotated[
        Line,
        OneOf({Stops.PRODUCTION.value: "Production and leaving", Stops.LEAVING.value: "Leaving only"}),
    ] = Field(Stops.PRODUCTION.value, title="What it stops")


@blueprint.get("")
@require("work_mailroom")
def show(number: str, refused: Refused | None = None) -> str:
    """The whole stream on one page."""
    with reading() as database:
        history = at_lot(database, number)
    return render_template(
        "mailroom/stream.html",
        history=history,
        forms=_forms(refused),
        refused=refused,
        **_progress(number),
    )


@blueprint.get("/progress")
@require("work_mailroom")
def progress(number: str) -> str | tuple[str, int]:
    """The part that follows the server; 204 when nothing has happened since."""
    with reading() as database:
        seen = last_event(database, lot_number=number)
    if request.args.get("since") == str(seen):
        return "", 204  # before the pieces are accounted for: pages ask this every few seconds
    return render_template("mailroom/_progress.html", **_progress(number))


@blueprint.get("/acts")
@require("work_mailroom")
def acts_now(number: str) -> str | tuple[str, int]:
    """What can be done now; 204 while the state is the one the page shows."""
    with reading() as database:
        state = queries.stream_by_number(database, number).state
    if request.args.get("since") == state.value:
        return "", 204
    with reading() as database:
        stream = queries.stream_overview(database, number)
    return render_template(
        "mailroom/_acts.html", stream=stream, is_over=stream.state in _OVER, forms=_forms()
    )


@blueprint.get("/trays")
@require("work_mailroom")
def trays(number: str) -> str:
    """All trays, by number."""
    after = list_place("after", 0)
    with reading() as database:
        stream = queries.stream_overview(database, number)
        lines = queries.trays(database, number, after=after, limit=TRAYS)
    return render_template("mailroom/trays.html", stream=stream, trays=lines, has_more=len(lines) == TRAYS)


@blueprint.get("/trays/<int:tray>")
@require("work_mailroom")
def tray(number: str, tray: int) -> str:
    """One tray: why it exists, its label, its bundles, the ZIPs they go to, and its pieces."""
    with reading() as database:
        facts = plan_view.plan_facts(database, number)
        lines = queries.trays(database, number, after=tray - 1, limit=1)
        elsewhere = queries.elsewhere(database, facts.stream, tray)
    if not lines or lines[0].number != tray:
        raise NotFound(f"Stream {number} has no tray {tray:,}.")
    line, files = lines[0], plant().files
    assert facts.stream.plan_sha256  # plan_facts refuses one without  # noqa: S101
    plan = plan_view.open_plan(files, facts)
    wanted = list_place("from", line.first_piece)
    first = min(max(line.first_piece, wanted), line.last_piece)
    last = min(line.last_piece, first + PIECES - 1)
    return render_template(
        "mailroom/tray.html",
        stream=facts.stream,
        trays=len(plan.trays),
        tray=line,
        sentences=explain_tray(plan, tray, elsewhere=elsewhere),
        bundles=plan_view.bundles_of(plan, tray),
        zips=pieces.zips_of_tray(files, facts.stream.plan_sha256, line.first_piece, line.last_piece),
        pieces=plan_view.piece_lines(plan, facts.jobs, first, last),
        page_size=PIECES,
        next_first=last + 1 if last < line.last_piece else None,
    )


@blueprint.get("/pieces/<int:piece>")
@require("work_mailroom")
def piece(number: str, piece: int) -> str:
    """One piece: its whole life, what it costs and why, its marks, who looked."""
    what = f"piece {piece} of stream {number}"
    with reading() as database:
        told = pieces.story(database, plant().files, stream_number=number, piece=piece)
        sees_names = need_to_know.may_see(database, actor(), told.job_number)
        removed = None if told.letter else removal_of(database, told.list_sha256)
        mailing = queries.stream_by_number(database, number).mailing
        left = [_handed_over(row) for row in dock.deliveries_of_mailing(database, mailing.id)]
        steps = passport.life(database, told, left, clock.now())
        looks = looks_at(database, told.job_number, what, limit=LOOKS)
        papers = queries.papers(database, mailing.id) if removed else ()
    if told.letter and sees_names:
        note(told.job_number, what)
    elif told.letter:
        told = replace(told, letter=replace(told.letter, recipient="", city=""))
    return render_template(
        "mailroom/piece.html",
        story=told,
        sees_names=sees_names,
        removed=removed,
        steps=steps,
        copies=passport.copies(told.events),
        looks=looks,
        bars=imb(told.barcode, told.tracking) if told.tracking else "",
        papers=papers,
        mailing=mailing.number,
    )


def _handed_over(row: Delivery) -> passport.HandedOver:
    words = f"{WAYS[row.way].capitalize()}: with {row.taken_by} to {row.place}."
    receipt = f"Receipt {row.receipt}." if row.receipt else f"Received by {row.received_by}."
    return passport.HandedOver(row.left_at, words, row.received_at, receipt)


@blueprint.post("/finish")
@require("work_mailroom")
@command(Asked, again=show)
def finish(uow: UnitOfWork, _said: Asked, number: str) -> Done:
    """Close the account: every piece is explained."""
    found = finish_stream(uow, _stream(uow, number))
    return Done(_here(number), f"Every piece is accounted for: {found.mailable:,} go to the dock.")


@blueprint.post("/withdraw")
@require("work_mailroom")
@command(Withdraw, again=show)
def withdraw_pieces(uow: UnitOfWork, said: Withdraw, number: str) -> Done:
    """Pieces that are not to be mailed."""
    named = withdraw(uow, _stream(uow, number), pieces=said.pieces, reason=said.reason)
    return Done(_here(number), f"{len(named):,} withdrawn. Pull their sheets after printing.")


@blueprint.post("/reprint")
@require("work_mailroom")
@command(Asked, again=show)
def reprint(uow: UnitOfWork, _said: Asked, number: str) -> Done:
    """Exactly the spoiled pieces once more."""
    merge = make_reprint(uow, _stream(uow, number))
    return Done(_here(number), f"Reprint {merge.ticket} is being made; its print ticket follows.")


@blueprint.post("/hold")
@require("work_mailroom")
@command(PutOnHold, again=show)
def hold(uow: UnitOfWork, said: PutOnHold, number: str) -> Done:
    """Stop the stream with a reason."""
    place(uow, _stream(uow, number), words=said.words, stops=Stops(said.stops))
    return Done(_here(number), f"Stream {number} is on hold.")


@blueprint.post("/dissolve")
@require("work_mailroom")
@command(Dissolve, again=show)
def dissolve(uow: UnitOfWork, said: Dissolve, number: str) -> Done:
    """Give the jobs back to the pool, before anything was sorted."""
    building.dissolve(uow, _stream(uow, number), said.reason)
    return Done(url_for("mailroom.home"), f"Stream {number} is dissolved; its jobs are in the pool again.")


def _forms(refused: Refused | None = None) -> dict[str, Form]:
    return {
        "withdraw": Form(Withdraw, refused, key="withdraw"),
        "dissolve": Form(Dissolve, refused, key="dissolve"),
        "hold": Form(PutOnHold, refused, key="hold"),
    }


def _progress(number: str) -> dict[str, object]:
    with reading() as database:
        stream = queries.stream_overview(database, number)
        since = last_event(database, lot_number=number)
        holds, steps = open_holds(database, lots=[number]), stopped_steps(database, lots=[number])
        prices = pieces.price_table(plant().files, stream.plan_sha256) if stream.plan_sha256 else None
        metered = metered_stream(database, plant().files, number) if stream.plan_sha256 else None
    return {
        "stream": stream, "prices": prices, "since": since, "is_over": stream.state in _OVER,
        "metered": metered, "holds": holds, "stopped": steps,
    }  # fmt: skip


def _stream(uow: UnitOfWork, number: str) -> PresortStream:
    return queries.stream_by_number(uow.session, number)


def _here(number: str) -> str:
    return url_for(".show", number=number)
