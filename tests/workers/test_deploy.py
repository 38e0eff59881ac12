"""The services of deploy/: systemd finds nothing wrong with them, and every command they start works when it is run."""

from __future__ import annotations

import http.client
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from redis import Redis
from rq import Worker

from store.settings import CHECKOUT
from store.start.embedded import create_database, database_url, owner_url
from tests.workers.conftest import wait_for

DEPLOY = CHECKOUT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
INSTALLED = "/opt/indicia"
ANALYZE = shutil.which("systemd-analyze")
pytestmark = pytest.mark.slow


def options(unit: str, section: str = "Service") -> list[tuple[str, str]]:
    """(name, value) of a section, in their order; a name may come again."""
    text = (DEPLOY / "systemd" / unit).read_text("utf-8")
    found = re.search(rf"^\[{section}\]\n(.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, unit
    return [
        (name, value) for name, _, value in (line.partition("=") for line in found[1].splitlines()) if value
    ]


def env_file(name: str) -> dict[str, str]:
    """What an environment file of deploy/ says."""
    lines = (DEPLOY / name).read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@pytest.mark.skipif(ANALYZE is None, reason="no systemd-analyze on this machine: units were not verified")
def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    for unit in UNITS:
        (tmp_path / unit.name).write_text(
            unit.read_text("utf-8").replace(INSTALLED, str(_checkout(tmp_path)))
        )

    def verify() -> str:
        command = [str(ANALYZE), "verify", "--man=no", *(str(tmp_path / unit.name) for unit in UNITS)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    assert verify() == ""
    worker = tmp_path / "indicia-bulk@.service"
    worker.write_text(worker.read_text().replace("Restart=", "Restarting="))
    assert "'Restarting'" in verify()


def _checkout(tmp_path: Path) -> Path:
    """A folder that has the commands where an installed checkout has them."""
    commands = tmp_path / "checkout" / ".venv" / "bin"
    if not commands.exists():
        commands.mkdir(parents=True)
        for name in ("python", "indicia"):
            (commands / name).symlink_to(Path(sys.executable).with_name(name))
    return tmp_path / "checkout"


def test_every_service_is_started_by_the_target_or_a_timer() -> None:
    wanted = " ".join(value for name, value in options("indicia.target", "Unit") if name == "Wants").split()
    started = {re.sub(r"@.*\.", "@.", unit) for unit in wanted}
    required = {value for name in started for key, value in options(name, "Unit") if key == "Requires"}
    timed = {unit.with_suffix(".service").name for unit in UNITS if unit.suffix == ".timer"}
    assert started | required | timed == {unit.name for unit in UNITS if unit.suffix == ".service"}


class Plant:
    """Services run by hand on a database and a queue of their own."""

    def __init__(self, owner: str, user: str, redis_url: str, folder: Path) -> None:
        self.redis_url, self.folder = redis_url, folder
        self.given = {
            "/etc/indicia/indicia.env": env_file("indicia.env")
            | {"INDICIA_DATA_DIR": str(folder), "DATABASE_URL": user, "REDIS_URL": redis_url},
            "/etc/indicia/owner.env": env_file("owner.env") | {"DATABASE_OWNER_URL": owner},
        }  # fmt: skip
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, unit: str, instance: str = "") -> subprocess.Popen[bytes]:
        """The unit's command with its environment and nothing of ours that it does not name."""
        environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        (command,) = (value for name, value in options(unit) if name == "ExecStart")
        for name, value in options(unit):
            if name == "EnvironmentFile":
                environment |= self.given[value]
            elif name == "Environment":
                key, _, said = value.partition("=")
                environment[key] = said.replace("%i", instance)
        words = command.replace("%i", instance).replace("/var/backups/indicia", str(self.folder / "backups"))
        words = words.replace(f"{INSTALLED}/.venv/bin/", f"{Path(sys.executable).parent}/")
        process = subprocess.Popen(shlex.split(words), cwd=CHECKOUT, env=environment)
        self.running[f"{unit} {instance}"] = process
        return process


@pytest.fixture
def services(cluster: str, valkey_url: str, tmp_path: Path) -> Iterator[Plant]:
    create_database(cluster, "deploy")
    Redis.from_url(valkey_url).flushall()
    user = database_url(cluster, "deploy")
    plant = Plant(owner_url(user), user, valkey_url, tmp_path / "plant")
    yield plant
    for process in plant.running.values():
        if process.poll() is None:
            process.kill()
        process.wait()


def test_every_command_works_when_it_is_run(services: Plant) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    assert (
        services.start("indicia-bulk@.service", "1").wait(60) == 1
    )  # no schema yet: it ends with a sentence
    assert services.start("indicia-migrate.service").wait(120) == 0
    lasting = [
        services.start("indicia-web@.service", port),
        services.start("indicia-background.service"),
        services.start("indicia-worker@.service", "interactive"),
        services.start("indicia-worker@.service", "devices"),
        services.start("indicia-bulk@.service", "1"),
    ]
    redis = Redis.from_url(services.redis_url)
    wait_for(lambda: _answers(port), 60)
    wait_for(lambda: {name for one in Worker.all(redis) for name in one.queue_names()} >= _QUEUES, 60)
    wait_for(lambda: _listens(services), 30)  # the relay
    assert services.start("indicia-backup.service").wait(120) == 0
    assert list((services.folder / "backups").glob("*/manifest.json"))
    assert {name.split()[0] for name in services.running} == {u.name for u in UNITS if u.suffix == ".service"}
    for process in lasting:
        process.send_signal(signal.SIGTERM)
    assert [process.wait(30) for process in lasting] == [0] * len(lasting)


_QUEUES = {"interactive", "devices", "bulk"}


def _answers(port: str) -> bool:
    """Asks as the proxy does that stands before it."""
    line = http.client.HTTPConnection("127.0.0.1", int(port), timeout=5)
    told = {"Host": "print.example", "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https"}
    try:
        line.request("GET", "/readyz", headers=told)
        return line.getresponse().read() == b"ready\n"
    except OSError:
        return False
    finally:
        line.close()


def _listens(services: Plant) -> bool:
    with psycopg.connect(services.given["/etc/indicia/indicia.env"]["DATABASE_URL"]) as connection:
        found = connection.execute(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %'"
        )
        return found.fetchone() is not None


def test_the_container_file_copies_and_runs_what_is_there() -> None:
    text = (DEPLOY / "Containerfile").read_text("utf-8")
    assert text.startswith("# Untried")
    named = re.findall(r"scripts/\w+\.py", text)
    assert len(named) == 3
    assert [name for name in named if not (CHECKOUT / name).is_file()] == []
    makefile = (CHECKOUT / "Makefile").read_text("utf-8")
    assert [name for name in named if name not in makefile] == []
