"""Dispatch and delivery: who took it, how, where to, and with what proof."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence
from pathlib import Path
from shutil import copyfileobj
from typing import Annotated
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from pydantic import Field
from werkzeug.wrappers import Response

from kernel import clock
from kernel.errors import refused_field
from kernel.ids import named_ulid, show_ulid
from production.asked import Asked, Count, File, Known, Line, OneOf, Upload, Why
from production.catalog.shop_calendar import shop_calendar
from production.dock import queries
from production.dock.day import stops_by
from production.dock.deliver import Shown, cartons_of_delivery, come_back, deliver, scan
from production.dock.dispatch import MAIL_WAYS, WAYS, dispatch, dispatch_job
from production.dock.pick_up import BY_CODE, fits
from production.dock.pictures import made_safe
from production.dock.queries import CargoLine, DeliveryLine, cargo, delivery_line
from production.dock.stops import PICK_UP
from store.db import UnitOfWork
from store.files import FileRef
from web.acts import Scanned, asks, command
from web.downloads import send_proof
from web.figures import Figure
from web.forms import Form, Refused
from web.frame import Done, actor, once, plant, reading, require

blueprint = Blueprint("dock", __name__, url_prefix="/dock")
PAGE, MOST = 50, 500
SIGNATURE_LENGTH = 300_000  # letters: a drawing of 600 x 200 dots takes a tenth of it
DRAWN = "data:image/png;base64,"


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
    code: Line = Field(
        "", title="Pick-up code", description="The agency reads it on its page.", max_length=20
    )
    known_by: Line = Field("", title="Without a code: how do you know the person?", max_length=200)
    knowing: Known


class HandOver(Asked):
    """Something was handed over: the post office's receipt, or who received it."""

    CODE = "PROOF"
    receipt: Line = Field("", title="Number of the receipt", max_length=500)
    received_by: Line = Field(
        "", title="Received by", description="The name of the person who took it.", max_length=200
    )
    signature: Line = Field("", title="Signature", max_length=SIGNATURE_LENGTH)
    place: Line = Field("", title="Where it was left", description="Such as Room 214.", max_length=200)
    counted: Count | None = Field(None, title="Pieces counted there")
    photo: File | None = Field(None, title="Photo")
    unscanned: Line = Field("", title="Why some cartons were not scanned", max_length=200)
    knowing: Known


