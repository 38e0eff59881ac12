"""A draft of an order by specification becomes a job, or changes one; a job becomes the answers of a draft again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy.orm import Session

from kernel.errors import Conflict, InvalidInput
from production.catalog.press_room.standards import shop_standards
from production.catalog.products.spec import Delivery, Spec, read_spec, with_copies
from production.catalog.products.standards import Standards
from production.catalog.publications import copies_for
from production.frontdesk.artwork.acceptance import acceptances
from production.frontdesk.artwork.component_file import is_long
from production.frontdesk.artwork.holder import of_job
from production.frontdesk.drafting.mailing_draft import given_files, splits_of
from production.frontdesk.orders import intake, spec_order
from production.frontdesk.orders.intake import GivenFile
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.orders.print_order import print_item
from production.frontdesk.orders.spec_order import ARTWORK, SPEC, FormAsked, Wanted, form_of, kept_spec
from production.frontdesk.preparation.accepted import Accepted
from production.frontdesk.publishing import recording
from production.frontdesk.publishing.answers import RuleAnswer
from production.frontdesk.steps.base import Answers, KeptFile, refuse, said
from production.frontdesk.steps.component_files import LATER, looked_at
from production.frontdesk.steps.envelope_fit import misfits
from production.frontdesk.steps.face import face_file
from production.frontdesk.steps.mailing_answers import request_of
from production.frontdesk.steps.spec_answers import (
    CHOICES,
    COMPONENT_FILES,
    DETAILS,
    REVIEW,
    ChoicesAnswers,
    ComponentFile,
    ComponentFilesAnswers,
    DetailsAnswers,
    MorePlace,
    ReviewAnswers,
    enclosed_piece,
    files_of,
    is_mailed,
    made_components,
    spec_of_draft,
)
from production.jobs.consent import of_component
from production.jobs.lifecycle import verbs
from production.jobs.models import DeliveryStop, Job
from production.jobs.states import JobState
from production.jobs.stops import stops_of
from production.mailings import enclosures
from production.mailings.models import LetterJob
from store.db import Actor, UnitOfWork
from store.files import FileStore
from store.plant import Plant

STEPS: tuple[str, ...] = (CHOICES, DETAILS, COMPONENT_FILES)


def submit(uow: UnitOfWork, files: FileStore, draft: OrderDraft, order_id: int | None = None) -> Job:
    """A new job of a draft, and beside it in the same order the mailing of what it prints, if that was asked for."""
    wanted, whose = (
        _wanted(uow, files, draft),
        {"agency_id": draft.agency_id, "requester_id": draft.requester_id},
    )
    job = spec_order.submit_spec(uow, wanted, **whose, order_id=order_id)
    recording.keep(uow, job, _to_rules(draft))
    if is_mailed(draft):
        request, standards = request_of(draft), shop_standards(uow.session)
        refuse(misfits(wanted.spec, standards, request.envelope, request.mail_date))
        piece = enclosed_piece(wanted.spec, standards)
        intake.submit_mailing(uow, request, enclosing=(job, piece), **whose)
    return job


def resubmit(uow: UnitOfWork, files: FileStore, draft: OrderDraft, job: Job) -> None:
    """The job as the draft has it now; a mailing of its pieces is checked again with them."""
    wanted = _wanted(uow, files, draft)
    spec_order.resubmit_spec(uow, wanted, job)
    recording.keep(uow, job, _to_rules(draft))
    standards = shop_standards(uow.session)
    for mailing in enclosures.mailings_of(uow.session, job):
        if mailing.state is not JobState.CANCELLED:
            refuse(misfits(wanted.spec, standards, mailing.envelope, mailing.mail_date))
        enclosures.put_in(mailing, job, enclosed_piece(wanted.spec, standards))
        if "submit" in verbs(mailing):
            intake.submit_revision(uow, mailing, _faces(files, mailing, wanted, standards))


def _faces(
    files: FileStore, mailing: LetterJob, wanted: Wanted, standards: Standards
) -> dict[str, GivenFile]:
    """The address side of the piece as it is printed now, where that is mailed itself."""
    if not mailing.is_addressed:
        return {}
    (artwork,) = wanted.artwork.values()
    return {"template": face_file(files, artwork.ref.sha256, wanted.spec, standards)}


def afresh(_session: Session, answers: Mapping[str, Answers]) -> Mapping[str, Answers]:
    """All but the day, and who signed the order before."""
    made = {**answers, DETAILS: answers[DETAILS].model_copy(update={"due": None})}
    if isinstance(kept := answers.get(REVIEW), ReviewAnswers):
        made[REVIEW] = ReviewAnswers(
            rules={code: RuleAnswer(words=one.words) for code, one in kept.rules.items()}
        )
    return made


def answers_of(plant: Plant, actor: Actor, job: Job, *, revision: int | None = None) -> Mapping[str, Answers]:
    """What was answered for the job as it stands, by step; a file that can no longer be looked at is asked for anew.
    Conflict for an order that was written as a specification: nobody has answered anything.
    """
    with plant.db.read_only(actor) as session:
        item, given = print_item(session, job), given_files(session, job, revision)
        splits, standards, form = splits_of(session, job), shop_standards(session), form_of(session, job)
        accepted, rules = acceptances(session, of_job(job)), recording.said_of(session, job)
        stops = stops_of(session, job)
    if not item.options:
        raise Conflict("This order was sent as a specification; the shop changes it.", code="STATE")
    spec = read_spec(plant.files.checked_path(given[SPEC].sha256).read_bytes())
    return {
        CHOICES: ChoicesAnswers(answers=item.options),
        DETAILS: _details(job, own_places(spec, stops), splits, form.number if form else ""),
        COMPONENT_FILES: ComponentFilesAnswers(
            files=dict(_files(plant.files, spec, standards, given, accepted))
        ),
        **({REVIEW: ReviewAnswers(rules=rules)} if rules else {}),
    }


def own_places(spec: Spec, stops: Sequence[DeliveryStop]) -> Sequence[Delivery]:
    """The places that the order named, without those that a rule adds behind them."""
    return spec.delivery[: len(spec.delivery) - sum(stop.is_depository for stop in stops)]


def _to_rules(draft: OrderDraft) -> Mapping[str, RuleAnswer]:
    kept = said(draft, REVIEW, ReviewAnswers)
    return kept.rules if kept else {}


def _details(job: Job, places: Sequence[Delivery], splits: dict[str, int], form: str) -> DetailsAnswers:
    """The first place gets what the others leave."""
    first, *more = places
    further = tuple(MorePlace.model_validate(one.model_dump()) for one in more)
    return DetailsAnswers(
        title=job.title, due=job.due, place=first.place, way=first.way, more=further, splits=splits, form=form
    )


def _files(
    files: FileStore,
    spec: Spec,
    standards: Standards,
    given: Mapping[str, KeptFile],
    accepted: Sequence[Accepted],
) -> Iterator[tuple[str, ComponentFile]]:
    for position, made in enumerate(made_components(spec, standards), start=1):
        file = given[of_component(ARTWORK, position)]
        if is_long(files.checked_path(file.sha256)):
            yield made.name, ComponentFile(file=file, pages=(), asked=LATER)
            continue
        try:
            yield made.name, looked_at(files, file, spec, made, accepted=accepted)
        except InvalidInput:
            continue


def _wanted(uow: UnitOfWork, files: FileStore, draft: OrderDraft) -> Wanted:
    choices, details = said(draft, CHOICES, ChoicesAnswers), said(draft, DETAILS, DetailsAnswers)
    assert choices is not None and details is not None  # the steps are done  # noqa: S101
    own, here = spec_of_draft(draft, shop_standards(uow.session)), files_of(draft)
    copies = copies_for(uow.session, own.product, details.due) if details.due else ()
    spec = with_copies(own, copies)
    artwork = {one.name: here[one.name].file.given for one in spec.components if one.name in here}
    form = FormAsked.read(details.form) if details.form else None
    return Wanted(
        spec, kept_spec(files, spec), artwork, details.splits, choices.answers, form, depository=len(copies)
    )
