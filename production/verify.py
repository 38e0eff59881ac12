"""What must hold of jobs, pieces and papers at any moment, for ``indicia verify``: one small check each.

docs/operations/verify.md lists each. Checks read columns, ranges and plan files; no row object stands for a piece.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby, pairwise
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

import production.rooms  # noqa: F401  lifecycles of every room are known
from kernel.errors import Corrupt
from kernel.ids import show_ulid
from kernel.money import Extended, Money, Rate, extend, to_cents, total
from postal.admission.incentives import KIND as INCENTIVES
from postal.admission.incentives import load_incentives
from postal.data.editions import Edition
from postal.plans.sort_plans import PER_PIECE, PER_POUND, LevelPrice
from postal.prices.piece_price import ByPound, postage_of, read_price
from postal.prices.prices import PriceKey, PriceSet, load_tables
from postal.sorting.plan_file import read_plan
from postal.sorting.presort_plan import LevelResult, PresortPlan
from production.frontdesk.orders.approvals import CONTENT_ROLES
from production.frontdesk.orders.models import Approval
from production.jobs import lifecycle
from production.jobs.models import Job, JobFile, Lot, LotRange, Operation, Usage
from production.jobs.ranges import Range, words
from production.jobs.states import (
    JobKind,
    JobState,
    LotState,
    OperationCode,
    OperationState,
)
from production.mailings.accepted import read_accepted
from production.mailings.editions import shop_editions
from production.mailroom.pieces import reconcile
from production.mailroom.pieces.models import Recipient, Spoil
from production.mailroom.serials.blocks import WINDOW
from production.mailroom.serials.models import SerialBlock, TrayBlock
from production.mailroom.streams.models import PresortShare, PresortStream, Tray
from production.people.models import Agency
from store.keeping.verify import Check, Look, Open
from store.row_security import OPEN_TABLES

_NAMED = 5  # ranges spelled out in a sentence
_IN_A_BATCH = (
    JobState.IN_PRODUCTION,
    JobState.PRODUCED,
    JobState.DISPATCHED,
    JobState.DELIVERED,
    JobState.BILLED,
    JobState.CLOSED,
)
_ACCOUNTED = (LotState.PRODUCED, LotState.DISPATCHED, LotState.DELIVERED)


def accepted_pieces_are_in_one_place(look: Look) -> Iterator[Open]:
    """Every accepted piece waits, or is in exactly one batch; those of a stopped job are in none."""
    live = (
        select(
            PresortShare.job_id,
            func.count().label("slices"),
            func.sum(PresortShare.pieces).label("pieces"),
            func.min(PresortShare.lot_id).label("lot_id"),
        )
        .join(PresortStream, PresortStream.id == PresortShare.lot_id)
        .where(PresortStream.state != LotState.CANCELLED)
        .group_by(PresortShare.job_id)
        .subquery()
    )
    query = (
        select(Job.number, Job.state, Job.pieces, Job.lot_id, live.c.slices, live.c.pieces, live.c.lot_id)
        .outerjoin(live, live.c.job_id == Job.id)
        .where(Job.kind == JobKind.MAILING)
        .order_by(Job.id)
    )
    for number, state, pieces, lot_id, slices, sliced, slice_batch in look.session.execute(query):
        look.examined += pieces or 0
        if state not in _IN_A_BATCH:
            if slices or lot_id is not None:
                yield Open(f"job {number} is {state.value} and has pieces in a batch", (number,))
        elif slices != 1:
            yield Open(
                f"job {number} is {state.value} and its pieces are in {slices or 0} batches", (number,)
            )
        elif lot_id != slice_batch:
            yield Open(f"job {number} names another batch than the one that holds its pieces", (number,))
        elif sliced != pieces:
            yield Open(f"job {number} has {pieces:,} accepted pieces, its batch {sliced:,}", (number,))


def accepted_lists_hold_their_pieces(look: Look) -> Iterator[Open]:
    """An accepted list has as many rows as its job has pieces, each row of the agency's list at most once."""
    query = (
        select(Job.number, Job.pieces, Job.rows_in, JobFile.sha256)
        .join(
            JobFile,
            (JobFile.job_id == Job.id)
            & (JobFile.revision == Job.revision)
            & (JobFile.role == "accepted_list"),
        )
        .order_by(Job.id)
    )
    for number, pieces, rows_in, sha256 in look.session.execute(query):
        path = look.files.path(sha256)
        if not look.reads(sha256) or not path.exists():
            continue  # what is missing: named by files_have_content, or removed by a retention rule
        rows = read_accepted(path).column("source_row").to_numpy()
        look.examined += len(rows)
        if len(rows) != pieces or pieces > (rows_in or 0):
            yield Open(
                f"job {number}: {pieces:,} of {rows_in:,} rows accepted, {len(rows):,} kept", (number,)
            )
        if len(np.unique(rows)) != len(rows):
            yield Open(f"job {number}: a row of its list is accepted twice", (number,))


