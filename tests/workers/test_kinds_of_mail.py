"""Every class and shape walks the line by the real steps: order, quote, stream, papers, Mail.dat, dispatch, charge."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from sqlalchemy import select

from kernel.errors import InvalidInput
from postal.maildat.validate import validate
from production.catalog.shop_envelopes import ENVELOPES
from production.jobs.models import Job, JobFinding
from production.jobs.states import JobState
from production.mailings.models import LetterJob, MailingFile, PresortStream
from production.mailroom.maildat import put_together
from production.people.setup import put
from tests.factories import PLANT
from tests.production import mailings
from tests.production.mailings import mailing_files, wishes
from tests.workers.test_line import check_sums, consent, reload, work_the_floor
from workers.runtime import drain

CARD = (432, 306)
KINDS = {
    # what is ordered: (class, envelope, page size, how it is streamed) -> (sort plan, form, shape)
    "marketing letters": (
        ("marketing", "window10", (612, 792), {}),
        ("mm-letter-automation", "3602-R", "letter"),
    ),
    "nonprofit letters, least postage": (
        ("nonprofit", "window10", (612, 792), {"policy": "least"}),
        ("np-letter-automation", "3602-N", "letter"),
    ),
    "first-class flats": (
        ("first-class", "booklet9x12", (612, 792), {}),
        ("fcm-flat-automation-tray", "3600-FCM", "flat"),
    ),
    "first-class flats in bundles": (
        ("first-class", "booklet9x12", (612, 792), {"sort_plan": "fcm-flat-automation-bundle"}),
        ("fcm-flat-automation-bundle", "3600-FCM", "flat"),
    ),
    "marketing flats": (
        ("marketing", "booklet9x12", (612, 792), {}),
        ("mm-flat-automation", "3602-R", "flat"),
    ),
    "first-class cards": (
        ("first-class", "card4x6", CARD, {}),
        ("fcm-letter-automation", "3600-FCM", "card"),
    ),
}


@pytest.fixture
def shop(plant):
    mailings.open_sample(plant)
    return plant


def ordered(shop, mail_class, envelope, size, *, pieces=620):
    files = mailing_files(shop, pieces=pieces, size=size)
    if mail_class == "nonprofit":
        mailings.authorize(shop)
    job = mailings.submit(shop, wishes(files, mail_class=mail_class, envelope=envelope))
    drain(shop)
    return reload(shop, job)


@pytest.mark.parametrize("kind", KINDS)
def test_it_walks_to_its_charges(shop, kind):
    (mail_class, envelope, size, how), (sort_plan, form, shape) = KINDS[kind]
    job = ordered(shop, mail_class, envelope, size)
    assert job.state is JobState.PROOF_READY, findings_of(shop, job)
    assert job.mail_shape == shape
    consent(shop, job, by="andy")
    stream = mailings.build(shop, job, **how)
    drain(shop)
    stream = reload(shop, stream)
    assert stream.summary.figures.sort_plan == stream.sort_plan == sort_plan
    work_the_floor(shop, stream)
    drain(shop)
    check_sums(shop, stream, [job])
    assert statement(shop, stream)[0][:2] == ["form", form]
    with shop.db.read_only(PLANT) as session:
        facts = put_together.read_facts(session, session.get_one(PresortStream, stream.id).mailing)
    made = put_together.describe_mailing(shop.files, facts, version="26-1", software="test")
    assert {finding.severity.value for finding in validate(made.described.maildat)} <= {"warn"}
    is_marketing = mail_class != "first-class"
    assert stream.service_type_id == ("311" if is_marketing else "310")


def test_a_stream_is_sorted_only_in_ways_open_to_its_jobs(shop):
    job = ordered(shop, "first-class", "window10", (612, 792))
    consent(shop, job, by="andy")
    for how in (
        {"sort_plan": "mm-letter-automation"},
        {"sort_plan": "fcm-flat-automation-tray"},
        {"policy": "x"},
    ):
        with pytest.raises(InvalidInput) as refusal:
            mailings.build(shop, job, **how)
        assert refusal.value.instance_code == "PRESORT_POLICY"


def test_a_card_of_two_sheets_is_a_finding(shop):
    files = mailing_files(shop, pieces=60, pages=3, size=CARD)
    job = mailings.submit(shop, wishes(files, envelope="card4x6"))
    drain(shop)
    assert "ENVELOPE_FULL" in findings_of(shop, reload(shop, job))


def findings_of(shop, job):
    with shop.db.read_only(PLANT) as session:
        return set(session.scalars(select(JobFinding.code).filter_by(job_id=job.id)))


def statement(shop, stream):
    with shop.db.read_only(PLANT) as session:
        paper = session.scalars(
            select(MailingFile).filter_by(mailing_id=stream.mailing_id, role="statement-data")
        ).one()
    return list(csv.reader(io.StringIO(shop.files.path(paper.sha256).read_text())))


def test_a_class_that_does_not_exist_is_refused(shop):
    with pytest.raises(InvalidInput) as refusal:
        mailings.submit(shop, wishes(mailing_files(shop), mail_class="periodicals"))
    assert [finding.code for finding in refusal.value.findings] == ["MAIL_CLASS"]
    with shop.db.read_only(PLANT) as session:
        assert not session.scalars(select(Job)).all()


def test_a_letter_weighs_with_the_envelope_as_the_shop_weighed_it(shop):
    with shop.db.unit_of_work(PLANT) as uow:
        row = ENVELOPES.find(uow.session, "window10")
        put(uow, ENVELOPES, row.model_copy(update={"weight_oz": Decimal("0.25")}), knowing=None)
    job = mailings.submit(shop, wishes(mailing_files(shop)))
    drain(shop)
    with shop.db.read_only(PLANT) as session:
        assert session.get_one(LetterJob, job.id).weight_oz == Decimal("0.41")  # a sheet of 0.16 oz
