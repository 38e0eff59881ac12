"""Addresses of a job that go outside: asked for with the check, answered in turns, applied by the next check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pyarrow as pa
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import InvalidInput
from kernel.findings import Finding, Severity
from kernel.ids import new_ulid, show_ulid
from production.frontdesk.address_matching.base import (
    AdapterName,
    Asked,
    Matched,
    Waiting,
    addresses_of,
    counts_of,
    require_form,
)
from production.frontdesk.address_matching.models import AddressMatch
from production.jobs import stopped_work
from production.jobs.models import Job, Lot
from production.mailings.accepted import read_accepted
from production.mailings.models import LetterJob
from store import outbox
from store.db import UnitOfWork
from store.files import FileRef, FileStore, record_file

TASK = "match_addresses"
_ARROW = "application/vnd.apache.arrow.file"
_REPORT = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Turn:
    """How one turn ended, with its files kept: an answer, a part of one, or a refusal."""

    answer: Matched | Waiting | InvalidInput
    rows: FileRef | None = None
    report: FileRef | None = None


def ask(uow: UnitOfWork, job: LetterJob, accepted: FileRef, *, rows: int) -> AddressMatch:
    """The accepted rows of a job are to be matched by whom the order names. An answer that an earlier revision had
    for the very same rows serves again, with its age.
    """
    run = AddressMatch(
        ulid=new_ulid(uow.now), job_id=job.id, revision=job.revision,
        adapter=AdapterName(job.options.matching), input_sha256=record_file(uow, accepted), rows=rows, done=0,
        turns=0, evidence=(), refusal=(), requested_at=uow.now,
        due_at=uow.now,
    )  # fmt: skip
    uow.session.add(run)
    earlier = _answered_before(uow.session, run)
    if earlier is None:
        _next_turn(uow, run)
        return run
    run.result_sha256, run.report_sha256 = earlier.result_sha256, earlier.report_sha256
    run.done, run.evidence, run.sent_at = earlier.done, earlier.evidence, earlier.sent_at
    _end(uow, run)
    return run


def run_of(session: Session, job: Job) -> AddressMatch | None:
    """The run of the present revision."""
    return session.scalars(select(AddressMatch).filter_by(job_id=job.id, revision=job.revision)).first()


def asked_of(files: FileStore, run: AddressMatch, *, turn: int) -> Asked:
    """What the adapter is asked: the rows by their hash, and what it gave so far."""
    accepted = read_accepted(files.checked_path(run.input_sha256))
    done = read_accepted(files.checked_path(run.result_sha256)) if run.result_sha256 else None
    return Asked(addresses_of(accepted), request_name(run), turn=turn, done=done)


def result_of(files: FileStore, run: AddressMatch) -> Matched:
    """The result of an ended run; its hash is the evidence's file, and its counts are those of the rows."""
    assert run.result_sha256  # a run that ended well has one  # noqa: S101
    rows = read_accepted(files.checked_path(run.result_sha256))
    proof = run.report_sha256 or run.result_sha256
    return Matched(rows, tuple(replace(one, sha256=proof, counts=counts_of(rows)) for one in run.evidence))


def kept(files: FileStore, asked: Asked, answer: Matched | Waiting, folder: Path) -> Turn:
    """An answer with its rows in a file by hash. InvalidInput or Corrupt when the rows are not those asked."""
    rows = answer.rows if isinstance(answer, Matched) else answer.done
    if isinstance(answer, Matched):
        require_form(answer.rows, asked.addresses)
    ref = files.keep(_write(rows, folder / "matched.arrow"), _ARROW) if rows is not None else None
    report = answer.report if isinstance(answer, Matched) else b""
    return Turn(answer, ref, files.keep_bytes(report, _REPORT) if report else None)


