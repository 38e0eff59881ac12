"""Kits: several things that an agency orders together, each as it was ordered in a past job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from kernel.errors import Conflict, NotFound
from kernel.ids import new_ulid
from production.asked import Asked, Line, Needed
from production.catalog.models import Product
from production.catalog.rows import ProductRow
from production.frontdesk.drafting import drafts
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.orders.queries import canonical, job_by_number
from production.frontdesk.steps.base import Answers, put
from production.frontdesk.steps.kit_answers import KIT, KitAnswers, part_of
from production.frontdesk.steps.print_answers import ARTWORK
from production.frontdesk.steps.spec_answers import COMPONENT_FILES, ComponentFilesAnswers
from production.frontdesk.steps.stationery_answers import STATIONERY
from production.jobs.models import Job
from production.jobs.states import JobKind, JobState
from production.library.models import Kit, KitItem
from store.db import Actor, UnitOfWork
from store.plant import Plant

MOST_ITEMS, CHOICES = 12, 50


class MakeKit(Asked):
    """A kit of past jobs."""

    REFUSED = "The kit was not made."
    name: Annotated[Needed, Field(title="Name", description="Such as: New employee.", max_length=120)]
    jobs: Annotated[list[Line], Field(title="What is in it", max_length=MOST_ITEMS)]


@dataclass(frozen=True, slots=True)
class Item:
    """A thing of a kit: the past job that it is ordered like."""

    number: str
    title: str
    product: str  # its name
    is_offered: bool
    quantity: int | None


@dataclass(frozen=True, slots=True)
class KitPage:
    """A kit with what is in it."""

    ulid: UUID
    name: str
    made_by: str
    made_at: datetime
    items: Sequence[Item]


def make_kit(uow: UnitOfWork, said: MakeKit) -> Kit:
    """A new kit of the actor's agency. InvalidInput without anything in it, with a mailing, for a name that there is;
    NotFound for a job that is not theirs.
    """
    assert uow.actor.agency_id is not None  # agency people only  # noqa: S101
    numbers = list(dict.fromkeys(said.jobs))
    if not numbers:
        raise MakeKit.refusal("jobs", "Choose what is in it.", "Tick one or more of the past orders.")
    same = select(Kit.id).filter_by(agency_id=uow.actor.agency_id, name=said.name)
    if uow.session.scalars(same).first() is not None:
        raise MakeKit.refusal("name", f"There is a kit {said.name} already.", "Give it another name.")
    jobs = [job_by_number(uow.session, uow.actor, canonical(number)) for number in numbers]
    if mailing := next((job for job in jobs if job.kind is not JobKind.PRINT), None):
        raise MakeKit.refusal(
            "jobs", f"{mailing.title} is a mailing.", "Order it by itself: it asks for a list."
        )
    kit = Kit(
        ulid=new_ulid(uow.now), agency_id=uow.actor.agency_id, name=said.name, made_by=uow.actor.name, made_at=uow.now
    )  # fmt: skip
    uow.session.add(kit)
    uow.session.flush()  # its items hang on its key
    uow.session.add_all(
        KitItem(kit_id=kit.id, position=position, job_id=job.id) for position, job in enumerate(jobs, start=1)
    )
    uow.audit("kit", kit.ulid, "made", of=said.name, jobs=[job.number for job in jobs])
    return kit


def remove_kit(uow: UnitOfWork, ulid: UUID) -> str:
    """The kit is no more; its jobs and files stay. Gives its name."""
    kit = _find(uow.session, uow.actor, ulid)
    uow.session.execute(delete(KitItem).filter_by(kit_id=kit.id))
    uow.session.delete(kit)
    uow.audit("kit", kit.ulid, "removed", of=kit.name)
    return kit.name


def kits_of(session: Session, actor: Actor) -> list[KitPage]:
    """The agency's kits by name, with what is in each."""
    kits = session.scalars(select(Kit).filter_by(agency_id=actor.agency_id).order_by(Kit.name)).all()
    items: dict[int, list[Item]] = {kit.id: [] for kit in kits}
    for kit_id, *facts in session.execute(_items([kit.id for kit in kits])):
        items[kit_id].append(Item(*facts))
    return [KitPage(kit.ulid, kit.name, kit.made_by, kit.made_at, items[kit.id]) for kit in kits]


