"""An order being entered step by step, of any product, and submitted.

Nothing is lost between steps, and the same steps change a job that was submitted before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import Conflict, NotFound, StaleVersion
from kernel.ids import new_ulid
from production.asked import Sent
from production.catalog import queries as catalog
from production.catalog.rows import ProductRow
from production.frontdesk.drafting import (
    kit_draft,
    mailing_draft,
    print_draft,
    shelf_draft,
    spec_draft,
    stationery_draft,
)
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.orders.spec_order import NAMED, SPEC
from production.frontdesk.steps.base import Answers, put
from production.frontdesk.steps.spec_answers import is_mailed
from production.jobs.lifecycle import verbs
from production.jobs.models import Job, JobFile
from production.jobs.states import JobKind
from production.stockroom.picking import SHELF
from store.db import Actor, UnitOfWork
from store.files import FileStore
from store.plant import Plant

Texts = dict[str, list[str]]  # by field of a form


class Way(Protocol):
    """A way to order, with what becomes of its drafts: a module of this room."""

    STEPS: tuple[str, ...]  # that it may ask

    def submit(self, uow: UnitOfWork, files: FileStore, draft: OrderDraft) -> Job:
        """A new job; of several in one order the first."""
        ...


class WayOfJob(Way, Protocol):
    """A way whose jobs are changed and ordered again."""

    def resubmit(self, uow: UnitOfWork, files: FileStore, draft: OrderDraft, job: Job) -> None:
        """The job as the draft has it."""
        ...

    def answers_of(
        self, plant: Plant, actor: Actor, job: Job, *, revision: int | None = None
    ) -> Mapping[str, Answers]:
        """The answers that made the job, by step, with the files of its present or of an earlier revision."""
        ...

    def afresh(self, session: Session, answers: Mapping[str, Answers]) -> Mapping[str, Answers]:
        """The same for another order: without what belongs to the day of the first one."""
        ...


# Print work may have a mailing with it.
OF_JOBS: tuple[WayOfJob, ...] = (stationery_draft, spec_draft, print_draft, shelf_draft, mailing_draft)
WAYS: tuple[Way, ...] = (kit_draft, *OF_JOBS)


def way_of(steps: Iterable[str]) -> Way:
    """The way that asks these steps."""
    asked = set(steps)
    return next(way for way in WAYS if asked.intersection(way.STEPS))


def as_begun(product: ProductRow, draft: OrderDraft) -> ProductRow:
    """The product with the steps of its draft: those by which that was begun, as it may have others since, and those of
    a mailing where it is mailed too.
    """
    *steps, last = product.steps
    begun = {*draft.answers, *draft.typed}
    if begun and way_of(begun) is not way_of(steps):
        steps = [*way_of(begun).STEPS]
    if is_mailed(draft):
        steps += mailing_draft.STEPS
    return product.model_copy(update={"steps": (*steps, last)})


def blank(actor: Actor, product: ProductRow) -> OrderDraft:
    """A draft that is nowhere yet: what the first step shows."""
    assert actor.agency_id is not None and actor.user_id is not None  # agency people only  # noqa: S101
    return OrderDraft(
        agency_id=actor.agency_id, user_id=actor.user_id, product=product.code, answers={}, typed={}
    )


def begin(
    uow: UnitOfWork, product: ProductRow, typed: Texts | None = None, like: OrderDraft | None = None
) -> OrderDraft:
    """A new draft of the actor's; ``typed``: into its first step; ``like``: a blank one that is nowhere yet."""
    draft = blank(uow.actor, product)
    draft.answers = dict(like.answers) if like else {}
    draft.typed = {product.steps[0]: typed} if typed else {}
    draft.ulid, draft.created_at, draft.changed_at = new_ulid(uow.now), uow.now, uow.now
    uow.session.add(draft)
    return draft


def product_of(session: Session, job: Job) -> ProductRow:
    """What was ordered. Conflict for a job that nobody ordered here."""
    if job.product is None:
        raise Conflict("This job was not ordered here; the shop changes it.", code="STATE")
    return catalog.product(session, job.product)


def answers_of(plant: Plant, actor: Actor, job: Job, *, revision: int | None = None) -> Mapping[str, Answers]:
    """The answers that made a job, by step, with the files of its present or of an earlier revision."""
    with plant.db.read_only(actor) as session:
        way = _ordered_by(session, job)
    return way.answers_of(plant, actor, job, revision=revision)


def _ordered_by(session: Session, job: Job) -> WayOfJob:
    if job.kind is JobKind.MAILING:
        return mailing_draft
    if job.product == SHELF:
        return shelf_draft
    roles = set(session.scalars(select(JobFile.role).filter_by(job_id=job.id, revision=job.revision)))
    ways: Mapping[str, WayOfJob] = {NAMED: stationery_draft, SPEC: spec_draft}
    return next((way for role, way in ways.items() if role in roles), print_draft)


