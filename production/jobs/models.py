"""Orders, jobs, lots, operations, holds, events, the files and findings of a job, and usage.

A job is what is to be made; a lot is what the plant runs at once. Jobs share lots, and operations belong to lots. What
only one kind knows (of jobs, mail; of lots, a presort stream or a meter's day) stands in a table of its room that
continues ``job`` or ``lot``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, Text, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kernel.findings import Place
from kernel.money import Money
from production.catalog.feeds import Feed
from production.catalog.overs import Billed, Overs, OversPolicy
from production.catalog.pace import Pace
from production.catalog.planned_usage import PlannedUsage
from production.catalog.rows import OperationTypeRow
from production.jobs.states import (
    JobKind,
    JobState,
    LotKind,
    LotState,
    OperationState,
    RangeStatus,
    Stops,
    StopWay,
    shown,
)
from production.jobs.usage_evidence import UsageEvidence
from production.people.models import Agency, BudgetUnit, User
from store.columns import Base, Cents, Document, Json, Quantity, UtcDateTime, Word, choice_check, key_column
from store.documents import JsonValue


class Order(Base):
    """An accepted request of one agency; its jobs carry the states."""

    __tablename__ = "customer_order"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    requester_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Job(Base):
    """What is to be made: a number, a day, a quantity. Facts of one kind stand in a table that continues this."""

    __tablename__ = "job"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    number: Mapped[str] = mapped_column(String(12), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("customer_order.id"), index=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    requester_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"))
    kind: Mapped[JobKind] = mapped_column(Word(JobKind))
    title: Mapped[str] = mapped_column(String(200))
    state: Mapped[JobState] = mapped_column(Word(JobState))
    version: Mapped[int]
    revision: Mapped[int]  # rises with every submit, so that each submit has steps of its own
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    product: Mapped[str | None] = mapped_column(ForeignKey("product.code"))  # None of what nobody ordered
    quantity: Mapped[int | None]  # in the product's unit; of letters the good rows, once the list was checked
    due: Mapped[date]  # the day it is to be delivered or mailed

    agency: Mapped[Agency] = relationship(lazy="joined")
    requester: Mapped[User] = relationship(lazy="raise", viewonly=True)

    __mapper_args__ = {"polymorphic_on": "kind"}  # noqa: RUF012  read once, when the class is mapped
    __table_args__: tuple[Any, ...] = (
        choice_check("kind", JobKind),
        choice_check("state", JobState),
        UniqueConstraint("id", "kind"),  # what continues a job names its kind
        Index("ix_job_state_id", "state", "id"),
        Index("ix_job_agency_id_id", "agency_id", "id"),
        Index("ix_job_agency_id_state", "agency_id", "state"),
    )

    @property
    def is_inserted(self) -> bool:
        """What is printed goes into envelopes; asked of mail alone."""
        return False

    @property
    def shown(self) -> str:
        """Its state as people read it."""
        return shown(self.kind, self.state)


class JobWord(Base):
    """A word of a job's title, by which it is found: kept by a trigger of ``job``, as ``words_of`` splits the title. In
    the order of its bytes, so that a range is what begins alike.
    """

    __tablename__ = "job_word"
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), primary_key=True)
    word: Mapped[str] = mapped_column(String(60, collation="C"), primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))

    __table_args__ = (
        Index("ix_job_word_word", "word"),
        Index("ix_job_word_agency_id_word", "agency_id", "word"),
    )


class PrintJob(Job):
    """Something printed that is delivered and not mailed. What is printed hangs on its components."""

    __mapper_args__ = {"polymorphic_identity": JobKind.PRINT}  # noqa: RUF012


class Component(Base):
    """A part of what a job makes: sheet, cover, text, part 2 of 4. Facts of one sort of part hang on it."""

    __tablename__ = "component"
    id: Mapped[int] = key_column()
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"))
    position: Mapped[int]  # from 1
    name: Mapped[str] = mapped_column(String(40))
    quantity: Mapped[int]

    __table_args__ = (
        UniqueConstraint("job_id", "position"),
        CheckConstraint("quantity > 0", name="quantity"),
    )


class PrintItem(Base):
    """What is printed for a component, on what: codes of the catalog; the sheet in inches as it lies in the feeder, and
    the sides that are printed, None until the file was checked. ``options``: the answers to the product's options.
    ``least``, ``most``: how many the order takes, ``overs``, ``billed``: what becomes of more and which count is
    charged, all as was said when it was made.
    """

    __tablename__ = "print_item"
    component_id: Mapped[int] = mapped_column(ForeignKey("component.id"), primary_key=True)
    stock: Mapped[str] = mapped_column(ForeignKey("stock.code"))
    sheet_width_in: Mapped[Decimal] = mapped_column(Numeric(8, 4))
    sheet_height_in: Mapped[Decimal] = mapped_column(Numeric(8, 4))
    sides: Mapped[int | None]
    options: Mapped[dict[str, str]] = mapped_column(Document(dict[str, str], was_bare=True))
    place: Mapped[str] = mapped_column(String(200))  # where it is delivered
    least: Mapped[int]
    most: Mapped[int]
    overs: Mapped[Overs] = mapped_column(Word(Overs), default=Overs.DELIVER)
    billed: Mapped[Billed] = mapped_column(Word(Billed), default=Billed.CAPPED)

    __table_args__ = (choice_check("overs", Overs), choice_check("billed", Billed))

    def policy(self, ordered: int) -> OversPolicy:
        """What holds for the order, of so many."""
        return OversPolicy(ordered, self.least, self.most, self.overs, self.billed)


class OversLine(Base):
    """What became of all good copies of a print job when the last of them left: ``good`` is those that leave, are kept
    and are recycled; ``charged``: how many are charged, by ``billed``. A trigger refuses UPDATE and DELETE.
    """

    __tablename__ = "overs_line"
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), primary_key=True, autoincrement=False)
    ordered: Mapped[int]
    good: Mapped[int]
    delivered: Mapped[int]
    kept: Mapped[int]
    recycled: Mapped[int]
    charged: Mapped[int]
    overs: Mapped[Overs] = mapped_column(Word(Overs))
    billed: Mapped[Billed] = mapped_column(Word(Billed))
    actor: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        choice_check("overs", Overs),
        choice_check("billed", Billed),
        CheckConstraint("good = delivered + kept + recycled", name="sum"),
    )


class DeliveryStop(Base):
    """A share of what a job makes, and where it goes; ``day``: its own, else the job's."""

    __tablename__ = "delivery_stop"
    id: Mapped[int] = key_column()
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"))
    position: Mapped[int]  # from 1
    place: Mapped[str] = mapped_column(String(200))
    quantity: Mapped[int]
    way: Mapped[StopWay] = mapped_column(Word(StopWay))
    day: Mapped[date | None]
    is_depository: Mapped[bool] = mapped_column(default=False)  # beyond the agency's own copies

    __table_args__ = (
        choice_check("way", StopWay),
        CheckConstraint("quantity > 0", name="quantity"),
        UniqueConstraint("job_id", "position"),
    )


