"""What is due to go on a day: by class, with what keeps the rest. Only reads.

Nothing of a job goes before the job is closed or canceled, nor while it or a lot of it is on hold. A file goes when
every reference to it is due; a reference that no rule names keeps it, those of tables made tomorrow too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel import clock
from kernel.ids import parse_ulid, show_ulid
from production.frontdesk.address_matching.file_exchange import INCOMING, OUTGOING
from production.records.rules import Rules
from store.plant import Plant
from store.settings import Settings


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that may go: its class, its name (hash, month, path or step), bytes, and since when its days run."""

    kind: str
    name: str
    size: int
    since: datetime


# When each job ended: never while it is open, on hold, or in a lot that is on hold.
_ENDED = """
    member AS (SELECT DISTINCT lot_id, job_id FROM lot_share),
    held AS (SELECT job_id FROM hold WHERE lifted_at IS NULL AND job_id IS NOT NULL
             UNION SELECT m.job_id FROM hold h JOIN member m USING (lot_id) WHERE h.lifted_at IS NULL),
    ended AS (SELECT j.id AS job_id, max(e.recorded_at) AS at
                FROM job j JOIN job_event e ON e.job_id = j.id AND e.to_state = j.state AND e.operation_id IS NULL
               WHERE j.state IN ('closed', 'cancelled') AND j.id NOT IN (SELECT job_id FROM held)
               GROUP BY j.id),
    lot_ended AS (SELECT m.lot_id, max(e.at) AS at FROM member m LEFT JOIN ended e USING (job_id)
                     GROUP BY m.lot_id HAVING bool_and(e.at IS NOT NULL))"""
_OF_JOB = "SELECT {column}, '{table}.{column}', e.at FROM {table} LEFT JOIN ended e USING (job_id)"
_OF_SHARE = (
    "SELECT {column}, '{table}.{column}', e.at FROM {table} JOIN lot_share USING (lot_id, position) "
    "LEFT JOIN ended e USING (job_id)"
)
_OF_LOT = (
    "SELECT {column}, '{table}.{column}', e.at FROM {table} t LEFT JOIN lot_ended e ON e.lot_id = t.{key}"
)
_OF_MESSAGE = (
    "SELECT {column}, '{table}.{column}', e.at FROM {table} JOIN project_message m ON m.id = message_id "
    "LEFT JOIN ended e USING (job_id)"
)
# Files of components (artwork.1) go as those of their role.
_BY_ROLE = "SELECT sha256, 'job_file.' || split_part(role, '.', 1), e.at FROM job_file LEFT JOIN ended e USING (job_id)"
# Its agency keeps it through a day, where it has named one.
_BY_LIBRARY = (
    "SELECT sha256, 'library_entry.sha256', keep_until::timestamp AT TIME ZONE :zone FROM library_entry "
    "WHERE keep_until IS NOT NULL"
)
# Drafts name their files in JSON. What nobody else names is kept while the draft is open.
DRAFT = "order_draft"
_BY_DRAFT = """SELECT file #>> '{}', 'order_draft', NULL::timestamptz
      FROM order_draft d, jsonb_path_query(d.answers, 'strict $.**.sha256') file WHERE d.ended_at IS NULL"""
_WHOLE = {"job_file": _BY_ROLE, "library_entry": _BY_LIBRARY}
# A version of a file goes with the job of its order, or with a draft that became none.
_OF_ORDER = """SELECT t.{column}, '{table}.{column}',
        CASE WHEN coalesce(t.job_id, d.job_id) IS NULL THEN d.ended_at ELSE e.at END
      FROM {table} t LEFT JOIN order_draft d ON d.id = t.draft_id
      LEFT JOIN ended e ON e.job_id = coalesce(t.job_id, d.job_id)"""
