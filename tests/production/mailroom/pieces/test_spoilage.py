"""Spoils and reprints: each spoil replaced once, and again when the reprint spoils."""

import threading

import pytest
from sqlalchemy import select

from kernel.errors import Conflict, IllegalTransition, InvalidInput
from production.floor.operations import find_ticket, finish, start
from production.jobs import lifecycle
from production.jobs.models import Job, Operation, Usage
from production.jobs.route import jobs_of, segment_operation
from production.jobs.states import JobState, LotState, OperationCode
from production.jobs.states import OperationState as O
from production.mailroom.pieces.copies import copies_of
from production.mailroom.pieces.models import Spoil
from production.mailroom.pieces.reconcile import account, finish_stream
from production.mailroom.pieces.spoilage import make_reprint, report_spoils
from store.outbox import OutboxMessage
from tests.factories import OPERATOR, PLANT, make_stream


def stream_of(plant, **facts):
    with plant.db.unit_of_work(PLANT) as uow:
        return make_stream(uow, **facts)


def run(uow, plant, ticket, **facts):
    start(uow, ticket, work_center="Press 1")
    return finish(uow, ticket, files=plant.files, **facts)


def merged(uow, merge):
    """What the merge worker records when the file of a reprint is kept."""
    lifecycle.advance(uow, merge, "start")
    lifecycle.advance(uow, merge, "finish")
    printing = uow.session.scalars(
        select(Operation).filter_by(lot_id=merge.lot_id, type=OperationCode.PRINT, segment=merge.segment)
    ).one()
    lifecycle.advance(uow, printing, "make_ready")
    return printing


def test_exactly_the_spoiled_pieces_are_reprinted_and_the_stream_closes(plant):
    stream = stream_of(plant)
    with plant.db.unit_of_work(OPERATOR) as uow:
        stream = uow.session.merge(stream)
        run(uow, plant, f"{stream.number}-40-1", spoiled="2", reason="jam")
        run(uow, plant, f"{stream.number}-50-1", spoiled="4", reason="torn")
        for step in (40, 50):
            run(uow, plant, f"{stream.number}-{step}-2")
        late = find_ticket(uow.session, f"{stream.number}-50-2")
        report_spoils(uow, late, pieces="9-10", reason="wet tray")  # inserted already
        assert (late.good, late.spoiled) == (3, 2)
        assert account(uow.session, stream).open == {"spoiled and not reprinted": ((2, 2), (4, 4), (9, 10))}
        merge = make_reprint(uow, stream)
        assert copies_of(uow.session, merge).pieces.tolist() == [2, 4, 9, 10]
        assert uow.session.scalars(select(OutboxMessage.task)).all() == ["merge"]
        printing = merged(uow, merge)
        assert printing.ticket == f"{stream.number}-40-03"
        run(uow, plant, printing.ticket, good=4)
        assert account(uow.session, stream).open == {"printed but not inserted": ((2, 2), (4, 4), (9, 10))}
        run(uow, plant, f"{stream.number}-50-03", good=4)
        assert finish_stream(uow, stream).mailable == 10
        usage = uow.session.execute(select(Usage.unit, Usage.quantity).order_by(Usage.id)).all()
    assert [(unit, int(quantity)) for unit, quantity in usage] == [
        ("print.impression", 10), ("fold_insert.piece", 5), ("print.impression", 10), ("fold_insert.piece", 5)
    ]  # fmt: skip


def test_a_spoiled_reprint_is_spoiled_again_under_its_own_ticket(plant):
    stream = stream_of(plant, pieces=6, segments=1)
    with plant.db.unit_of_work(OPERATOR) as uow:
        stream = uow.session.merge(stream)
        run(uow, plant, f"{stream.number}-40-1", spoiled="3-4", reason="jam")
        run(uow, plant, f"{stream.number}-50-1", good=4)
        second = merged(uow, make_reprint(uow, stream))
        with pytest.raises(InvalidInput, match="already reported"):
            report_spoils(uow, find_ticket(uow.session, f"{stream.number}-50-1"), pieces="3", reason="jam")
        run(uow, plant, second.ticket, spoiled="3", reason="jam", good=1)
        with pytest.raises(InvalidInput, match="Piece 5: not made by"):
            report_spoils(uow, second, pieces="5", reason="jam")
        run(uow, plant, f"{stream.number}-50-2", good=1)
        assert account(uow.session, stream).open == {"spoiled and not reprinted": ((3, 3),)}
        third = merged(uow, make_reprint(uow, stream))
        run(uow, plant, third.ticket)
        run(uow, plant, f"{stream.number}-50-3")
        found = finish_stream(uow, stream)
        spoils = uow.session.execute(select(Spoil.piece, Spoil.attempt).order_by(Spoil.id)).all()
    assert (found.mailable, found.spoils, found.printed_too_often) == (6, 3, ())
    assert [tuple(row) for row in spoils] == [(3, 1), (4, 1), (3, 2)]


