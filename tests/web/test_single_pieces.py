"""Single-piece prices are accepted by a person who read the amount: at the builder, at hold or mail, on the console."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from kernel.errors import InvalidInput
from kernel.findings import Finding, Severity
from production.jobs.models import Job, JobEvent, JobFinding
from production.mailings.models import PresortStream
from production.mailroom.streams.prediction import ACCEPTED
from tests.factories import PLANT
from tests.production import mailings
from web.commands.line import way_of
from web.commands.mailing import _warnings, tell_findings


@pytest.fixture
def mona(sign_in):
    """A mail operator."""
    return sign_in("mail_operator")


@pytest.fixture
def small(plant, mona):
    """300 letters: enough for a permit imprint, too few to sort."""
    return mailings.approved(plant, pieces=300)


def accepted(plant) -> list[tuple[str, dict]]:
    with plant.db.read_only(PLANT) as session:
        rows = session.execute(
            select(Job.number, JobEvent)
            .join(Job, Job.id == JobEvent.job_id)
            .where(JobEvent.event == ACCEPTED)
        )
        return [(number, event.details | {"by": event.actor}) for number, event in rows]


def test_the_builder_asks_by_a_button_with_the_price_and_the_job_remembers_who_accepted(plant, mona, small):
    page = mona.get(f"/mailroom/build?job={small.number}").text
    price = re.search(r">Accept single-piece prices and build for \$([\d.]+)</button>", page)[1]
    assert "Build the mailing of" not in page
    action, hidden = mona.hidden(f"/mailroom/build?job={small.number}", "/mailroom/build")
    without = {name: value for name, value in hidden.items() if name != "knowing"}
    asked = mona.post(action, data=without)
    assert asked.status_code == 409
    assert f"The mailing costs ${price}." in asked.text
    assert accepted(plant) == []
    assert mona.post(action, data=hidden).status_code == 303
    ((number, kept),) = accepted(plant)
    assert (number, kept["pieces"], kept["postage"]) == (small.number, 300, price)
    with plant.db.read_only(PLANT) as session:
        stream = session.scalars(select(PresortStream)).one()
    history = mona.get(f"/mailroom/streams/{stream.number}").text
    assert "Single-piece prices accepted for the mailing" in history
    assert f"postage {price}" in history


def test_a_mailing_that_can_be_sorted_asks_nothing(plant, mona):
    job = mailings.approved(plant, pieces=600)
    page = mona.get(f"/mailroom/build?job={job.number}").text
    assert "Accept single-piece prices" not in page
    action, hidden = mona.hidden(f"/mailroom/build?job={job.number}", "/mailroom/build")
    assert mona.post(action, data=hidden).status_code == 303
    assert accepted(plant) == []


def test_the_console_accepts_by_a_flag_and_says_so(plant, small):
    with pytest.raises(InvalidInput, match="The mailing costs \\$") as refusal:
        way_of(plant, small, "permit", accept=False)
    assert refusal.value.instance_code == "PRESORT_MINIMUM"
    assert "--accept-findings accepts single-piece prices." in refusal.value.remedy
    way = way_of(plant, small, "permit", accept=True)
    assert way.said[-1].endswith("Accepted.")


def test_a_run_on_the_console_ends_with_what_was_found_and_how_often(capsys):
    found = [
        JobFinding(
            severity="warn", code="FIELD_EMPTY", count=1234, message="A field is empty.", remedy="Look."
        )
    ]
    of_plan = [
        Finding("FIELD_EMPTY", Severity.WARN, "A field is empty.", "Look."),
        Finding("PLAN", Severity.NOTE, "No price for fcm-letter-automation."),
    ]
    tell_findings(_warnings(found, of_plan))
    assert capsys.readouterr().err.splitlines() == [
        "warn  FIELD_EMPTY               1,234  A field is empty. Look.",
        "note  PLAN                          1  No price for First-Class Mail automation letters.",
    ]
