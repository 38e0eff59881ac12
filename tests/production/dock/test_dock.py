"""Dispatch and delivery: custody, proof, usage and the wish to charge."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from kernel.errors import Conflict, IllegalTransition, InvalidInput, OnHold
from production.dock.checks import mailings_leave_whole
from production.dock.deliver import come_back, deliver
from production.dock.dispatch import dispatch, dispatch_job
from production.dock.models import Delivery
from production.dock.packing import close_all
from production.dock.queries import deliveries, on_the_way, ready_to_leave
from production.floor.operations import find_ticket, finish, start
from production.jobs import lifecycle
from production.jobs.models import Job, Usage
from production.jobs.route import jobs_of, lot_operation
from production.jobs.states import JobKind, JobState, LotState, OperationCode
from production.jobs.states import OperationState as O
from production.mailings.models import PresortShare
from production.mailroom.pieces.reconcile import finish_stream
from production.mailroom.pieces.spoilage import report_spoils
from production.mailroom.pieces.withdrawal import withdraw
from store.keeping.verify import Survey
from store.outbox import OutboxMessage
from tests.factories import MAIL_DATE, OPERATOR, PLANT, make_job, make_stream

POST = {"taken_by": "Lee", "place": "Baton Rouge BMEU", "way": "post_office", "knowing": ("DISPATCH_EARLY",)}
MESSENGER = {"taken_by": "Lee", "place": "Capitol annex", "way": "messenger"}


def stream_of(plant, jobs=1, **facts):
    with plant.db.unit_of_work(PLANT) as uow:
        made = jobs
        if isinstance(jobs, int):
            made = [
                make_job(uow, state=JobState.PRODUCED, pieces=5, mail_date=MAIL_DATE) for _ in range(jobs)
            ]
        return make_stream(uow, **{"state": LotState.PRODUCED, "jobs": made, **facts})


def test_dispatch_hands_over_writes_usage_and_asks_for_charges(plant):
    stream = stream_of(plant, jobs=2, pieces=10)
    with plant.db.unit_of_work(OPERATOR) as uow:
        stream = uow.session.merge(stream)
        delivery = dispatch(uow, stream.mailing, files=plant.files, **POST)
        assert (delivery.mailing_id, delivery.left_at, delivery.received_at) == (
            stream.mailing_id,
            uow.now,
            None,
        )
        jobs = jobs_of(uow.session, stream, Job)
        assert (stream.state, {job.state for job in jobs}) == (LotState.DISPATCHED, {JobState.DISPATCHED})
        route = (OperationCode.DISPATCH, OperationCode.DELIVER)
        states = [lot_operation(uow.session, stream, kind).state for kind in route]
        assert states == [O.DONE, O.READY]
        query = select(Usage.unit, Usage.quantity, Usage.usage_date, Usage.evidence).filter_by(
            job_id=jobs[0].id
        )
        rows = {
            unit: (quantity, day, evidence) for unit, quantity, day, evidence in uow.session.execute(query)
        }
        assert uow.session.scalars(select(OutboxMessage.task)).all() == ["charge"]
    assert {unit: int(row[0]) for unit, row in rows.items()} == {
        "postage.permit": 5, "presort.piece": 5, "list.record": 5, "job.setup": 1
    }  # fmt: skip
    assert rows["postage.permit"][1] == MAIL_DATE
    assert rows["postage.permit"][2].levels == {"aadc": 5}


def test_a_stream_with_an_open_piece_stays(plant):
    stream = stream_of(plant)
    with plant.db.unit_of_work(OPERATOR) as uow:
        stream = uow.session.merge(stream)
        report_spoils(uow, find_ticket(uow.session, f"{stream.number}-50-1"), pieces="2", reason="fell")
        with pytest.raises(Conflict, match="Spoiled and not reprinted: 2") as caught:
            dispatch(uow, stream.mailing, files=plant.files, **POST)
        assert uow.session.scalars(select(Delivery)).all() == []
    assert caught.value.instance_code == "OPEN_PIECES"


@pytest.mark.parametrize("state", [LotState.DISPATCHED, LotState.DELIVERED])
def test_a_stream_leaves_once(plant, state):
    stream = stream_of(plant, state=state)
    with plant.db.unit_of_work(OPERATOR) as uow, pytest.raises(IllegalTransition, match=str(state)):
        dispatch(uow, uow.session.merge(stream).mailing, files=plant.files, **POST)


def test_a_mailing_that_comes_back_leaves_again_and_is_counted_once(plant):
    stream = stream_of(plant, jobs=2, pieces=10)
    with plant.db.unit_of_work(OPERATOR) as uow:
        stream = uow.session.merge(stream)
        first = dispatch(uow, stream.mailing, files=plant.files, **POST)
        with pytest.raises(InvalidInput):
            come_back(uow, first, " ")
        come_back(uow, first, "Refused at the window: no permit number")
        jobs = jobs_of(uow.session, stream, Job)
        assert (stream.state, {job.state for job in jobs}) == (LotState.PRODUCED, {JobState.PRODUCED})
        assert [line.number for line in ready_to_leave(uow.session)] == [stream.mailing.number]
        assert list(mailings_leave_whole(Survey(uow.session, plant.files))) == []
        before = uow.session.scalars(select(Usage.natural_key)).all()
        second = dispatch(uow, stream.mailing, files=plant.files, **POST)
        with pytest.raises(IllegalTransition):
            deliver(uow, first, receipt="3602-1")
        deliver(uow, second, receipt="3602-2")
        assert {job.state for job in jobs} == {JobState.DELIVERED}
        assert uow.session.scalars(select(Usage.natural_key)).all() == before
        assert list(mailings_leave_whole(Survey(uow.session, plant.files))) == []


def test_custody_is_complete_or_refused_with_everything_missing(plant):
    stream = stream_of(plant)
    with plant.db.unit_of_work(OPERATOR) as uow, pytest.raises(InvalidInput) as caught:
        dispatch(
            uow, uow.session.merge(stream).mailing, files=plant.files, taken_by=" ", place="", way="pigeon"
        )
    assert len(caught.value.findings) == 3


def test_a_held_stream_stays(plant):
    stream = stream_of(plant)
    with plant.db.unit_of_work(OPERATOR) as uow:
        stream = uow.session.merge(stream)
        lifecycle.hold(uow, stream, reason="money", words="budget")
        with pytest.raises(OnHold, match="budget"):
            dispatch(uow, stream.mailing, files=plant.files, **POST)


def test_the_post_offices_receipt_is_the_proof(plant):
    stream = stream_of(plant)
    with plant.db.unit_of_work(OPERATOR) as uow:
        stream = uow.session.merge(stream)
        delivery = dispatch(uow, stream.mailing, files=plant.files, **POST)
        uow.session.flush()
        with pytest.raises(InvalidInput, match="receipt"):
            deliver(uow, delivery, received_by="a clerk")
        deliver(uow, delivery, receipt="PO-778812")
        assert (delivery.receipt, delivery.received_at) == ("PO-778812", uow.now)
        assert {job.state for job in jobs_of(uow.session, stream, Job)} == {JobState.DELIVERED}
        assert lot_operation(uow.session, stream, OperationCode.DELIVER).state is O.DONE
        with pytest.raises(IllegalTransition, match="already"):
            deliver(uow, delivery, receipt="PO-778812")
        keys = uow.session.scalars(select(OutboxMessage.key).order_by(OutboxMessage.id)).all()
        units = set(uow.session.scalars(select(Usage.unit)))
    assert stream.state is LotState.DELIVERED
    assert [key.split("-")[2] for key in keys] == ["1", "delivery"]
    assert "delivery.stop" not in units


def test_a_messengers_stop_is_shared_to_the_last_part(plant):
    stream = stream_of(plant, jobs=3, pieces=9)
    with plant.db.unit_of_work(OPERATOR) as uow:
        delivery = dispatch(uow, uow.session.merge(stream).mailing, files=plant.files, **MESSENGER)
        uow.session.flush()
        with pytest.raises(InvalidInput, match="name of who"):
            deliver(uow, delivery, receipt="x")
        deliver(uow, delivery, received_by="R. Hebert")
        stops = uow.session.scalars(select(Usage.quantity).filter_by(unit="delivery.stop")).all()
    assert sorted(stops) == [Decimal("0.3333"), Decimal("0.3333"), Decimal("0.3334")]


def test_postage_is_booked_only_for_what_goes_to_the_post(plant):
    by_post, by_hand = stream_of(plant, jobs=2, pieces=10), stream_of(plant, jobs=2, pieces=10)
    with plant.db.unit_of_work(OPERATOR) as uow:
        for stream, custody in ((by_post, POST), (by_hand, MESSENGER)):
            dispatch(uow, uow.session.merge(stream).mailing, files=plant.files, **custody)
        booked = uow.session.scalars(select(Usage.lot_id).filter_by(unit="postage.permit")).all()
        mailed = uow.session.execute(
            select(PresortShare.lot_id, PresortShare.mailed).order_by(
                PresortShare.lot_id, PresortShare.position
            )
        ).all()
    assert booked == [by_post.id] * 2
    assert mailed == [(by_post.id, 5), (by_post.id, 5), (by_hand.id, None), (by_hand.id, None)]


def test_what_was_withdrawn_is_not_mailed(plant):
    """Pieces 1 and 3 of the first job, 2 of the second; the plan deals them out in turn."""
    with plant.db.unit_of_work(PLANT) as uow:
        jobs = [make_job(uow, state=JobState.IN_PRODUCTION, pieces=5, mail_date=MAIL_DATE) for _ in range(2)]
        stream = make_stream(uow, jobs=jobs, files=plant.files, segments=1)
        withdraw(uow, stream, pieces="1-3", reason="the agency asked")
    with plant.db.unit_of_work(OPERATOR) as uow:
        for step in (40, 50):
            start(uow, f"{stream.number}-{step}-1", work_center="Inserter 1")
            finish(uow, f"{stream.number}-{step}-1", files=plant.files)
        stream = uow.session.merge(stream)
        finish_stream(uow, stream)
        dispatch(uow, stream.mailing, files=plant.files, **POST)
        assert uow.session.scalars(select(PresortShare.mailed).order_by(PresortShare.position)).all() == [
            3,
            4,
        ]


def test_a_job_without_a_stream_travels_by_itself(plant):
    with plant.db.unit_of_work(OPERATOR) as uow:
        job = make_job(uow, state=JobState.PRODUCED)
        delivery = dispatch_job(uow, job, **MESSENGER)
        uow.session.flush()
        deliver(uow, delivery, received_by="R. Hebert")
        units = uow.session.scalars(select(Usage.unit).order_by(Usage.id)).all()
    assert job.state is JobState.DELIVERED
    assert units == ["job.setup", "delivery.stop"]


def test_a_streamed_or_unfinished_job_does_not(plant):
    stream = stream_of(plant)
    with plant.db.unit_of_work(OPERATOR) as uow:
        (job,) = jobs_of(uow.session, stream, Job)
        with pytest.raises(Conflict, match="with its mailing"):
            dispatch_job(uow, job, **MESSENGER)
        with pytest.raises(IllegalTransition, match="draft"):
            dispatch_job(uow, make_job(uow), **MESSENGER)


def test_the_dock_sees_what_is_ready_what_is_on_its_way_and_what_arrived(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        titles = ("Tax notices", "Renewals", "Tax notices")
        made = [make_job(uow, state=JobState.PRODUCED, pieces=5, title=title) for title in titles]
    stream = stream_of(plant, jobs=made)
    with plant.db.unit_of_work(OPERATOR) as uow:
        job = make_job(uow, kind=JobKind.PRINT, state=JobState.PRODUCED, title="Posters")
        assert [
            (line.number, line.titles, line.mail_class) for line in ready_to_leave(uow.session)
        ] == sorted(
            [
                (stream.mailing.number, ("Tax notices", "Renewals"), "first-class"),
                (job.number, ("Posters",), ""),
            ]
        )
        first = dispatch(uow, uow.session.merge(stream).mailing, files=plant.files, **POST)
        close_all(uow, job, None)
        second = dispatch_job(uow, job, **MESSENGER)
        uow.session.flush()
        deliver(uow, second, received_by="R. Hebert")
        assert ready_to_leave(uow.session) == ()
        (moving,) = on_the_way(uow.session)
        newest_first = deliveries(uow.session)
        assert deliveries(uow.session, after=newest_first[0].ulid) == newest_first[1:]
    assert (moving.number, moving.is_mailing, moving.way) == (stream.mailing.number, True, "post_office")
    assert {line.ulid for line in newest_first} == {first.ulid, second.ulid}
