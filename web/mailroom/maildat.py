"""Mail.dat on the screen: the set of a batch, written and checked; sets made elsewhere, read and compared."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from kernel.errors import InvalidInput, NotFound, ShopError, TooLarge, UserError
from kernel.ids import parse_ulid, show_ulid
from postal.maildat.fileset import MAX_BYTES
from postal.maildat.schema import VERSIONS, code_meanings
from production.mailroom.maildat import kept, received
from production.mailroom.streams import queries
from store.db import UnitOfWork
from web import acts
from web.downloads import send_kept
from web.forms import list_place
from web.frame import Done, once, plant, reading, require

blueprint = Blueprint("maildat", __name__, url_prefix="/mailroom")
PAGE = 50
_ZIP = "application/zip"
_VERSIONS = [(version, version) for version in reversed(VERSIONS)]
_WORDS = {"container_words": code_meanings("CSM-1005"), "price_text": code_meanings("CQT-1008")}
_PIECES = list(kept.PIECE_FILES.items())


@blueprint.get("/batches/<number>/maildat")
@require("work_mailroom")
def of_batch(number: str, error: ShopError | None = None) -> str:
    """The last set of a batch with what its check said, and the form for another."""
    with reading() as session:
        batch = queries.batch_by_number(session, number)
        report = kept.maildat_report(session, plant().files, batch.mailing_id)
    return render_template(
        "mailroom/maildat_lot.html",
        batch=batch,
        report=report,
        versions=_VERSIONS,
        pieces=_PIECES,
        typed=request.form,
        error=acts.sentence_of(error) if error else "",
        **_WORDS,
    )


@blueprint.post("/batches/<number>/maildat")
@require("work_mailroom")
def write(number: str) -> Response | tuple[str, int]:
    """Have a set written; a worker makes and checks it."""

    def work(uow: UnitOfWork) -> Done:
        batch = queries.batch_by_number(uow.session, number)
        kept.request_maildat(
            uow,
            batch.mailing,
            version=request.form.get("version", ""),
            pieces=request.form.get("pieces", ""),
            is_ready=request.form.get("ready") == "yes",
        )
        return Done(
            url_for(".of_batch", number=number), "The set is being written. Load this page again in a moment."
        )

    return acts.act(work, again=lambda error: of_batch(number, error))


@blueprint.get("/batches/<number>/maildat/set")
@require("work_mailroom")
def download(number: str) -> Response:
    """The archive of a batch's last set."""
    with reading() as session:
        papers = queries.papers(session, queries.batch_by_number(session, number).mailing_id)
    found = next((paper for paper in papers if paper.role == kept.SET_ROLE), None)
    if found is None:
        raise NotFound("This batch has no Mail.dat yet.")
    return send_kept(found.sha256, found.media_type, found.name)


@blueprint.get("/maildat")
@require("work_mailroom")
def listing(error: ShopError | None = None) -> str:
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
        error=acts.sentence_of(error) if error else "",
    )


@blueprint.post("/maildat")
@require("work_mailroom")
def take_in() -> Response | tuple[str, int]:
    """Keep a set by its content and have it read; nothing of it is opened here."""
    given = [file for file in request.files.getlist("files") if file.filename]
    try:
        if len(given) == 1 and str(given[0].filename).lower().endswith(".zip"):
            name, ref = (
                received.plain_name(given[0].filename),
                plant().files.keep_stream(given[0].stream, _ZIP),
            )
        else:
            name, data = received.packed([(str(file.filename), file.read()) for file in given])
            ref = plant().files.keep_bytes(data, _ZIP)
    except UserError as error:
        return listing(error), acts.status_of(error)

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
        row = received.find_received(session, _key(ulid))
        others = received.comparable(session, row.ulid)
        if choice:
            other = received.hash_of_choice(session, choice)
    if choice:
        try:
            differences = received.compare_sets(plant().files, row.sha256, other)
        except (InvalidInput, TooLarge) as refusal:
            error, status = acts.sentence_of(refusal), acts.status_of(refusal)
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
        row = received.find_received(session, _key(ulid))
    return send_kept(row.sha256, _ZIP, row.given_name)


def _key(ulid: str) -> UUID:
    try:
        return parse_ulid(ulid)
    except ValueError as error:
        raise NotFound("There is no such set.") from error
