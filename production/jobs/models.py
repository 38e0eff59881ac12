"""Orders, jobs, operations, holds, events, the files and findings of a job, and usage."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kernel.findings import Place
from production.jobs.states import BatchState, JobKind, JobState, OperationKind, OperationState, Stops
from production.people.models import Agency, BudgetUnit, User
from store.columns import Base, Document, Json, Quantity, UtcDateTime, Word, key_column, words_check


class Order(Base):
    """An accepted request of one agency; its jobs carry the states."""

    __tablename__ = "customer_order"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    requester_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Job(Base):
    """The unit of production: a number, a ticket, operations. Mail facts are empty until known."""

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
    accept_findings: Mapped[bool]  # mail the good rows, return the others for fix
    options: Mapped[dict[str, Any]] = mapped_column(Json)  # mapping and list options as confirmed
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    mail_date: Mapped[date | None]
    mail_class: Mapped[str | None] = mapped_column(String(20))
    mail_shape: Mapped[str | None] = mapped_column(String(20))
    sort_plan: Mapped[str | None] = mapped_column(String(60))  # the one quoted
    envelope: Mapped[str | None] = mapped_column(String(20))
    pages: Mapped[int | None]  # pages of one document
    duplex: Mapped[bool | None]
    weight_oz: Mapped[Decimal | None] = mapped_column(Numeric(8, 4))
    thickness_in: Mapped[Decimal | None] = mapped_column(Numeric(8, 4))
    rows_in: Mapped[int | None]
    # Every row of the list is one of these: a piece, joined to the letter of another row, or to be fixed.
    pieces: Mapped[int | None]  # accepted rows: what will be mailed
    rows_to_fix: Mapped[int | None]
    repeats_joined: Mapped[int | None]  # the same person at the same address
    households_joined: Mapped[int | None]  # another person there, where one letter for a household was chosen
    military_pieces: Mapped[int | None]  # of the pieces, those to an APO, FPO or DPO
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("presort_batch.id"))

    agency: Mapped[Agency] = relationship(lazy="joined")
    requester: Mapped[User] = relationship(lazy="raise", viewonly=True)

    __table_args__ = (
        words_check("kind", JobKind),
        words_check("state", JobState),
        Index("ix_job_state_id", "state", "id"),
        Index("ix_job_agency_id_id", "agency_id", "id"),
        Index("ix_job_agency_id_state", "agency_id", "state"),
        Index("ix_job_batch_id", "batch_id", postgresql_where=text("batch_id IS NOT NULL")),
    )


class ChargeSplit(Base):
    """Which accounts pay for a job, by weight (percent, pieces, anything whole)."""

    __tablename__ = "charge_split"
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), primary_key=True)
    budget_unit_id: Mapped[int] = mapped_column(ForeignKey("budget_unit.id"), primary_key=True, index=True)
    weight: Mapped[int]

    budget_unit: Mapped[BudgetUnit] = relationship(lazy="joined")

    __table_args__ = (CheckConstraint("weight > 0", name="weight"),)


class JobFile(Base):
    """A file in its role (template, fields, list, accepted_list, joined_rows, rows_to_fix, proof) for one revision."""

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


class Operation(Base):
    """One step of a route: of a batch (perhaps of one segment of it) or of a single job."""

    __tablename__ = "operation"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    ticket: Mapped[str] = mapped_column(String(24), unique=True)  # what the scanner reads
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("presort_batch.id"))
    kind: Mapped[OperationKind] = mapped_column(Word(OperationKind))
    state: Mapped[OperationState] = mapped_column(Word(OperationState))
    version: Mapped[int]
    step: Mapped[int]  # place in the route
    segment: Mapped[int | None]
    first_piece: Mapped[int | None]
    last_piece: Mapped[int | None]
    file_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))
    pages: Mapped[int | None]
    good: Mapped[int | None]
    spoiled: Mapped[int | None]
    operator: Mapped[str | None] = mapped_column(String(200))
    work_center: Mapped[str | None] = mapped_column(String(60))
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        words_check("kind", OperationKind),
        words_check("state", OperationState),
        CheckConstraint("(job_id IS NULL) <> (batch_id IS NULL)", name="owner"),
        Index("ix_operation_batch_id_step", "batch_id", "step"),
        Index("ix_operation_job_id_step", "job_id", "step"),
        Index("ix_operation_state_kind", "state", "kind"),
    )

    @property
    def pieces(self) -> int:
        """How many pieces the operation covers."""
        if self.first_piece is None or self.last_piece is None:
            return 0
        return self.last_piece - self.first_piece + 1


class PresortBatch(Base):
    """Jobs sorted together. The plan (one immutable file) holds the pieces; piece n is its row n."""

    __tablename__ = "presort_batch"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    number: Mapped[str] = mapped_column(String(12), unique=True)
    state: Mapped[BatchState] = mapped_column(Word(BatchState))
    version: Mapped[int]
    mail_date: Mapped[date]
    mail_class: Mapped[str] = mapped_column(String(20))
    mail_shape: Mapped[str] = mapped_column(String(20))
    sort_plan: Mapped[str] = mapped_column(String(60))
    policy: Mapped[str] = mapped_column(String(20))  # top-down or least
    together: Mapped[UUID | None] = mapped_column(Uuid)  # the same in all print streams of one mailing
    envelope: Mapped[str] = mapped_column(String(20))
    weight_oz: Mapped[Decimal] = mapped_column(Numeric(8, 4))
    thickness_in: Mapped[Decimal] = mapped_column(Numeric(8, 4))
    pages_per_piece: Mapped[int | None]  # when all jobs agree
    pieces: Mapped[int | None]
    plan_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))
    mailer_id: Mapped[str | None] = mapped_column(String(9))
    service_type_id: Mapped[str | None] = mapped_column(String(3))
    first_serial: Mapped[int | None]
    payment: Mapped[str] = mapped_column(String(10), default="permit", server_default="permit")  # or metered
    residual_service_type_id: Mapped[str | None] = mapped_column(
        String(3)
    )  # of pieces that go on in another class
    residual_first_piece: Mapped[int | None]  # the first of them: they stand last in the mailing
    summary: Mapped[dict[str, Any]] = mapped_column(Json)  # levels, postage lines, editions, assumptions
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        words_check("state", BatchState),
        Index("ix_presort_batch_state_id", "state", "id"),
        Index("ix_presort_batch_together", "together", postgresql_where=text("together IS NOT NULL")),
        CheckConstraint("payment IN ('permit', 'metered')", name="payment"),
    )

    def service_type_of(self, piece: int) -> str | None:
        """The service type in a piece's barcode (from 1); None before the batch is planned."""
        goes_on_apart = self.residual_first_piece is not None and piece >= self.residual_first_piece
        return self.residual_service_type_id if goes_on_apart else self.service_type_id


