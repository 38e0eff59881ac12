"""Every table and partition is behind row-level security or stands on the list; the using role changes no table."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from kernel.errors import Unavailable
from production.mailroom.pieces.recipients import ensure_partition
from store.db import Actor
from store.row_security import OPEN_TABLES
from store.start.embedded import owner_url
from store.start.migrate import upgrade
from tests.factories import PLANT, make_agency, owners_hand

TABLES = """
    SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity
           AND EXISTS (SELECT 1 FROM pg_policy WHERE polrelid = c.oid)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
     WHERE c.relkind IN ('r', 'p')"""


@pytest.fixture
def with_months(plant):
    """A plant with partitions."""
    with plant.db.unit_of_work(PLANT) as uow:
        for day in (date(2026, 12, 31), date(2027, 1, 1)):
            ensure_partition(uow, day)
    return plant


def test_every_table_is_walled_or_on_the_list_with_its_reason(with_months):
    with with_months.db.read_only(PLANT) as session:
        walled = dict(session.execute(text(TABLES)).all())
    assert {"recipient_2026_12", "recipient_2027_01"} <= set(walled)
    assert {name for name, is_walled in walled.items() if not is_walled} == set(OPEN_TABLES)
    assert all(OPEN_TABLES.values())


def test_no_scope_and_a_foreign_scope_see_nothing_of_any_walled_table(walked_plant):
    with walked_plant.db.read_only(PLANT) as session:
        tables = [name for name, is_walled in session.execute(text(TABLES)) if is_walled]
    own = [name for name in tables if not name.startswith("recipient_")]  # a partition is not even granted
    for scope in ("", "0"):
        with walked_plant.db.engine.connect() as connection:
            connection.execute(text("SELECT set_config('indicia.scope', :scope, true)"), {"scope": scope})
            for table in own:
                assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0, table
    with owners_hand(walked_plant) as connection:  # the owner is bound too
        connection.execute(text("SELECT set_config('indicia.scope', '0', true)"))
        for table in tables:
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0, table


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE job DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
        "DROP POLICY agency ON job",
        "TRUNCATE audit_entry",
        "CREATE TABLE mine (id int)",
        "SELECT count(*) FROM recipient_2026_12",
        "UPDATE alembic_version SET version_num = '0001'",
        "SET ROLE indicia",
    ],
)
def test_the_using_role_changes_rows_and_nothing_else(with_months, statement):
    with pytest.raises(ProgrammingError), with_months.db.unit_of_work(PLANT) as uow:
        uow.session.execute(text(statement))


def test_an_agency_adds_to_the_audit_chain_and_reads_none_of_it(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        agency = make_agency(uow)
    ann = Actor("ann", agency_id=agency.id)
    with plant.db.unit_of_work(ann) as uow:
        uow.audit("job", None, "looked")
    with plant.db.read_only(ann) as session:
        assert session.scalar(text("SELECT count(*) FROM audit_entry")) == 0
    with plant.db.read_only(PLANT) as session:
        assert session.scalar(text("SELECT count(*) FROM audit_entry WHERE act = 'looked'")) == 1
    with pytest.raises(DBAPIError), plant.db.engine.begin() as connection:  # nobody said who writes
        connection.execute(text("INSERT INTO audit_entry SELECT 9, now(), 'x', 'x', null, 'x', '{}', ''"))


def test_a_role_that_the_walls_do_not_bind_is_refused(cluster, plant):
    with pytest.raises(Unavailable, match="superuser") as caught:
        upgrade(owner_url(plant.db.url), cluster)
    assert caught.value.instance_code == "DATABASE_ROLE"
