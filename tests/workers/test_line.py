"""The whole line in process, as the console walks it: from a messy upload to charges, by the real steps."""

from __future__ import annotations

import os
import random
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from billing.chargeback import request_export
from billing.models import Charge
from billing.periods import open_period
from billing.verify import verify
from kernel import clock
from kernel.errors import InvalidInput
from kernel.ids import new_ulid
from kernel.money import Money, Rate
from postal.address.evidence import Evidence, EvidenceKind
from postal.data.mail_days import mail_day_from
from production.catalog.forms.models import FormRevision, FormState, JobForm, StockPolicy
from production.catalog.overs import Billed, Overs
from production.dock.deliver import deliver as hand_over
from production.dock.dispatch import dispatch
from production.dock.models import Carton, Delivery, PickUpCode
from production.frontdesk.address_matching.base import AdapterName
from production.frontdesk.address_matching.models import AddressMatch
from production.frontdesk.approving import approvals
from production.frontdesk.approving.models import Act, ApprovalAct, ApprovalRule
from production.frontdesk.artwork import models as artwork
from production.frontdesk.lists.samples import write_messy_list
from production.frontdesk.orders import intake
from production.frontdesk.orders.intake import GivenFile
from production.frontdesk.orders.models import OrderDraft, ProofComment, Quote
from production.frontdesk.projects import asking, tasks
from production.frontdesk.projects.models import Side
from production.frontdesk.publishing import recording
from production.frontdesk.publishing.answers import RuleAnswer
from production.frontdesk.quoting.models import QuoteRevision, WrittenQuote
from production.frontdesk.stationery.models import Design, IdentityTemplate
from production.jobs import lifecycle, need_to_know
from production.jobs.models import (
    Component,
    DeliveryStop,
    Job,
    JobEvent,
    JobFile,
    JobFinding,
    Operation,
    Order,
    OutsideStep,
    OversLine,
    PrintItem,
    Usage,
)
from production.jobs.states import JobState, LotState, OperationCode, OperationState
from production.jobs.stops import Stop, set_stops
from production.jobs.usage import Unit, record_usage
from production.jobs.usage_evidence import JobEvidence
from production.library.models import Kit, KitItem, LibraryEntry
from production.mailings import address_evidence
from production.mailings.list_order import ListOrder
from production.mailings.models import MailingFile, PresortStream, Tray
from production.mailings.nonprofit import NonprofitAuthorization
from production.mailroom.metering.days import RunFacts, add_run, close_sheet, open_sheet
from production.mailroom.metering.models import Meter
from production.mailroom.pieces.models import Recipient
from production.mailroom.pieces.reconcile import finish_stream
from production.mailroom.serials.models import MailerId, SerialBlock
from production.notices import choices, inbox
from production.people import api_keys
from production.people.models import StandIn
from production.prepress.merge.fields import Fields
from production.prepress.preflight.order import NO_ORDER
from production.scheduling.models import Cause, JobPromise
from production.stockroom import moving
from production.stockroom.models import ItemKind, ShelfPick, StockItem, StockNeed
from store.audit import verify_chain
from store.db import Actor
from store.outbox import OutboxMessage
from tests.billing.ledgers import close
from tests.factories import PLANT
from tests.production import mailings, sorting
from tests.production.mailings import given, mailing_files, wishes
from tests.production.prepress.letters import make_template
from workers.runtime import Outcome, deliver, drain

SHARED = Path(os.environ.get("INDICIA_SHARED", Path(__file__).resolve().parents[3] / "shared"))
LISTS = SHARED / "data" / "addresses"


@pytest.fixture
def shop(plant):
    mailings.open_sample(plant)
    return plant


def reload(plant, thing):
    with plant.db.read_only(PLANT) as session:
        return session.get_one(type(thing), thing.id)


def consent(plant, job, *, by):
    """Approve what the quote says."""
    with plant.db.unit_of_work(mailings.actor(plant, by)) as uow:
        row = uow.session.get_one(Job, job.id)
        quote = uow.session.scalars(select(Quote).filter_by(job_id=job.id, revision=row.revision)).one()
        approvals.approve(uow, row, revision=row.revision, total=quote.total)
        return quote


