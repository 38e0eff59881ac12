"""Test databases: copies of a migrated template, and one a worker that is emptied between tests and filled again."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import psycopg
from psycopg import sql
from sqlalchemy import func, select

from store.db import UnitOfWork, system_actor
from store.plant import Plant
from store.start.embedded import database_url

_numbers = itertools.count(1)

# Empties what a test filled: rows, used identity columns, tables of its own (months of recipients among them). Rows
# that the migrations put there come back from the schema ``pristine``. A few milliseconds; a new copy takes 150.
_EMPTY = """
CREATE SCHEMA pristine;
CREATE TABLE pristine.tables AS SELECT oid, relname AS name, false AS has_rows
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p');
CREATE FUNCTION pristine.schema_now() RETURNS text LANGUAGE sql AS $$
    SELECT md5(string_agg(word, ' ' ORDER BY word)) FROM (
        SELECT concat('t', oid, xmin) FROM pg_trigger WHERE tgrelid IN (SELECT oid FROM pristine.tables)
        UNION ALL SELECT concat('c', oid, xmin) FROM pg_constraint
            WHERE conrelid IN (SELECT oid FROM pristine.tables) AND conparentid = 0
        UNION ALL SELECT concat('p', oid, xmin) FROM pg_policy WHERE polrelid IN (SELECT oid FROM pristine.tables)
        UNION ALL SELECT concat('r', oid, relnatts, relrowsecurity, relforcerowsecurity, relacl) FROM pg_class
            WHERE oid IN (SELECT oid FROM pristine.tables)
    ) AS words (word)
$$;
CREATE FUNCTION pristine.empty() RETURNS void LANGUAGE plpgsql AS $$
DECLARE one record; filled boolean;
BEGIN
    FOR one IN SELECT oid::regclass AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
            AND relkind IN ('r', 'p') AND oid NOT IN (SELECT oid FROM pristine.tables) LOOP
        EXECUTE format('DROP TABLE IF EXISTS %s', one.name);
    END LOOP;
    FOR one IN SELECT oid::regclass AS name, has_rows, tables.name AS plain FROM pristine.tables LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', one.name) INTO filled;
        IF filled THEN EXECUTE format('DELETE FROM %s', one.name); END IF;
        IF one.has_rows THEN
            EXECUTE format('INSERT INTO %s OVERRIDING SYSTEM VALUE SELECT * FROM pristine.%I',
                one.name, 'of_' || one.plain);
        END IF;
    END LOOP;
    PERFORM setval(format('%I.%I', schemaname, sequencename), start_value, false)
        FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
END $$;
-- What many tests begin with is kept under a label when it was first made, and copied back from there.
CREATE TABLE pristine.kept (label text, name text);
CREATE TABLE pristine.sequences (label text, name text, last bigint);
CREATE FUNCTION pristine.keep(wanted text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE one record; before text; differs boolean;
BEGIN
    FOR one IN SELECT name, has_rows FROM pristine.tables JOIN pg_class USING (oid) WHERE relkind = 'r' LOOP
        before := CASE WHEN one.has_rows
            THEN format('EXCEPT ALL SELECT t::text FROM pristine.%I t', 'of_' || one.name) ELSE '' END;
        EXECUTE format('SELECT EXISTS (SELECT t::text FROM public.%I t %s)', one.name, before) INTO differs;
        IF differs THEN
            INSERT INTO pristine.kept VALUES (wanted, one.name);
            EXECUTE format('CREATE TABLE pristine.%I AS SELECT * FROM public.%I', wanted || '_' || one.name, one.name);
        END IF;
    END LOOP;
    INSERT INTO pristine.sequences SELECT wanted, format('%I.%I', schemaname, sequencename), last_value
        FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
END $$;
CREATE FUNCTION pristine.fill(wanted text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
    SET session_replication_role = replica AS $$
DECLARE one record;
BEGIN
    FOR one IN SELECT name, has_rows FROM pristine.kept JOIN pristine.tables USING (name) WHERE label = wanted LOOP
        IF one.has_rows THEN EXECUTE format('DELETE FROM public.%I', one.name); END IF;
        EXECUTE format('INSERT INTO public.%I OVERRIDING SYSTEM VALUE SELECT * FROM pristine.%I',
            one.name, wanted || '_' || one.name);
    END LOOP;
    PERFORM setval(name, last) FROM pristine.sequences WHERE label = wanted;
    RETURN EXISTS (SELECT FROM pristine.kept WHERE label = wanted);
END $$;
GRANT USAGE ON SCHEMA pristine TO PUBLIC;
DO $$
DECLARE one record; filled boolean;
BEGIN
    FOR one IN SELECT * FROM pristine.tables LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', one.name) INTO filled;
        IF filled THEN
            EXECUTE format('CREATE TABLE pristine.%I AS SELECT * FROM public.%I', 'of_' || one.name, one.name);
            UPDATE pristine.tables SET has_rows = true WHERE oid = one.oid;
        END IF;
    END LOOP;
END $$;
"""


@contextmanager
def database_copy(cluster: str, template: str) -> Iterator[str]:
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


@contextmanager
def emptied_databases(cluster: str, template: str) -> Iterator[Callable[[], str]]:
    """A function that gives the URL of an empty migrated database: the same one emptied again, and a new one only
    after a test that changed the schema itself (took a trigger or a wall away)."""
    with ExitStack() as copies:
        current: list[tuple[str, psycopg.Connection, str]] = []

        def open_new() -> str:
            url = copies.enter_context(database_copy(cluster, template))
            connection = copies.enter_context(psycopg.connect(_as_superuser(cluster, url), autocommit=True))
            connection.execute(_EMPTY)
            current[:] = [(url, connection, _schema_now(connection))]
            return url

        def empty() -> str:
            if not current:
                return open_new()
            url, connection, schema = current[0]
            connection.execute(_END_OTHERS)
            if _schema_now(connection) != schema:
                return open_new()
            with connection.transaction():
                connection.execute("SET LOCAL session_replication_role = replica")  # append-only tables too
                connection.execute("SELECT pristine.empty()")
            return url

        yield empty


def fill(plant: Plant, label: str, make: Callable[[UnitOfWork], object]) -> None:
    """What ``make`` enters into an empty database. It does so once a database: later the same rows are copied back."""
    with plant.db.unit_of_work(_MAKER) as uow:
        if uow.session.scalar(select(func.pristine.fill(label))):
            return
        make(uow)
    with plant.db.unit_of_work(_MAKER) as uow:
        uow.session.execute(select(func.pristine.keep(label)))


_MAKER = system_actor("test")
_END_OTHERS = """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"""


def _schema_now(connection: psycopg.Connection) -> str:
    row = connection.execute("SELECT pristine.schema_now()").fetchone()
    assert row
    return row[0]


def _as_superuser(cluster: str, url: str) -> str:
    """The cluster's URL, on the database of another."""
    return urlsplit(cluster)._replace(path=urlsplit(url).path).geturl()
