"""Building and dissolving streams: what fits together, who owns which slice, and what is left behind."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from kernel.errors import Conflict, IllegalTransition, InvalidInput, OnHold
from production.jobs import lifecycle
from production.jobs.models import Job, JobEvent, JobFile, Operation
from production.jobs.states import JobState, LotState, OperationCode, OperationState
from production.mailings.models import LetterJob, PresortShare, PresortStream, Tray
from production.mailroom.serials.models import SerialBlock
from production.mailroom.streams import building, planning
from store.outbox import OutboxMessage
from tests import factories
from tests.factories import PLANT, make_job
from tests.production import mailings
from tests.production.mailings import MAIL_DATE, approved, build


@pytest.fixture
def shop(plant):
    mailings.open_sample(plant)
    return plant


def test_a_stream_takes_its_facts_from_its_jobs(shop):
    second, first = approved(shop, seed=1, pieces=40), approved(shop, seed=2, pieces=30, agency="OSR")
    stream = build(shop, first, second)
    with shop.db.read_only(PLANT) as session:
        stream = session.get_one(PresortStream, stream.id)
        assert (stream.state, stream.mail_date, stream.envelope) == (LotState.PLANNING, MAIL_DATE, "window10")
        assert (stream.weight_oz, stream.pages_per_piece) == (first_weight(session, first), 1)
        slices = session.scalars(select(PresortShare).order_by(PresortShare.position)).all()
        assert [(part.job_id, part.pieces) for part in slices] == [
            (second.id, 40),
            (first.id, 30),
        ]  # by number
        for part in slices:
            query = select(JobFile.sha256).filter_by(job_id=part.job_id, role="accepted_list")
            assert part.accepted_sha256 == session.scalars(query).one()
        for job in (first, second):
            now = session.get_one(Job, job.id)
            assert (now.state, now.lot_id) == (JobState.IN_PRODUCTION, stream.id)
        operation = session.scalars(select(Operation)).one()
        assert (operation.type, operation.state) == (OperationCode.PRESORT, OperationState.READY)
        assert operation.ticket == f"{stream.number}-10"
        open_tasks = session.scalars(select(OutboxMessage.task).filter_by(done_at=None))
        assert list(open_tasks) == ["presort"]


def first_weight(session, job):
    return session.get_one(Job, job.id).weight_oz


CLASHES = {
    "mailing date": {"mail_date": factories.MAIL_DATE + timedelta(days=1)},
    "envelope": {"envelope": "booklet6x9"},
    "pages of a piece": {"pages": 4},
    "weight of a piece": {"weight_oz": Decimal("0.9")},
    "shape": {"mail_shape": "flat"},
    "class": {"mail_class": "marketing"},
    "preparation": {"sort_plan": "mm-flat-automation"},
}


def test_every_clash_is_named_together(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        one, same, other = (make_job(uow) for _ in range(3))
        for values in CLASHES.values():
            for name, value in values.items():
                setattr(other, name, value)
        assert building.misfits([one, same]) == []
        found = building.misfits([one, same, other])
    assert [finding.message for finding in found] == [
        "The jobs differ in mailing date: 2026-12-01, 2026-12-02.",
        "The jobs differ in class: First-Class Mail, USPS Marketing Mail.",
        "The jobs differ in shape: flat, letter.",
        "The jobs differ in preparation: First-Class Mail automation letters, USPS Marketing Mail automation flats.",
        "The jobs differ in envelope: 10W, 6 x 9 window.",
        "The jobs differ in weight of a piece: 0.5, 0.9.",
        "The jobs differ in pages of a piece: 2, 4.",
    ]


def test_letters_share_a_stream_when_their_sheets_are_printed_alike(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        for pages, words in [(1, []), (2, ["The jobs differ in printed sides of a sheet: 1, 2."])]:
            one, other = make_job(uow, pages=pages), make_job(uow, pages=pages)
            other.duplex = False
            assert [finding.message for finding in building.misfits([one, other])] == words
            uow.session.flush()
            query = select(LetterJob.sides).where(LetterJob.id.in_([one.id, other.id])).order_by(LetterJob.id)
            assert uow.session.scalars(query).all() == [one.sides, other.sides]


def test_the_same_weight_written_otherwise_is_no_clash(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        one, other = make_job(uow), make_job(uow)
        one.weight_oz, other.weight_oz = Decimal("0.5"), Decimal("0.5000")
        assert building.misfits([one, other]) == []


def test_jobs_that_do_not_fit_make_no_stream(shop):
    jobs = [approved(shop, seed=1), approved(shop, seed=2, pages=2)]
    with pytest.raises(InvalidInput) as refusal:
        build(shop, *jobs)
    assert refusal.value.instance_code == "BATCH_MISFIT"
    assert {f.message.partition(":")[0] for f in refusal.value.findings} == {
        "The jobs differ in pages of a piece", "The jobs differ in printed sides of a sheet"
    }  # fmt: skip
    with shop.db.read_only(PLANT) as session:
        assert session.query(PresortStream).count() == session.query(PresortShare).count() == 0
        assert {job.state for job in session.scalars(select(Job))} == {JobState.APPROVED}


def test_a_stream_is_mailed_on_a_mail_day_and_no_other(shop):
    job = approved(shop)
    for day, words in ((date(2028, 12, 24), "Sunday"), (date(2028, 12, 25), "Christmas Day")):
        with pytest.raises(InvalidInput, match=words) as refusal:
            build(shop, job, mail_date=day)
        assert refusal.value.instance_code == "MAIL_DATE"
        assert refusal.value.remedy == "The next mail day is Tuesday, December 26, 2028."
    with shop.db.read_only(PLANT) as session:
        assert session.query(PresortStream).count() == 0


def test_none_chosen_or_not_approved(shop):
    with pytest.raises(InvalidInput) as refusal:
        build(shop)
    assert refusal.value.instance_code == "BATCH_EMPTY"
    ready, waiting = (
        approved(shop),
        mailings.submit(shop, mailings.wishes(mailings.mailing_files(shop, seed=4))),
    )
    with pytest.raises(Conflict, match=f"Not approved: {waiting.number}"):
        build(shop, ready, waiting)
    stream = build(shop, ready)
    assert stream.state is LotState.PLANNING
    with pytest.raises(Conflict, match=f"Not approved: {ready.number}"):
        build(shop, ready)  # it travels in the other one


def test_a_held_job_keeps_all_out(shop):
    free, held = approved(shop, seed=1), approved(shop, seed=2)
    with shop.db.unit_of_work(PLANT) as uow:
        lifecycle.hold(uow, uow.session.get_one(Job, held.id), reason="money", words="Ask first.")
    with pytest.raises(OnHold, match="Ask first"):
        build(shop, free, held)
    with shop.db.read_only(PLANT) as session:
        assert session.get_one(Job, free.id).state is JobState.APPROVED


def test_a_dissolved_stream_gives_its_jobs_back_and_is_not_sorted_any_more(shop):
    jobs = [approved(shop, seed=1), approved(shop, seed=2)]
    stream = build(shop, *jobs)
    with shop.db.read_only(PLANT) as session:
        facts = planning.read_facts(session, session.get_one(PresortStream, stream.id).mailing)
    with shop.files.scratch_folder() as folder:
        planned = planning.sort_mailing(shop.files, facts, folder)  # a worker had begun
    with shop.db.unit_of_work(PLANT) as uow:
        building.dissolve(uow, uow.session.get_one(PresortStream, stream.id), "Another day")
    with shop.db.unit_of_work(PLANT) as uow:
        planning.record_plans(uow, facts, planned)
    with shop.db.read_only(PLANT) as session:
        assert session.get_one(PresortStream, stream.id).state is LotState.CANCELLED
        assert session.scalars(select(Operation.state)).all() == [OperationState.SKIPPED]
        assert session.query(SerialBlock).count() == session.query(Tray).count() == 0
        for job in jobs:
            now = session.get_one(Job, job.id)
            assert (now.state, now.lot_id) == (JobState.APPROVED, None)
            event = session.scalars(select(JobEvent).filter_by(job_id=job.id, event="withdraw")).one()
            assert event.details == {"reason": "Another day"}
    again = build(shop, *jobs)
    assert mailings.plan(shop, again).state is LotState.IN_PRODUCTION


def test_a_sorted_stream_is_not_dissolved(shop):
    stream = mailings.plan(shop, build(shop, approved(shop)))
    with pytest.raises(IllegalTransition), shop.db.unit_of_work(PLANT) as uow:
        building.dissolve(uow, uow.session.get_one(PresortStream, stream.id), "Too late")


def test_a_double_click_makes_one_stream(shop):
    job = approved(shop)
    ready, outcomes = threading.Barrier(2), []

    def click():
        ready.wait()
        try:
            outcomes.append(build(shop, job).number)
        except Conflict:  # stale, or no longer approved: whoever is second
            outcomes.append(None)

    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(None) == 1
    with shop.db.read_only(PLANT) as session:
        assert session.query(PresortStream).count() == session.query(PresortShare).count() == 1
