"""A prediction is the batch that would be built: same levels, same postage; and it writes nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from kernel.errors import InvalidInput
from kernel.money import Money
from production.jobs.models import Job, JobEvent
from production.mailroom.prediction import predict, read_choice, read_mailing
from tests.factories import PLANT
from tests.production import mailings
from tests.production.mailings import approved, build, plan


@pytest.fixture
def shop(plant):
    mailings.open_sample(plant)
    return plant


def predicted(shop, *jobs, **how):
    with shop.db.read_only(PLANT) as session:
        mailing = read_mailing(session, [session.get_one(Job, job.id) for job in jobs])
        events = session.scalar(select(func.count()).select_from(JobEvent))
    found = predict(shop.files, mailing, **how)
    with shop.db.read_only(PLANT) as session:
        assert session.scalar(select(func.count()).select_from(JobEvent)) == events
    return found


@pytest.mark.parametrize("policy", ["top-down", "least"])
def test_it_is_what_the_batch_becomes(shop, policy):
    jobs = [approved(shop, pieces=400, seed=1), approved(shop, pieces=350, seed=2, agency="OSR")]
    found = predicted(shop, *jobs, policy=policy)
    batch = plan(shop, build(shop, *jobs, policy=policy))
    assert found.postage == Money(batch.summary["postage_cents"])
    assert {line.code: line.pieces for line in found.levels} == {
        code: count for code, count in batch.summary["levels"].items() if count
    }
    assert sum(count for _, count in found.trays) == batch.summary["trays"]
    assert found.single_piece == Money(batch.summary["single_piece_cents"])
    assert found.pieces == 750


def test_the_ways_are_told_with_their_money(shop):
    found = predicted(shop, approved(shop, pieces=620))
    policies = {way.code: way.postage for way in found.policies}
    assert policies["least"] <= policies["top-down"] == found.postage
    plans = {way.code: way for way in found.plans}
    assert plans["fcm-letter-automation"].postage == found.postage
    assert "No price" in plans["fcm-letter-machinable"].why_not  # its price is not loaded: said by name
    assert found.assumptions


def test_two_small_jobs_see_what_mailing_together_saves(shop):
    jobs = [approved(shop, pieces=300, seed=1), approved(shop, pieces=300, seed=2)]
    alone = [predicted(shop, job) for job in jobs]
    assert all({f.code for f in one.findings} == {"PRESORT_MINIMUM"} for one in alone)
    found = predicted(shop, *jobs)
    assert found.alone == Money(sum(one.postage.cents for one in alone))
    assert found.saved_together == found.alone - found.postage > Money(0)


def test_a_missing_price_is_said_and_nothing_else(shop):
    found = predicted(shop, approved(shop, pieces=620), sort_plan="fcm-letter-machinable")
    assert found.postage is None
    assert "RATE_MISSING" in {finding.code for finding in found.findings}


def test_print_streams_are_predicted_together(shop):
    jobs = [approved(shop, pieces=300, seed=1), approved(shop, pieces=300, seed=2, envelope="booklet6x9")]
    found = predicted(shop, *jobs)
    assert "SP" not in {line.code for line in found.levels}
    assert sum(line.pieces for line in found.levels) == 600


def test_nothing_is_predicted_for_no_job_or_misfits(shop):
    with shop.db.read_only(PLANT) as session:
        choice, mailing = read_choice(session, [])
        assert (choice.group.jobs, mailing) == ((), None)
        with pytest.raises(InvalidInput) as refusal:
            read_mailing(session, [])
    assert refusal.value.instance_code == "BATCH_EMPTY"
