"""What is known of the addresses of each job: rows of evidence, and what they allow in a stream."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.findings import Finding, Severity
from postal.address.evidence import Evidence, EvidenceKind, EvidencePolicy, Judgment, ListEvidence, judge
from postal.plans.sort_plans import SortPlan
from production.jobs.models import Job
from store.columns import Base, Document, UtcDateTime, Word, choice_check, key_column
from store.db import UnitOfWork


class AddressEvidence(Base):
    """One act (matching or Move Update) on the list of one revision. ``file_sha256``: what the act left behind."""

    __tablename__ = "address_evidence"
    id: Mapped[int] = key_column()
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"))
    revision: Mapped[int]
    kind: Mapped[EvidenceKind] = mapped_column(Word(EvidenceKind))
    method: Mapped[str] = mapped_column(String(60))
    is_certified: Mapped[bool]
    software: Mapped[str] = mapped_column(String(200))
    processed_on: Mapped[date]
    file_sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))
    counts: Mapped[dict[str, int]] = mapped_column(Document(dict[str, int]))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        choice_check("kind", EvidenceKind),
        UniqueConstraint("job_id", "revision", "kind"),
        CheckConstraint("method <> '' AND software <> ''", name="named"),
    )


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a mailing of several lists may claim. ``automates``: by list, may its delivery points earn a price."""

    automates: tuple[bool, ...]
    assumptions: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def loses(self) -> bool:
        """Does any list lose a price?"""
        return not all(self.automates)


def record(uow: UnitOfWork, job: Job, evidence: Sequence[Evidence]) -> None:
    """The evidence of the present revision, instead of what an earlier attempt wrote. Files have their rows."""
    uow.session.execute(delete(AddressEvidence).filter_by(job_id=job.id, revision=job.revision))
    uow.session.add_all(
        AddressEvidence(
            job_id=job.id, revision=job.revision, kind=one.kind, method=one.method, is_certified=one.is_certified,
            software=one.software, processed_on=one.processed_on, file_sha256=one.sha256 or None,
            counts=dict(one.counts), recorded_at=uow.now,
        )
        for one in evidence
    )  # fmt: skip


def evidence_of(session: Session, jobs: Sequence[Job]) -> list[ListEvidence]:
    """What is known of each job's list in its present revision, in the order given."""
    rows = session.scalars(
        select(AddressEvidence)
        .where(AddressEvidence.job_id.in_([job.id for job in jobs]))
        .order_by(AddressEvidence.id)
    )
    by_list: dict[tuple[int, int], list[Evidence]] = defaultdict(list)
    for row in rows:
        by_list[row.job_id, row.revision].append(
            Evidence(
                row.kind, row.method, row.is_certified, row.software, row.processed_on, row.file_sha256 or "",
                row.counts,
            )
        )  # fmt: skip
    return [ListEvidence(job.number, tuple(by_list[job.id, job.revision])) for job in jobs]


@dataclass(frozen=True, slots=True)
class EvidenceFacts:
    """Who matched and updated a job's list and when, or that nobody certifies it."""

    job: str
    matching: str
    move_update: str


def evidence_facts(listed: ListEvidence) -> EvidenceFacts:
    """What is known of a list's addresses, for a screen."""
    return EvidenceFacts(
        listed.name, listed.words(EvidenceKind.MATCHING), listed.words(EvidenceKind.MOVE_UPDATE)
    )


def allow(
    plan: SortPlan,
    lists: Sequence[ListEvidence],
    *,
    mail_date: date,
    policy: EvidencePolicy,
    assume_missing: bool,
) -> Allowed:
    """What the lists may claim on a mailing date. Under the policy 'stop' the findings stop the mailing; under
    're-rate' they warn, and the lists concerned lose their delivery points.
    """
    verdicts = [judge(plan, one, mail_date=mail_date, assume_missing=assume_missing) for one in lists]
    return Allowed(
        automates=tuple(verdict.may_automate for verdict in verdicts),
        assumptions=tuple(sentence for verdict in verdicts for sentence in verdict.assumed),
        findings=tuple(
            Finding(found.code, severity, _sentence(found, verdict, severity), found.remedy)
            for verdict in verdicts
            for severity in [_severity(plan, verdict, policy)]
            for found in verdict.stops
        ),
    )


def _severity(plan: SortPlan, verdict: Judgment, policy: EvidencePolicy) -> Severity:
    """A plan that needs no delivery points cannot leave one list unsorted: without Move Update it stops."""
    is_residual = verdict.may_presort or "delivery-point" in plan.needs
    return Severity.WARN if policy is EvidencePolicy.RERATE and is_residual else Severity.STOP


def _sentence(found: Finding, verdict: Judgment, severity: Severity) -> str:
    if severity is Severity.STOP:
        return found.message
    lost = "its delivery points are not used" if verdict.may_presort else "its pieces cannot be presorted"
    return f"{found.message} So {lost}."