def work_the_floor(plant, stream):
    """Every print, then every insert; then account, dispatch, deliver."""
    finish(plant, stream)
    leave(plant, stream)


def finish(plant, stream):
    """Printed, inserted and accounted for."""
    for kind in (OperationCode.PRINT, OperationCode.FOLD_INSERT):
        for operation in mailings.operations(plant, stream, kind):
            mailings.run(plant, operation)
    with plant.db.unit_of_work(mailings.FLOOR) as uow:
        finish_stream(uow, uow.session.get_one(PresortStream, stream.id))


def leave(plant, stream, *, knowing=("DISPATCH_EARLY",), exception=""):
    """The mailing to the post office, with its receipt."""
    with plant.db.unit_of_work(mailings.FLOOR) as uow:
        row = uow.session.get_one(PresortStream, stream.id)
        delivery = dispatch(
            uow,
            row.mailing,
            files=plant.files,
            taken_by="driver",
            place="BMEU",
            way="post_office",
            knowing=knowing,
            exception=exception,
        )
    with plant.db.unit_of_work(mailings.FLOOR) as uow:
        hand_over(uow, uow.session.get_one(Delivery, delivery.id), receipt="8125-1")


def check_sums(plant, stream, jobs):
    """Pieces = trays = levels = recipients = serials; statement = charges of postage; usage once for all work."""
    stream, jobs = reload(plant, stream), [reload(plant, job) for job in jobs]
    assert stream.state is LotState.DELIVERED
    assert {job.state for job in jobs} == {JobState.BILLED}
    pieces = sum(job.pieces for job in jobs)
    lines = stream.summary.figures.postage_lines
    with plant.db.read_only(PLANT) as session:
        trays = session.scalars(select(Tray).filter_by(lot_id=stream.id)).all()
        (block,) = session.scalars(select(SerialBlock).filter_by(lot_id=stream.id)).all()
        recipients = session.query(Recipient).filter_by(lot_id=stream.id).count()
        usage = session.execute(select(Usage.job_id, Usage.unit, Usage.quantity)).all()
        charges = session.execute(
            select(Charge.job_id, Usage.unit, Charge.cents).join(Usage, Usage.id == Charge.usage_id)
        ).all()
        papers = set(session.scalars(select(MailingFile.role).filter_by(mailing_id=stream.mailing_id)))
        assert list(verify_chain(session)) == []
    assert stream.pieces == pieces == recipients == block.last - block.first + 1
    assert sum(tray.last_piece - tray.first_piece + 1 for tray in trays) == pieces
    assert sum(stream.summary.figures.levels.values()) == pieces == sum(line.pieces for line in lines)
    postage = sum(cents.cents for _, unit, cents in charges if unit == "postage.permit")
    assert postage == stream.summary.figures.postage.cents
    exact = sum(line.rate.value * line.pieces for line in lines)
    assert abs(exact * 100 - postage) <= 1
    done = {
        (job_id, unit): sum(q for j, u, q in usage if (j, u) == (job_id, unit)) for job_id, unit, _ in usage
    }
    for job in jobs:
        assert done[job.id, "postage.permit"] == done[job.id, "presort.piece"] == job.pieces
        assert done.get((job.id, "fold_insert.piece"), 0) == (job.pieces if job.is_inserted else 0)
        assert done[job.id, "print.impression"] == job.pieces * job.pages
        assert done[job.id, "list.record"] == job.rows_in
        assert done[job.id, "job.setup"] == 1
    assert {unit for _, unit, _ in usage} == {unit for _, unit, _ in charges}
    assert papers
    assert verify(plant).violations == []
    return charges


