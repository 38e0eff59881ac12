"""A year of work in the database, loaded in bulk from one mailing that was really walked: its rows are copied a
thousand times over twelve months, each copy with its own numbers, and given two thousand recipients and five hundred
usage rows. The newest are still in hand: jobs in the pool, streams on the floor. Copies share its files.

It writes rows past every verb, for measuring and for looking at full screens; nothing else here does.
"""

from __future__ import annotations

from datetime import timedelta

import psycopg

from kernel import clock
from kernel.errors import Conflict
from kernel.ids import job_number
from store.plant import Plant
from store.start.embedded import superuser_url

JOBS, RECIPIENTS, USAGE = 1_000, 2_000, 500  # the last two: of each job
POOL, ON_THE_FLOOR = 60, 40  # of the jobs, what is in hand on the day
_STRIDE = 10_000  # between the keys of one copy and the next
_FIRST = (
    "JAMES",
    "MARY",
    "ROBERT",
    "ANA",
    "LINDA",
    "DAVID",
    "MARIE",
    "JEAN",
    "CARLOS",
    "WANDA",
    "OTIS",
    "RUTH",
)
_LAST = (
    "SMITH", "JOHNSON", "LANDRY", "BROUSSARD", "NGUYEN", "HEBERT", "WILLIAMS", "FONTENOT", "GUIDRY", "JONES", "TRAHAN",
    "ROBINSON", "LEBLANC", "THIBODEAUX", "GARCIA", "DUPLANTIS", "WASHINGTON", "RICHARD", "MOUTON", "BOUDREAUX",
)  # fmt: skip

# Tables whose rows hang on the one job or stream, and what a copy changes. Keys of all of them move by the stride.
_COPIED: dict[str, dict[str, str]] = {
    "customer_order": {"created_at": "created_at - ago"},
    "lot": {"number": "stream_number", "ready_by": "day", "created_at": "created_at - ago"},
    "mailing": {
        "number": "'M' || substr(stream_number, 1, 2) || '-' || (10000 + n)", "mail_date": "day",
        "created_at": "created_at - ago",
    },
    "presort_stream": {"mailing_id": "mailing_id + n * stride"},
    "job": {
        "number": "job_number", "due": "day", "created_at": "created_at - ago",
        "title": "title || ' ' || n", "order_id": "order_id + n * stride",
    },
    "job_mail": {},
    "job_letters": {},
    "lot_share": {},
    "presort_share": {},
    "operation": {"ticket": "stream_number || right(ticket, -11)"},
    "floor_spell": {"operation_id": "operation_id + n * stride"},
    "job_event": {"operation_id": "operation_id + n * stride"},
    "job_file": {},
    "charge_split": {},
    "quote": {},
    "delivery": {},
    "tray": {},
    "lot_range": {"operation_id": "operation_id + n * stride"},
}  # fmt: skip
_BY_NAME = {"ulid": "gen_random_uuid()"} | {
    key: f"source.{key} + n * stride" for key in ("id", "job_id", "lot_id")
}


def load_year(plant: Plant) -> None:
    """Into a plant that has one mailing and nothing else. Conflict DEMO_PLANT for a database of one's own: loading past
    the verbs takes a superuser.
    """
    superuser = superuser_url(plant.db.url)
    if superuser == plant.db.url:
        raise Conflict(
            "A year is loaded in bulk into the embedded database only.", code="DEMO_PLANT",
            remedy="Unset DATABASE_URL.",
        )  # fmt: skip
    seed(superuser)


def seed(superuser: str) -> None:
    """Copy what is there; append-only tables take it because triggers rest meanwhile."""
    with psycopg.connect(superuser) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        _number_copies(connection)
        for table, changes in _COPIED.items():
            _copy(connection, table, changes)
        _recipients(connection)
        _usage(connection)
        _charges(connection)
        _kept_figures(connection)
        _in_hand(connection)
        for table in (*_COPIED, "usage", "charge", "journal", "journal_line", "billing_period"):
            _catch_up(connection, table)
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _number_copies(connection: psycopg.Connection) -> None:
    connection.execute(
        "CREATE TEMP TABLE copies (n int, job_number text, stream_number text, day date, ago interval, stride int)"
    )
    today = clock.today()
    with connection.cursor().copy("COPY copies FROM STDIN") as rows:
        for n in range(1, JOBS + 1):
            ago = timedelta(days=365 * (JOBS - n) // JOBS)
            year = clock.fiscal_year(today - ago)
            number, stream = job_number(year, 500_000 + n), job_number(year, 700_000 + n)
            rows.write_row((n, number, stream, today - ago, ago, _STRIDE))


def _columns(connection: psycopg.Connection, table: str) -> list[str]:
    found = connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position",
        [table],
    )
    return [row[0] for row in found]


