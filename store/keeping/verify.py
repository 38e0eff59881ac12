"""How invariants are checked on the live database, and those of the store: audit, files, steps.

A check is a small generator of open points; its docstring is its title. All checks of a run read one instant
of the database, so work that goes on meanwhile is no false alarm (docs/operations/verify.md).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple, TypeVar

from sqlalchemy import func, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from kernel.errors import Corrupt
from store import outbox
from store.audit import AuditHead, verify_chain
from store.claims import StepClaim
from store.columns import Base, Document
from store.db import system_actor
from store.files import FileStore, StoredFile
from store.keeping.verify_part import Mark, Part, mark_of, part_of
from store.outbox import OutboxMessage
from store.plant import Plant

T = TypeVar("T")
OWNERLESS_AFTER = timedelta(hours=1)  # as docs/operations/verify.md says (files_have_rows)
_ROWS = 1_000  # read at once
SWEPT_AFTER = timedelta(seconds=60)  # an expired lease is taken up again by then (section 3)


class Open(NamedTuple):
    """One thing that does not hold: a sentence and the public ids it is about."""

    sentence: str
    ids: tuple[str, ...] = ()


@dataclass(slots=True)
class Survey:
    """What a check reads; ``examined`` adds up what it looked at. ``part``: of what only grows; None is all."""

    session: Session
    files: FileStore
    examined: int = 0
    part: Part | None = None

    def reads(self, sha256: str) -> bool:
        """Is the content of this file to be read?"""
        return self.part is None or self.part.has(sha256)

    def each(self, rows: Iterable[T]) -> Iterator[T]:
        """The rows, counted as they pass."""
        for row in rows:
            self.examined += 1
            yield row


Check = Callable[[Survey], Iterator[Open]]


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that does not hold, by the name of its check."""

    check: str
    sentence: str
    ids: tuple[str, ...]

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check found. ``examined`` counts what it looked at."""

    name: str
    title: str
    examined: int
    violations: tuple[Violation, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Report:
    """The results of a run, check by check. ``mark``: how far a night's run has read."""

    checks: tuple[CheckResult, ...]
    mark: Mark | None = None

    @property
    def violations(self) -> list[Violation]:
        """Everything open, in the order of the checks."""
        return [violation for check in self.checks for violation in check.violations]

    @property
    def is_open(self) -> bool:
        """Does anything not hold?"""
        return any(check.violations for check in self.checks)


def run_checks(
    plant: Plant,
    checks: Sequence[Check],
    *,
    night: date | None = None,
    tell: Callable[[str], None] | None = None,
) -> Report:
    """Every check on one instant of the database; nothing is written. ``night``: of files and audit chain that night's
    part. ``tell`` hears each title as it begins."""
    results = []
    with plant.db.snapshot(system_actor("verify")) as session:
        part = part_of(session, night) if night else None
        for check in checks:
            if tell is not None:
                tell(title_of(check))
            results.append(_run(check, Survey(session, plant.files, part=part)))
        mark = mark_of(session, part) if part else None
    return Report(tuple(results), mark)


def title_of(check: Check) -> str:
    """The first sentence of a check's docstring: what must hold."""
    return (check.__doc__ or "").strip().partition(".\n")[0].partition("\n")[0].rstrip(".")


def _run(check: Check, survey: Survey) -> CheckResult:
    started, name = time.perf_counter(), check.__name__
    found = tuple(Violation(name, point.sentence, point.ids) for point in _points(check, survey))
    return CheckResult(name, title_of(check), survey.examined, found, time.perf_counter() - started)


def _points(check: Check, survey: Survey) -> Iterator[Open]:
    """What a check says; a row that it cannot read ends it, and the other checks go on."""
    try:
        yield from check(survey)
    except Corrupt as broken:
        yield Open(str(broken))