def test_a_messy_upload_walks_to_its_charges(shop, tmp_path):
    planted = write_messy_list(tmp_path / "list.csv", 620)
    template = make_template(tmp_path / "letter.pdf", 2)
    files = {"template": given(shop, template), "list": given(shop, tmp_path / "list.csv")}
    job = mailings.submit(shop, wishes(files, splits={"DEX-100": 2, "DEX-200": 1}))
    assert drain(shop) == 1
    job = reload(shop, job)
    with shop.db.read_only(PLANT) as session:
        rows = session.scalars(select(JobFinding).filter_by(job_id=job.id, revision=1)).all()
        assert session.query(Quote).count() == 0
    assert job.state is JobState.NEEDS_FIX
    assert planted.keys() <= {row.code for row in rows}
    with shop.db.unit_of_work(mailings.actor(shop, "rita")) as uow:
        intake.accept_findings(uow, uow.session.get_one(Job, job.id))
    drain(shop)
    job = reload(shop, job)
    assert (job.state, job.revision) == (JobState.PROOF_READY, 2)
    assert 500 < job.pieces < job.rows_in
    quote = consent(shop, job, by="andy")
    stream = mailings.build(shop, job)
    drain(shop)
    stream = reload(shop, stream)
    assert (stream.state, stream.pieces) == (LotState.IN_PRODUCTION, job.pieces)
    assert stream.summary.figures.postage.cents == quote.postage.cents  # the quote was this list's own
    work_the_floor(shop, stream)
    drain(shop)
    charges = check_sums(shop, stream, [job])
    assert sum(cents.cents for _, _, cents in charges) == quote.total.cents


def test_a_day_without_prices_is_a_finding_not_a_silence(shop):
    """A live shop has no use for stand-ins: the requester reads why, and nothing is quoted."""
    mailings.set_shop(shop, allow_test_only=False)
    job = mailings.submit(shop, wishes(mailing_files(shop)))
    drain(shop)
    with shop.db.read_only(PLANT) as session:
        found = session.scalars(select(JobFinding).filter_by(source="postage")).all()
        assert {(one.code, one.severity) for one in found} == {("EDITION_MISSING", "stop")}
        assert sorted(one.message.split()[3] for one in found) == ["L201", "L801"]
        assert all("for live mail" in one.message for one in found)
        assert session.query(Quote).count() == 0
    assert reload(shop, job).state is JobState.NEEDS_FIX


@pytest.fixture
def two_agencies(shop):
    """A stream of two agencies' mailings, on the floor's doorstep."""
    jobs = [
        mailings.approved(shop, pieces=430, seed=1),
        mailings.approved(shop, pieces=190, seed=2, agency="OSR"),
    ]
    return jobs, mailings.build(shop, *jobs)


def test_two_agencies_share_one_statement_exactly(shop, two_agencies):
    jobs, stream = two_agencies
    drain(shop)
    work_the_floor(shop, stream)
    drain(shop)
    charges = check_sums(shop, stream, jobs)
    shares = {
        job.id: sum(
            cents.cents for owner, unit, cents in charges if (owner, unit) == (job.id, "postage.permit")
        )
        for job in jobs
    }
    assert sum(shares.values()) == reload(shop, stream).summary.figures.postage.cents
    assert all(shares.values())
    with shop.db.read_only(PLANT) as session:
        owners = session.execute(select(Charge.job_id, Charge.agency_id).distinct()).all()
    assert {tuple(row) for row in owners} == {(job.id, job.agency_id) for job in jobs}


def test_messages_twice_and_in_any_order_change_nothing(shop, two_agencies):
    """As after a flushed queue: every message is delivered again, also closed ones, in random order."""
    jobs, stream = two_agencies
    dice = random.Random(7)

    def deliver_all_twice():
        for _ in range(20):
            with shop.db.read_only(PLANT) as session:
                keys = list(session.scalars(select(OutboxMessage.key)))
                if not session.query(OutboxMessage).filter_by(done_at=None).count():
                    break
            dice.shuffle(keys)
            for key in keys + keys:
                assert deliver(shop, key) in (Outcome.RECORDED, Outcome.NOT_NEEDED)
        again = [deliver(shop, key) for key in keys]
        assert set(again) == {Outcome.NOT_NEEDED}

    mailings.set_shop(shop, pieces_per_segment=150)
    deliver_all_twice()
    work_the_floor(shop, stream)
    deliver_all_twice()
    check_sums(shop, stream, jobs)
    with shop.db.read_only(PLANT) as session:
        operations = session.scalars(select(Operation).filter_by(lot_id=stream.id)).all()
        finishes = session.scalars(select(JobEvent.operation_id).filter_by(event="finish")).all()
        assert session.query(OutboxMessage).filter(OutboxMessage.failure.is_not(None)).count() == 0
    assert {row.state for row in operations} == {OperationState.DONE}
    of_operations = [one for one in finishes if one is not None]
    assert sorted(of_operations) == sorted(row.id for row in operations)


