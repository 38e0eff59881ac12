import importlib
import pkgutil

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import billing
import production
import store
from kernel.errors import Unavailable
from store.columns import Base
from store.db import Database
from store.start.embedded import create_database, database_url, owner_url
from store.start.migrate import alembic_config, one_role_warning, require_current, upgrade
from tests.factories import PLANT


def test_one_head(plant):
    assert len(ScriptDirectory.from_config(alembic_config(plant.db.url)).get_heads()) == 1


def test_models_and_migrations_agree(plant):
    for top in (store, production, billing):  # wherever a mapped table stands, it is known to the comparison
        for module in pkgutil.walk_packages(top.__path__, f"{top.__name__}."):
            importlib.import_module(module.name)
    with plant.db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_object": lambda _o, name, kind, _r, _c: (
                    not (kind == "table" and name.startswith("recipient_"))
                ),
            },
        )
        assert compare_metadata(context, Base.metadata) == []


def test_every_revision_goes_up_and_down(cluster):
    create_database(cluster, "updown")
    config = alembic_config(owner_url(database_url(cluster, "updown")))
    revisions = [r.revision for r in ScriptDirectory.from_config(config).walk_revisions()][::-1]
    for revision in revisions:
        command.upgrade(config, revision)
        command.downgrade(config, "-1")
        command.upgrade(config, revision)
    command.downgrade(config, "base")
    with psycopg.connect(owner_url(database_url(cluster, "updown"))) as connection:
        left = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert left == [("alembic_version",)]


def test_a_mixed_schema_is_refused(cluster):
    create_database(cluster, "mixed")
    db = Database(database_url(cluster, "mixed"))
    with pytest.raises(Exception, match="indicia migrate"):
        require_current(db)
    db.dispose()


def test_one_role_for_everything_is_warned_of(plant):
    with plant.db.read_only(PLANT) as session:
        assert one_role_warning(session) == ""
    alone = Database(owner_url(plant.db.url))
    with alone.read_only(PLANT) as session:
        assert "Set DATABASE_OWNER_URL to a second role" in one_role_warning(session)
    alone.dispose()


def test_a_data_folder_from_before_the_lots_is_refused_with_what_to_do(cluster):
    create_database(cluster, "before")
    used = database_url(cluster, "before")
    with psycopg.connect(owner_url(used)) as connection:
        connection.execute("CREATE TABLE presort_batch (id bigint)")
        connection.execute("CREATE TABLE alembic_version AS SELECT '0030'::varchar(32) AS version_num")
    with pytest.raises(Unavailable, match=r"older build.*move the data folder aside"):
        upgrade(owner_url(used), used)
    with psycopg.connect(owner_url(used)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("0030",)]


def test_streams_of_before_get_their_mailing(cluster):
    """Streams held together are one mailing, every other one is its own; back again they are held together."""
    create_database(cluster, "streams")
    config = alembic_config(owner_url(database_url(cluster, "streams")))
    command.upgrade(config, "0002")
    streams = [("2026-06-30 23:00-05", True), ("2026-07-01 01:00-05", False), ("2026-06-30 23:30-05", True)]
    with psycopg.connect(owner_url(database_url(cluster, "streams"))) as connection:
        connection.execute("SELECT set_config('indicia.scope', 'plant', true)")
        for place, (at, is_held) in enumerate(streams, start=1):
            connection.execute(
                "INSERT INTO lot (ulid, number, kind, state, version, ready_by, created_at) VALUES"
                " (gen_random_uuid(), %s, 'presort', 'planning', 1, now(), %s)",
                [f"27-{place:06d}-0", at],
            )
            connection.execute(
                "INSERT INTO presort_stream (id, mail_date, mail_class, mail_shape, sort_plan, policy, together,"
                " envelope, weight_oz, thickness_in, payment, summary) SELECT id, '2026-07-02', 'first-class',"
                " 'letter', 'fcm-letter-automation', 'least', %s::uuid, '10W', 1, 0.01, 'metered', '{}' FROM lot"
                " WHERE number = %s",
                ["0" * 32 if is_held else None, f"27-{place:06d}-0"],
            )
    command.upgrade(config, "0003")
    with psycopg.connect(owner_url(database_url(cluster, "streams"))) as connection:
        connection.execute("SELECT set_config('indicia.scope', 'plant', true)")
        numbers = "SELECT mailing.number FROM presort_stream s JOIN mailing ON mailing.id = mailing_id ORDER BY s.id"
        assert connection.execute(numbers).fetchall() == [("M26-0001",), ("M27-0001",), ("M26-0001",)]
        kept = "SELECT DISTINCT mail_date::text, mail_class, policy, payment FROM mailing"
        assert connection.execute(kept).fetchall() == [("2026-07-02", "first-class", "least", "metered")]
        counted = "SELECT name, last FROM counter WHERE name LIKE 'mailing-%' ORDER BY name"
        assert connection.execute(counted).fetchall() == [("mailing-2026", 1), ("mailing-2027", 1)]
    command.downgrade(config, "0002")
    with psycopg.connect(owner_url(database_url(cluster, "streams"))) as connection:
        connection.execute("SELECT set_config('indicia.scope', 'plant', true)")
        held = "SELECT together IS NOT NULL, payment FROM presort_stream ORDER BY id"
        assert connection.execute(held).fetchall() == [(is_held, "metered") for _, is_held in streams]
