"""Test databases: copies of a migrated template, and one a worker that is emptied between tests and filled again."""

from __future__ import annotations

import itertools
import os
import pickle
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TypeVar, cast
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from store.plant import Plant
from store.start.embedded import database_url

T = TypeVar("T")
_numbers = itertools.count(1)

# Empties what a test filled: rows, used identity columns, tables of its own (months of recipients among them). Rows
# that the migrations put there come back from the schema ``pristine``. A few milliseconds; a new copy takes 150.
_EMPTY = r"""
CREATE SCHEMA pristine;
CREATE TABLE pristine.tables AS SELECT oid, relname AS name, false AS has_rows
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p');
CREATE FUNCTION pristine.schema_now() RETURNS text LANGUAGE sql AS $$
    SELECT sum(hashtextextended(word, 0)) FROM (
        SELECT concat('t', oid, xmin) FROM pg_trigger WHERE tgrelid IN (SELECT oid FROM pristine.tables)
        UNION ALL SELECT concat('c', oid, xmin) FROM pg_constraint
            WHERE conrelid IN (SELECT oid FROM pristine.tables) AND conparentid = 0
        UNION ALL SELECT concat('p', oid, xmin) FROM pg_policy WHERE polrelid IN (SELECT oid FROM pristine.tables)
        UNION ALL SELECT concat('r', oid, relnatts, relrowsecurity, relforcerowsecurity, relacl) FROM pg_class
            WHERE oid IN (SELECT oid FROM pristine.tables)
    ) AS words (word)
$$;
-- Told in words of its own for every table, so that each is planned once a connection.
CREATE FUNCTION pristine.make_empty() RETURNS void LANGUAGE plpgsql AS $make$
DECLARE each text := '';
BEGIN
    SELECT string_agg(format('IF EXISTS (SELECT FROM public.%1$I) THEN DELETE FROM public.%1$I; END IF;', name)
        || CASE WHEN has_rows THEN format('INSERT INTO public.%I OVERRIDING SYSTEM VALUE SELECT * FROM pristine.%I;',
            name, 'of_' || name) ELSE '' END, E'\n')
        INTO each FROM pristine.tables JOIN pg_class USING (oid) WHERE NOT relispartition;
    EXECUTE format($empty$
        CREATE FUNCTION pristine.empty() RETURNS void LANGUAGE plpgsql AS $$
        DECLARE one record;
        BEGIN
            FOR one IN SELECT oid::regclass AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
                    AND relkind IN ('r', 'p') AND oid NOT IN (SELECT oid FROM pristine.tables) LOOP
                EXECUTE format('DROP TABLE IF EXISTS %%s', one.name);
            END LOOP;
            %s
            PERFORM setval(format('%%I.%%I', schemaname, sequencename), start_value, false)
                FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
        END $$ $empty$, each);
END $make$;
-- What many tests begin with is kept under a label when it was first made, and copied back from there.
CREATE TABLE pristine.months (label text, day date);
CREATE TABLE pristine.sequences (label text, name text, last bigint);
CREATE FUNCTION pristine.keep(wanted text) RETURNS void LANGUAGE plpgsql AS $keep$
DECLARE one record; before text; differs boolean; each text := '';
BEGIN
    FOR one IN SELECT name, has_rows FROM pristine.tables JOIN pg_class USING (oid) WHERE NOT relispartition LOOP
        before := CASE WHEN one.has_rows
            THEN format('EXCEPT ALL SELECT t::text FROM pristine.%I t', 'of_' || one.name) ELSE '' END;
        EXECUTE format('SELECT EXISTS (SELECT t::text FROM public.%I t %s)', one.name, before) INTO differs;
        IF differs THEN
            EXECUTE format('CREATE TABLE pristine.%I AS SELECT * FROM public.%I', wanted || '_' || one.name, one.name);
            each := each || format('DELETE FROM public.%1$I;
                INSERT INTO public.%1$I OVERRIDING SYSTEM VALUE SELECT * FROM pristine.%2$I;',
                one.name, wanted || '_' || one.name);
        END IF;
    END LOOP;
    INSERT INTO pristine.months SELECT wanted, to_date(relname, '"recipient_"YYYY_MM') FROM pg_class
        WHERE relname ~ '^recipient_\d{4}_\d\d$' AND oid NOT IN (SELECT oid FROM pristine.tables);
    INSERT INTO pristine.sequences SELECT wanted, format('%I.%I', schemaname, sequencename), last_value
        FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
    EXECUTE format($fill$
        CREATE FUNCTION pristine.%I() RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM public.make_recipient_month(day) FROM pristine.months WHERE label = %L;
            %s
            PERFORM setval(name, last) FROM pristine.sequences WHERE label = %2$L;
        END $$ $fill$, 'fill ' || wanted, wanted, each);
END $keep$;
CREATE FUNCTION pristine.past_triggers(said text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET session_replication_role = replica AS $$ BEGIN EXECUTE said; END $$;
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
SELECT pristine.make_empty();
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
            # Append-only tables too. For good: whoever changes it loses every plan.
            connection.execute("SET session_replication_role = replica")
            _superusers[url] = connection
            current[:] = [(url, connection, _schema_now(connection))]
            return url

        def empty() -> str:
            if not current:
                return open_new()
            url, connection, schema = current[0]
            connection.execute(_END_OTHERS)
            if _schema_now(connection) != schema:
                return open_new()
            connection.execute("SELECT pristine.empty()")
            return url

        yield empty


_superusers: dict[str, psycopg.Connection] = {}  # of the databases that have what ``begin`` needs
_kept: dict[tuple[str, str], tuple[tempfile.TemporaryDirectory[str], bytes]] = {}


def superuser_of(plant: Plant) -> psycopg.Connection:
    """A connection to the database of a test, to see and do there what nobody else may."""
    return _superusers[plant.db.url]


def begin(plant: Plant, label: str, make: Callable[[], T]) -> T:
    """What ``make`` gives. It works once a database, on an empty plant or on what another such beginning left; later
    the rows and files it left are copied back, and what it gave comes as a copy."""
    superuser = _superusers.get(plant.db.url)
    if superuser is None:
        return make()
    kept = _kept.get((plant.db.url, label))
    if kept is None:
        answer = make()
        superuser.execute("SELECT pristine.keep(%s)", [label])
        folder = tempfile.TemporaryDirectory(prefix="indicia-begun-")
        shutil.copytree(plant.settings.data_dir, folder.name, dirs_exist_ok=True)
        _kept[plant.db.url, label] = folder, pickle.dumps(answer)
        return answer
    superuser.execute(sql.SQL("SELECT pristine.{}()").format(sql.Identifier(f"fill {label}")))
    shutil.copytree(kept[0].name, plant.settings.data_dir, dirs_exist_ok=True)
    return cast("T", pickle.loads(kept[1]))  # noqa: S301  # our own words


_END_OTHERS = """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"""


def _schema_now(connection: psycopg.Connection) -> str:
    row = connection.execute("SELECT pristine.schema_now()").fetchone()
    assert row
    return row[0]


def _as_superuser(cluster: str, url: str) -> str:
    """The cluster's URL, on the database of another."""
    return urlsplit(cluster)._replace(path=urlsplit(url).path).geturl()
