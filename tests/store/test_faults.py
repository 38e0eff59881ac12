"""A full disk, a newer database, a slow or odd machine: plain sentences, and nothing is lost."""

from __future__ import annotations

import io
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, select, text

from kernel.clock import now
from kernel.errors import Unavailable
from kernel.ids import new_ulid
from store import files, logs, outbox
from store.claims import StepClaim
from store.settings import CHECKOUT
from store.start import embedded
from store.start.embedded import listen, owner_url
from store.start.migrate import leave_unless_current, upgrade
from tests.factories import PLANT, owners_hand
from workers import runtime, supervisor


@pytest.fixture
def no_room(monkeypatch):
    """The reserve is larger than any disk."""
    monkeypatch.setattr(files, "RESERVE_BYTES", 1 << 60)


def test_uploads_leave_the_reserve_alone(plant, no_room):
    with pytest.raises(Unavailable) as caught:
        plant.files.keep_stream(io.BytesIO(b"a list"), "text/csv")
    assert caught.value.instance_code == "STORAGE_FULL"
    assert not list(plant.settings.data_dir.rglob("files/*/*"))


def test_no_step_begins_and_none_is_lost_while_the_disk_is_full(plant, monkeypatch):
    with plant.db.unit_of_work(PLANT) as uow:
        key = outbox.request(uow, "papers", new_ulid(now()))
    monkeypatch.setattr(files, "RESERVE_BYTES", 1 << 60)
    assert runtime.deliver(plant, key) is runtime.Outcome.NOT_NEEDED
    with plant.db.read_only(PLANT) as session:
        assert session.scalar(select(func.count()).select_from(StepClaim)) == 0
        assert outbox.open_keys(session) == ([key], 1)
    monkeypatch.setattr(files, "RESERVE_BYTES", 0)
    assert runtime.deliver(plant, key) is not runtime.Outcome.NOT_NEEDED


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_log_that_cannot_be_written_ends_no_process():
    code = (
        "import logging, structlog\nfrom store.logs import set_up\nset_up('INFO')\n"
        "for _ in range(3):\n    structlog.get_logger().info('x')\n    logging.getLogger('y').warning('z')\n"
        "print('alive')"
    )
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            stderr=full,
            text=True,
            check=True,
        )
    assert done.stdout == "alive\n"


def test_a_log_begins_anew_while_its_process_writes(tmp_path):
    path = tmp_path / "web-1.log"
    with path.open("ab", buffering=0) as log:
        log.write(b"first\n" * 100)
        logs.rotate(path, largest=10_000)
        assert path.stat().st_size == 600
        logs.rotate(path, largest=100)
        log.write(b"next\n")
    assert path.read_bytes() == b"next\n"
    assert (tmp_path / "web-1.log.1").read_bytes() == b"first\n" * 100
    logs.rotate(tmp_path / "never.log")


def test_restarts_come_later_and_later():
    assert [supervisor._wait_after(deaths) for deaths in range(1, 9)] == [0, 1, 3, 7, 15, 30, 30, 30]


def test_a_newer_database_is_refused_in_a_sentence(plant):
    with owners_hand(plant) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Unavailable, match=r"newer Indicia \(schema 9999") as caught:
        upgrade(owner_url(plant.db.url), plant.db.url)
    assert caught.value.instance_code == "SCHEMA"
    with pytest.raises(SystemExit, match="newer Indicia"):
        leave_unless_current(plant.db.url)
    with owners_hand(plant) as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    with pytest.raises(SystemExit, match="indicia migrate"):
        leave_unless_current(plant.db.url)


def test_a_slow_start_is_waited_for(monkeypatch, tmp_path):
    class Library:
        class PostgresServer:
            _instances = {tmp_path: "half made"}  # noqa: RUF012

        asked = 0

        @classmethod
        def get_server(cls, folder):
            cls.asked += 1
            if cls.asked < 3:
                raise subprocess.TimeoutExpired("pg_ctl", 10)
            return f"server in {folder.name}"

    assert embedded._patiently(Library, tmp_path) == f"server in {tmp_path.name}"
    assert Library.PostgresServer._instances == {}
    Library.asked = 0
    monkeypatch.setattr(embedded, "_START_SECONDS", -1)
    with pytest.raises(subprocess.TimeoutExpired):
        embedded._patiently(Library, tmp_path)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "[::1]", "localhost"])
def test_the_web_address_may_be_ipv4_ipv6_or_a_name(host):
    try:
        taken = listen(host, 0)
    except Unavailable:
        if socket.has_ipv6 and ":" not in host:
            raise
        pytest.skip("this machine has no IPv6")
    with taken:
        with socket.create_connection((host.strip("[]"), taken.getsockname()[1]), timeout=5):
            pass
        with pytest.raises(Unavailable, match="in use"):
            listen(host, taken.getsockname()[1])


def test_an_address_of_another_machine_is_told_in_words():
    with pytest.raises(Unavailable, match=r"cannot listen on 192\.0\.2\.1"):
        listen("192.0.2.1", 8642)


def test_what_the_plant_makes_is_for_its_owner_only(plant):
    ref = plant.files.keep_bytes(b"names", "text/plain")
    for path in (plant.files.path(ref.sha256), plant.files.path(ref.sha256).parent, plant.files.root):
        assert path.stat().st_mode & 0o077 == 0, path


def test_the_owner_url_is_no_business_of_the_used_role(plant):
    with psycopg.connect(plant.db.url) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("indicia_app",)
