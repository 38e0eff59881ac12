"""What the evidence of a mailing that left is made of: everything recorded about it, read on one instant.

The packet itself is made outside any transaction (evidence_packet) and kept as a file of the mailing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from kernel.errors import Conflict
from kernel.money import Money
from production.dock.models import Delivery
from production.jobs import need_to_know
from production.jobs.models import Approval, Job, JobEvent, JobFile, JobFinding, Operation
from production.jobs.states import LotState, OperationCode
from production.mailings.models import Mailing
from production.mailings.planned import PlannedMailing
from production.mailings.streams import keep_paper, note, state_of, streams_of
from production.mailroom.maildat import put_together
from production.mailroom.maildat.kept import REPORT_ROLE, SET_ROLE
from production.mailroom.pieces.models import Spoil
from production.mailroom.pieces.reconcile import Reconciliation, account
from production.mailroom.streams.queries import PaperLine, papers
from store import outbox
from store.audit import AuditEntry
from store.db import UnitOfWork
from store.files import FileRef

OfJob = TypeVar("OfJob", JobFile, JobFinding, Approval)
ROLE = "evidence"
# Notes about documents made of the mailing and who looked at it: they may follow without the mailing changing.
NOT_OF_THE_MAILING = ("evidence", "maildat", need_to_know.OPENED)
_OVER = (LotState.DISPATCHED, LotState.DELIVERED)
_LIST_ROLES = ("template", "fields", "list", "repairs", "accepted_list", "rows_to_fix")


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
    """A mailing that left, with everything its packet tells; ``accounts`` and ``spoils`` by stream."""

    maildat: put_together.MaildatFacts
    papers: Sequence[PaperLine]
    maildat_sha256: str | None  # of the set kept with the mailing, when one was written
    prints: Sequence[Operation]
    files: Sequence[JobFile]
    findings: Sequence[JobFinding]
    approvals: Sequence[Approval]
    deliveries: Sequence[Delivery]
    spoils: Sequence[tuple[Spoil, str]]  # with the name of the stream
    events: Sequence[tuple[JobEvent, str]]
    accounts: Sequence[Reconciliation]
    audit: AuditEntry
    charges: Sequence[ChargeFact]

    @property
    def planned(self) -> PlannedMailing:
        """The mailing with its streams."""
        return self.maildat.planned

    @property
    def jobs(self) -> Sequence[Job]:
        """In the order of the joined plan."""
        return self.maildat.planned.jobs


def request_packet(uow: UnitOfWork, mailing: Mailing) -> None:
    """Ask for the packet. Conflict STATE before the whole mailing left."""
    _require_left(uow.session, mailing)
    outbox.request(uow, "evidence", mailing.ulid, asked=f"{uow.now:%Y%m%d%H%M%S%f}")


def read_facts(session: Session, mailing: Mailing, charges: Sequence[ChargeFact]) -> EvidenceFacts:
    """What the packet needs, on one instant of the database. Conflict STATE before the whole mailing left."""
    _require_left(session, mailing)
    facts = put_together.read_facts(session, mailing)
    planned = facts.planned
    ids, lots = [job.id for job in planned.jobs], [stream.id for stream in planned.streams]
    operations = session.scalars(
        select(Operation)
        .where(Operation.lot_id.in_(lots))
        .order_by(Operation.lot_id, Operation.step, Operation.segment, Operation.id)
    ).all()
    tickets = {operation.id: operation.ticket for operation in operations}
    events = session.scalars(select(JobEvent).where(JobEvent.lot_id.in_(lots)).order_by(JobEvent.id)).all()
    subjects = [stream.ulid for stream in planned.streams]
    subjects += [job.ulid for job in planned.jobs] + [row.ulid for row in operations]
    kept = papers(session, mailing.id)
    spoils = select(Spoil).where(Spoil.lot_id.in_(lots)).order_by(Spoil.lot_id, Spoil.piece, Spoil.attempt)
    return EvidenceFacts(
        maildat=facts,
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
            .where(or_(Delivery.mailing_id == mailing.id, Delivery.job_id.in_(ids)))
            .order_by(Delivery.id)
        ).all(),
        spoils=[(row, planned.names[row.lot_id]) for row in session.scalars(spoils)],
        events=[(event, tickets.get(event.operation_id or 0, "")) for event in events],
        accounts=[account(session, stream) for stream in planned.streams],
        audit=session.scalars(
            select(AuditEntry)
            .where(AuditEntry.ulid.in_(subjects), ~AuditEntry.act.in_(NOT_OF_THE_MAILING))
            .order_by(AuditEntry.number.desc())
            .limit(1)
        ).one(),
        charges=charges,
    )


def record_packet(uow: UnitOfWork, mailing: Mailing, ref: FileRef) -> None:
    """The packet as a file of its mailing; an earlier one gives way, its file stays."""
    keep_paper(uow, mailing.id, ROLE, ref, name=f"{mailing.number}-evidence.zip")
    note(uow, mailing.id, "evidence", sha256=ref.sha256)


def _of_revision(model: type[OfJob], ids: Sequence[int]) -> Select[OfJob]:
    """Rows of the jobs' present revisions."""
    is_present = (Job.id == model.job_id) & (Job.revision == model.revision)
    return select(model).join(Job, is_present).where(model.job_id.in_(ids))


def _require_left(session: Session, mailing: Mailing) -> None:
    if state_of(streams_of(session, mailing.id)) not in _OVER:
        raise Conflict(
            f"Mailing {mailing.number} has not left the plant yet.",
            code="STATE",
            remedy="The evidence of a mailing is made once all of it is dispatched.",
        )
