"""The press sheets of a job as they were made and checked, by component, with what the checker read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import NotFound
from production.frontdesk.orders.spec_order import ARTWORK
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
    """Of one component, by its position. ``sheets``: hash of the file, a page a side; ``pages``: of the file as it was
    given, None where that was not kept; ``reading``: None where pages are sheets as they are, and nothing was imposed.
    """

    position: int
    name: str
    sheets: str
    layout: Layout
    pages: int | None
    artwork: str | None
    reading: Reading | None


def kept_sheets(session: Session, files: FileStore, job: Job) -> list[KeptSheets]:
    """Of the present revision, in the order of its components; none while it is not checked, or lies as prepress
    says.
    """
    query = select(JobFile).filter_by(job_id=job.id, revision=job.revision)
    kept = {row.role: row for row in session.scalars(query)}
    parts = session.scalars(select(Component).filter_by(job_id=job.id).order_by(Component.position))
    return [_read(files, part, kept) for part in parts if of_component("layout", part.position) in kept]


def sheets_at(found: Sequence[KeptSheets], position: int, side: int) -> KeptSheets:
    """Those of the component at that position; NotFound, also beyond the last side."""
    for one in found:
        if one.position == position and 1 <= side <= one.layout.sides:
            return one
    raise NotFound("There is no such sheet.", remedy="Open the job: it says what it waits for.")


def _read(files: FileStore, part: Component, kept: Mapping[str, JobFile]) -> KeptSheets:
    sheets, told = (kept[of_component(role, part.position)] for role in ("sheets", "layout"))
    artwork = kept.get(of_component(ARTWORK, part.position))
    said = files.checked_path(told.sha256).read_bytes()
    check = json.loads(said)["check"]
    reading = Reading(**{name: check[name] for name in Reading.__slots__}) if check else None
    return KeptSheets(
        part.position, part.name, sheets.sha256, read_layout(said), told.pages,
        artwork.sha256 if artwork else None, reading,
    )  # fmt: skip
