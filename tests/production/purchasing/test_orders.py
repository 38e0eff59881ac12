"""Purchase orders: a need once, revisions, receipts into ledger and stockroom, invoices charged to the cent."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from billing.charging import charge_job
from billing.models import Charge
from kernel import clock
from kernel.errors import Conflict, IllegalTransition, InvalidInput
from kernel.money import Money
from production.catalog.planned_usage import PlannedUsage
from production.floor import operations as floor
from production.floor.ledger.of_job import job_ledger
from production.floor.outsourcing import take_in_house
from production.floor.runs import RunStep, plan_run
from production.jobs import outside
from production.jobs.models import Job, Lot, Operation, Usage
from production.jobs.states import JobKind, JobState, LotState
from production.jobs.states import OperationState as O
from production.people import setup
from production.purchasing import matching, ordering, proofing, receiving
from production.purchasing.matching import Asked
from production.purchasing.models import Choice, Vendor
from production.purchasing.order_checks import CHECKS
from production.purchasing.order_models import InvoiceLine, LineTerms, Outcome, Terms
from production.purchasing.order_paper import order_paper
from production.purchasing.order_queries import revisions_of, vendor_record
from production.purchasing.ordering import Wanted
from production.purchasing.receiving import Came
from production.purchasing.vendors import VENDORS
from production.purchasing.whole_job import buy_whole, follow
from production.stockroom.coming import coming_of
from production.stockroom.items import ITEMS
from production.stockroom.moving import item_of
from store.db import Actor
from store.keeping.verify import Survey
from tests.billing.ledgers import make_card
from tests.databases import begin
from tests.factories import MAIL_DATE, PLANT, end_job, make_job, owners_hand
from workers.runtime import drain

BUYER, CLERK, BOSS = Actor("polly"), Actor("bill"), Actor("ada")
PROMISED = clock.today() + timedelta(days=14)
USUAL = Terms((), Money(45_00), PROMISED)


@pytest.fixture
def bought(plant):
    """A vendor, envelopes in the stockroom, and a job of 5,000: bound outside, then packed."""

    def rows():
        with plant.db.unit_of_work(PLANT) as uow:
            setup.put(uow, VENDORS, VENDORS.read({"code": "ACME", "name": "Acme Bindery"}), knowing=None)
            item = {"code": "N10", "name": "No. 10 envelope", "kind": "envelope", "unit": "piece"}
            setup.put(uow, ITEMS, ITEMS.read(item), knowing=None)
            job = make_job(uow, kind=JobKind.PRINT, state=JobState.APPROVED, title="Manual")
            planned = (PlannedUsage("outside.cost", Decimal(1000)),)
            steps = RunStep(10, "outside", 5000, usage=planned), RunStep(20, "pack", 10, needs=[10])
            plan_run(uow, [(job, 5000)], steps, ready_by=MAIL_DATE)

    begin(plant, "purchase_orders", rows)
    return plant


def ordered(plant, wanted=None, terms=USUAL, *, who=BUYER, sent=True):
    with plant.db.unit_of_work(who) as uow:
        vendor = uow.session.scalars(select(Vendor)).one()
        row = ordering.order(
            uow, vendor, [wanted or Wanted(5000, Money(1234_50), ticket=step(uow.session, 10))], terms
        )
        if sent:
            ordering.issue(uow, row)
        return row.number


def refused(verb, *arguments):
    with pytest.raises(Conflict) as found:
        verb(*arguments)
    return found.value.instance_code


def step(session, number):
    return session.scalars(select(Operation.ticket).filter_by(step=number)).one()


def invoice(number, quantity, amount, freight="0", total=None):
    line, extra = Money.parse(amount), Money.parse(freight)
    lines = (InvoiceLine(1, quantity, line),)
    return Asked(number, clock.today(), lines, extra, Money.parse(total) if total else line + extra)


def used(plant):
    with plant.db.read_only(PLANT) as session:
        rows = session.execute(select(Usage.unit, Usage.quantity).order_by(Usage.id))
        return [(unit, quantity) for unit, quantity in rows if unit.startswith("outside")]


def test_a_need_is_ordered_once_and_the_same_said_twice_is_one_order(bought):
    number = ordered(bought)
    with bought.db.unit_of_work(BUYER) as uow:
        vendor, ticket = uow.session.scalars(select(Vendor)).one(), step(uow.session, 10)
        same = Wanted(5000, Money(1234_50), ticket=ticket)
        assert ordering.order(uow, vendor, [same], USUAL).number == number
        for other in (Wanted(5000, Money(1234_51), ticket=ticket), Wanted(1, Money(1), ticket=ticket)):
            with pytest.raises(Conflict) as refused:
                ordering.order(uow, vendor, [other], USUAL)
            assert refused.value.instance_code == "PO_TWICE"
        with pytest.raises(InvalidInput, match="is not done outside"):
            ordering.order(uow, vendor, [Wanted(1, Money(1), ticket=step(uow.session, 20))], USUAL)
        operation = floor.find_ticket(uow.session, ticket)
        assert (operation.state, operation.work_center) == (O.RUNNING, "vendor")
        assert outside.due_back(uow.session, [operation.id]) == {operation.id: PROMISED}
        row = ordering.find_order(uow.session, number)
        ordering.cancel(uow, row, reason="Too high")
        assert operation.state is O.READY
        assert operation.usage == (PlannedUsage("outside.cost", Decimal(1000)),)
        job = uow.session.scalars(select(Job)).one()
        assert not outside.awaits_invoice(uow.session, job)
        with pytest.raises(IllegalTransition):
            ordering.issue(uow, row)
        assert ordering.order(uow, vendor, [same], USUAL).number != number


def test_a_large_order_waits_for_another_person_and_a_change_says_what_is_otherwise(bought):
    number = ordered(bought, terms=Terms((), Money(4000_00), PROMISED), sent=False)
    with bought.db.unit_of_work(BUYER) as uow:
        row = ordering.find_order(uow.session, number.replace("-", "").lower())
        for act in (ordering.issue, ordering.agree):
            with pytest.raises(Conflict) as refused:
                act(uow, row)
            assert refused.value.instance_code == "SECOND_PERSON"
    with bought.db.unit_of_work(BOSS) as uow:
        row = ordering.find_order(uow.session, number)
        ordering.agree(uow, row)
        ordering.issue(uow, row)
        later = Terms((LineTerms(4500, Money(1200_00)),), Money(4000_00), PROMISED + timedelta(days=1))
        assert [one.split(":")[0] for one in ordering.change(uow, row, later, reason="Fewer are needed")] == [
            "Manual, outside work", "Manual, outside work", "Promised"
        ]  # fmt: skip
        ordering.issue(uow, row)  # it costs less than what was agreed
        assert (row.revision, row.issued) == (2, 2)
        higher = Terms((LineTerms(4500, Money(1300_00)),), Money(4000_00), PROMISED)
        ordering.change(uow, row, higher, reason="Paper")
        with pytest.raises(Conflict, match="second person"):
            ordering.issue(uow, row)
    with bought.db.unit_of_work(PLANT) as uow, pytest.raises(DBAPIError, match="purchase_revision"):
        uow.session.connection().exec_driver_sql("UPDATE purchase_revision SET reason = ''")


def test_from_order_to_charge_with_a_short_receipt_and_a_difference_settled(bought):
    """5,000 for $1,234.50 and $45: 2,900 come, then 2,000 and no more. The invoice asks for 5,000; credited is what did
    not come. Charged are $1,209.81 + $45 + 5 % of the work.
    """
    number = ordered(bought)
    with bought.db.unit_of_work(CLERK) as uow:
        row = ordering.find_order(uow.session, number)
        receiving.receive(uow, row, [Came(1, 2900, 100, "Spine torn")], files=bought.files, note="DN 1")
        with pytest.raises(Conflict) as over:
            receiving.receive(uow, row, [Came(1, 2700)], files=bought.files)
        assert over.value.instance_code == "RECEIPT_OVER"
        operation = uow.session.scalars(select(Operation).filter_by(step=10)).one()
        assert (operation.state, operation.good, operation.spoiled) == (O.RUNNING, 2900, 100)
    with bought.db.unit_of_work(CLERK) as uow:
        row = ordering.find_order(uow.session, number)
        made = matching.enter(uow, row, invoice("A-77", 5000, "1234.50", "45.00"))
        assert [(case.aspect, case.expected, case.invoiced) for case in made.cases] == [
            ("quantity", "2,900", "5,000")
        ]
        assert matching.enter(uow, row, invoice("a-77", 5000, "1234.50", "45.00")) is made
        with pytest.raises(Conflict) as twice:
            matching.enter(uow, row, invoice("A-77", 5000, "1234.00", "45.00"))
        assert twice.value.instance_code == "INVOICE_TWICE"
        with pytest.raises(InvalidInput, match="together, not"):
            matching.enter(uow, row, invoice("A-78", 5000, "1234.50", "45.00", total="1300"))
        last = Came(1, 2000, is_last=True, reason="Stock used up")
        receiving.receive(uow, row, [last], files=bought.files)
        operation = uow.session.scalars(select(Operation).filter_by(step=10)).one()
        assert (operation.state, operation.good, operation.spoiled) == (O.DONE, 4900, 100)
        assert made.matched_at is None
        (case,) = made.cases
        job = uow.session.scalars(select(Job)).one()
        end_job(uow, job, JobState.DELIVERED)
        make_card(uow)
        charge_job(uow, job)
        assert job.state is JobState.DELIVERED  # what else it used may be charged; billed it is not
        with pytest.raises(Conflict, match="another person"):
            matching.settle(uow, made, case, Outcome.PAID, credit=Money(0), reason="Fine")
        matching.settle(uow, made, case, Outcome.CREDITED, credit=Money(24_69), reason="Credit note 12")
        assert row.settled_at is not None
    assert used(bought) == [
        ("outside.cost", Decimal("1209.81")), ("outside.freight", Decimal(45)), ("outside.fee", Decimal("60.49"))
    ]  # fmt: skip
    drain(bought)
    with bought.db.read_only(PLANT) as session:
        charged = dict(
            session.execute(select(Usage.unit, Charge.cents).join(Charge, Charge.usage_id == Usage.id)).all()
        )
        assert session.scalars(select(Job.state)).one() is JobState.BILLED
    assert charged == {
        "outside.cost": Money(1209_81), "outside.freight": Money(45_00), "outside.fee": Money(60_49)
    }  # fmt: skip
    assert open_points(bought) == []
    with owners_hand(bought) as connection:
        connection.execute(text("UPDATE vendor_invoice SET freight = freight + 100"))
    assert open_points(bought) == [f"order {number}: outside.freight is 45.0000 in usage, by its invoice 46"]


def test_a_job_bought_whole_leaves_the_machines_comes_back_counted_and_costs_what_is_invoiced(bought):
    def on_the_floor(session):
        live = select(Lot.id).where(Lot.state == LotState.IN_PRODUCTION)
        query = select(Operation).where(Operation.lot_id.in_(live)).order_by(Operation.step)
        return [(row.type, row.quantity, row.state) for row in session.scalars(query)]

    with bought.db.unit_of_work(BUYER) as uow:
        job = uow.session.scalars(select(Job)).one()
        before = on_the_floor(uow.session)
        whole = buy_whole(uow, job)
        assert buy_whole(uow, job) is whole
        assert on_the_floor(uow.session) == [("outside", 5000, O.READY)]
        assert (
            follow(uow, bought.files, SimpleNamespace(job=job, choice=Choice.BUY, operation_id=None)) is None
        )
        assert take_in_house(uow, job)
        assert not take_in_house(uow, job)
        assert on_the_floor(uow.session) == before
        ticket = buy_whole(uow, job).ticket
    number = ordered(bought, Wanted(5000, Money(1234_50), ticket=ticket))
    with bought.db.unit_of_work(CLERK) as uow:
        job = uow.session.scalars(select(Job)).one()
        assert refused(take_in_house, uow, job) == "RUN_OUTSIDE"  # it is begun there
        row = ordering.find_order(uow.session, number)
        receiving.receive(uow, row, [Came(1, 4950, 50, "Torn", is_last=True)], files=bought.files)
        ledger = job_ledger(uow.session, job.number)
        assert (ledger.balanced, ledger.good, ledger.came, ledger.is_done) == (True, 4950, 4950, True)
        assert job.state is JobState.PRODUCED
        matching.enter(uow, row, invoice("A-90", 4950, "1222.16", "45.00"))
    assert [unit for unit, _ in used(bought)] == ["outside.cost", "outside.freight", "outside.fee"]
    with bought.db.read_only(PLANT) as session:
        assert set(session.scalars(select(Usage.unit))) == {"outside.cost", "outside.freight", "outside.fee"}
    assert open_points(bought) == []


def test_a_run_that_has_begun_stays_where_it_is(bought):
    with bought.db.unit_of_work(BUYER) as uow:
        job = uow.session.scalars(select(Job)).one()
        floor.start(uow, step(uow.session, 10), work_center=outside.VENDOR)
        assert refused(buy_whole, uow, job) == "RUN_OUTSIDE"
        assert uow.session.scalars(select(Lot.state)).all() == [LotState.IN_PRODUCTION]


def test_what_comes_since_settles_a_difference_by_itself(bought):
    number = ordered(bought)
    with bought.db.unit_of_work(CLERK) as uow:
        row = ordering.find_order(uow.session, number)
        made = matching.enter(uow, row, invoice("1", 5000, "1240.00"))
        assert [case.aspect for case in made.cases] == ["quantity"]  # $5.50 is within 2 % and $25
        receiving.receive(uow, row, [Came(1, 5000)], files=bought.files)
        assert ([case.outcome for case in made.cases], made.matched_at is None) == (["came"], False)
        high = matching.enter(uow, row, invoice("2", 1, "30.00", "60.00"))
        assert [case.aspect for case in high.cases] == ["price", "quantity", "freight"]
        with pytest.raises(IllegalTransition):
            ordering.cancel(uow, ordering.find_order(uow.session, ordered_twice(uow, row)), reason="x")


def open_points(plant):
    with plant.db.read_only(PLANT) as session:
        survey = Survey(session, plant.files)
        return [one.sentence for check in CHECKS for one in check(survey)]


def ordered_twice(uow, row):
    """A second number that is canceled already."""
    vendor = row.vendor
    other = ordering.order(uow, vendor, [Wanted(10, Money(100), words="Plates")], USUAL)
    ordering.cancel(uow, other, reason="not needed")
    return other.number


def test_work_that_needs_bids_is_not_ordered_without_an_award_and_a_proof_comes_first(bought):
    with pytest.raises(Conflict) as refused:
        ordered(bought, Wanted(5000, Money(6000_00), ticket=ticket_of(bought)))
    assert refused.value.instance_code == "PO_BIDS"
    number = ordered(bought, terms=Terms((), Money(0), PROMISED, wants_proof=True))
    with bought.db.unit_of_work(BUYER) as uow:
        row = ordering.find_order(uow.session, number)

        def refused_now():
            with pytest.raises(Conflict) as again:
                receiving.receive(uow, row, [Came(1, 5000)], files=bought.files)
            return again.value.instance_code

        assert refused_now() == "VENDOR_PROOF"
        proofing.proof_came(uow, row, note="E-mail of today")
        with pytest.raises(Conflict, match="not answered"):
            proofing.proof_came(uow, row, note="Another")
        proofing.answer_proof(uow, row, is_approved=False, words="The spine")
        assert refused_now() == "VENDOR_PROOF"
        proofing.proof_came(uow, row, note="E-mail of tomorrow")
        proofing.answer_proof(uow, row, is_approved=True, words="")
        receiving.receive(uow, row, [Came(1, 5000)], files=bought.files)
        made = order_paper(row, revisions_of(uow.session, row)[0], shop="State Printing", on=clock.today())
        record = vendor_record(uow.session, row.vendor_id)
    assert made.startswith(b"%PDF")
    assert (record.kept_percent, record.days_late, record.short, record.faults_percent) == (100, 0, 0, 0.0)


def ticket_of(plant):
    with plant.db.read_only(PLANT) as session:
        return step(session, 10)


def test_stock_is_expected_and_becomes_lots_at_its_price(bought):
    number = ordered(bought, Wanted(10_000, Money(310_00), item="N10"))
    assert ordered(bought, Wanted(10_000, Money(310_00), item="N10"), sent=False) == number
    with bought.db.unit_of_work(CLERK) as uow:
        item, row = item_of(uow.session, "N10"), ordering.find_order(uow.session, number)
        receiving.receive(uow, row, [Came(1, 4000, bin="C-2")], files=bought.files)
        assert [(one.order, one.quantity, one.due) for one in coming_of(uow.session, [item.id])] == [
            (number, 6000, PROMISED)
        ]  # fmt: skip
        receiving.receive(uow, row, [Came(1, 6500)], files=bought.files)
        uow.session.refresh(item)
        assert (item.on_hand, item.value) == (10_500, Decimal("325.5"))
        assert coming_of(uow.session, [item.id]) == []
        with pytest.raises(InvalidInput, match="is closed"):
            receiving.receive(uow, row, [Came(1, 1)], files=bought.files)
    assert used(bought) == []
