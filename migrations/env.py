"""Alembic's entry: one transaction a run, one advisory lock, time limits on every statement."""

from importlib import import_module

from alembic import context
from sqlalchemy import text

from store.columns import Base
from store.db import Database

MODELS = [
    "store.audit", "store.claims", "store.counters", "store.files", "store.idempotency", "store.outbox",
    "store.start.stamp", "store.keeping.verify_part",
    "production.people.models", "production.people.second_person", "production.catalog.models", "production.catalog.forms.models",
    "production.jobs.models", "production.floor.printers.models",
    "production.mailings.shop", "production.mailings.nonprofit", "production.mailings.models",
    "production.frontdesk.orders.models", "production.frontdesk.approving.models", "production.frontdesk.address_matching.models",
    "production.frontdesk.stationery.models",
    "production.mailroom.serials.models", "production.mailings.models", "production.mailroom.pieces.models",
    "production.mailroom.metering.models", "production.mailroom.maildat.models", "production.mailroom.sorter.models",
    "production.dock.models", "production.records.models", "production.library.models", "billing.models",
]  # fmt: skip
for module in MODELS:
    import_module(module)
LOCK = 0x1D1C1A  # any number, the same in every process that migrates


def include_object(_object, name, kind, _reflected, _compare_to):
    """Monthly partitions come and go by retention; they are not part of the model."""
    return not (kind == "table" and name.startswith("recipient_"))


def render_item(kind, value, _context):
    """Revisions name plain SQL types: they must run when the code's own types have moved on."""
    plain = {
        "UtcDateTime": "sa.DateTime(timezone=True)",
        "Cents": "sa.BigInteger()",
        "Word": "sa.String(40)",
        "Document": "postgresql.JSONB()",
    }
    return plain.get(type(value).__name__, False) if kind == "type" else False


database = Database(context.config.attributes["url"])
with database.engine.connect() as connection:
    connection.execute(text("SET lock_timeout = '4s'"))
    connection.execute(text("SET statement_timeout = '60s'"))
    connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=include_object,
        render_item=render_item,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
database.dispose()
