"""Consent: who may give it, to what exactly, and when it ends."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kernel.errors import Conflict, Forbidden, IllegalTransition, StaleVersion
from kernel.money import Money
from production.frontdesk.approving import approvals
from production.frontdesk.orders import intake
from production.jobs import consent
from production.jobs.models import Approval, Job, JobEvent, JobFile
from production.jobs.states import JobState
from production.mailings.models import PresortStream
from production.mailroom.streams import building
from store.files import record_file
from tests.databases import begin
from tests.factories import PLANT
from tests.production import mailings
from tests.production.mailings import actor, approve, approved, mailing_files, prepare, submit, wishes


@pytest.fixture
def shop(plant):
    mailings.open_sample(plant)
    return plant


@pytest.fixture
def offered(shop):
    def make():
        job = submit(shop, wishes(mailing_files(shop)))
        prepare(shop, job)
        return job

    return begin(shop, "offered", make)


def test_consent_names_files_money_and_person(shop, offered):
    approve(shop, offered)
    with shop.db.read_only(PLANT) as session:
        approval = session.scalars(select(Approval)).one()
        rows = session.scalars(select(JobFile).filter_by(job_id=offered.id, revision=1))
        assert approval.hashes == {row.role: row.sha256 for row in rows}
        assert set(approval.hashes) == {"template", "list", "accepted_list"}
        assert (approval.approver, approval.total, approval.revision) == ("andy", Money(100), 1)
        event = session.scalars(select(JobEvent).filter_by(event="approve", job_id=offered.id)).one()
        assert event.details == {"total": "1.00", "hashes": approval.hashes}
        assert session.get_one(Job, offered.id).state is JobState.APPROVED


def test_who_ordered_cannot_approve(shop):
    job = submit(shop, wishes(mailing_files(shop), splits={"OSR-010": 1}), by="oscar")
    prepare(shop, job)
    with pytest.raises(Forbidden) as refusal:
        approve(shop, job, by="oscar")
    assert refusal.value.instance_code == "APPROVAL_SELF"
    approve(shop, job, by="ada")


def test_who_changed_it_cannot_approve_the_change(shop, offered):
    """Andy did not order, but what would be approved is his."""
    with shop.db.unit_of_work(actor(shop, "andy")) as uow:
        intake.resubmit_mailing(uow, uow.session.get_one(Job, offered.id), wishes({}, title="Mine now"))
    prepare(shop, offered)
    with pytest.raises(Forbidden):
        approve(shop, offered, by="andy")
    with pytest.raises(Forbidden):
        approve(shop, offered, by="rita")
    approve(shop, offered, by="ada")


@pytest.mark.parametrize(("revision", "total"), [(0, 100), (2, 100), (1, 99), (1, 101)])
def test_only_what_was_on_the_screen_is_approved(shop, offered, revision, total):
    with pytest.raises(StaleVersion), shop.db.unit_of_work(actor(shop, "andy")) as uow:
        approvals.approve(uow, uow.session.get_one(Job, offered.id), revision=revision, total=Money(total))
    with shop.db.read_only(PLANT) as session:
        assert session.query(Approval).count() == 0


def test_nothing_to_approve_before_a_quote_nor_twice(shop):
    job = submit(shop, wishes(mailing_files(shop)))
    with pytest.raises(StaleVersion):
        approve(shop, job)
    prepare(shop, job)
    approve(shop, job)
    with pytest.raises(IllegalTransition):
        approve(shop, job)


def test_sent_back_with_its_reason(shop, offered):
    with shop.db.unit_of_work(actor(shop, "andy")) as uow:
        approvals.reject(uow, uow.session.get_one(Job, offered.id), "Wrong date in the letter.")
    with shop.db.read_only(PLANT) as session:
        assert session.get_one(Job, offered.id).state is JobState.NEEDS_FIX
        assert session.scalars(select(JobEvent).filter_by(event="reject")).one().details == {
            "reason": "Wrong date in the letter."
        }


def standing(plant, job):
    with plant.db.unit_of_work(PLANT) as uow:
        return consent.standing_approval(uow, uow.session.get_one(Job, job.id))


CHANGES = {
    "title": lambda plant: {"title": "Other words"},
    "letter": lambda plant: {"files": {"template": mailing_files(plant, text="Other")["template"]}},
    "list": lambda plant: {"files": {"list": mailing_files(plant, seed=9)["list"]}},
    "account": lambda plant: {"splits": {"DEX-200": 1}},
    "envelope": lambda plant: {"envelope": "booklet6x9"},
    "nothing": lambda plant: {},
}


@pytest.mark.parametrize("change", CHANGES)
def test_any_later_change_ends_consent(shop, change):
    job = approved(shop)
    values = CHANGES[change](shop)
    with shop.db.unit_of_work(actor(shop, "rita")) as uow:
        intake.resubmit_mailing(
            uow, uow.session.get_one(Job, job.id), wishes(values.pop("files", {}), **values)
        )
    assert standing(shop, job) is None
    with pytest.raises(Conflict) as refusal:
        mailings.build(shop, job)
    assert refusal.value.instance_code == "STATE"
    prepare(shop, job)
    assert standing(shop, job) is None
    approve(shop, job)
    assert standing(shop, job).revision == 2


@pytest.mark.parametrize("role", ["template", "list", "accepted_list", "fields"])
def test_files_that_are_not_the_approved_ones_are_not_printed(shop, role):
    """Whatever way they got there: changed underneath, or added."""
    job = approved(shop)
    other = shop.files.keep_bytes(b"other", "application/pdf")
    with shop.db.unit_of_work(PLANT) as uow:
        key = {"job_id": job.id, "revision": 1, "role": role}
        row = uow.session.get(JobFile, (job.id, 1, role))
        sha256 = record_file(uow, other)
        if row is None:
            uow.session.add(JobFile(**key, sha256=sha256, given_name="x", pages=None))
        else:
            row.sha256 = sha256
    with pytest.raises(Conflict, match=f"The files of {job.number} are not those") as refusal:
        mailings.build(shop, job)
    assert refusal.value.instance_code == "APPROVAL_VOID"
    with shop.db.read_only(PLANT) as session:
        assert session.query(PresortStream).count() == 0


def test_a_voided_approval_does_not_carry_a_job_into_a_stream(shop):
    job = approved(shop)
    with shop.db.unit_of_work(PLANT) as uow:
        intake.void_approval(uow, uow.session.get_one(Job, job.id), "withdrawn by letter")
    with pytest.raises(Conflict) as refusal:
        mailings.build(shop, job)
    assert refusal.value.instance_code == "APPROVAL_VOID"


def test_consent_still_holds_after_a_stream_was_dissolved(shop):
    job = approved(shop)
    stream = mailings.build(shop, job)
    with shop.db.unit_of_work(PLANT) as uow:
        building.dissolve(uow, uow.session.get_one(PresortStream, stream.id), "Another day")
    assert standing(shop, job) is not None
    mailings.build(shop, job)


def test_an_approver_of_another_agency_does_not_even_see_it(shop, offered):
    with shop.db.read_only(actor(shop, "oscar")) as session:
        assert session.get(Job, offered.id) is None
