"""The file of one component as it stands in an order: what is asked of it, its versions, and what preflight says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import NotFound
from production.catalog.press_limits import pages_at_once
from production.catalog.press_room.standards import shop_standards
from production.catalog.products.families import families
from production.catalog.products.makeup import made_up
from production.catalog.products.spec import read_spec
from production.frontdesk.artwork import holder as holders
from production.frontdesk.artwork.acceptance import acceptances
from production.frontdesk.artwork.holder import Holder
from production.frontdesk.artwork.models import Act, FileWork
from production.frontdesk.artwork.report import Report, report
from production.frontdesk.artwork.versions import Version, versions_of
from production.frontdesk.orders.spec_order import ARTWORK, SPEC
from production.frontdesk.preparation.accepted import Accepted
from production.frontdesk.preparation.component_check import asked_of
from production.frontdesk.preparation.spec_check import gang_of, of_all
from production.jobs.consent import of_component
from production.jobs.lifecycle import verbs
from production.jobs.models import Job, JobFile
from production.prepress.preflight.order import PrintOrder
from production.prepress.preflight.pdf import count_pages, preflight_order
from production.prepress.preflight.press_report import OrderReport
from store.documents import Versioned
from store.files import FileStore

_REPORTS_KEPT = 64
REPORT: Versioned[OrderReport] = Versioned(OrderReport)


@dataclass(frozen=True, slots=True)
class ComponentFile:
    """``subject``: draft or job as the audit chain names it; ``position`` among the components, from 1; ``names``: of
    all of them; ``revision``: what a change is of.
    """

    holder: Holder
    subject: tuple[str, UUID]
    position: int
    names: Sequence[str]
    asked: PrintOrder
    sha256: str
    given_name: str
    versions: Sequence[Version]
    accepted: Sequence[Accepted]
    may_change: bool
    revision: int
    works: Sequence[FileWork] = ()

    @property
    def component(self) -> str:
        """Its name."""
        return self.names[self.position - 1]

    @property
    def in_use(self) -> tuple[str, str]:
        """Hash and name of the file that the order has."""
        return self.sha256, self.given_name

    @property
    def work(self) -> FileWork | None:
        """What a worker was asked for last."""
        return self.works[-1] if self.works else None

    @property
    def is_worked_on(self) -> bool:
        """Whether that is still to be done."""
        return self.work is not None and self.work.ended_at is None

    def kept_report(self, files: FileStore, sha256: str) -> OrderReport | None:
        """What preflight said of a file to a worker who asked the same."""
        for one in reversed(self.works):
            if one.report_sha256 and one.made_sha256 == sha256 and one.asked == self.asked:
                return _read(files.checked_path(one.report_sha256))
        return None

    def is_in_use(self, version: Version) -> bool:
        """Whether the order has it."""
        return version.sha256 == self.sha256

    def version(self, number: int | None = None) -> Version:
        """One by its number; else the newest, of which pages were not only taken. NotFound."""
        if number is None:
            return next(one for one in reversed(self.versions) if one.act is not Act.ADDED)
        if not 1 <= number <= len(self.versions):
            raise NotFound("There is no such version of this file.")
        return self.versions[number - 1]


def of_job(session: Session, files: FileStore, job: Job, position: int) -> ComponentFile:
    """NotFound for a job that was not ordered by specification, or has no such component."""
    rows = {
        row.role: row
        for row in session.scalars(select(JobFile).filter_by(job_id=job.id, revision=job.revision))
    }
    here = rows.get(of_component(ARTWORK, position))
    if SPEC not in rows or here is None:
        raise NotFound("There is no such file.")
    spec = read_spec(files.checked_path(rows[SPEC].sha256).read_bytes())
    gang = gang_of(files, rows)
    made = [of_all(one, gang) for one in made_up(spec, families(), shop_standards(session)).components]
    names = [one.name for one in made]
    return opened(
        session, holders.of_job(job), ("job", job.ulid), position, names, asked_of(spec, made[position - 1]),
        (here.sha256, here.given_name), may_change="submit" in verbs(job), revision=job.revision,
    )  # fmt: skip


def opened(
    session: Session,
    holder: Holder,
    subject: tuple[str, UUID],
    position: int,
    names: Sequence[str],
    asked: PrintOrder,
    in_use: tuple[str, str],
    *,
    may_change: bool,
    revision: int = 0,
) -> ComponentFile:
    """With its versions, and what was accepted; ``in_use``: hash and name of the file that the order has."""
    versions = versions_of(session, holder, names[position - 1], in_use)
    said = acceptances(session, holder)
    works = works_of(session, holder, names[position - 1])
    return ComponentFile(
        holder, subject, position, names, asked, *in_use, versions, said, may_change, revision, works
    )


def works_of(session: Session, holder: Holder, component: str) -> Sequence[FileWork]:
    """What workers were asked to do to a component's file, in that order."""
    return session.scalars(holder.rows(FileWork).where(FileWork.component == component)).all()


def report_of(files: FileStore, one: ComponentFile, version: Version) -> Report | None:
    """What preflight says of a version; the same file asked for the same is looked at once. None for a long one until a
    worker has looked at it.
    """
    found = found_in(files, one, version)
    return report(found, version.sha256, one.component, one.accepted) if found else None


def found_in(files: FileStore, one: ComponentFile, version: Version) -> OrderReport | None:
    """The same as findings."""
    path = files.checked_path(version.sha256)
    found = one.kept_report(files, version.sha256)
    return found or (None if is_long(path) else looked_at(path, one.asked))


def is_long(path: Path) -> bool:
    """Whether a file has more pages than are looked at while somebody waits."""
    return _pages_in(path) > pages_at_once()


@lru_cache(maxsize=_REPORTS_KEPT)
def _pages_in(path: Path) -> int:
    """None of a file that cannot be opened: preflight says so at once."""
    return count_pages(path) or 0


@lru_cache(maxsize=_REPORTS_KEPT)
def _read(path: Path) -> OrderReport:
    return REPORT.from_bytes(path.read_bytes(), "a kept preflight report")


@lru_cache(maxsize=_REPORTS_KEPT)
def looked_at(path: Path, asked: PrintOrder) -> OrderReport:
    """What preflight finds; the same question is answered from memory."""
    return preflight_order(path, asked)
