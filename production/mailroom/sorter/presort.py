"""The presort of a closed sorter run: levels, minimums and trays by what was read, not by what was expected.

What was read of each job becomes a file in the form of an accepted list (without names: nobody knows them), so that
the plan, its trays, papers and look-ups are those of any stream. ``source_row`` is the machine's sequence number;
pieces sorted by hand have ZIP 00000 and no delivery point: they go at the single-piece price.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kernel.errors import AttentionNeeded
from postal.address.evidence import ListEvidence
from postal.address.zip_codes import NO_ADD_ON
from production.jobs.evidence import record_ranges
from production.jobs.lifecycle import advance
from production.jobs.models import Job, LotShare
from production.jobs.route import complete, jobs_of, lot_operation, new_operation
from production.jobs.states import LotState, OperationCode, OperationState, RangeStatus, SorterLogState
from production.mailings.accepted import ADDRESS_COLUMNS, read_accepted
from production.mailings.address_evidence import evidence_of
from production.mailings.models import PresortShare, PresortStream
from production.mailings.shop import ShopProfile, shop_profile
from production.mailroom.serials.models import MailerId
from production.mailroom.sorter.logs import ARROW, logs_of
from production.mailroom.sorter.models import SorterDrop, SorterRun
from production.mailroom.streams import planning
from store import outbox
from store.db import UnitOfWork
from store.files import FileRef, FileStore, record_file

ASSUMED_TRAYS = "Trays hold what the sorter's log says was read; missorts found later are not in it."


@dataclass(frozen=True, slots=True)
class ReadFacts:
    """A closed run, read before the work: files of reads, and the hand-sorted pieces of each job in order."""

    stream: PresortStream
    reads: Sequence[str]
    jobs: Sequence[Job]
    hand_sorted: Sequence[int]
    evidence: Sequence[ListEvidence]
    profile: ShopProfile


@dataclass(frozen=True, slots=True)
class ReadsPlanned:
    """The plan, and the file of each job's pieces."""

    planned: planning.Planned
    accepted: Sequence[FileRef]


def read_facts(session: Session, stream: PresortStream) -> ReadFacts:
    """What the presort needs."""
    jobs = jobs_of(session, stream, SorterDrop)
    return ReadFacts(
        stream=stream,
        reads=[
            log.reads_sha256
            for log in logs_of(session, stream)
            if log.state is SorterLogState.TAKEN and log.reads_sha256
        ],
        jobs=jobs,
        hand_sorted=[job.hand_sorted for job in jobs],
        evidence=evidence_of(session, jobs),
        profile=shop_profile(session),
    )


def plan_reads(files: FileStore, facts: ReadFacts, folder: Path) -> ReadsPlanned:
    """A file of each job's pieces, and the plan of them all."""
    reads = pa.concat_tables([read_accepted(files.checked_path(sha256)) for sha256 in facts.reads])
    job = reads.column("job").to_numpy()
    accepted, slices = [], []
    for position, (own, by_hand) in enumerate(zip(facts.jobs, facts.hand_sorted, strict=True)):
        table = _as_list(reads.filter(pa.array(job == position)), by_hand)
        path = folder / f"pieces-{position}.arrow"
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        accepted.append(files.keep(path, ARROW))
        slices.append(
            PresortShare(
                lot_id=facts.stream.id, position=position, job_id=own.id, accepted_sha256=accepted[-1].sha256,
                pieces=len(table), levels={},
            )
        )  # fmt: skip
    stream = planning.StreamFacts(facts.stream, slices, facts.evidence)
    (planned,) = planning.sort_mailing(
        files, planning.PlanningFacts(facts.stream.mailing, [stream], facts.profile), folder
    )
    return ReadsPlanned(planned, accepted)