def every_row_is_accounted_for(look: Look) -> Iterator[Open]:
    """Each row of a list is a piece, joined to the letter of another row, or returned for fix."""
    columns = (Job.rows_in, Job.pieces, Job.repeats_joined, Job.households_joined, Job.rows_to_fix)
    query = select(Job.number, *columns).where(Job.rows_in.is_not(None), Job.rows_to_fix.is_not(None))
    for number, rows_in, *parts in look.session.execute(query.order_by(Job.id)):
        look.examined += 1
        if rows_in != sum(part or 0 for part in parts):
            pieces, repeats, households, fixes = (part or 0 for part in parts)
            yield Open(
                f"job {number}: {rows_in:,} rows, but {pieces:,} pieces, {repeats:,} repeats and {households:,} "
                f"household rows joined, {fixes:,} to fix",
                (number,),
            )


def plans_agree_with_their_batches(look: Look) -> Iterator[Open]:
    """Pieces of the plan, batch, slices, levels, trays, statement, serials and recipients are the same number."""
    for batch in _read_tonight(look):
        plan = _plan(look, batch)
        if plan is None:
            yield Open(f"batch {batch.number}: its plan cannot be read", (batch.number,))
            continue
        look.examined += plan.pieces
        for what, count in _counts(look.session, batch, plan).items():
            if count != batch.pieces:
                yield Open(
                    f"batch {batch.number}: {batch.pieces:,} pieces, {what} {count:,}", (batch.number,)
                )
        if not (np.bincount(plan.source, minlength=plan.pieces) == 1).all():
            yield Open(
                f"batch {batch.number}: the plan does not hold each accepted row once", (batch.number,)
            )


def _counts(session: Session, batch: PresortStream, plan: PresortPlan) -> dict[str, int]:
    slices = session.execute(
        select(PresortShare.pieces, PresortShare.levels).where(PresortShare.lot_id == batch.id)
    ).all()
    trays = select(Tray.number, Tray.first_piece, Tray.last_piece).filter_by(lot_id=batch.id)
    ranges = [tuple(row)[1:] for row in session.execute(trays.order_by(Tray.number))]
    serials = select(func.sum(SerialBlock.last - SerialBlock.first + 1)).filter_by(
        lot_id=batch.id, mailer_id=batch.mailer_id, first=batch.first_serial
    )
    people = session.scalar(
        select(func.count()).select_from(Recipient).filter_by(mail_date=batch.mail_date, lot_id=batch.id)
    )
    return {
        "plan": plan.pieces,
        "slices": sum(pieces for pieces, _ in slices),
        "levels of the slices": sum(sum(levels.values()) for _, levels in slices),
        "levels": sum(batch.summary.get("levels", {}).values()),
        "statement": sum(line["pieces"] for line in batch.summary.get("postage_lines", ())),
        "trays": _covered(ranges),
        # Pieces that were brought in carry no serial of ours.
        **({} if batch.first_serial is None else {"serials": int(session.scalar(serials) or 0)}),
        **({"recipients": people} if people else {}),  # none once retention has dropped the month
    }


