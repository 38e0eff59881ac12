"""Taking in a mailing: refusals, files first, changes, words of the requester, and repeated lists."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from kernel import clock
from kernel.errors import IllegalTransition, InvalidInput, NotFound, OnHold
from postal.data.mail_days import mail_days_before
from production.frontdesk.orders import canceling, intake
from production.jobs import lifecycle
from production.jobs.models import Approval, ChargeSplit, Job, JobEvent, JobFile, JobFinding
from production.jobs.states import JobState
from store.files import StoredFile
from store.outbox import OutboxMessage
from tests.factories import CALENDAR, PLANT
from tests.production import mailings
from tests.production.mailings import approved, mailing_files, prepare, submit, wishes


@pytest.fixture
def shop(plant):
    mailings.open_sample(plant)
    return plant


def codes(refusal):
    return sorted((finding.code, finding.place.column) for finding in refusal.value.findings)


def job_files(session, job, revision):
    rows = session.scalars(select(JobFile).filter_by(job_id=job.id, revision=revision))
    return {row.role: row.sha256 for row in rows}


def test_a_request_with_everything_wrong_is_told_everything_at_once(shop):
    mailings.add_account(shop, "DEX-900", closed=True)
    yesterday = clock.today() - timedelta(days=1)
    request = wishes(
        {}, title="  ", mail_date=yesterday, envelope="shoe box",
        splits={"DEX-900": 1, "OSR-010": 1, "DEX-100": 0},
    )  # fmt: skip
    with pytest.raises(InvalidInput) as refusal:
        submit(shop, request)
    assert refusal.value.instance_code == "ORDER"
    assert codes(refusal) == [
        ("ACCOUNT", "splits"), ("ACCOUNT", "splits"), ("ACCOUNT_CLOSED", "splits"),
        ("ENVELOPE", "envelope"), ("FILE_MISSING", "list"), ("FILE_MISSING", "template"),
        ("MAIL_DATE", "mail_date"), ("TITLE", "title"),
    ]  # fmt: skip
    with shop.db.read_only(PLANT) as session:
        assert session.query(Job).count() == session.query(OutboxMessage).count() == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"title": "x" * 121}, "TITLE"),
        ({"title": "a\x00b"}, "TITLE"),
        ({"title": "two\nlines"}, "TITLE"),
        ({"splits": {}}, "ACCOUNT"),
        ({"splits": {"DEX-100": -3}}, "ACCOUNT"),
    ],
)
def test_single_refusals(shop, change, code):
    with pytest.raises(InvalidInput) as refusal:
        submit(shop, wishes(mailing_files(shop), **change))
    assert [finding.code for finding in refusal.value.findings] == [code]


def test_the_past_is_for_plant_staff_only(shop):
    request = wishes(mailing_files(shop), mail_date=mail_days_before(clock.today(), 3))
    with pytest.raises(InvalidInput) as refusal:
        submit(shop, request)
    assert codes(refusal) == [("MAIL_DATE", "mail_date")]
    rita = mailings.actor(shop, "rita")
    with shop.db.unit_of_work(mailings.actor(shop, "ada")) as uow:
        job = intake.submit_mailing(uow, request, agency_id=rita.agency_id, requester_id=rita.user_id)
        assert job.mail_date == request.mail_date
    sunday = date(2026, 11, 29)
    with pytest.raises(InvalidInput) as refusal, shop.db.unit_of_work(mailings.actor(shop, "ada")) as uow:
        on_sunday = replace(request, mail_date=sunday)
        intake.submit_mailing(uow, on_sunday, agency_id=rita.agency_id, requester_id=rita.user_id)
    assert codes(refusal) == [("MAIL_DATE", "mail_date")]  # whoever enters it
    assert refusal.value.findings[0].remedy == "The next mail day is Monday, November 30, 2026."


def test_an_agency_asks_for_a_day_the_work_can_make_and_the_post_takes_mail(shop):
    earliest = CALENDAR.earliest_due_date(clock.today())
    submit(shop, wishes(mailing_files(shop), mail_date=earliest))
    saturday = earliest + timedelta(days=(5 - earliest.weekday()) % 7)
    christmas = date(2028, 12, 25)
    for asked, words in [
        (mail_days_before(earliest, 1), f"The earliest mailing day for this work is {earliest:%A, %B}"),
        (saturday, "takes no mail on Saturday"),
        (christmas, "December 25, 2028: Christmas Day."),
        (date(2028, 4, 14), "The shop is closed on Friday, April 14, 2028: Good Friday."),
    ]:
        with pytest.raises(InvalidInput) as refusal:
            submit(shop, wishes(mailing_files(shop), mail_date=asked))
        assert words in refusal.value.findings[0].message


def test_files_are_kept_before_any_row_names_them(shop):
    files = mailing_files(shop)
    with shop.db.read_only(PLANT) as session:
        assert session.query(StoredFile).count() == 0
    assert all(shop.files.verify(file.ref.sha256) for file in files.values())
    job = submit(shop, wishes(files, splits={"DEX-100": 3, "DEX-200": 1}))
    with shop.db.read_only(PLANT) as session:
        assert job_files(session, job, 1) == {role: file.ref.sha256 for role, file in files.items()}
        assert {row.sha256 for row in session.scalars(select(StoredFile))} == set(
            job_files(session, job, 1).values()
        )
        splits = session.scalars(select(ChargeSplit).filter_by(job_id=job.id))
        assert {split.budget_unit.bill_code: split.weight for split in splits} == {"DEX-100": 3, "DEX-200": 1}
        message = session.scalars(select(OutboxMessage)).one()
        assert (message.task, message.arguments) == ("prepare", {"revision": 1})
        assert session.get_one(Job, job.id).state is JobState.SUBMITTED


def test_a_long_file_name_keeps_its_end(shop):
    files = mailing_files(shop)
    long = intake.GivenFile(files["list"].ref, "a" * 300 + ".xlsx")
    job = submit(shop, wishes(files | {"list": long}))
    with shop.db.read_only(PLANT) as session:
        name = session.scalars(select(JobFile.given_name).filter_by(job_id=job.id, role="list")).one()
    assert len(name) == 255
    assert name.endswith("a.xlsx")


def test_submitting_again_keeps_what_is_not_replaced_and_voids_the_approval(shop):
    job = approved(shop)
    changed = mailing_files(shop, seed=2)["list"]
    with shop.db.unit_of_work(mailings.actor(shop, "rita")) as uow:
        again = uow.session.get_one(Job, job.id)
        intake.resubmit_mailing(
            uow, again, wishes({"list": changed}, title="Second try", splits={"DEX-200": 1})
        )
    with shop.db.read_only(PLANT) as session:
        now = session.get_one(Job, job.id)
        assert (now.state, now.revision, now.title) == (JobState.SUBMITTED, 2, "Second try")
        first, second = job_files(session, job, 1), job_files(session, job, 2)
        assert second == {"template": first["template"], "list": changed.ref.sha256}  # results are made anew
        assert [split.budget_unit.bill_code for split in session.scalars(select(ChargeSplit))] == ["DEX-200"]
        approval = session.scalars(select(Approval)).one()
        assert approval.voided_at
        assert approval.void_reason == "changed after approval"


def test_the_word_of_the_requester_checks_again(shop):
    job = submit(shop, wishes(mailing_files(shop)))
    with shop.db.unit_of_work(PLANT) as uow:
        lifecycle.advance(uow, uow.session.get_one(Job, job.id), "ask_fix")
    with shop.db.unit_of_work(mailings.actor(shop, "rita")) as uow:
        intake.accept_findings(uow, uow.session.get_one(Job, job.id))
    with shop.db.read_only(PLANT) as session:
        now = session.get_one(Job, job.id)
        assert (now.accept_findings, now.revision, now.state) == (True, 2, JobState.SUBMITTED)
        assert job_files(session, job, 2) == job_files(session, job, 1)
        assert session.query(OutboxMessage).count() == 2


def test_canceling_ends_consent_and_stops_at_production(shop):
    job, other = approved(shop), approved(shop, seed=2)
    mailings.build(shop, other)
    refused = pytest.raises(IllegalTransition, match="Possible now: finish, withdraw")
    with refused, shop.db.unit_of_work(PLANT) as uow:
        canceling.cancel(uow, uow.session.get_one(Job, other.id), "Too late")
    with shop.db.unit_of_work(PLANT) as uow:
        canceling.cancel(uow, uow.session.get_one(Job, job.id), "Not needed " * 40)
    with shop.db.read_only(PLANT) as session:
        assert session.get_one(Job, job.id).state is JobState.CANCELLED
        assert session.scalars(select(Approval).filter_by(job_id=job.id)).one().void_reason == "cancelled"
        event = session.scalars(select(JobEvent).filter_by(job_id=job.id, event="cancel")).one()
        assert len(event.details["reason"]) == 200
        assert session.scalars(select(Approval).filter_by(job_id=other.id)).one().voided_at is None


def test_nothing_changes_while_a_hold_stands(shop):
    job = approved(shop)
    with shop.db.unit_of_work(PLANT) as uow:
        lifecycle.hold(uow, uow.session.get_one(Job, job.id), reason="money", words="Ask first.")
    with pytest.raises(OnHold), shop.db.unit_of_work(PLANT) as uow:
        intake.resubmit_mailing(uow, uow.session.get_one(Job, job.id), wishes({}, title="Changed"))
    with shop.db.read_only(PLANT) as session:
        assert session.get_one(Job, job.id).title == "Notice"
        assert session.scalars(select(Approval)).one().voided_at is None


def test_the_same_list_again_is_told_with_job_and_date(shop):
    files = mailing_files(shop)
    first, cancelled = (submit(shop, wishes(files)) for _ in range(2))
    with shop.db.unit_of_work(PLANT) as uow:
        canceling.cancel(uow, uow.session.get_one(Job, cancelled.id), "twice")
    other = submit(shop, wishes(files, splits={"OSR-010": 1}), by="oscar")
    second = submit(shop, wishes(files | {"template": mailing_files(shop, text="Other words")["template"]}))
    for job in (first, other, second):
        prepare(shop, job)
    with shop.db.read_only(PLANT) as session:
        found = session.scalars(select(JobFinding).filter_by(code="DUPLICATE_FILE")).one()
        assert (found.job_id, found.severity, found.count) == (second.id, "warn", 1)
        assert found.message == f"Job {first.number} has the same list, to be mailed on {mailings.MAIL_DATE}."
        assert session.get_one(Job, second.id).state is JobState.PROOF_READY


def test_another_agency_does_not_find_the_job(shop):
    job = submit(shop, wishes(mailing_files(shop)))
    with shop.db.unit_of_work(mailings.actor(shop, "oscar")) as uow, pytest.raises(NotFound):
        intake.find_job(uow, job.number)
    for name in ("rita", "pat"):
        with shop.db.unit_of_work(mailings.actor(shop, name)) as uow:
            assert intake.find_job(uow, job.number).id == job.id
