"""The repairs of a job as somebody works on them: what the last check found, and what was changed since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import NotFound
from kernel.findings import Severity
from production.frontdesk.repairs.document import NOTHING, REPAIRS, Key, Repairs, read_repairs
from production.frontdesk.repairs.faults import ROW_FAULTS, Fault, RowFaults
from production.jobs.models import Job, JobFile
from store.files import FileStore

GIVEN, DRAFT, FAULTS = "repairs", "repairs_draft", "row_faults"


@dataclass(frozen=True)
class Sheet:
    """``checked``: repairs that the last check knew; ``repairs``: those that hold now; ``seen``: what tells their state
    from every other.
    """

    revision: int
    faults: RowFaults
    checked: Repairs
    repairs: Repairs
    seen: str

    @property
    def is_changed(self) -> bool:
        """Is there something that was not checked?"""
        return self.repairs != self.checked

    @cached_property
    def values(self) -> Mapping[Key, str]:
        """Cells of rows with a fault as they hold now."""
        places = [(at, name) for at, name in enumerate(self.faults.columns)]
        shown = {(row, name): cells[at] for row, cells in self.faults.rows.items() for at, name in places}
        back = {key: one.before for key, one in self.checked.by_cell.items()}
        return {**shown, **back, **{key: one.after for key, one in self.repairs.by_cell.items()}}

    @cached_property
    def typed(self) -> frozenset[Key]:
        """Cells that were changed since the check."""
        old, new = self.checked.by_cell, self.repairs.by_cell
        return frozenset(key for key, one in new.items() if key not in old or old[key].after != one.after)

    @cached_property
    def made_alike(self) -> Mapping[Key, str]:
        """Cells that a repair of one kind changes, asked for since the check."""
        before = {one.kind for one in self.checked.kinds}
        now = {one.kind for one in self.repairs.kinds} - before
        return {
            (cell.row, cell.column): cell.after
            for offer in self.faults.offers
            if offer.kind in now
            for cell in offer.cells
        }

    @cached_property
    def suggestions(self) -> Mapping[Key, str]:
        """What a cell could become, where a kind of repair knows it."""
        chosen = {one.kind for one in self.repairs.kinds}
        return {
            (cell.row, cell.column): cell.after
            for offer in self.faults.offers
            if offer.kind not in chosen
            for cell in offer.cells
        }

    def is_open(self, fault: Fault, row: int) -> bool:
        """Has nobody dealt with this fault of a row since the check?"""
        keys = {(row, column) for column in fault.columns}
        return row not in self.repairs.rows_dropped and keys.isdisjoint(self.typed | self.made_alike.keys())

    def faults_of(self, code: str) -> list[Fault]:
        """Those with the code; without one, all that leave rows out."""
        return [
            one for one in self.faults.faults if (one.code == code if code else one.severity is Severity.ROW)
        ]

    def open_rows(self, code: str) -> list[int]:
        """Rows with an open fault of the code, in the order of the list."""
        found = self.faults_of(code)
        return sorted({row for one in found for row in one.rows if self.is_open(one, row)})

    def left_out(self) -> Iterator[int]:
        """Rows that no letter goes to yet."""
        yield from self.open_rows("")


def has_sheet(session: Session, job: Job) -> bool:
    """Did the last check say what is wrong row by row?"""
    query = select(JobFile.sha256).filter_by(job_id=job.id, revision=job.revision, role=FAULTS)
    return session.scalar(query) is not None


def sheet_of(session: Session, files: FileStore, job: Job) -> Sheet:
    """NotFound where the last check of the list left nothing to work on."""
    query = select(JobFile).filter_by(job_id=job.id, revision=job.revision)
    kept = {row.role: row.sha256 for row in session.scalars(query)}
    if FAULTS not in kept:
        raise NotFound("There is nothing to fix here.", remedy="Open the job: it says what it waits for.")
    faults = ROW_FAULTS.from_bytes(files.checked_path(kept[FAULTS]).read_bytes(), "row faults")
    checked = read_repairs(files.checked_path(kept[GIVEN])) if GIVEN in kept else NOTHING
    seen = kept.get(DRAFT, "")
    repairs = REPAIRS.from_bytes(files.checked_path(seen).read_bytes(), "repairs") if seen else checked
    return Sheet(job.revision, faults, checked, repairs, seen)