def audit_chain(survey: Survey) -> Iterator[Open]:
    """The audit chain is whole: no entry is missing, changed or added beside it."""
    survey.examined = survey.session.scalars(select(AuditHead.count)).one()
    after = (survey.part.count, survey.part.hash) if survey.part else ()
    survey.examined -= survey.part.count if survey.part else 0
    for sentence in verify_chain(survey.session, *after):
        yield Open(sentence)


def files_have_content(survey: Survey) -> Iterator[Open]:
    """Every stored file is there, with the size and hash of its row, unless a retention rule removed it."""
    rows = select(StoredFile.sha256, StoredFile.size).filter_by(purged_at=None)
    for sha256, size in survey.each(survey.session.execute(rows.order_by(StoredFile.sha256))):
        path = survey.files.path(sha256)
        if not path.exists():
            yield Open(f"file {sha256[:12]} is missing", (sha256,))
        elif path.stat().st_size != size or (survey.reads(sha256) and not survey.files.verify(sha256)):
            yield Open(f"file {sha256[:12]} is not what its row says", (sha256,))


def files_have_rows(survey: Survey) -> Iterator[Open]:
    """No file or scratch folder without an owner is older than an hour."""
    known = set(survey.session.scalars(select(StoredFile.sha256).filter_by(purged_at=None)))
    instant = survey.session.scalars(select(func.now())).one()  # a later file is not in this survey's rows
    newest = instant.timestamp() - OWNERLESS_AFTER.total_seconds()
    kept = [path for folder in _inside(survey.files.root) for path in _inside(folder)]
    for path in survey.each([*kept, *_inside(survey.files.scratch)]):
        if path.name not in known and path.exists() and path.stat().st_mtime < newest:
            yield Open(
                f"{path.parent.name}/{path.name[:12]} has no row and is older than an hour", (path.name,)
            )


def _inside(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def steps_are_in_hand(survey: Survey) -> Iterator[Open]:
    """Every unfinished step waits or is being worked on; none stopped for a person."""
    is_dead = StepClaim.lease_until < func.now() - SWEPT_AFTER  # by the instant that is looked at
    query = (
        select(
            OutboxMessage.key, StepClaim.done_at, StepClaim.attempt, OutboxMessage.attempt, is_dead,
        )
        .outerjoin(StepClaim, StepClaim.step_key == OutboxMessage.step_key)
        .where(OutboxMessage.done_at.is_(None))
        .order_by(OutboxMessage.id)
    )  # fmt: skip
    for key, done_at, claimed, attempt, has_run_out in survey.each(survey.session.execute(query)):
        if done_at is not None:
            yield Open(f"step {key} is done and its message still open", (key,))
        elif has_run_out and claimed >= attempt:
            yield Open(f"step {key} was begun, its lease has run out, and nobody took it up", (key,))
    for message in survey.each(outbox.parked(survey.session)):
        yield Open(f"step {message.key} stopped: {message.failure}", (message.key,))
    open_steps = select(OutboxMessage.step_key).where(
        (OutboxMessage.done_at.is_(None)) | (OutboxMessage.failure.is_not(None))
    )
    stranded = select(StepClaim.step_key).where(
        StepClaim.done_at.is_(None), is_dead, StepClaim.step_key.not_in(open_steps)
    )
    for key in survey.each(survey.session.scalars(stranded)):
        yield Open(f"step {key} was begun and nothing asks for it any more", (key,))


def documents_are_of_their_shape(survey: Survey) -> Iterator[Open]:
    """Every stored document is of the shape and a version of its column."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            kind = column.type
            if not isinstance(kind, Document):
                continue
            query = select(*table.primary_key, type_coerce(column, JSONB)).where(column.is_not(None))
            for *key, held in survey.each(survey.session.execute(query.execution_options(yield_per=_ROWS))):
                try:
                    kind.versioned.value(held, str(column))
                except Corrupt as broken:
                    yield Open(f"{'-'.join(map(str, key))}: {broken}")


CHECKS: tuple[Check, ...] = (
    audit_chain,
    documents_are_of_their_shape,
    files_have_content,
    files_have_rows,
    steps_are_in_hand,
)
