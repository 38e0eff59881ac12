"""A run of the barcode sorter: mail of one kind as one stream, and its bin plan from the expected density."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import clock
from kernel.errors import Conflict, InvalidInput, NotFound
from kernel.findings import Finding, Severity, stops
from kernel.ids import new_ulid
from postal.barcode_sorter.bin_plan import BinPlan, Sorter, plan_bins
from postal.barcode_sorter.bin_plan_file import bin_plan_bytes, read_bin_plan
from postal.barcode_sorter.density import Density
from postal.data.mail_days import require_mail_day
from postal.piece.mailpiece import Mailpiece
from postal.sorting.presort import TOP_DOWN
from postal.sorting.volume import PERMIT
from production.catalog.piece_weight import envelopes
from production.catalog.shop_calendar import shop_calendar
from production.jobs.lifecycle import advance, note
from production.jobs.models import LotShare
from production.jobs.numbering import new_lot_number
from production.jobs.route import new_operation
from production.jobs.states import (
    JobState,
    LotState,
    OperationCode,
    OperationState,
    SorterLogState,
)
from production.mailings import nonprofit
from production.mailings.accepted import read_accepted
from production.mailings.models import PresortStream, SorterStream
from production.mailings.opening import open_mailing
from production.mailings.shop import ShopProfile, shop_in_force, shop_profile, shop_rules
from production.mailings.stream_summary import StreamSummary
from production.mailroom.sorter.child import ReadDensity
from production.mailroom.sorter.models import SorterDrop, SorterLog, SorterRun
from production.mailroom.streams.building import ONE_RUN, misfits, refuse_too_few
from store import outbox
from store.db import UnitOfWork
from store.files import FileRef, FileStore, record_file
from store.limited.sandbox import run_limited

PLAN_NAME = 12  # characters of the bin plan's hash that the machine's log repeats
EARLIER_RUNS = 5  # whose reads tell what to expect
FROM_RUNS = "earlier runs of the sorter"


@dataclass(frozen=True, slots=True)
class RunWishes:
    """The machine as it will be used; ``density`` a file of ZIPs and pieces, None = as earlier runs read.
    ``payment``: of the whole mailing; it can still be changed when the account is closed.
    """

    machine: str
    bins: int
    passes: int
    stacker_pieces: int = 0
    density: FileRef | None = None
    density_name: str = ""
    payment: str = PERMIT


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What the bin plan needs, read before the work; ``reads``: files of what earlier runs read."""

    stream: PresortStream
    run: SorterRun
    profile: ShopProfile
    expected: int
    reads: Sequence[str]


@dataclass(frozen=True, slots=True)
class BinsPlanned:
    """The bin plan as kept, or what stands in its way."""

    facts: RunFacts
    ref: FileRef | None
    findings: Sequence[Finding]


