"""The paper of a print job, as it is charged: sheets of its components by the unit of their stock."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from production.catalog.models import Stock
from production.jobs.models import Component, Job, PrintItem


def paper_of(session: Session, job: Job) -> list[tuple[str, int]]:
    """Unit and sheets of each component that is printed on a stock with a price of its own. Sheets that are spoiled are
    the shop's."""
    query = (
        select(Stock.usage_unit, Component.quantity)
        .join(PrintItem, PrintItem.stock == Stock.code)
        .join(Component, Component.id == PrintItem.component_id)
        .where(Component.job_id == job.id, Stock.usage_unit.is_not(None))
        .order_by(Component.position)
    )
    return [(unit, sheets) for unit, sheets in session.execute(query) if unit]