class Approval(Base):
    """Consent to content (named by file hashes) and to money, by somebody who is not the requester. ``in_place_of``:
    whom the approver stood in for; ``rule``: the code of the rule of approval that it followed.
    """

    __tablename__ = "approval"
    id: Mapped[int] = key_column()
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), index=True)
    revision: Mapped[int]
    approver: Mapped[str] = mapped_column(String(200))
    in_place_of: Mapped[str | None] = mapped_column(String(200))
    rule: Mapped[str | None] = mapped_column(String(20))
    hashes: Mapped[dict[str, str]] = mapped_column(Document(dict[str, str]))  # SHA-256 by role of file
    total: Mapped[Money] = mapped_column(Cents)
    approved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    void_reason: Mapped[str | None] = mapped_column(Text)


class ChargeSplit(Base):
    """Which accounts pay for a job, by weight (percent, pieces, anything whole)."""

    __tablename__ = "charge_split"
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), primary_key=True)
    budget_unit_id: Mapped[int] = mapped_column(ForeignKey("budget_unit.id"), primary_key=True, index=True)
    weight: Mapped[int]

    budget_unit: Mapped[BudgetUnit] = relationship(lazy="joined")

    __table_args__ = (CheckConstraint("weight > 0", name="weight"),)


class JobFile(Base):
    """A file in its role (template, list, repairs, accepted_list, rows_to_fix, proof and others) for one revision."""

    __tablename__ = "job_file"
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(String(30), primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))
    given_name: Mapped[str] = mapped_column(String(255))
    pages: Mapped[int | None]