# Tables whose owner is known; any other reference keeps its file.
_OWNED = {
    **dict.fromkeys(("address_match", "proof_page", "delivery"), (_OF_JOB, "job_id")),
    **dict.fromkeys(("file_version", "file_work", "file_acceptance"), (_OF_ORDER, "")),
    "presort_share": (_OF_SHARE, ""),
    "project_file": (_OF_MESSAGE, ""),
    **dict.fromkeys(("operation", "sorter_run", "ticket_issue"), (_OF_LOT, "lot_id")),
    "sorter_log": (_OF_LOT, "run_id"),
}
_FOREIGN_KEYS = """
    SELECT c.conrelid::regclass::text, a.attname FROM pg_constraint c
      JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
     WHERE c.contype = 'f' AND c.confrelid = 'stored_file'::regclass ORDER BY 1, 2"""


_OF_REQUEST = re.compile(r"\.?([0-7][0-9A-HJKMNP-TV-Z]{25})\.")  # a file named after one of our requests


def references(session: Session) -> list[tuple[str, str]]:
    """Every (table, column) that names a stored file, by the catalog of the database."""
    return [(table, column) for table, column in session.execute(text(_FOREIGN_KEYS))]


def _named(session: Session) -> str:
    parts = [_BY_DRAFT]
    for table, column in references(session):
        if table in _WHOLE:
            parts.append(_WHOLE[table])
        else:
            query, key = _OWNED.get(table, ("SELECT {column}, '{table}.{column}', NULL FROM {table}", ""))
            parts.append(query.format(table=table, column=column, key=key))
    return f"named (sha256, what, at) AS ({' UNION ALL '.join(parts)})"


def known_references(session: Session, hashes: Sequence[str]) -> Sequence[tuple[str, str, datetime | None]]:
    """Everything that names these files, as (hash, what names it, when its days began); None while they have not."""
    query = f"WITH {_ENDED}, {_named(session)} SELECT * FROM named WHERE sha256 = ANY (:hashes)"  # noqa: S608
    rows = session.execute(text(query), {"hashes": list(hashes), "zone": str(clock.SHOP_ZONE)})
    return [(sha256, what, at) for sha256, what, at in rows]


def due_files(session: Session, rules: Rules, now: datetime, among: list[str] | None = None) -> Iterator[Due]:
    """Files of which every reference is due, and those nothing names; of ``among`` only, if given."""
    known = [(what, rule) for rule in rules.by_class.values() for what in rule.what if rule.days is not None]
    unnamed = rules.days("unnamed")
    query = f"""
        WITH {_ENDED}, {_named(session)},
        rule AS (SELECT * FROM unnest(CAST(:what AS text[]), CAST(:kind AS text[]), CAST(:before AS timestamptz[]))
                          AS rule (what, kind, before)),
        due AS (SELECT n.sha256, max(r.kind) AS kind, max(n.at) AS at FROM named n LEFT JOIN rule r USING (what)
                 WHERE n.sha256 IS NOT NULL
                 GROUP BY n.sha256 HAVING bool_and(coalesce(n.at < r.before, false)))
        SELECT kind, sha256, size, at FROM due JOIN stored_file s USING (sha256)
         WHERE s.purged_at IS NULL AND (CAST(:among AS text[]) IS NULL OR sha256 = ANY (:among))
        UNION ALL
        SELECT 'unnamed', sha256, size, stored_at FROM stored_file s
         WHERE s.purged_at IS NULL AND stored_at < CAST(:unnamed AS timestamptz)
           AND (CAST(:among AS text[]) IS NULL OR sha256 = ANY (:among))
           AND NOT EXISTS (SELECT 1 FROM named n WHERE n.sha256 = s.sha256)
         ORDER BY 2"""  # noqa: S608  # names of the catalog
    values = {
        "what": [what for what, _ in known],
        "kind": [rule.name for _, rule in known],
        "before": [now - timedelta(days=rule.days or 0) for _, rule in known],
        "unnamed": now - timedelta(days=unnamed) if unnamed is not None else None,
        "among": among,
        "zone": str(clock.SHOP_ZONE),
    }
    yield from (Due(*row) for row in session.execute(text(query), values))


