"""The press sheets of a job as they were made and checked, by component, with what the checker read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import NotFound
from production.jobs.consent import of_component
from production.jobs.models import Component, Job, JobFile
from production.prepress.fold_check.layout import Layout, read_layout
from store.files import FileStore


@dataclass(frozen=True, slots=True)
class Reading:
    """What the checker read of folded, nested and gathered sheets; points, pages (None: blank) and places."""

    reading_order: Sequence[int | None]
    creep_pt: float
    register_pt: float
    compared: int


@dataclass(frozen=True, slots=True)
class KeptSheets:
    """Of one component, by its position. ``sheets``: hash of the file, a page a side; ``reading``: None where pages are
    sheets as they are, and nothing was imposed.
    """

    position: int
    name: str
    sheets: str
    layout: Layout
    reading: Reading | None


def kept_sheets(session: Session, files: FileStore, job: Job) -> list[KeptSheets]:
    """Of the present revision, in the order of its components; none while it is not checked, or lies as prepress
    says.
    """
    query = select(JobFile).filter_by(job_id=job.id, revision=job.revision)
    kept = {row.role: row.sha256 for row in session.scalars(query)}
    parts = session.scalars(select(Component).filter_by(job_id=job.id).order_by(Component.position))
    return [
        _read(part, kept[of_component("sheets", part.position)], files.checked_path(told).read_bytes())
        for part in parts
        if (told := kept.get(of_component("layout", part.position)))
    ]


def sheets_at(found: Sequence[KeptSheets], position: int, side: int) -> KeptSheets:
    """Those of the component at that position; NotFound, also beyond the last side."""
    for one in found:
        if one.position == position and 1 <= side <= one.layout.sides:
            return one
    raise NotFound("There is no such sheet.", remedy="Open the job: it says what it waits for.")


def _read(part: Component, sheets: str, told: bytes) -> KeptSheets:
    check = json.loads(told)["check"]
    reading = Reading(**{name: check[name] for name in Reading.__slots__}) if check else None
    return KeptSheets(part.position, part.name, sheets, read_layout(told), reading)
