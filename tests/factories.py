"""Rows for tests, with every value visible as a default. Plain functions; each takes the unit of work."""

from __future__ import annotations

import hashlib
import itertools
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
from sqlalchemy import text

import production.rooms  # noqa: F401
from kernel.ids import new_ulid
from postal.money.plan_figures import PlanFigures
from production.catalog.shop_calendar import CLOSED_DAYS, LEAD_TIMES, ShopCalendar
from production.frontdesk.projects.models import Project, Side
from production.jobs.models import (
    ChargeSplit,
    Component,
    Job,
    JobEvent,
    LotRange,
    Operation,
    Order,
    PrintItem,
    PrintJob,
)
from production.jobs.numbering import new_job_number, new_lot_number, ticket
from production.jobs.route import ROUTE
from production.jobs.states import JobKind, JobState, RangeStatus
from production.jobs.states import LotState as B
from production.jobs.states import OperationCode as K
from production.jobs.states import OperationState as O
from production.mailings.list_order import ListOrder
from production.mailings.models import LetterJob, Mailing, PresortShare, PresortStream
from production.mailings.opening import open_mailing
from production.mailings.shop import ShopProfile
from production.mailings.stream_summary import StreamSummary
from production.mailroom.metering.models import Meter, MeteredJob
from production.mailroom.sorter.models import SorterDrop
from production.people.models import Agency, BudgetUnit, Role, User, UserRole
from store.db import Actor, Database, UnitOfWork, system_actor
from store.files import FileRef, FileStore, record_file
from store.start.embedded import owner_url

PLANT = system_actor("test")
OPERATOR = Actor(name="pat.press", roles=frozenset({Role.PRINT_OPERATOR, Role.MAIL_OPERATOR}))
MAIL_DATE = date(2026, 12, 1)
CALENDAR = ShopCalendar({row.day: row for row in CLOSED_DAYS.shipped()}, LEAD_TIMES.shipped()[0])
_ARROW = "application/vnd.apache.arrow.file"
_count = itertools.count(1)


def keep(uow: UnitOfWork, row):
    """Add a row and give it back with its key."""
    uow.session.add(row)
    uow.session.flush()
    return row


def make_shop(uow: UnitOfWork, *, pieces_per_segment=5000) -> ShopProfile:
    return keep(
        uow,
        ShopProfile(
            id=1, name="State Printing and Mail", origin_zip5="70802", post_office="BATON ROUGE LA",
            permit_number="1", crid="1234567", service_type_id="300", allow_test_only=True,
            pieces_per_segment=pieces_per_segment, bars="glyphs",
        ),
    )  # fmt: skip


def make_agency(uow: UnitOfWork, *, code=None, name="Department of Examples") -> Agency:
    return keep(uow, Agency(ulid=new_ulid(uow.now), code=code or f"AG{next(_count):06d}", name=name))


def make_budget_unit(uow: UnitOfWork, *, agency=None, bill_code=None, name="General") -> BudgetUnit:
    agency = agency or make_agency(uow)
    return keep(
        uow,
        BudgetUnit(
            ulid=new_ulid(uow.now), agency_id=agency.id, bill_code=bill_code or f"B{next(_count):06d}",
            name=name, accounting_string="100-20-3000",
        ),
    )  # fmt: skip


def make_user(uow: UnitOfWork, *, name=None, agency=None, roles=(Role.REQUESTER,), password_hash="") -> User:
    name = name or f"user{next(_count):06d}"
    return keep(
        uow,
        User(
            ulid=new_ulid(uow.now), sign_in_name=name, full_name=name.title(),
            agency_id=agency.id if agency else None, password_hash=password_hash, created_at=uow.now,
            must_change_password=False,
            role_rows=[UserRole(role=role) for role in roles],
        ),
    )  # fmt: skip


