"""Jobs in different envelopes mailed together: two print runs, one set of levels, one day, charges to the cent."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from billing.verify import verify
from kernel.clock import fiscal_year
from kernel.errors import Conflict, InvalidInput
from production.jobs.models import Job
from production.jobs.states import JobState, LotState
from production.mailroom.streams import batches, print_streams
from production.mailroom.streams.mailing import streams_of
from production.mailroom.streams.models import PresortStream
from tests.factories import PLANT
from tests.production import mailings
from tests.production.mailings import mailing_files, wishes
from tests.workers.test_line import consent, finish, leave, reload, work_the_floor
from workers.runtime import drain


@pytest.fixture
def shop(plant):
    mailings.open_sample(plant)
    return plant


@pytest.fixture
def two_jobs(shop):
    """300 letters each, too few alone: one in #10, one in 6 x 9 envelopes."""
    jobs = [
        mailings.submit(shop, wishes(mailing_files(shop, pieces=300, seed=seed), envelope=envelope))
        for seed, envelope in ((1, "window10"), (2, "booklet6x9"))
    ]
    drain(shop)
    for job in jobs:
        consent(shop, job, by="andy")
    return [reload(shop, job) for job in jobs]


def build(shop, jobs, **how):
    with shop.db.unit_of_work(PLANT) as uow:
        return batches.build_together(uow, [uow.session.get_one(Job, job.id) for job in jobs], **how)


def test_two_streams_earn_what_neither_would_alone(shop, two_jobs):
    streams = build(shop, two_jobs)
    drain(shop)
    first, second = (reload(shop, batch) for batch in streams)
    assert first.mailing.number == second.mailing.number == f"M{fiscal_year(first.mail_date) % 100}-0001"
    for batch in (first, second):
        assert batch.state is LotState.IN_PRODUCTION
        assert batch.pieces == 300
        assert batch.summary.figures.levels["SP"] == 0
        assert batch.summary.figures.postage.cents < batch.summary.figures.single_piece.cents
    page = print_streams.streams_page(shop.files, [first, second])
    assert page.batches == (first.number, second.number)
    assert page.meetings
    finish(shop, first)
    with pytest.raises(Conflict) as refusal:
        leave(shop, first)
    assert "DISPATCH_HALF" in [one.code for one in refusal.value.findings]
    work_the_floor(shop, second)
    leave(shop, first)
    drain(shop)
    assert {reload(shop, batch).state for batch in streams} == {LotState.DELIVERED}
    assert {reload(shop, job).state for job in two_jobs} == {JobState.BILLED}
    assert verify(shop).violations == []


def test_one_envelope_is_one_batch(shop, two_jobs):
    (batch,) = build(shop, two_jobs[:1])
    with shop.db.read_only(PLANT) as session:
        assert streams_of(session, batch.mailing_id) == [session.get_one(PresortStream, batch.id)]


def test_what_counts_together_is_dissolved_together(shop, two_jobs):
    streams = build(shop, two_jobs)
    with shop.db.unit_of_work(PLANT) as uow:
        batches.dissolve(uow, uow.session.get_one(PresortStream, streams[1].id), "wrong day")
    with shop.db.read_only(PLANT) as session:
        assert set(session.scalars(select(PresortStream.state))) == {LotState.CANCELLED}
        assert set(session.scalars(select(Job.state))) == {JobState.APPROVED}


def test_two_classes_are_not_one_mailing(shop, two_jobs):
    with shop.db.unit_of_work(PLANT) as uow, pytest.raises(InvalidInput) as refusal:
        jobs = [uow.session.get_one(Job, job.id) for job in two_jobs]
        jobs[1].mail_class = "marketing"
        batches.build_together(uow, jobs)
    assert refusal.value.instance_code == "BATCH_MISFIT"
