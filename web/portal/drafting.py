"""Ordering a mailing in five steps: order, files, columns, letter, review. A submitted job is changed the same way."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PureWindowsPath
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from kernel.errors import Conflict, IdempotencyMismatch, InvalidInput, NotFound, StaleVersion
from kernel.findings import Severity
from kernel.ids import parse_ulid, show_ulid
from postal.piece.kinds import CONTENTS
from production.catalog.piece_weight import envelopes
from production.frontdesk.address_matching.adapters import WORDS, outside_adapters, require_adapter
from production.frontdesk.orders import drafts, queries
from production.frontdesk.orders.intake import GivenFile
from production.frontdesk.orders.models import MailingDraft
from production.frontdesk.preparation import first_check
from production.jobs.models import Job, JobEvent
from production.people.second_person import full_name
from store.db import UnitOfWork
from store.files import FileRef
from web.downloads import send_kept
from web.forms import errors_of
from web.frame import Done, actor, once, plant, reading, require
from web.portal import columns, wishes

blueprint = Blueprint("drafting", __name__, url_prefix="/drafts")
nav = ()
_MEDIA_TYPES = {
    "template": "application/pdf",
    "list": "application/octet-stream",
    "fields": "application/json",
    "certificate": "application/pdf",
}
_NOT_NEEDED = ("fields", "certificate")
Page = str | Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the form in the line above it."""

    label: str
    url: str
    is_done: bool
    is_here: bool


def _steps(draft: MailingDraft, here: str) -> list[Step]:
    ready = {
        "order": True,
        "files": {"template", "list"} <= set(draft.files) and bool(draft.pages and draft.columns),
        "columns": drafts.is_mapped(draft),
        "letter": "fields" in draft.files,
        "review": False,
    }
    labels = {
        "order": "Order",
        "files": "Files",
        "columns": "Columns",
        "letter": "Letter",
        "review": "Review",
    }
    return [Step(labels[name], _url(name, draft), is_done, name == here) for name, is_done in ready.items()]


def _url(step: str, draft: MailingDraft) -> str:
    return url_for(f".{step}", ulid=show_ulid(draft.ulid))


def _find(ulid: str) -> MailingDraft:
    with reading() as session:
        draft = drafts.find(session, actor(), _key(ulid))
    if draft.ended_at is not None:
        abort(_where_it_went(draft))
    return draft


def _where_it_went(draft: MailingDraft) -> Response:
    """A used draft leads on: to its job, or to the jobs where it was thrown away."""
    with reading() as session:
        number = session.scalar(select(Job.number).filter_by(id=draft.job_id)) if draft.job_id else None
    words = f"This order was submitted: here is job {number}." if number else "This draft was thrown away."
    flash(words, "info")
    go = url_for("jobs.show", number=number) if number else url_for("jobs.listing")
    return redirect(go, code=303)


def _key(ulid: str) -> UUID:
    try:
        return parse_ulid(ulid)
    except ValueError as error:
        raise NotFound("There is no such draft.") from error


def _change(ulid: str, work: Callable[[UnitOfWork, MailingDraft], str], **evidence: Any) -> Response:
    """One step under its one-time key; ``work`` names the step to go to. InvalidInput also for a form that is older
    than the draft, or was sent before: the page comes again with what was typed.
    """
    _find(ulid)

    def command(uow: UnitOfWork) -> Done:
        draft = drafts.open_draft(uow, _key(ulid), seen=request.form.get("seen", ""))
        step = work(uow, draft)
        return Done(_url(step, draft))

    try:
        return once(command, **evidence)
    except (StaleVersion, IdempotencyMismatch) as error:
        raise InvalidInput(error.sentence, code=error.instance_code) from error


def _refused(template: str, error: InvalidInput, **context: Any) -> tuple[str, int]:
    return render_template(template, errors=errors_of(error), **context), 422


# --- order -------------------------------------------------------------------------------------------------


@blueprint.get("/new")
@require("order")
def begin() -> str:
    """The first step of a new mailing."""
    accounts = _accounts()
    return _order_page(wishes.empty(accounts), accounts)


@blueprint.post("/new")
@require("order")
def start() -> Page:
    """A draft from here on."""
    asked, unread = wishes.read(request.form)

    def work(uow: UnitOfWork) -> Done:
        draft = drafts.begin(uow, asked)
        wishes.refuse(unread)
        return Done(_url("files", draft))

    try:
        return once(work)
    except InvalidInput as error:
        error.findings += unread
        return _order_page(request.form, _accounts(), errors=errors_of(error)), 422


