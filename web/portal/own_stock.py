"""What lies in the stockroom for an agency: its own items, and finished forms of its own that the shop keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, render_template, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel import clock
from production.catalog.forms.models import JobForm
from production.jobs.models import Job
from production.stockroom.models import StockItem
from production.stockroom.picking import SHELF
from production.stockroom.shelf import OnShelf, of_agency, on_shelf
from web.frame import actor, reading, require

blueprint = Blueprint("own_stock", __name__, url_prefix="/our-stock")
LOW_MONTHS = 2  # of supply, from which on it is shown as low; shop to confirm


@blueprint.get("")
@require("see_own_stock")
def listing() -> str:
    """Everything of the agency, by name."""
    agency_id, today = actor().agency_id or 0, clock.today()
    with reading() as session:
        items = session.scalars(of_agency(agency_id)).all()
        lines = on_shelf(session, items, today)
        again = _made_by(session, items)
    return render_template(
        "portal/own_stock.html",
        lines=lines,
        low={one.code for one in lines if _is_low(one)},
        again={code: url_for("ordering_again.page", number=number) for code, number in again.items()},
    )


def _is_low(one: OnShelf) -> bool:
    return not one.recalled and (one.free <= 0 or (one.months is not None and one.months <= LOW_MONTHS))


def _made_by(session: Session, items: Sequence[StockItem]) -> Mapping[str, str]:
    """By the code of an item, the last job that printed its form."""
    last = (
        select(JobForm.form_revision_id, func.max(JobForm.job_id).label("job_id"))
        .join(Job, Job.id == JobForm.job_id)
        .where(Job.product != SHELF)
        .group_by(JobForm.form_revision_id)
        .subquery()
    )
    query = (
        select(StockItem.code, Job.number)
        .join(last, last.c.form_revision_id == StockItem.form_revision_id)
        .join(Job, Job.id == last.c.job_id)
        .where(StockItem.id.in_([one.id for one in items]))
    )
    return dict(session.execute(query).all())
