"""A draft of stationery becomes a job, or changes one; a job becomes the answers of a draft again."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from kernel.errors import InvalidInput
from kernel.ids import named_ulid, show_ulid
from production.catalog.press_room.standards import shop_standards
from production.frontdesk.drafting.mailing_draft import given_files, splits_of
from production.frontdesk.orders import spec_order
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.orders.spec_order import ARTWORK, GANGED, NAMED, SPEC, Wanted
from production.frontdesk.stationery import queries
from production.frontdesk.steps import stationery
from production.frontdesk.steps.base import Answers
from production.frontdesk.steps.stationery_answers import (
    NAMES,
    STATIONERY,
    MadeFiles,
    StationeryAnswers,
    made_spec,
    stationery_of,
    template_of,
)
from production.jobs.consent import of_component
from production.jobs.models import Job
from store.db import Actor, UnitOfWork
from store.files import FileStore
from store.plant import Plant

STEPS: tuple[str, ...] = (STATIONERY,)


def submit(uow: UnitOfWork, files: FileStore, draft: OrderDraft, order_id: int | None = None) -> Job:
    """A new job of a draft."""
    whose = {"agency_id": draft.agency_id, "requester_id": draft.requester_id}
    return spec_order.submit_spec(uow, _wanted(uow, files, draft), **whose, order_id=order_id)


def resubmit(uow: UnitOfWork, files: FileStore, draft: OrderDraft, job: Job) -> None:
    """The job as the draft has it now."""
    spec_order.resubmit_spec(uow, _wanted(uow, files, draft), job)


def afresh(_session: Session, answers: Mapping[str, Answers]) -> Mapping[str, Answers]:
    """All but the day; it is made anew when that was said."""
    return {STATIONERY: answers[STATIONERY].model_copy(update={"due": None, "made": None})}


def answers_of(plant: Plant, actor: Actor, job: Job, *, revision: int | None = None) -> Mapping[str, Answers]:
    """What was answered for the job as it stands."""
    with plant.db.read_only(actor) as session:
        given, splits = given_files(session, job, revision), splits_of(session, job)
    names = plant.files.checked_path(given[NAMED].sha256).read_bytes()
    made = MadeFiles(
        spec=given[SPEC], artwork=given[of_component(ARTWORK, 1)], gang=given.get(GANGED), names=given[NAMED]
    )
    answers = NAMES.from_bytes(names, "the names of a job")
    return {STATIONERY: answers.model_copy(update={"splits": splits, "made": made})}


def made_anew(plant: Plant, actor: Actor, answers: Mapping[str, Answers]) -> Mapping[str, Answers]:
    """What another quantity or account makes of an order of stationery; any other is as it was."""
    answered = answers.get(STATIONERY)
    if not isinstance(answered, StationeryAnswers):
        return answers
    key = named_ulid(answered.template, "template")
    with plant.db.read_only(actor) as session:
        template, standards = queries.offered(session, key, actor.agency_id or 0), shop_standards(session)
    return {STATIONERY: stationery.made(plant.files, template, answered, standards)}


def _wanted(uow: UnitOfWork, files: FileStore, draft: OrderDraft) -> Wanted:
    answers = stationery_of(draft)
    assert answers is not None and answers.made is not None  # the step is done  # noqa: S101
    template = template_of(uow.session, draft)
    if show_ulid(template.ulid) != answers.template:
        raise InvalidInput(
            f"A newer version of {template.name} is in force since you looked at it.",
            code="STATIONERY_TEMPLATE", remedy="Look at the piece as it prints now, and go on.",
        )  # fmt: skip
    made, spec = answers.made, made_spec(files, answers.made)
    return Wanted(
        spec, made.spec.given, {spec.components[0].name: made.artwork.given}, answers.splits,
        gang=made.gang.given if made.gang else None, names=made.names.given,
    )  # fmt: skip
