"""What the check of an order from the shelf leaves behind: whether it is there, how it is picked, and its slip."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from sqlalchemy.orm import Session

from postal.data.mail_days import in_full
from production.catalog import planning
from production.catalog import queries as catalog
from production.catalog.planned_usage import PlannedUsage
from production.catalog.planning import PlannedOperation
from production.frontdesk.orders.shelf_order import shelf_problems
from production.frontdesk.preparation.print_check import PrintCheck, show
from production.jobs.models import Job
from production.jobs.stops import WAYS, stops_of
from production.jobs.usage import Unit
from production.prepress.papers.pick_slip import pick_slip
from production.stockroom.picking import PICK, SHELF, pick_of
from production.stockroom.shelf import OnShelf, on_shelf
from store.files import FileStore


def examine(session: Session, files: FileStore, job: Job, today: date, folder: Path) -> PrintCheck:
    """Findings where it cannot be had any more, else how it is picked, and its slip as what is approved."""
    item = pick_of(session, job)
    assert item is not None  # it was ordered so  # noqa: S101
    (kept,) = on_shelf(session, [item], today)
    quantity = job.quantity or 0
    check = PrintCheck(job.revision, list(shelf_problems(kept, quantity)))
    if check.may_go_on:
        check.plan = planned(session, kept, quantity)
        show(files, check, pick_slip(folder / "slip.pdf", kept.name, _facts(session, job, kept)), 1)
    return check


def _facts(session: Session, job: Job, kept: OnShelf) -> list[tuple[str, str]]:
    places = [
        (WAYS[one.way].capitalize(), f"{one.quantity:,} to {one.place}") for one in stops_of(session, job)
    ]
    return [
        ("Item", kept.code),
        *([("Form", kept.form)] if kept.form else []),
        ("Quantity", f"{job.quantity or 0:,} {kept.unit}s"),
        ("Job", job.number),
        ("Needed by", in_full(job.due)),
        *places,
    ]


def planned(session: Session, kept: OnShelf, quantity: int) -> tuple[PlannedOperation, ...]:
    """The operations of the route: picking is charged once an order, goods of the shop at what they are worth now."""
    route = catalog.product(session, SHELF).route
    used = [PlannedUsage(Unit.STOCK_PICK, Decimal(1))]
    if worth := kept.worth(quantity):
        used.append(PlannedUsage(Unit.STOCK_GOODS, worth))
    steps = planning.plan(catalog.planned(session, route, {}), quantity, {})
    return tuple(replace(one, usage=tuple(used)) if one.code == PICK else one for one in steps)
