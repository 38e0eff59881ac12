"""Finding a piece: by stream and number, page mark, barcode, or the recipient's name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import Field
from werkzeug.wrappers import Response

from kernel.errors import UserError
from production.asked import Asked, Line
from production.jobs import need_to_know
from production.mailroom.pieces import story
from production.mailroom.pieces.letter_search import FoundLetter, find_letters, note_search
from web.acts import asks, sentence_of, status_of
from web.forms import Refused
from web.frame import actor, plant, reading, require

blueprint = Blueprint("piece_search", __name__, url_prefix="/mailroom/find")


@blueprint.get("")
@require("work_mailroom")
def find() -> str | Response | tuple[str, int]:
    """A number or barcode in the address: what other pages link to. Names are only ever posted."""
    return _answer(request.args.get("q", "").strip()[:120], by_name=False)


class Find(Asked):
    """One box for everything: stream and piece, page mark, barcode, name."""

    q: Line = Field(title="Find a piece", max_length=120)


def _again(refused: Refused) -> str:
    return _page(refused.sent.fields.get("q", ""), error=refused.sentence)


@blueprint.post("")
@require("work_mailroom")
@asks(Find, again=_again)
def search(said: Find) -> str | Response | tuple[str, int]:
    """One box for everything; a single hit is opened at once."""
    return _answer(said.q, by_name=True)


def _answer(text: str, *, by_name: bool) -> str | Response | tuple[str, int]:
    if not text:
        return _page(text)
    try:
        with reading() as database:
            found = story.find(database, text)
            letters = find_letters(database, actor(), text) if by_name and not found else ()
            opened = need_to_know.opened(database, actor(), {letter.job_number for letter in letters})
    except UserError as error:
        return _page(text, error=sentence_of(error)), status_of(error)
    if len(found) == 1:
        return redirect(url_for("stream.piece", number=found[0].stream_number, piece=found[0].piece))
    if not by_name and not found:
        return _page("", error="Type a name into the box; in an address it would stay where others read it.")
    if not found:
        with plant().db.unit_of_work(actor()) as uow:
            note_search(uow, letters, opened)
    return _page(text, found=found, **shown_and_counted(letters, opened))


def shown_and_counted(letters: Sequence[FoundLetter], opened: set[str]) -> dict[str, object]:
    """Letters of jobs whose recipients may be seen; of the others how many there are, by job and title."""
    counted = Counter((one.job_number, one.title) for one in letters if one.job_number not in opened)
    return {"letters": [one for one in letters if one.job_number in opened], "counted": counted}


def _page(text: str, **shown: object) -> str:
    return render_template("mailroom/find.html", text=text, **shown)