def _covered(ranges: Sequence[Sequence[Any]]) -> int:
    """The last piece of ranges that follow one another from 1; -1 when they leave a gap or overlap."""
    if (
        not ranges
        or ranges[0][0] != 1
        or any(after[0] != before[1] + 1 for before, after in pairwise(ranges))
    ):
        return -1
    return int(ranges[-1][1])


def segments_cover_their_batches(look: Look) -> Iterator[Open]:
    """The segments of a plan follow one another from the first piece to the last; a print file has all its pages."""
    reprints = select(Spoil.replacement_id).where(Spoil.replacement_id.is_not(None))
    query = (
        select(
            PresortStream.number, PresortStream.pieces, PresortStream.pages_per_piece, Operation.first_piece,
            Operation.last_piece, Operation.pages,
        )
        .join(Operation, Operation.lot_id == PresortStream.id)
        .where(Operation.type == OperationCode.MERGE, Operation.id.not_in(reprints))
        .order_by(PresortStream.id, Operation.segment)
    )  # fmt: skip
    for number, rows in groupby(look.session.execute(query), key=lambda row: row[0]):
        segments = list(look.each(rows))
        _, pieces, per_piece, *_ = segments[0]
        if _covered([(first, last) for *_, first, last, _ in segments]) != pieces:
            yield Open(f"batch {number}: its segments do not hold pieces 1 to {pieces:,} once", (number,))
        for *_, first, last, pages in segments:
            wanted = per_piece * (last - first + 1) if per_piece and first and last else None
            if wanted is not None and pages not in (None, wanted):
                sentence = f"batch {number}: pieces {first:,} to {last:,} were merged to {pages:,} pages"
                yield Open(sentence, (number,))


def prints_are_explained(look: Look) -> Iterator[Open]:
    """No piece is printed or inserted more often than once and once more for each spoil."""
    with_evidence = select(LotRange.lot_id).union(select(Spoil.lot_id))
    for batch in _batches(look.session, PresortStream.id.in_(with_evidence)):
        found = reconcile.account(look.session, batch)
        look.examined += found.pieces
        too_often = {"printed": found.printed_too_often, "inserted": found.inserted_too_often}
        for verb, ranges in too_often.items():
            if ranges:
                yield Open(f"batch {batch.number}: {verb} too often: {_named(ranges)}", (batch.number,))


def spoils_have_one_replacement(look: Look) -> Iterator[Open]:
    """The spoils of a piece are numbered from 1, and each has a reprint of its own in the same batch."""
    reprint = Operation.__table__.alias("reprint")
    spoils = look.session.execute(
        select(
            PresortStream.number, Spoil.piece, Spoil.attempt, Spoil.replacement_id,
            reprint.c.lot_id == Spoil.lot_id, reprint.c.type,
        )
        .join(PresortStream, PresortStream.id == Spoil.lot_id)
        .outerjoin(reprint, reprint.c.id == Spoil.replacement_id)
        .order_by(Spoil.lot_id, Spoil.piece, Spoil.attempt)
    )  # fmt: skip
    for (number, piece), rows in groupby(look.each(spoils), key=lambda row: (row[0], row[1])):
        own = list(rows)
        made = [row[3] for row in own if row[3] is not None]
        if [row[2] for row in own] != list(range(1, len(own) + 1)) or len(set(made)) != len(made):
            yield Open(f"batch {number}: the spoils of piece {piece:,} do not follow one another", (number,))
        if any(row[3] is not None and not (row[4] and row[5] == OperationCode.MERGE) for row in own):
            yield Open(
                f"batch {number}: piece {piece:,} is replaced by something else than a reprint", (number,)
            )


def finished_batches_are_complete(look: Look) -> Iterator[Open]:
    """In a batch that is accounted for, every piece is printed and inserted, or withdrawn."""
    for batch in _batches(look.session, PresortStream.state.in_(_ACCOUNTED)):
        found = reconcile.account(look.session, batch)
        look.examined += found.pieces
        for what, ranges in found.open.items():
            yield Open(
                f"batch {batch.number} is {batch.state.value}; {what}: {_named(ranges)}", (batch.number,)
            )


