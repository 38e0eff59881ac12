"""What a job, or one step of it, would cost and when it would be made in the house: beside a price outside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.clock import business_date
from kernel.errors import ShopError
from kernel.money import Extended, Money, to_cents
from postal.data.mail_days import in_full
from production.catalog.press_room.standards import shop_standards
from production.catalog.products.families import families
from production.catalog.products.spec import Spec, read_spec
from production.frontdesk.estimates.estimate import Estimate, estimate
from production.frontdesk.estimates.presswork import Printed
from production.frontdesk.orders.spec_order import SPEC
from production.frontdesk.preparation.spec_plan import laid_out, planned
from production.jobs.models import Job, JobFile, LotShare, Operation
from production.scheduling.models import Reservation, ScheduledRun
from production.scheduling.promising import promise_of
from store.files import FileStore


@dataclass(frozen=True, slots=True)
class InHouse:
    """``price`` by the shop's estimate, ``day`` by its schedule; None and why in ``words`` where neither says it."""

    price: Money | None
    day: date | None
    words: str


def spec_of(session: Session, files: FileStore, job: Job) -> Spec | None:
    """The specification that a job was ordered by; None of one that goes by its options."""
    query = select(JobFile.sha256).filter_by(job_id=job.id, revision=job.revision, role=SPEC)
    sha256 = session.scalars(query).first()
    return read_spec(files.checked_path(sha256).read_bytes()) if sha256 else None


def in_house(
    session: Session, files: FileStore, job: Job, now: datetime, operation: Operation | None = None
) -> InHouse:
    """Of the whole job unless one operation is meant."""
    spec = spec_of(session, files, job)
    made, refused = _estimated(session, spec)
    day, words = _when(session, job, made, now)
    if made is None:
        return InHouse(None, day, " ".join(one for one in (refused, words) if one))
    price = made.chosen.price if operation is None else _cost_of(made, operation.step)
    return InHouse(price, day, words)


def _estimated(session: Session, spec: Spec | None) -> tuple[Estimate | None, str]:
    if spec is None:
        return None, "No estimate: the job was not ordered by a specification."
    try:
        return estimate(spec, shop_standards(session), families()), ""
    except ShopError as error:
        return None, f"The plant cannot make it: {error.sentence}"


def _cost_of(made: Estimate, step: int) -> Money | None:
    costs = [
        one.paper + one.press + one.clicks_cost if isinstance(one, Printed) else one.cost + one.outside
        for step_of, one in laid_out(made.chosen)
        if step_of.step == step and one is not None
    ]
    return to_cents(Extended(sum(costs, Decimal(0)))) if costs else None


def _when(session: Session, job: Job, made: Estimate | None, now: datetime) -> tuple[date | None, str]:
    """By the schedule where its runs stand in it, else by what could be promised beside it."""
    runs = (
        select(func.max(ScheduledRun.run_to))
        .join(Operation, Operation.id == ScheduledRun.operation_id)
        .join(LotShare, LotShare.lot_id == Operation.lot_id)
        .where(LotShare.job_id == job.id)
    )
    if (end := session.scalar(runs)) is not None:
        day = business_date(end)
        return day, f"Its last run is scheduled for {in_full(day)}."
    if made is None:
        return None, ""
    try:
        plan, buys_paper = list(planned(made.chosen)), made.chosen.buys_paper
        own = session.scalars(select(Reservation.id).filter_by(job_id=job.id)).all()
        found = promise_of(session, plan, job.due, now, buys_paper=buys_paper, but_for=own)
    except ShopError as error:
        return None, error.sentence
    day = business_date(found.earliest)
    return day, f"The schedule has room until {in_full(day)}."
