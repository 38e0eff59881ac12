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


@pytest.mark.parametrize(
    ("version", "table"), [("0030", "presort_batch"), ("0015", "mailing")], ids=["before-lots", "folded"]
)
def test_a_data_folder_of_an_older_build_is_refused_with_what_to_do(cluster, version, table):
    create_database(cluster, f"before_{version}")
    used = database_url(cluster, f"before_{version}")
    with psycopg.connect(owner_url(used)) as connection:
        connection.execute(f"CREATE TABLE {table} (id bigint)")
        connection.execute(f"CREATE TABLE alembic_version AS SELECT '{version}'::varchar(32) AS version_num")
    with pytest.raises(Unavailable, match=r"older build.*move the data folder aside"):
        upgrade(owner_url(used), used)
    with psycopg.connect(owner_url(used)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(version,)]
