"""``run_step``: claim a step, do it, record it once. Every step of the plant goes through here.

A message may be delivered any number of times, to any number of workers, at any moment. So:

1. claim   one short transaction: the message is still open, nobody's lease is alive, the fence goes up
2. work    outside any transaction, in a scratch folder, while a thread extends the lease
3. record  one transaction: the claim is still ours, the step's results, the message closed

Whoever was killed, paused or cut off between these loses the claim, and what it did is dropped.
"""

from __future__ import annotations

import functools
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

import structlog

import production.rooms  # noqa: F401  lots of every kind are known
from kernel.errors import AttentionNeeded, Conflict, OnHold, ShopError, StaleVersion, Unavailable, UserError
from kernel.ids import parse_ulid
from store import claims, outbox
from store.claims import Claim
from store.crash_points import reach
from store.db import UnitOfWork, system_actor
from store.outbox import OutboxMessage
from store.plant import Plant, open_plant
from store.settings import read_settings
from workers import parking
from workers.heartbeat import ClaimLost, Heartbeat
from workers.registry import TASKS, Record, Task, Work

ACTOR = system_actor("worker")
_log = structlog.get_logger("workers")
_RECORD_TRIES = 3  # deadlocks and serialization failures (docs/operations/recovery.md)


class Outcome(StrEnum):
    """How a delivery ended. Only ``recorded`` left anything behind besides the message itself."""

    RECORDED = "recorded"
    NOT_NEEDED = "not_needed"  # done, closed, or in somebody else's hands
    LOST = "lost"  # somebody else has the claim now: the results were dropped
    POSTPONED = "postponed"  # a part is away or the thing is busy: next attempt follows later
    REPEATED = "repeated"  # a fault: next attempt follows
    REFUSED = "refused"  # the caller's error: final, told in words
    PARKED = "parked"  # waits for a person


def run_step(key: str) -> None:
    """Entry for RQ: the outbox key is the only argument; the plant comes from the environment."""
    deliver(_plant(), key)


@functools.cache
def _plant() -> Plant:
    settings = read_settings()
    return open_plant(settings, settings.database_url)


def drain(
    plant: Plant, *, tasks: Mapping[str, Task] = TASKS, patience: timedelta = timedelta(seconds=60)
) -> int:
    """Run every open message in this process until none is left; gives how many were recorded.

    Delayed attempts and steps in other hands are waited for, at most ``patience`` without progress.
    """
    recorded, progress = 0, time.monotonic()
    while True:
        with plant.db.read_only(ACTOR) as session:
            due, open_count = outbox.open_keys(session)
        if not open_count:
            return recorded
        outcomes = [deliver(plant, key, tasks=tasks) for key in due]
        recorded += outcomes.count(Outcome.RECORDED)
        if any(outcome is not Outcome.NOT_NEEDED for outcome in outcomes):
            progress = time.monotonic()
            continue
        if time.monotonic() - progress > patience.total_seconds():
            return recorded
        time.sleep(0.1)


def deliver(plant: Plant, key: str, *, tasks: Mapping[str, Task] = TASKS) -> Outcome:
    """Do what one message asks for, unless that is done or being done."""
    started = time.monotonic()
    if not plant.files.has_room():
        _log.error("disk_is_full", task_key=key)
        return Outcome.NOT_NEEDED  # the sweeper sends it again; steps that were begun have the reserve to end
    try:
        with plant.db.unit_of_work(ACTOR) as uow:
            message = outbox.open_message(uow.session, key)
            claim = _claim(uow, message, tasks) if message is not None else None
    except Conflict as error:
        if not _is_busy(error):
            raise
        return Outcome.NOT_NEEDED  # somebody has it in hand; the message stays open until it is done
    if message is None or claim is None:
        return Outcome.NOT_NEEDED
    log = _log.bind(task=message.task, task_key=key, fence=claim.fence)
    log.info("step_claimed")
    outcome = _attempt(plant, tasks[message.task], message, claim, log)
    log.info("step_ended", outcome=outcome, seconds=round(time.monotonic() - started, 3))
    return outcome


def _claim(uow: UnitOfWork, message: OutboxMessage, tasks: Mapping[str, Task]) -> Claim | None:
    if message.task not in tasks:  # written by a newer version: its own workers will take it
        _log.warning("step_unknown", task=message.task, task_key=message.key)
        return None
    claim = claims.take(uow, message.step_key, tasks[message.task].lease, attempt=message.attempt)
    if claim is None and claims.is_done(uow.session, message.step_key):
        outbox.close(uow, message.key)
    return claim