def serials_do_not_repeat(look: Look) -> Iterator[Open]:
    """No serial of a mailer id is given twice within 45 days, to pieces or to trays."""
    yield from _repeated(look, SerialBlock, "serial")
    yield from _repeated(look, TrayBlock, "tray serial")


def _repeated(look: Look, table: type[SerialBlock | TrayBlock], what: str) -> Iterator[Open]:
    blocks = look.session.execute(
        select(table.mailer_id, table.first, table.last, table.mail_date, PresortStream.number)
        .join(PresortStream, PresortStream.id == table.lot_id)
        .order_by(table.mailer_id, table.first)
    )
    for mailer_id, rows in groupby(look.each(blocks), key=lambda row: row[0]):
        earlier: list[tuple[int, date, str]] = []  # blocks that reach the present one, by their last serial
        for _, first, last, day, number in rows:
            while earlier and earlier[0][0] < first:
                heapq.heappop(earlier)
            for _, other_day, other in earlier:
                if abs(day - other_day) <= WINDOW:
                    sentence = (
                        f"mailer id {mailer_id}: {what} {first} is given to batches {other} and {number}"
                    )
                    yield Open(sentence, (other, number))
            heapq.heappush(earlier, (last, day, number))


def postage_equals_pieces(look: Look) -> Iterator[Open]:
    """The postage is the sum of the pieces at their prices less incentives, and the plan's postage."""
    for batch, plan in _plans(look):
        look.examined += 1
        lines = batch.summary.get("postage_lines", ())
        off = total(
            [extend(Rate.of(one["rate"]), one["pieces"]) for one in batch.summary.get("incentives", ())]
        )
        by_form: dict[str, list[Extended]] = {}  # each statement is rounded by itself
        for line in lines:
            extended = postage_of(*read_price(line), line["pieces"])
            by_form.setdefault(line.get("form", plan.form), []).append(extended)
        by_lines = Money(
            sum(
                to_cents(total(parts) - off if form == plan.form else total(parts)).cents
                for form, parts in by_form.items()
            )
        )
        stated = Money(batch.summary.get("postage_cents", 0))
        if not by_lines == stated == plan.postage:
            sentence = f"batch {batch.number}: statement ${stated}, pieces ${by_lines}, plan ${plan.postage}"
            yield Open(sentence, (batch.number,))


def prices_are_of_their_day(look: Look) -> Iterator[Open]:
    """Every list and price a batch was sorted by is an edition we keep, in force on its mailing date."""
    kept = {edition.name: edition for edition in shop_editions(look.files)}
    for batch, plan in _plans(look):
        used = [(name, kept.get(name)) for name in look.each(plan.editions)]
        for name, edition in used:
            if edition is None or not edition.is_in_force(batch.mail_date):
                sentence = f"batch {batch.number} used {name}, which is not in force on {batch.mail_date}"
                yield Open(sentence, (batch.number,))
        prices = [edition for _, edition in used if edition and edition.kind == "prices"]
        for level in plan.levels if prices else ():
            if level.pieces and (level.rate, level.by_pound) != _price(prices[0], plan, level):
                yield Open(
                    f"batch {batch.number}: {level.price} is not the price of {level.name}", (batch.number,)
                )
        amounts = [load_incentives(edition) for _, edition in used if edition and edition.kind == INCENTIVES]
        for one in plan.incentives:
            if not any(
                one.rate == found.by_name[one.name].rate for found in amounts if one.name in found.by_name
            ):
                yield Open(
                    f"batch {batch.number}: {one.rate} is not the amount of {one.title}", (batch.number,)
                )


