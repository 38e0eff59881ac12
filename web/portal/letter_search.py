"""Where is a letter? By the name of its recipient."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, render_template
from pydantic import Field

from production.asked import Asked, Line
from production.jobs import need_to_know
from production.mailroom.pieces.letter_search import SHOWN, FoundLetter, find_letters, note_search
from web.acts import asks
from web.forms import Form, Refused
from web.frame import actor, plant, reading, require

blueprint = Blueprint("letter_search", __name__, url_prefix="/letters")


class Find(Asked):
    """Whose letter."""

    name: Line = Field(
        title="Name as it stood in the list",
        description="The beginning is enough; capitals, blanks and dots do not matter.",
        max_length=120,
    )


@blueprint.get("")
@require("find_letter")
def search(
    refused: Refused | None = None, said: Find | None = None, letters: Sequence[FoundLetter] | None = None
) -> str:
    """The question, and the answer when there is one."""
    form = Form(Find, refused, values=said)
    return render_template("portal/letters.html", form=form, refused=refused, found=letters, shown=SHOWN)


@blueprint.post("")
@require("find_letter")
@asks(Find, again=search)
def found(said: Find) -> str:
    """The answer. Posted, so that no name stands in an address or a log of them; who asked is in the audit chain."""
    with reading() as session:
        letters = find_letters(session, actor(), said.name)
        opened = need_to_know.opened(session, actor(), {letter.job_number for letter in letters})
    with plant().db.unit_of_work(actor()) as uow:
        note_search(uow, letters, opened)
    return str(search(said=said, letters=letters))
