"""Rows for billing tests: the sample rate card, usage as production writes it, a stream ready to charge."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select, update

import billing.rate_cards
from billing.models import BillingPeriod, CardState
from billing.periods import close_period
from billing.rate_cards import approve_card, load_card, publish_card
from kernel.ids import new_ulid
from kernel.money import Money, Rate, extend
from postal.money.plan_figures import PlanFigures, PostageLine
from production.jobs.models import ChargeSplit, Job, Usage
from production.jobs.states import JobState, LotState
from production.jobs.usage_evidence import JobEvidence
from production.mailings.models import PresortShare, PresortStream
from production.mailings.stream_summary import StreamSummary
from production.people import second_person
from production.people.second_person import Act, Agreement
from store.db import UnitOfWork
from tests.factories import keep, make_budget_unit, make_job, make_stream

DAY = date(2026, 11, 20)
PUBLISHING = ("PUBLISHING_PRICES", "PUBLISHING_BACK")
CLOSING = ("CLOSING_FINAL", "CLOSING_EARLY", "CLOSING_EARLIER_OPEN", "CLOSING_SUSPENSE")
SAMPLE = Path(billing.rate_cards.__file__).parent / "data" / "sample_rate_card.csv"


def make_card(uow: UnitOfWork, *, name="State Printing", effective_from=date(2026, 7, 1), data=None):
    card, findings = load_card(
        uow, name=name, effective_from=effective_from, data=data or SAMPLE.read_bytes(), file="card.csv"
    )
    assert findings == []
    publish(uow, card)
    return card


def publish(uow: UnitOfWork, card) -> None:
    """Approved and published by another person than loaded it."""
    uow.session.flush()
    if card.state is CardState.DRAFT:
        _asked_by_another(uow, card)
        approve_card(uow, card)
        publish_card(uow, card, knowing=PUBLISHING)


def close(uow: UnitOfWork, period: BillingPeriod) -> BillingPeriod:
    """Closed as the second person, with everything read, on the day after it where the test is early."""
    uow.session.flush()
    ended = datetime.combine(period.last_day, time(12), UTC) + timedelta(days=1)
    uow.now = max(uow.now, ended)
    second_person.ask(uow, Act.CLOSE_PERIOD, period.ulid)
    _asked_by_another(uow, period)
    return close_period(uow, period, knowing=CLOSING)


def _asked_by_another(uow, thing):
    uow.session.execute(update(Agreement).filter_by(subject=thing.ulid).values(asked_by="another"))


def make_usage(
    uow: UnitOfWork, job: Job, *, unit="print.impression", quantity="100", on=DAY, stream=None, key=""
):
    return keep(
        uow,
        Usage(
            ulid=new_ulid(uow.now), natural_key=f"{unit}:{key or 'x'}:{job.number}", job_id=job.id,
            agency_id=job.agency_id, lot_id=stream.id if stream else None, unit=unit,
            quantity=Decimal(quantity), usage_date=on, evidence=JobEvidence(job.number), recorded_at=uow.now,
        ),
    )  # fmt: skip


def split_job(uow: UnitOfWork, job: Job, weights: dict[str, int]) -> dict[str, object]:
    """Replace the job's accounts: bill code -> weight. Gives the budget units."""
    for row in uow.session.scalars(select(ChargeSplit).filter_by(job_id=job.id)).all():
        uow.session.delete(row)
    units = {}
    for code, weight in weights.items():
        units[code] = make_budget_unit(uow, agency=job.agency, bill_code=code)
        keep(uow, ChargeSplit(job_id=job.id, budget_unit_id=units[code].id, weight=weight))
    return units


def make_mailing(
    uow: UnitOfWork, *, jobs=2, pieces=11, state=LotState.DELIVERED, cents=None, on=DAY
) -> PresortStream:
    """A stream with its statement, and every usage a mailing leaves behind."""
    job_state = {LotState.DELIVERED: JobState.DELIVERED, LotState.DISPATCHED: JobState.DISPATCHED}[state]
    rows = [make_job(uow, state=job_state) for _ in range(jobs)]
    stream = make_stream(uow, state=state, pieces=pieces, jobs=rows, segments=1)
    statement = cents if cents is not None else (pieces * 593 + 5) // 10
    rate = Rate.of("0.593")
    line = PostageLine("aadc", "aadc", pieces, rate, None, extend(rate, pieces), "3600-FCM")
    stream.summary = StreamSummary(
        PlanFigures(
            levels={"aadc": pieces}, postage_lines=(line,), postage=Money(statement),
            single_piece=Money(pieces * 78),
        )
    )  # fmt: skip
    for part in uow.session.scalars(select(PresortShare).filter_by(lot_id=stream.id)):
        job = next(row for row in rows if row.id == part.job_id)
        for unit, quantity in (
            ("job.setup", 1), ("print.impression", part.pieces * 2), ("fold_insert.piece", part.pieces),
            ("presort.piece", part.pieces), ("list.record", 12), ("postage.permit", part.pieces),
        ):  # fmt: skip
            make_usage(
                uow, job, unit=unit, quantity=str(quantity), on=on, stream=stream, key=str(stream.ulid)
            )
    return stream