def due_months(session: Session, rules: Rules, now: datetime) -> Iterator[Due]:
    """Months of recipients that ended long enough ago, with every job mailed in them closed; ``name`` as 2026-11-01."""
    days = rules.days("recipients")
    query = f"""
        WITH {_ENDED}, month AS (
            SELECT inhrelid AS id, to_date(right(inhrelid::regclass::text, 7), 'YYYY_MM') AS first
              FROM pg_inherits WHERE inhparent = 'recipient'::regclass)
        SELECT first, first + interval '1 month', pg_total_relation_size(id) FROM month
         WHERE NOT EXISTS (
            SELECT 1 FROM mailing JOIN presort_stream b ON b.mailing_id = mailing.id
              JOIN member m ON m.lot_id = b.id LEFT JOIN ended e USING (job_id)
             WHERE mail_date >= first AND mail_date < first + interval '1 month' AND e.at IS NULL)
         ORDER BY first"""  # noqa: S608  # no value is in it
    for first, after, size in session.execute(text(query)) if days is not None else ():
        since = _start_of(after.date())
        if since < now - timedelta(days=days or 0):
            yield Due("recipients", str(first), size, since)


def due_drafts(session: Session, rules: Rules, now: datetime) -> Iterator[Due]:
    """Open drafts that nobody changed; ``name`` is the key of the row."""
    query = "SELECT id::text, changed_at FROM order_draft WHERE ended_at IS NULL ORDER BY id"
    yield from _older("drafts", [(n, 0, at) for n, at in session.execute(text(query))], rules, now)


def due_notices(session: Session, rules: Rules, now: datetime) -> Iterator[Due]:
    """Notices that were told long ago; ``name`` is the key of the row. Their e-mails go with them."""
    days = rules.days("notices")
    query = "SELECT id::text, made_at FROM notice WHERE made_at < :before ORDER BY id"
    before = {"before": now - timedelta(days=days or 0)}
    for name, at in session.execute(text(query), before) if days is not None else ():
        yield Due("notices", name, 0, at)


def due_steps(session: Session, rules: Rules, now: datetime) -> Iterator[Due]:
    """Steps of which every message is done, the newest without a failure, and claims that are done, by step key."""
    query = """
        SELECT coalesce(m.step_key, c.step_key), 0, greatest(m.at, c.done_at) FROM step_claim c
          FULL JOIN (SELECT step_key, max(done_at) AS at, bool_and(done_at IS NOT NULL) AS is_done,
                            (array_agg(failure ORDER BY attempt DESC))[1] AS failure
                       FROM outbox GROUP BY step_key) m USING (step_key)
         WHERE (m.step_key IS NULL OR m.is_done AND m.failure IS NULL)
           AND (c.step_key IS NULL OR c.done_at IS NOT NULL)
         ORDER BY 1"""
    yield from _older("steps", session.execute(text(query)), rules, now)


def due_copies(session: Session, settings: Settings, rules: Rules, now: datetime) -> Iterator[Due]:
    """Print files of ours in the folder of the presses whose stream left or was dissolved; ``name`` is the path."""
    folder = settings.print_folder
    paths = {path.stem: path for path in folder.glob("*.pdf")} if folder.is_dir() else {}
    query = f"""
        WITH {_ENDED}
        SELECT o.ticket, max(e.recorded_at) FROM operation o JOIN lot b ON b.id = o.lot_id
          JOIN job_event e ON e.lot_id = b.id AND e.job_id IS NULL AND e.operation_id IS NULL
                          AND e.to_state IN ('dispatched', 'cancelled')
         WHERE o.ticket = ANY (:tickets) AND b.state IN ('dispatched', 'delivered', 'cancelled')
           AND NOT EXISTS (SELECT 1 FROM member m JOIN held USING (job_id) WHERE m.lot_id = b.id)
           AND NOT EXISTS (SELECT 1 FROM hold WHERE hold.lot_id = b.id AND lifted_at IS NULL)
         GROUP BY o.ticket ORDER BY o.ticket"""  # noqa: S608  # no value is in it
    rows = session.execute(text(query), {"tickets": list(paths)}) if paths else ()
    left: dict[str, datetime] = {str(paths[ticket]): at for ticket, at in rows}
    sent = [(path, size, left[path]) for path, size, _ in _seen(map(Path, left))]  # a press may have taken it
    yield from _older("print_folder", sent, rules, now)


