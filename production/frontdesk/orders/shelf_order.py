"""An order that is filled from the shelf becomes a job: nothing is printed, so many are picked, packed and sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete

from kernel.clock import business_date
from kernel.errors import InvalidInput
from kernel.findings import Finding, of_field
from postal.data.mail_days import in_full, mail_days_after
from production.catalog.forms.models import JobForm
from production.catalog.shop_calendar import ShopCalendar, shop_calendar
from production.frontdesk.orders import intake
from production.frontdesk.orders.print_order import remove_components
from production.frontdesk.orders.print_request import place_problems
from production.jobs.models import Component, Job, PrintJob
from production.jobs.states import StopWay
from production.jobs.stops import Stop, set_stops
from production.people.models import BudgetUnit
from production.stockroom.models import StockItem
from production.stockroom.picking import SHELF, take_from_shelf
from production.stockroom.shelf import OnShelf, on_shelf, shelf_item
from store.db import UnitOfWork


@dataclass(frozen=True, slots=True)
class ShelfRequest:
    """So many of an item of the shelf, by its code. ``splits``: bill code to weight."""

    item: str
    quantity: int
    due: date
    place: str
    splits: Mapping[str, int]
    way: StopWay = StopWay.DELIVER


def submit_shelf(uow: UnitOfWork, request: ShelfRequest, *, agency_id: int, requester_id: int) -> Job:
    """A job of a new order, submitted. InvalidInput lists everything wrong with it: STOCK_SHORT, LOT_SUPERSEDED,
    STOCK_COUNT, DUE_DATE, accounts, place; NotFound STOCK_ITEM, also for what is another agency's.
    """
    item, units = _checked(uow, request, agency_id)
    job = intake.new_job(
        uow, PrintJob, agency_id=agency_id, requester_id=requester_id, units=units, title=item.name[:120],
        product=SHELF, quantity=request.quantity, due=request.due,
    )  # fmt: skip
    _fill(uow, job, item, request)
    intake.submit_revision(uow, job, {})
    return job


def resubmit_shelf(uow: UnitOfWork, request: ShelfRequest, job: Job) -> None:
    """The job as it is asked for now; any approval becomes void. Errors as for a new one."""
    item, units = _checked(uow, request, job.agency_id)
    job.title, job.quantity, job.due = item.name[:120], request.quantity, request.due
    intake.charge_to(uow, job, units)
    remove_components(uow, job)
    _fill(uow, job, item, request)
    intake.submit_revision(uow, job, {}, is_whole=True)


def _checked(
    uow: UnitOfWork, request: ShelfRequest, agency_id: int
) -> tuple[StockItem, list[tuple[BudgetUnit, int]]]:
    item, today = shelf_item(uow.session, agency_id, request.item), business_date(uow.now)
    accounts = intake.own_accounts(uow, agency_id)
    (kept,) = on_shelf(uow.session, [item], today)
    problems = [
        *shelf_problems(kept, request.quantity),
        *due_problems(request.due, today, shop_calendar(uow.session)),
        *place_problems(request.place),
        *intake.account_problems(request.splits, accounts),
    ]
    if problems:
        first = problems[0]
        raise InvalidInput(first.message, code=first.code, remedy=first.remedy, findings=problems)
    return item, [(accounts[code], weight) for code, weight in request.splits.items()]


def shelf_problems(kept: OnShelf, quantity: int) -> Iterator[Finding]:
    """Why so many cannot be had from the shelf."""
    if kept.recalled:
        yield of_field("LOT_SUPERSEDED", "item", kept.recalled, "Have the revision in force printed.")
    elif quantity < 1:
        yield of_field("STOCK_COUNT", "quantity", "Write how many, 1 or more.")
    elif quantity > kept.free:
        words = (
            f"{max(kept.free, 0):,} of {kept.name} are free on the shelf, and {quantity:,} were asked for."
        )
        yield of_field("STOCK_SHORT", "quantity", words, "Order fewer, or have it printed.")


def due_problems(due: date, today: date, calendar: ShopCalendar) -> Iterator[Finding]:
    """A day that is past, or on which nothing is delivered: what lies on the shelf needs no day to be made."""
    if due < today:
        yield of_field("DUE_DATE", "due", "That day is past.", f"Choose {in_full(today)} or a later day.")
    elif closed := calendar.closed_for(due):
        following = in_full(mail_days_after(due, 1, calendar.closed_for))
        words = f"Nothing is delivered on {in_full(due)}: {closed}."
        yield of_field("DUE_DATE", "due", words, f"The next day is {following}.")


def _fill(uow: UnitOfWork, job: Job, item: StockItem, request: ShelfRequest) -> None:
    set_stops(uow, job, [Stop(request.place.strip(), request.quantity, request.way)])
    uow.session.add(Component(job_id=job.id, position=1, name="item", quantity=request.quantity))
    uow.session.execute(delete(JobForm).filter_by(job_id=job.id))
    if item.form_revision_id is not None:
        uow.session.add(JobForm(job_id=job.id, form_revision_id=item.form_revision_id))
    take_from_shelf(uow, job, item)