def _price(edition: Edition, plan: PresortPlan, level: LevelResult) -> tuple[Rate | None, ByPound | None]:
    prices = PriceSet(edition, plan.mail_date, load_tables(edition))
    cells, weighed = LevelPrice(PriceKey(level.price_table, level.price_level, level.entry)), level.by_pound
    if weighed:
        cells = LevelPrice(
            PriceKey(level.price_table, level.price_level, component=PER_PIECE),
            PriceKey(level.price_table, weighed.level, weighed.entry, PER_POUND, weighed.group),
        )
    found = cells.rate(prices, plan.weight_oz)
    return (found.rate, found.by_pound) if found else (None, None)


def printed_is_what_was_approved(look: Look) -> Iterator[Open]:
    """What a batch is made from are the files that an approval, not void, names by their hashes."""
    query = (
        select(Job.id, Job.number, Job.revision, PresortShare.accepted_sha256)
        .join(PresortShare, PresortShare.job_id == Job.id)
        .join(PresortStream, PresortStream.id == PresortShare.lot_id)
        .where(PresortStream.state != LotState.CANCELLED, Job.kind == JobKind.MAILING)
        .order_by(Job.id)
    )
    for job_id, number, revision, accepted in look.each(look.session.execute(query)):
        files = look.session.execute(
            select(JobFile.role, JobFile.sha256).filter_by(job_id=job_id, revision=revision)
        )
        content = {role: sha256 for role, sha256 in files if role in CONTENT_ROLES}
        approved = look.session.scalars(
            select(Approval.hashes).filter_by(job_id=job_id, revision=revision, voided_at=None)
        ).all()
        if content not in approved or content.get("accepted_list") != accepted:
            yield Open(f"job {number} is produced from files nobody approved", (number,))
    printing = Operation.__table__.alias("printing")
    differing = (
        select(printing.c.ticket)
        .join(
            Operation,
            (Operation.lot_id == printing.c.lot_id) & (Operation.segment == printing.c.segment),
        )
        .where(Operation.type == OperationCode.MERGE, printing.c.type == OperationCode.PRINT.value)
        .where(Operation.file_sha256.is_distinct_from(printing.c.file_sha256))
    )
    for ticket in look.each(look.session.scalars(differing)):
        yield Open(f"{ticket} prints another file than was merged for it", (ticket,))