def due_exchanged(session: Session, settings: Settings, rules: Rules, now: datetime) -> Iterator[Due]:
    """Requests of ours and their answers in the folder of the address engine, once they have ended; ``name`` is the
    path. What the engine keeps there under names of its own is its own.
    """
    if not settings.match_exchange_dir:
        return
    folders = (Path(settings.match_exchange_dir) / name for name in (OUTGOING, INCOMING))
    paths = {path: match[1] for folder in folders for path in sorted(folder.glob("*"))
             if (match := _OF_REQUEST.match(path.name)) and path.is_file() and not path.is_symlink()}  # fmt: skip
    query = f"""
        WITH {_ENDED}
        SELECT ulid, ended_at FROM address_match
         WHERE ulid = ANY (:ulids) AND ended_at IS NOT NULL AND job_id NOT IN (SELECT job_id FROM held)"""  # noqa: S608
    ulids = [parse_ulid(request) for request in set(paths.values())]
    ended = (
        {show_ulid(ulid): at for ulid, at in session.execute(text(query), {"ulids": ulids})} if ulids else {}
    )
    rows = [
        (str(path), path.stat().st_size, ended[request])
        for path, request in paths.items()
        if request in ended
    ]
    yield from _older("exchange", rows, rules, now)


def due_scratch(settings: Settings, rules: Rules, now: datetime) -> Iterator[Due]:
    """Working folders whose step is long gone; ``name`` is the path."""
    folder = settings.scratch_dir
    yield from _older("scratch", _seen(sorted(folder.glob("*"))), rules, now)


def find_due(session: Session, plant: Plant, rules: Rules, now: datetime) -> list[Due]:
    """Everything due, class by class; nothing is changed."""
    return [
        *due_months(session, rules, now),
        *due_files(session, rules, now),
        *due_drafts(session, rules, now),
        *due_copies(session, plant.settings, rules, now),
        *due_exchanged(session, plant.settings, rules, now),
        *due_scratch(plant.settings, rules, now),
        *due_steps(session, rules, now),
        *due_notices(session, rules, now),
    ]


@dataclass(frozen=True, slots=True)
class ClassTotal:
    """What goes of one class; ``oldest``, ``newest``: the events the days ran from, as 2026-11-30, "" for none."""

    count: int
    bytes: int
    oldest: str
    newest: str


def totals(found: list[Due], rules: Rules) -> dict[str, ClassTotal]:
    """By class of the rules."""
    answer = {}
    for name in rules.by_class:
        own = [one for one in found if one.kind == name]
        days = sorted(clock.business_date(one.since) for one in own)
        answer[name] = ClassTotal(
            count=len(own),
            bytes=sum(one.size for one in own),
            oldest=str(days[0]) if days else "",
            newest=str(days[-1]) if days else "",
        )
    return answer


def _older(kind: str, rows: Iterable[Any], rules: Rules, now: datetime) -> Iterator[Due]:
    days = rules.days(kind)
    if days is not None:
        yield from (
            Due(kind, name, size, since) for name, size, since in rows if since < now - timedelta(days=days)
        )


def _start_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=clock.SHOP_ZONE)


def _seen(paths: Iterable[Path]) -> Iterator[tuple[str, int, datetime]]:
    for path in paths:
        with suppress(FileNotFoundError):  # its step ended meanwhile
            yield str(path), _size(path), datetime.fromtimestamp(path.stat().st_mtime, tz=clock.SHOP_ZONE)


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(one.stat().st_size for one in files if one.is_file())