def make_job(
    uow: UnitOfWork, *, state=JobState.DRAFT, agency=None, requester=None, budget_unit=None, pieces=10,
    pages=2, title="Notice of renewal", mail_date=MAIL_DATE, kind=JobKind.MAILING,
) -> Job:  # fmt: skip
    """A job, a mailing unless said, with its order and one account that pays for it."""
    agency = agency or make_agency(uow)
    requester = requester or make_user(uow, agency=agency)
    budget_unit = budget_unit or make_budget_unit(uow, agency=agency)
    order = keep(
        uow,
        Order(ulid=new_ulid(uow.now), agency_id=agency.id, requester_id=requester.id, created_at=uow.now),
    )
    mail = {
        "mail_class": "first-class", "mail_shape": "letter", "envelope": "10W", "content": "",
        "sort_plan": "fcm-letter-automation", "weight_oz": Decimal("0.5"), "thickness_in": Decimal("0.02"),
    }  # fmt: skip
    letters = {
        "duplex": True,
        "accept_findings": True,
        "options": ListOrder(),
        "pages": pages,
        "rows_in": pieces,
    }
    counts = {"counted": pieces, "counted_by": "count", "hand_sorted": 0, "returned": 0, "created_by": "mona"}
    model, facts = {
        JobKind.MAILING: (LetterJob, mail | letters),
        JobKind.BROUGHT_IN: (SorterDrop, mail | counts),
        JobKind.PRINT: (PrintJob, {}),
        JobKind.METER_RUN: (MeteredJob, {}),
        JobKind.CONSULTATION: (Project, {"owner": "", "waits_for": Side.SHOP, "since": uow.now}),
    }[kind]
    job = keep(
        uow,
        model(
            ulid=new_ulid(uow.now), number=new_job_number(uow, mail_date), order_id=order.id,
            agency_id=agency.id, requester_id=requester.id, title=title, state=state, version=1,
            revision=1, created_at=uow.now, quantity=pieces, due=mail_date, **facts,
        ),
    )  # fmt: skip
    keep(uow, ChargeSplit(job_id=job.id, budget_unit_id=budget_unit.id, weight=1))
    return job


def make_item(uow: UnitOfWork, job: Job, *, product="flat_form", quantity=None) -> Component:
    """What a print job prints: one component, on one side of a letter sheet."""
    job.product, quantity = product, quantity or job.quantity
    part = keep(uow, Component(job_id=job.id, position=1, name="sheet", quantity=quantity))
    keep(
        uow,
        PrintItem(
            component_id=part.id, stock="bond20", place="Mail room", least=quantity, most=quantity,
            sheet_width_in=Decimal("8.5"), sheet_height_in=Decimal(11), sides=1, options={},
        ),
    )  # fmt: skip
    return part


# States of (MERGE, PRINT, FOLD_INSERT) of every segment, then of the stream-wide operations.
_SEGMENT_STATES = {
    B.PLANNING: (O.WAITING, O.WAITING, O.WAITING),
    B.IN_PRODUCTION: (O.DONE, O.READY, O.WAITING),
    B.PRODUCED: (O.DONE, O.DONE, O.DONE),
    B.DISPATCHED: (O.DONE, O.DONE, O.DONE),
    B.DELIVERED: (O.DONE, O.DONE, O.DONE),
}
_STREAM_WIDE_STATES = {
    B.PLANNING: {K.PRESORT: O.READY},
    B.IN_PRODUCTION: {K.PRESORT: O.DONE, K.PAPERS: O.DONE},
    B.PRODUCED: {K.PRESORT: O.DONE, K.PAPERS: O.DONE, K.RECONCILE: O.DONE, K.DISPATCH: O.READY},
    B.DISPATCHED: {
        K.PRESORT: O.DONE, K.PAPERS: O.DONE, K.RECONCILE: O.DONE, K.DISPATCH: O.DONE, K.DELIVER: O.READY
    },
    B.DELIVERED: {
        K.PRESORT: O.DONE, K.PAPERS: O.DONE, K.RECONCILE: O.DONE, K.DISPATCH: O.DONE, K.DELIVER: O.DONE
    },
}  # fmt: skip
_JOB_STATES = {
    B.PLANNING: JobState.IN_PRODUCTION,
    B.IN_PRODUCTION: JobState.IN_PRODUCTION,
    B.PRODUCED: JobState.PRODUCED,
    B.DISPATCHED: JobState.DISPATCHED,
    B.DELIVERED: JobState.DELIVERED,
}


def end_job(uow: UnitOfWork, job: Job, state: JobState = JobState.CLOSED) -> None:
    """The job is closed now, and its timeline says so."""
    job.state = state
    uow.session.add(
        JobEvent(
            job_id=job.id, event="close", to_state=state, actor="t", details={}, occurred_at=uow.now,
            recorded_at=uow.now,
        )
    )  # fmt: skip


def make_mailing(uow: UnitOfWork, mail_date=MAIL_DATE) -> Mailing:
    """A mailing without streams."""
    return open_mailing(
        uow, mail_date=mail_date, mail_class="first-class", mail_shape="letter",
        sort_plan="fcm-letter-automation", policy="top-down", payment="permit",
    )  # fmt: skip


