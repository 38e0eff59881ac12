"""Jobs in different envelopes mailed together: two print runs, one set of levels, one day, charges to the cent."""

from __future__ import annotations

import csv
import io

import pypdfium2
import pytest
from sqlalchemy import select

from billing.evidence import read_evidence
from billing.models import Charge
from billing.verify import verify
from kernel.clock import fiscal_year
from kernel.errors import Conflict, InvalidInput
from kernel.money import Money
from postal.maildat.overview import overview
from postal.papers.tie import statement_figures
from production.dock.checks import mailings_leave_whole
from production.dock.evidence.check import check_packet
from production.dock.evidence.packet import make_packet
from production.dock.models import Delivery
from production.jobs.models import Job, JobEvent, Usage
from production.jobs.states import JobState, LotState
from production.jobs.usage import Unit
from production.mailings.models import MailingFile, PresortStream
from production.mailings.streams import state_of, streams_of
from production.mailroom.maildat import kept, put_together
from production.mailroom.maildat.checks import sets_are_of_their_mailings
from production.mailroom.streams import building
from tests.databases import begin
from tests.factories import PLANT
from tests.production import mailings
from tests.production.mailings import mailing_files, wishes
from tests.walked import broken
from tests.workers.test_line import consent, finish, leave, reload
from workers.runtime import drain


@pytest.fixture
def shop(plant):
    mailings.open_sample(plant)
    return plant


@pytest.fixture
def two_jobs(shop):
    """300 letters each, too few alone: one in #10, one in 6 x 9 envelopes."""

    def make():
        jobs = [
            mailings.submit(shop, wishes(mailing_files(shop, pieces=300, seed=seed), envelope=envelope))
            for seed, envelope in ((1, "window10"), (2, "booklet6x9"))
        ]
        drain(shop)
        for job in jobs:
            consent(shop, job, by="andy")
        return [reload(shop, job) for job in jobs]

    return begin(shop, "two envelopes", make)


def words_of(path):
    """Every word of a PDF, in one line."""
    pages = [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(path)]
    return " ".join(" ".join(pages).split())


def build(shop, jobs, **how):
    with shop.db.unit_of_work(PLANT) as uow:
        return building.build_together(
            uow, shop.files, [uow.session.get_one(Job, job.id) for job in jobs], **how
        )


def test_two_streams_are_one_mailing_from_the_sort_to_the_charge(shop, two_jobs):
    """They earn what neither would alone; one set of papers ties to both, one dispatch takes both."""
    streams = build(shop, two_jobs)
    drain(shop)
    first, second = (reload(shop, stream) for stream in streams)
    number = first.mailing.number
    assert number == second.mailing.number == f"M{fiscal_year(first.mail_date) % 100}-0001"
    for stream in (first, second):
        assert stream.state is LotState.IN_PRODUCTION
        assert stream.pieces == 300
        assert stream.summary.figures.levels["SP"] == 0
        assert stream.summary.figures.postage.cents < stream.summary.figures.single_piece.cents
    postage = first.summary.figures.postage + second.summary.figures.postage
    with shop.db.read_only(PLANT) as session:
        papers = session.execute(select(MailingFile.role, MailingFile.given_name, MailingFile.sha256)).all()
        facts = put_together.read_facts(session, first.mailing)
    named = {role: (name, sha256) for role, name, sha256 in papers}
    assert {role: name for role, (name, _) in named.items()} == {
        role: f"{number}-{role}.{'csv' if role.endswith('-data') else 'pdf'}"
        for role in (
            "tickets",
            "tray-labels",
            "statement",
            "statement-data",
            "qualification",
            "qualification-data",
        )
    }
    told = statement_figures(csv.reader(io.StringIO(shop.files.path(named["statement-data"][1]).read_text())))
    assert (told.pieces, told.postage) == (600, postage)
    report = shop.files.path(named["qualification-data"][1]).read_text()
    assert "tray_no,stream,tray_in_stream" in report
    labels = words_of(shop.files.path(named["tray-labels"][1]))
    assert "Stream A, with 2 B" in labels
    tickets = words_of(shop.files.path(named["tickets"][1]))
    assert f"{number}, stream A; leaves with stream B ({second.number})" in tickets
    made = put_together.describe_mailing(shop.files, facts, version="26-1", software="1")
    assert overview(made.described.maildat).pieces == 600
    with shop.db.unit_of_work(PLANT) as uow:
        kept.request_maildat(uow, first.mailing, version="26-1", pieces="pbc", is_ready=False)
    drain(shop)
    with broken(shop, f"UPDATE presort_stream SET pieces = 301 WHERE id = {first.id}") as look:
        (said,) = sets_are_of_their_mailings(look)
    assert "its Mail.dat holds 600 pieces, its streams 601" in said.sentence
    finish(shop, first)
    with pytest.raises(Conflict) as refusal:
        leave(shop, first)
    assert "DISPATCH_HALF" in [one.code for one in refusal.value.findings]
    finish(shop, second)
    leave(shop, first)
    drain(shop)
    assert {reload(shop, stream).state for stream in streams} == {LotState.DELIVERED}
    assert {reload(shop, job).state for job in two_jobs} == {JobState.BILLED}
    with shop.db.read_only(PLANT) as session:
        (delivery,) = session.scalars(select(Delivery)).all()
        postal = select(Charge.cents).join(Usage, Usage.id == Charge.usage_id)
        charged = session.scalars(postal.where(Usage.unit == Unit.PERMIT_POSTAGE)).all()
        facts = read_evidence(session, first.mailing)
    assert (delivery.mailing_id, delivery.exception) == (first.mailing_id, None)
    assert sum(charged, Money(0)) == postage
    with shop.files.scratch_folder() as folder:
        packet = check_packet(make_packet(shop.files, facts, folder))
    assert packet.findings == ()
    assert [stream.number for stream in packet.manifest.streams] == [first.number, second.number]
    assert packet.manifest.pieces.mailed == 600
    assert verify(shop).violations == []