def states_follow_their_graph(look: Look) -> Iterator[Open]:
    """Every change of state in the audit chain is an edge of the lifecycle, and ends in the present state."""
    present = {table: _present(look.session, model) for table, model in _walking().items()}
    edges: dict[str, set[tuple[str, str, str]]] = {table: set() for table in present}
    for (model, _), machine in lifecycle.MACHINES.items():
        edges[_table(model)] |= {(edge.source.value, edge.verb, edge.target.value) for edge in machine}
    for (table, ulid), changes in groupby(
        look.each(_changes(look.session)), key=lambda row: (row[0], row[1])
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


def events_are_in_the_audit(look: Look) -> Iterator[Open]:
    """Every event of a job, lot or operation that changed a state is in the audit chain, and the reverse."""
    look.examined = (
        look.session.scalar(text("SELECT count(*) FROM job_event WHERE to_state IS NOT NULL")) or 0
    )
    for sentence, query in (
        ("is on the timeline and not in the audit chain", f"{_EVENTS} EXCEPT ALL {_ENTRIES}"),
        ("is in the audit chain and not on the timeline", f"{_ENTRIES} EXCEPT ALL {_EVENTS}"),
    ):
        for table, ulid, verb, target in look.session.execute(text(query)):
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
    for is_work, source, verb, target, first, count in look.session.execute(walked):
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


def usage_has_evidence(look: Look) -> Iterator[Open]:
    """Every usage row says where it comes from: evidence, and an operation, batch, sheet, delivery or job."""
    look.examined = look.session.scalar(select(func.count()).select_from(Usage)) or 0
    query = (
        select(Usage.natural_key, Usage.ulid, Job.number)
        .join(Job, Job.id == Usage.job_id)
        .where((func.jsonb_typeof(Usage.evidence) != "object") | (Usage.evidence == text("'{}'::jsonb")))
        .order_by(Usage.id)
    )
    for key, ulid, number in look.session.execute(query):
        yield Open(f"job {number}: usage {key} has no evidence", (show_ulid(ulid),))


def agencies_are_walled(look: Look) -> Iterator[Open]:
    """Row-level security binds this role: on every table and partition, and no row of another agency is seen."""
    bypass = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    if look.session.scalar(text(bypass)):
        yield Open("the database role is a superuser or bypasses row-level security")
    tables = list(look.each(look.session.execute(text(_WALLS), {"open": list(OPEN_TABLES)})))
    for table, _, is_on, is_forced, policies in tables:
        if not (is_on and is_forced and policies):
            yield Open(f"table {table} is not behind row-level security", (table,))
    for agency_id in look.session.scalars(select(Agency.id).order_by(Agency.id).limit(2)).all():
        for table, has_agency, *_ in tables:
            if has_agency and _sees_others(look.session, table, agency_id):
                yield Open(f"table {table} shows an agency rows of another", (table,))


_WALLS = """
    SELECT c.relname, a.attname IS NOT NULL AND NOT c.relispartition, c.relrowsecurity, c.relforcerowsecurity,
           EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema()
      LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'agency_id' AND NOT a.attisdropped
     WHERE c.relkind IN ('r', 'p') AND c.relname <> ALL (:open)
     ORDER BY 1"""


def _sees_others(session: Session, table: str, agency_id: int) -> bool:
    """Ask as the agency, inside the check's own transaction."""
    scope = text("SELECT set_config('indicia.scope', :scope, true)")
    session.execute(scope, {"scope": str(agency_id)})
    try:
        query = text(f'SELECT EXISTS (SELECT 1 FROM "{table}" WHERE agency_id <> :agency)')  # noqa: S608  # a name of the catalog
        return bool(session.scalar(query, {"agency": agency_id}))
    finally:
        session.execute(scope, {"scope": "plant"})


def _batches(session: Session, condition: Any) -> Sequence[PresortStream]:
    return session.scalars(select(PresortStream).where(condition).order_by(PresortStream.id)).all()


def _plans(look: Look) -> Iterator[tuple[PresortStream, PresortPlan]]:
    """Sorted batches with their plans, as far as these can be read (plans_agree_with_their_batches)."""
    for batch in _read_tonight(look):
        plan = _plan(look, batch)
        if plan is not None:
            yield batch, plan


def _read_tonight(look: Look) -> list[PresortStream]:
    """Sorted batches that are worked on, and of the rest those whose plan is read."""
    sorted_ones = _batches(look.session, PresortStream.plan_sha256.is_not(None))
    over = (LotState.DELIVERED, LotState.CANCELLED)
    return [one for one in sorted_ones if one.state not in over or look.reads(one.plan_sha256 or "")]


def _plan(look: Look, batch: PresortStream) -> PresortPlan | None:
    try:
        return read_plan(look.files.path(batch.plan_sha256 or ""))
    except (Corrupt, FileNotFoundError):
        return None


def _named(ranges: tuple[Range, ...]) -> str:
    return words(ranges, limit=_NAMED)


# States in which a thing may be made, though an edge leads there too.
_MADE_IN = {
    Operation.__tablename__: {OperationState.READY.value},
    Lot.__tablename__: {LotState.PLANNING.value, LotState.OPEN.value},
}
CHECKS: tuple[Check, ...] = (
    accepted_pieces_are_in_one_place,
    accepted_lists_hold_their_pieces,
    every_row_is_accounted_for,
    plans_agree_with_their_batches,
    segments_cover_their_batches,
    prints_are_explained,
    spoils_have_one_replacement,
    finished_batches_are_complete,
    serials_do_not_repeat,
    postage_equals_pieces,
    prices_are_of_their_day,
    printed_is_what_was_approved,
    states_follow_their_graph,
    events_are_in_the_audit,
    usage_has_evidence,
    agencies_are_walled,
)
