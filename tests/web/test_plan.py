"""The stream builder and the plan's pages: figures as the stream has them, refusals in words, walls to agencies."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from kernel.money import Money
from postal.data.mail_days import next_mail_day
from production.catalog.piece_weight import envelopes, letter_facts
from production.frontdesk.lists.samples import sample_table
from production.jobs.models import Hold, Job
from production.jobs.stopped_work import place
from production.mailings.models import PresortStream
from production.mailings.streams import plan_of
from tests.databases import begin
from tests.factories import PLANT
from tests.production import mailings


@pytest.fixture
def mona(sign_in):
    """A mail operator."""
    return sign_in("mail_operator")


@dataclass(frozen=True)
class Sorted:
    """A planned stream of two agencies' jobs."""

    jobs: list[Job]
    stream: PresortStream

    @property
    def at(self):
        return f"/mailroom/streams/{self.stream.number}"


@pytest.fixture
def done(plant, app):
    def make():
        jobs = [
            mailings.approved(plant, pieces=900, seed=1, title="Letter one"),
            mailings.approved(plant, pieces=500, seed=2, agency="OSR", title="Letter two"),
        ]
        return Sorted(jobs, mailings.plan(plant, mailings.build(plant, *jobs, policy="least")))

    return begin(plant, "sorted for least postage", make)


def money(cents):
    return f"${Money(cents)}"


def ask(*jobs, **more):
    return {"job": [job.number for job in jobs], **more}


def test_the_builder_tells_beforehand_what_the_stream_then_costs(plant, mona):
    jobs = [
        mailings.approved(plant, pieces=450, seed=seed, agency=agency, title=f"Letter {seed}")
        for seed, agency in ((1, "DEX"), (2, "OSR"))
    ]
    empty = mona.get("/mailroom/build").text
    assert "No job is chosen" in empty
    assert all(f'value="{job.number}" id="job-' in empty for job in jobs)
    part = mona.get("/mailroom/build/prediction", query_string=ask(*jobs)).text
    assert "<html" not in part
    said = re.search(r"2 jobs, 900 pieces in \d+ trays?: (\$[\d.]+), (\$[\d.]+) less than mailed alone", part)
    look = "/mailroom/build?" + "&".join(f"job={job.number}" for job in jobs) + "&policy=least"
    without = mona.get(look).text  # the Postal Service has not agreed: told, not offered
    assert 'name="policy" value="top-down" form="choice"' in without
    assert "least postage, a what-if" in without
    with plant.db.unit_of_work(PLANT) as uow:
        mailings.agree_to_least_postage(uow)
    assert 'name="policy" value="least" form="choice"' in mona.get(look).text
    _, hidden = mona.hidden(look, "/mailroom/build")
    mona.post("/mailroom/build", data=hidden | {"job": [job.number for job in jobs]})
    with plant.db.read_only(PLANT) as session:
        stream = session.scalars(select(PresortStream)).one()
    assert stream.policy == "least"
    stream = mailings.plan(plant, stream)
    assert said[1] == money(stream.summary.figures.top_down.cents)
    assert said[2] == money(stream.summary.figures.single_piece.cents - stream.summary.figures.top_down.cents)


def test_what_keeps_jobs_from_being_sorted_is_said_and_nothing_is_offered(plant, mona):
    job = mailings.approved(plant, pieces=200)
    later = mailings.approved(plant, pieces=200, seed=2, mail_date=next_mail_day(mailings.MAIL_DATE))
    unready = mailings.submit(plant, mailings.wishes(mailings.mailing_files(plant, seed=4)))
    misfit = mona.get("/mailroom/build/prediction", query_string=ask(job, later)).text
    assert "The jobs differ in mailing date" in misfit
    waiting = mona.get("/mailroom/build/prediction", query_string=ask(unready)).text
    assert f"Not approved: {unready.number}." in waiting
    mailings.set_shop(plant, allow_test_only=False)
    stopped = mona.get("/mailroom/build/prediction", query_string=ask(job)).text
    assert "This stops the sort" in stopped
    assert "L801" in stopped
    assert not any("Build the mailing" in text for text in (misfit, waiting, stopped))
    assert mona.get("/mailroom/build/prediction?job=27-999999-9").status_code == 404


