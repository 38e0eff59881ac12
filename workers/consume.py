"""One RQ worker process: ``python -m workers.consume QUEUE [QUEUE ...]``.

The steps are imported, what they look up is read and the nursery of limited children is open before the worker
forks, so a work-horse starts with everything in place.
"""

from __future__ import annotations

import gc
import logging
import sys
from contextlib import suppress
from importlib import import_module

from redis import Redis
from rq import Worker
from rq.serializers import JSONSerializer

from kernel.errors import Unavailable
from production.prepress.merge import fonts
from store import logs
from store.limited.nursery import without_pandas
from store.limited.sandbox import open_nursery
from store.settings import read_settings
from store.start.migrate import leave_unless_current
from workers.priority import yield_to_people
from workers.registry import TASKS
from workers.relay import ENTRY, queue


def consume(redis: Redis, queue_names: list[str]) -> None:
    """Work until told to stop (SIGTERM: after the running step; a second one: at once)."""
    worker = Worker(
        [queue(redis, name) for name in queue_names],
        connection=redis,
        serializer=JSONSerializer,
        log_job_description=False,
        # At the defaults of RQ 3.0 an idle worker looks for dead jobs only every 405 s (docs/operations/recovery.md).
        worker_ttl=25,
        maintenance_interval=5,
        job_monitoring_interval=5,
    )
    logging.getLogger("rq.worker").setLevel(logging.WARNING)
    worker.work(logging_level="WARNING")


def main() -> None:
    """Read settings, import what steps need, consume. Work-horses and limited children inherit the low priority: who
    looks at a page goes first.
    """
    yield_to_people()
    settings = read_settings()
    logs.set_up(settings.log_level)
    leave_unless_current(settings.database_url)
    import_module(ENTRY.rpartition(".")[0])
    for task in TASKS.values():
        if task.queue in sys.argv[1:]:
            task.step()
    without_pandas()  # but where a step has brought it: OR-Tools cannot be imported without
    with suppress(Unavailable):  # no fonts: the step that needs them says so
        fonts.warm()
    open_nursery()  # shared by every work-horse
    # Work-horses leave shared pages alone, and full collections pass by what is loaded: see web.commands.plant.
    gc.collect()
    gc.freeze()
    consume(Redis.from_url(settings.redis_url), sys.argv[1:])


if __name__ == "__main__":
    main()