def _copy(connection: psycopg.Connection, table: str, changes: dict[str, str]) -> None:
    columns = _columns(connection, table)
    values = [changes.get(name) or _BY_NAME.get(name) or f"source.{name}" for name in columns]
    connection.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) OVERRIDING SYSTEM VALUE "
        f"SELECT {', '.join(values)} FROM {table} AS source, copies ORDER BY n"
    )


def _recipients(connection: psycopg.Connection) -> None:
    for (month,) in connection.execute(
        "SELECT DISTINCT date_trunc('month', day)::date FROM copies"
    ).fetchall():
        connection.execute("SELECT make_recipient_month(%s)", [month])
    connection.execute(
        """INSERT INTO recipient (mail_date, lot_id, piece, job_id, agency_id, source_row, name_key, zip5)
        SELECT day, stream.id + n * stride, piece, job.id + n * stride, job.agency_id, piece + 1,
            (%s::text[])[1 + (piece * 31 + n * 17) %% %s] || (%s::text[])[1 + (piece * 7 + n) %% %s]
                || chr(65 + (piece + n) %% 26),
            lpad((70001 + piece %% 900)::text, 5, '0')
        FROM copies, generate_series(1, %s) AS piece,
            (SELECT min(id) AS id FROM presort_stream) AS stream,
            (SELECT id, agency_id FROM job ORDER BY id LIMIT 1) AS job""",
        [list(_LAST), len(_LAST), list(_FIRST), len(_FIRST), RECIPIENTS],
    )


def _usage(connection: psycopg.Connection) -> None:
    connection.execute(
        """INSERT INTO usage (id, ulid, natural_key, job_id, agency_id, operation_id, lot_id, unit, quantity,
            usage_date, evidence, recorded_at) OVERRIDING SYSTEM VALUE
        SELECT 1000000 + n * 1000 + k, gen_random_uuid(), 'seed-' || n || '-' || k, job_id + n * stride, agency_id,
            operation_id + n * stride, lot_id + n * stride, unit, quantity, day, evidence, recorded_at - ago
        FROM copies, generate_series(1, %s) AS k
        JOIN (SELECT *, row_number() OVER (ORDER BY id) AS place, count(*) OVER () AS places FROM usage) AS source
            ON source.place = 1 + k %% source.places""",
        [USAGE],
    )


def _charges(connection: psycopg.Connection) -> None:
    """All but the last ten jobs are charged, in the month of their day; every month but the last two is closed."""
    connection.execute(
        """INSERT INTO billing_period (ulid, fiscal_year, month, first_day, state, version)
        SELECT gen_random_uuid(), extract(year FROM first + interval '6 months'), extract(month FROM first), first,
            CASE WHEN first < date_trunc('month', now()) - interval '1 month' THEN 'closed' ELSE 'open' END, 1
        FROM (SELECT DISTINCT date_trunc('month', day)::date AS first FROM copies) AS months
        ON CONFLICT DO NOTHING"""
    )
    connection.execute(
        """INSERT INTO journal (id, ulid, idempotency_key, kind, agency_id, period_id, effective_on, recorded_at,
            actor, memo) OVERRIDING SYSTEM VALUE
        SELECT source.id + n * stride, gen_random_uuid(), 'seed-' || n || '-' || source.id, kind, agency_id,
            period.id, day, recorded_at - ago, actor, memo
        FROM copies JOIN billing_period AS period ON period.first_day = date_trunc('month', day), journal AS source
        WHERE n <= %s""",
        [JOBS - 10],
    )
    connection.execute(
        """INSERT INTO journal_line (journal_id, account, budget_unit_id, unit, cents)
        SELECT journal_id + n * stride, account, budget_unit_id, unit, cents FROM copies, journal_line WHERE n <= %s""",
        [JOBS - 10],
    )
    connection.execute(
        """INSERT INTO charge (ulid, job_id, agency_id, usage_id, budget_unit_id, round, account, suspended_for,
            bill_code, accounting_string, rate_line_id, rate, quantity, extended, share, shares, cents, journal_id)
        SELECT gen_random_uuid(), usage.job_id, usage.agency_id, usage.id, source.budget_unit_id, source.round,
            source.account, source.suspended_for, source.bill_code, source.accounting_string, source.rate_line_id,
            source.rate, usage.quantity, source.extended, source.share, source.shares, source.cents,
            source.journal_id + n * stride
        FROM copies JOIN usage ON usage.id BETWEEN 1000000 + n * 1000 AND 1000999 + n * 1000
        JOIN (SELECT charge.*, usage.unit FROM charge JOIN usage ON usage.id = usage_id) AS source
            ON source.unit = usage.unit
        WHERE n <= %s""",
        [JOBS - 10],
    )


