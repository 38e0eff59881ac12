"""The whole line in one process: two jobs, spoils, a withdrawal, a meter's day, charges, an exported month."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.orm import Session

import billing.rate_cards
from billing.chargeback import request_export
from billing.periods import open_period
from kernel import clock
from kernel.money import Money
from postal.data.mail_days import mail_day_from
from production.dock.deliver import deliver
from production.dock.dispatch import dispatch
from production.floor import operations as floor
from production.frontdesk.approving import approvals
from production.frontdesk.lists.samples import SAMPLE_MAPPING, write_sample_list
from production.frontdesk.orders import intake
from production.frontdesk.orders.intake import GivenFile, MailingRequest
from production.frontdesk.orders.models import Quote
from production.jobs.models import Job, Operation
from production.jobs.states import OperationCode, OperationState
from production.mailings.list_order import ListOrder
from production.mailings.models import PresortStream
from production.mailroom.metering.days import RunFacts, add_run, close_sheet, open_sheet
from production.mailroom.metering.models import Meter
from production.mailroom.pieces.reconcile import finish_stream
from production.mailroom.pieces.spoilage import make_reprint, report_spoils
from production.mailroom.pieces.withdrawal import withdraw
from production.mailroom.streams.building import build
from production.people.models import Agency, BudgetUnit, User
from production.people.setup import put
from production.purchasing import matching, ordering, receiving
from production.purchasing.order_models import InvoiceLine, Terms
from production.purchasing.ordering import Wanted
from production.purchasing.vendors import VENDORS
from production.sample import load_sample
from production.stockroom import moving
from production.stockroom.counting import count
from production.stockroom.items import ITEMS
from production.stockroom.models import StockLot
from store.db import Actor
from store.files import FileStore
from store.keeping.verify import Survey
from store.plant import Plant
from store.settings import CHECKOUT
from tests.billing.ledgers import close, make_card
from tests.factories import MAIL_DATE, PLANT, owners_hand
from workers.runtime import drain

PIECES = 600
CARD = Path(billing.rate_cards.__file__).parent / "data" / "sample_rate_card.csv"
FLOOR = Actor("pat")


def walk(plant: Plant) -> None:
    """Everything the line does, by its own verbs and steps."""
    with plant.db.unit_of_work(PLANT) as uow:
        load_sample(uow, password_hash=lambda: "x")
        make_card(uow, name="Sample", effective_from=date(2025, 7, 1))
    jobs = [_submit(plant, "DEX", "DEX-100", seed=1), _submit(plant, "OSR", "OSR-010", seed=2)]
    drain(plant)
    with plant.db.unit_of_work(Actor("approver")) as uow:
        rows = [uow.session.get_one(Job, job) for job in jobs]
        for row in rows:
            quote = uow.session.scalars(select(Quote).filter_by(job_id=row.id, revision=row.revision)).one()
            approvals.approve(uow, row, revision=row.revision, total=quote.total)
        stream = build(uow, plant.files, rows)
    drain(plant)
    _work(plant, stream.id)
    _meter(plant)
    _stock(plant, jobs[0])
    drain(plant)
    with plant.db.unit_of_work(PLANT) as uow:
        period = close(uow, open_period(uow, clock.today()))
        request_export(uow, period)
    drain(plant)


def _stock(plant: Plant, job: int) -> None:
    """Envelopes are ordered, come in, are paid, go to a job in part, and are counted."""
    with plant.db.unit_of_work(PLANT) as uow:
        row = {
            "code": "N10",
            "name": "No. 10 envelope",
            "kind": "envelope",
            "unit": "piece",
            "reorder_point": "900",
        }
        put(uow, ITEMS, ITEMS.read(row))
        put(uow, VENDORS, VENDORS.read({"code": "ACME", "name": "Acme Envelopes"}))
        bought = Wanted(1_000, Money(31_00), item="N10")
        row = ordering.order(
            uow, ordering.vendor_of(uow.session, "ACME"), [bought], Terms((), Money(0), clock.today())
        )
        ordering.issue(uow, row)
        receiving.receive(uow, row, [receiving.Came(1, 1_000, bin="C-2")], files=plant.files)
        asked = InvoiceLine(1, 1_000, Money(31_00))
        matching.enter(uow, row, matching.Asked("A-1", clock.today(), (asked,), Money(0), Money(31_00)))
        lot = uow.session.scalars(select(StockLot.number)).one()
        moving.issue_lot(uow, lot, 200, moving.Occasion(job=uow.session.get_one(Job, job)))
        count(uow, lot, 790)


def _submit(plant: Plant, agency_code: str, account: str, *, seed: int) -> int:
    samples = CHECKOUT / "docs" / "samples"
    with plant.files.scratch_folder() as folder:
        path = folder / "list.csv"
        write_sample_list(path, PIECES, seed=seed)
        given = {
            role: GivenFile(plant.files.keep_bytes(source.read_bytes(), media_type), source.name)
            for role, source, media_type in (
                ("template", samples / "letter.pdf", "application/pdf"),
                ("fields", samples / "fields.json", "application/json"),
                ("list", path, "text/csv"),
            )
        }
    with plant.db.unit_of_work(PLANT) as uow:
        agency = uow.session.scalars(select(Agency).filter_by(code=agency_code)).one()
        requester = uow.session.scalars(select(User).filter_by(agency_id=agency.id).order_by(User.id)).first()
        request = MailingRequest(
            title=f"Letter of {agency_code}", mail_date=MAIL_DATE, files=given, splits={account: 1},
            accept_findings=True, options=ListOrder(mapping=dict(SAMPLE_MAPPING)),
        )  # fmt: skip
        return intake.submit_mailing(uow, request, agency_id=agency.id, requester_id=requester.id).id


def _work(plant: Plant, lot_id: int) -> None:
    """Withdraw, print, spoil, print again, insert, account, leave, arrive."""
    with plant.db.unit_of_work(FLOOR) as uow:
        withdraw(uow, uow.session.get_one(PresortStream, lot_id), pieces="5-6", reason="moved away")
    _finish_all(plant, lot_id, OperationCode.PRINT)
    with plant.db.unit_of_work(FLOOR) as uow:
        printing = uow.session.scalars(
            select(Operation).filter_by(lot_id=lot_id, type=OperationCode.PRINT)
        ).first()
        report_spoils(uow, printing, pieces="10, 20-21", reason="jam")
        make_reprint(uow, uow.session.get_one(PresortStream, lot_id))
    drain(plant)
    for kind in (OperationCode.PRINT, OperationCode.FOLD_INSERT):
        _finish_all(plant, lot_id, kind)
    with plant.db.unit_of_work(FLOOR) as uow:
        stream = uow.session.get_one(PresortStream, lot_id)
        finish_stream(uow, stream)
        handed = dispatch(
            uow,
            stream.mailing,
            files=plant.files,
            taken_by="Ray",
            place="Post office",
            way="post_office",
            knowing=("DISPATCH_EARLY",),
        )
        uow.session.flush()
        deliver(uow, handed, receipt="R-1")


def _finish_all(plant: Plant, lot_id: int, kind: OperationCode) -> None:
    with plant.db.read_only(FLOOR) as session:
        rows = session.scalars(select(Operation).filter_by(lot_id=lot_id, type=kind).order_by(Operation.id))
        tickets = [row.ticket for row in rows if row.state is OperationState.READY]
    for ticket in tickets:
        with plant.db.unit_of_work(FLOOR) as uow:
            floor.start(uow, ticket, work_center="Press 1")
            floor.finish(uow, ticket, files=plant.files)


def _meter(plant: Plant) -> None:
    with plant.db.unit_of_work(PLANT) as uow:
        mona = uow.session.scalars(select(User).filter_by(sign_in_name="mona")).one().as_actor()
    with plant.db.unit_of_work(mona) as uow:
        meter = uow.session.scalars(select(Meter).order_by(Meter.id)).first()
        account = uow.session.scalars(select(BudgetUnit).filter_by(bill_code="DEX-200")).one()
        day = mail_day_from(clock.today())
        sheet = open_sheet(uow, meter, day=day, ascending=Money(1_000_00), descending=Money(500_00))
        add_run(uow, sheet, RunFacts(account, "first-class", "letter", "1", 10, Money(7_80)))
        close_sheet(uow, sheet, ascending=Money(1_007_80), descending=Money(492_20))


@contextmanager
def broken(plant: Plant, *statements: str, files: FileStore | None = None) -> Iterator[Survey]:
    """What a check sees after somebody with the owner's rights went past every trigger; rolled back afterwards."""
    with owners_hand(plant) as connection, Session(connection) as session:
        for table in session.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ).all():
            session.execute(text(f'ALTER TABLE "{table}" DISABLE TRIGGER USER'))
        for statement in statements:
            session.execute(text(statement))
        yield Survey(session, files or plant.files)
        session.rollback()
