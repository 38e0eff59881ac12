"""A draft of a kit becomes one order: a job for each thing in it, all or none."""

from __future__ import annotations

from production.frontdesk.drafting import print_draft, spec_draft, stationery_draft
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.steps.kit_answers import KIT, part_drafts
from production.jobs.models import Job
from store.db import UnitOfWork
from store.files import FileStore

STEPS: tuple[str, ...] = (KIT,)
OF_A_THING = (stationery_draft, spec_draft, print_draft)


def submit(uow: UnitOfWork, files: FileStore, draft: OrderDraft, order_id: int | None = None) -> Job:
    """The first job of the order; InvalidInput where one of them cannot be ordered, and then none is."""
    jobs: list[Job] = []
    for one in part_drafts(draft):
        way = next(way for way in OF_A_THING if not one.answers.keys().isdisjoint(way.STEPS))
        jobs.append(way.submit(uow, files, one, jobs[0].order_id if jobs else order_id))
    for job in jobs[1:] if draft.ordered_for_id is not None else ():
        uow.audit("job", job.ulid, "ordered_for", of=job.number)
    return jobs[0]
