"""A file of the library used again: the steps of a new order of the same product, with that very file in place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from kernel.errors import Conflict
from production.catalog.rows import ProductRow
from production.frontdesk.drafting import drafts
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.orders.queries import job_by_number
from production.frontdesk.steps.base import Answers
from production.jobs.models import Job
from production.library.filing import refuse_removed
from production.library.queries import FileLine
from store.db import Actor, UnitOfWork
from store.plant import Plant


@dataclass(frozen=True, slots=True)
class Earlier:
    """What was ordered with a file: the job, its product, and the answers with the files of that version."""

    job: Job
    product: ProductRow
    answers: Mapping[str, Answers]


def earlier(plant: Plant, actor: Actor, line: FileLine) -> Earlier:
    """What a file was ordered with last, looked at anew. Gone for a file that went; Conflict where its product is not
    ordered here.
    """
    refuse_removed(line)
    with plant.db.read_only(actor) as session:
        job, product = product_of(session, actor, line)
    return Earlier(job, product, drafts.answers_of(plant, actor, job, revision=line.revision))


def product_of(session: Session, actor: Actor, line: FileLine) -> tuple[Job, ProductRow]:
    """The job that used a file last, with its product. Conflict where that is not ordered here, or not any more."""
    job = job_by_number(session, actor, line.number)
    product = drafts.product_of(session, job)
    if not product.is_active:
        raise Conflict(
            f"{product.name} is not offered any more.", code="STATE", remedy="Choose another product."
        )
    return job, product


def use_again(uow: UnitOfWork, line: FileLine, found: Earlier) -> OrderDraft:
    """A new order begun with the file; the day, and the people a letter goes to, are asked for anew."""
    draft = drafts.again(uow, found.product, found.answers)
    uow.audit("library", draft.ulid, "used_again", of=line.number, file=line.sha256)
    return draft
