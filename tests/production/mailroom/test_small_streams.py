"""Streams too small for their class or payment; residual pieces of Marketing Mail; agreement to least postage."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import select

from kernel.errors import InvalidInput
from postal.maildat.overview import piece_list
from postal.maildat.records import to_arrow
from postal.maildat.validate import validate
from postal.sorting.presort import LEAST
from postal.sorting.volume import METERED
from production.jobs.models import Job, JobEvent, Usage
from production.jobs.states import OperationCode
from production.mailings import sort_agreement
from production.mailings.models import PresortStream, SortAgreement
from production.mailings.streams import plan_of
from production.mailroom.maildat import put_together
from production.mailroom.papers import mailing_papers
from production.mailroom.pieces import story
from production.mailroom.streams import building, prediction
from store.audit import AuditEntry
from tests.factories import PLANT
from tests.production import mailings


@pytest.fixture
def shop(plant):
    mailings.open_sample(plant)
    return plant


def together(shop, *jobs, **how):
    with shop.db.unit_of_work(PLANT) as uow:
        return building.build_together(
            uow, shop.files, [uow.session.get_one(Job, job.id) for job in jobs], **how
        )


def refused(shop, *jobs, **how) -> InvalidInput:
    with pytest.raises(InvalidInput) as refusal:
        together(shop, *jobs, **how)
    return refusal.value


def predicted(shop, *jobs, **how):
    with shop.db.read_only(PLANT) as session:
        draft = prediction.draft_of_jobs(session, [session.get_one(Job, job.id) for job in jobs])
    return prediction.predict(shop.files, draft, **how)


def test_forty_letters_stop_and_go_by_meter_or_with_another_job(shop):
    small, other = mailings.approved(shop, pieces=40), mailings.approved(shop, pieces=170, seed=2)
    assert refused(shop, small).instance_code == "PERMIT_MINIMUM"
    found = predicted(shop, small)
    assert found.outcome.stops[0].code == "PERMIT_MINIMUM"
    with pytest.raises(InvalidInput, match="permit imprint needs 200 pieces"):
        prediction.refuse_stops(found)
    assert not predicted(shop, small, payment=METERED).outcome.stops
    assert not predicted(shop, small, other).outcome.stops
    (stream,) = together(shop, small, payment=METERED)
    stream = mailings.plan(shop, stream)
    assert (stream.payment, stream.summary.figures.payment, plan_of(shop.files, stream).payment) == (
        "metered",
    ) * 3


def test_marketing_mail_under_its_minimum_is_not_printed_and_goes_on_as_first_class(shop):
    job = mailings.approved(shop, pieces=199, mail_class="marketing")
    found = predicted(shop, job)
    assert [stop.code for stop in found.outcome.stops] == ["MARKETING_MINIMUM", "PERMIT_MINIMUM"]
    offered = {one.sort_plan: one for one in predicted(shop, job, payment=METERED).ways}
    assert offered["mm-letter-automation"].why_not
    assert offered["fcm-letter-automation"].postage
    (stream,) = together(shop, job, sort_plan="fcm-letter-automation", payment=METERED)
    stream = mailings.plan(shop, stream)
    assert (stream.mail_class, stream.service_type_id, stream.residual_service_type_id) == (
        "first-class",
        "310",
        None,
    )
    assert {line.form for line in stream.summary.figures.postage_lines} == {"3600-FCM"}
    assert {row.words for row in stream.summary.figures.markings} == {"FIRST-CLASS MAIL"}
    segments = to_arrow(described(shop, stream)["seg"]).to_pylist()
    assert [row["SEG-1102"] for row in segments] == ["1"]
    unsorted = mailings.build(shop, mailings.approved(shop, pieces=150, mail_class="marketing", seed=4))
    with pytest.raises(InvalidInput, match="need 200 pieces"):
        mailings.plan(shop, unsorted)


def described(shop, stream):
    with shop.db.read_only(PLANT) as session:
        facts = put_together.read_facts(session, session.get_one(PresortStream, stream.id).mailing)
    made = put_together.describe_mailing(shop.files, facts, version="26-1", software="test").described
    assert {finding.severity.value for finding in validate(made.maildat)} <= {"warn"}
    return made.maildat


def test_residual_pieces_of_marketing_mail_are_first_class_in_barcode_papers_and_maildat(shop):
    stream = mailings.plan(
        shop, mailings.build(shop, mailings.approved(shop, pieces=700, bare=12, mail_class="marketing"))
    )
    plan = plan_of(shop.files, stream)
    left = plan.levels[-1].pieces
    assert left == 12
    assert (stream.service_type_id, stream.residual_service_type_id) == ("311", "310")
    assert stream.residual_first_piece == plan.pieces - left + 1
    maildat = described(shop, stream)
    service = [row["tracking"][2:5] for row in piece_list(maildat).to_pylist()]
    assert service == ["311"] * (plan.pieces - left) + ["310"] * left
    with shop.db.read_only(PLANT) as session:
        told = [story._tracking(session.get_one(PresortStream, stream.id), n)[2:5] for n in (1, plan.pieces)]
        facts = mailing_papers.read_facts(session, session.get_one(PresortStream, stream.id).mailing)
    assert told == ["311", "310"]
    with shop.files.scratch_folder() as folder:
        made = {paper.role: paper for paper in mailing_papers.make_papers(shop.files, facts, folder)}
    forms = {}
    for role in ("statement-data", "statement-data-first-class"):
        rows = list(csv.reader(io.StringIO(shop.files.path(made[role].ref.sha256).read_text("utf-8"))))
        forms[rows[0][1]] = next(int(row[2]) for row in rows if row[:2] == ["total", "pieces"])
    assert forms == {"3602-R": plan.pieces - left, "3600-FCM": left}
    assert {"statement", "statement-first-class", "tickets"} <= made.keys()
    for operation in mailings.operations(shop, stream, OperationCode.MERGE):
        mailings.merge(shop, operation)


def test_metered_postage_is_left_to_the_meter_desk(shop):
    job = mailings.approved(shop, pieces=40)
    (stream,) = together(shop, job, payment=METERED)
    assert mailings.plan(shop, stream).summary.figures.postage.cents
    with shop.db.read_only(PLANT) as session:
        assert not session.scalars(select(Usage.unit)).all()


def test_least_postage_needs_the_postal_services_word_in_writing(shop):
    job = mailings.approved(shop, pieces=600)
    assert refused(shop, job, policy=LEAST).instance_code == "SORT_AGREEMENT"
    told = {(one.sort_plan, one.policy): one for one in predicted(shop, job).options}
    assert told["fcm-letter-automation", LEAST].is_what_if
    assert told["fcm-letter-automation", LEAST].postage
    for wrong in ({"agreed_by": " "}, {"agreed_on": "soon"}, {"agreed_on": "2999-01-01"}, {"writing": ""}):
        with shop.db.unit_of_work(PLANT) as uow, pytest.raises(InvalidInput) as refusal:
            whole = {"agreed_by": "A. Clerk", "agreed_on": "2026-01-05", "writing": "letter"}
            sort_agreement.keep_agreement(uow, **(whole | wrong))
        assert [finding.place.column for finding in refusal.value.findings] == list(wrong)
    with shop.db.unit_of_work(PLANT) as uow:
        mailings.agree_to_least_postage(uow)
    assert not any(one.is_what_if for one in predicted(shop, job).options)
    (stream,) = together(shop, job, policy=LEAST)
    with shop.db.unit_of_work(PLANT) as uow:
        events = uow.session.scalars(select(JobEvent).filter_by(event="least_postage")).all()
        assert [event.details["writing"] for event in events] == ["letter of 2026-01-05"]
        sort_agreement.end_agreement(uow)
        sort_agreement.end_agreement(uow)  # nothing more
    with shop.db.read_only(PLANT) as session:
        assert sort_agreement.agreement_in_force(session) is None
        assert len(session.scalars(select(SortAgreement)).all()) == 2
        acts = session.scalars(
            select(AuditEntry.act).filter_by(subject="sort_agreement").order_by(AuditEntry.number)
        ).all()
    assert acts == ["entered", "ended"]
    assert mailings.plan(shop, stream).policy == LEAST  # what is built keeps how it is sorted