class Hold(Base):
    """A stop with a reason and an owner, and what it stops; the job keeps its place."""

    __tablename__ = "hold"
    id: Mapped[int] = key_column()
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("presort_batch.id"))
    stops: Mapped[Stops] = mapped_column(Word(Stops))
    reason: Mapped[str] = mapped_column(String(40))
    words: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(String(200))
    placed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lifted_by: Mapped[str | None] = mapped_column(String(200))

    __table_args__ = (
        words_check("stops", Stops),
        Index("ix_hold_open_job", "job_id", postgresql_where=text("lifted_at IS NULL")),
        Index("ix_hold_open_batch", "batch_id", postgresql_where=text("lifted_at IS NULL")),
    )


class JobEvent(Base):
    """One change of state, or one thing worth telling. Never updated, never deleted."""

    __tablename__ = "job_event"
    id: Mapped[int] = key_column()
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("presort_batch.id"))
    operation_id: Mapped[int | None] = mapped_column(ForeignKey("operation.id"), index=True)
    event: Mapped[str] = mapped_column(String(60))
    from_state: Mapped[str | None] = mapped_column(String(40))
    to_state: Mapped[str | None] = mapped_column(String(40))
    actor: Mapped[str] = mapped_column(String(200))
    details: Mapped[dict[str, Any]] = mapped_column(Json)
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index("ix_job_event_job_id_id", "job_id", "id"),
        Index("ix_job_event_batch_id_id", "batch_id", "id"),
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
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("presort_batch.id"), index=True)
    unit: Mapped[str] = mapped_column(String(60))
    quantity: Mapped[Decimal] = mapped_column(Quantity)
    usage_date: Mapped[date]
    evidence: Mapped[dict[str, Any]] = mapped_column(Json)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        Index("ix_usage_job_id", "job_id"),
    )