def kit_page(session: Session, actor: Actor, ulid: UUID) -> KitPage:
    """One kit; NotFound, also for another agency's."""
    kit = _find(session, actor, ulid)
    items = [Item(*facts) for _, *facts in session.execute(_items([kit.id]))]
    return KitPage(kit.ulid, kit.name, kit.made_by, kit.made_at, items)


def can_be_in(session: Session, actor: Actor) -> list[Item]:
    """Past orders of the agency that a kit can be made of, the newest first: no mailing, which asks for a list."""
    query = _facts(select(*_ITEM)).where(
        Job.agency_id == actor.agency_id,
        Product.is_active,
        Product.kind == JobKind.PRINT,
        Job.state.not_in((JobState.DRAFT, JobState.CANCELLED)),
    )
    return [Item(*facts) for facts in session.execute(query.order_by(Job.id.desc()).limit(CHOICES))]


@dataclass(frozen=True, slots=True)
class Earlier:
    """A thing of a kit as it was ordered."""

    title: str
    product: ProductRow
    answers: Mapping[str, Answers]


def look_up(plant: Plant, actor: Actor, page: KitPage) -> list[Earlier]:
    """Everything as it was ordered. Conflict names what cannot be ordered so any more."""
    with plant.db.read_only(actor) as session:
        jobs = [job_by_number(session, actor, item.number) for item in page.items]
        products = [drafts.product_of(session, job) for job in jobs]
    found = []
    for item, job, product in zip(page.items, jobs, products, strict=True):
        if not item.is_offered:
            raise _refusal(item, f"{item.product} is not offered any more")
        if product.kind != JobKind.PRINT:
            raise _refusal(item, "a mailing asks for its list")
        answers = drafts.answers_of(plant, actor, job)
        if not _has_files(answers):
            raise _refusal(item, "its file is to be looked at again")
        found.append(Earlier(item.title, product, answers))
    return found


def order_kit(uow: UnitOfWork, page: KitPage, found: Sequence[Earlier]) -> OrderDraft:
    """One order begun of everything; the day, and the names that stand on something, are asked for anew."""
    draft = drafts.begin(uow, found[0].product)
    parts = [
        part_of(draft, one.title, one.product.code, drafts.afresh(uow.session, one.answers)) for one in found
    ]
    put(draft, KIT, KitAnswers(title=page.name, parts=tuple(parts)))
    uow.audit("kit", page.ulid, "ordered", of=page.name, orders=len(parts))
    return draft


def _has_files(answers: Mapping[str, Answers]) -> bool:
    """Could every file of it be looked at as it was ordered?"""
    components = answers.get(COMPONENT_FILES)
    if isinstance(components, ComponentFilesAnswers):
        return bool(components.files)
    return ARTWORK in answers or STATIONERY in answers


def _refusal(item: Item, why: str) -> Conflict:
    return Conflict(
        f"{item.title} cannot be ordered with the kit: {why}.", code="STATE",
        remedy="Make the kit anew without it.",
    )  # fmt: skip


_ITEM = (
    Job.number,
    Job.title,
    func.coalesce(Product.name, ""),
    func.coalesce(Product.is_active, False),
    Job.quantity,
)


def _facts(query: Any) -> Select[Any]:
    found: Select[Any] = query.select_from(Job).outerjoin(Product, Product.code == Job.product)
    return found


def _items(keys: Sequence[int]) -> Select[Any]:
    query = _facts(select(KitItem.kit_id, *_ITEM)).join(KitItem, KitItem.job_id == Job.id)
    return query.where(KitItem.kit_id.in_(keys)).order_by(KitItem.kit_id, KitItem.position)


def _find(session: Session, actor: Actor, ulid: UUID) -> Kit:
    kit = session.scalars(select(Kit).filter_by(ulid=ulid, agency_id=actor.agency_id)).first()
    if kit is None:
        raise NotFound("There is no such kit.")
    return kit
