"""A cluster whose database ``template`` carries the newest schema and catalog: made once, copied by every run."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path

import psycopg

from production.catalog.shipped import set_up
from store.db import Database
from store.settings import CHECKOUT
from store.start.embedded import create_database, database_url, owner_url, start_postgres
from store.start.migrate import upgrade

_MAKES_IT = ("kernel", "store", "production", "migrations", "requirements.lock", "tests/cluster.py")


def copy_cluster(kept: Path, folder: Path) -> None:
    """The cluster, not running, in ``folder``. One stays in ``kept`` for the next run, until anything changes that had
    a part in making it; other processes wait until it is there.
    """
    made = kept / _fingerprint()
    with (kept / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            for old in kept.glob("*/"):
                shutil.rmtree(old)
            _make(kept / "unfinished")
            (kept / "unfinished").rename(made)
        subprocess.run(["cp", "-a", made, folder], check=True)  # with its owner, where root runs the tests


def _fingerprint() -> str:
    told = hashlib.sha256()
    for name in _MAKES_IT:
        for path in sorted((CHECKOUT / name).rglob("*") if (CHECKOUT / name).is_dir() else [CHECKOUT / name]):
            if path.is_file() and path.suffix != ".pyc":
                told.update(
                    str(path.relative_to(CHECKOUT)).encode() + hashlib.sha256(path.read_bytes()).digest()
                )
    return told.hexdigest()


def _make(folder: Path) -> None:
    _, server = start_postgres(folder)
    url = server.get_uri()
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes"):  # a throw-away cluster need not survive a power cut
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
    create_database(url, "template")
    used = database_url(url, "template")
    upgrade(owner_url(used), used)
    database = Database(used)
    set_up(database)
    database.dispose()
    server.cleanup()