class JobFinding(Base):
    """Findings of one revision, grouped: one row a code and source, with the first places and the count."""

    __tablename__ = "job_finding"
    id: Mapped[int] = key_column()
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"))
    revision: Mapped[int]
    source: Mapped[str] = mapped_column(String(30))  # template, list, merge, postage
    code: Mapped[str] = mapped_column(String(40))
    severity: Mapped[str] = mapped_column(String(10))
    message: Mapped[str] = mapped_column(Text)
    remedy: Mapped[str] = mapped_column(Text)
    count: Mapped[int]
    places: Mapped[tuple[Place | str, ...]] = mapped_column(Document(tuple[Place | str, ...]))

    __table_args__ = (Index("ix_job_finding_job_id_revision", "job_id", "revision"),)


class Lot(Base):
    """What the plant runs at once: a presort stream, a run of the sorter, a meter's day, a print run."""

    __tablename__ = "lot"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    number: Mapped[str] = mapped_column(String(12), unique=True)
    kind: Mapped[LotKind] = mapped_column(Word(LotKind))
    state: Mapped[LotState] = mapped_column(Word(LotState))
    version: Mapped[int]
    ready_by: Mapped[date]  # the day by whose end the plant is done with it: what the floor goes by
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __mapper_args__ = {"polymorphic_on": "kind"}  # noqa: RUF012  read once, when the class is mapped
    __table_args__: tuple[Any, ...] = (
        choice_check("kind", LotKind),
        choice_check("state", LotState),
        Index("ix_lot_kind_state_id", "kind", "state", "id"),
    )


class PrintRun(Lot):
    """Copies of a component made by a route of operations. A lot that needs no facts of its own."""

    __mapper_args__ = {"polymorphic_identity": LotKind.PRINT_RUN}  # noqa: RUF012


class LotShare(Base):
    """One job's part of a lot. A room that knows more of a share continues this table."""

    __tablename__ = "lot_share"
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)  # from 0
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), index=True)
    quantity: Mapped[int]

    __table_args__: tuple[Any, ...] = (CheckConstraint("quantity >= 0", name="quantity"),)


class Operation(Base):
    """One step of a lot's route, perhaps for one segment of the lot."""

    __tablename__ = "operation"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    ticket: Mapped[str] = mapped_column(
        String(24), unique=True
    )  # number-step(-segment), what the scanner reads
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"))
    type: Mapped[str] = mapped_column(ForeignKey("operation_type.code"))
    state: Mapped[OperationState] = mapped_column(Word(OperationState))
    version: Mapped[int]
    step: Mapped[int]  # place in the route, 1 to 99
    needs: Mapped[tuple[int, ...]] = mapped_column(
        Document(tuple[int, ...], was_bare=True)
    )  # steps that come before it
    segment: Mapped[int | None]
    first_piece: Mapped[int | None]
    last_piece: Mapped[int | None]
    quantity: Mapped[int | None]  # to come out of it, where units have no numbers
    given: Mapped[int | None]  # to come into it, with what its set-up and its run are known to spoil
    setup_units: Mapped[int | None]  # of those, what its set-up spoils
    unit: Mapped[str | None] = mapped_column(String(20))  # what is counted; None: what its type says
    feeds: Mapped[tuple[Feed, ...] | None] = mapped_column(Document(tuple[Feed, ...]))
    lag_minutes: Mapped[int | None]  # that must pass after the steps before it
    made_as: Mapped[OperationTypeRow | None] = mapped_column(
        Document(OperationTypeRow)
    )  # when it was laid out
    usage: Mapped[tuple[PlannedUsage, ...] | None] = mapped_column(Document(tuple[PlannedUsage, ...]))
    file_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))
    pages: Mapped[int | None]
    good: Mapped[int | None]
    spoiled: Mapped[int | None]
    operator: Mapped[str | None] = mapped_column(String(200))
    work_center: Mapped[str | None] = mapped_column(String(60), ForeignKey("work_center.code"))
    planned_minutes: Mapped[int | None]  # by the standard of its type when it was laid out; None without one
    pace: Mapped[Pace | None] = mapped_column(Document(Pace))  # the standard behind them
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        choice_check("state", OperationState),
        Index("ix_operation_lot_id_step", "lot_id", "step"),
        Index("ix_operation_state_type", "state", "type"),
        Index("ix_operation_work_center_finished_at", "work_center", "finished_at"),
    )

    @property
    def pieces(self) -> int:
        """How many pieces the operation covers."""
        if self.first_piece is None or self.last_piece is None:
            return 0
        return self.last_piece - self.first_piece + 1


