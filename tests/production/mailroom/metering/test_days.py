"""Meter sheets: registers, runs, the check and what follows; files of meters."""

import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import select

from kernel import clock
from kernel.errors import Conflict, Forbidden, IllegalTransition, InvalidInput, TooLarge
from kernel.findings import Severity
from kernel.money import ZERO, Money
from postal.data.editions import editions
from postal.data.mail_days import mail_day_from, next_mail_day
from production.jobs.models import Job, LotShare, Operation, Usage
from production.jobs.states import JobKind, JobState, OperationState
from production.jobs.states import LotState as S
from production.mailroom.metering.days import (  # fmt: skip
    RunFacts,
    add_run,
    check,
    close_sheet,
    open_sheet,
    price_findings,
    record_check,
    remove_run,
    runs_of,
)
from production.mailroom.metering.files import MAX_BYTES, import_file
from production.mailroom.metering.models import MeterRun, MeterSheet
from store.outbox import OutboxMessage
from tests.factories import PLANT, make_agency, make_budget_unit, make_meter, make_user

DAY = date(2026, 11, 20)
UP, DOWN = Money.parse("1000.00"), Money.parse("500.00")


class Mailroom:
    """One meter, one account and the person who enters."""

    def __init__(self, plant):
        with plant.db.unit_of_work(PLANT) as uow:
            self.actor = make_user(uow, name="mel.meter").as_actor()
            self.meter = make_meter(uow, serial_number="M1")
            self.unit = make_budget_unit(uow, agency=make_agency(uow, code="DOTD"), bill_code="B1")

    def facts(self, *, pieces=10, amount="7.80", **others):
        values = {"mail_class": "first-class", "mail_shape": "letter", "weight_step": "1.0", **others}
        return RunFacts(budget_unit=self.unit, pieces=pieces, amount=Money.parse(amount), **values)

    def sheet(self, uow, *, day=DAY, ascending=UP, descending=DOWN, note=""):
        meter = uow.session.merge(self.meter)
        return open_sheet(uow, meter, day=day, ascending=ascending, descending=descending, note=note)


@pytest.fixture
def room(plant):
    return Mailroom(plant)


def tied_sheet(room, uow, **facts):
    sheet = room.sheet(uow)
    add_run(uow, sheet, room.facts(**facts))
    close_sheet(uow, sheet, ascending=Money.parse("1007.80"), descending=Money.parse("492.20"))
    return sheet


def test_a_run_is_a_job_with_a_number_a_ticket_and_an_account(plant, room):
    with plant.db.unit_of_work(room.actor) as uow:
        run = add_run(uow, room.sheet(uow), room.facts())
        uow.session.flush()
        job = uow.session.get(Job, run.job_id)
        share, operation = uow.session.execute(
            select(LotShare, Operation).join(Operation, Operation.lot_id == LotShare.lot_id)
        ).one()
    assert (job.kind, job.state, job.agency_id) == (JobKind.METER_RUN, JobState.DRAFT, room.unit.agency_id)
    assert (share.job_id, share.quantity) == (job.id, run.pieces)
    assert (operation.lot_id, operation.state) == (run.sheet_id, OperationState.READY)


def test_a_sheet_that_ties_becomes_usage_delivery_and_charges(plant, room):
    with plant.db.unit_of_work(room.actor) as uow:
        sheet = tied_sheet(room, uow)
        assert (sheet.state, check(sheet, runs_of(uow.session, sheet))) == (S.CHECKING, [])
        record_check(uow, sheet, [])
        job = uow.session.scalars(select(Job)).one()
        usage = uow.session.execute(select(Usage.unit, Usage.quantity, Usage.usage_date).order_by(Usage.id))
        assert [tuple(row) for row in usage] == [
            ("postage.metered", Decimal("7.8"), DAY), ("meter.piece", Decimal(10), DAY)
        ]  # fmt: skip
        evidence = uow.session.scalars(select(Usage.evidence)).first()
        tasks = uow.session.scalars(select(OutboxMessage.task).order_by(OutboxMessage.id)).all()
        operation = uow.session.scalars(select(Operation)).one()
    assert (sheet.state, job.state, operation.state) == (S.TIED, JobState.DELIVERED, OperationState.DONE)
    assert evidence.pieces == 10
    assert tasks == ["meter_check", "charge"]


