"""The count sheet of a job by specification, and a make-up from its shortage to the charge."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from billing.models import Charge
from kernel.errors import Conflict
from kernel.ids import show_ulid
from kernel.money import ZERO
from production.floor import operations
from production.floor.canceling import cancel_make_up
from production.floor.checks import counts_balance
from production.floor.ledger.lines import Counted
from production.floor.ledger.of_job import job_ledger
from production.floor.models import MakeUp
from production.frontdesk.orders.models import Quote
from production.jobs.made import made_of
from production.jobs.models import Job, Lot, Operation
from production.jobs.states import JobState
from store.keeping.verify import Survey
from store.outbox import OutboxMessage
from tests.factories import OPERATOR, PLANT
from tests.web.test_ticket import booklet  # noqa: F401  a fixture
from web.commands import print_line
from web.commands.line import first_place
from web.floor.making_up import make_up
from workers.runtime import drain


def ledger(plant, number):
    with plant.db.read_only(PLANT) as session:
        found = job_ledger(session, number)
        assert found.balanced
        assert list(counts_balance(Survey(session, plant.files))) == []
    return found


def work(plant, ticket, **counts):
    with plant.db.unit_of_work(OPERATOR) as uow:
        operation = operations.find_ticket(uow.session, ticket)
        operations.start(uow, ticket, work_center=first_place(uow.session, operation.type))
        return operations.finish(uow, ticket, files=plant.files, **counts)


def ready(plant):
    with plant.db.read_only(PLANT) as session:
        query = select(Operation.ticket).filter_by(state="ready").order_by(Operation.id)
        return session.scalars(query).all()


def test_a_booklet_that_comes_out_short_is_made_up_and_charged_its_quote(booklet, plant, sign_in):  # noqa: F811
    """500 booklets of two spreads, two on a sheet: as many sheets as booklets, and a cover."""
    number, _ = booklet
    begun = ledger(plant, number)
    assert (begun.ordered, begun.good, begun.short) == (500, 500, 0)
    by_name = {line.ticket: line for line in begun.lines}
    units = [(line.operation, line.unit) for line in begun.lines]
    assert ("print", "sheet") in units and ("stitch", "book") in units
    with pytest.raises(Conflict, match="too little comes") as early, plant.db.unit_of_work(OPERATOR) as uow:
        make_up(uow, plant.files, number, 50, reason="Short")
    assert early.value.instance_code == "MAKE_UP"
    with plant.db.read_only(PLANT) as session:
        text = session.scalars(select(Operation).filter_by(type="print").order_by(Operation.step)).first()
    work(
        plant,
        text.ticket,
        good=text.quantity - 60,
        spoiled=str(text.given - text.quantity + 60),
        reason="Jam",
    )
    short = ledger(plant, number)
    # Two spreads a booklet, n up on a sheet: sixty sheets are sixty booklets times what lies on one, over two.
    assert 40 <= short.short <= 60 and short.good == 500 - short.short
    pat = sign_in("print_operator")
    page = pat.get(f"/floor/jobs/{number}/counts").text
    assert f"{short.good} of 500 will come out" in page and "they cost the shop $" in page
    planned = pat.get(f"/floor/{text.ticket}").text
    assert "will come out" in planned
    sheet = f"/floor/jobs/{number}/counts"
    pat.submit(sheet, f"{sheet}/make-up", pieces=str(short.short), reason="Jam on press 1")
    with plant.db.read_only(PLANT) as session:
        made = session.scalars(select(MakeUp)).one()
        more = session.scalars(select(Operation).filter_by(lot_id=made.lot_id)).all()
    assert [(one.step, one.file_sha256) for one in more] == [(text.step, text.file_sha256)]
    assert ledger(plant, number).short == 0
    cut = next(line.ticket for line in begun.lines if line.operation == "cut")
    with pytest.raises(Conflict, match="make-up still feeds it"):
        work(plant, cut)
    work(plant, more[0].ticket)
    while left := ready(plant):
        work(plant, left[0])
    done = ledger(plant, number)
    assert (done.short, done.is_done) == (0, True) and len(done.lines) == len(by_name) + 1
    with plant.db.unit_of_work(PLANT) as uow:
        job = uow.session.scalars(select(Job).filter_by(number=number)).one()
        assert job.state is JobState.PRODUCED
        assert made_of(uow.session, job).good == done.good  # what is packed
    print_line._deliver(plant, job)
    drain(plant)
    with plant.db.read_only(PLANT) as session:
        quoted = session.scalars(select(Quote.total)).one()
        charges = session.scalars(select(Charge.cents).filter_by(job_id=job.id)).all()
    assert sum(charges, ZERO) == quoted


def test_a_part_is_counted_and_taken_back_on_the_page_of_the_step(booklet, plant, sign_in):  # noqa: F811
    number, _ = booklet
    ticket = ready(plant)[0]
    with plant.db.unit_of_work(OPERATOR) as uow:
        operation = operations.find_ticket(uow.session, ticket)
        operations.start(uow, ticket, work_center=first_place(uow.session, operation.type))
        operations.count(uow, ticket, Counted(good=10))
    pat = sign_in("print_operator")
    page, act = f"/floor/{ticket}", f"/floor/{ticket}/count"
    assert "Counted." in pat.submit(page, act, good="200", follow=True).text
    pat.submit(page, act, good="5", takes_back="on", reason="Miscounted")
    assert "Say why: a correction" in pat.submit(page, act, held="5").text
    with plant.db.read_only(PLANT) as session:
        (line,) = (one for one in job_ledger(session, number).lines if one.ticket == ticket)
        assert session.scalar(select(func.count()).select_from(Lot)) == 1
    assert (line.balance.good, line.balance.held) == (205, 0)


def test_a_make_up_that_nobody_began_is_canceled_and_what_is_held_is_decided(booklet, plant, sign_in):  # noqa: F811
    number, _ = booklet
    with plant.db.read_only(PLANT) as session:
        text = session.scalars(select(Operation).filter_by(type="print").order_by(Operation.step)).first()
    work(
        plant,
        text.ticket,
        good=text.quantity - 60,
        spoiled=str(text.given - text.quantity + 20),
        reason="Jam",
    )
    with plant.db.unit_of_work(OPERATOR) as uow:
        operations.count(uow, text.ticket, Counted(held=40, reason="Color off"))
    short = ledger(plant, number).short
    pat, page = sign_in("print_operator"), f"/floor/jobs/{number}/counts"
    held = f"{page}/held/{text.ticket}"
    assert (
        pat.submit(page, held, good="30", spoiled="20", reason="Looked at").status_code == 409
    )  # more than are held
    assert pat.submit(page, held, good="30", spoiled="10", reason="Looked at").status_code == 303
    after = ledger(plant, number)
    assert after.short < short
    pat.submit(page, f"{page}/make-up", pieces=str(after.short), reason="Jam")
    with plant.db.read_only(PLANT) as session:
        lot = session.get(Lot, session.scalars(select(MakeUp.lot_id)).one())
        more = session.scalars(select(Operation).filter_by(lot_id=lot.id)).one()
        asked = session.scalars(select(OutboxMessage.subject).filter_by(task="ticket")).all()
    assert show_ulid(lot.ulid) in asked  # its paper is printed
    assert pat.get(f"/floor/runs/{lot.number}/ticket").status_code == 200
    cancel = f"{page}/make-ups/{lot.number}/cancel"
    assert pat.submit(page, cancel, reason="The agency takes fewer").status_code == 303
    assert (ledger(plant, number).short, len(ledger(plant, number).lines)) == (after.short, len(after.lines))
    with pytest.raises(Conflict, match="has begun or ended"), plant.db.unit_of_work(OPERATOR) as uow:
        cancel_make_up(uow, lot.number, reason="Again")
    with pytest.raises(Conflict), plant.db.unit_of_work(OPERATOR) as uow:
        operations.start(uow, more.ticket, work_center="Press 1")
    while left := ready(plant):
        work(plant, left[0])
    with plant.db.read_only(PLANT) as session:
        assert session.scalars(select(Job.state).filter_by(number=number)).one() is JobState.PRODUCED