# -- the second wall --------------------------------------------------------------------------------------

# Whose a row is, where neither agency_id nor job_id says so. Rows of export_run are nobody's; what happens to a
# shared stream (but not to the other jobs in it) is for every agency that is in it: SHARED_STREAM.
SHARED_STREAM = 0
PLANT_ONLY = (  # no agency sees a row of these
    "vendor_mail",
    "export_run", "sorter_run", "sorter_log", "tray_block", "maildat_settings", "received_maildat", "mailing_file",
    "tray", "lot_range", "spoil", "serial_block", "meter", "meter_sheet", "meter_import",
    "sort_agreement", "sign_in", "agreement", "retention_run", "setup_version",
    "notice_mail", "notice_post", "ticket_issue", "count_line", "make_up", "schedule", "scheduled_run",
    "schedule_pin", "schedule_split", "lot_weight", "schedule_refusal", "device_job",
    "printer_offer", "machine_report", "counter_reading", "counter_case",
    "vendor", "make_or_buy", "bid_request", "bid_invitation", "bid_question", "bid", "bid_award",
    "floor_spell", "first_piece", "usage_void",
    "purchase_order", "purchase_line", "purchase_revision", "purchase_receipt", "vendor_invoice", "invoice_case",
    "vendor_proof", "stock_coming",
    "reservation", "reserved_run", "run_outcome",
    "shift_pin", "device", "device_shift", "device_event", "device_outcome",
    "idempotency_key",  # but each sees what it sent itself
)  # fmt: skip
OWNER = {
    "journal_line": "(SELECT agency_id FROM journal WHERE journal.id = journal_id)",
    **dict.fromkeys(PLANT_ONLY, "NULL::bigint"),
    **dict.fromkeys(
        ("hold", "delivery"),
        "CASE WHEN job_id IS NOT NULL THEN (SELECT agency_id FROM job WHERE job.id = job_id)"
        f" ELSE {SHARED_STREAM} END",
    ),
    "job_event": "CASE WHEN job_id IS NOT NULL THEN (SELECT agency_id FROM job WHERE job.id = job_id)"
    f" WHEN (SELECT kind FROM lot WHERE lot.id = lot_id) <> 'meter_day' THEN {SHARED_STREAM} END",
    **dict.fromkeys(
        ("lot", "mailing", "presort_stream", "operation", "delivered_stream"), str(SHARED_STREAM)
    ),
    "presort_share": "(SELECT agency_id FROM job JOIN lot_share ON lot_share.job_id = job.id WHERE"
    " (lot_share.lot_id, lot_share.position) = (presort_share.lot_id, presort_share.position))",
    "audit_entry": "CASE WHEN subject = 'recipient' AND act = 'names_shown'"
    " THEN (SELECT agency_id FROM job WHERE job.number = details ->> 'job') END",
    "quote_revision": "(SELECT agency_id FROM job JOIN written_quote ON written_quote.job_id = job.id"
    " WHERE written_quote.id = quote_id)",
    "project_file": "(SELECT agency_id FROM job JOIN project_message ON project_message.job_id = job.id"
    " WHERE project_message.id = message_id)",
    "print_item": "(SELECT agency_id FROM job JOIN component ON component.job_id = job.id"
    " WHERE component.id = component_id)",
    **dict.fromkeys(
        ("notice_read", "notice_choice", "notice_hours"),
        "(SELECT agency_id FROM app_user WHERE app_user.id = person_id)",
    ),
    "agency": "id",
    "stand_in": "(SELECT agency_id FROM app_user WHERE app_user.id = person_id)",
    "kit_item": "(SELECT agency_id FROM kit WHERE kit.id = kit_id)",
    "stock_lot": "(SELECT agency_id FROM stock_item WHERE stock_item.id = item_id)",
    "outside_step": str(SHARED_STREAM),
    "stock_move": "(SELECT agency_id FROM stock_item JOIN stock_lot ON stock_lot.item_id = stock_item.id"
    " WHERE stock_lot.id = lot_id)",
    "user_role": "(SELECT agency_id FROM app_user WHERE app_user.id = user_id)",
}


