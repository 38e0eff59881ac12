"""Mail.dat on the screen: the set of a stream, written and checked; sets made elsewhere, read and compared."""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint, render_template, request, url_for
from pydantic import Field
from werkzeug.wrappers import Response

from kernel.errors import InvalidInput, NotFound, TooLarge
from kernel.ids import named_ulid, show_ulid
from postal.maildat.fileset import MAX_BYTES
from postal.maildat.schema import VERSIONS, code_meanings
from production.asked import Asked, File, Line, OneOf
from production.mailroom.maildat import kept, received
from production.mailroom.streams import queries
from store.db import UnitOfWork
from web.acts import asks, command, sentence_of, status_of
from web.downloads import send_kept
from web.forms import Form, Refused, list_place, sent
from web.frame import Done, once, plant, reading, require

blueprint = Blueprint("maildat", __name__, url_prefix="/mailroom")
PAGE = 50
_ZIP = "application/zip"
_WORDS = {"container_words": code_meanings("CSM-1005"), "price_text": code_meanings("CQT-1008")}


class WriteSet(Asked):
    """A set of a stream."""

    version: Annotated[Line, OneOf({version: version for version in reversed(VERSIONS)}, checked=False)] = (
        Field(title="Version of the standard")
    )
    pieces: Annotated[Line, OneOf(kept.PIECE_FILES, checked=False)] = Field(title="Pieces")
    ready: bool = Field(default=False, title="Containers are ready to pay")


class TakeIn(Asked):
    """A set that another program wrote: an archive, or its files."""

    files: list[File] = Field(title="The set", max_length=500)


@blueprint.get("/streams/<number>/maildat")
@require("work_mailroom")
def of_stream(number: str, refused: Refused | None = None) -> str:
    """The last set of a stream with what its check said, and the form for another."""
    with reading() as session:
        stream = queries.stream_by_number(session, number)
        report = kept.maildat_report(session, plant().files, stream.mailing_id)
    return render_template(
        "mailroom/maildat_lot.html",
        stream=stream,
        report=report,
        form=Form(WriteSet, refused),
        refused=refused,
        **_WORDS,
    )


@blueprint.post("/streams/<number>/maildat")
@require("work_mailroom")
@command(WriteSet, again=of_stream)
def write(uow: UnitOfWork, said: WriteSet, number: str) -> Done:
    """Have a set written; a worker makes and checks it."""
    stream = queries.stream_by_number(uow.session, number)
    kept.request_maildat(uow, stream.mailing, version=said.version, pieces=said.pieces, is_ready=said.ready)
    return Done(
        url_for(".of_stream", number=number), "The set is being written. Load this page again in a moment."
    )


@blueprint.get("/streams/<number>/maildat/set")
@require("work_mailroom")
def download(number: str) -> Response:
    """The archive of a stream's last set."""
    with reading() as session:
        papers = queries.papers(session, queries.stream_by_number(session, number).mailing_id)
    found = next((paper for paper in papers if paper.role == kept.SET_ROLE), None)
    if found is None:
        raise NotFound("This stream has no Mail.dat yet.")
    return send_kept(found.sha256, found.media_type, found.name)


@blueprint.get("/maildat")
@require("work_mailroom")
def listing(refused: Refused | None = None) -> str:
    """Sets received from elsewhere, newest first, and the form that takes another."""
    before = list_place("before", 0) or None
    with reading() as session:
        lines = received.received_lines(session, before=before, limit=PAGE + 1)
    return render_template(
        "mailroom/maildat_received.html",
        lines=[line for _, line in lines[:PAGE]],
        next_url=url_for(".listing", before=lines[PAGE - 1][0]) if len(lines) > PAGE else None,
        first_url=url_for(".listing") if before else None,
        max_mb=MAX_BYTES // 1_000_000,
        form=Form(TakeIn, refused),
        refused=refused,
    )


@blueprint.post("/maildat")
@require("work_mailroom")
@asks(TakeIn, again=listing)
def take_in(said: TakeIn) -> Response | tuple[str, int]:
    """Keep a set by its content and have it read; nothing of it is opened here."""
    given = said.files
    try:
        if len(given) == 1 and given[0].name.lower().endswith(".zip"):
            name, ref = received.plain_name(given[0].name), plant().files.keep_stream(given[0].stream, _ZIP)
        else:
            name, data = received.packed([(file.name, file.stream.read()) for file in given])
            ref = plant().files.keep_bytes(data, _ZIP)
    except TooLarge as error:
        return listing(Refused(TakeIn, sent(), error)), status_of(error)

    def work(uow: UnitOfWork) -> Done:
        row = received.receive(uow, ref, name)
        return Done(
            url_for(".show", ulid=show_ulid(row.ulid)), f"{name} is kept; this page says what is in it."
        )

    return once(work)


@blueprint.get("/maildat/<ulid>")
@require("work_mailroom")
def show(ulid: str) -> str | tuple[str, int]:
    """What reading a set said; with a choice, what differs from another one."""
    choice, differences, error, status = request.args.get("with", ""), None, "", 200
    with reading() as session:
        row = received.find_received(session, named_ulid(ulid, "set"))
        others = received.comparable(session, row.ulid)
        if choice:
            other = received.hash_of_choice(session, choice)
    if choice:
        try:
            differences = received.compare_sets(plant().files, row.sha256, other)
        except (InvalidInput, TooLarge) as refusal:
            error, status = sentence_of(refusal), status_of(refusal)
    result = row.result
    page = render_template(
        "mailroom/maildat_set.html",
        row=row,
        result=result,
        others=[("", "Choose"), *((one.value, one.label) for one in others)],
        choice=choice,
        chosen=next((one.label for one in others if one.value == choice), ""),
        differences=differences,
        error=error,
        **_WORDS,
    )
    return page, status


@blueprint.get("/maildat/<ulid>/file")
@require("work_mailroom")
def file(ulid: str) -> Response:
    """The archive as it was received."""
    with reading() as session:
        row = received.find_received(session, named_ulid(ulid, "set"))
    return send_kept(row.sha256, _ZIP, row.given_name)
