"""The operators' queue and the operation on one screen."""

from datetime import timedelta

import pytest

from kernel.errors import NotFound, OnHold
from production.catalog.piece_weight import envelope_name
from production.floor.operations import finish, start
from production.floor.queries import BY_STANDING, Part, counts_of, loads, operation_detail, queue, queues
from production.jobs import lifecycle
from production.jobs.states import JobState, Stops
from production.jobs.states import OperationState as O
from production.mailroom.pieces.spoilage import make_reprint
from production.mailroom.pieces.withdrawal import withdraw
from tests.factories import CALENDAR, MAIL_DATE, OPERATOR, PLANT, make_agency, make_job, make_stream


def fill(plant):
    """Three streams: a late one, a soon one, and another late one."""
    with plant.db.unit_of_work(PLANT) as uow:
        agency = make_agency(uow, name="Department of Examples")
        made = []
        for days in (9, 1, 9):
            day = MAIL_DATE + timedelta(days=days)
            job = make_job(
                uow,
                state=JobState.IN_PRODUCTION,
                agency=agency,
                mail_date=day,
                title=f"in {days}",
            )
            made.append(make_stream(uow, jobs=[job], mail_date=day, segments=2))
        return made


def test_the_queue_goes_by_the_day_things_are_ready_and_pages_by_ticket(plant):
    late, soon, later = fill(plant)
    expected = [f"{stream.number}-40-0{segment}" for stream in (soon, late, later) for segment in (1, 2)]
    with plant.db.read_only(PLANT) as session:
        whole = queue(session)
        assert [item.ticket for item in whole.items] == expected
        assert whole.after is None
        seen, after = [], None
        while True:
            page = queue(session, after=after, limit=4)
            seen += [item.ticket for item in page.items]
            after = page.after
            if after is None:
                break
    assert seen == expected
    first = whole.items[0]
    day = MAIL_DATE + timedelta(days=1)
    assert (first.ready_by, first.titles, first.agencies) == (
        CALENDAR.ready_by(day), ("in 1",), ("Department of Examples",)
    )  # fmt: skip
    assert (first.quantity, first.unit, first.pages, first.state) == (5, "piece", 10, "ready")
    assert dict(first.facts) == {"Envelope": envelope_name("10W"), "Mail date": day}


def test_the_queue_asks_the_database_the_same_few_times_however_long_it_is(plant, statements):
    fill(plant)
    counts = []
    for limit in (1, 50):
        with statements(plant) as said, plant.db.read_only(PLANT) as session:
            queue(session, limit=limit)
        counts.append(len(said))
    assert counts[0] == counts[1] <= 4  # one of them sets up the transaction


def test_several_queues_come_at_once_each_as_it_is_alone(plant):
    late, soon, _ = fill(plant)
    with plant.db.unit_of_work(OPERATOR) as uow:
        start(uow, f"{soon.number}-40-1", work_center="Press 1")
    groups = [
        (Part((state,)), most)
        for state, most in ((O.FAILED, 5), (O.RUNNING, 5), (O.READY, 3), (O.WAITING, 50))
    ]
    with plant.db.read_only(PLANT) as session:
        alone = tuple(queue(session, part, limit=limit) for part, limit in groups)
        assert queues(session, groups) == alone
    assert [len(page.items) for page in alone] == [0, 1, 3, 6]
    assert alone[2].after == f"{late.number}-40-02"


def test_a_running_operation_stays_in_the_queue_and_a_done_one_leaves(plant):
    late, *_ = fill(plant)
    with plant.db.unit_of_work(OPERATOR) as uow:
        start(uow, f"{late.number}-40-1", work_center="Press 1")
        finish(uow, f"{late.number}-40-1", files=plant.files)
        start(uow, f"{late.number}-50-1", work_center="Inserter 1")
    with plant.db.read_only(PLANT) as session:
        mine = [item for item in queue(session).items if item.lot_number == late.number]
        done = queue(session, Part((O.DONE,))).items
    assert [(item.ticket[-5:], item.state) for item in mine] == [("50-01", "running"), ("40-02", "ready")]
    assert (mine[0].name, mine[0].operator, mine[0].work_center) == (
        "Fold and insert",
        "pat.press",
        "Inserter 1",
    )
    assert [item.ticket for item in done] == [f"{late.number}-40-01"]


def test_what_a_hold_keeps_from_starting_is_not_ready(plant):
    late, soon, _ = fill(plant)
    with plant.db.unit_of_work(OPERATOR) as uow:
        lifecycle.hold(uow, late, reason="by_person", words="Wrong paper")
        lifecycle.hold(uow, soon, reason="by_person", words="A tray is missing", stops=Stops.LEAVING)
        (load,) = [one for one in loads(uow.session) if one.ready]
        numbers = dict(zip(BY_STANDING, counts_of(uow.session, list(BY_STANDING.values())), strict=True))
        held = [item.ticket for item in queue(uow.session, BY_STANDING["held"]).items]
        with pytest.raises(OnHold):
            start(uow, held[0], work_center="Press 1")
    assert held == [f"{late.number}-40-01", f"{late.number}-40-02"]
    assert (numbers["held"], numbers["ready"]) == (load.held, load.ready) == (2, 4)


def test_an_operation_shows_its_pieces_what_to_pull_and_its_spoils(plant):
    with plant.db.unit_of_work(OPERATOR) as uow:
        stream = make_stream(uow, pieces=10, segments=1)
        withdraw(uow, stream, pieces="7", reason="asked for")
        start(uow, f"{stream.number}-40-1", work_center="Press 1")
        finish(uow, f"{stream.number}-40-1", files=plant.files, spoiled="2-3, 9", reason="jam")
        merge = make_reprint(uow, stream)
        merge_ticket = merge.ticket
    with plant.db.read_only(PLANT) as session:
        first = operation_detail(session, f"{stream.number}-40-1")
        again = operation_detail(session, f"{stream.number}-40-2")
        with pytest.raises(NotFound):
            operation_detail(session, f"{stream.number}-40-9")
    assert (first.good, first.spoiled, first.told.made, first.told.pull) == (6, 3, ((1, 10),), ((7, 7),))
    assert (first.told.count.expected, first.told.waiting) == (9, 0)
    (line,) = first.told.spoils
    assert (line.ranges, line.reason, line.actor, line.replaced_by) == (
        ((2, 3), (9, 9)), "jam", "pat.press", merge_ticket
    )  # fmt: skip
    assert (again.item.is_reprint, again.item.quantity, again.told.made) == (True, 3, ((2, 3), (9, 9)))
