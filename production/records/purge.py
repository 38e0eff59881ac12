"""Remove what is due, with proof. Rows first, content second, the proof last.

One transaction says what went: rows deleted, months dropped, files marked with run and class, the run itself open.
Then the content goes, and only then the run ends with its proof. A run cut off in the middle stays open and the next
one ends it first; content it left is without an owner, which the sweeper removes and `indicia verify` names. So no
file is ever gone while its row says it is there.
"""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from kernel import clock
from kernel.errors import InvalidInput, NotFound
from kernel.ids import new_ulid, show_ulid
from production.frontdesk.orders.models import OrderDraft
from production.jobs import lifecycle
from production.jobs.models import Hold, Job
from production.jobs.states import Stops
from production.mailings.models import PresortStream
from production.notices.models import Notice, NoticeMail, NoticePost
from production.records import due
from production.records.due import Due
from production.records.models import Removed, RetentionRun
from production.records.rules import Rules, rules_on
from production.records.setup import rules_in_force
from store.claims import StepClaim
from store.crash_points import reach
from store.db import Actor, UnitOfWork
from store.documents import plain
from store.files import StoredFile, record_file
from store.outbox import OutboxMessage
from store.plant import Plant

BY_PERSON = "by_person"
_ONE_AT_A_TIME = 0x1D1C1C  # any number: two runs never overlap
_JUST_KEPT = 3600  # seconds; content touched since is wanted again, its row follows
_PATHS = ("print_folder", "exchange", "scratch")
_LISTED = {*_PATHS, "recipients"}  # named in the run: no row of theirs says that they are to go


def find_due(plant: Plant, actor: Actor, now: datetime) -> tuple[Rules, list[Due]]:
    """The rules of that day and what would go then, of what is there today; nothing is changed."""
    with plant.db.snapshot(actor) as session:
        rules = rules_in_force(session, clock.business_date(now))
        return rules, due.find_due(session, plant, rules, now)


def purge(plant: Plant, actor: Actor, now: datetime) -> list[RetentionRun]:
    """End what an earlier run left, then remove what is due; gives the runs that ended, none when nothing was due."""
    with plant.db.unit_of_work(actor) as uow:
        uow.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
        runs = list(
            uow.session.scalars(select(RetentionRun.id).filter_by(ended_at=None).order_by(RetentionRun.id))
        )
        new = _begin(uow, plant, now)
    return [_end(plant, actor, run) for run in [*runs, *([new] if new else [])]]


def proof_of(session: Session, ulid: UUID | None) -> str:
    """Hash of the proof of a run, the newest for None; NotFound."""
    query = select(RetentionRun.proof_sha256).where(RetentionRun.ended_at.is_not(None))
    query = query.where(RetentionRun.ulid == ulid) if ulid else query.order_by(RetentionRun.id.desc())
    found = session.scalars(query.limit(1)).first()
    if found is None:
        raise NotFound("There is no such run, or it has not ended.")
    return found


@dataclass(frozen=True, slots=True)
class Removal:
    """When a file went, and by which rule; ``says`` what the class is about, as the rules of that day put it."""

    at: datetime
    kind: str
    says: str
    edition: str


def removal_of(session: Session, sha256: str) -> Removal | None:
    """How a file went; None for one that did not."""
    query = (
        select(StoredFile.purged_at, StoredFile.purge_rule, RetentionRun.edition)
        .join(RetentionRun, RetentionRun.ulid == StoredFile.purge_run)
        .where(StoredFile.sha256 == sha256, StoredFile.purged_at.is_not(None))
    )
    found = session.execute(query).first()
    if found is None:
        return None
    at, kind, edition = found
    assert at and kind  # written together  # noqa: S101
    rule = rules_on(clock.business_date(at)).by_class.get(kind)
    return Removal(at, kind, rule.says if rule else "", edition)


def keep(uow: UnitOfWork, number: str, words: str) -> Hold:
    """Nothing of this job or stream is removed until a person lifts the hold. InvalidInput without words."""
    if not words.strip():
        raise InvalidInput("Say why it is kept.", code="REASON")
    thing: Job | PresortStream | None = (
        uow.session.scalars(select(Job).filter_by(number=number)).first()
        or uow.session.scalars(select(PresortStream).filter_by(number=number)).first()
    )
    if thing is None:
        raise NotFound("There is no job or stream with this number.")
    return lifecycle.hold(uow, thing, reason=BY_PERSON, words=words.strip(), stops=Stops.REMOVAL)


