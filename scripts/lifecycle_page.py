"""Draw docs/lifecycle.md from the transition tables.

.venv/bin/python scripts/lifecycle_page.py      writes the page; a test compares it with the tables
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # run as a plain file

from production.jobs.lifecycle import HELD_BY, MACHINES, Edge  # noqa: E402
from production.jobs.states import Stops  # noqa: E402

PAGE = ROOT / "docs" / "lifecycle.md"
# Rooms that register a machine of their own when they are imported.
ROOMS = (
    "production.mailroom.metering.days",
    "production.mailroom.sorter.logs",
    "billing.rate_cards",
    "billing.periods",
    "billing.chargeback",
)
TITLES = {
    "job mailing": "Job, a mailing: what the agency sees",
    "job print": "Job, printed: what the agency sees",
    "job meter_run": "Job, a run of a meter",
    "job brought_in": "Job, mail brought in",
    "job consultation": "Job, a project: a question to the shop",
    "lot presort": "Lot, a presort stream: jobs sorted together",
    "lot sorter": "Lot, a run of the sorter",
    "lot meter_day": "Lot, a meter's day",
    "lot print_run": "Lot, a print run",
    "operation": "Operation: what the floor sees",
    "sorter_log": "Sorter log: the run log of the barcode sorter",
    "rate_card": "Rate card",
    "billing_period": "Billing period",
    "export_run": "Export run",
}
HEAD = """# Lifecycles

Drawn by `.venv/bin/python scripts/lifecycle_page.py` from the tables in `production/jobs/lifecycle.py` and of the rooms
that register their own. No state changes any other way: `advance()` compares state and version, and writes the event
and the audit entry in the same transaction. A hold is a row beside the thing, not a state.
"""
HOLDS = """A hold stops what it names, and never the record of what has happened:

| A hold of | stops |
|---|---|
"""


def machines() -> Mapping[str, Sequence[Edge]]:
    """Every machine of the product by table and kind, in the order of the titles, then of import."""
    for room in ROOMS:
        import_module(room)
    found = {
        f"{model.__tablename__} {kind or ''}".strip(): edges  # type: ignore[attr-defined]
        for (model, kind), edges in MACHINES.items()
    }
    return {name: found.pop(name) for name in TITLES} | found


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(_section(name, edges) for name, edges in machines().items())])


def _section(name: str, edges: Sequence[Edge]) -> str:
    notes = [_holds(), ""] if name == "job mailing" else []
    return "\n".join([f"## {TITLES[name]}", "", *_diagram(edges), "", *_table(edges), "", *notes])


def _holds() -> str:
    stopped = {stops: [verb for verb, by in HELD_BY.items() if stops in by] for stops in Stops}
    return HOLDS + "\n".join(
        f"| {stops.value} | {', '.join(f'`{verb}`' for verb in verbs) or 'no verb: old files and names stay'} |"
        for stops, verbs in stopped.items()
    )


def _diagram(edges: Sequence[Edge]) -> Iterator[str]:
    """A Mermaid state diagram; final states lead to the end."""
    sources = {edge.source for edge in edges}
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield f"    [*] --> {edges[0].source}"
    for edge in edges:
        yield f"    {edge.source} --> {edge.target}: {edge.verb}"
    for state in dict.fromkeys(edge.target for edge in edges if edge.target not in sources):
        yield f"    {state} --> [*]"
    yield "```"


def _table(edges: Sequence[Edge]) -> Iterator[str]:
    yield "| From | Verb | To | What people read |"
    yield "|---|---|---|---|"
    for edge in edges:
        yield f"| {edge.source} | `{edge.verb}` | {edge.target} | {edge.sentence} |"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
