"""How long the ledger of 100,000 counts takes to check: 4,000 runs of five steps, five counts a step.

``python bench/ledger.py`` prints one JSON line: seconds, those of this process, counts, operations; and ends with 1
above the limit. It makes an empty plant of its own and fills it by SQL, without what orders and approvals write.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

from sqlalchemy import text

from production.floor.checks import counts_balance
from store.db import Actor
from store.keeping.verify import Survey
from store.settings import Settings
from web.commands.plant import opened_plant

RUNS, STEPS, COUNTS = 4_000, 5, 5
LIMIT = 5  # seconds: issue of the plant floor, 11
_FILL = (
    """INSERT INTO lot (ulid, number, kind, state, version, ready_by, created_at)
    SELECT gen_random_uuid(), '27-' || n, 'print_run', 'in_production', 1, '2026-12-01', now()
      FROM generate_series(1, :runs) AS n""",
    """INSERT INTO operation (ulid, ticket, lot_id, type, state, version, step, needs, feeds, quantity, given,
    setup_units, unit, good, spoiled)
    SELECT gen_random_uuid(), lot.number || '-' || 10 * n, lot.id, 'fold', 'done', 1, 10 * n,
           CASE WHEN n = 1 THEN '[]'::jsonb ELSE jsonb_build_array(10 * (n - 1)) END,
           jsonb_build_object('version', 1, 'value', CASE WHEN n = 1 THEN '[]'::jsonb ELSE jsonb_build_array(
               jsonb_build_object('step', 10 * (n - 1), 'takes', 1, 'gives', 1)) END),
           1000 - 10 * n, 1010 - 10 * n, 0, 'piece', 1000 - 10 * n, 10
      FROM lot CROSS JOIN generate_series(1, :steps) AS n""",
    """INSERT INTO count_line (operation_id, good, spoiled, held, taken, reason, actor, occurred_at, recorded_at)
    SELECT operation.id, operation.good / :counts, operation.spoiled / :counts, 0, 0, '', 'bench', now(), now()
      FROM operation CROSS JOIN generate_series(1, :counts)""",
)


def main() -> int:
    """Fill, check once, tell."""
    with tempfile.TemporaryDirectory() as folder, opened_plant(Settings(data_dir=Path(folder))) as plant:
        with plant.db.unit_of_work(Actor("bench")) as uow:
            for statement in _FILL:
                uow.session.execute(text(statement), {"runs": RUNS, "steps": STEPS, "counts": COUNTS})
        began, worked = time.perf_counter(), time.process_time()
        with plant.db.read_only(Actor("bench")) as session:
            survey = Survey(session, plant.files)
            found = list(counts_balance(survey))
        seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    assert not found and survey.examined == RUNS * STEPS, found[:3]
    told = {
        "seconds": round(seconds, 2),
        "cpu": round(cpu, 2),
        "counts": RUNS * STEPS * COUNTS,
        "operations": survey.examined,
    }
    print(json.dumps(told))
    return 0 if seconds <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