def _begin(uow: UnitOfWork, plant: Plant, now: datetime) -> int | None:
    """Everything that is rows, in this transaction; gives the open run."""
    rules = rules_in_force(uow.session, clock.business_date(now))
    found = due.find_due(uow.session, plant, rules, now)
    names = {kind: [one.name for one in found if one.kind == kind] for kind in rules.by_class}
    files = [one for one in found if one.kind in _of_files(rules)]
    going = _still_due(uow, rules, now, [one.name for one in files])
    found = [one for one in found if one not in files] + going
    if not found:
        return None
    run = RetentionRun(
        ulid=new_ulid(now), edition=rules.edition, rules_sha256=rules.sha256, actor=uow.actor.name, begun_at=now,
        removed=Removed(due.totals(found, rules), {kind: tuple(names[kind]) for kind in sorted(_LISTED)}),
    )  # fmt: skip
    uow.session.add(run)
    for month in names["recipients"]:
        uow.session.execute(text("SELECT drop_recipient_month(:day)"), {"day": month})
    drafts = [int(name) for name in names["drafts"]]
    uow.session.execute(update(OrderDraft).where(OrderDraft.id.in_(drafts)).values(ended_at=now))
    told = [int(name) for name in names["notices"]]
    uow.session.execute(delete(Notice).where(Notice.id.in_(told)))
    carried = select(NoticePost.mail_id).where(NoticePost.mail_id.is_not(None))
    uow.session.execute(delete(NoticeMail).where(NoticeMail.id.not_in(carried)))
    for table in (OutboxMessage, StepClaim):
        uow.session.execute(delete(table).where(table.step_key.in_(names["steps"])))
    by_class = defaultdict(list)
    for one in going:
        by_class[one.kind].append(one.name)
    for kind, hashes in by_class.items():
        gone = {"purged_at": now, "purge_rule": kind, "purge_run": run.ulid}
        uow.session.execute(update(StoredFile).where(StoredFile.sha256.in_(hashes)).values(gone))
    uow.audit(
        "retention_run", run.ulid, "removed", edition=rules.edition,
        counts={kind: row.count for kind, row in run.removed.classes.items() if row.count},
    )  # fmt: skip
    uow.session.flush()
    return run.id


def _of_files(rules: Rules) -> set[str]:
    return {name for name, rule in rules.by_class.items() if rule.what} | {"unnamed"}


def _still_due(uow: UnitOfWork, rules: Rules, now: datetime, hashes: list[str]) -> list[Due]:
    """With the rows locked, so that nobody names them meanwhile, asked once more."""
    lock = select(StoredFile.sha256).where(StoredFile.sha256.in_(hashes)).order_by(StoredFile.sha256)
    uow.session.execute(lock.with_for_update())
    return list(due.due_files(uow.session, rules, now, hashes))


def _end(plant: Plant, actor: Actor, run_id: int) -> RetentionRun:
    """The content goes; then the proof is kept and the run ends. Repeatable."""
    with plant.db.read_only(actor) as session:
        run = session.get_one(RetentionRun, run_id)
        query = select(StoredFile.sha256, StoredFile.size, StoredFile.purge_rule).filter_by(
            purge_run=run.ulid
        )
        rows = session.execute(query.order_by(StoredFile.sha256)).all()
    for path in (Path(name) for kind in _PATHS for name in run.removed.names[kind]):
        reach("mid_work")
        with suppress(OSError):  # what another account keeps there is due again the next night
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()
    again = set()
    for sha256, *_ in rows:
        reach("mid_work")
        path = plant.files.path(sha256)
        if path.exists() and clock.now().timestamp() - path.stat().st_mtime < _JUST_KEPT:
            again.add(sha256)  # the sweeper takes it if its row does not come back
        else:
            path.unlink(missing_ok=True)
    proof = _proof(run, [PurgedFile(sha256, size, rule, sha256 in again) for sha256, size, rule in rows])
    data = json.dumps(plain(proof), indent=1, sort_keys=True).encode()
    ref = plant.files.keep_bytes(data, "application/json")
    reach("before_record")
    with plant.db.unit_of_work(actor) as uow:
        run = uow.session.get_one(RetentionRun, run_id, with_for_update=True)
        if run.ended_at is None:
            run.ended_at, run.proof_sha256 = uow.now, record_file(uow, ref)
            uow.audit("retention_run", run.ulid, "proved", proof=ref.sha256)
    return run


@dataclass(frozen=True, slots=True)
class PurgedFile:
    """A file that went; ``kept_again``: somebody gave the same content meanwhile."""

    sha256: str
    size: int
    purge_rule: str | None
    kept_again: bool


@dataclass(frozen=True, slots=True)
class Proof:
    """What an auditor is shown: rules, counts, hashes; nothing of what was in them."""

    run: str
    by: str
    at: str
    rules: Mapping[str, str]
    classes: Mapping[str, object]
    months: Sequence[str]
    files: Sequence[PurgedFile]


def _proof(run: RetentionRun, files: Sequence[PurgedFile]) -> Proof:
    return Proof(
        show_ulid(run.ulid), run.actor, run.begun_at.isoformat(),
        {"edition": run.edition, "sha256": run.rules_sha256}, run.removed.classes,
        run.removed.names["recipients"], files,
    )  # fmt: skip
