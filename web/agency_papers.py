"""Papers for an agency to the browser: kept by hash, made when the first one asks."""

from __future__ import annotations

from collections.abc import Callable

from werkzeug.wrappers import Response

from production.frontdesk.orders.agency_papers import keep_paper, kept_paper
from production.frontdesk.orders.queries import job_by_number
from web.downloads import send_kept
from web.frame import actor, plant, reading

PDF = "application/pdf"


def send_paper(number: str, role: str, name: str, make: Callable[[], bytes]) -> Response:
    """The paper in this role of a job that the reader may see, else NotFound."""
    with reading() as session:
        sha256 = kept_paper(session, job_by_number(session, actor(), number), role)
    if sha256 is None:
        ref = plant().files.keep_bytes(make(), PDF)
        with plant().db.unit_of_work(actor()) as uow:
            keep_paper(uow, job_by_number(uow.session, uow.actor, number), role, ref, name)
        sha256 = ref.sha256
    return send_kept(sha256, PDF, name)
