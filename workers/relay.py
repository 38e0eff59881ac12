"""The relay: outbox rows become RQ messages. Any number of relays may run; accepting work needs none.

Killed in mid-batch, the rows it had not marked are sent again: RQ refuses those that still wait, and a
message delivered twice has one effect (workers.runtime).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

import psycopg
import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import DuplicateJobError
from rq.serializers import JSONSerializer

from kernel.errors import ShopError
from store import outbox
from store.crash_points import reach
from store.db import system_actor
from store.outbox import OutboxMessage
from store.plant import Plant
from workers.registry import TASKS, Task

ENTRY = "workers.runtime.run_step"
ACTOR = system_actor("relay")
_BATCH = 100
_POLL_SECONDS = 1.0  # when no notification comes
_KEEP_FAILED_SECONDS = 3600  # in Redis, for a look with RQ's own tools
_log = structlog.get_logger("relay")


def queue(redis: Redis, name: str) -> Queue:
    """One of our queues."""
    return Queue(name, connection=redis, serializer=JSONSerializer)


def enqueue(redis: Redis, message: OutboxMessage, task: Task, *, entry: str = ENTRY) -> None:
    """Hand one message to RQ under its key; one that waits there already is left alone."""
    try:
        queue(redis, task.queue).enqueue_call(
            entry,
            args=(message.key,),
            job_id=message.key,
            unique=True,
            timeout=int(task.timeout.total_seconds()),
            result_ttl=0,  # nothing is read back, and the key is free again
            failure_ttl=_KEEP_FAILED_SECONDS,
            description=message.key,
        )
    except DuplicateJobError:
        _log.info("message_waits_already", task_key=message.key)


def send(plant: Plant, redis: Redis, *, tasks: Mapping[str, Task] = TASKS, entry: str = ENTRY) -> int:
    """Send what is due, up to one batch; gives how many. RedisError when the queue is away."""
    with plant.db.unit_of_work(ACTOR) as uow:
        due = outbox.take_unsent(uow.session, _BATCH, tasks=tasks.keys())
        for message in due:
            enqueue(redis, message, tasks[message.task], entry=entry)
            reach("relay_mid_batch")
        outbox.mark_sent(uow, due)
    return len(due)


def relay(
    plant: Plant,
    redis: Redis,
    stop: threading.Event,
    *,
    tasks: Mapping[str, Task] = TASKS,
    entry: str = ENTRY,
) -> None:
    """Send until told to stop; outages of Redis and of the database are waited for."""
    away = ""
    while not stop.is_set():
        try:
            with _listener(plant) as listener:
                while not stop.is_set():
                    while send(plant, redis, tasks=tasks, entry=entry) == _BATCH:
                        pass
                    if away:
                        _log.info("relay_back", after=away)
                        away = ""
                    for _ in listener.notifies(timeout=_POLL_SECONDS, stop_after=1):
                        pass
        except (RedisError, ShopError, psycopg.Error) as error:
            if type(error).__name__ != away:
                away = type(error).__name__
                _log.warning("relay_waits", reason=away)
            stop.wait(_POLL_SECONDS)


def _listener(plant: Plant) -> psycopg.Connection:
    url = plant.db.url.replace("postgresql+psycopg://", "postgresql://", 1)
    connection = psycopg.connect(url, autocommit=True, connect_timeout=5)
    connection.execute(f"LISTEN {outbox.CHANNEL}")
    return connection
