"""Whose pieces they are: a stream's quantities dealt out to its jobs by the plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from sqlalchemy import select
from sqlalchemy.orm import Session

from production.jobs.models import Job, Operation
from production.jobs.ranges import Range, size
from production.jobs.states import OperationCode
from production.jobs.states import OperationState as O
from production.mailings.models import MailJob, PresortShare, PresortStream
from store.files import FileStore


def pieces_by_job(plan_path: Path, first: int, last: int) -> dict[int, int]:
    """Pieces first..last of a plan file counted by its column ``job`` (position of the slice); memory-mapped."""
    with pa.memory_map(str(plan_path)) as mapped:
        owners = pa.ipc.open_file(mapped).read_all().column("job").slice(first - 1, last - first + 1)
        counts = np.bincount(owners.to_numpy())
    return {position: count for position, count in enumerate(counts.tolist()) if count}


def split_by_job(
    session: Session, stream: PresortStream, ranges: Iterable[Range], *, files: FileStore
) -> list[tuple[Job, int]]:
    """The jobs that own pieces of these ranges, each with its count, in the order of the slices."""
    query = select(PresortShare.position, Job).join(Job, Job.id == PresortShare.job_id)
    query = query.where(PresortShare.lot_id == stream.id).order_by(PresortShare.position)
    jobs = dict(session.execute(query).all())
    ranges = list(ranges)
    if len(jobs) == 1:
        return [(job, size(ranges)) for job in jobs.values() if ranges]
    counts: Counter[int] = Counter()
    assert stream.plan_sha256  # a stream on the floor has its plan  # noqa: S101
    for first, last in ranges:
        counts.update(pieces_by_job(files.path(stream.plan_sha256), first, last))
    return [(job, counts[position]) for position, job in jobs.items() if counts[position]]


@dataclass(frozen=True, slots=True)
class LettersNow:
    """Where a job's own letters are, by the segments that are done: an agency sees no evidence of single pieces."""

    in_envelopes: int | None  # None where they go without
    printed: int  # and not in an envelope yet
    waiting: int  # for the press


def letters_now(session: Session, job: Job, *, files: FileStore) -> LettersNow | None:
    """None before its mailing is sorted, and of what has no segments."""
    part = session.scalars(
        select(PresortShare).join(MailJob, MailJob.lot_id == PresortShare.lot_id)
        .where(MailJob.id == job.id, PresortShare.job_id == job.id)
    ).first()  # fmt: skip
    stream = session.get(PresortStream, part.lot_id) if part else None
    if part is None or stream is None or not stream.plan_sha256:
        return None
    query = select(Operation).filter_by(lot_id=stream.id).where(Operation.segment.is_not(None))
    rows = session.scalars(query.order_by(Operation.segment)).all()
    path = files.path(stream.plan_sha256)

    def own(code: OperationCode) -> int:
        """Letters of the job in the segments that this step is done for."""
        done = [row for row in _of_plan(row for row in rows if row.type == code) if row.state is O.DONE]
        return sum(
            pieces_by_job(path, row.first_piece or 0, row.last_piece or 0).get(part.position, 0)
            for row in done
        )

    if not rows:
        return None
    printed = own(OperationCode.PRINT)
    is_inserted = any(row.type == OperationCode.FOLD_INSERT for row in rows)
    inserted = own(OperationCode.FOLD_INSERT) if is_inserted else None
    return LettersNow(inserted, printed - (inserted or 0), part.pieces - printed)


def _of_plan(rows: Iterable[Operation]) -> Iterator[Operation]:
    """Segments of the plan follow each other piece by piece; reprints come behind them."""
    end = 0
    for row in rows:
        if row.first_piece == end + 1:
            end = row.last_piece or end
            yield row
