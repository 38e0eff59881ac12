"""Savings by month and agency: sums of the shares kept with the streams."""

from __future__ import annotations

from datetime import date

import pytest

from kernel.errors import NotFound
from kernel.money import Money
from production.jobs.states import JobState, LotState
from production.mailings.models import PresortShare
from production.mailroom.savings import sorted_together
from tests.factories import PLANT, make_agency, make_job, make_stream

DECEMBER = date(2026, 12, 1)


def share(session, stream, *figures):
    """Share, alone, metered, stamped of each job, in cents."""
    for position, cents in enumerate(figures):
        part = session.get_one(PresortShare, (stream.id, position))
        money = [None if amount is None else Money(amount) for amount in cents]
        part.share_cents, part.alone_cents, part.metered_cents, part.stamped_cents = money
        part.level_cents = part.share_cents
        part.mailed = part.pieces


@pytest.fixture
def months(plant):
    """Two agencies in December, one of them in January too; a stream without shares; one that was dissolved."""
    with plant.db.unit_of_work(PLANT) as uow:
        one, two = make_agency(uow, code="ONE", name="One"), make_agency(uow, code="TWO", name="Two")

        def stream(agencies, *, on=DECEMBER, state=LotState.PRODUCED):
            jobs = [make_job(uow, agency=agency, state=JobState.PRODUCED) for agency in agencies]
            return make_stream(uow, jobs=jobs, files=plant.files, mail_date=on, state=state)

        share(uow.session, stream([one, two]), (300, 350, 370, 390), (297, 370, 370, 390))
        share(uow.session, stream([one], on=date(2026, 12, 31)), (593, 593, 740, None))
        share(uow.session, stream([one], on=date(2027, 1, 1)), (593, 593, 740, 780))
        uow.session.get_one(PresortShare, (stream([two]).id, 0)).mailed = 10
    return plant


def test_months_add_up_and_say_what_they_leave_out(months):
    with months.db.read_only(PLANT) as session:
        january, december = sorted_together.months(session)
    assert (january.month, december.month) == (date(2027, 1, 1), DECEMBER)
    assert (january.older, december.older) == (0, 1)
    seen = december.saved
    assert (seen.jobs, seen.pieces, seen.paid) == (3, 20, Money(1190))
    assert (seen.against_alone, seen.against_metered) == (Money(123), Money(290))
    assert seen.stamped is None  # a job lacks the price: no sum is made up
    assert january.saved.against_stamped == Money(187)


def test_agencies_and_jobs_of_a_month(months):
    with months.db.read_only(PLANT) as session:
        lines = sorted_together.agencies(session, DECEMBER)
        jobs = sorted_together.jobs(session, DECEMBER, "ONE")
        whole = sorted_together.together([line.saved for line in lines])
        (december,) = [line for line in sorted_together.months(session) if line.month == DECEMBER]
        with pytest.raises(NotFound):
            sorted_together.jobs(session, DECEMBER, "THREE")
    assert [(line.code, line.saved.jobs, line.saved.against_alone) for line in lines] == [
        ("ONE", 2, Money(50)), ("TWO", 1, Money(73)),
    ]  # fmt: skip
    assert whole == december.saved
    assert [(job.mail_date, job.saved.paid) for job in jobs] == [
        (DECEMBER, Money(300)), (date(2026, 12, 31), Money(593)),
    ]  # fmt: skip


def test_only_pieces_handed_to_the_post_count(months):
    """One job went by messenger: nothing was paid and nothing saved. Of another, 3 of 10 pieces were withdrawn: the
    statement was paid whole, and 7 stamps were saved.
    """
    with months.db.unit_of_work(PLANT) as uow:
        first, second = (
            uow.session.query(PresortShare).order_by(PresortShare.lot_id, PresortShare.position).limit(2)
        )
        first.mailed, second.mailed = None, 2
    with months.db.read_only(PLANT) as session:
        (line,) = sorted_together.agencies(session, DECEMBER)[1:]
    assert (line.code, line.saved.pieces, line.saved.paid) == ("TWO", 2, Money(297))
    assert (line.saved.alone, line.saved.metered, line.saved.stamped) == (Money(148), Money(148), Money(156))