def _kept_figures(connection: psycopg.Connection) -> None:
    """What triggers would have kept."""
    connection.execute(
        """INSERT INTO open_usage (usage_id, job_id, agency_id, usage_date, unit)
        SELECT id, job_id, agency_id, usage_date, unit FROM usage
        WHERE id >= 1000000 AND NOT EXISTS (SELECT FROM charge WHERE usage_id = usage.id)"""
    )
    connection.execute("DELETE FROM job_word")
    connection.execute(
        "INSERT INTO job_word (job_id, agency_id, word) SELECT id, agency_id, words_of(title) FROM job"
    )
    connection.execute("DELETE FROM period_total")
    connection.execute("DELETE FROM job_total")
    connection.execute(
        """INSERT INTO period_total (period_id, agency_id, budget_unit_id, charges, total, suspense)
        SELECT period_id, charge.agency_id, budget_unit_id, count(*), sum(cents), 0
        FROM charge JOIN journal ON journal.id = journal_id GROUP BY 1, 2, 3"""
    )
    connection.execute(
        """INSERT INTO job_total (period_id, agency_id, budget_unit_id, job_id, charges, cents)
        SELECT period_id, charge.agency_id, budget_unit_id, job_id, count(*), sum(cents)
        FROM charge JOIN journal ON journal.id = journal_id GROUP BY 1, 2, 3, 4"""
    )


def _in_hand(connection: psycopg.Connection) -> None:
    """Of the newest copies, ``POOL`` jobs wait for a stream and ``ON_THE_FLOOR`` streams for the press."""
    floor, pool = (
        f"n > {JOBS - ON_THE_FLOOR}",
        f"n BETWEEN {JOBS - ON_THE_FLOOR - POOL + 1} AND {JOBS - ON_THE_FLOOR}",
    )
    stream = "stream.number = copies.stream_number"
    for statement in (
        f"UPDATE job SET state = 'in_production' FROM copies WHERE job.number = job_number AND {floor}",
        f"UPDATE lot AS stream SET state = 'in_production' FROM copies WHERE {stream} AND {floor}",
        f"""UPDATE operation SET state = CASE type WHEN 'print' THEN 'ready' ELSE 'waiting' END, finished_at = NULL
        FROM copies JOIN lot AS stream ON {stream}
        WHERE lot_id = stream.id AND type NOT IN ('presort', 'merge', 'papers') AND {floor}""",
        f"""UPDATE job SET state = 'approved', due = now()::date + n % 5
        FROM copies WHERE job.number = job_number AND {pool}""",
        f"""UPDATE job_mail SET lot_id = NULL FROM copies JOIN job ON job.number = job_number
        WHERE job.id = job_id AND {pool}""",
        f"UPDATE lot AS stream SET state = 'cancelled' FROM copies WHERE {stream} AND {pool}",
    ):
        connection.execute(statement)


def _catch_up(connection: psycopg.Connection, table: str) -> None:
    """Identity columns go on behind the copies."""
    if "id" in _columns(connection, table):
        connection.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table})) "
            f"WHERE pg_get_serial_sequence('{table}', 'id') IS NOT NULL"
        )
