"""Alembic from Python: bring a database to the newest schema, or say how far it is."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from kernel.errors import Unavailable
from store.db import Database
from store.settings import CHECKOUT


def alembic_config(url: str) -> Config:
    """Configuration without a file."""
    config = Config()
    config.set_main_option("script_location", str(CHECKOUT / "migrations"))
    config.set_main_option(
        "file_template", "%%(year)d%%(month).2d%%(day).2d_%%(hour).2d%%(minute).2d_%%(slug)s"
    )
    config.attributes["url"] = url
    return config


def upgrade(url: str) -> None:
    """Apply what is missing, under an advisory lock (migrations/env.py)."""
    command.upgrade(alembic_config(url), "head")


def current_and_head(db: Database) -> tuple[str | None, str | None]:
    """The revision of the database and the newest one."""
    with db.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return current, ScriptDirectory.from_config(alembic_config(db.url)).get_current_head()


def require_current(db: Database) -> None:
    """Refuse to work on a mixed schema."""
    current, head = current_and_head(db)
    if current != head:
        raise Unavailable("The database has another schema. Run: indicia migrate", code="SCHEMA")
