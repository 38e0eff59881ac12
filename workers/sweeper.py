"""The sweeper: finds what was left behind, by the database's clock, and sets it going again.

Safe to run in several processes: rows in use are skipped, and nothing here has an effect of its own.
"""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import structlog
from redis import Redis
from rq.job import Job as RqJob
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer
from sqlalchemy import select

from production.people import sign_ins
from store import claims, idempotency, outbox
from store.db import system_actor
from store.files import StoredFile
from store.plant import Plant
from workers.registry import QUEUES, TASKS, Task
from workers.relay import ENTRY, enqueue, queue
from workers.runtime import fail_attempt

ACTOR = system_actor("sweeper")
RESEND_AFTER = timedelta(seconds=20)
ORPHAN_AGE = timedelta(hours=1)
_CHUNK = 1000
_log = structlog.get_logger("sweeper")


def recover(plant: Plant, *, tasks: Mapping[str, Task] = TASKS) -> int:
    """Steps whose lease ran out get their next attempt, or are parked after the last; gives how many.

    The old holder is fenced off in the same transaction, so it cannot record any more.
    """
    count = 0
    with plant.db.unit_of_work(ACTOR) as uow:
        for message, claim in outbox.abandoned(uow.session):
            if message.task not in tasks or not claims.release(uow, claim):
                continue
            outcome = fail_attempt(
                uow, tasks[message.task], message,
                cause="the worker stopped in the middle", incident=secrets.token_hex(4).upper(),
            )  # fmt: skip
            _log.warning("step_abandoned", task_key=message.key, outcome=outcome)
            count += 1
    return count


def resend(
    plant: Plant,
    redis: Redis,
    *,
    tasks: Mapping[str, Task] = TASKS,
    entry: str = ENTRY,
    older_than: timedelta = RESEND_AFTER,
) -> int:
    """Messages that Redis lost before anybody claimed them go out again under the same key; gives how many."""
    with plant.db.unit_of_work(ACTOR) as uow:
        candidates = [m for m in outbox.stranded(uow.session, older_than) if m.task in tasks]
        waiting = {
            name: set(queue(redis, name).get_job_ids()) for name in {task.queue for task in tasks.values()}
        }
        lost = [m for m in candidates if m.key not in waiting[tasks[m.task].queue]]
        for message in lost:
            redis.delete(RqJob.key_for(message.key))  # what RQ remembers of it: failed, or stuck in between
            enqueue(redis, message, tasks[message.task], entry=entry)
            _log.warning("message_sent_again", task_key=message.key)
        outbox.mark_sent(uow, candidates)  # looked at now; again after the same time
    return len(lost)


def clean_queues(redis: Redis) -> None:
    """Let RQ forget jobs whose worker is gone; an idle worker does so only every few minutes."""
    for name in QUEUES:
        StartedJobRegistry(name, connection=redis, serializer=JSONSerializer).cleanup()


def expire_keys(plant: Plant, *, older_than: timedelta = timedelta(days=7)) -> int:
    """One-time keys of forms and API calls that nobody will repeat any more; sign-ins long ended."""
    with plant.db.unit_of_work(ACTOR) as uow:
        return idempotency.expire(uow, older_than) + sign_ins.forget(uow, older_than)


class OrphanWatch:
    """Files and scratch folders without an owner, removed after an hour of being seen unchanged.

    Ages are counted by this process's own monotonic clock, never by file times: a clock that jumps ahead
    must not make a file old between its renaming and its row.
    """

    def __init__(self, plant: Plant, *, age: timedelta = ORPHAN_AGE) -> None:
        self._plant = plant
        self._age = age.total_seconds()
        self._seen: dict[tuple[Path, int], float] = {}

    def sweep(self) -> int:
        """Remove what is old enough; gives how many."""
        now = time.monotonic()
        present = {
            (path, path.stat().st_mtime_ns)
            for path in [*self._orphan_files(), *self._scratch()]
            if path.exists()
        }
        self._seen = {sight: self._seen.get(sight, now) for sight in present}
        old = [sight for sight, since in self._seen.items() if now - since >= self._age]
        for path, mtime in old:
            if not path.exists() or path.stat().st_mtime_ns != mtime:  # kept again a moment ago
                continue
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
            _log.info("orphan_removed", name=path.name)
        return len(old)

    def _scratch(self) -> list[Path]:
        folder = self._plant.files.scratch
        return list(folder.iterdir()) if folder.exists() else []

    def _orphan_files(self) -> Iterator[Path]:
        root = self._plant.files.root
        for folder in sorted(root.iterdir()) if root.exists() else []:
            names = [entry.name for entry in os.scandir(folder) if entry.is_file()]
            for start in range(0, len(names), _CHUNK):
                chunk = names[start : start + _CHUNK]
                with self._plant.db.read_only(ACTOR) as session:
                    query = select(StoredFile.sha256).where(
                        StoredFile.sha256.in_(chunk), StoredFile.purged_at.is_(None)
                    )
                    owned = set(session.scalars(query))
                yield from (folder / name for name in chunk if name not in owned)
