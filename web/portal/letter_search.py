"""Where is a letter? By the name of its recipient."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from kernel.errors import InvalidInput
from production.mailroom.pieces.letter_search import SHOWN, find_letters
from web.forms import errors_of
from web.frame import Entry, actor, plant, reading, require

blueprint = Blueprint("letter_search", __name__, url_prefix="/letters")
nav = (Entry("find_letter", "letter_search.search", "Find a letter"),)


@blueprint.get("")
@require("find_letter")
def search() -> str:
    """The question."""
    return render_template("portal/letters.html", name="", found=None, errors={}, shown=SHOWN)


@blueprint.post("")
@require("find_letter")
def found() -> str | tuple[str, int]:
    """The answer. Posted, so that no name stands in an address or a log of them; who asked is in the audit chain."""
    name = request.form.get("name", "").strip()[:120]
    try:
        with reading() as session:
            letters = find_letters(session, actor(), name)
    except InvalidInput as error:
        return render_template(
            "portal/letters.html", name=name, found=None, errors=errors_of(error), shown=SHOWN
        ), 422
    with plant().db.unit_of_work(actor()) as uow:
        jobs = sorted({letter.job_number for letter in letters})
        uow.audit("recipient", None, "letters_searched", found=len(letters), jobs=jobs)
    return render_template("portal/letters.html", name=name, found=letters, errors={}, shown=SHOWN)
