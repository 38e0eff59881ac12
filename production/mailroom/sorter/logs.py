"""Run logs of the sorter: kept as given, read in a limited child process, taken in whole and once, or refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.clock import business_date
from kernel.errors import Conflict, InvalidInput, NotFound
from kernel.findings import Finding, Severity, stops
from kernel.ids import new_ulid
from postal.barcode_sorter.check import LogFigures
from production.jobs import lifecycle
from production.jobs.models import Job
from production.jobs.route import jobs_of
from production.jobs.states import LotState
from production.jobs.states import SorterLogState as S
from production.mailings.models import PresortStream
from production.mailroom.sorter.child import READS, ReadLog
from production.mailroom.sorter.models import SorterLog, SorterRun
from production.mailroom.sorter.runs import PLAN_NAME
from store import outbox
from store.db import UnitOfWork
from store.files import FileRef, FileStore, record_file
from store.limited.sandbox import run_limited

ARROW = "application/vnd.apache.arrow.file"
LOG = lifecycle.register(
    SorterLog,
    [
        (S.READING, "take", S.TAKEN, "Read, found whole, taken in"),
        (S.READING, "refuse", S.REFUSED, "Nothing was taken in: findings say why"),
        (S.TAKEN, "discard", S.DISCARDED, "Taken back by the operator before the account was closed"),
    ],
)


@dataclass(frozen=True, slots=True)
class LogFacts:
    """A log with what it is compared with, read before the work; ``tags``: the jobs in the order of the run."""

    log: SorterLog
    stream: PresortStream
    run: SorterRun
    tags: Sequence[str]


@dataclass(frozen=True, slots=True)
class LogRead:
    """What the child process found."""

    facts: LogFacts
    findings: Sequence[Finding]
    figures: LogFigures
    reads: FileRef | None


def give_log(uow: UnitOfWork, stream: PresortStream, ref: FileRef, *, given_name: str) -> SorterLog:
    """Ask for a kept file to be read as a log of this run. Conflict STATE without a bin plan or after closing;
    InvalidInput SORTER_LOG_TWICE for content that was given before.
    """
    run = lock_open(uow, stream)
    if run.plan_sha256 is None:
        raise Conflict("The run has no bin plan yet.", code="STATE")
    query = select(SorterLog).where(SorterLog.sha256 == ref.sha256, SorterLog.state.in_((S.READING, S.TAKEN)))
    first = uow.session.scalars(query).first()
    if first is not None:
        sentence = (
            f"This file was given on {business_date(first.given_at):%m/%d/%Y} as {first.given_name}. "
            "Nothing was taken in again."
        )
        finding = Finding("SORTER_LOG_TWICE", Severity.STOP, sentence)
        raise InvalidInput(sentence, code="SORTER_LOG_TWICE", findings=[finding])
    log = SorterLog(
        ulid=new_ulid(uow.now), run_id=stream.id, sha256=record_file(uow, ref), given_name=given_name[:255],
        state=S.READING, version=1, figures=LogFigures(), findings=(), given_by=uow.actor.name, given_at=uow.now,
    )  # fmt: skip
    uow.session.add(log)
    uow.session.flush()  # the event names the log
    lifecycle.note(uow, log, "log_given", name=log.given_name)
    outbox.request(uow, "sorter_log", log.ulid)
    return log


def discard_log(uow: UnitOfWork, log: SorterLog, *, reason: str) -> None:
    """Take a log back that was taken in, with a reason; possible until the account is closed."""
    stream = uow.session.get_one(PresortStream, log.run_id)
    lock_open(uow, stream)
    if not reason.strip():
        raise InvalidInput("Say why the log is taken back.", code="REASON")
    lifecycle.advance(uow, log, "discard", reason=reason.strip()[:200])
    lifecycle.note(uow, stream, "log_discarded", name=log.given_name, reason=reason.strip()[:200])


def read_facts(session: Session, log: SorterLog) -> LogFacts:
    """The log, its run and the tags it may carry."""
    stream = session.get_one(PresortStream, log.run_id)
    return LogFacts(
        log=log,
        stream=stream,
        run=session.get_one(SorterRun, stream.id),
        tags=[job.number for job in jobs_of(session, stream, Job)],
    )


def read_log(files: FileStore, facts: LogFacts, folder: Path) -> LogRead:
    """Read in the child process: findings, figures, and the file of what was read."""
    assert facts.run.plan_sha256  # a log is given to a run with a plan  # noqa: S101
    ran = run_limited(
        "production.mailroom.sorter.child.read_log",
        {
            "path": str(files.checked_path(facts.log.sha256)),
            "plan_path": str(files.checked_path(facts.run.plan_sha256)),
            "machine": facts.run.machine,
            "run": facts.stream.number,
            "plan": plan_name(facts.run),
            "tags": list(facts.tags),
            "out": str(folder),
        },
        ReadLog,
        memory_bytes=4 << 30,  # columns of some millions of rows
        cpu_seconds=120,
        wall_seconds=180,
        output_bytes=1 << 30,
    )
    if not ran.is_ok:
        finding = ran.finding(
            "SORTER_LOG_FORMAT", "The log could not be read.", "Export it from the machine again."
        )
        return LogRead(facts, [finding], LogFigures(), None)
    reads = None if stops(ran.value.findings) else files.keep(folder / READS, ARROW)
    return LogRead(facts, ran.value.findings, ran.value.figures, reads)


def record_log(uow: UnitOfWork, read: LogRead) -> None:
    """Taken in or refused, in one transaction; refused too when it overlaps a log taken in meanwhile, or the
    account was closed.
    """
    stream = uow.session.get_one(PresortStream, read.facts.stream.id, with_for_update=True)
    run = uow.session.get_one(SorterRun, stream.id)
    log = uow.session.get_one(SorterLog, read.facts.log.id)
    findings = list(read.findings)
    if not stops(findings):
        findings = [*_against_others(uow.session, log, read.figures), *findings]
    if run.closed_at is not None or stream.state is not LotState.PLANNING:
        findings.append(Finding("STATE", Severity.STOP, "The account of the run was closed meanwhile."))
    log.findings = tuple(findings)
    if stops(findings):
        lifecycle.advance(uow, log, "refuse", codes=[finding.code for finding in findings])
        lifecycle.note(uow, stream, "log_refused", name=log.given_name)
        return
    assert read.reads  # kept with every log that is sound  # noqa: S101
    log.figures, log.reads_sha256 = read.figures, record_file(uow, read.reads)
    lifecycle.advance(uow, log, "take", feeds=len(read.figures.feeds))
    lifecycle.note(uow, stream, "log_taken", name=log.given_name)


def logs_of(session: Session, stream: PresortStream) -> Sequence[SorterLog]:
    """Every log given for a run, in order."""
    return session.scalars(select(SorterLog).filter_by(run_id=stream.id).order_by(SorterLog.id)).all()


def find_log(session: Session, stream: PresortStream, log_id: int) -> SorterLog:
    """A log of this run, or NotFound."""
    log = session.scalars(select(SorterLog).filter_by(run_id=stream.id, id=log_id)).first()
    if log is None:
        raise NotFound("The run has no such log.")
    return log


def plan_name(run: SorterRun) -> str:
    """The name of the bin plan that the machine's log repeats."""
    return (run.plan_sha256 or "")[:PLAN_NAME]


