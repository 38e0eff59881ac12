"""A prediction says what the stream then is: the same figures before and after building, every way compared."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from kernel.errors import Conflict, InvalidInput
from kernel.money import Money
from postal.sorting.presort import POLICIES
from production.jobs.models import Job, Operation
from production.jobs.states import OperationCode
from production.mailings.models import PresortStream
from production.mailings.streams import plan_of
from production.mailroom.streams import building, prediction, sort_figures
from production.mailroom.streams.queries import mailing_of
from tests.factories import PLANT
from tests.production import mailings
from tests.production.mailings import approved


@pytest.fixture
def shop(plant):
    mailings.open_sample(plant)
    mailings.set_shop(plant, pieces_per_segment=300)
    return plant


def draft_of(plant, *jobs):
    with plant.db.read_only(PLANT) as session:
        return prediction.draft_of_jobs(session, [session.get_one(Job, job.id) for job in jobs])


def build_and_plan(plant, *jobs, **how):
    with plant.db.unit_of_work(PLANT) as uow:
        mailings.agree_to_least_postage(uow)
        made = building.build_together(
            uow, plant.files, [uow.session.get_one(Job, job.id) for job in jobs], **how
        )
    return [mailings.plan(plant, stream) for stream in made]


@pytest.mark.parametrize("policy", POLICIES)
def test_the_stream_is_what_was_predicted(shop, policy):
    jobs = [
        approved(shop, pieces=900, seed=1),
        approved(shop, pieces=700, seed=2, agency="OSR"),
        approved(shop, pieces=400, seed=3, pages=2),  # printed in a stream of its own
    ]
    found = prediction.predict(shop.files, draft_of(shop, *jobs), policy=policy)
    predicted = found.figures
    made = build_and_plan(shop, *jobs, policy=policy)
    plans = [plan_of(shop.files, stream) for stream in made]
    assert len(plans) == len(predicted.bands) == 2
    assert predicted.pieces == sum(plan.pieces for plan in plans) == 2000
    assert predicted.postage == Money(sum(plan.postage.cents for plan in plans))
    assert predicted.top_down == Money(sum(plan.top_down_postage.cents for plan in plans))
    assert predicted.tray_count == sum(len(plan.trays) for plan in plans)
    for plan, bands in zip(plans, predicted.bands, strict=True):
        assert sum(band.trays for band in bands) == len(plan.trays)
        assert sum(band.pieces for band in bands) == plan.pieces
    with shop.db.read_only(PLANT) as session:
        merges = session.scalar(
            select(func.count()).select_from(Operation).filter_by(type=OperationCode.MERGE)
        )
    assert (predicted.segments, found.pages) == (merges, 900 + 700 + 800)


def test_levels_of_both_streams_add_up_to_the_cent(shop):
    jobs = [approved(shop, pieces=900, seed=1), approved(shop, pieces=300, seed=3, pages=2)]
    figures = prediction.predict(shop.files, draft_of(shop, *jobs)).figures
    assert sum(level.pieces for level in figures.levels) == 1200
    exact = sum(level.postage.value for level in figures.levels)
    assert abs(exact * 100 - figures.postage.cents) <= len(figures.bands) * Decimal("0.5")
    for level in figures.levels:
        assert level.postage.value == level.rate.value * level.pieces


def test_every_way_open_to_the_jobs_is_compared_with_the_chosen_one(shop):
    draft = draft_of(shop, approved(shop, pieces=1500))
    ways = [(plan, how) for plan in ("fcm-letter-automation", "fcm-letter-machinable") for how in POLICIES]
    outcomes = {way: prediction.predict(shop.files, draft, sort_as=way[0], policy=way[1]) for way in ways}
    assert any(found.figures for found in outcomes.values())
    for way, found in outcomes.items():
        assert [(one.sort_plan, one.policy) for one in found.options] == ways
        assert [one.is_chosen for one in found.options] == [way == other for other in ways]
        for one in found.options:
            other = outcomes[one.sort_plan, one.policy].outcome
            if other.figures is None:  # a price of that way is not loaded: said, not guessed
                assert (one.postage, one.why_not) == (None, other.findings[0].message)
            elif found.figures:
                assert one.postage == other.figures.postage
                assert one.more == other.figures.postage - found.figures.postage


def test_jobs_together_never_pay_more_than_alone_and_alone_is_what_one_pays_alone(shop):
    jobs = [approved(shop, pieces=400, seed=seed, title=f"Letter {seed}") for seed in (1, 2, 3)]
    found = prediction.predict(shop.files, draft_of(shop, *jobs))
    assert [line.part.number for line in found.alone] == [job.number for job in jobs]
    for job, line in zip(jobs, found.alone, strict=True):
        assert line.postage == prediction.predict(shop.files, draft_of(shop, job)).figures.postage
    assert found.alone_postage == Money(sum(line.postage.cents for line in found.alone))
    # 400 are under the minimum of 500, so each alone goes at single-piece prices; together they do not
    assert found.figures.postage.cents < found.alone_postage.cents == found.figures.single_piece.cents


def test_too_few_pieces_are_said_and_priced(shop):
    found = prediction.predict(shop.files, draft_of(shop, approved(shop, pieces=60)))
    assert [finding.code for finding in found.outcome.findings] == ["PRESORT_MINIMUM"]
    assert found.figures.postage == found.figures.single_piece


def test_a_missing_edition_is_a_finding_by_name_and_no_error(shop):
    found = prediction.predict(shop.files, draft_of(shop, approved(shop, pieces=60)))
    assert found.figures is not None
    mailings.set_shop(shop, allow_test_only=False)  # the lists shipped are stand-ins
    job = approved_job(shop)
    found = prediction.predict(shop.files, draft_of(shop, job))
    assert found.figures is None
    assert {finding.code for finding in found.outcome.findings} == {"EDITION_MISSING"}
    assert any("L801" in finding.message for finding in found.outcome.findings)
    assert all(option.why_not for option in found.options)
    assert found.alone_postage is None


def approved_job(plant):
    with plant.db.read_only(PLANT) as session:
        return session.scalars(select(Job)).first()


def test_a_way_that_is_not_open_and_a_job_that_is_not_approved_are_refused(shop):
    job = approved(shop)
    draft = draft_of(shop, job)
    for wish in ({"sort_as": "mm-flat-automation"}, {"policy": "cheapest"}):
        with pytest.raises(InvalidInput) as refusal:
            prediction.predict(shop.files, draft, **wish)
        assert refusal.value.instance_code == "PRESORT_POLICY"
    waiting = mailings.submit(shop, mailings.wishes(mailings.mailing_files(shop, seed=4)))
    with pytest.raises(Conflict, match=f"Not approved: {waiting.number}"):
        draft_of(shop, waiting)


def test_what_a_built_stream_could_have_been_is_predicted_from_its_slices(shop):
    jobs = [approved(shop, pieces=600, seed=1), approved(shop, pieces=300, seed=2, agency="OSR")]
    (stream,) = build_and_plan(shop, *jobs)
    with shop.db.read_only(PLANT) as session:
        draft = prediction.draft_of_streams(session, mailing_of(session, stream.number))
    assert prediction.predict(shop.files, draft).figures.postage == plan_of(shop.files, stream).postage
    left = prediction.predict(shop.files, draft.without([jobs[1].number]))
    assert (left.figures.pieces, [part.number for part in left.draft.parts]) == (600, [jobs[0].number])


def test_nothing_is_written_and_a_repeat_sorts_nothing(shop, monkeypatch):
    draft = draft_of(shop, approved(shop, pieces=500, seed=9))
    first = prediction.predict(shop.files, draft).outcome

    def sort_again(*args, **kwargs):
        raise AssertionError("the same question was sorted twice")

    monkeypatch.setattr(sort_figures, "plan_mailing", sort_again)
    assert prediction.predict(shop.files, draft_of(shop, approved_job(shop))).outcome is first
    with pytest.raises(AssertionError):  # another day is another question
        prediction.predict(shop.files, replace(draft, mail_date=date(2026, 8, 3)))
    with shop.db.read_only(PLANT) as session:
        assert session.query(PresortStream).count() == 0
