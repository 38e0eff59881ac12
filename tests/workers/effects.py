"""Steps that only tests have: each leaves a row in ``effect``, which nothing keeps from being written twice."""

import functools
import os
import signal
import sys
import threading
from datetime import timedelta

from redis import Redis
from sqlalchemy import text

from kernel.clock import now
from kernel.errors import AttentionNeeded, Corrupt, InvalidInput, Unavailable
from kernel.ids import new_ulid
from store import outbox
from store.crash_points import reach
from store.db import system_actor
from store.files import record_file
from store.plant import open_plant
from store.settings import read_settings
from workers import consume, logs, relay, runtime
from workers.registry import Task, table

LEASE = timedelta(seconds=1.5)
ACTOR = system_actor("test")
ENTRY = "tests.workers.effects.run_step"
ERRORS = {
    "user": InvalidInput("The list has no ZIP column."),
    "attention": AttentionNeeded("The meter moved and nobody knows why."),
    "corrupt": Corrupt("A stored file is damaged."),
    "bug": ValueError("Mr. Secret of 12 Hidden Street"),
}


def mark(plant, work):
    """Waits ``seconds`` with the heart beating, keeps a file, and records one effect."""
    waited = threading.Event()
    for _ in range(int(float(work.arguments.get("seconds", "0")) * 20)):
        waited.wait(0.05)
        work.beat()
    reach("mid_work")
    path = work.folder / "out"
    path.write_bytes(str(work.subject).encode())
    ref = plant.files.keep(path, "text/plain")

    def record(uow):
        record_file(uow, ref)
        uow.session.execute(text("INSERT INTO effect (step) VALUES (:s)"), {"s": str(work.subject)})

    return record


def deaf(plant, work):
    """Like a native call that never asks whether it still owns the step."""
    threading.Event().wait(float(work.arguments["seconds"]))
    return lambda uow: uow.session.execute(
        text("INSERT INTO effect (step) VALUES (:s)"), {"s": str(work.subject)}
    )


def fail(plant, work):
    """Raises what ``error`` names."""
    raise ERRORS[work.arguments["error"]]


def away(plant, work):
    """Unavailable until a file of the name ``flag`` exists."""
    if not (plant.settings.data_dir / work.arguments["flag"]).exists():
        raise Unavailable("The printer does not answer.")
    return mark(plant, work)


def _task(function, **values):
    return Task(
        function.__name__,
        f"{__name__}.{function.__name__}",
        "bulk",
        "job",
        "test",
        **({"lease": LEASE} | values),
    )


TASKS = table(_task(mark, attempts=50), _task(deaf), _task(fail), _task(away))


@functools.cache
def _plant():
    settings = read_settings()
    return open_plant(settings, settings.database_url)


def run_step(key):
    """The entry RQ calls in tests."""
    runtime.deliver(_plant(), key, tasks=TASKS)


def make_table(plant):
    with plant.db.unit_of_work(ACTOR) as uow:
        uow.session.execute(text("CREATE TABLE effect (id bigint GENERATED ALWAYS AS IDENTITY, step text)"))


def effects(plant):
    with plant.db.read_only(ACTOR) as session:
        return list(session.scalars(text("SELECT step FROM effect ORDER BY id")))


def ask(plant, task, count=1, **arguments):
    """Write messages; gives their keys."""
    with plant.db.unit_of_work(ACTOR) as uow:
        return [outbox.request(uow, task, new_ulid(now()), **arguments) for _ in range(count)]


def main(part):
    """A real process of the plant with the test tasks: ``python -m tests.workers.effects worker|relay``."""
    settings = read_settings()
    logs.set_up(settings.log_level)
    redis = Redis.from_url(settings.redis_url)
    if part == "worker":
        consume.consume(redis, ["bulk"])
        return
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    relay.relay(_plant(), redis, stop, tasks=TASKS, entry=ENTRY)


if __name__ == "__main__":
    sys.modules["tests.workers.effects"] = sys.modules["__main__"]
    assert os.environ["DATABASE_URL"]
    main(sys.argv[1])
