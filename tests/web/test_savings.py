"""Shares and savings on screen: the plant sees all, an agency its own figures and nobody else's."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from kernel.findings import Finding, Severity
from kernel.money import Money
from production.jobs.models import Job
from production.jobs.states import JobState
from production.mailings.models import PresortShare
from production.mailroom.streams.shares import mailing_shares
from tests.databases import begin
from tests.factories import PLANT, make_stream
from tests.production import mailings


@pytest.fixture
def shared(app, plant):
    """A sorted stream of two agencies' jobs, and its shares."""

    def make():
        jobs = [
            mailings.approved(plant, pieces=700, seed=1, title="Renewal"),
            mailings.approved(plant, pieces=400, seed=2, agency="OSR", title="Summons"),
        ]
        stream = mailings.plan(plant, mailings.build(plant, *jobs))
        with plant.db.unit_of_work(PLANT) as uow:
            for share in uow.session.scalars(select(PresortShare)):
                share.mailed = share.pieces
            return stream, mailing_shares(uow.session, stream)

    return begin(plant, "shared by two", make)


def money(amount: Money) -> str:
    return f"${amount}"


def test_the_shares_of_a_stream_with_the_rule_and_every_share_in_words(shared, sign_in):
    stream, shares = shared
    mona = sign_in("mail_operator")
    here = f"/mailroom/streams/{stream.number}/shares"
    assert here in mona.get(f"/mailroom/streams/{stream.number}").text
    text = mona.get(here).text
    for line in shares.lines:
        assert line.number in text
        for amount in (line.share.share, line.share.alone, line.share.metered, line.share.stamped):
            assert money(amount) in text
        for sentence in line.sentences:
            assert sentence in text
    assert "The rule" in text
    assert money(shares.alone - shares.share) in text


def test_a_stream_too_dear_together_says_so(shared, sign_in, plant):
    stream, _ = shared
    with plant.db.unit_of_work(PLANT) as uow:
        row = uow.session.merge(stream)
        finding = Finding("SHARES_ABOVE_ALONE", Severity.WARN, "Costlier.", "Mail apart.")
        row.summary = replace(row.summary, figures=replace(row.summary.figures, findings=(finding,)))
    assert (
        "Costlier. Mail apart."
        in sign_in("mail_operator").get(f"/mailroom/streams/{stream.number}/shares").text
    )


def test_streams_without_shares_say_why(app, sign_in, plant):
    with plant.db.unit_of_work(PLANT) as uow:
        old, young = make_stream(uow, files=plant.files), make_stream(uow)
    clerk = sign_in("billing_clerk")
    assert "before shares were kept" in clerk.get(f"/mailroom/streams/{old.number}/shares").text
    assert "when the stream is sorted" in clerk.get(f"/mailroom/streams/{young.number}/shares").text


def test_savings_by_month_agency_and_job(shared, sign_in):
    stream, shares = shared
    clerk = sign_in("billing_clerk")
    month = f"/mailroom/savings/{mailings.MAIL_DATE:%Y-%m}"
    assert month in clerk.get("/mailroom/savings").text
    of_plant = sign_in("mail_operator").get("/mailroom/savings").text
    assert (
        re.findall(r'aria-current="page">(\w+)', of_plant) == ["Savings"] * 2
    )  # in the bar and in the menu, and not the mailroom, though its address begins alike
    text = clerk.get(month).text
    assert money(shares.share) in text
    assert money(shares.alone - shares.share) in text
    text = clerk.get(f"{month}?agency=OSR").text
    assert "Jobs of Office of Sample Records" in text
    assert f"/mailroom/streams/{stream.number}/shares" in text
    assert clerk.get(f"{month}?agency=XYZ").status_code == 404
    assert clerk.get("/mailroom/savings/soon").status_code == 404
    assert "No mailing with shares" in clerk.get("/mailroom/savings/1999-01").text


def test_nothing_saved_yet(app, sign_in):
    assert (
        "No mailing has been handed to the post yet" in sign_in("mail_operator").get("/mailroom/savings").text
    )


def test_an_agency_sees_the_share_of_its_own_job_and_no_other(shared, sign_in, plant):
    stream, shares = shared
    own, other = shares.lines
    rita, oscar = sign_in("requester"), sign_in("other_agency")
    text = rita.get(f"/jobs/{own.number}").text
    for sentence in own.sentences:
        assert sentence in text
    assert money(other.share.share) not in text
    assert money(shares.share) not in text
    assert oscar.get(f"/jobs/{own.number}").status_code == 404
    assert money(other.share.share) in oscar.get(f"/jobs/{other.number}").text
    for page in ("/mailroom/savings", f"/mailroom/streams/{stream.number}/shares"):
        assert rita.get(page).status_code == 403


def test_row_level_security_shows_an_agency_only_its_own_share(shared, plant):
    with plant.db.read_only(mailings.actor(plant, "rita")) as session:
        seen = session.scalars(select(PresortShare)).all()
    assert [part.pieces for part in seen] == [700]


def hold_page(plant, sign_in):
    """A pool with one job that may wait, and its page."""
    job = mailings.approved(plant, pieces=200, title="May wait")
    mona = sign_in("mail_operator")
    return job, mona, "/mailroom/hold-or-mail"


def test_hold_or_mail_is_shown_and_a_hold_is_decided_on(app, plant, sign_in):
    mona = sign_in("mail_operator")
    assert "/mailroom/hold-or-mail" not in mona.get("/mailroom").text
    assert "No job in the pool may wait" in mona.get("/mailroom/hold-or-mail").text
    job, mona, here = hold_page(plant, sign_in)
    assert "1 job is not due before" in mona.get("/mailroom").text
    text = mona.get(here).text
    assert job.number in text
    assert "There is no history" in text
    assert "No recommendation" in text
    _, hidden = mona.hidden(here, f"{here}/hold")
    done = mona.post(f"{here}/hold", data={**hidden, "words": "Friday brings more"}, follow_redirects=True)
    assert f"{job.number} waits." in done.text
    assert "Friday brings more" in mona.get("/stopped").text
    assert f"{here}/hold" not in mona.get(here).text  # it waits already


def test_mail_tonight_builds_the_stream_and_a_changed_pool_is_refused(app, plant, sign_in):
    job, mona, here = hold_page(plant, sign_in)
    _, hidden = mona.hidden(here, f"{here}/mail")
    mailings.approved(plant, pieces=100, seed=5)
    refused = mona.post(f"{here}/mail", data=hidden)
    assert refused.status_code == 409
    assert "The pool has changed" in refused.text
    done = mona.submit(here, f"{here}/hold", follow=True, job=[job.number])
    assert done.status_code == 409
    mona.get(here)
    with plant.db.read_only(PLANT) as session:
        numbers = session.scalars(select(Job.number).filter_by(state=JobState.APPROVED)).all()
    _, hidden = mona.hidden(here, f"{here}/mail")
    body = {name: value for name, value in hidden.items() if name != "job"} | {"job": numbers}
    asked = mona.post(f"{here}/mail", data=body)
    assert asked.status_code == 409
    assert "need 500" in asked.text
    assert "The mailing costs $" in asked.text
    done = mona.post(f"{here}/mail", data=body | {"knowing": "PRESORT_MINIMUM"})
    assert done.status_code == 303
    assert "/mailroom/streams/" in done.headers["Location"]
    assert sign_in("requester").get(here).status_code == 403
