"""Finding a piece: by batch and number, page mark, barcode, or the recipient's name."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from kernel.errors import UserError
from production.mailroom import pieces
from production.mailroom.finding import find_letters
from web import acts
from web.frame import actor, reading, require

blueprint = Blueprint("finding_piece", __name__, url_prefix="/mailroom/find")
nav = ()


@blueprint.get("")
@require("work_mailroom")
def find() -> str | Response | tuple[str, int]:
    """One box for everything; a single hit is opened at once."""
    text = request.args.get("q", "").strip()[:120]
    if not text:
        return _page(text)
    try:
        with reading() as database:
            found = pieces.find(database, text)
            letters = () if found else find_letters(database, actor(), text)
    except UserError as error:
        return _page(text, error=acts.sentence_of(error)), acts.status_of(error)
    if len(found) == 1:
        return redirect(url_for("batch.piece", number=found[0].batch_number, piece=found[0].piece))
    return _page(text, found=found, letters=letters)


def _page(text: str, **shown: object) -> str:
    return render_template("mailroom/find.html", text=text, **shown)