@blueprint.get("/<ulid>/order")
@require("order")
def order(ulid: str) -> str:
    """The first step again."""
    draft, accounts = _find(ulid), _accounts()
    return _order_page(wishes.as_form(draft.wishes, accounts), accounts, draft=draft)


@blueprint.post("/<ulid>/order")
@require("order")
def keep_order(ulid: str) -> Page:
    """Change title, date, envelope, sides, accounts."""
    asked, unread = wishes.read(request.form)

    def work(uow: UnitOfWork, draft: MailingDraft) -> str:
        drafts.keep_wishes(uow, draft, asked)
        wishes.refuse(unread)
        return "files"

    try:
        return _change(ulid, work)
    except InvalidInput as error:
        error.findings += [finding for finding in unread if finding not in error.findings]
        return _order_page(request.form, _accounts(), draft=_find(ulid), errors=errors_of(error)), 422


def _accounts() -> list[queries.AccountLine]:
    me = actor()
    assert me.agency_id is not None  # "order" is only for agency people  # noqa: S101
    with reading() as session:
        return queries.open_accounts(session, me.agency_id)


def _order_page(form: Any, accounts: Any, *, draft: MailingDraft | None = None, errors: Any = None) -> str:
    return render_template(
        "portal/draft_order.html",
        form=form,
        accounts=accounts,
        classes=wishes.class_choices(),
        contents=wishes.content_choices(),
        envelopes=wishes.envelope_choices(),
        draft=draft,
        steps=_steps(draft, "order") if draft else [],
        errors=errors or {},
    )


# --- files -------------------------------------------------------------------------------------------------


@blueprint.get("/<ulid>/files")
@require("order")
def files(ulid: str) -> str:
    """Letter, list and, if there is one, a fields file."""
    return _files_page(_find(ulid), {})


@blueprint.post("/<ulid>/files")
@require("order")
def keep_files(ulid: str) -> Page:
    """Keep what is good of what was sent; say what is not beside its field."""
    draft, errors = _find(ulid), {}
    taken: list[Callable[[UnitOfWork, MailingDraft], None]] = []
    hashes: dict[str, str] = {}
    for role, take in _TAKERS.items():
        sent = request.files.get(role)
        if sent is None or not sent.filename:
            if role not in draft.files and role not in _NOT_NEEDED:
                errors[role] = "Choose the file."
            continue
        try:
            given = _keep(sent, role)
            hashes[role] = given.ref.sha256
            taken.append(take(given))
        except InvalidInput as error:
            errors |= errors_of(error)

    def work(uow: UnitOfWork, draft: MailingDraft) -> str:
        for act in taken:
            act(uow, draft)
        return "letter" if drafts.is_mapped(draft) else "columns"

    try:
        answer = _change(ulid, work, hashes=hashes)
        if not errors:
            return answer
    except InvalidInput as error:
        errors |= errors_of(error)
    return _files_page(_find(ulid), errors), 422


def _files_page(draft: MailingDraft, errors: dict[str, str]) -> str:
    return render_template(
        "portal/draft_files.html",
        draft=draft,
        steps=_steps(draft, "files"),
        page_size=envelopes()[draft.wishes["envelope"]].page_words,
        errors=errors,
    )


def _keep(sent: FileStorage, role: str) -> GivenFile:
    """Kept by hash before anything looks at it; only the last part of the name, without control characters."""
    name = PureWindowsPath(sent.filename or "").name
    name = "".join(letter for letter in name if letter.isprintable()).strip()[-200:] or role
    return GivenFile(plant().files.keep_stream(sent.stream, _MEDIA_TYPES[role]), name)


def _take_letter(given: GivenFile) -> Callable[[UnitOfWork, MailingDraft], None]:
    pages = first_check.look_at_letter(plant().files, plant().files.path(given.ref.sha256), given.name)
    return lambda uow, draft: drafts.keep_template(uow, draft, given, pages)


def _take_list(given: GivenFile) -> Callable[[UnitOfWork, MailingDraft], None]:
    preview = first_check.look_at_list(plant().files.path(given.ref.sha256), given.name)
    return lambda uow, draft: drafts.keep_list(uow, draft, given, preview["columns"])


def _take_fields(given: GivenFile) -> Callable[[UnitOfWork, MailingDraft], None]:
    first_check.look_at_fields(plant().files.path(given.ref.sha256))
    return lambda uow, draft: drafts.keep_fields(uow, draft, given)


def _take_certificate(given: GivenFile) -> Callable[[UnitOfWork, MailingDraft], None]:
    return lambda uow, draft: drafts.keep_certificate(uow, draft, given)