def lock_open(uow: UnitOfWork, stream: PresortStream) -> SorterRun:
    """The run, locked, while its account is open. Conflict STATE afterwards."""
    uow.session.refresh(stream, with_for_update=True)
    run = uow.session.get_one(SorterRun, stream.id)
    uow.session.refresh(run)
    if run.closed_at is not None or stream.state is not LotState.PLANNING:
        raise Conflict("The account of this run is closed.", code="STATE")
    return run


def _against_others(session: Session, log: SorterLog, figures: LogFigures) -> list[Finding]:
    """Sequence numbers that another log of the run has in the same feed."""
    others = select(SorterLog).where(
        SorterLog.run_id == log.run_id, SorterLog.state == S.TAKEN, SorterLog.id != log.id
    )
    found = []
    for other in session.scalars(others.order_by(SorterLog.id)):
        for feed, mine in figures.feeds.items():
            theirs = other.figures.feeds.get(feed)
            if theirs and mine.first <= theirs.last and theirs.first <= mine.last:
                sentence = f"Feed {feed} has sequence numbers that {other.given_name} has too."
                remedy = "Give each piece once: take the other log back, or export the rest alone."
                found.append(Finding("SORTER_LOG_SEQUENCE", Severity.STOP, sentence, remedy))
    return found
