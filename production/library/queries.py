"""The files of an agency's jobs, each once: what it is, the job that used it last, and what its agency says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, literal, or_, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from kernel.errors import NotFound
from production.catalog.forms.models import FormRevision, JobForm
from production.catalog.models import Product
from production.frontdesk.orders.models import ProofPage
from production.frontdesk.orders.queries import SHOP
from production.jobs.models import Job, JobFile
from production.jobs.states import JobKind
from production.library.models import LibraryEntry
from production.people.models import User
from store.db import Actor
from store.files import StoredFile

PAGE = 24
MASTERS, FINALS, PROOFS = ("template", "artwork"), ("print_file",), ("proof",)
ROLES = (*MASTERS, *FINALS, *PROOFS)
_MOST_WORDS = 6
_ROLE = func.split_part(JobFile.role, ".", 1)
_REGISTERED = FormRevision.number + ", revision " + FormRevision.revision  # the form that the job made


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file of the library. ``number``, ``revision`` and what follows: of the job that used it last; ``jobs``: how
    many did. ``proof``: the place of that job's first proof page, where this is its present version.
    """

    sha256: str
    role: str
    name: str
    size: int
    purged_at: datetime | None
    number: str
    revision: int
    job_title: str
    kind: JobKind
    product: str  # its name
    used_at: datetime
    owner: str
    jobs: int
    proof: int | None
    filed: str | None  # the title it was filed under
    form_number: str
    note: str
    keep_until: date | None
    key: int  # of the job, by which the list is paged

    @property
    def title(self) -> str:
        """What its agency calls it."""
        return self.filed or self.job_title

    @property
    def is_mailed(self) -> bool:
        """Is it of something that goes to the post?"""
        return self.kind is not JobKind.PRINT

    @property
    def names_people(self) -> bool:
        """Does it show letters of recipients?"""
        return self.is_mailed and self.role in PROOFS


class Place(NamedTuple):
    """Where a page of the list goes on: behind this file."""

    job: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """One page of the library, what was used last first. ``older``: where the next page begins."""

    lines: Sequence[FileLine]
    older: Place | None


def shelf(
    session: Session,
    actor: Actor,
    *,
    roles: Sequence[str] = ROLES,
    words: str = "",
    product: str = "",
    after: Place | None = None,
) -> Shelf:
    """Files with these roles in which every word stands: in title, name, form number, note, job, product or owner."""
    wanted = [_ROLE.in_(roles), *(_says(word) for word in words.split()[:_MOST_WORDS])]
    if product:
        wanted.append(Job.product == product)
    last = _last_uses(actor, wanted)
    query = _lines(actor, last)
    if after is not None:
        query = query.where(
            tuple_(last.c.job_id, last.c.sha256) < tuple_(literal(after.job), literal(after.sha256))
        )
    query = query.order_by(last.c.job_id.desc(), last.c.sha256.desc()).limit(PAGE + 1)
    lines = [FileLine(*row) for row in session.execute(query)]
    more = lines[PAGE - 1] if len(lines) > PAGE else None
    return Shelf(lines[:PAGE], Place(more.key, more.sha256) if more else None)


def file_line(session: Session, actor: Actor, sha256: str) -> FileLine:
    """One file of the actor's agency; NotFound, also for another agency's."""
    last = _last_uses(actor, [_ROLE.in_(ROLES), JobFile.sha256 == sha256])
    row = session.execute(_lines(actor, last)).first()
    if row is None:
        raise NotFound("There is no such file in your library.")
    return FileLine(*row)


@dataclass(frozen=True, slots=True)
class Use:
    """A job that used a file."""

    number: str
    title: str
    created_at: datetime


def uses_of(session: Session, actor: Actor, sha256: str, *, limit: int = 50) -> list[Use]:
    """The agency's jobs that used a file, the newest first."""
    query = (
        select(Job.number, Job.title, Job.created_at)
        .join(JobFile, JobFile.job_id == Job.id)
        .where(Job.agency_id == actor.agency_id, JobFile.sha256 == sha256, _ROLE.in_(ROLES))
        .group_by(Job.id)
        .order_by(Job.id.desc())
        .limit(limit)
    )
    return [Use(*row) for row in session.execute(query)]


