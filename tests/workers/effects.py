"""Steps that only tests have: each leaves a row in ``effect``, which nothing keeps from being written twice."""

import functools
import importlib
import os
import signal
import sys
import threading
from datetime import timedelta

from redis import Redis
from sqlalchemy import select, text

from kernel.clock import now
from kernel.errors import AttentionNeeded, Corrupt, InvalidInput, Unavailable
from kernel.ids import new_ulid
from production.jobs import lifecycle
from production.jobs.models import Job
from production.jobs.states import Stops
from store import crash_points, logs, outbox
from store.crash_points import reach
from store.db import system_actor
from store.files import record_file
from store.plant import open_plant
from store.settings import read_settings
from store.start.embedded import ROLE
from workers import consume, relay, runtime, schedule, sweeper
from workers.registry import Task, table
from workers.schedule import Periodic

LEASE = timedelta(seconds=1.2)
ACTOR = system_actor("test")
ENTRY = "tests.workers.effects.run_step"
ERRORS = {
    "user": InvalidInput("The list has no ZIP column."),
    "attention": AttentionNeeded("The meter moved and nobody knows why."),
    "corrupt": Corrupt("A stored file is damaged."),
    "bug": ValueError("Mr. Secret of 12 Hidden Street"),
}


def mark(plant, work):
    """Waits so many ``tenths`` of a second with the heart beating, keeps a file, and records one effect."""
    waited = threading.Event()
    for _ in range(work.arguments.get("tenths", 0) * 2):
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
    threading.Event().wait(work.arguments["tenths"] / 10)
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


def release(plant, work):
    """Records a change of state that a hold blocks."""

    def record(uow):
        lifecycle.advance(uow, uow.session.scalars(select(Job).filter_by(ulid=work.subject)).one(), "release")

    return record


def _task(function, **values):
    return Task(
        function.__name__,
        f"tests.workers.effects.{function.__name__}",
        "bulk",
        "job",
        "test",
        **({"lease": LEASE} | values),
    )


TASKS = table(
    _task(mark, attempts=50),
    _task(deaf),
    _task(fail, stops=Stops.PRODUCTION),
    _task(away, stops=Stops.PRODUCTION),
    _task(release),
)


@functools.cache
def _plant():
    settings = read_settings()
    return open_plant(settings, settings.database_url)


def run_step(key):
    """The entry RQ calls in tests."""
    runtime.deliver(_plant(), key, tasks=TASKS)


def make_table(plant):
    from tests.factories import owners_hand  # only the test itself makes tables

    with owners_hand(plant) as connection:
        connection.execute(text("CREATE TABLE effect (id bigint GENERATED ALWAYS AS IDENTITY, step text)"))
        connection.execute(text(f"GRANT ALL ON effect TO {ROLE}"))


def effects(plant):
    with plant.db.read_only(ACTOR) as session:
        return list(session.scalars(text("SELECT step FROM effect ORDER BY id")))


def ask(plant, task, count=1, **arguments):
    """Write messages; gives their keys."""
    with plant.db.unit_of_work(ACTOR) as uow:
        return [outbox.request(uow, task, new_ulid(now()), **arguments) for _ in range(count)]


SWEEPS = (
    Periodic("recover", timedelta(seconds=0.5), lambda hands: sweeper.recover(hands.plant, tasks=TASKS)),
    Periodic(
        "resend",
        timedelta(seconds=0.5),
        lambda hands: sweeper.resend(
            hands.plant, hands.redis, tasks=TASKS, entry=ENTRY, older_than=timedelta(seconds=1)
        ),
    ),
)


def keep_relay(redis):
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    hands = schedule.Hands(_plant(), redis, sweeper.OrphanWatch(_plant()))
    thread = threading.Thread(target=schedule.run, args=(hands, stop), kwargs={"acts": SWEEPS}, daemon=True)
    thread.start()
    relay.relay(_plant(), redis, stop, tasks=TASKS, entry=ENTRY)
    thread.join()


def main(part, *keys):
    """A real process of the plant with the test tasks: ``worker``, ``relay`` (with sweeper), ``deliver KEY``."""
    settings = read_settings()
    logs.set_up(settings.log_level)
    if part == "deliver":
        print(runtime.deliver(_plant(), *keys, tasks=TASKS))
    elif part == "worker":
        consume.consume(Redis.from_url(settings.redis_url), ["bulk"])
    else:
        keep_relay(Redis.from_url(settings.redis_url))


def be(folder, environment, words):
    """``main`` in a process of its own; its log and what it says go into the folder."""
    os.setsid()
    os.environ.update(environment)
    importlib.reload(crash_points)  # it reads the environment once
    for stream, path in ((sys.stdout, folder / str(os.getpid())), (sys.stderr, folder / "log")):
        with path.open("ab") as file:
            os.dup2(file.fileno(), stream.fileno())
    main(*words)


if __name__ == "__main__":
    from tests.workers import effects  # the same module under the name that RQ and the task table use

    effects.main(*sys.argv[1:])