class ComeBack(Asked):
    """It was not handed over, and why."""

    CODE = "PROOF"
    why: Why = Field(
        title="Why was it not handed over?", description="Such as closed, or nobody who may sign."
    )
    is_charged: bool = Field(
        default=False, title="Charge this trip", description="Where the agency was to be there and was not."
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
@asks(Leave, again=leave)
def send(said: Leave, number: str) -> Response:
    """It leaves the plant."""
    custody = said.facts("knowing", "exception", "stop", "code", "known_by")
    known_by = _known_by(said, number) if said.way == PICK_UP else ""

    def work(uow: UnitOfWork) -> Done:
        mailing, job = queries.rows_of(uow.session, number)
        if mailing is not None:
            dispatch(
                uow, mailing, files=plant().files, knowing=said.knowing, exception=said.exception, **custody
            )
        elif job is not None:
            dispatch_job(uow, job, stop=said.stop, known_by=known_by, **custody)
        return Done(url_for(".home"), f"{number} has left with {said.taken_by}.")

    return once(work)


def _known_by(said: Leave, number: str) -> str:
    """How the person at the counter is known; a wrong code is counted before it is refused."""
    if said.known_by:
        return said.known_by
    with plant().db.unit_of_work(actor()) as uow:
        job = queries.rows_of(uow.session, number)[1]
        is_right = job is None or fits(uow, job, said.stop, said.code)
    if not is_right:
        raise refused_field("PICK_UP_CODE", "code", "This is not the code of it.", "Ask for it again.")
    return BY_CODE if said.code else ""


@blueprint.get("/deliveries/<ulid>")
@require("carry")
def delivery(ulid: str, refused: Refused | None = None) -> str:
    """One handing over: its proof, or the form for it."""
    with reading() as database:
        row = queries.delivery_row(database, named_ulid(ulid, "delivery"))
        cartons = cartons_of_delivery(database, row)
    return render_template(
        "dock/delivery.html",
        line=_line(ulid),
        ulid=ulid,
        ways=WAYS,
        cartons=cartons,
        scanned=sum(one.handed_at is not None for one in cartons),
        form=Form(HandOver, refused),
        back=Form(ComeBack, refused),
        refused=refused,
    )


@blueprint.post("/deliveries/<ulid>")
@require("carry")
@asks(HandOver, again=delivery)
def hand_over(said: HandOver, ulid: str) -> Response:
    """The post office's receipt, or the name of who received it, and what else shows it."""
    with plant().files.scratch_folder() as folder:
        shown = Shown(
            signature=_signature(said.signature, folder), photo=_photo(said.photo, folder), place=said.place,
            counted=said.counted, unscanned=said.unscanned,
        )  # fmt: skip

    def work(uow: UnitOfWork) -> Done:
        row = queries.delivery_row(uow.session, named_ulid(ulid, "delivery"))
        deliver(
            uow, row, received_by=said.received_by, receipt=said.receipt, shown=shown, knowing=said.knowing
        )
        return Done(url_for(".home"), f"{_line(ulid).number} is handed over.")

    return once(work)


def _photo(given: Upload | None, folder: Path) -> FileRef | None:
    if given is None:
        return None
    path = folder / "photo.given"
    with path.open("wb") as out:
        copyfileobj(given.stream, out)
    return made_safe(plant().files, path, "photo", folder)


def _signature(text: str, folder: Path) -> FileRef | None:
    """What was drawn, as the browser wrote it into its field."""
    if not text:
        return None
    path = folder / "signature.given"
    try:
        path.write_bytes(b64decode(text.removeprefix(DRAWN), validate=True))
    except ValueError:
        path.write_bytes(b"")  # no picture: refused as such
    return made_safe(plant().files, path, "signature", folder)


@blueprint.post("/deliveries/<ulid>/scan")
@require("carry")
@command(Scanned, again=delivery)
def scan_carton(uow: UnitOfWork, said: Scanned, ulid: str) -> Done:
    """A label of it, where it goes."""
    row = queries.delivery_row(uow.session, named_ulid(ulid, "delivery"))
    done, of = scan(uow, row, said.scan)
    return Done(url_for(".delivery", ulid=ulid), f"{done} of {of} cartons are scanned.")


@blueprint.post("/deliveries/<ulid>/back")
@require("carry")
@command(ComeBack, again=delivery)
def take_back(uow: UnitOfWork, said: ComeBack, ulid: str) -> Done:
    """It lies on the dock again."""
    row = queries.delivery_row(uow.session, named_ulid(ulid, "delivery"))
    come_back(uow, row, said.why, is_charged=said.is_charged)
    return Done(url_for(".home"), f"{_line(ulid).number} is back. It stands under Ready to leave.")


@blueprint.get("/deliveries/<ulid>/<any(signature, photo):what>")
@require("carry")
def picture(ulid: str, what: str) -> Response:
    """Signature or photo of a delivery."""
    with reading() as database:
        sha256 = queries.proof_file(database, named_ulid(ulid, "delivery"), what)
    return send_proof(sha256, what)


@blueprint.get("/today")
@require("carry")
def today() -> str:
    """What leaves by today, by way and stop."""
    with reading() as database:
        stops = stops_by(database, clock.today())
    groups = [
        (words.capitalize(), "", rows)
        for way, words in WAYS.items()
        if (rows := [one for one in stops if one.leaves_by == way])
    ]
    return render_template("dock/today.html", groups=groups, count=len(stops), today=clock.today())


def _line(ulid: str) -> DeliveryLine:
    with reading() as database:
        return delivery_line(database, named_ulid(ulid, "delivery"))


def _key() -> UUID | None:
    text = request.args.get("after")
    return named_ulid(text, "delivery") if text else None
