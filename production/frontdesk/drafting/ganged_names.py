"""Who stands in the artwork of a job of several names: how many of each, on which pages, and where on the sheets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.ids import named_ulid
from production.frontdesk.orders.spec_order import GANG, GANGED, NAMED
from production.frontdesk.preparation.kept_sheets import KeptSheets
from production.frontdesk.stationery import queries
from production.frontdesk.stationery.people import Person
from production.frontdesk.steps.stationery_answers import NAMES, people_of
from production.jobs.models import Job, JobFile
from production.prepress.sheet_drawings import side_name
from store.files import FileStore


@dataclass(frozen=True, slots=True)
class GangedName:
    """A name: the first value that is not empty; ``pages``: of the artwork, from 1, ``leaf`` of them for one piece."""

    name: str
    ordered: int
    printed: int
    pages: range
    leaf: int

    def places(self, sheets: KeptSheets) -> Iterator[tuple[int, str, int]]:
        """(side, its name, how often the name stands there) of each side that has it."""
        for side in range(1, sheets.layout.sides + 1):
            placed = (one.page for one in sheets.layout.placements if one.side == side)
            if there := sum(page in self.pages for page in placed if page is not None):
                yield side, side_name(sheets.layout, side), there


def ganged_names(session: Session, files: FileStore, job: Job) -> Sequence[GangedName]:
    """In the order of the list; none of a job that is no gang, or was ordered before its names were kept."""
    query = select(JobFile.role, JobFile.sha256).filter_by(job_id=job.id, revision=job.revision)
    kept = {role: sha256 for role, sha256 in session.execute(query)}  # noqa: C416
    if not {GANGED, NAMED} <= kept.keys():
        return ()
    gang = GANG.from_bytes(files.checked_path(kept[GANGED]).read_bytes(), "the gang of a job")
    answers = NAMES.from_bytes(files.checked_path(kept[NAMED]).read_bytes(), "the names of a job")
    template = queries.version(session, named_ulid(answers.template, "template"), job.agency_id)
    people, leaf = people_of(template, answers).people, template.design.pages
    ends = [leaf * end for end in accumulate(gang.leaves, initial=0)]
    return [
        GangedName(_first(one), one.quantity, printed, range(first + 1, last + 1), leaf)
        for one, printed, first, last in zip(people, gang.printed, ends[:-1], ends[1:], strict=True)
    ]


def _first(person: Person) -> str:
    return next((text for text in person.values.values() if text), "")
