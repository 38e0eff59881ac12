"""How a command opens the plant: the database by URL, or the embedded one in the data folder."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import production.rooms  # noqa: F401  lots of every kind are known
from production.catalog.shipped import set_up
from store.plant import Plant, open_plant
from store.settings import Settings, read_settings
from store.start.embedded import owner_url, start_postgres, wait_for_database
from store.start.migrate import upgrade
from store.start.stamp import stamp

_SHARED: ContextVar[Plant | None] = ContextVar("shared", default=None)


@contextmanager
def sharing(plant: Plant) -> Iterator[None]:
    """Commands that are called in here by this thread find this plant open."""
    token = _SHARED.set(plant)
    try:
        yield
    finally:
        _SHARED.reset(token)


@contextmanager
def opened_plant(settings: Settings | None = None) -> Iterator[Plant]:
    """A migrated plant; an embedded database that this command started is stopped again."""
    if (shared := _SHARED.get()) is not None:
        yield shared
        return
    with opened_database(settings or read_settings()) as (plant, owner):
        upgrade(owner, plant.db.url)
        stamp(plant)
        set_up(plant.db)
        # pypdf makes a million objects of a print file, and each full collection walked all modules besides: of the
        # line of 100,000 letters 0.7 of 8.5 CPU seconds (seen).
        gc.freeze()
        yield plant


@contextmanager
def opened_database(settings: Settings) -> Iterator[tuple[Plant, str]]:
    """The plant on its database as it is, perhaps empty or of an older schema, and the URL for its owner."""
    server = None
    url, owner = settings.database_url, settings.database_owner_url or settings.database_url
    if url:
        wait_for_database(url)
    else:
        url, server = start_postgres(settings.data_dir / "postgres")
        owner = owner_url(url)
    plant = open_plant(settings, url)
    try:
        yield plant, owner
    finally:
        plant.db.dispose()
        if server is not None:
            server.cleanup()