class OutsideStep(Base):
    """An operation that an outside shop does: ordered, and due back on a day. ``planned``: its usage before the order,
    whose invoice is charged instead.
    """

    __tablename__ = "outside_step"
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"), primary_key=True)
    due: Mapped[date]
    ordered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    planned: Mapped[tuple[PlannedUsage, ...] | None] = mapped_column(Document(tuple[PlannedUsage, ...]))


class UsageVoid(Base):
    """Usage that counts for nothing: the act that wrote it was taken back before anything was charged. A trigger takes
    it from what is open.
    """

    __tablename__ = "usage_void"
    usage_id: Mapped[int] = mapped_column(ForeignKey("usage.id"), primary_key=True, autoincrement=False)
    reason: Mapped[str] = mapped_column(String(60))
    actor: Mapped[str] = mapped_column(String(200))
    voided_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TicketIssue(Base):
    """A ticket of a run as it was issued, by hash. ``said``: what stands on it, by what that is called; ``changes``:
    what is otherwise than in the issue before, which it replaces.
    """

    __tablename__ = "ticket_issue"
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)  # from 1
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))
    pages: Mapped[int]
    said: Mapped[dict[str, str]] = mapped_column(Document(dict[str, str]))
    changes: Mapped[tuple[str, ...]] = mapped_column(Document(tuple[str, ...]))
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint("number > 0", name="number"),)


class LotRange(Base):
    """Evidence: units first..last of a lot reached a status by an operation. Append-only."""

    __tablename__ = "lot_range"
    id: Mapped[int] = key_column()
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"))
    operation_id: Mapped[int] = mapped_column(ForeignKey("operation.id"), index=True)
    unit: Mapped[str] = mapped_column(String(20))  # piece, page, sheet, tray
    status: Mapped[RangeStatus] = mapped_column(Word(RangeStatus))
    first: Mapped[int]
    last: Mapped[int]
    actor: Mapped[str] = mapped_column(String(200))
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        choice_check("status", RangeStatus),
        CheckConstraint("first >= 1 AND first <= last", name="range"),
        Index("ix_lot_range_lot_id_status", "lot_id", "status"),
    )


class Hold(Base):
    """A stop with a reason and an owner, and what it stops; the job keeps its place."""

    __tablename__ = "hold"
    id: Mapped[int] = key_column()
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"))
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("lot.id"))
    stops: Mapped[Stops] = mapped_column(Word(Stops))
    reason: Mapped[str] = mapped_column(String(40))
    words: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(String(200))
    placed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lifted_by: Mapped[str | None] = mapped_column(String(200))

    __table_args__ = (
        choice_check("stops", Stops),
        Index("ix_hold_open_job", "job_id", postgresql_where=text("lifted_at IS NULL")),
        Index("ix_hold_open_lot", "lot_id", postgresql_where=text("lifted_at IS NULL")),
    )


class JobEvent(Base):
    """One change of state, or one thing worth telling. Never updated, never deleted."""

    __tablename__ = "job_event"
    id: Mapped[int] = key_column()
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"))
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("lot.id"))
    operation_id: Mapped[int | None] = mapped_column(ForeignKey("operation.id"), index=True)
    event: Mapped[str] = mapped_column(String(60))
    from_state: Mapped[str | None] = mapped_column(String(40))
    to_state: Mapped[str | None] = mapped_column(String(40))
    actor: Mapped[str] = mapped_column(String(200))
    details: Mapped[Mapping[str, JsonValue]] = mapped_column(Json)
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index("ix_job_event_job_id_id", "job_id", "id"),
        Index("ix_job_event_lot_id_id", "lot_id", "id"),
    )


class Usage(Base):
    """What was done: unit, quantity, job, operation, evidence. Knows no prices.

    ``natural_key`` (unit, source) makes recording twice impossible.
    """

    __tablename__ = "usage"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    natural_key: Mapped[str] = mapped_column(String(160), unique=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    operation_id: Mapped[int | None] = mapped_column(ForeignKey("operation.id"), index=True)
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("lot.id"), index=True)
    unit: Mapped[str] = mapped_column(String(60), ForeignKey("usage_unit.code"))
    quantity: Mapped[Decimal] = mapped_column(Quantity)
    usage_date: Mapped[date]
    evidence: Mapped[UsageEvidence] = mapped_column(Document(UsageEvidence, was_bare=True))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        Index("ix_usage_job_id", "job_id"),
    )
