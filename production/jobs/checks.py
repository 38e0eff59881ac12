"""What must hold of states, events and usage, for ``indicia verify``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from uuid import UUID

from sqlalchemy import func, select, text, type_coerce
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from kernel.ids import show_ulid
from production.jobs import lifecycle
from production.jobs.models import Job, Lot, Operation, Usage
from production.jobs.states import (
    LotState,
    OperationState,
)
from store.keeping.verify import Check, Open, Survey


def states_follow_their_graph(survey: Survey) -> Iterator[Open]:
    """Every change of state in the audit chain is an edge of the lifecycle, and ends in the present state."""
    present = {table: _present(survey.session, model) for table, model in _walking().items()}
    edges: dict[str, set[tuple[str, str, str]]] = {table: set() for table in present}
    for (model, _), machine in lifecycle.MACHINES.items():
        edges[_table(model)] |= {(edge.source.value, edge.verb, edge.target.value) for edge in machine}
    for (table, ulid), changes in groupby(
        survey.each(_changes(survey.session)), key=lambda row: (row[0], row[1])
    ):
        state: str | None = None
        for *_, verb, target in changes:
            sources = {source for source, by, to in edges[table] if (by, to) == (verb, target)}
            if not sources or (state is not None and state not in sources):
                yield Open(
                    f"{_thing(table, ulid)}: {verb} from {state} to {target} is no edge", (show_ulid(ulid),)
                )
            state = target
        now = present[table].pop(ulid, None)
        if now != state:
            sentence = f"{_thing(table, ulid)} is {now or 'gone'}, its last recorded change made it {state}"
            yield Open(sentence, (show_ulid(ulid),))
    yield from _unchanged(present, edges)


def _unchanged(
    present: Mapping[str, dict[UUID, str]], edges: Mapping[str, set[tuple[str, str, str]]]
) -> Iterator[Open]:
    """Things without a recorded change must stand where nothing but their making leads."""
    for table, things in present.items():
        only_after = {to for _, _, to in edges[table]} - _MADE_IN.get(table, set())
        for ulid, state in things.items():
            if state in only_after:
                yield Open(f"{_thing(table, ulid)} is {state} without a recorded change", (show_ulid(ulid),))


def _table(model: type) -> str:
    return str(model.__tablename__)  # type: ignore[attr-defined]


def _walking() -> dict[str, type]:
    """What has a lifecycle, by its table."""
    return {_table(model): model for model, _ in lifecycle.MACHINES}


def _present(session: Session, model: type) -> dict[UUID, str]:
    rows = session.execute(select(model.ulid, model.state))  # type: ignore[attr-defined]
    return {ulid: state.value for ulid, state in rows}


def _changes(session: Session) -> Iterator[tuple[str, UUID, str, str]]:
    """(table, ulid, verb, new state) of every audited change, thing by thing in order; streamed."""
    query = text(
        "SELECT subject, ulid, act, details->>'to' FROM audit_entry "
        "WHERE details ? 'to' AND subject = ANY(:tables) ORDER BY subject, ulid, number"
    ).execution_options(yield_per=10_000)
    yield from session.execute(query, {"tables": list(_walking())})


def _thing(table: str, ulid: UUID) -> str:
    return f"{table.replace('_', ' ')} {show_ulid(ulid)}"


def events_are_in_the_audit(survey: Survey) -> Iterator[Open]:
    """Every event of a job, lot or operation that changed a state is in the audit chain, and the reverse."""
    survey.examined = (
        survey.session.scalar(text("SELECT count(*) FROM job_event WHERE to_state IS NOT NULL")) or 0
    )
    for sentence, query in (
        ("is on the timeline and not in the audit chain", f"{_EVENTS} EXCEPT ALL {_ENTRIES}"),
        ("is in the audit chain and not on the timeline", f"{_ENTRIES} EXCEPT ALL {_EVENTS}"),
    ):
        for table, ulid, verb, target in survey.session.execute(text(query)):
            yield Open(f"{_thing(table, ulid)}: {verb} to {target} {sentence}", (show_ulid(ulid),))
    of_work = (Job, Lot, Operation)  # other rooms may use the same words
    edges = {
        (model in of_work, edge.source.value, edge.verb, edge.target.value)
        for (model, _), machine in lifecycle.MACHINES.items()
        for edge in machine
    }
    walked = text(
        "SELECT coalesce(job_id, lot_id, operation_id) IS NOT NULL, from_state, event, to_state, min(id), count(*) "
        "FROM job_event WHERE to_state IS NOT NULL GROUP BY 1, 2, 3, 4"
    )
    for is_work, source, verb, target, first, count in survey.session.execute(walked):
        if (is_work, source, verb, target) not in edges:
            yield Open(
                f"{count:,} events, the first number {first}: {verb} from {source} to {target} is no edge"
            )


_EVENTS = """
    (SELECT 'operation' AS subject, o.ulid, e.event, e.to_state FROM job_event e
       JOIN operation o ON o.id = e.operation_id WHERE e.to_state IS NOT NULL
     UNION ALL
     SELECT 'job', j.ulid, e.event, e.to_state FROM job_event e JOIN job j ON j.id = e.job_id
      WHERE e.to_state IS NOT NULL AND e.operation_id IS NULL
     UNION ALL
     SELECT 'lot', l.ulid, e.event, e.to_state FROM job_event e JOIN lot l ON l.id = e.lot_id
      WHERE e.to_state IS NOT NULL AND e.operation_id IS NULL AND e.job_id IS NULL)"""


_ENTRIES = """
    (SELECT subject::text, ulid, act::text, details->>'to' FROM audit_entry
      WHERE details ? 'to' AND subject IN ('job', 'lot', 'operation'))"""


def usage_has_evidence(survey: Survey) -> Iterator[Open]:
    """Every usage row says where it comes from: evidence, and an operation, stream, sheet, delivery or job."""
    survey.examined = survey.session.scalar(select(func.count()).select_from(Usage)) or 0
    kept = type_coerce(Usage.evidence, JSONB)  # older rows hold the evidence without its version
    query = (
        select(Usage.natural_key, Usage.ulid, Job.number)
        .join(Job, Job.id == Usage.job_id)
        .where(func.coalesce(kept["value"], kept) == text("'{}'::jsonb"))
        .order_by(Usage.id)
    )
    for key, ulid, number in survey.session.execute(query):
        yield Open(f"job {number}: usage {key} has no evidence", (show_ulid(ulid),))


def kinds_have_their_facts(survey: Survey) -> Iterator[Open]:
    """A job or lot has its row in each table that continues it for its kind, and in none of another kind."""
    bases: tuple[type[Job | Lot], ...] = (Job, Lot)
    for base in bases:
        survey.examined += survey.session.scalar(select(func.count()).select_from(base)) or 0
        for mapper in base.__mapper__.self_and_descendants:
            table = mapper.local_table
            if mapper.inherits is None or table is mapper.inherits.local_table:
                continue
            kinds = [kind for each in mapper.self_and_descendants if (kind := each.polymorphic_identity)]
            has_row = select(1).where(next(iter(table.primary_key)) == base.id).correlate(base).exists()
            is_of_kind = base.kind.in_(kinds)
            query = select(base.number, base.kind, is_of_kind).where(is_of_kind != has_row).order_by(base.id)
            for number, kind, lacks in survey.session.execute(query):
                says = "has no row in" if lacks else "has a row in"
                yield Open(f"{base.__tablename__} {number} is {kind.value} and {says} {table}", (number,))


def titles_are_found_by_their_words(survey: Survey) -> Iterator[Open]:
    """A job is kept under each word of its title, and under no other."""
    survey.examined += survey.session.scalar(select(func.count()).select_from(Job)) or 0
    for (number,) in survey.session.execute(_ASTRAY):
        yield Open(f"job {number} is not found by the words of its title", (number,))


_ASTRAY = text(
    """SELECT number FROM job
    WHERE ARRAY(SELECT words_of(title) COLLATE "C" AS word ORDER BY word)
        <> ARRAY(SELECT word::text FROM job_word WHERE job_id = job.id ORDER BY job_word.word) ORDER BY id"""
)


# States in which a thing may be made, though an edge leads there too.
_MADE_IN = {
    Operation.__tablename__: {OperationState.WAITING.value, OperationState.READY.value},
    Lot.__tablename__: {LotState.PLANNING.value, LotState.OPEN.value},
}


CHECKS: tuple[Check, ...] = (
    states_follow_their_graph,
    events_are_in_the_audit,
    usage_has_evidence,
    kinds_have_their_facts,
    titles_are_found_by_their_words,
)