_TAKERS = {
    "template": _take_letter, "list": _take_list, "fields": _take_fields, "certificate": _take_certificate,
}  # fmt: skip


@blueprint.get("/<ulid>/pages/<int:page>.png")
@require("order")
def page_image(ulid: str, page: int) -> Response:
    """A page of the letter as an image."""
    draft = _find(ulid)
    if not 1 <= page <= len(draft.pages):
        raise NotFound("There is no such page.")
    sha256 = draft.pages[page - 1].get("sha256")
    if sha256 is None:
        letter = plant().files.checked_path(draft.files["template"]["sha256"])
        sha256 = first_check.draw_page(plant().files, letter, page)
    return send_kept(sha256, "image/png", f"page-{page}.png", as_attachment=False)


# --- columns -----------------------------------------------------------------------------------------------


@blueprint.get("/<ulid>/columns", endpoint="columns")
@require("order")
def columns_step(ulid: str) -> Page:
    """The first rows of the list, and which column is which part of the address."""
    draft = _find(ulid)
    if "list" not in draft.files:
        return redirect(_url("files", draft), code=303)
    return _columns_page(draft, draft.options)


@blueprint.post("/<ulid>/columns")
@require("order")
def keep_columns(ulid: str) -> Page:
    """Confirm the columns, or read the list again in another way."""
    draft = _find(ulid)
    is_confirmed = request.form.get("go") != "reread"
    options: dict[str, Any] = {
        "list": columns.read_options(request.form),
        "mapping": columns.read_mapping(request.form) if is_confirmed else None,
        "confidential": columns.is_confidential(request.form),
        "matching": request.form.get("matching", ""),
    }
    try:
        require_adapter(plant().settings, options["matching"])
        preview = _preview(draft, options["list"])
        return _change(ulid, lambda _uow, mine: _confirm(mine, options, preview["columns"]))
    except InvalidInput as error:
        return _columns_page(_find(ulid), options, errors=errors_of(error)), 422


def _confirm(draft: MailingDraft, options: dict[str, Any], names: list[str]) -> str:
    drafts.keep_columns(draft, options, names)
    return "columns" if options["mapping"] is None else "letter"


def _preview(draft: MailingDraft, options: Any) -> Any:
    kept = draft.files["list"]
    return first_check.look_at_list(plant().files.checked_path(kept["sha256"]), kept["name"], options)


def _columns_page(draft: MailingDraft, options: dict[str, Any], *, errors: Any = None) -> str:
    reading_options, mapping = options.get("list", {}), options.get("mapping")
    try:
        preview = _preview(draft, reading_options)
    except InvalidInput as error:  # options that do not fit this file, or a list that is no longer readable
        reading_options, errors = {}, (errors or {}) | errors_of(error)
        preview = _preview(draft, reading_options)
    return render_template(
        "portal/draft_columns.html",
        draft=draft,
        steps=_steps(draft, "columns"),
        preview=preview,
        options=reading_options,
        parts=columns.choices(preview, mapping or preview["mapping"]),
        people=columns.people_choices(options),
        reading=columns.reading_choices(preview),
        of_all=columns.of_all(mapping or preview["mapping"]),
        matchers=[(name.value, WORDS[name]) for name in outside_adapters(plant().settings)],
        matching=options.get("matching", ""),
        errors=errors or {},
    )


# --- letter ------------------------------------------------------------------------------------------------


@blueprint.get("/<ulid>/letter")
@require("order")
def letter(ulid: str) -> Page:
    """The boxes on the letter's pages."""
    draft = _find(ulid)
    if not draft.pages or not draft.columns:
        return redirect(_url("files", draft), code=303)
    kept = draft.files.get("fields")
    text = plant().files.checked_path(kept["sha256"]).read_text("utf-8") if kept else _usual(draft)
    found = drafts.read_fields(draft, text.encode())[1]
    return _letter_page(draft, text, found)


@blueprint.post("/<ulid>/letter")
@require("order")
def keep_letter(ulid: str) -> Page:
    """Check the boxes against the letter and the list, and keep them as the fields file."""
    draft = _find(ulid)
    text = _usual(draft) if request.form.get("go") == "usual" else request.form.get("boxes", "")
    found = drafts.read_fields(draft, text.encode())[1]
    if any(finding.severity is Severity.STOP for finding in found):
        return _letter_page(draft, text, found), 422
    ref: FileRef = plant().files.keep_bytes(text.encode(), _MEDIA_TYPES["fields"])

    def work(uow: UnitOfWork, mine: MailingDraft) -> str:
        drafts.keep_fields(uow, mine, GivenFile(ref, "fields.json"))
        return "letter" if request.form.get("go") == "usual" else "review"

    try:
        return _change(ulid, work)
    except InvalidInput as error:
        return _letter_page(_find(ulid), text, found, errors=errors_of(error)), 422


