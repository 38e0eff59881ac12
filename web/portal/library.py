"""The file library of an agency: every master, proof and final PDF of its jobs, found by word and used again."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from kernel.errors import Conflict
from kernel.ids import show_ulid
from production.asked import Asked
from production.frontdesk.drafting.drafts import as_begun
from production.library import queries
from production.library.filing import Filing, fetched, file_under
from production.library.queries import FINALS, MASTERS, PROOFS, ROLES, FileLine, Place
from production.library.reuse import earlier, product_of, use_again
from production.records.keeping import kept
from store.db import UnitOfWork
from web.acts import asks, command
from web.downloads import send_kept
from web.forms import Form, Refused
from web.frame import Done, actor, once, plant, reading, require
from web.recipients import ask_first

blueprint = Blueprint("library", __name__, url_prefix="/library")
GROUPS = {
    "": ("All", ROLES),
    "masters": ("Masters", MASTERS),
    "proofs": ("Proofs", PROOFS),
    "final": ("Final PDFs", FINALS),
}


@blueprint.get("")
@require("see_library")
def shelf() -> str:
    """What was used last first; kind, product, words and place in the address."""
    chosen, words = request.args.get("kind", ""), request.args.get("find", "").strip()[:80]
    product = request.args.get("product", "")[:40]
    chosen = chosen if chosen in GROUPS else ""
    with reading() as session:
        page = queries.shelf(
            session, actor(), roles=GROUPS[chosen][1], words=words, product=product, after=_place()
        )
        until = kept(session, [line.sha256 for line in page.lines])
        products = queries.products_used(session, actor())
    here = partial(url_for, ".shelf", find=words or None, product=product or None)
    return render_template(
        "portal/library.html",
        page=page, kept=until, products=products, product=product, words=words, chosen=chosen,
        tabs=[
            *((here(kind=key or None), label, None) for key, (label, _) in GROUPS.items()),
            (url_for("kits.listing"), "Kits", None),
        ],
        older=here(kind=chosen or None, after=f"{page.older.job}.{page.older.sha256}") if page.older else None,
    )  # fmt: skip


def _place() -> Place | None:
    job, _, sha256 = request.args.get("after", "").partition(".")
    return Place(int(job), sha256[:64]) if job.isascii() and job.isdigit() and len(job) < 19 else None


@blueprint.get("/files/<sha256>")
@require("see_library")
def show(sha256: str, refused: Refused | None = None) -> str:
    """One file: what it is, how long it stays, which jobs used it."""
    with reading() as session:
        line = queries.file_line(session, actor(), sha256)
        until = kept(session, [sha256])
        uses = queries.uses_of(session, actor(), sha256)
        why_not = ""
        try:
            product_of(session, actor(), line)
        except Conflict as error:
            why_not = error.sentence
    values = {
        "title": line.title, "form_number": line.form_number, "note": line.note, "keep_until": line.keep_until,
    }  # fmt: skip
    form = Form(Filing, refused, values=values)
    return render_template(
        "portal/library_file.html",
        line=line,
        kept=until,
        uses=uses,
        why_not=why_not,
        form=form,
        refused=refused,
    )


@blueprint.post("/files/<sha256>")
@require("order")
@command(Filing, again=show)
def keep(uow: UnitOfWork, said: Filing, sha256: str) -> Done:
    """File it under a title."""
    file_under(uow, queries.file_line(uow.session, uow.actor, sha256), said)
    return Done(url_for(".show", sha256=sha256), f"Filed as {said.title}.")


@blueprint.get("/files/<sha256>/content")
@require("see_library")
def content(sha256: str) -> Response:
    """The file itself; each time somebody takes it is in the audit chain."""
    line = _line(sha256)
    if line.names_people and (question := ask_first(line.number, "proof")):
        return question
    with plant().db.unit_of_work(actor()) as uow:
        fetched(uow, line)
    return send_kept(sha256, "application/pdf", line.name)


@blueprint.post("/files/<sha256>/again")
@require("order")
@asks(Asked, again=show)
def again(_said: Asked, sha256: str) -> Response:
    """A new order of the same product with this file in place."""
    line = _line(sha256)
    found = earlier(plant(), actor(), line)

    def work(uow: UnitOfWork) -> Done:
        draft = use_again(uow, line, found)
        return Done(
            url_for(
                "drafting.step", ulid=show_ulid(draft.ulid), step=as_begun(found.product, draft).steps[0]
            ),
            f"A new order of {found.product.name} with {line.name}. Nothing is ordered before you submit it.",
        )

    return once(work)


def _line(sha256: str) -> FileLine:
    with reading() as session:
        return queries.file_line(session, actor(), sha256)
