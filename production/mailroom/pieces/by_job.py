"""Whose pieces they are: a stream's quantities dealt out to its jobs by the plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
from sqlalchemy import select
from sqlalchemy.orm import Session

from production.jobs.models import Job
from production.jobs.ranges import Range, size
from production.mailings.models import PresortShare, PresortStream
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
