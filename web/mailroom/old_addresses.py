"""Addresses that moved: links kept in mail and bookmarks still lead where they led."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from production.mailings.streams import mailing_by_number
from web.frame import reading, require

blueprint = Blueprint("old_addresses", __name__, url_prefix="/mailroom")


@blueprint.get("/batches/<path:rest>")
@require("see_savings")  # of what lies there, whatever most people may see; the new address asks for the rest
def batch(rest: str) -> Response:
    """A stream, when it was called a batch."""
    asked = request.query_string.decode()
    return redirect(f"/mailroom/streams/{rest}" + (f"?{asked}" if asked else ""), code=308)


@blueprint.get("/streams/<number>/papers/<role>")
@require("work_mailroom")
def paper(number: str, role: str) -> Response:
    """A paper of a stream, now of its mailing."""
    with reading() as database:
        mailing = mailing_by_number(database, number).number
    return redirect(url_for("mailing.paper", number=mailing, role=role), code=308)