def owner_of(session, table):
    """SQL that gives the agency of a row."""
    columns = set(
        session.scalars(
            text("SELECT column_name FROM information_schema.columns WHERE table_name = :name"),
            {"name": table},
        )
    )
    if table in OWNER:
        return OWNER[table]
    assert columns & {"agency_id", "job_id"}, f"OWNER and PLANT_ONLY do not say whose the rows of {table} are"
    return (
        "agency_id"
        if "agency_id" in columns
        else f"(SELECT agency_id FROM job WHERE job.id = {table}.job_id)"
    )


def ask_the_shop(uow, plant):
    """A project of the actor's agency, with a file, a task and a quote."""
    who = uow.actor
    account = next(iter(intake.own_accounts(uow, who.agency_id)))
    question = asking.Question("A map", "It folds.", clock.today(), account)
    file = GivenFile(plant.files.keep_bytes(b"a sketch", "application/pdf"), "sketch.pdf")
    project = asking.ask(uow, question, [file], agency_id=who.agency_id, requester_id=who.user_id)
    tasks.add(uow, project, "Send the old one", side=Side.AGENCY, due=clock.today())
    quote = WrittenQuote(
        job_id=project.id, position=1, author="Polly", sent=1, made_at=uow.now, answered_by="", reason=""
    )
    uow.session.add(quote)
    uow.session.flush()
    offered = {"number": 1, "words": "", "valid_until": clock.today(), "alternatives": ()}
    uow.session.add(QuoteRevision(quote_id=quote.id, made_at=uow.now, sent_at=uow.now, **offered))


