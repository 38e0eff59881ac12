"""A product, an operation, a stock, a work center and a unit that are rows alone, and a job over them: ordered, quoted,
approved, ticketed, started, counted, delivered, charged.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from billing.models import Charge
from kernel import clock
from kernel.errors import InvalidInput, OnHold
from kernel.money import ZERO, Money
from postal.data.mail_days import next_mail_day
from production.catalog import shipped
from production.catalog.models import Product
from production.catalog.overs import OVERS_RULES, OversRow
from production.dock.checks import cartons_are_the_count, deliveries_are_the_count, overs_are_the_count
from production.dock.deliver import deliver
from production.dock.dispatch import dispatch_job
from production.dock.packing import close_all
from production.floor import operations
from production.floor.ledger.lines import Counted
from production.floor.queries import operation_detail
from production.frontdesk.approving import approvals
from production.frontdesk.orders import intake, print_order
from production.frontdesk.orders.intake import GivenFile
from production.frontdesk.orders.job_page import job_page
from production.frontdesk.orders.models import Quote
from production.frontdesk.orders.print_request import PrintRequest
from production.frontdesk.preparation import print_check
from production.jobs import overs, stopped_work
from production.jobs.made import MadeOf, made_of
from production.jobs.models import Hold, Job, JobFile, JobFinding, LotShare, Operation, Usage
from production.jobs.states import JobState
from production.jobs.states import OperationState as O
from production.jobs.timeline import timeline
from production.people.setup import put
from production.prepress.merge.print_file import print_bare
from production.sample import load_sample
from production.setup.kinds import kind_of
from production.stockroom.shelf import shelf_of
from store.keeping.verify import Survey
from tests.billing.ledgers import SAMPLE, make_card
from tests.factories import PLANT
from tests.production import mailings
from tests.production.prepress.letters import make_template
from workers.runtime import drain

ROWS = """
[[usage_unit]]
code = "foil.piece"
name = "Foil, pieces"
[[usage_unit]]
code = "paper.cream"
name = "Paper, cream laid, sheets"
[[operation_type]]
code = "foil"
name = "Foil"
place = "floor"
work_center_class = "foiler"
unit = "piece"
usage_unit = "foil.piece"
sentence = "Foiled"
spoil_reasons = ["Foil torn"]
setup_minutes = 15
per_hour = 250
[[work_center]]
code = "foiler-1"
name = "Foiler 1"
work_center_class = "foiler"
[[stock]]
code = "cream"
name = "Cream laid"
grade = "laid"
basis_lb = "32"
basic_width_in = "17"
basic_height_in = "22"
sheets = [{ width_in = "8.5", height_in = "11" }]
usage_unit = "paper.cream"
[[route]]
code = "certificate"
name = "Certificates"
steps = [
    { step = 10, operation = "print" },
    { step = 20, operation = "foil", needs = [10], when_option = "foil" },
    { step = 30, operation = "pad", needs = [20], when_option = "pad" },
    { step = 40, operation = "deliver", needs = [30] },
]
[[product]]
code = "certificate"
name = "Certificate"
sentence = "One sheet with foil."
kind = "print"
unit = "piece"
components = ["certificate"]
steps = ["print_order", "finishing", "artwork", "review"]
route = "certificate"
grades = ["laid"]
most_pages = 1
options = [
    { code = "foil", question = "Foil", choices = [{ value = "gold", name = "Gold" }, { value = "", name = "None" }] },
    { code = "pad", question = "Pads", choices = [{ value = "", name = "No" }, { value = "50", name = "Of 50" }] },
]
"""
PRICES = b'foil.piece,"Foil, a piece",0.10,,no\npaper.cream,"Paper, cream laid, a sheet",0.08,,no\n'


@pytest.fixture
def line(plant):
    """The sample plant with rows of its own and prices for them."""
    with plant.db.unit_of_work(PLANT) as uow:
        load_sample(uow, password_hash=lambda: "")
        shipped.load(uow, ROWS.encode())
        make_card(uow, effective_from=date(2025, 7, 1), data=SAMPLE.read_bytes() + PRICES)
    return plant


def order(plant, tmp_path, **more):
    """Ordered and checked; the job."""
    wanted = {
        "product": "certificate", "title": "Ten years of service", "quantity": 120, "place": "Room 12",
        "due": next_mail_day(clock.today() + timedelta(days=7)), "splits": {"DEX-100": 60, "DEX-200": 40},
        "stock": "cream", "options": {"pad": "50"},
    }  # fmt: skip
    path = make_template(tmp_path / "certificate.pdf", text="In recognition")
    rita = mailings.actor(plant, "rita")
    ref = plant.files.keep_bytes(path.read_bytes(), "application/pdf")
    with plant.db.unit_of_work(rita) as uow:
        job = print_order.submit_print(
            uow, PrintRequest(**wanted | more), GivenFile(ref, path.name), agency_id=rita.agency_id,
            requester_id=rita.user_id,
        )  # fmt: skip
    drain(plant)
    return job


def approve(plant, job):
    with plant.db.unit_of_work(mailings.actor(plant, "andy")) as uow:
        row = uow.session.get_one(Job, job.id)
        total = uow.session.scalars(select(Quote.total).filter_by(job_id=job.id, revision=row.revision)).one()
        approvals.approve(uow, row, revision=row.revision, total=total)
    drain(plant)
    return total


def rows(plant, query):
    with plant.db.read_only(PLANT) as session:
        return session.scalars(query).all()


def work(plant, ticket, *, at, more=0, **counts):
    """Started and finished by the press operator, who may have put in more paper."""
    with plant.db.unit_of_work(mailings.actor(plant, "pat")) as uow:
        operations.start(uow, ticket, work_center=at)
        if more:
            operations.count(uow, ticket, Counted(taken=more, reason="For spoils to come"))
    with plant.db.unit_of_work(mailings.actor(plant, "pat")) as uow:
        return operations.finish(uow, ticket, files=plant.files, **counts)


def leave(plant, job):
    with plant.db.unit_of_work(mailings.actor(plant, "mona")) as uow:
        way = {"taken_by": "Lee", "place": "Room 12", "way": "messenger"}
        row = uow.session.get_one(Job, job.id)
        close_all(uow, row, None)
        left = dispatch_job(uow, row, **way)
    drain(plant)
    with plant.db.unit_of_work(mailings.actor(plant, "mona")) as uow:
        deliver(uow, uow.session.merge(left), received_by="R. Hebert")
    drain(plant)


def charged(plant, job):
    return sum((row.cents for row in rows(plant, select(Charge).filter_by(job_id=job.id))), ZERO)


def state(plant, job):
    return rows(plant, select(Job.state).filter_by(id=job.id))[0]


def test_a_job_over_rows_alone_is_charged_its_quote_to_the_cent(line, tmp_path):
    job = order(line, tmp_path)
    assert state(line, job) is JobState.PROOF_READY
    # Set-up 12.50, 120 sheets at .08, 120 sides at .022, 120 of foil at .10, 2 pads at .45 but 4.50 at least, a stop.
    total = approve(line, job)
    assert total == Money(1250 + 960 + 264 + 1200 + 450 + 475)
    assert state(line, job) is JobState.IN_PRODUCTION
    printing, foil, pad = rows(line, select(Operation).order_by(Operation.step))
    assert [(row.type, row.state, row.quantity, row.needs) for row in (printing, foil, pad)] == [
        ("print", O.READY, 120, ()), ("foil", O.WAITING, 120, (10,)), ("pad", O.WAITING, 2, (20,)),
    ]  # fmt: skip
    # 15 to set up and 28.8 for 120 at 250 an hour; nobody has measured the others.
    assert [row.planned_minutes for row in (printing, foil, pad)] == [None, 44, None]
    (approved,) = rows(line, select(JobFile.sha256).filter_by(role="print_file"))
    assert (printing.file_sha256, printing.pages) == (approved, 1)
    with line.db.read_only(PLANT) as session:
        said = [operation_detail(session, row.ticket).item.facts for row in (printing, foil, pad)]
    assert said == [
        (("Paper", "Cream laid"), ("Printed on", "one side")),
        (("Foil", "Gold"),),
        (("Pads", "Of 50"),),
    ]
    assert work(line, printing.ticket, at="Press 1").good == 120
    assert work(line, foil.ticket, at="Foiler 1", good=120).good == 120
    assert work(line, pad.ticket, at="Padding bench").good == 2
    assert state(line, job) is JobState.PRODUCED
    leave(line, job)
    assert (charged(line, job), state(line, job)) == (total, JobState.BILLED)
    with line.db.read_only(PLANT) as session:
        told = [(step.name, step.state) for step in timeline(session, job.ulid).steps]
    assert told[3:6] == [("Printed", "done"), ("Foiled", "done"), ("Padded", "done")]


def test_a_step_that_makes_nothing_is_left_out_and_overs_are_not_charged(line, tmp_path):
    job = order(line, tmp_path, quantity=49)
    total = approve(line, job)
    printing, foil = rows(line, select(Operation).order_by(Operation.step))
    work(line, printing.ticket, at="Press 1", more=11, good=60)  # overs, so that the foil may lose some
    done = work(line, foil.ticket, at="Foiler 1", spoiled="11", reason="Foil torn")
    assert (done.good, done.spoiled) == (49, 11)
    assert state(line, job) is JobState.PRODUCED
    leave(line, job)
    sides = rows(line, select(Usage.quantity).filter_by(unit="print.impression"))
    assert [int(one) for one in sides] == [49]  # of sixty that were made
    assert charged(line, job) == total


def test_fewer_than_the_order_takes_do_not_leave_unasked_and_are_charged_as_made(line, tmp_path):
    job = order(line, tmp_path, options={"foil": "", "pad": ""})
    total = approve(line, job)
    (printing,) = rows(line, select(Operation))
    work(line, printing.ticket, at="Press 1", spoiled="5", reason="Smeared")
    with pytest.raises(OnHold, match="115 of 120 were made; the order takes exactly 120"):
        leave(line, job)
    assert state(line, job) is JobState.PRODUCED
    with line.db.unit_of_work(mailings.actor(line, "pat")) as uow:
        operations.report_spoils(uow, printing.ticket, named="1", reason="Smeared")
    (held,) = rows(line, select(Hold).filter_by(lifted_at=None))
    assert "114 of 120" in held.words
    with line.db.unit_of_work(mailings.actor(line, "mona")) as uow:
        stopped_work.lift(uow, held.id)
    leave(line, job)
    # Five sides at .022 that were not made, and their sheets at .08: what is spoiled is the shop's.
    assert charged(line, job) == total - Money(11) - Money(40)


def test_what_an_order_takes_is_said_before_and_after_and_overs_beyond_it_are_held(line, tmp_path):
    with line.db.unit_of_work(mailings.actor(line, "ada")) as uow:
        uow.session.get_one(Product, "certificate").overs_percent = 10
    job = order(line, tmp_path, quantity=45, options={"foil": "", "pad": ""})
    with line.db.read_only(mailings.actor(line, "rita")) as session:
        facts = job_page(session, mailings.actor(line, "rita"), job.number).facts.made.facts
    assert ("You get", "45 to 49; more than 45 are not charged") in facts
    total = approve(line, job)
    (printing,) = rows(line, select(Operation))
    with line.db.unit_of_work(mailings.actor(line, "ada")) as uow:
        uow.session.get_one(Product, "certificate").overs_percent = 50  # what was said with the order stays
    work(line, printing.ticket, at="Press 1", more=5, good=50)
    (held,) = rows(line, select(Hold))
    assert "50 of 45 were made; the order takes 45 to 49" in held.words
    with line.db.read_only(mailings.actor(line, "pat")) as session:
        assert made_of(session, session.get_one(Job, job.id)) == MadeOf(50, 1)  # one stays in the shop
    with line.db.unit_of_work(mailings.actor(line, "pat")) as uow:
        operations.report_spoils(uow, printing.ticket, named="1", reason="Put aside")
    assert rows(line, select(Hold).filter_by(lifted_at=None)) == []
    leave(line, job)
    assert charged(line, job) == total


def test_a_change_after_approval_takes_nothing_to_the_floor(line, tmp_path):
    job = order(line, tmp_path)
    with line.db.unit_of_work(mailings.actor(line, "andy")) as uow:
        row = uow.session.get_one(Job, job.id)
        total = uow.session.scalars(select(Quote.total).filter_by(job_id=job.id)).one()
        approvals.approve(uow, row, revision=1, total=total)
    with line.db.unit_of_work(mailings.actor(line, "rita")) as uow:
        intake.submit_revision(uow, uow.session.get_one(Job, job.id), {})
    drain(line)
    assert (state(line, job), rows(line, select(LotShare))) == (JobState.PROOF_READY, [])


def test_a_print_file_that_another_reader_reads_otherwise_is_no_proof(line, tmp_path, monkeypatch):
    def cut_off(compiled, out):
        print_bare(compiled, out)
        out.write_bytes(out.read_bytes()[:-400])

    monkeypatch.setattr(print_check, "print_bare", cut_off)
    job = order(line, tmp_path)
    assert state(line, job) is JobState.NEEDS_FIX
    assert "SECOND_READING" in rows(line, select(JobFinding.code).filter_by(job_id=job.id))
    assert rows(line, select(JobFile).filter_by(role="print_file")) == []


def policy(plant, **said):
    with plant.db.unit_of_work(PLANT) as uow:
        put(uow, OVERS_RULES, OversRow(from_day=date(2026, 1, 1), **said), knowing=None)
        uow.session.get_one(Product, "certificate").overs_percent = 10


def made(plant, tmp_path, good, **more):
    """45 ordered, and so many printed: the job, what its quote says, and what its agency is told."""
    job = order(plant, tmp_path, quantity=45, options={"foil": "", "pad": ""}, **more)
    total = approve(plant, job)
    printing = rows(plant, select(Operation).order_by(Operation.id.desc()))[0]
    work(plant, printing.ticket, at="Press 1", more=max(good - 45, 0), **(
        {"good": good} if good > 45 else {"spoiled": str(45 - good), "reason": "Smeared"}
    ))  # fmt: skip
    return job, total


def line_of_job(plant, job):
    with plant.db.read_only(mailings.actor(plant, "rita")) as session:
        line = overs.line_of(session, job.id)
        facts = dict(job_page(session, mailings.actor(plant, "rita"), job.number).facts.made.facts)
        return (line.delivered, line.kept, line.recycled, line.charged), facts


def test_overs_and_charges_follow_the_policy_of_the_day(line, tmp_path):
    side, sheet = Money(2), Money(8)  # about: a side at .022, a sheet at .08
    policy(line, agency="DEX", overs="deliver", billed="delivered", source="Contract 7")
    job, total = made(line, tmp_path, 49)
    policy(
        line, product="certificate", overs="keep", billed="capped"
    )  # the product before the agency, and too late
    leave(line, job)
    counts, facts = line_of_job(line, job)
    assert counts == (49, 0, 0, 49)
    assert facts["You get"] == "45 to 49; what is delivered is charged, overs without set-up"
    assert facts["Charged"] == "49: charged as delivered; overs delivered as far as the order takes them"
    # Four sides and four sheets more; the set-up of the job is charged once.
    assert charged(line, job) - total == Money(4 * sheet.cents + 4 * side.cents + 1)
    kept, total = made(line, tmp_path, 60)
    assert rows(line, select(Hold).filter_by(lifted_at=None)) == []  # nobody is asked: they do not leave
    leave(line, kept)
    counts, facts = line_of_job(line, kept)
    assert (counts, charged(line, kept)) == ((45, 15, 0, 45), total)
    assert facts["You get"] == "45; copies beyond 45 are kept in the stockroom for you"
    assert facts["What came of it"] == "60 made, 45 delivered, 15 kept"
    with line.db.read_only(
        mailings.actor(line, "rita")
    ) as session:  # her agency can order them from its shelf
        (shelf,) = shelf_of(session, kept.agency_id, clock.today())
    assert (shelf.code, shelf.free, shelf.worth(10), shelf.is_own) == (f"OV-{kept.number}", 15, 0, True)
    with line.db.unit_of_work(PLANT) as uow:
        uow.session.get_one(Product, "certificate").unders_percent = 10
        later = OversRow(product="certificate", from_day=date(2026, 2, 1), overs="recycle", billed="ordered")
        put(uow, OVERS_RULES, later, knowing=None)
    fewer, total = made(line, tmp_path, 42)
    leave(line, fewer)
    counts, facts = line_of_job(line, fewer)
    assert (counts, charged(line, fewer)) == (
        (42, 0, 0, 45),
        total,
    )  # its price holds, though three were spoiled
    more, total = made(line, tmp_path, 50)
    leave(line, more)
    assert (line_of_job(line, more)[0], charged(line, more)) == ((45, 0, 5, 45), total)
    with line.db.read_only(PLANT) as session:
        survey = Survey(session, line.files)
        for check in (cartons_are_the_count, deliveries_are_the_count, overs_are_the_count):
            assert list(check(survey)) == []
    with line.db.unit_of_work(PLANT) as uow:  # a count that changes afterwards is found
        printed = uow.session.scalars(select(Operation).order_by(Operation.id.desc())).first()
        printed.good -= 1
        uow.session.flush()
        (found,) = overs_are_the_count(Survey(uow.session, line.files))
        assert found.ids == (more.number,)
        uow.session.rollback()
    assert kind_of("overs") is OVERS_RULES
    with line.db.unit_of_work(PLANT) as uow, pytest.raises(InvalidInput, match="not entered"):
        put(uow, OVERS_RULES, OversRow(agency="NONE", product="none", from_day=later.from_day), knowing=None)