def _attempt(
    plant: Plant, task: Task, message: OutboxMessage, claim: Claim, log: structlog.stdlib.BoundLogger
) -> Outcome:
    """Work and record; every error becomes an outcome here and nowhere else."""
    try:
        with Heartbeat(plant.db, claim, task.lease) as heartbeat, plant.files.scratch_folder() as folder:
            reach("after_claim")
            record = _work(plant, task, message, heartbeat.beat, folder)
            heartbeat.beat()
            reach("before_record")
            _record(plant, claim, message.key, record)
            reach("after_record_before_ack")
        return Outcome.RECORDED
    except ClaimLost:
        return Outcome.LOST
    except Exception as error:  # noqa: BLE001  # the only place in the plant that may
        log.warning("step_failed", error=type(error).__name__, code=getattr(error, "instance_code", "BUG"))
        return _settle(plant, task, message, claim, error)


def _work(plant: Plant, task: Task, message: OutboxMessage, beat: Callable[[], None], folder: Path) -> Record:
    work = Work(parse_ulid(message.subject), message.arguments, beat, folder)
    return task.step()(plant, work)


def _record(plant: Plant, claim: Claim, key: str, record: Record) -> None:
    """Results, claim and message in one transaction; deadlocks are tried again without the work. The message is
    locked before the claim, here as everywhere: two who hold one each would wait for one another.
    """
    for tries_left in reversed(range(_RECORD_TRIES)):
        try:
            with plant.db.unit_of_work(ACTOR) as uow:
                outbox.open_message(uow.session, key)
                if not claims.finish(uow, claim):
                    raise ClaimLost
                record(uow)
                reach("mid_record")
                outbox.close(uow, key)
            return
        except Conflict as error:
            if error.instance_code != "STATE_BUSY" or not tries_left:
                raise


def _settle(plant: Plant, task: Task, message: OutboxMessage, claim: Claim, error: Exception) -> Outcome:
    """Decide what follows a failed attempt and write it down, unless the claim was lost meanwhile."""
    incident = secrets.token_hex(4).upper()
    try:
        with plant.db.unit_of_work(ACTOR) as uow:
            current = outbox.open_message(uow.session, message.key)
            if not claims.release(uow, claim) or current is None:
                return Outcome.LOST
            outcome = _next(uow, task, current, error, incident)
    except Unavailable:  # the database is away: the lease runs out and the sweeper decides
        return Outcome.LOST
    if outcome in (Outcome.PARKED, Outcome.REPEATED):
        _log.error("step_fault", task_key=message.key, incident=incident, at=_trace(error))
    return outcome


def _next(uow: UnitOfWork, task: Task, message: OutboxMessage, error: Exception, incident: str) -> Outcome:
    if isinstance(error, Unavailable | OnHold | StaleVersion) or _is_busy(error):
        outbox.request_again(uow, message, failures=message.failures, delay=_back_off(message.attempt))
        return Outcome.POSTPONED
    if isinstance(error, UserError):
        parking.refuse(uow, message, error)
        return Outcome.REFUSED
    if isinstance(error, AttentionNeeded):
        parking.park(uow, message, cause=error.sentence, incident=incident, stops=task.stops)
        return Outcome.PARKED
    cause = error.sentence if isinstance(error, ShopError) else "an unexpected error"
    return fail_attempt(uow, task, message, cause=cause, incident=incident)


def fail_attempt(
    uow: UnitOfWork, task: Task, message: OutboxMessage, *, cause: str, incident: str
) -> Outcome:
    """One crash or bug more: the next attempt, or a person after the last one."""
    failures = message.failures + 1
    if failures < task.attempts:
        outbox.request_again(uow, message, failures=failures)
        return Outcome.REPEATED
    parking.park(uow, message, cause=f"{cause} ({failures} attempts)", incident=incident, stops=task.stops)
    return Outcome.PARKED


def _is_busy(error: Exception) -> bool:
    return isinstance(error, Conflict) and error.instance_code == "STATE_BUSY"


def _back_off(attempt: int) -> timedelta:
    """1, 2, 4 … at most 30 seconds: work goes on within a minute of the cause being gone."""
    return timedelta(seconds=min(2 ** min(attempt - 1, 5), 30))


def _trace(error: Exception) -> list[str]:
    """Where it happened, without the error's text: that may quote somebody's data."""
    places, at = [type(error).__name__], error.__traceback__
    while at is not None:
        code = at.tb_frame.f_code
        places.append(f"{Path(code.co_filename).name}:{at.tb_lineno} {code.co_name}")
        at = at.tb_next
    return places