def make_stream(
    uow: UnitOfWork, *, state=B.IN_PRODUCTION, pieces=10, segments=2, jobs=None,
    files: FileStore | None = None, pages=2, mail_date=MAIL_DATE,
) -> PresortStream:  # fmt: skip
    """A stream of ``jobs`` (default: one made here), its slices and operations; evidence when produced.

    With ``files`` a plan file is kept whose column ``job`` deals the pieces to the jobs in turn.
    """
    jobs = jobs or [make_job(uow, state=_JOB_STATES[state], pieces=pieces, pages=pages)]
    owners = np.arange(pieces) % len(jobs)
    stream = keep(
        uow,
        PresortStream(
            ulid=new_ulid(uow.now), number=new_lot_number(uow, mail_date), state=state, version=1,
            ready_by=CALENDAR.ready_by(mail_date), mailing=make_mailing(uow, mail_date), envelope="10W",
            weight_oz=Decimal("0.5"), thickness_in=Decimal("0.02"), pages_per_piece=pages, pieces=pieces,
            plan_sha256=_keep_plan(uow, files, owners),
            summary=StreamSummary(PlanFigures(levels={"aadc": pieces}, trays=1)),
            created_at=uow.now,
        ),
    )  # fmt: skip
    accepted = record_accepted(uow, files)
    for position, job in enumerate(jobs):
        count = int((owners == position).sum())
        job.lot_id = stream.id
        keep(
            uow,
            PresortShare(
                lot_id=stream.id, position=position, job_id=job.id, accepted_sha256=accepted,
                pieces=count, levels={"aadc": count} if count else {},
            ),
        )  # fmt: skip
    _make_operations(uow, stream, segments)
    return stream


def record_accepted(uow: UnitOfWork, files: FileStore | None) -> str:
    """A stored-file row for an accepted list; its (empty) file too when there is a store to keep it in."""
    ref = files.keep_bytes(b"", _ARROW) if files else FileRef(hashlib.sha256().hexdigest(), 0, _ARROW)
    return record_file(uow, ref)


def _keep_plan(uow, files, owners):
    if files is None:
        return None
    sink = pa.BufferOutputStream()
    table = pa.table({"job": pa.array(owners, pa.int32())})
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    ref = files.keep_bytes(sink.getvalue().to_pybytes(), _ARROW)
    return record_file(uow, ref)


def _make_operations(uow, stream, segments):
    bounds = np.linspace(0, stream.pieces, segments + 1).astype(int)
    spans = [(int(low) + 1, int(high)) for low, high in itertools.pairwise(bounds)]
    for segment, (first, last) in enumerate(spans, start=1):
        states = _SEGMENT_STATES[stream.state]
        for kind, state in zip((K.MERGE, K.PRINT, K.FOLD_INSERT), states, strict=True):
            make_operation(uow, stream, kind, state=state, segment=segment, first=first, last=last)
    wide = _STREAM_WIDE_STATES[stream.state]
    for kind in (K.PRESORT, K.PAPERS, K.RECONCILE, K.DISPATCH, K.DELIVER):
        make_operation(uow, stream, kind, state=wide.get(kind, O.WAITING))


def make_operation(uow, stream, kind, *, state=O.READY, segment=None, first=None, last=None) -> Operation:
    """One operation of a stream; a finished print or insert carries its evidence."""
    step, needs = ROUTE[kind]
    operation = keep(
        uow,
        Operation(
            ulid=new_ulid(uow.now), ticket=ticket(stream.number, step, segment), lot_id=stream.id,
            type=kind, state=state, version=1, step=step, needs=needs, segment=segment,
            first_piece=first, last_piece=last,
            pages=(last - first + 1) * stream.pages_per_piece if first and kind is not K.FOLD_INSERT else None,
        ),
    )  # fmt: skip
    status = {K.PRINT: RangeStatus.PRINTED, K.FOLD_INSERT: RangeStatus.INSERTED}.get(kind)
    if state is O.DONE and status is not None:
        make_evidence(uow, operation, status, first=first, last=last)
    return operation


def make_evidence(uow, operation, status, *, first, last) -> LotRange:
    """Evidence that pieces first..last reached a status by an operation."""
    return keep(
        uow,
        LotRange(
            lot_id=operation.lot_id, operation_id=operation.id, unit="piece", status=status, first=first,
            last=last, actor=uow.actor.name, occurred_at=uow.now, recorded_at=uow.now,
        ),
    )  # fmt: skip


def make_meter(uow: UnitOfWork, *, serial_number=None, name="Meter") -> Meter:
    return keep(
        uow,
        Meter(ulid=new_ulid(uow.now), serial_number=serial_number or f"M{next(_count):06d}", name=name),
    )


@contextmanager
def owners_hand(plant):
    """A connection with the owner's rights, in the plant's scope: what a thief of them could do."""
    database = Database(owner_url(plant.db.url))
    with database.engine.connect() as connection:
        connection.execute(text("SELECT set_config('indicia.scope', 'plant', true)"))
        yield connection
        connection.commit()
    database.dispose()