def make_run(
    uow: UnitOfWork, files: FileStore, jobs: Sequence[SorterDrop], wishes: RunWishes
) -> PresortStream:
    """One stream of mail brought in, its bin plan asked for. InvalidInput BATCH_EMPTY, BATCH_MISFIT, SORTER_MACHINE,
    SORTER_DENSITY, MAIL_DATE, PERMIT_MINIMUM (by the pieces counted in); Conflict STATE for a job that is not mail
    waiting for the sorter.
    """
    if not jobs:
        raise InvalidInput("Choose at least one drop of mail.", code="BATCH_EMPTY")
    jobs = sorted(jobs, key=lambda job: job.number)
    unready = [job.number for job in jobs if (job.state, job.lot_id) != (JobState.APPROVED, None)]
    if unready:
        raise Conflict(f"Not waiting for the sorter: {', '.join(unready)}.", code="STATE")
    findings = misfits(jobs, ONE_RUN)
    if findings:
        raise InvalidInput("This mail cannot share a run.", code="BATCH_MISFIT", findings=findings)
    head = jobs[0]
    facts = head.facts
    require_mail_day(head.mail_date)
    mail = [(job.pieces, job.weight_oz) for job in jobs if job.pieces and job.weight_oz]
    in_force = shop_in_force(files, shop_profile(uow.session), head.mail_date)
    refuse_too_few(mail, in_force, wishes.payment)
    nonprofit.require(uow.session, [job.agency for job in jobs], facts.sort_plan, head.mail_date)
    mailing = open_mailing(
        uow, mail_date=head.mail_date, mail_class=facts.mail_class, mail_shape=facts.mail_shape,
        sort_plan=facts.sort_plan, policy=TOP_DOWN, payment=wishes.payment,
    )  # fmt: skip
    ready_by = shop_calendar(uow.session).ready_by(head.mail_date)
    stream = SorterStream(
        ulid=new_ulid(uow.now), number=new_lot_number(uow, clock.business_date(uow.now)),
        state=LotState.PLANNING, version=1, ready_by=ready_by, mailing=mailing,
        envelope=facts.envelope, weight_oz=facts.weight_oz, thickness_in=facts.thickness_in,
        summary=StreamSummary(), created_at=uow.now,
    )  # fmt: skip
    uow.session.add(stream)
    uow.session.flush()  # the run, jobs and operations name the stream
    run = SorterRun(lot_id=stream.id, machine="", bins=0, passes=0, stacker_pieces=0, attempt=0,
                    density_words="", findings=())  # fmt: skip
    uow.session.add(run)
    for position, job in enumerate(jobs):
        job.hand_sorted = job.returned = 0
        share = LotShare(lot_id=stream.id, position=position, job_id=job.id, quantity=job.counted)
        uow.session.add(share)
        job.lot_id = stream.id
        advance(uow, job, "release", stream=stream.number)
    for kind in (OperationCode.SORT, OperationCode.PRESORT):
        uow.session.add(new_operation(uow, stream, kind, OperationState.READY))
    plan_again(uow, stream, run, wishes)
    return stream


def plan_again(uow: UnitOfWork, stream: PresortStream, run: SorterRun, wishes: RunWishes) -> None:
    """Ask for a bin plan with these wishes; possible until a log is given. InvalidInput SORTER_MACHINE,
    SORTER_DENSITY; Conflict STATE.
    """
    uow.session.flush()  # a run made in this transaction can be locked like any other
    uow.session.refresh(run, with_for_update=True)
    given = select(SorterLog.id).where(
        SorterLog.run_id == stream.id, SorterLog.state.in_((SorterLogState.READING, SorterLogState.TAKEN))
    )
    if stream.state is not LotState.PLANNING or uow.session.scalars(given.limit(1)).first() is not None:
        raise Conflict("The run has begun: its bin plan stays as it is.", code="STATE")
    if not wishes.machine.strip():
        raise InvalidInput("Say which machine it is.", code="SORTER_MACHINE")
    if wishes.density is None and not earlier_reads(uow.session, before=stream):
        raise InvalidInput(
            "No earlier run of the sorter tells how the mail is spread.",
            code="SORTER_DENSITY",
            remedy="Give a file with ZIP Codes and expected pieces.",
        )
    run.machine, run.bins, run.passes = wishes.machine.strip()[:40], wishes.bins, wishes.passes
    run.stacker_pieces, run.attempt = wishes.stacker_pieces, run.attempt + 1
    run.density_sha256 = record_file(uow, wishes.density) if wishes.density else None
    run.density_words = (wishes.density_name or "a file")[:255] if wishes.density else FROM_RUNS
    run.plan_sha256, run.findings = None, ()
    note(uow, stream, "bins_asked", machine=run.machine, bins=run.bins, passes=run.passes)
    outbox.request(uow, "sorter_plan", stream.ulid, attempt=run.attempt)


def find_run(session: Session, number: str) -> tuple[PresortStream, SorterRun]:
    """The run of a stream number. NotFound for a stream that is not sorted on the machine."""
    query = select(PresortStream, SorterRun).join(SorterRun, SorterRun.lot_id == PresortStream.id)
    found = session.execute(query.where(PresortStream.number == number)).first()
    if found is None:
        raise NotFound("There is no such run of the sorter.")
    return found[0], found[1]


def read_facts(session: Session, stream: PresortStream) -> RunFacts:
    """The run with what it may expect."""
    counted = select(SorterDrop.counted).where(SorterDrop.lot_id == stream.id)
    return RunFacts(
        stream=stream,
        run=session.get_one(SorterRun, stream.id),
        profile=shop_profile(session),
        expected=sum(session.scalars(counted)),
        reads=earlier_reads(session, before=stream),
    )


