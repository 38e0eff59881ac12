"""A plant with real processes: PostgreSQL, Valkey, relay with sweeper, RQ workers, and ways to hurt them."""

import multiprocessing
import time
from pathlib import Path

import psutil
import pytest
from redis import Redis

from store.settings import as_environment
from store.start.embedded import start_valkey
from tests.workers import effects

# Real processes, forked from one that has the imports done: a second of work less for each.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["__main__", effects.__name__])


class Line:
    """Processes of one test. ``start`` gives the worker or relay; ``horse`` the child a worker works with."""

    def __init__(self, plant, folder):
        self.plant = plant
        self.folder = folder
        self.processes = []
        self.folder.mkdir()
        (self.folder / "log").touch()
        self.start_valkey()
        effects.make_table(plant)

    def start_valkey(self):
        self.redis_url, self.valkey = start_valkey(self.folder)
        self.redis = Redis.from_url(self.redis_url)

    def start(self, *words, crash=""):
        environment = as_environment(self.plant.settings) | {
            "DATABASE_URL": self.plant.db.url, "REDIS_URL": self.redis_url, "INDICIA_CRASH_AT": crash,
        }  # fmt: skip
        process = FORKS.Process(target=effects.be, args=(self.folder, environment, words))
        process.start()
        self.processes.append(process)
        return process

    def answer(self, process):
        """(exit code, what it said) of a process, once it has ended."""
        process.join()
        return process.exitcode, (self.folder / str(process.pid)).read_text().strip()

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
            family = psutil.Process(process.pid).children() if process.is_alive() else []
            for one in [process, *family]:
                one.kill()
            process.join()
            process.close()
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