def test_a_gap_keeps_the_sheet_open_and_named_until_the_missing_run_is_entered(plant, room):
    with plant.db.unit_of_work(room.actor) as uow:
        sheet = tied_sheet(room, uow, amount="5.00")
        findings = check(sheet, runs_of(uow.session, sheet))
        assert [finding.code for finding in findings] == ["METER_RUN_GAP"]
        assert "$2.80 more" in findings[0].message
        record_check(uow, sheet, findings)
        assert (sheet.state, sheet.gaps[0].code) == (S.OPEN, "METER_RUN_GAP")
        assert uow.session.scalars(select(Usage)).all() == []
        add_run(uow, sheet, room.facts(amount="2.80", mail_shape="flat"))
        close_sheet(uow, sheet, ascending=sheet.closing_ascending, descending=sheet.closing_descending)
        record_check(uow, sheet, check(sheet, runs_of(uow.session, sheet)))
        keys = uow.session.scalars(select(OutboxMessage.key).filter_by(task="meter_check")).all()
    assert (sheet.state, sheet.gaps) == (S.TIED, ())
    assert len(set(keys)) == 2


def test_a_refill_moves_the_descending_register_and_still_ties(plant, room):
    with plant.db.unit_of_work(room.actor) as uow:
        sheet = room.sheet(uow)
        add_run(uow, sheet, room.facts())
        refill = Money.parse("100.00")
        close_sheet(
            uow, sheet, ascending=Money.parse("1007.80"), descending=Money.parse("592.20"), refill=refill
        )
        assert check(sheet, runs_of(uow.session, sheet)) == []
        sheet.refill = ZERO
        codes = [finding.code for finding in check(sheet, runs_of(uow.session, sheet))]
    assert codes == ["METER_CONTROL_GAP"]


def test_a_run_entered_by_mistake_is_taken_out_and_its_job_cancelled(plant, room):
    with plant.db.unit_of_work(room.actor) as uow:
        sheet = room.sheet(uow)
        run = add_run(uow, sheet, room.facts())
        uow.session.flush()
        with pytest.raises(InvalidInput, match="why"):
            remove_run(uow, run, reason="")
        remove_run(uow, run, reason="wrong account")
        assert uow.session.scalars(select(Job.state)).one() is JobState.CANCELLED
        assert uow.session.scalars(select(MeterRun.id)).all() == []


def test_opening_registers_are_the_last_closing_ones_or_a_supervisor_says_why(plant, room):
    with plant.db.unit_of_work(room.actor) as uow:
        tied_sheet(room, uow)
        after = next_mail_day(DAY)
        with pytest.raises(InvalidInput, match=r"ascending register was \$1,007.80") as caught:
            room.sheet(uow, day=after, ascending=Money.parse("1007.00"), descending=Money.parse("492.20"))
        assert caught.value.instance_code == "METER_REGISTER"
        sheet = room.sheet(
            uow, day=after, ascending=Money.parse("1007.00"), descending=Money.parse("492.20"), note="service"
        )
    assert (sheet.supervisor_note, sheet.gaps[0].code) == ("service", "METER_REGISTER")


def test_sheets_that_cannot_be_opened(plant, room):
    with plant.db.unit_of_work(room.actor) as uow:
        room.sheet(uow)
        with pytest.raises(Conflict, match="a sheet for 11/20/2026"):
            room.sheet(uow)
        with pytest.raises(Conflict, match="no closing registers"):
            room.sheet(uow, day=next_mail_day(DAY))
        with pytest.raises(InvalidInput, match="later day"):
            room.sheet(uow, day=DAY - timedelta(days=1))
        with pytest.raises(InvalidInput, match="to come"):
            room.sheet(uow, day=next_mail_day(mail_day_from(clock.today())))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"pieces": 0}, "count of pieces"),
        ({"amount": "0.00"}, "no postage"),
        ({"mail_class": "airmail"}, "class 'airmail'"),
        ({"mail_shape": "cube"}, "shape 'cube'"),
        ({"weight_step": "heavy"}, "ounces"),
        ({"weight_step": "NaN"}, "ounces"),
    ],
)
def test_a_run_that_cannot_be_is_refused(plant, room, wrong, words):
    with plant.db.unit_of_work(room.actor) as uow:
        sheet = room.sheet(uow)
        with pytest.raises(InvalidInput, match=words) as caught:
            add_run(uow, sheet, room.facts(**wrong))
    assert caught.value.instance_code == "METER_LINE"