def reopen(
    uow: UnitOfWork, job: Job, product: ProductRow, answers: Mapping[str, Answers], *, revision: int
) -> OrderDraft:
    """The steps of a submitted job again, with everything as it stands in ``revision``. Conflict when it cannot be
    changed, StaleVersion when it was meanwhile.
    """
    if "submit" not in verbs(job):
        raise Conflict(
            f"The job cannot be changed now: it is {job.state.value.replace('_', ' ')}.", code="STATE"
        )
    if job.revision != revision:
        raise StaleVersion(f"Somebody else has changed job {job.number}. Look at it again.")
    draft = begin(uow, product)
    draft.job_id, draft.base_revision = job.id, job.revision
    for step, answered in answers.items():
        put(draft, step, answered)
    return draft


def again(uow: UnitOfWork, product: ProductRow, answers: Mapping[str, Answers]) -> OrderDraft:
    """A new draft of what was ordered before. Its day, and the people a letter goes to, are asked for anew."""
    draft = begin(uow, product)
    for step, answered in afresh(uow.session, answers).items():
        put(draft, step, answered)
    return draft


def afresh(session: Session, answers: Mapping[str, Answers]) -> Mapping[str, Answers]:
    """The answers that made a job, for another order: without what belongs to the day of the first one."""
    way = next(way for way in OF_JOBS if answers.keys() & set(way.STEPS))
    return way.afresh(session, answers)


def open_drafts(session: Session, actor: Actor) -> Sequence[OrderDraft]:
    """What the person has begun and not submitted, newest first."""
    query = select(OrderDraft).filter_by(user_id=actor.user_id, agency_id=actor.agency_id, ended_at=None)
    return session.scalars(query.order_by(OrderDraft.id.desc()).limit(20)).all()


def find(session: Session, actor: Actor, ulid: UUID) -> OrderDraft:
    """The person's own draft; NotFound for anybody else's."""
    query = select(OrderDraft).filter_by(ulid=ulid, user_id=actor.user_id, agency_id=actor.agency_id)
    draft = session.scalars(query).first()
    if draft is None:
        raise NotFound("There is no such draft.")
    return draft


def mark_of(draft: OrderDraft) -> str:
    """What a form carries of the draft that it was made with: another one after every change."""
    return draft.changed_at.isoformat()


def open_draft(uow: UnitOfWork, ulid: UUID, *, seen: str = "") -> OrderDraft:
    """The same, to change it; Conflict after it was submitted or thrown away. StaleVersion when it was changed, in
    another window, since the form with the mark ``seen`` was shown.
    """
    draft = _locked(uow, ulid, seen)
    draft.changed_at = uow.now
    return draft


def _locked(uow: UnitOfWork, ulid: UUID, seen: str) -> OrderDraft:
    draft = find(uow.session, uow.actor, ulid)
    uow.session.refresh(draft, with_for_update=True)
    if draft.ended_at is not None:
        raise Conflict("This draft was already submitted or thrown away.")
    if seen and seen != mark_of(draft):
        raise StaleVersion(
            "This draft was changed in another window since you opened this page. What you typed is still here; "
            "what the other window kept is replaced when you send it."
        )
    return draft


def type_in(uow: UnitOfWork, ulid: UUID, step: str, texts: Texts, *, seen: str) -> OrderDraft:
    """Keep what is typed into a step and not sent yet, beside its answers. For others who have the draft before them it
    is not changed by that. As ``open_draft``.
    """
    draft = _locked(uow, ulid, seen)
    draft.typed = {**draft.typed, step: texts}
    return draft


def typed_in(draft: OrderDraft, step: str) -> Sent | None:
    """What was typed into a step and not sent."""
    texts = draft.typed.get(step)
    return Sent(texts) if texts else None


def sent_off(draft: OrderDraft, step: str) -> None:
    """What was typed into a step is answered."""
    draft.typed = {name: texts for name, texts in draft.typed.items() if name != step}


def submit(uow: UnitOfWork, files: FileStore, draft: OrderDraft, *, over: int | None = None) -> Job:
    """The job of this draft: a new one, or the reopened one submitted again. StaleVersion when somebody submitted it
    meanwhile, unless the person has said to replace that very revision (``over``).
    """
    if draft.job_id is None:
        job = way_of(draft.answers).submit(uow, files, draft)
        draft.job_id = job.id
        if draft.ordered_for_id is not None:
            uow.audit("job", job.ulid, "ordered_for", of=job.number)
    else:
        job = uow.session.get_one(Job, draft.job_id)
        uow.session.refresh(job, with_for_update={"of": Job})
        if job.revision not in (draft.base_revision, over):
            raise StaleVersion(f"Somebody else has changed job {job.number} since you opened it.")
        _ordered_by(uow.session, job).resubmit(uow, files, draft, job)
    draft.ended_at, draft.typed = uow.now, {}
    return job


def throw_away(uow: UnitOfWork, draft: OrderDraft) -> None:
    """The person does not want it any more."""
    draft.ended_at, draft.typed = uow.now, {}
