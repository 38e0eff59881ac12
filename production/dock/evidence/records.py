"""What the evidence of a batch that left is made of: everything recorded about it, read on one instant.

The packet itself is made outside any transaction (evidence_packet) and kept as a file of the batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Select, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kernel.errors import Conflict
from kernel.money import Money
from production.dock.models import Delivery
from production.frontdesk.orders.models import Approval
from production.jobs import lifecycle, need_to_know
from production.jobs.models import Job, JobEvent, JobFile, JobFinding, Operation
from production.jobs.states import LotState, OperationCode
from production.mailroom.maildat import put_together
from production.mailroom.maildat.kept import REPORT_ROLE, SET_ROLE
from production.mailroom.pieces.models import Spoil
from production.mailroom.pieces.reconcile import Reconciliation, account
from production.mailroom.streams.models import BatchFile, PresortStream
from production.mailroom.streams.queries import PaperLine, papers
from store import outbox
from store.audit import AuditEntry
from store.db import UnitOfWork
from store.files import FileRef, record_file

OfJob = TypeVar("OfJob", JobFile, JobFinding, Approval)
ROLE = "evidence"
# Notes about documents made of the batch and who looked at it: they may follow without the mailing changing.
NOT_OF_THE_MAILING = ("evidence", "maildat", need_to_know.OPENED)
_OVER = (LotState.DISPATCHED, LotState.DELIVERED)
_LIST_ROLES = ("template", "fields", "list", "accepted_list", "rows_to_fix")


@dataclass(frozen=True, slots=True)
class ChargeFact:
    """A charge as the accounts office tells it; texts, so that the packet needs nothing of its rooms."""

    job: str
    agency: str
    bill_code: str
    unit: str
    quantity: str
    rate: str
    money: Money
    usage_date: str
    period: str
    suspended_for: str
    is_reversal: bool


@dataclass(frozen=True, slots=True)
class EvidenceFacts:
    """A batch that left, with everything its packet tells."""

    maildat: put_together.MaildatFacts
    jobs: Sequence[Job]
    papers: Sequence[PaperLine]
    maildat_sha256: str | None  # of the set kept with the batch, when one was written
    prints: Sequence[Operation]
    files: Sequence[JobFile]
    findings: Sequence[JobFinding]
    approvals: Sequence[Approval]
    deliveries: Sequence[Delivery]
    spoils: Sequence[Spoil]
    events: Sequence[tuple[JobEvent, str]]
    account: Reconciliation
    audit: AuditEntry
    charges: Sequence[ChargeFact]

    @property
    def batch(self) -> PresortStream:
        """The batch."""
        return self.maildat.batch


def request_packet(uow: UnitOfWork, batch: PresortStream) -> None:
    """Ask for the packet. Conflict STATE before the batch left."""
    _require_left(batch)
    outbox.request(uow, "evidence", batch.ulid, asked=f"{uow.now:%Y%m%d%H%M%S%f}")


def read_facts(session: Session, number: str, charges: Sequence[ChargeFact]) -> EvidenceFacts:
    """What the packet needs, on one instant of the database. NotFound; Conflict STATE before the batch left."""
    facts = put_together.read_facts(session, number)
    batch = facts.batch
    _require_left(batch)
    jobs = [session.get_one(Job, part.job_id) for part in facts.slices]
    ids = [job.id for job in jobs]
    operations = session.scalars(
        select(Operation).filter_by(lot_id=batch.id).order_by(Operation.step, Operation.segment, Operation.id)
    ).all()
    tickets = {operation.id: operation.ticket for operation in operations}
    events = session.scalars(select(JobEvent).filter_by(lot_id=batch.id).order_by(JobEvent.id)).all()
    subjects = [batch.ulid, *(job.ulid for job in jobs), *(row.ulid for row in operations)]
    kept = papers(session, number)
    return EvidenceFacts(
        maildat=facts,
        jobs=jobs,
        papers=[paper for paper in kept if paper.role not in (ROLE, SET_ROLE, REPORT_ROLE)],
        maildat_sha256=next((paper.sha256 for paper in kept if paper.role == SET_ROLE), None),
        prints=[row for row in operations if row.type == OperationCode.MERGE and row.file_sha256],
        files=session.scalars(
            _of_revision(JobFile, ids)
            .where(JobFile.role.in_(_LIST_ROLES))
            .order_by(JobFile.job_id, JobFile.role)
        ).all(),
        findings=session.scalars(_of_revision(JobFinding, ids).order_by(JobFinding.id)).all(),
        approvals=session.scalars(
            _of_revision(Approval, ids).where(Approval.voided_at.is_(None)).order_by(Approval.id)
        ).all(),
        deliveries=session.scalars(
            select(Delivery)
            .where(or_(Delivery.lot_id == batch.id, Delivery.job_id.in_(ids)))
            .order_by(Delivery.id)
        ).all(),
        spoils=session.scalars(
            select(Spoil).filter_by(lot_id=batch.id).order_by(Spoil.piece, Spoil.attempt)
        ).all(),
        events=[(event, tickets.get(event.operation_id or 0, "")) for event in events],
        account=account(session, batch),
        audit=session.scalars(
            select(AuditEntry)
            .where(AuditEntry.ulid.in_(subjects), ~AuditEntry.act.in_(NOT_OF_THE_MAILING))
            .order_by(AuditEntry.number.desc())
            .limit(1)
        ).one(),
        charges=charges,
    )


def record_packet(uow: UnitOfWork, lot_id: int, ref: FileRef) -> None:
    """The packet as a file of its batch; an earlier one gives way, its file stays."""
    batch = uow.session.get_one(PresortStream, lot_id)
    row = {"sha256": record_file(uow, ref), "given_name": f"{batch.number}-evidence.zip", "pages": None}
    uow.session.execute(
        insert(BatchFile)
        .values(lot_id=lot_id, role=ROLE, **row)
        .on_conflict_do_update(index_elements=["lot_id", "role"], set_=row)
    )
    lifecycle.note(uow, batch, "evidence", sha256=ref.sha256)


def _of_revision(model: type[OfJob], ids: Sequence[int]) -> Select[OfJob]:
    """Rows of the jobs' present revisions."""
    is_present = (Job.id == model.job_id) & (Job.revision == model.revision)
    return select(model).join(Job, is_present).where(model.job_id.in_(ids))


def _require_left(batch: PresortStream) -> None:
    if batch.state not in _OVER:
        raise Conflict(
            f"Batch {batch.number} has not left the plant yet.",
            code="STATE",
            remedy="The evidence of a mailing is made once it is dispatched.",
        )
