"""Real parts for every test: one PostgreSQL cluster and one Valkey a session, a fresh database a test."""

from __future__ import annotations

import itertools
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from store.embedded import create_database, database_url, owner_url, start_postgres, start_valkey
from store.migrate import upgrade
from store.plant import Plant, open_plant
from store.settings import Settings

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def cluster():
    """Superuser URL of a throw-away cluster whose database ``template`` carries the newest schema."""
    folder = Path(tempfile.mkdtemp(prefix="indicia-test-"))
    _, server = start_postgres(folder / "pg")
    url = server.get_uri()
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes"):  # a throw-away cluster need not survive a power cut
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    create_database(url, "template")
    used = database_url(url, "template")
    upgrade(owner_url(used), used)
    yield url
    server.cleanup_mode = "delete"
    server.cleanup()


@contextmanager
def _database(cluster, template):
    """URL of a new copy of a database, dropped afterwards."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(cluster, autocommit=True) as connection:
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER indicia")
        connection.execute(copy.format(sql.Identifier(name), sql.Identifier(template)))
    try:
        yield database_url(cluster, name)
    finally:
        with psycopg.connect(cluster, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def fresh_database(cluster):
    """URL of a new migrated database."""
    with _database(cluster, "template") as url:
        yield url


@pytest.fixture
def plant(fresh_database, tmp_path) -> Plant:
    """An empty plant: schema, no rows."""
    opened = open_plant(Settings(data_dir=tmp_path / "var"), fresh_database)
    yield opened
    opened.db.dispose()


@pytest.fixture(scope="session")
def walked_plant(cluster, tmp_path_factory):
    """A plant that walked the whole line once. Shared: what a test changes in it, it rolls back."""
    from tests.walked import walk

    with _database(cluster, "template") as url:
        opened = open_plant(Settings(data_dir=tmp_path_factory.mktemp("walked")), url)
        try:
            walk(opened)
            yield opened
        finally:
            opened.db.dispose()


@pytest.fixture(scope="session")
def valkey_url():
    """URL of a throw-away Valkey."""
    with tempfile.TemporaryDirectory(prefix="indicia-valkey-") as folder:
        url, server = start_valkey(Path(folder))
        yield url
        server.stop()
