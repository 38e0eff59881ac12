"""Streams paid by meter beside their runs: what agrees, what differs and by how much; typed or from a file."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import select

from kernel import clock
from kernel.errors import InvalidInput
from kernel.findings import Severity
from kernel.money import Money
from postal.data.mail_days import mail_day_from
from postal.sorting.volume import METERED
from production.dock.dispatch import POST_OFFICE, consequences
from production.jobs.models import LotRange, Operation
from production.jobs.states import LotState, RangeStatus
from production.mailings.editions import shop_editions
from production.mailings.models import PresortStream
from production.mailings.streams import plan_of
from production.mailroom.metering import days, queries
from production.mailroom.metering import files as meter_files
from production.mailroom.metering.days import RunFacts
from production.mailroom.metering.metered_streams import (
    METER_BATCH,
    metered_stream,
    metered_streams,
    waiting_streams,
)
from production.mailroom.metering.models import MeterSheet
from tests.databases import begin
from tests.factories import PLANT
from tests.production import mailings
from tests.production.sorting import account_of

METER = "SAMPLE-0001"
DAY = mail_day_from(clock.today())


@pytest.fixture
def stream(plant):
    """60 one-page letters, sorted, to be metered."""
    mailings.open_sample(plant)

    def make():
        return mailings.plan(plant, mailings.build(plant, mailings.approved(plant), payment=METERED))

    return begin(plant, "metered", make)


@pytest.fixture
def sheet(plant, stream):
    with plant.db.unit_of_work(mailings.actor(plant, "mona")) as uow:
        meter = queries.find_meter(uow.session, METER)
        return days.open_sheet(uow, meter, day=DAY, ascending=Money(0), descending=Money(900_00))


def look(plant, stream):
    with plant.db.read_only(PLANT) as session:
        return metered_stream(session, plant.files, stream.number)


def enter(plant, sheet, stream, pieces, amount, step="1"):
    with plant.db.unit_of_work(mailings.actor(plant, "mona")) as uow:
        facts = RunFacts(
            account_of(uow.session, "DEX-100"), "first-class", "letter", step, pieces, amount, stream=stream
        )
        return days.add_run(uow, uow.session.get_one(MeterSheet, sheet.id), facts)


def test_the_runs_of_a_stream_come_to_its_plan(plant, stream, sheet):
    postage = stream.summary.figures.postage
    (nothing,) = look(plant, stream).findings
    assert nothing.severity is Severity.NOTE
    assert f"stream {stream.number} yet: 60 pieces for ${postage} are planned" in nothing.message
    first = Money(postage.cents // 2)
    enter(plant, sheet, stream, 30, first)
    found = look(plant, stream)
    assert [one.severity for one in found.findings] == [Severity.WARN]
    rest = postage - first
    assert found.findings[0].message == (
        f"Stream {stream.number}, 1 oz: 60 pieces for ${postage} planned, 30 pieces for ${first} metered, "
        f"30 pieces too few and ${rest} too little."
    )
    assert (found.open_pieces, found.open_postage) == (30, rest)
    enter(plant, sheet, stream, 30, rest)
    assert look(plant, stream).findings == ()
    with plant.db.read_only(PLANT) as session:
        assert waiting_streams(session, plant.files) == []
        own = days.runs_of(session, session.get_one(MeterSheet, sheet.id))
        # A part of a stream's postage is no price of so many pieces; its plan is what it is compared with.
        assert days.price_findings(sheet, own, shop_editions(plant.files)) == [None, None]
        assert set(metered_streams(session, plant.files, [run.lot_id for run in own])) == {stream.id}


def test_what_differs_is_told_at_its_weight_step(plant, stream, sheet):
    postage = stream.summary.figures.postage
    enter(plant, sheet, stream, 61, postage + Money(79))
    enter(plant, sheet, stream, 1, Money(1_00), step="1.5")
    assert [one.message.partition("metered, ")[2] for one in look(plant, stream).findings] == [
        "1 piece too many and $0.79 too much.",
        "1 piece too many and $1.00 too much.",
    ]
    assert "2 oz: none planned" in look(plant, stream).findings[1].message
    assert look(plant, stream).open_pieces == 0


def test_pieces_withdrawn_are_not_expected(plant, stream):
    plan = plan_of(plant.files, stream)
    with plant.db.unit_of_work(PLANT) as uow:
        operation = uow.session.scalars(select(Operation).filter_by(lot_id=stream.id)).first()
        uow.session.add(
            LotRange(
                lot_id=stream.id, operation_id=operation.id, unit="piece", status=RangeStatus.WITHDRAWN,
                first=3, last=5, actor="t", occurred_at=uow.now, recorded_at=uow.now,
            )
        )  # fmt: skip
    left = np.bincount(np.delete(plan.level_of_piece, [2, 3, 4]), minlength=len(plan.levels))
    exact = sum(level.postage_of(int(n)).value for level, n in zip(plan.levels, left, strict=True) if n)
    (step,) = look(plant, stream).steps
    assert (step.pieces, step.postage) == (57, Money(int((exact * 100).to_integral_value())))


def test_a_run_belongs_to_a_sorted_stream_that_a_meter_pays(plant, stream, sheet):
    permit = mailings.build(plant, mailings.approved(plant, pieces=210, seed=4))
    planning = mailings.build(plant, mailings.approved(plant, seed=5), payment=METERED)
    for other, words in ((permit, "paid by permit imprint"), (planning, "is not sorted")):
        with pytest.raises(InvalidInput, match=words) as refused:
            enter(plant, sheet, other, 1, Money(1))
        assert refused.value.instance_code == "METER_LINE"
    assert look(plant, permit) is None


def test_the_meters_file_names_the_stream(plant, stream, sheet):
    postage = stream.summary.figures.postage
    head = "meter,day,agency,bill_code,class,shape,weight_step,pieces,amount,stream\n"
    row = f"{METER},{DAY},DEX,DEX-100,first-class,letter,1,{{}},{{}},{{}}\n"

    def take(*rows):
        with plant.db.unit_of_work(mailings.actor(plant, "mona")) as uow:
            data = (head + "".join(row.format(*one) for one in rows)).encode()
            own = uow.session.get_one(MeterSheet, sheet.id)
            return meter_files.import_file(uow, own, data=data, given_name="runs.csv")

    (unknown,) = take((60, postage, "27-000001-9"))
    assert unknown.message == "There is no stream with this number."
    head = head.replace("stream", "batch")  # the column's old name, as meters still write it
    assert take((60, postage, stream.number), (2, "1.56", "")) == []
    assert look(plant, stream).findings == ()


def test_a_dissolved_stream_expects_nothing(plant, stream):
    with plant.db.unit_of_work(PLANT) as uow:
        uow.session.get_one(PresortStream, stream.id).state = LotState.CANCELLED
    assert look(plant, stream) is None


def test_the_dock_asks_before_mail_leaves_whose_meter_says_otherwise_or_nothing(plant, stream, sheet):
    def asked(way=POST_OFFICE):
        with plant.db.read_only(PLANT) as session:
            row = session.get_one(PresortStream, stream.id)
            found = consequences(session, plant.files, row, row.mail_date, way=way)
        assert {one.code for one in found} <= {METER_BATCH}
        return " ".join(one.message for one in found)

    assert "No meter run is entered" in asked()
    assert asked("messenger") == ""
    postage = stream.summary.figures.postage
    enter(plant, sheet, stream, 59, postage - Money(50))
    assert "1 piece too few" in asked()
    enter(plant, sheet, stream, 1, Money(50))
    assert asked() == ""