def test_a_closed_sheet_and_a_machine_enter_nothing_and_what_is_imprinted_is_entered(plant, room):
    """Even for an account that was closed meanwhile: its charge waits in suspense."""
    with plant.db.unit_of_work(room.actor) as uow:
        sheet = tied_sheet(room, uow)
        with pytest.raises(IllegalTransition, match="checking"):
            add_run(uow, sheet, room.facts())
        later = room.sheet(
            uow,
            day=next_mail_day(DAY),
            ascending=Money.parse("1007.80"),
            descending=Money.parse("492.20"),
        )
        room.unit.closed_at = uow.now
        assert add_run(uow, later, room.facts()).budget_unit_id == room.unit.id
    with plant.db.unit_of_work(PLANT) as uow, pytest.raises(Forbidden, match="by a person"):
        add_run(uow, uow.session.get(MeterSheet, later.id), room.facts())


HEAD = "meter,day,agency,bill_code,class,shape,weight_step,pieces,amount"
GOOD = "M1,2026-11-20,DOTD,B1,first-class,letter,1.0,10,7.80"
FLAT = "M1,2026-11-20,DOTD,B1,first-class,flat,2.0,2,3.00"


def take_in(room, uow, sheet, text, name="day.csv"):
    return import_file(uow, sheet, data=text.encode(), given_name=name)


def test_a_file_is_taken_in_whole_once_under_any_name(plant, room):
    text = f"\ufeff{HEAD}\r\n{GOOD}\r\n{FLAT}\r\n"
    with plant.db.unit_of_work(room.actor) as uow:
        sheet = room.sheet(uow)
        assert take_in(room, uow, sheet, text) == []
        assert [run.amount.cents for run in runs_of(uow.session, sheet)] == [780, 300]
        (again,) = take_in(room, uow, sheet, text, name="other.csv")
        assert len(runs_of(uow.session, sheet)) == 2
    assert again.code == "METER_DUPLICATE"
    assert "day.csv" in again.message


@pytest.mark.parametrize(
    ("lines", "code", "row", "words"),
    [
        ([GOOD.replace("M1", "M2")], "METER_LINE", 2, "meter 'M2'"),
        ([GOOD.replace("11-20", "11-19")], "METER_LINE", 2, "sheet is for"),
        ([GOOD.replace("2026", "2099")], "METER_LINE", 2, "still to come"),
        ([GOOD.replace("2026-11-20", "11/20/26")], "METER_LINE", 2, "YYYY-MM-DD"),
        ([GOOD.replace("DOTD", "XX")], "METER_LINE", 2, "not known"),
        ([GOOD.replace(",10,", ",0,")], "METER_LINE", 2, "count of pieces"),
        ([GOOD.replace(",10,", ",ten,")], "METER_LINE", 2, "not a count"),
        ([GOOD.replace("7.80", "7.8")], "METER_LINE", 2, "not money"),
        ([FLAT, GOOD.replace("7.80", "0")], "METER_LINE", 3, "no postage"),
        ([GOOD, FLAT, GOOD], "METER_OVERLAP", 2, "Lines 2, 4"),
        ([GOOD[:-5]], "METER_LINE", 2, "number of cells"),
        ([], "METER_LINE", None, "no run"),
    ],
)
def test_a_file_with_a_fault_enters_nothing_and_names_the_line(plant, room, lines, code, row, words):
    with plant.db.unit_of_work(room.actor) as uow:
        sheet = room.sheet(uow)
        findings = take_in(room, uow, sheet, "\n".join([HEAD, *lines]))
        assert runs_of(uow.session, sheet) == []
    assert (findings[0].code, findings[0].place.row) == (code, row)
    assert words in findings[0].message


@pytest.mark.parametrize(
    ("spans", "code", "words"),
    [
        (["1000.00,1007.80", "1007.00,1014.80"], "METER_OVERLAP", "Lines 2, 3"),
        (["1000.00,1007.80", "1007.80,1015.61"], "METER_REGISTER", "moves by $7.81"),
        (["999.00,1006.80"], "METER_REGISTER", "before the opening"),
        (["1000.00,"], "METER_LINE", "missing"),
        (["x,1"], "METER_LINE", "not money"),
    ],
)
def test_registers_in_a_file_must_fit_together(plant, room, spans, code, words):
    rows = [f"{GOOD},{span}" for span in spans]
    text = "\n".join([HEAD + ",ascending_before,ascending_after", *rows])
    with plant.db.unit_of_work(room.actor) as uow:
        sheet = room.sheet(uow)
        findings = take_in(room, uow, sheet, text)
    assert findings[0].code == code
    assert words in findings[0].message


