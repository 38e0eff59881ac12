"""What a check leaves behind: findings, accepted rows, quote and proof of one revision, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import delete, func, select
from sqlalchemy.orm import aliased

from kernel.findings import Finding, FindingGroup, Severity
from kernel.money import Money
from production.frontdesk.address_matching import requests
from production.frontdesk.approving.approvals import asked_of, begin
from production.frontdesk.checks.joined_rows import SAME_HOUSEHOLD, SAME_PERSON, count
from production.frontdesk.orders.models import ProofPage, Quote
from production.frontdesk.orders.snapshot import QuoteSnapshot
from production.frontdesk.preparation.examine import Examination
from production.jobs.consent import GIVEN_ROLES
from production.jobs.lifecycle import advance
from production.jobs.models import Job, JobFile, JobFinding
from production.jobs.states import JobState
from production.mailings import address_evidence
from production.mailings.models import LetterJob
from store.db import UnitOfWork
from store.files import FileRef, record_file


@dataclass(frozen=True, slots=True)
class KeptProof:
    """A proof page as kept: the image of one page of one chosen record."""

    ref: FileRef
    why: str
    source_row: int
    page: int


@dataclass(frozen=True, slots=True)
class Offer:
    """A quote to be frozen, with the pages to look at."""

    snapshot: QuoteSnapshot
    total: Money
    postage: Money
    single_piece_postage: Money
    proofs: Sequence[KeptProof]
    mail_shape: str
    sort_plan: str


@dataclass(slots=True)
class Preparation:
    """The outcome of one check. ``files`` by role: accepted_list, joined_rows, rows_to_fix, proof, address_changes."""

    revision: int
    examination: Examination
    accepted: int
    files: dict[str, tuple[FileRef, str, int | None]] = field(default_factory=dict)
    offer: Offer | None = None


def expected_usage(*, rows: int, pieces: int, pages: int, is_inserted: bool) -> list[tuple[str, int]]:
    """What a mailing will use, in the units its actual usage is recorded in."""
    used = [
        ("job.setup", 1),
        ("list.record", rows),
        ("presort.piece", pieces),
        ("print.impression", pieces * pages),
    ]
    return [*used, ("fold_insert.piece", pieces)] if is_inserted else used


def may_go_on(examination: Examination, *, accept_findings: bool) -> bool:
    """Nothing stops or is awaited, and rows that cannot be mailed were accepted as such by the requester."""
    if examination.awaits_matching:
        return False
    return not examination.stops and (accept_findings or Severity.ROW.value not in examination.severities)


def record(uow: UnitOfWork, job: LetterJob, outcome: Preparation) -> None:
    """Write the outcome and advance the job. A job changed since then keeps its newer revision's fate."""
    if job.revision != outcome.revision or job.state is not JobState.SUBMITTED:
        return
    forget_earlier_attempt(uow, job)
    found = outcome.examination
    found.add("list", _known_list(uow, job))
    for source, groups in found.groups.items():
        uow.session.add_all(_finding_row(job, source, group) for group in groups)
    for role, (ref, name, pages) in outcome.files.items():
        row = JobFile(
            job_id=job.id, revision=job.revision, role=role, sha256=record_file(uow, ref),
            given_name=name, pages=pages,
        )  # fmt: skip
        uow.session.add(row)
    address_evidence.record(uow, job, found.evidence)
    job.rows_in, job.pieces = found.rows_in, outcome.accepted
    job.rows_to_fix, job.military_pieces = found.fixes, found.military
    job.repeats_joined = count(found.joined, SAME_PERSON)
    job.households_joined = count(found.joined, SAME_HOUSEHOLD)
    if found.mapping:
        job.options = job.options.model_copy(update={"mapping": found.mapping})
    if found.letter is not None and found.compiled is not None:
        job.pages = found.compiled.pages
        job.weight_oz, job.thickness_in = (
            found.letter.mailpiece.weight_oz,
            found.letter.mailpiece.thickness_in,
        )
    if found.awaits_matching:
        requests.ask(uow, job, outcome.files["accepted_list"][0], rows=outcome.accepted)
        return
    if outcome.offer is None:
        advance(uow, job, "ask_fix", pieces=outcome.accepted)
        return
    job.mail_shape, job.sort_plan = outcome.offer.mail_shape, outcome.offer.sort_plan
    _record_offer(uow, job, outcome.offer)
    advance(
        uow, job, "show_proof", pieces=outcome.accepted, total=outcome.offer.total.plain, **asked_of(uow, job)
    )
    begin(uow, job)


def _record_offer(uow: UnitOfWork, job: Job, offer: Offer) -> None:
    uow.session.add(
        Quote(
            job_id=job.id,
            revision=job.revision,
            total=offer.total,
            postage=offer.postage,
            single_piece_postage=offer.single_piece_postage,
            snapshot=offer.snapshot,
            made_at=uow.now,
        )
    )
    for position, proof in enumerate(offer.proofs, start=1):
        uow.session.add(
            ProofPage(
                job_id=job.id,
                revision=job.revision,
                position=position,
                why=proof.why,
                source_row=proof.source_row,
                page=proof.page,
                sha256=record_file(uow, proof.ref),
            )
        )


def _known_list(uow: UnitOfWork, job: Job) -> list[Finding]:
    """DUPLICATE_FILE when an earlier job of the agency that is not canceled was given the very same list."""
    earlier = aliased(JobFile)
    query = (
        select(Job.number, Job.due)
        .join(
            earlier,
            (earlier.job_id == Job.id) & (earlier.revision == Job.revision) & (earlier.role == "list"),
        )
        .join(JobFile, JobFile.sha256 == earlier.sha256)
        .where(Job.agency_id == job.agency_id, Job.id < job.id, Job.state != JobState.CANCELLED)
        .where(JobFile.job_id == job.id, JobFile.revision == job.revision, JobFile.role == "list")
        .order_by(Job.id.desc())
    )
    return [
        Finding(
            "DUPLICATE_FILE", Severity.WARN, f"Job {number} has the same list, to be mailed on {mail_date:%Y-%m-%d}.",
            "Make sure that these people are to get a second letter.",
        )
        for number, mail_date in uow.session.execute(query.limit(1))
    ]  # fmt: skip


def forget_earlier_attempt(uow: UnitOfWork, job: Job) -> None:
    """What an earlier check of the same revision left."""
    for model in (JobFinding, Quote, ProofPage):
        uow.session.execute(delete(model).filter_by(job_id=job.id, revision=job.revision))
    # A first check before the addresses went outside has left some.
    made = func.split_part(JobFile.role, ".", 1).not_in(GIVEN_ROLES)
    uow.session.execute(delete(JobFile).filter_by(job_id=job.id, revision=job.revision).where(made))


def _finding_row(job: Job, source: str, group: FindingGroup) -> JobFinding:
    return JobFinding(
        job_id=job.id,
        revision=job.revision,
        source=source,
        code=group.code,
        severity=group.severity,
        message=group.message,
        remedy=group.remedy,
        count=group.count,
        places=group.places,
    )