def earlier_reads(session: Session, *, before: PresortStream | None = None) -> Sequence[str]:
    """Files of what the latest runs read, newest first."""
    runs = select(SorterLog.run_id).filter_by(state=SorterLogState.TAKEN)
    if before is not None:
        runs = runs.where(SorterLog.run_id < before.id)
    latest = runs.group_by(SorterLog.run_id).order_by(SorterLog.run_id.desc()).limit(EARLIER_RUNS)
    query = select(SorterLog.reads_sha256).where(
        SorterLog.run_id.in_(latest), SorterLog.state == SorterLogState.TAKEN
    )
    return [sha256 for sha256 in session.scalars(query.order_by(SorterLog.id.desc())) if sha256]


def make_bins(files: FileStore, facts: RunFacts) -> BinsPlanned:
    """Density in, bin plan out: a file by its hash, or findings that stop it."""
    try:
        plan = plan_bins(
            _density(files, facts),
            shop_rules(
                facts.profile,
                facts.stream.sort_plan,
                shop_in_force(files, facts.profile, facts.stream.mail_date),
            ),
            mailpiece=mailpiece_of(facts.stream),
            sorter=Sorter(facts.run.bins, facts.run.passes, facts.run.stacker_pieces),
        )
    except InvalidInput as error:
        stop = Finding(error.instance_code, Severity.STOP, error.sentence, error.remedy)
        return BinsPlanned(facts, None, [stop, *error.findings])
    return BinsPlanned(facts, files.keep_bytes(bin_plan_bytes(plan), "application/json"), plan.findings)


def record_bins(uow: UnitOfWork, planned: BinsPlanned) -> None:
    """The bin plan in rows; nothing when another was asked for meanwhile or the run was dissolved."""
    stream = uow.session.get_one(PresortStream, planned.facts.stream.id, with_for_update=True)
    run = uow.session.get_one(SorterRun, stream.id)
    if stream.state is not LotState.PLANNING or run.attempt != planned.facts.run.attempt:
        return
    run.findings = tuple(planned.findings)
    run.plan_sha256 = record_file(uow, planned.ref) if planned.ref else None
    note(uow, stream, "bins_planned" if planned.ref else "bins_refused")


def bin_plan_of(files: FileStore, run: SorterRun) -> BinPlan:
    """The bin plan of a run that has one."""
    assert run.plan_sha256  # asked only where it is  # noqa: S101
    return read_bin_plan(files.path(run.plan_sha256).read_bytes())


def mailpiece_of(stream: PresortStream) -> Mailpiece:
    """The piece all jobs of a stream share."""
    envelope = envelopes()[stream.envelope]
    return envelope.mailpiece(thickness_in=stream.thickness_in, weight_oz=stream.weight_oz)


def _density(files: FileStore, facts: RunFacts) -> Density:
    if facts.run.density_sha256 is None:
        return _as_before(files, facts)
    ran = run_limited(
        "production.mailroom.sorter.child.read_density",
        {"path": str(files.checked_path(facts.run.density_sha256))},
        ReadDensity,
        memory_bytes=2 << 30,
    )
    if not ran.is_ok:
        finding = ran.finding("SORTER_DENSITY", "The density cannot be read.", "Save it again as CSV.")
        code = finding.code if ran.refusal is None else "SORTER_DENSITY"
        raise InvalidInput(finding.message, code=code, findings=[finding], remedy=finding.remedy)
    read = ran.value
    if stops(read.findings):
        raise InvalidInput("The density cannot be read.", code="SORTER_DENSITY", findings=list(read.findings))
    return Density.of(read.zip5, read.pieces, read.findings)


def _as_before(files: FileStore, facts: RunFacts) -> Density:
    """The reads of earlier runs, scaled to the pieces counted in; the sum stays exact."""
    zips = np.concatenate([zips_read(files, sha256) for sha256 in facts.reads])
    found, counts = np.unique(zips, return_counts=True)
    upto = np.cumsum(counts) * facts.expected // len(zips)
    return Density.of(found, np.diff(upto, prepend=0))


def zips_read(files: FileStore, sha256: str) -> np.ndarray:
    """ZIPs of a file of reads."""
    table = read_accepted(files.checked_path(sha256))
    shift = table.column("digits").to_numpy().astype(np.int64) - 5
    zips: np.ndarray = table.column("routing").to_numpy() // 10**shift
    return zips
