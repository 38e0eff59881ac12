"""Alembic from Python: bring a database to the newest schema, or say how far it is."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.errors import Unavailable
from store.db import Database
from store.settings import CHECKOUT

_GRANTS_LOCK = 0x1D1C1B  # any number, the same in every process that grants
_NOT_YET_USED = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema()
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND NOT has_table_privilege(
           :role, c.oid, CASE c.relname WHEN 'alembic_version' THEN 'SELECT' ELSE 'DELETE' END)"""
_OWNS = (
    "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = current_schema() AND tableowner = current_user)"
)
_ABOVE_THE_WALLS = "SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"


def alembic_config(url: str) -> Config:
    """Configuration without a file."""
    config = Config()
    config.set_main_option("script_location", str(CHECKOUT / "migrations"))
    config.set_main_option(
        "file_template", "%%(year)d%%(month).2d%%(day).2d_%%(hour).2d%%(minute).2d_%%(slug)s"
    )
    config.attributes["url"] = url
    return config


def upgrade(owner_url: str, url: str) -> None:
    """Apply what is missing as the owner, under an advisory lock (migrations/env.py); let the role of ``url`` use
    it. Unavailable DATABASE_ROLE when row-level security would not bind that role.
    """
    role = _bound_role(url)
    _refuse_other(owner_url)
    command.upgrade(alembic_config(owner_url), "head")
    _let_use(owner_url, role)


def _let_use(owner_url: str, role: str) -> None:
    """Rows of every table, never the tables. Partitions are reached through their parent."""
    database = Database(owner_url)
    name = database.engine.dialect.identifier_preparer.quote
    with database.engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _GRANTS_LOCK})
        for table in connection.scalars(text(_NOT_YET_USED), {"role": role}).all():
            rights = "SELECT" if table == "alembic_version" else "SELECT, INSERT, UPDATE, DELETE"
            connection.execute(text(f"GRANT {rights} ON {name(table)} TO {name(role)}"))
    database.dispose()


def _bound_role(url: str) -> str:
    database = Database(url)
    with database.engine.connect() as connection:
        role, is_above = connection.execute(text(_ABOVE_THE_WALLS)).one()
    database.dispose()
    if is_above:
        raise Unavailable(
            f"The database role {role} is a superuser or bypasses row-level security, so agencies would not be kept "
            "apart. Set DATABASE_URL to a plain role.",
            code="DATABASE_ROLE",
        )
    return str(role)


def one_role_warning(session: Session) -> str:
    """What is wrong with a role that uses tables of its own, in a sentence; nothing where an owner stands apart."""
    if not session.scalar(text(_OWNS)):
        return ""
    return (
        "One database role owns the tables and works with them, so a fault in the program could take down the walls "
        "between agencies. Set DATABASE_OWNER_URL to a second role that owns the tables, and DATABASE_URL to one "
        "that only uses them (docs/reference/settings.md)."
    )


def _refuse_other(url: str) -> None:
    database = Database(url)
    current, head = current_and_head(database)
    with database.engine.connect() as connection:
        is_before_lots = connection.scalar(text("SELECT to_regclass('presort_batch')")) is not None
    database.dispose()
    script = ScriptDirectory.from_config(alembic_config(url))
    known = {one.revision for one in script.walk_revisions()}
    unknown = "" if current is None or current in known else current
    # Revisions are numbered in order; those before the first were folded into it.
    if is_before_lots or (unknown and unknown < min(known)):
        raise Unavailable(
            "This data folder is of an older build, whose schema is not brought forward. Nothing was changed. Stop "
            "what runs on it, move the data folder aside (or name an empty database) and start again: a new plant is "
            "set up.",
            code="SCHEMA",
        )
    if unknown:
        raise Unavailable(
            f"The database was made by a newer Indicia (schema {unknown}; this one knows up to {head}). Nothing was "
            "changed. Start the newer program, or restore a backup of the older one.",
            code="SCHEMA",
        )


def current_and_head(db: Database) -> tuple[str | None, str | None]:
    """The revision of the database and the newest one."""
    with db.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return current, ScriptDirectory.from_config(alembic_config(db.url)).get_current_head()


def require_current(db: Database) -> None:
    """Refuse to work on a mixed schema."""
    _refuse_other(db.url)
    current, head = current_and_head(db)
    if current != head:
        raise Unavailable("The database has another schema. Run: indicia migrate", code="SCHEMA")


def leave_unless_current(url: str) -> None:
    """A service of its own (web, worker, background) ends with the sentence instead of working on a mixed schema."""
    database = Database(url)
    try:
        require_current(database)
    except Unavailable as error:
        raise SystemExit(error.sentence) from error
    finally:
        database.dispose()
