"""The whole plant under one process, in a data folder of its own, with real PostgreSQL, Valkey, web and RQ."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest
from redis import Redis

from store.plant import open_plant
from store.settings import CHECKOUT, Settings
from store.start.embedded import Valkey, socket_file
from tests.workers import effects
from tests.workers.conftest import wait_for

pytestmark = pytest.mark.slow


class Up:
    """One supervisor process; ``plant`` once it said that it is ready."""

    def __init__(self, folder, port, *, module="tests.workers.up", **environment):
        words = os.environ | {
            "INDICIA_DATA_DIR": str(folder), "INDICIA_PORT": str(port), "DATABASE_URL": "", "REDIS_URL": "",
        }  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, "-m", module], cwd=CHECKOUT, env=words | environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self.settings = Settings(data_dir=folder, port=port)

    def ready(self):
        line = self.process.stdout.readline()
        assert line, self.process.communicate()
        database_url, redis_url = line.split()
        self.plant = open_plant(self.settings, database_url)
        self.redis_url = redis_url
        return self

    def family(self):
        """Every process of the plant; PostgreSQL and Valkey too."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def member(self, *words):
        """The oldest process whose command line has these words."""

        def find():
            try:
                living = [p for p in self.family() if p.status() != psutil.STATUS_ZOMBIE]
                return next((p for p in living if all(word in " ".join(p.cmdline()) for word in words)), None)
            except psutil.NoSuchProcess:  # ended while we looked
                return None

        return wait_for(find)

    def end(self, number=signal.SIGTERM):
        """Gives exit code and words."""
        if hasattr(self, "plant"):
            self.plant.db.dispose()
        self.process.send_signal(number)
        words = self.process.communicate(timeout=60)
        return self.process.returncode, words


@pytest.fixture(scope="module")
def place():
    """A data folder and a port that all tests of this module use in turn: every start keeps the data."""
    import shutil
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="indicia-up-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    yield folder, port
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def start():
    """Starts a supervisor; what a failed test left running is ended."""
    started = []

    def start_one(folder, port, **environment):
        started.append(Up(folder, port, **environment))
        return started[-1]

    yield start_one
    for up in started:
        if up.process.poll() is None:
            up.end()
        up.process.stdout.close()
        up.process.stderr.close()


def answers(up):
    with urllib.request.urlopen(f"http://127.0.0.1:{up.settings.port}/healthz", timeout=5) as answer:
        return answer.read()


def test_everything_heals_by_itself_and_ends_without_left_overs(place, start):
    up = start(*place).ready()
    effects.make_table(up.plant)
    assert answers(up) == b"well"
    effects.ask(up.plant, "mark", 30, tenths=2)
    wait_for(lambda: effects.effects(up.plant))
    dice = random.Random(7)
    for victim in (("postgres", "-D"), ("valkey-server",), ("effects", "worker"), ("effects", "relay")):
        up.member(*victim).kill()
        time.sleep(dice.uniform(0.5, 1.5))

    def all_done():
        try:
            return len(effects.effects(up.plant)) >= 30
        except effects.Unavailable:
            return False

    wait_for(all_done, 60)
    up.member("web.server").kill()
    wait_for(lambda: _quietly(answers, up) == b"well", 20)
    assert len(effects.effects(up.plant)) == len(set(effects.effects(up.plant))) == 30
    family = up.family()
    code, words = up.end(signal.SIGINT)
    assert code == 0, words
    assert [p for p in family if p.is_running() and p.status() != psutil.STATUS_ZOMBIE] == []


def test_a_running_step_does_not_delay_the_end_for_long_and_is_done_after_the_next_start(place, start):
    up = start(*place).ready()
    assert len(effects.effects(up.plant)) == 30  # the data is still there
    effects.ask(up.plant, "mark", tenths=100)
    wait_for(lambda: "mark" in " ".join(_claims(up.plant)))
    started = time.monotonic()
    family = up.family()
    assert up.end()[0] == 0
    assert time.monotonic() - started < 15
    assert not [p for p in family if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


def test_a_killed_supervisor_takes_its_children_along_and_the_next_start_works(place, start):
    up = start(*place).ready()
    children = [p for p in up.family() if "postgres" not in p.name()]
    assert len(children) >= 5
    up.end(signal.SIGKILL)
    wait_for(lambda: not [p for p in children if p.is_running()], 20)
    up = start(*place).ready()
    assert len(effects.effects(up.plant)) >= 30
    second = start(*place)
    _, words = second.process.communicate(timeout=30)
    assert second.process.returncode == 1
    assert words.startswith("Indicia runs already on the data folder")
    assert str(up.process.pid) in words
    other_folder = start(place[0] / "other", place[1])
    _, words = other_folder.process.communicate(timeout=30)
    assert other_folder.process.returncode == 1
    assert words.startswith(f"Port {place[1]} on 127.0.0.1 is in use")
    assert up.end()[0] == 0


def test_a_queue_that_may_forget_is_refused(place, start, tmp_path, fresh_database):
    valkey = Valkey(tmp_path, socket_file(tmp_path))
    wait_for(valkey.answers)
    url = f"unix://{socket_file(tmp_path)}"
    with Redis.from_url(url) as redis:
        redis.config_set("maxmemory-policy", "allkeys-lru")
    up = start(tmp_path / "var", place[1], DATABASE_URL=fresh_database, REDIS_URL=url)
    _, words = up.process.communicate(timeout=30)
    valkey.stop()
    assert up.process.returncode == 1
    assert words.strip() == "The queue's maxmemory-policy is allkeys-lru; it must be noeviction."


def test_an_unwritable_data_folder_is_told_in_words(place, start, tmp_path):
    (tmp_path / "file").touch()
    up = start(tmp_path / "file" / "var", place[1])
    _, words = up.process.communicate(timeout=30)
    assert up.process.returncode == 1
    assert "cannot be written" in words
    assert "Traceback" not in words


def _claims(plant):
    with plant.db.read_only(effects.ACTOR) as session:
        rows = session.execute(effects.text("SELECT step_key FROM step_claim WHERE done_at IS NULL"))
        return [row[0] for row in rows]


def _quietly(act, *words):
    try:
        return act(*words)
    except OSError:
        return None
