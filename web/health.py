"""Is it well? /healthz for a supervisor, /readyz for a balancer, /status for people."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, render_template
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from kernel.errors import Unavailable
from store import outbox
from store.db import system_actor
from store.disk import storage_errors
from store.outbox import OutboxMessage
from store.start.migrate import one_role_warning
from web.frame import plant, reading, require

blueprint = Blueprint("health", __name__)
_PROBE = system_actor("probe")


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
def readyz() -> Response:
    """Database and storage answer too; 503 otherwise."""
    with plant().db.read_only(_PROBE) as session:
        session.execute(text("SELECT 1"))
    try:
        with storage_errors(), plant().files.scratch_folder() as folder:
            (folder / secrets.token_hex(4)).write_bytes(b"ready")
    except OSError as error:
        raise Unavailable("The storage cannot be written.") from error
    return Response("ready\n", mimetype="text/plain")


@dataclass(frozen=True, slots=True)
class Backlog:
    """Open work of the background steps. Times None: nothing of the kind."""

    waiting: int
    oldest_waiting: datetime | None
    unsent: int
    oldest_unsent: datetime | None
    abandoned: int
    stopped: list[tuple[str, str, str]]  # task, key, cause


def backlog(session: Session) -> Backlog:
    """What is due and not done, by the database's clock."""
    is_open, now = OutboxMessage.done_at.is_(None), func.clock_timestamp()
    is_due = OutboxMessage.not_before.is_(None) | (OutboxMessage.not_before <= now)
    count_and_oldest = select(func.count(), func.min(OutboxMessage.created_at)).where(is_open, is_due)
    waiting, oldest_waiting = session.execute(count_and_oldest).one()
    unsent, oldest_unsent = session.execute(count_and_oldest.where(OutboxMessage.sent_at.is_(None))).one()
    return Backlog(
        waiting=waiting,
        oldest_waiting=oldest_waiting,
        unsent=unsent,
        oldest_unsent=oldest_unsent,
        abandoned=outbox.abandoned_count(session),
        stopped=[(row.task, row.key, row.failure or "") for row in outbox.parked(session)[:50]],
    )


@blueprint.get("/status")
@require("see_status")
def status() -> str:
    """For people: what waits, since when, what stopped, and a database role that may do too much."""
    with reading() as session:
        found, one_role = backlog(session), one_role_warning(session)
    return render_template("health/status.html", found=found, one_role=one_role)
