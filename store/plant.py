"""Settings, database and files together: what every entry point opens first."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial

from store.db import Database
from store.files import FileStore, why_gone
from store.settings import Settings
from store.witness import Witness


@dataclass(frozen=True, slots=True)
class Plant:
    """The open plant; ``db`` and ``files`` are shared by everything in a process."""

    settings: Settings
    db: Database
    files: FileStore


def open_plant(settings: Settings, database_url: str, *, statement_seconds: int | None = None) -> Plant:
    """A plant on a running database; ``statement_seconds`` as of ``store.db.Database``. From here on this process makes
    files for their owner only."""
    os.umask(0o077)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(database_url, Witness(settings.witness_folder), statement_seconds=statement_seconds)
    files = FileStore(settings.files_dir, settings.scratch_dir, partial(why_gone, database))
    return Plant(settings, database, files)