def fill_the_rest(plant, jobs):
    """Rows that a mailing leaves out: meter runs, drafts, proofs, findings, evidence of matching, an export."""
    with plant.db.unit_of_work(mailings.actor(plant, "mona")) as uow:
        meter = uow.session.scalars(select(Meter).order_by(Meter.id)).first()
        sheet = open_sheet(
            uow, meter, day=mail_day_from(clock.today()), ascending=Money(0), descending=Money(9000)
        )
        for code in ("DEX-100", "OSR-010"):
            unit = uow.session.scalars(select(mailings.BudgetUnit).filter_by(bill_code=code)).one()
            add_run(
                uow, sheet,
                RunFacts(unit, "first-class", "letter", "1.0", pieces=10, amount=Money(780)),
            )  # fmt: skip
        close_sheet(uow, sheet, ascending=Money(1560), descending=Money(7440))
        for name in ("rita", "oscar"):
            who = mailings.person(uow, name)
            uow.session.add(
                OrderDraft(
                    ulid=new_ulid(uow.now), agency_id=who.agency_id, user_id=who.id, product="letter", answers={},
                    typed={}, created_at=uow.now, changed_at=uow.now,
                )
            )  # fmt: skip
    for name in ("rita", "oscar"):
        with plant.db.unit_of_work(mailings.actor(plant, name)) as uow:
            api_keys.make(uow, ulid=new_ulid(uow.now), key=f"key of {name}", label="a program")
            inbox.mark_read(uow)
            choices.choose(uow, [], {})
            choices.be_quiet(uow, "20:00", "07:00")
            own = {"first_day": clock.today(), "last_day": clock.today(), "named_at": uow.now}
            uow.session.add(StandIn(person_id=uow.actor.user_id, stand_in_id=uow.actor.user_id, **own))
            ask_the_shop(uow, plant)
    for account in ("DEX-100", "OSR-010"):
        sorting.bring_in(plant, account)
    with plant.db.unit_of_work(PLANT) as uow:
        out = uow.session.scalars(select(Operation).order_by(Operation.id)).first()
        uow.session.add(OutsideStep(operation_id=out.id, due=clock.today(), ordered_at=uow.now))
        for job in jobs:
            row = uow.session.get_one(Job, job.id)
            lifecycle.hold(uow, row, reason="money", words="No budget.")
            lifecycle.lift(uow, row, reason="money")
            need_to_know.note_shown(uow, row.number, "proof 1")
            sha256 = uow.session.scalars(select(JobFile.sha256).filter_by(job_id=row.id)).first()
            of_file = {
                "agency_id": row.agency_id,
                "job_id": row.id,
                "component": "sheet",
                "sha256": sha256,
                "author": "",
            }
            version = {
                "ulid": new_ulid(uow.now),
                "act": artwork.Act.SENT,
                "given_name": "a.pdf",
                "made_at": uow.now,
            }
            uow.session.add(artwork.FileVersion(fixes=(), arrangement="", looks=(), **version, **of_file))
            work = {
                "fixes": (), "arrangement": "", "asked": NO_ORDER, "asked_at": uow.now, "parts": 0, "code": "",
                "words": "", "remedy": "", "ended_at": uow.now,
            }  # fmt: skip
            named = {key: version[key] for key in ("act", "given_name")}
            uow.session.add(artwork.FileWork(ulid=new_ulid(uow.now), **work, **named, **of_file))
            accepted = {"code": "PREFLIGHT_FONT", "findings": (), "words": "Fine.", "accepted_at": uow.now}
            uow.session.add(artwork.Acceptance(**accepted, **of_file))
            uow.session.add(
                ProofComment(
                    ulid=new_ulid(uow.now), job_id=row.id, revision=1, page=1, words="Larger.", author="andy",
                    made_at=uow.now,
                )
            )  # fmt: skip
            form = FormRevision(
                agency_id=row.agency_id, number="F-1", revision="1", title="Leave", edition=clock.today(), owner="O",
                product="flat_form", state=FormState.IN_USE, supersedes="", stock_policy=StockPolicy.USE_UP,
                authority="", file_sha256="",
            )  # fmt: skip
            uow.session.add(form)
            uow.session.flush()
            recording.keep(uow, row, {"justification": RuleAnswer(words="They must know.")})
            uow.session.add(JobForm(job_id=row.id, form_revision_id=form.id))
            letter = select(JobFile.sha256).filter_by(job_id=row.id, revision=row.revision, role="template")
            uow.session.add(
                LibraryEntry(
                    agency_id=row.agency_id, sha256=uow.session.scalars(letter).one(), title="Renewal",
                    form_number="", note="", filed_by="rita", filed_at=uow.now,
                )
            )  # fmt: skip
            uow.session.add(
                ApprovalAct(
                    job_id=row.id, revision=1, act=Act.ASKED, actor="andy", words="Why?", at=uow.now,
                )
            )  # fmt: skip
            uow.session.add(ApprovalRule(code=f"rule-{row.id}", agency_id=row.agency_id, value={}))
            given = uow.session.scalars(select(JobFile).filter_by(job_id=row.id, role="template")).first()
            design = Design((Decimal("3.5"), Decimal(2)), Decimal(0), (1, 0), 1, Fields(()), (), 250)
            uow.session.add(
                IdentityTemplate(
                    ulid=new_ulid(uow.now), agency_id=row.agency_id, name="Card", number=1, owner="O",
                    product="business_cards", stock="cover80", background_sha256=given.sha256, design=design,
                    entered_by="ada", entered_at=uow.now,
                )
            )  # fmt: skip
            set_stops(uow, row, [Stop("Depot", 1)])
            uow.session.flush()
            stop = uow.session.scalars(select(DeliveryStop.id).filter_by(job_id=row.id)).first()
            code = {"code": "123456", "wrong": 0, "made_at": uow.now}
            uow.session.add(PickUpCode(stop_id=stop, job_id=row.id, **code))
            kit = Kit(
                ulid=new_ulid(uow.now), agency_id=row.agency_id, name="New employee", made_by="rita", made_at=uow.now
            )  # fmt: skip
            uow.session.add(kit)
            uow.session.flush()
            uow.session.add(KitItem(kit_id=kit.id, position=1, job_id=row.id))
            part = Component(job_id=row.id, position=1, name="sheet", quantity=1)
            uow.session.add(part)
            uow.session.add(Carton(job_id=row.id, number=1, pieces=1, closed_at=uow.now, closed_by="mona"))
            told = {"expected": uow.now, "slack_minutes": 0, "why": Cause.ASKED, "words": ""}
            uow.session.add(JobPromise(job_id=row.id, day=clock.today(), made_at=uow.now, **told))
            kept = StockItem(
                code=f"pads-{row.id}", name="Pads", kind=ItemKind.CONSUMABLE, unit="pad", agency_id=row.agency_id,
                bin="", is_active=True, on_hand=0, value=Decimal(0),
            )  # fmt: skip
            uow.session.add(kept)
            uow.session.flush()
            moving.receive(uow, kept.code, 10, unit_cost=Rate(Decimal("0.5")))
            uow.session.add(ShelfPick(job_id=row.id, item_id=kept.id))
            uow.session.add(StockNeed(job_id=row.id, item_id=kept.id, quantity=1))
            sheet = {
                "sheet_width_in": Decimal("8.5"),
                "sheet_height_in": Decimal(11),
                "sides": 1,
                "options": {},
            }
            uow.session.add(
                PrintItem(component_id=part.id, stock="bond20", place="Mail room", least=1, most=1, **sheet)
            )
            uow.session.add(
                OversLine(
                    job_id=part.job_id, ordered=1, good=1, delivered=1, kept=0, recycled=0, charged=1,
                    overs=Overs.DELIVER, billed=Billed.CAPPED, actor="mona", at=uow.now,
                )
            )  # fmt: skip
            act = Evidence(EvidenceKind.MATCHING, "CASS", True, "Coder 5", clock.today())  # noqa: FBT003
            address_evidence.record(uow, row, [act])
            uow.session.add_all(
                [
                    MailerId(mailer_id=f"90000000{row.agency_id}", active=False, agency_id=row.agency_id),
                    NonprofitAuthorization(
                        agency_id=row.agency_id, number="123", zip5="70821", post_office="BATON ROUGE",
                        valid_from=clock.today(), entered_by="mona", entered_at=uow.now,
                    ),
                ]
            )  # fmt: skip
            accepted = uow.session.scalars(
                select(JobFile).filter_by(job_id=job.id, revision=row.revision, role="accepted_list")
            ).one()
            run = AddressMatch(
                ulid=new_ulid(uow.now), job_id=job.id, revision=row.revision, adapter=AdapterName.EXCHANGE,
                input_sha256=accepted.sha256, rows=260, done=0, turns=1, evidence=(), refusal=(),
                requested_at=uow.now, due_at=uow.now, ended_at=uow.now,
            )  # fmt: skip
            uow.session.add(run)
    drain(plant)
    with plant.db.unit_of_work(mailings.actor(plant, "bill")) as uow:
        period = open_period(uow, clock.today())
        close(uow, period)
        request_export(uow, period)
    drain(plant)
    with plant.db.unit_of_work(PLANT) as uow:  # work that nobody has charged yet
        for job in jobs:
            record_usage(
                uow,
                uow.session.get_one(Job, job.id),
                unit=Unit.JOB_SETUP,
                quantity=1,
                source=f"late-{job.id}",
                evidence=JobEvidence(job.number),
            )


