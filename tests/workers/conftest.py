"""A plant with real processes: PostgreSQL, Valkey, relay with sweeper, RQ workers, and ways to hurt them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from redis import Redis

from store.settings import CHECKOUT, as_environment
from store.start.embedded import start_valkey
from tests.workers import effects


class Line:
    """Processes of one test. ``start`` gives the worker or relay; ``horse`` the child a worker works with."""

    def __init__(self, plant, folder):
        self.plant = plant
        self.folder = folder
        self.processes = []
        self.folder.mkdir()
        self.log = (self.folder / "log").open("ab")
        self.start_valkey()
        effects.make_table(plant)

    def start_valkey(self):
        self.redis_url, self.valkey = start_valkey(self.folder)
        self.redis = Redis.from_url(self.redis_url)

    def start(self, *words, crash=""):
        environment = as_environment(self.plant.settings) | {
            "DATABASE_URL": self.plant.db.url, "REDIS_URL": self.redis_url, "PATH": os.environ["PATH"],
            "INDICIA_CRASH_AT": crash,
        }  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.workers.effects", *words], cwd=CHECKOUT, env=environment,
            start_new_session=True, stdout=subprocess.PIPE, stderr=self.log, text=True,
        )  # fmt: skip
        self.processes.append(process)
        return process

    def horse(self, worker, seconds=15):
        """The work-horse of a worker, once it has one."""
        return wait_for(lambda: next(iter(psutil.Process(worker.pid).children()), None), seconds)

    def effects(self):
        return effects.effects(self.plant)

    def wait_for_effects(self, count, seconds=40):
        wait_for(lambda: len(self.effects()) >= count and self.open_count() == 0, seconds)
        assert len(self.effects()) == len(set(self.effects())) == count

    def open_count(self):
        from store import outbox

        with self.plant.db.read_only(effects.ACTOR) as session:
            return outbox.open_keys(session)[1]

    def words(self):
        return (self.folder / "log").read_text()

    def end(self):
        for process in self.processes:
            family = psutil.Process(process.pid).children() if process.poll() is None else []
            for one in [process, *family]:
                one.send_signal(signal.SIGKILL)
            process.wait()
            process.stdout.close()
        self.log.close()
        self.redis.close()
        self.valkey.stop()


def wait_for(condition, seconds=15):
    """What the condition gives, once it is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
    return found


@pytest.fixture
def line(plant, tmp_path):
    folder = Path(tmp_path) / "q"
    made = Line(plant, folder)
    yield made
    made.end()