def test_a_spoil_found_after_the_account_was_closed_opens_it_again(plant):
    stream = stream_of(plant, state=LotState.PRODUCED)
    with plant.db.unit_of_work(OPERATOR) as uow:
        stream = uow.session.merge(stream)
        report_spoils(uow, find_ticket(uow.session, f"{stream.number}-50-1"), pieces="1", reason="fell")
        assert stream.state is LotState.IN_PRODUCTION
        printing = merged(uow, make_reprint(uow, stream))
        run(uow, plant, printing.ticket)
        run(uow, plant, f"{stream.number}-50-3")
        finish_stream(uow, stream)
        assert stream.state is LotState.PRODUCED
        states = {job.state for job in jobs_of(uow.session, stream, Job)}
    assert states == {JobState.PRODUCED}


@pytest.mark.parametrize(
    ("pieces", "reason", "words"),
    [
        ("2", "", "Say why"),
        ("2", "x" * 61, "60 letters"),
        ("", "jam", "No piece"),
        ("6", "jam", "not made by"),
        ("11", "jam", "outside the stream"),
        ("0", "jam", "outside the stream"),
        ("1-999999999", "jam", "outside the stream"),
        ("2, two", "jam", "'two' is not a piece"),
        ("4-2", "jam", "backwards"),
        ("1,234", "jam", "one number or as several"),
        ("1", "jam", "already reported"),
        ("99999999" + "00000002" + "00010002", "jam", "another stream"),
    ],
)
def test_what_cannot_be_spoiled_is_refused_in_words(plant, pieces, reason, words):
    stream = stream_of(plant)
    with plant.db.unit_of_work(OPERATOR) as uow:
        start(uow, f"{stream.number}-40-1", work_center="Press 1")
        operation = find_ticket(uow.session, f"{stream.number}-40-1")
        report_spoils(uow, operation, pieces="1", reason="jam")
        with pytest.raises(InvalidInput, match=words) as caught:
            report_spoils(uow, operation, pieces=pieces, reason=reason)
    assert caught.value.instance_code == "SPOIL"


def test_marks_numbers_and_ranges_are_read_together(plant):
    stream = stream_of(plant)
    with plant.db.unit_of_work(OPERATOR) as uow:
        operation = start(uow, f"{stream.number}-40-1", work_center="Press 1")
        mark = f"{stream.id:08d}{5:08d}00010002"
        found = report_spoils(uow, operation, pieces=f"{mark}\n1 – 2; 2", reason="jam")
    assert found.tolist() == [1, 2, 5]


def test_nothing_is_spoiled_before_it_is_begun_or_after_it_left(plant):
    open_stream, gone = stream_of(plant), stream_of(plant, state=LotState.DISPATCHED)
    with plant.db.unit_of_work(OPERATOR) as uow:
        for stream, state in ((open_stream, "ready"), (gone, "dispatched")):
            operation = find_ticket(uow.session, f"{stream.number}-40-1")
            with pytest.raises(IllegalTransition, match=state):
                report_spoils(uow, operation, pieces="1", reason="jam")


def test_a_reprint_needs_spoils_and_takes_them_once(plant):
    stream = stream_of(plant)
    with plant.db.unit_of_work(OPERATOR) as uow:
        stream = uow.session.merge(stream)
        with pytest.raises(Conflict, match="No spoiled piece") as caught:
            make_reprint(uow, stream)
        run(uow, plant, f"{stream.number}-40-1", spoiled="2", reason="jam")
        merge = make_reprint(uow, stream)
        with pytest.raises(Conflict, match="No spoiled piece"):
            make_reprint(uow, stream)
        inserting = segment_operation(uow.session, stream, OperationCode.FOLD_INSERT, merge.segment)
        assert (merge.state, inserting.state) == (O.READY, O.WAITING)
    assert caught.value.instance_code == "SPOIL"


def test_two_operators_report_the_same_piece_and_one_spoil_is_kept(plant):
    stream = stream_of(plant)
    with plant.db.unit_of_work(OPERATOR) as uow:
        start(uow, f"{stream.number}-40-1", work_center="Press 1")
    outcomes, gate = [], threading.Barrier(2)

    def report():
        gate.wait()
        try:
            with plant.db.unit_of_work(OPERATOR) as uow:
                operation = find_ticket(uow.session, f"{stream.number}-40-1")
                report_spoils(uow, operation, pieces="3", reason="jam")
            outcomes.append("kept")
        except InvalidInput as error:
            outcomes.append(error.instance_code)

    threads = [threading.Thread(target=report) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["SPOIL", "kept"]
    with plant.db.read_only(PLANT) as session:
        assert len(session.scalars(select(Spoil)).all()) == 1