def test_an_agency_sees_its_own_rows_of_every_table_and_no_others(shop):
    jobs = []
    for name, consenting, account in (("rita", "andy", "DEX-100"), ("oscar", "ada", "OSR-010")):
        files = mailing_files(shop, pieces=260, seed=len(jobs), pages=1)
        job = mailings.submit(shop, wishes(files, splits={account: 1}), by=name)
        drain(shop)
        consent(shop, job, by=consenting)
        jobs.append(job)
    stream = mailings.build(shop, *jobs)
    drain(shop)
    work_the_floor(shop, stream)
    drain(shop)
    fill_the_rest(shop, jobs)
    with shop.db.read_only(PLANT) as session:
        walled = set(session.scalars(text("SELECT DISTINCT tablename FROM pg_policies")))
        whose = {
            table: session.execute(text(f"SELECT ctid::text, {owner_of(session, table)} FROM {table}")).all()
            for table in walled
            if not table.startswith("recipient")
        }
        whose["recipient"] = session.execute(
            text("SELECT piece::text, (SELECT agency_id FROM job WHERE job.id = job_id) FROM recipient")
        ).all()
    assert {"job", "charge", "usage", "approval", "recipient", "meter_run", "journal"} <= walled
    agencies = [mailings.actor(shop, name).agency_id for name in ("rita", "oscar")]
    for table, rows in whose.items():
        owners = {owner for _, owner in rows}
        has_all = SHARED_STREAM in owners or owners >= set(agencies)
        assert table in PLANT_ONLY or has_all, f"{table} has no rows of both agencies"
    for agency in agencies:
        with shop.db.read_only(Actor("somebody", agency_id=agency)) as session:
            for table, rows in whose.items():
                place = "piece" if table == "recipient" else "ctid"
                seen = set(session.scalars(text(f"SELECT {place}::text FROM {table}")))
                mine = {row for row, owner in rows if owner in (agency, SHARED_STREAM)}
                assert seen == mine, table
    with shop.db.engine.connect() as connection:  # nobody said who asks
        for table in whose:
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0, table