def test_a_way_that_does_not_fit_is_left_for_the_usual_one_by_looking_and_refused_by_building(plant, mona):
    job = mailings.approved(plant, pieces=600)
    look = mona.get("/mailroom/build/prediction", query_string=ask(job, sort_plan="mm-flat-automation")).text
    assert 'name="sort_plan" value="fcm-letter-automation" form="choice"' in look
    _, hidden = mona.hidden(f"/mailroom/build?job={job.number}", "/mailroom/build")
    refused = mona.post("/mailroom/build", data=hidden | {"sort_plan": "mm-flat-automation"})
    assert refused.status_code == 422
    assert "cannot go as USPS Marketing Mail automation flats" in refused.text
    assert mona.get("/mailroom/build/prediction", query_string=ask(job, policy="cheapest")).status_code == 422


def test_a_job_on_hold_is_in_the_pool_and_cannot_be_ticked(plant, mona):
    job = mailings.approved(plant, pieces=200)
    with plant.db.unit_of_work(PLANT) as uow:
        place(uow, uow.session.get_one(Job, job.id), words="Wait for the insert")
    assert re.search(rf'id="job-{job.number}"[^>]* disabled', mona.get("/mailroom/build").text)
    with plant.db.read_only(PLANT) as session:
        assert session.scalars(select(Hold)).one().lifted_at is None


def test_the_map_leads_to_every_tray_and_the_filters_narrow_it(plant, done, mona):
    plan = plan_of(plant.files, done.stream)
    whole = mona.get(f"{done.at}/plan").text
    assert f'href="{done.at}/plan"' in mona.get(done.at).text
    for tray in range(1, len(plan.trays) + 1):
        assert f'href="{done.at}/trays/{tray}"' in whole
    assert plan.postage.cents == done.stream.summary.figures.postage.cents
    assert money(plan.postage.cents) in whole
    first = plan.label(1)
    level = mona.get(f"{done.at}/plan", query_string={"level": first.level}).text
    others = [n for n in range(1, len(plan.trays) + 1) if plan.label(n).level != first.level]
    assert others
    assert not any(f'href="{done.at}/trays/{tray}"' in level for tray in others)
    assert mona.get(f"{done.at}/plan", query_string={"owner": done.jobs[1].number}).status_code == 200
    for wrong in ({"level": "XX"}, {"owner": "Nobody"}):
        assert mona.get(f"{done.at}/plan", query_string=wrong).status_code == 404
    assert (
        "No tray is as you asked" in mona.get(f"{done.at}/plan?level={first.level}&after=99999").text
        or others
    )


def test_groups_say_what_was_missing(plant, done, mona):
    plan = plan_of(plant.files, done.stream)
    code = plan.levels[0].code
    missed = mona.get(f"{done.at}/plan/levels/{code}?show=missed").text
    free = plan.groups.pieces[(plan.groups.level == 0) & ~plan.groups.is_formed]
    most = int(free[free < 150].max())
    assert f"{150 - most} short" in missed
    assert "Next groups" in missed
    assert f"{101:,} to" in mona.get(f"{done.at}/plan/levels/{code}?show=missed&after=100").text
    formed = mona.get(f"{done.at}/plan/levels/{plan.levels[1].code}").text
    assert "What came to this level" in formed
    assert f"{done.at}/trays/" in formed
    assert mona.get(f"{done.at}/plan/levels/XX").status_code == 404
    assert mona.get(f"{done.at}/plan/levels/{code}?show=all").status_code == 404


def test_a_tray_tells_why_it_exists_and_names_jobs_but_no_people(plant, done, mona):
    plan = plan_of(plant.files, done.stream)
    label = plan.label(1)
    told = mona.get(f"{done.at}/trays/1").text
    assert "Why this tray exists" in told
    assert "Tray 1 is a" in told
    assert f'{done.at}/pieces/{label.first_piece}"' in told
    assert {job.number for job in done.jobs} & set(re.findall(r"\d\d-\d{6}-\d", told))
    after = mona.get(f"{done.at}/trays/1?from={label.first_piece + 100}").text
    assert f'{done.at}/pieces/{label.first_piece}"' not in after
    assert mona.get(f"{done.at}/trays/1?from=999999").status_code == 200
    lists = (sample_table(900, seed=1), sample_table(500, seed=2))
    names = {name for one in lists for name in one["Name"].to_pylist()}
    assert len(names) > 500
    assert [name for name in names if name in told] == []


