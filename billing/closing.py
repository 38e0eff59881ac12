"""The month as a checklist: what is done before it can close, what is still open, and what keeps it from closing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from billing.conditions import waits_in_suspense
from billing.models import BillingPeriod, Charge, Journal, PeriodState
from billing.models import OpenUsage as OpenRow
from billing.queries import LISTED, ChargeLine, OpenUsage, suspended, uncharged
from production.jobs.models import Job, Usage
from production.jobs.states import JobState, LotState
from production.mailroom.metering.models import Meter, MeterSheet
from production.people import second_person
from production.people.models import Agency
from production.people.second_person import Act, Agreement


class Standing(StrEnum):
    """How a line of the list stands."""

    DONE = "done"
    LOOK = "please look"  # it may close without
    BLOCKS = "keeps it open"
    LAST = "at the end"


@dataclass(frozen=True, slots=True)
class Check:
    """A line of the list. ``code`` names what it counts; ``number``: how many are open."""

    code: str
    what: str
    standing: Standing
    words: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class OpenDay:
    """A meter's day whose registers do not tie out yet."""

    meter: str
    day: date
    state: str


@dataclass(frozen=True, slots=True)
class OpenJob:
    """A delivered job that a month still has to charge; ``due``: its day."""

    number: str
    title: str
    agency: str
    due: date


@dataclass(frozen=True, slots=True)
class StillOpen:
    """What is open of a month, as its page lists it."""

    delivered: Sequence[OpenJob]
    uncharged: Sequence[OpenUsage]
    suspended: Sequence[ChargeLine]
    meters: Sequence[OpenDay]
    asked: Agreement | None  # for a second person


def still_open(session: Session, period: BillingPeriod) -> StillOpen:
    """Delivered jobs and work up to the month's end that are not charged, its charges without an account, its meter
    days that do not tie.
    """
    return StillOpen(
        open_jobs(session, period),
        uncharged(session, through=period.last_day),
        suspended(session, agency_id=None, period=period),
        open_meter_days(session, period),
        second_person.asked(session, Act.CLOSE_PERIOD, period.ulid),
    )


def period_to_close(session: Session) -> BillingPeriod | None:
    """The oldest month that is open: months are closed in their order."""
    query = select(BillingPeriod).where(BillingPeriod.state == PeriodState.OPEN)
    return session.scalars(query.order_by(BillingPeriod.first_day).limit(1)).first()


def open_jobs(session: Session, period: BillingPeriod) -> list[OpenJob]:
    """Delivered jobs with something of this month to charge: work up to its end, a charge of it that waits in suspense;
    of those that did no work at all, the ones due by its end. One more than ``LISTED`` when more follow.
    """
    is_open = exists().where(OpenRow.job_id == Job.id, OpenRow.usage_date <= period.last_day)
    suspense = select(Charge.id).join(Journal, Journal.id == Charge.journal_id)
    suspense = suspense.where(
        Charge.job_id == Job.id, Journal.period_id == period.id, waits_in_suspense()
    ).correlate(Job)
    did_nothing = ~exists().where(Usage.job_id == Job.id)
    query = (
        select(Job.number, Job.title, Agency.code, Job.due)
        .join(Agency, Agency.id == Job.agency_id)
        .where(Job.state == JobState.DELIVERED)
        .where(is_open | suspense.exists() | (did_nothing & (Job.due <= period.last_day)))
        .order_by(Job.due, Job.number)
        .limit(LISTED + 1)
    )
    return [OpenJob(*row) for row in session.execute(query)]


def open_meter_days(session: Session, period: BillingPeriod) -> list[OpenDay]:
    """Days of meters in a month that are not tied out."""
    query = (
        select(Meter.name, MeterSheet.day, MeterSheet.state)
        .join(Meter, Meter.id == MeterSheet.meter_id)
        .where(MeterSheet.day.between(period.first_day, period.last_day), MeterSheet.state != LotState.TIED)
        .order_by(MeterSheet.day, Meter.name)
    )
    return [OpenDay(name, day, state.value) for name, day, state in session.execute(query)]


def checks(session: Session, period: BillingPeriod, today: date, still: StillOpen) -> list[Check]:
    """Everything to be looked at, in the order in which it is best done."""
    earlier = select(func.count()).where(
        BillingPeriod.first_day < period.first_day, BillingPeriod.state == PeriodState.OPEN
    )
    is_asked = still.asked is not None
    return [
        _is_over(period, today),
        _earlier(session.scalar(earlier) or 0),
        _meters(len(still.meters)),
        _delivered(still.delivered),
        _uncharged(still.uncharged),
        _suspense(still.suspended),
        Check(
            "second_person",
            "A second person agrees",
            Standing.BLOCKS if is_asked else Standing.LAST,
            "Asked for, not answered yet." if is_asked else "Asked for when you close.",
            int(is_asked),
        ),
    ]


def _is_over(period: BillingPeriod, today: date) -> Check:
    left = (period.last_day - today).days + 1
    done = left <= 0
    words = "Ended." if done else f"{left} {'day' if left == 1 else 'days'} of it are still to come."
    return Check("over", "The month is over", Standing.DONE if done else Standing.LOOK, words)


def _earlier(number: int) -> Check:
    words = _said(number, "is still open", "are still open")
    return _counted("earlier", "Earlier months are closed", number, Standing.LOOK, words)


def _meters(number: int) -> Check:
    words = _said(number, "meter day does not tie", "meter days do not tie")
    return _counted("meters", "Meter days tie out", number, Standing.LOOK, words)


def _delivered(jobs: Sequence[OpenJob]) -> Check:
    number = len(jobs[:LISTED])
    words = _said(number, "delivered job is not charged", "delivered jobs are not charged") + _more(jobs)
    return _counted("delivered", "Every delivered job is charged", number, Standing.LOOK, words)


def _uncharged(rows: Sequence[OpenUsage]) -> Check:
    number = sum(row.rows for row in rows[:LISTED])
    words = _said(number, "usage row is not charged", "usage rows are not charged") + _more(rows)
    return _counted("uncharged", "Every piece of work is charged", number, Standing.BLOCKS, words)


def _suspense(charges: Sequence[ChargeLine]) -> Check:
    number = len(charges[:LISTED])
    words = _said(number, "has none", "have none") + _more(charges)
    return _counted("suspense", "Every charge has an account", number, Standing.LOOK, words)


def _more(rows: Sequence[object]) -> str:
    return " More follow." if len(rows) > LISTED else ""


def _counted(code: str, what: str, number: int, otherwise: Standing, words: str) -> Check:
    return Check(code, what, otherwise if number else Standing.DONE, words if number else "0 open.", number)


def _said(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}."
