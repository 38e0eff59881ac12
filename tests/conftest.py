"""Real parts for every test: one PostgreSQL cluster and one Valkey a session, an empty database a test."""

from __future__ import annotations

import functools
import gc
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import event

import store.db
import tests.row_order  # noqa: F401
from store.plant import Plant, open_plant
from store.settings import Settings
from store.start.embedded import start_postgres, start_valkey
from tests.cluster import copy_cluster
from tests.costs import pytest_runtest_makereport, pytest_terminal_summary, servers  # noqa: F401
from tests.databases import database_copy, emptied_databases

# One engine a database for the whole run, so that SQL is compiled, and the server's processes are warm, once, not once
# a test. What a test leaves in the middle of something is ended before the next.
store.db._make_engine = functools.cache(store.db._make_engine)

# A busy machine is no fault of the example that runs on it.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")


# What is loaded stays for the whole run: the collector of garbage neither looks at it meanwhile nor ever again.
gc.disable()


def pytest_collection_finish():
    """From here on garbage is collected, more seldom than always: rows and pages are many and short-lived."""
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
    gc.enable()


# Begun first: what takes long and waits for browsers and processes, so that no worker works on alone at the end.
_LONGEST = ["tests/e2e", "tests/workers", "tests/web"]


def pytest_collection_modifyitems(items):
    """Whole folders in order; within them everything stays as it is."""
    order = {folder: place for place, folder in enumerate(_LONGEST)}
    items.sort(key=lambda item: order.get("/".join(item.nodeid.split("/")[:2]), len(order)))


def pytest_xdist_auto_num_workers():
    """One more than there are processors: at any time some test waits for a process."""
    return len(os.sched_getaffinity(0)) + 1


@pytest.fixture(scope="session")
def cluster(pytestconfig):
    """Superuser URL of a throw-away cluster whose database ``template`` carries the newest schema."""
    folder = Path(tempfile.mkdtemp(prefix="indicia-test-"))
    copy_cluster(pytestconfig.cache.mkdir("cluster"), folder / "pg")
    _, server = start_postgres(folder / "pg")
    servers.append(server.get_pid())
    yield server.get_uri()
    server.cleanup_mode = "delete"
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def fresh_database(cluster):
    """URL of a new migrated database, for a test that hurts the database itself or migrates it."""
    with database_copy(cluster, "template") as url:
        yield url


@pytest.fixture(scope="session")
def empty_database(cluster):
    """Gives the URL of the worker's own database, emptied."""
    with emptied_databases(cluster, "template") as empty:
        yield empty


@pytest.fixture
def plant(empty_database, tmp_path) -> Plant:
    """An empty plant: schema and the shipped catalog, no other rows."""
    return open_plant(Settings(data_dir=tmp_path / "var"), empty_database())


@pytest.fixture
def statements():
    """``with statements(plant) as said``: the SQL that runs meanwhile, to count or to read."""

    @contextmanager
    def listen(plant: Plant):
        said: list[str] = []

        def hear(_connection, _cursor, statement, *_):
            said.append(statement)

        event.listen(plant.db.engine, "before_cursor_execute", hear)
        try:
            yield said
        finally:
            event.remove(plant.db.engine, "before_cursor_execute", hear)

    return listen


@pytest.fixture(scope="session")
def walked_plant(cluster, tmp_path_factory):
    """A plant that walked the whole line once. Shared: what a test changes in it, it rolls back."""
    from tests.walked import walk

    with database_copy(cluster, "template") as url:
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