def test_flats_lie_in_bundles_in_tubs(plant, mona, app):
    job = mailings.approved(plant, pieces=600)
    with plant.db.unit_of_work(PLANT) as uow:
        row = uow.session.get_one(Job, job.id)
        row.sort_plan, row.mail_shape, row.envelope = "fcm-flat-automation-bundle", "flat", "booklet9x12"
        flat = envelopes()["booklet9x12"]
        piece = letter_facts(flat, pages=[flat.page], is_duplex=False).mailpiece
        row.weight_oz, row.thickness_in = piece.weight_oz, piece.thickness_in
    text = mona.get("/mailroom/build/prediction", query_string=ask(job)).text
    assert "Build the mailing of 1 job" in text
    stream = mailings.plan(plant, mailings.build(plant, job))
    at = f"/mailroom/streams/{stream.number}"
    plan = plan_of(plant.files, stream)
    assert "It holds" in mona.get(f"{at}/trays/1").text
    assert "<caption>Bundles" in mona.get(f"{at}/trays/1").text
    for level in plan.levels:
        assert mona.get(f"{at}/plan/levels/{level.code}").status_code == 200
    for container in plan.containers:
        assert mona.get(f"{at}/plan", query_string={"level": container.code}).status_code == 200


def test_what_if_compares_with_what_is(plant, done, mona):
    postage = done.stream.summary.figures.postage.cents
    same = mona.get(f"{done.at}/plan/what-if").text
    assert same.count(f"<dd>{money(postage)}</dd>") == 2  # now and then
    assert "<dd>$0.00</dd>" in same
    less = mona.get(f"{done.at}/plan/what-if", query_string={"leave": done.jobs[1].number}).text
    assert "for the 900 pieces that stay" in less
    assert "for what is left out, mailed alone" in less
    none = mona.get(f"{done.at}/plan/what-if", query_string={"leave": [job.number for job in done.jobs]}).text
    assert "Every job is left out" in none
    assert "year-month-day" in mona.get(f"{done.at}/plan/what-if?mail_date=tomorrow").text
    closed = mona.get(f"{done.at}/plan/what-if?mail_date=2026-12-25").text
    assert "takes no mail on Friday, December 25, 2026: Christmas Day. The next mail day is Monday" in closed
    past = mona.get(f"{done.at}/plan/what-if?mail_date=1999-01-01").text
    assert "This stops the sort" in past
    assert mona.get(f"{done.at}/plan/what-if?way=mm-flat+x").status_code == 422
    with plant.db.read_only(PLANT) as session:
        assert session.scalars(select(PresortStream.summary)).one() == done.stream.summary


def test_a_stream_that_is_not_sorted_has_no_plan_yet(plant, mona):
    job = mailings.approved(plant, pieces=200)
    stream = mailings.build(plant, job)
    for path in ("plan", "plan/levels/5D", "plan/what-if", "trays/1"):
        assert mona.get(f"/mailroom/streams/{stream.number}/{path}").status_code == 404


@pytest.mark.parametrize("role", ["requester", "approver", "print_operator", "billing_clerk"])
def test_nobody_but_the_mailroom_sees_what_others_mail(plant, sign_in, done, role):
    other = sign_in(role)
    code = plan_of(plant.files, done.stream).levels[0].code
    for path in (
        "/mailroom/build",
        f"/mailroom/build/prediction?job={done.jobs[0].number}",
        f"{done.at}/plan",
        f"{done.at}/plan/levels/{code}",
        f"{done.at}/plan/what-if",
        f"{done.at}/trays/1",
    ):
        refused = other.get(path)
        assert refused.status_code == 403
        assert "Office of Sample Records" not in refused.text


def test_an_agency_sees_of_a_shared_stream_only_its_own_job(plant, sign_in, done):
    own, foreign = done.jobs
    rita = sign_in("requester")
    text = rita.get(f"/jobs/{own.number}").text
    assert own.title in text
    assert done.stream.number in text
    for secret in (foreign.number, foreign.title, "Office of Sample Records"):
        assert secret not in text
    assert rita.get(f"/jobs/{foreign.number}").status_code == 404
