"""Make or buy: a decision with both prices, capacity and reason; from an amount on another person agrees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from kernel.clock import business_date
from kernel.errors import Conflict, NotFound, refused_field
from kernel.ids import new_ulid
from kernel.money import Money
from production.jobs.models import Job, Operation
from production.jobs.states import JobState
from production.people import second_person
from production.people.second_person import Act, Agreement
from production.purchasing.models import Choice, MakeOrBuy, Why
from production.purchasing.rules import WORK, Rules, rules_on
from store.db import UnitOfWork

OVER = frozenset(
    {JobState.DISPATCHED, JobState.DELIVERED, JobState.BILLED, JobState.CLOSED, JobState.CANCELLED}
)


@dataclass(frozen=True, slots=True)
class Decided:
    """What somebody decides. Prices and day in the house as they were shown."""

    choice: Choice
    why: Why
    note: str = ""
    house_price: Money | None = None
    outside_price: Money | None = None
    house_day: date | None = None
    capacity: str = ""
    waiver_number: str = ""


def decide(uow: UnitOfWork, job: Job, said: Decided, operation: Operation | None = None) -> MakeOrBuy:
    """A decision of its own; one that waits for a second person is not wanted any more. InvalidInput MAKE_OR_BUY or
    WAIVER_NEEDED by field; Conflict CONFIDENTIAL for work that stays in the house, JOB_OVER.
    """
    if job.state in OVER:
        raise Conflict(f"Job {job.number} is made already.", code="JOB_OVER")
    rules = rules_on(uow.session, business_date(uow.now))
    _check(rules, job, said)
    before = latest(uow.session, job, operation)
    if before is not None:
        second_person.drop(uow, Act.MAKE_OR_BUY, before.ulid)
    row = MakeOrBuy(
        ulid=new_ulid(uow.now), job_id=job.id, operation_id=operation.id if operation else None,
        choice=said.choice, why=said.why, note=said.note, house_price=said.house_price,
        outside_price=said.outside_price, house_day=said.house_day, capacity=said.capacity,
        waiver_number=said.waiver_number, rules_of=rules.buying.from_day,
        needs_second=said.choice is Choice.BUY and rules.needs_second(said.outside_price or Money(0)),
        actor=uow.actor.name, at=uow.now,
    )  # fmt: skip
    uow.session.add(row)
    uow.session.flush()
    uow.audit(
        "make_or_buy", row.ulid, "decided", job=job.number, choice=said.choice.value, why=said.why.value
    )
    if row.needs_second:
        second_person.ask(uow, Act.MAKE_OR_BUY, row.ulid)
    return row


def _check(rules: Rules, job: Job, said: Decided) -> None:
    if said.why is Why.OTHER and not said.note:
        raise refused_field("MAKE_OR_BUY", "note", "Say in words why.")
    if said.choice is Choice.WAIVER and not said.waiver_number:
        raise refused_field("WAIVER_NEEDED", "waiver_number", "Write the number of the waiver.")
    if said.choice is not Choice.BUY:
        return
    if reason := rules.keeping(job.product, WORK):
        raise Conflict(f"This work stays in the house. {reason}", code="CONFIDENTIAL")
    if said.outside_price is None or not said.outside_price:
        words = "Write what it is expected to cost outside: the rules go by it."
        raise refused_field("MAKE_OR_BUY", "outside_price", words)
    could_make = said.house_price is not None and said.why is not Why.EQUIPMENT
    if could_make and rules.needs_waiver(said.outside_price) and not said.waiver_number:
        words = f"From ${rules.buying.waiver_from} on, what the plant could make is bought with a waiver."
        raise refused_field("WAIVER_NEEDED", "waiver_number", words, "Write its number, or make it in house.")


def agree(uow: UnitOfWork, ulid: UUID) -> MakeOrBuy:
    """The second person's yes. NotFound; Conflict SECOND_PERSON."""
    row = uow.session.scalars(select(MakeOrBuy).filter_by(ulid=ulid)).first()
    if row is None:
        raise NotFound("There is no such decision.")
    second_person.agree(uow, Act.MAKE_OR_BUY, ulid)
    return row


def latest(session: Session, job: Job, operation: Operation | None = None) -> MakeOrBuy | None:
    """The newest decision about a job or one operation of it, whether or not anybody has agreed."""
    of = operation.id if operation else None
    query = select(MakeOrBuy).where(
        MakeOrBuy.job_id == job.id, MakeOrBuy.operation_id.is_not_distinct_from(of)
    )
    return session.scalars(query.order_by(MakeOrBuy.id.desc()).limit(1)).first()


def decision_to_buy(session: Session, job: Job, operation: Operation | None = None) -> MakeOrBuy:
    """The decision by which bids are asked for. Conflict BUY_FIRST when nothing in force says that it is bought."""
    row = latest(session, job, operation)
    if row is None or row.choice is not Choice.BUY or not holds(session, row):
        raise Conflict(
            f"Nobody has decided to buy job {job.number}, or a second person has not agreed yet.",
            code="BUY_FIRST", remedy="Record the decision to buy first.",
        )  # fmt: skip
    return row


def is_agreed(session: Session, act: Act, ulid: UUID) -> bool:
    """Has a second person said yes?"""
    query = exists().where(Agreement.act == act, Agreement.subject == ulid, Agreement.agreed_at.is_not(None))
    return bool(session.scalar(select(query)))


def holds(session: Session, row: MakeOrBuy) -> bool:
    """Is it in force?"""
    return not row.needs_second or is_agreed(session, Act.MAKE_OR_BUY, row.ulid)