def products_used(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Code and name of what the agency has ordered."""
    used = select(Job.product).where(Job.agency_id == actor.agency_id)
    query = select(Product.code, Product.name).where(Product.code.in_(used)).order_by(Product.name)
    return [(code, name) for code, name in session.execute(query)]


def _says(word: str) -> ColumnElement[bool]:
    columns = (
        JobFile.given_name, Job.title, Job.number, Product.name, User.full_name, LibraryEntry.title,
        LibraryEntry.form_number, LibraryEntry.note, FormRevision.number,
    )  # fmt: skip
    return or_(*(column.icontains(word, autoescape=True) for column in columns))


def _last_uses(actor: Actor, wanted: Sequence[ColumnElement[bool]]) -> Any:
    """Each file with the job and the version that used it last: of a job its present version, and what was filed."""
    used = (
        select(JobFile.sha256, Job.id.label("job_id"), JobFile.revision, JobFile.role)
        .join(Job, Job.id == JobFile.job_id)
        .outerjoin(Product, Product.code == Job.product)
        .outerjoin(User, User.id == Job.requester_id)
        .outerjoin(JobForm, JobForm.job_id == Job.id)
        .outerjoin(FormRevision, FormRevision.id == JobForm.form_revision_id)
        .outerjoin(
            LibraryEntry,
            (LibraryEntry.sha256 == JobFile.sha256) & (LibraryEntry.agency_id == Job.agency_id),
        )
        .where(Job.agency_id == actor.agency_id, *wanted)
        .where((JobFile.revision == Job.revision) | LibraryEntry.id.is_not(None))
    )
    latest = used.ext(distinct_on(JobFile.sha256))
    return latest.order_by(JobFile.sha256, Job.id.desc(), JobFile.revision.desc(), JobFile.role).subquery()


def _lines(actor: Actor, last: Any) -> Select[Any]:
    others = (
        select(func.count(JobFile.job_id.distinct()))
        .join(Job, Job.id == JobFile.job_id)
        .where(JobFile.sha256 == last.c.sha256, Job.agency_id == actor.agency_id)
        .correlate(last)
        .scalar_subquery()
    )
    first_proof = (
        select(func.min(ProofPage.position))
        .where(
            ProofPage.job_id == Job.id, ProofPage.revision == Job.revision, last.c.revision == Job.revision
        )
        .correlate(Job, last)
        .scalar_subquery()
    )
    of_use = (
        (JobFile.job_id == last.c.job_id)
        & (JobFile.revision == last.c.revision)
        & (JobFile.role == last.c.role)
    )
    return (
        select(
            last.c.sha256, _ROLE, JobFile.given_name, StoredFile.size, StoredFile.purged_at, Job.number,
            last.c.revision, Job.title, Job.kind, func.coalesce(Product.name, ""), Job.created_at,
            func.coalesce(User.full_name, SHOP), others, first_proof, LibraryEntry.title,
            func.coalesce(func.nullif(LibraryEntry.form_number, ""), _REGISTERED, ""),
            func.coalesce(LibraryEntry.note, ""), LibraryEntry.keep_until, Job.id,
        )
        .select_from(last)
        .join(JobFile, of_use)
        .join(Job, Job.id == last.c.job_id)
        .join(StoredFile, StoredFile.sha256 == last.c.sha256)
        .outerjoin(Product, Product.code == Job.product)
        .outerjoin(User, User.id == Job.requester_id)
        .outerjoin(JobForm, JobForm.job_id == Job.id)
        .outerjoin(FormRevision, FormRevision.id == JobForm.form_revision_id)
        .outerjoin(
            LibraryEntry,
            (LibraryEntry.sha256 == last.c.sha256) & (LibraryEntry.agency_id == Job.agency_id),
        )
    )  # fmt: skip