def _usual(draft: MailingDraft) -> str:
    return json.dumps(drafts.usual_fields(draft).to_json(), indent=2)


def _letter_page(draft: MailingDraft, text: str, found: Any, *, errors: Any = None) -> str:
    ulid = show_ulid(draft.ulid)
    pages = [
        {
            "number": number,
            "image_url": url_for(".page_image", ulid=ulid, page=number),
            "width": page["width"],
            "height": page["height"],
        }
        for number, page in enumerate(draft.pages, start=1)
    ]
    return render_template(
        "portal/draft_letter.html",
        draft=draft,
        steps=_steps(draft, "letter"),
        pages=pages,
        place=envelopes()[draft.wishes["envelope"]].usual_place,
        text=text,
        errors=[
            *(errors or {}).items(),
            *(("boxes", f"{one.message} {one.remedy}") for one in found if one.severity is Severity.STOP),
        ],
        warnings=[f"{one.message} {one.remedy}" for one in found if one.severity is not Severity.STOP],
    )


# --- review ------------------------------------------------------------------------------------------------


@blueprint.get("/<ulid>/review")
@require("order")
def review(ulid: str) -> Page:
    """Everything once more, and the button."""
    draft = _find(ulid)
    missing = next((step for step in _steps(draft, "review") if not step.is_done), None)
    if missing is not None and missing.label != "Review":
        flash(f"First finish this step: {missing.label}.", "info")
        return redirect(missing.url, code=303)
    order = drafts.as_request(draft)
    return render_template(
        "portal/draft_review.html",
        draft=draft,
        steps=_steps(draft, "review"),
        order=order,
        mail_class=dict(wishes.class_choices()).get(order.mail_class, ""),
        content=CONTENTS.get(order.content, ""),
        envelope=dict(wishes.envelope_choices()).get(order.envelope, ""),
        parts=columns.PARTS,
        people=columns.people_choices(draft.options),
    )


@blueprint.post("/<ulid>/review")
@require("order")
def submit(ulid: str) -> Page:
    """One job, however often the button is pressed; somebody else's change in between is told, not overwritten."""
    over = request.form.get("over", type=int)

    def work(uow: UnitOfWork) -> Done:
        draft = drafts.open_draft(uow, _key(ulid), seen=request.form.get("seen", ""))
        job = drafts.submit(uow, draft, over=over)
        return Done(
            url_for("jobs.show", number=job.number), f"Job {job.number} is submitted and being checked."
        )

    try:
        return once(work)
    except Conflict as error:
        draft = _draft_of(ulid)
        return _where_it_went(draft) if draft.ended_at else (_stale_page(draft, error), 409)
    except InvalidInput as error:
        for sentence in errors_of(error).values():
            flash(sentence, "error")
        return redirect(url_for(".order", ulid=ulid), code=303)


def _draft_of(ulid: str) -> MailingDraft:
    """The person's draft, open or used."""
    with reading() as session:
        return drafts.find(session, actor(), _key(ulid))


def _stale_page(draft: MailingDraft, error: Conflict) -> str:
    """Who has changed the job, what became of one's own draft, and what can be done."""
    with reading() as session:
        job = session.scalars(select(Job).filter_by(id=draft.job_id)).first() if draft.job_id else None
        last = (
            session.scalars(
                select(JobEvent)
                .filter_by(job_id=job.id, event="submit")
                .order_by(JobEvent.id.desc())
                .limit(1)
            ).first()
            if job
            else None
        )
        who = full_name(session, last.actor) if last else ""
    is_changed = job is not None and job.revision != draft.base_revision
    return render_template(
        "portal/draft_stale.html", draft=draft, job=job if is_changed else None, who=who,
        at=last.occurred_at if last else None, error=error,
    )  # fmt: skip


@blueprint.post("/<ulid>/throw-away")
@require("order")
def throw_away(ulid: str) -> Response:
    """End a draft that nobody wants."""

    def work(uow: UnitOfWork) -> Done:
        drafts.throw_away(uow, drafts.open_draft(uow, _key(ulid)))
        return Done(url_for("jobs.listing"), "The draft is thrown away.")

    return once(work)
