"""Finished operations of the last weeks as runs of the standards they were planned by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, exists, func, select, type_coerce
from sqlalchemy.orm import Session

from kernel.clock import business_date
from production.catalog.pace import Pace
from production.floor.ledger.lines import BY_STANDARD
from production.floor.models import CountLine
from production.floor.working.minutes import Worked
from production.floor.working.spells import worked_at
from production.jobs.models import Lot, Operation
from production.jobs.states import LotKind
from production.jobs.states import OperationState as O
from production.learning.proposing import Learned, learned
from production.learning.rules import LEARNING, LearningRow
from production.learning.runs import Finished
from production.learning.standing import KINDS, current
from production.people.setup import rule_rows
from store.columns import Json

MOST_RUNS = 300  # of a standard, the newest: more make no median surer than it need be
Key = tuple[str, str]


def rules(session: Session) -> LearningRow:
    """Those in force."""
    (row,) = rule_rows(session, (LEARNING,))[LEARNING.code]
    return row  # type: ignore[no-any-return]


def all_learned(session: Session, now: datetime) -> list[Learned]:
    """What every standard comes to that was worked by, by kind and key."""
    how = rules(session)
    rows = {code: {kind.key(row): row for row in kind.rows(session)} for code, kind in KINDS.items()}
    since = now - timedelta(days=how.days)
    return [
        learned(current(code, rows[code][key]), runs, how)
        for (code, key), runs in sorted(runs_since(session, since).items())
        if key in rows[code]
    ]


def learned_of(session: Session, now: datetime, code: str, row: Any) -> Learned:
    """What the runs of one standard say."""
    how = rules(session)
    key = KINDS[code].key(row)
    runs = runs_since(session, now - timedelta(days=how.days), (code, key)).get((code, key), ())
    return learned(current(code, row), runs, how)


def runs_since(
    session: Session, since: datetime, only: Key | None = None
) -> Mapping[Key, Sequence[Finished]]:
    """Finished operations of print runs by their standard, the newest first."""
    held = type_coerce(Operation.pace, Json)["value"]
    kind, key = held["kind"].astext, held["key"].astext
    query = (
        select(
            Operation.id,
            Operation.ticket,
            Operation.finished_at,
            Operation.work_center,
            Operation.pace,
            Operation.given,
            Operation.setup_units,
            Operation.good,
            Operation.spoiled,
            Operation.planned_minutes,
            func.row_number().over(partition_by=(kind, key), order_by=Operation.id.desc()).label("place"),
            exists()
            .where(CountLine.operation_id == Operation.id, CountLine.reason == BY_STANDARD)
            .label("is_guess"),
        )
        .join(Lot, Lot.id == Operation.lot_id)
        .where(Lot.kind == LotKind.PRINT_RUN, Operation.state == O.DONE, Operation.pace.is_not(None))
        .where(Operation.finished_at >= since)
    )
    if only:
        query = query.where(kind == only[0], key == only[1])
    newest = query.subquery()
    rows = session.execute(
        select(newest).where(newest.c.place <= MOST_RUNS).order_by(newest.c.id.desc())
    ).all()
    minutes = worked_at(session, [row.id for row in rows])
    found: dict[Key, list[Finished]] = defaultdict(list)
    for row in rows:
        found[row.pace.kind, row.pace.key].append(_finished(row, row.pace, minutes.get(row.id)))
    return found


def _finished(row: Row[Any], pace: Pace, took: Worked | None) -> Finished:
    """What ran is what was planned to, in the proportion of what really went through behind the set-up."""
    setup = row.setup_units or 0
    through = (row.good or 0) + (row.spoiled or 0)
    planned = (row.given or 0) - setup
    amount = float(pace.amount) * max(through - setup, 0) / planned if planned > 0 else 0.0
    apart = took is not None and took.is_apart
    return Finished(
        row.ticket, business_date(row.finished_at), row.work_center or "", pace.stock, pace.makereadies, amount,
        through, None if row.is_guess else row.spoiled,
        float(took.make_ready) if took and apart else None, float(took.run) if took and apart else None,
        row.planned_minutes,
    )  # fmt: skip