def test_a_second_file_may_not_cover_registers_entered_before(plant, room):
    head = HEAD + ",ascending_before,ascending_after\n"
    with plant.db.unit_of_work(room.actor) as uow:
        sheet = room.sheet(uow)
        assert take_in(room, uow, sheet, f"{head}{GOOD},1000.00,1007.80") == []
        (found,) = take_in(room, uow, sheet, f"{head}{FLAT},1006.00,1009.00")
        assert take_in(room, uow, sheet, f"{head}{FLAT},1007.80,1010.80") == []
    assert found.code == "METER_OVERLAP"


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b'a,"b\nc', b"a,b\n1,2\n"])
def test_what_is_not_such_a_file_is_one_finding(plant, room, data):
    with plant.db.unit_of_work(room.actor) as uow:
        findings = import_file(uow, room.sheet(uow), data=data, given_name="x.csv")
    assert [finding.code for finding in findings] == ["METER_LINE"]
    with plant.db.unit_of_work(room.actor) as uow, pytest.raises(TooLarge):
        import_file(
            uow, uow.session.scalars(select(MeterSheet)).one(), data=b"0" * (MAX_BYTES + 1), given_name="x"
        )


def test_two_people_take_in_the_same_file_at_once_and_one_import_is_kept(plant, room):
    with plant.db.unit_of_work(room.actor) as uow:
        sheet = room.sheet(uow)
    outcomes, gate = [], threading.Barrier(2)

    def take():
        gate.wait()
        with plant.db.unit_of_work(room.actor) as uow:
            mine = uow.session.get(MeterSheet, sheet.id)
            outcomes.append([finding.code for finding in take_in(room, uow, mine, f"{HEAD}\n{GOOD}")])

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [[], ["METER_DUPLICATE"]]
    with plant.db.read_only(PLANT) as session:
        assert len(runs_of(session, sheet)) == 1


def test_each_run_is_compared_with_its_price_and_the_sheet_still_ties(plant, room):
    with plant.db.unit_of_work(room.actor) as uow:
        sheet = room.sheet(uow)
        add_run(uow, sheet, room.facts(amount="5.00", weight_step="2"))
        add_run(uow, sheet, room.facts(amount="10.70", weight_step="2"))
        add_run(uow, sheet, room.facts(amount="9.00", mail_class="international"))
        runs = runs_of(uow.session, sheet)
        wrong, right, unknown = price_findings(sheet, runs, editions())
        assert wrong.message == "10 pieces of 2 oz cost $10.70; $5.00 was metered, $5.70 too little."
        assert right is None
        assert unknown.severity is Severity.NOTE
        close_sheet(uow, sheet, ascending=Money.parse("1024.70"), descending=Money.parse("475.30"))
        record_check(uow, sheet, [*check(sheet, runs), wrong])
        assert sheet.state is S.TIED  # the imprint is made: what it cost is charged, the difference is told
        assert [gap.code for gap in sheet.gaps] == ["METER_PRICE"]
        old = room.sheet(uow, day=DAY - timedelta(days=4000), note="first day")
        assert "not compared" in price_findings(old, runs, editions())[0].message


@time_machine.travel(datetime(2026, 11, 29, 18, tzinfo=UTC), tick=True)
def test_a_meters_day_is_a_mail_day_and_on_a_weekend_the_next_one(room, plant):
    sunday, monday = date(2026, 11, 29), date(2026, 11, 30)
    for day, code, words in (
        (sunday, "MAIL_DATE", "takes no mail on Sunday, November 29, 2026"),
        (date(2026, 11, 26), "MAIL_DATE", "Thanksgiving Day"),
        (date(2026, 12, 1), "METER_LINE", "a day to come"),
    ):
        with pytest.raises(InvalidInput, match=words) as refused, plant.db.unit_of_work(room.actor) as uow:
            room.sheet(uow, day=day)
        assert refused.value.instance_code == code
    with plant.db.unit_of_work(room.actor) as uow:
        assert room.sheet(uow, day=monday).day == monday