def test_an_agency_cannot_write_rows_of_another(shop):
    rita, oscar = (mailings.actor(shop, name) for name in ("rita", "oscar"))
    request = wishes(mailing_files(shop), splits={"OSR-010": 1})
    with pytest.raises(InvalidInput, match="not complete"), shop.db.unit_of_work(rita) as uow:
        intake.submit_mailing(uow, request, agency_id=oscar.agency_id, requester_id=oscar.user_id)
    with pytest.raises(DBAPIError, match="row-level security"), shop.db.unit_of_work(rita) as uow:
        order = {"agency_id": oscar.agency_id, "requester_id": oscar.user_id, "created_at": uow.now}
        uow.session.add(Order(ulid=new_ulid(uow.now), **order))
    with shop.db.read_only(PLANT) as session:
        assert session.query(Job).count() == session.query(Order).count() == 0


# -- real lists ---------------------------------------------------------------------------------------------

REAL = {
    "small_congress_district_offices.csv": None,
    "small_chicago_sites_with_true_ids.csv": {
        "recipient": "name", "full_address": "address", "zip": "zip", "city": {"constant": "Chicago"},
        "state": {"constant": "IL"},
    },
}  # fmt: skip


@pytest.mark.skipif(not LISTS.is_dir(), reason="the public address lists are not on this machine")
@pytest.mark.parametrize("name", REAL)
def test_real_lists_walk_the_line(shop, tmp_path, name):
    template = make_template(tmp_path / "letter.pdf", 1)
    files = {"template": given(shop, template), "list": given(shop, LISTS / name)}
    options = ListOrder(mapping=REAL[name])
    request = wishes(files, accept_findings=True, options=options)
    job = mailings.submit(shop, request)
    drain(shop)
    job = reload(shop, job)
    assert job.state is JobState.PROOF_READY
    consent(shop, job, by="andy")
    stream = mailings.build(shop, job)
    drain(shop)
    work_the_floor(shop, stream)
    drain(shop, patience=timedelta(seconds=10))
    check_sums(shop, stream, [job])
