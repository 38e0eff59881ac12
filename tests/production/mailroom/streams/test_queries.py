"""Streams and meter sheets on screen."""

from datetime import date

import pytest

from kernel.errors import NotFound
from kernel.ids import new_ulid
from kernel.money import Money
from production.floor.operations import finish, start
from production.jobs.states import JobState, LotState
from production.mailings.models import Tray
from production.mailroom.metering.days import (
    RunFacts,
    add_run,
    check,
    close_sheet,
    open_sheet,
    record_check,
    runs_of,
)
from production.mailroom.metering.queries import sheet_detail, sheet_lines
from production.mailroom.pieces.spoilage import make_reprint
from production.mailroom.streams.queries import stream_overview, streams, trays
from tests.factories import (
    OPERATOR,
    PLANT,
    keep,
    make_budget_unit,
    make_job,
    make_meter,
    make_stream,
    make_user,
)


def test_a_stream_on_one_screen(plant):
    with plant.db.unit_of_work(OPERATOR) as uow:
        jobs = [make_job(uow, state=JobState.IN_PRODUCTION, title=title) for title in ("One", "Two")]
        stream = make_stream(uow, pieces=10, segments=2, jobs=jobs, files=plant.files)
        start(uow, f"{stream.number}-40-1", work_center="Press 1")
        finish(uow, f"{stream.number}-40-1", files=plant.files, spoiled="2, 4", reason="jam")
        make_reprint(uow, stream)
    with plant.db.read_only(PLANT) as session:
        seen = stream_overview(session, stream.number)
        with pytest.raises(NotFound):
            stream_overview(session, "27-999999-9")
    assert [(job.title, job.pieces, job.levels) for job in seen.jobs] == [
        ("One", 5, {"aadc": 5}), ("Two", 5, {"aadc": 5})
    ]  # fmt: skip
    assert [(row.number, row.pieces, row.is_reprint) for row in seen.segments] == [
        (1, 5, False), (2, 5, False), (3, 2, True)
    ]  # fmt: skip
    assert [step.state for step in seen.segments[0].steps] == ["done", "done", "ready"]
    assert [step.kind for step in seen.steps] == ["presort", "papers", "reconcile", "dispatch", "deliver"]
    assert seen.account.open == {
        "never printed": ((6, 10),),
        "on a reprint that is not printed": ((2, 2), (4, 4)),
        "printed but not inserted": ((1, 1), (3, 3), (5, 5)),
    }
    assert [line.replaced_by for line in seen.spoils] == [f"{stream.number}-20-03"]
    assert seen.verbs == ("finish",)


def test_streams_are_listed_newest_first_and_paged_by_number(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        made = [make_stream(uow, state=state).number for state in (LotState.IN_PRODUCTION, LotState.PRODUCED)]
        made.append(make_stream(uow, state=LotState.PLANNING).number)
    with plant.db.read_only(PLANT) as session:
        assert [row.number for row in streams(session)] == made[::-1]
        assert [row.number for row in streams(session, after=made[2], limit=1)] == [made[1]]
        (row,) = streams(session, states=[LotState.PRODUCED])
    assert (row.jobs, row.segments, row.made) == (1, 2, 2)


def test_trays_are_paged_by_number(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        stream = make_stream(uow)
        for number in (1, 2):
            keep(
                uow,
                Tray(
                    lot_id=stream.id, number=number, level="aadc", destination="70802", tray_type="mm",
                    first_piece=1, last_piece=5, line_1="A", line_2="B", line_3="C", content_id="269",
                    barcode=f"{number:024d}",
                ),
            )  # fmt: skip
    with plant.db.read_only(PLANT) as session:
        (tray,) = trays(session, stream.number, after=1)
    assert (tray.number, tray.lines, len(tray.barcode)) == (2, ("A", "B", "C"), 24)


def test_meter_sheets_show_runs_sums_and_what_does_not_tie(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        actor = make_user(uow).as_actor()
        meter, unit = make_meter(uow, name="Left"), make_budget_unit(uow, bill_code="B1")
    with plant.db.unit_of_work(actor) as uow:
        meter = uow.session.merge(meter)
        sheet = open_sheet(
            uow, meter, day=date(2026, 11, 20), ascending=Money(100_00), descending=Money(50_00)
        )
        for pieces, cents in ((10, 7_80), (2, 3_00)):
            add_run(uow, sheet, RunFacts(unit, "first-class", "letter", "1.0", pieces, Money(cents)))
        close_sheet(uow, sheet, ascending=Money(111_80), descending=Money(38_20))
        record_check(uow, sheet, check(sheet, runs_of(uow.session, sheet)))
    with plant.db.read_only(PLANT) as session:
        (line,) = sheet_lines(session)
        assert sheet_lines(session, meter="another") == []
        assert sheet_lines(session, before=(line.day, line.id)) == []
        seen = sheet_detail(session, line.ulid)
        with pytest.raises(NotFound):
            sheet_detail(session, new_ulid(sheet.created_at))
    assert (line.meter, line.state, line.runs, line.pieces, line.amount) == (
        "Left", "open", 2, 12, Money(10_80)
    )  # fmt: skip
    assert line.gap == seen.sheet.gaps[0].message
    assert (seen.pieces, seen.amount) == (12, Money(10_80))
    assert [(run.bill_code, run.pieces) for run in seen.runs] == [("B1", 10), ("B1", 2)]