def record(uow: UnitOfWork, run_id: int, turn: Turn) -> None:
    """What a turn brought: rows so far and the next turn, or the end and the check that goes on with it."""
    run = uow.session.get_one(AddressMatch, run_id, with_for_update=True)
    if run.ended_at is not None:
        return
    run.sent_at = run.sent_at or uow.now
    run.answer_seen_at = None
    if turn.rows is not None:
        run.result_sha256 = record_file(uow, turn.rows)
    match turn.answer:
        case Waiting(done=done, again_after=again_after):
            run.done = len(done) if done is not None else run.done
            if again_after is not None:
                _next_turn(uow, run, delay=again_after)
            return
        case Matched(rows=rows, evidence=evidence):
            run.done = len(rows)
            run.report_sha256 = record_file(uow, turn.report) if turn.report else None
            run.evidence = tuple(replace(one, sha256="", counts={}) for one in evidence)
        case InvalidInput() as refusal:
            run.refusal = tuple(_findings_of(refusal))
    _end(uow, run)


def wake(uow: UnitOfWork, run: AddressMatch) -> bool:
    """Something outside happened: the adapter is asked once more. False when it is awake or over."""
    uow.session.refresh(run, with_for_update=True)
    if run.ended_at is not None or run.sent_at is None or run.answer_seen_at is not None:
        return False
    run.answer_seen_at = uow.now
    _next_turn(uow, run)
    return True


def sleeping(session: Session, adapter: AdapterName) -> Sequence[AddressMatch]:
    """Runs that are out and wait for something outside."""
    query = select(AddressMatch).filter_by(adapter=adapter, ended_at=None, answer_seen_at=None)
    return session.scalars(query.where(AddressMatch.sent_at.is_not(None)).order_by(AddressMatch.id)).all()


@dataclass(frozen=True, slots=True)
class MatchState:
    """A run as people see it."""

    adapter: AdapterName
    rows: int
    done: int
    requested_at: datetime
    sent_at: datetime | None
    ended_at: datetime | None


def state_of(run: AddressMatch) -> MatchState:
    """For a page."""
    return MatchState(run.adapter, run.rows, run.done, run.requested_at, run.sent_at, run.ended_at)


def request_name(run: AddressMatch) -> str:
    """What a run is called outside."""
    return show_ulid(run.ulid)


def find(session: Session, ulid: UUID) -> AddressMatch:
    """The run a step is about."""
    return session.scalars(select(AddressMatch).filter_by(ulid=ulid)).one()


def _answered_before(session: Session, run: AddressMatch) -> AddressMatch | None:
    query = select(AddressMatch).filter_by(
        job_id=run.job_id, adapter=run.adapter, input_sha256=run.input_sha256, refusal=()
    )
    query = query.where(AddressMatch.revision < run.revision, AddressMatch.ended_at.is_not(None))
    return session.scalars(query.order_by(AddressMatch.id.desc()).limit(1)).first()


def _end(uow: UnitOfWork, run: AddressMatch) -> None:
    """The check goes on with what there is."""
    run.ended_at = uow.now
    job = uow.session.get_one(Job, run.job_id)
    outbox.request(uow, "prepare", job.ulid, matched=show_ulid(run.ulid), revision=run.revision)


def _next_turn(uow: UnitOfWork, run: AddressMatch, *, delay: timedelta | None = None) -> None:
    run.turns += 1
    run.due_at = uow.now + (delay or timedelta())
    outbox.request(uow, TASK, run.ulid, delay=delay, turn=run.turns)


def _findings_of(refusal: InvalidInput) -> list[Finding]:
    return refusal.findings or [
        Finding(refusal.instance_code, Severity.STOP, refusal.sentence, refusal.remedy)
    ]


def _write(table: pa.Table, path: Path) -> Path:
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    return path


def _job_of_subject(session: Session, subject: UUID) -> tuple[str, str, Sequence[Lot]] | None:
    query = select(Job.number).join(AddressMatch, AddressMatch.job_id == Job.id)
    number = session.scalars(query.where(AddressMatch.ulid == subject)).first()
    return None if number is None else (stopped_work.JOB, number, [])


stopped_work.SHARED.append(_job_of_subject)