def record_reads(uow: UnitOfWork, made: ReadsPlanned) -> None:
    """Slices, plan, trays and the route to the dock; every piece is in its tray already. Nothing when it was
    recorded before.
    """
    facts, plan = made.planned.facts, made.planned.plan
    stream = uow.session.get_one(PresortStream, facts.stream.id, with_for_update=True)
    if stream.state is not LotState.PLANNING:
        return
    mailer = (
        select(MailerId.mailer_id)
        .filter_by(active=True, agency_id=None)
        .order_by(MailerId.mailer_id)
        .limit(1)
    )
    # For the trays' barcodes: pieces carry none of ours.
    stream.mailer_id = uow.session.scalars(mailer).first()
    if stream.mailer_id is None:
        raise AttentionNeeded("No mailer id is active, so trays cannot have barcodes.", code="IMB_EXHAUSTED")
    for ref in made.accepted:
        record_file(uow, ref)
    uow.session.execute(delete(LotShare).filter_by(lot_id=stream.id))  # as counted in; now as read
    for part in facts.shares:
        uow.session.add(
            PresortShare(
                lot_id=stream.id, position=part.position, job_id=part.job_id,
                accepted_sha256=part.accepted_sha256, pieces=part.pieces, levels={},
            )
        )  # fmt: skip
        uow.session.get_one(SorterDrop, part.job_id).pieces = part.pieces
    uow.session.flush()  # the levels of the slices are filled in next
    planning.record_result(uow, stream, made.planned)
    run = uow.session.get_one(SorterRun, stream.id)
    said = [ASSUMED_TRAYS, *([f"The account was closed with a difference: {run.word}"] if run.word else [])]
    figures = stream.summary.figures
    figures = replace(figures, assumptions=(*figures.assumptions, *said))
    stream.summary = replace(stream.summary, figures=figures)
    _record_route(uow, stream, plan.pieces)
    advance(uow, stream, "release", pieces=plan.pieces, trays=len(plan.trays))


def _as_list(reads: pa.Table, by_hand: int) -> pa.Table:
    """Reads and hand-sorted pieces in the columns of an accepted list."""
    digits = reads.column("digits").to_numpy().astype(np.int64)
    routing = reads.column("routing").to_numpy()
    bare = np.zeros(by_hand, np.int64)
    sizes = np.concatenate([digits, bare])
    codes = np.concatenate([routing, bare])
    zip5 = codes // 10 ** np.maximum(0, sizes - 5)
    plus4 = codes // 10 ** np.maximum(0, sizes - 9) % 10_000
    sizes = np.where(plus4 == int(NO_ADD_ON), np.minimum(sizes, 5), sizes)
    texts = {
        "zip5": _digits(zip5, 5),
        "plus4": pc.if_else(pa.array(sizes >= 9), _digits(plus4, 4), ""),
        "delivery_point": pc.if_else(pa.array(sizes == 11), _digits(codes % 100, 2), ""),
    }
    blank = pa.array([""] * len(sizes), pa.string())
    return pa.table(
        {
            "source_row": pa.array(np.concatenate([reads.column("sequence").to_numpy(), bare])),
            **{name: texts.get(name, blank) for name in ADDRESS_COLUMNS},
            "zip11": pa.array(np.where(sizes == 11, codes, -1)),
        }
    )


def _digits(numbers: np.ndarray, width: int) -> pa.Array:
    return pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")


def _record_route(uow: UnitOfWork, stream: PresortStream, pieces: int) -> None:
    """The sorter's operation is done and is the evidence; papers, account and dock follow."""
    sort = lot_operation(uow.session, stream, OperationCode.SORT)
    sort.first_piece, sort.last_piece = 1, pieces
    complete(uow, sort, good=pieces)
    record_ranges(uow, sort, RangeStatus.SORTED, [(1, pieces)])
    complete(uow, lot_operation(uow.session, stream, OperationCode.PRESORT), good=pieces)
    uow.session.add(new_operation(uow, stream, OperationCode.PAPERS, OperationState.READY))
    for kind in (OperationCode.RECONCILE, OperationCode.DISPATCH, OperationCode.DELIVER):
        uow.session.add(new_operation(uow, stream, kind, OperationState.WAITING))
    outbox.request(uow, "papers", stream.mailing.ulid)
