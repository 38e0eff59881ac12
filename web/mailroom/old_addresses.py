"""Addresses that moved: links kept in mail and bookmarks still lead where they led."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from web.frame import require

blueprint = Blueprint("old_addresses", __name__, url_prefix="/mailroom/batches")


@blueprint.get("/<path:rest>")
@require("see_savings")  # of what lies there, whatever most people may see; the new address asks for the rest
def stream(rest: str) -> Response:
    """A stream, when it was called a batch."""
    asked = request.query_string.decode()
    return redirect(f"/mailroom/streams/{rest}" + (f"?{asked}" if asked else ""), code=308)
