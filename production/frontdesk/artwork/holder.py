"""Whose files they are: of a draft, or of a job and the drafts that it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Select, false, or_, select

from production.frontdesk.artwork.models import Acceptance, FileVersion, FileWork
from production.frontdesk.orders.models import OrderDraft
from production.jobs.models import Job

SHOP = "the shop"  # whose people an agency does not see
Held = TypeVar("Held", FileVersion, FileWork, Acceptance)


@dataclass(frozen=True, slots=True)
class Holder:
    """``job_id``: also of the job that a draft changes."""

    agency_id: int
    draft_id: int | None
    job_id: int | None

    @property
    def facts(self) -> dict[str, int | None]:
        """Of a row that hangs on it."""
        return {
            "agency_id": self.agency_id,
            "draft_id": self.draft_id,
            "job_id": self.job_id if self.draft_id is None else None,
        }

    def rows(self, kind: type[Held]) -> Select[Held]:
        """In the order they were made; none of a draft that is nowhere yet."""
        own = [kind.draft_id == self.draft_id] if self.draft_id else []
        if self.job_id:
            drafts = select(OrderDraft.id).where(OrderDraft.job_id == self.job_id)
            own += [kind.job_id == self.job_id, kind.draft_id.in_(drafts)]
        return select(kind).where(or_(false(), *own)).order_by(kind.id)


def of_job(job: Job) -> Holder:
    """The files of a job."""
    return Holder(job.agency_id, None, job.id)


def of_draft(draft: OrderDraft) -> Holder:
    """The files of a draft."""
    return Holder(draft.agency_id, draft.id, draft.job_id)