def test_half_a_mailing_leaves_only_for_a_reason_that_stays(shop, two_jobs):
    first, second = build(shop, two_jobs)
    drain(shop)
    finish(shop, first)
    knowing = ("DISPATCH_EARLY", "DISPATCH_HALF")
    with pytest.raises(InvalidInput, match=f"Say why Stream {second.number} of mailing"):
        leave(shop, first, knowing=knowing)
    leave(shop, first, knowing=knowing, exception="The insert is late.")
    drain(shop)
    states = [reload(shop, stream).state for stream in (first, second)]
    assert states == [LotState.DELIVERED, LotState.IN_PRODUCTION]
    assert verify(shop).violations == []
    with broken(shop, "UPDATE delivery SET exception = NULL") as look:
        (said,) = mailings_leave_whole(look)
    assert f"left without stream {second.number}, and nobody said why" in said.sentence
    with shop.db.read_only(PLANT) as session:
        event = session.scalars(
            select(JobEvent).filter_by(lot_id=first.id, operation_id=None, job_id=None, to_state="dispatched")
        ).one()
        assert state_of(streams_of(session, first.mailing_id)) is LotState.IN_PRODUCTION
        with pytest.raises(Conflict, match="has not left"):
            read_evidence(session, session.get_one(PresortStream, first.id).mailing)
    assert (event.details["without"], event.details["reason"]) == ([second.number], "The insert is late.")
    finish(shop, second)
    leave(shop, second)
    drain(shop)
    with shop.db.read_only(PLANT) as session:
        told = session.scalars(select(Delivery.exception).order_by(Delivery.id)).all()
        assert told == ["The insert is late.", None]
        assert (
            read_evidence(session, session.get_one(PresortStream, first.id).mailing).deliveries[1].exception
            is None
        )
    assert verify(shop).violations == []


def test_one_envelope_is_one_stream(shop, two_jobs):
    (stream,) = build(shop, two_jobs[:1])
    with shop.db.read_only(PLANT) as session:
        assert streams_of(session, stream.mailing_id) == [session.get_one(PresortStream, stream.id)]


def test_what_counts_together_is_dissolved_together(shop, two_jobs):
    streams = build(shop, two_jobs)
    with shop.db.unit_of_work(PLANT) as uow:
        building.dissolve(uow, uow.session.get_one(PresortStream, streams[1].id), "wrong day")
    with shop.db.read_only(PLANT) as session:
        assert set(session.scalars(select(PresortStream.state))) == {LotState.CANCELLED}
        assert set(session.scalars(select(Job.state))) == {JobState.APPROVED}


def test_two_classes_are_not_one_mailing(shop, two_jobs):
    with shop.db.unit_of_work(PLANT) as uow, pytest.raises(InvalidInput) as refusal:
        jobs = [uow.session.get_one(Job, job.id) for job in two_jobs]
        jobs[1].mail_class = "marketing"
        building.build_together(uow, shop.files, jobs)
    assert refusal.value.instance_code == "BATCH_MISFIT"
