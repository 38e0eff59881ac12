"""The line of one mailing, walked by the same verbs as the screens: from submit to charge."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import clock
from kernel.errors import InvalidInput, NotFound
from postal.piece.kinds import first_class_ways
from postal.sorting.volume import CLASS_MINIMUM, METERED, PERMIT, PERMIT_MINIMUM
from production.catalog.models import OperationType
from production.catalog.piece_weight import DEFAULT_ENVELOPE
from production.dock.deliver import deliver
from production.dock.dispatch import POST_OFFICE, consequences, dispatch
from production.dock.models import Delivery
from production.floor import operations as floor
from production.frontdesk.approving import approvals
from production.frontdesk.orders import intake
from production.frontdesk.orders.intake import DEFAULT_CLASS, GivenFile, MailingRequest
from production.frontdesk.orders.models import Quote
from production.jobs.models import Job, JobFinding, Operation
from production.jobs.states import JobState, OperationCode, OperationState
from production.mailings.list_order import AddressMapping, ListOptions, ListOrder
from production.mailings.models import LetterJob, Mailing, PresortStream
from production.mailroom.pieces.reconcile import finish_stream
from production.mailroom.streams.building import build_together
from production.mailroom.streams.prediction import (
    TOO_FEW,
    Prediction,
    accept_single_pieces,
    draft_of_jobs,
    predict,
    refuse_stops,
    single_pieces_to_accept,
)
from production.people.models import Agency, BudgetUnit, User
from store.db import Actor
from store.files import FileRef
from store.plant import Plant

Drain = Callable[[Plant], object]
CONSOLE = "console"
CONSOLE_ACTOR = Actor(CONSOLE)
APPROVER = Actor("console approver")  # nobody approves what they submitted themselves
MEDIA_TYPES = {
    "template": "application/pdf",
    "fields": "application/json",
    "list": "application/octet-stream",
}


@dataclass(slots=True)
class Stages:
    """Seconds by stage, and somebody to tell when one begins."""

    tell: Callable[[str], None] = lambda _stage: None
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time one stage."""
        self.tell(name)
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started


@dataclass(frozen=True, slots=True)
class MailingFiles:
    """What ``indicia mail run`` is given, and what it is to become."""

    template: Path
    list: Path
    fields: Path | None = None
    mapping: AddressMapping | None = None
    mail_class: str = DEFAULT_CLASS
    envelope: str = DEFAULT_ENVELOPE
    list_options: ListOptions = field(default_factory=ListOptions)
    is_confidential: bool = True
    content: str = ""


def submit(
    plant: Plant,
    drain: Drain,
    stages: Stages,
    *,
    files: MailingFiles,
    agency_code: str,
    mail_date: date,
    accept_findings: bool,
    title: str,
) -> LetterJob:
    """Submit and check. The job is PROOF_READY, or NEEDS_FIX with its findings."""
    with stages.stage("submit"):
        given = {
            role: GivenFile(_keep(plant, path, MEDIA_TYPES[role]), path.name)
            for role, path in [("template", files.template), ("list", files.list), ("fields", files.fields)]
            if path is not None
        }
        with plant.db.unit_of_work(CONSOLE_ACTOR) as uow:
            agency = uow.session.scalars(select(Agency).filter_by(code=agency_code)).first()
            if agency is None:
                raise NotFound(f"There is no agency with the code {agency_code}.")
            requester = uow.session.scalars(
                select(User).filter_by(agency_id=agency.id).order_by(User.id)
            ).first()
            account = uow.session.scalars(
                select(BudgetUnit)
                .filter_by(agency_id=agency.id, closed_at=None)
                .order_by(BudgetUnit.bill_code)
            ).first()
            if requester is None or account is None:
                raise NotFound(f"Agency {agency_code} has no requester or no open account.")
            request = MailingRequest(
                title=title,
                mail_date=mail_date,
                files=given,
                splits={account.bill_code: 1},
                mail_class=files.mail_class,
                content=files.content,
                envelope=files.envelope,
                accept_findings=accept_findings,
                options=ListOrder(
                    mapping=files.mapping, list=files.list_options, confidential=files.is_confidential
                ),
            )
            job = intake.submit_mailing(uow, request, agency_id=agency.id, requester_id=requester.id)
    with stages.stage("prepare"):
        drain(plant)
    return _reload(plant, job)


@dataclass(frozen=True, slots=True)
class Way:
    """How a mailing goes: sort plan (None: as quoted) and payment; ``said``: what was not so and is now. ``found``:
    what it comes to so, at single-piece prices if they were accepted.
    """

    sort_plan: str | None
    payment: str
    said: tuple[str, ...] = ()
    found: Prediction | None = None


def way_of(plant: Plant, job: Job, payment: str, *, accept: bool) -> Way:
    """The lawful way of a job by itself. InvalidInput PERMIT_MINIMUM, MARKETING_MINIMUM or PRESORT_MINIMUM with what is
    offered, unless ``accept``: then the offer is taken, and told.
    """
    with plant.db.read_only(CONSOLE_ACTOR) as session:
        draft = draft_of_jobs(session, [session.get_one(LetterJob, job.id)])
    found = predict(plant.files, draft, payment=payment)
    if not (accept and found.outcome.stops):
        refuse_stops(found)
        return _accepted(Way(None, payment, found=found), accept=accept)
    said = tuple(stop.message for stop in found.outcome.stops)
    codes = {stop.code for stop in found.outcome.stops}
    chosen = METERED if PERMIT_MINIMUM in codes else payment
    if CLASS_MINIMUM not in codes:
        metered = predict(plant.files, draft, payment=chosen)
        return Way(None, chosen, (*said, f"It goes by meter; {_METERED}."), metered)
    for plan_id in first_class_ways(draft.sort_plan):
        other = predict(plant.files, draft, sort_as=plan_id, payment=chosen)
        if other.figures and not other.outcome.stops:
            how = f"by meter; {_METERED}" if chosen == METERED else "by permit imprint"
            taken = f"It goes as First-Class Mail, ${other.figures.postage}, {how}."
            return Way(plan_id, chosen, (*said, taken), other)
    refuse_stops(found)
    raise AssertionError  # refuse_stops has raised


def _accepted(way: Way, *, accept: bool) -> Way:
    """The way, with single-piece prices accepted where it has them."""
    assert way.found  # as predicted  # noqa: S101
    for asked in single_pieces_to_accept(way.found):
        if not accept:
            remedy = f"{asked.remedy} --accept-findings accepts single-piece prices."
            raise InvalidInput(asked.message, code=asked.code, findings=[asked], remedy=remedy)
        return replace(way, said=(*way.said, f"{asked.message} Accepted."))
    return way


_METERED = "its postage is charged when the run is entered at the meter desk"


def produce(
    plant: Plant,
    drain: Drain,
    stages: Stages,
    job: Job,
    way: Callable[[Job], Way] | None = None,
    mail_date: date | None = None,
) -> PresortStream:
    """From an approved quote to charges: approve, stream, print, insert, reconcile, dispatch, deliver, charge. ``way``
    decides, once the job is approved, how it goes; else as quoted, by permit imprint. ``mail_date``: of the stream,
    the day that was asked for unless said.
    """
    with stages.stage("approve"), plant.db.unit_of_work(APPROVER) as uow:
        job = uow.session.get_one(Job, job.id)
        quote = uow.session.scalars(select(Quote).filter_by(job_id=job.id, revision=job.revision)).one()
        approvals.approve(uow, job, revision=job.revision, total=quote.total)
    with stages.stage("stream"):
        chosen = way(job) if way else Way(None, PERMIT)
        with plant.db.unit_of_work(CONSOLE_ACTOR) as uow:
            jobs = [uow.session.get_one(LetterJob, job.id)]
            (stream,) = build_together(
                uow,
                plant.files,
                jobs,
                sort_plan=chosen.sort_plan,
                payment=chosen.payment,
                mail_date=mail_date,
            )
            if chosen.found is not None:
                accept_single_pieces(uow, jobs, chosen.found, knowing=[TOO_FEW])
    with stages.stage("presort, barcodes and merge"):
        drain(plant)
    with stages.stage("floor"):
        _work_the_floor(plant, stream)
    with stages.stage("dispatch"):
        _dispatch(plant, stream)
    with stages.stage("charge"):
        drain(plant)
    return _stream(plant, stream)


def _work_the_floor(plant: Plant, stream: PresortStream) -> None:
    """Start and finish every print, then every insert operation, as an operator with a scanner does."""
    for kind in (OperationCode.PRINT, OperationCode.FOLD_INSERT):
        with plant.db.read_only(CONSOLE_ACTOR) as session:
            rows = session.scalars(
                select(Operation).filter_by(lot_id=stream.id, type=kind).order_by(Operation.id)
            )
            tickets = [row.ticket for row in rows if row.state is not OperationState.DONE]
        for ticket in tickets:
            with plant.db.unit_of_work(CONSOLE_ACTOR) as uow:
                floor.start(uow, ticket, work_center=first_place(uow.session, kind))
            with plant.db.unit_of_work(CONSOLE_ACTOR) as uow:
                floor.finish(uow, ticket, files=plant.files)


def first_place(session: Session, code: str) -> str:
    """A machine or bench that an operation of this type is for."""
    wanted = session.get_one(OperationType, code).work_center_class
    return next(place.name for place in floor.work_centers(session) if place.work_center_class == wanted)


def _dispatch(plant: Plant, stream: PresortStream) -> None:
    """Account for every piece, leave the plant, be accepted at the post office."""
    with plant.db.unit_of_work(CONSOLE_ACTOR) as uow:
        finish_stream(uow, uow.session.get_one(PresortStream, stream.id))
    with plant.db.unit_of_work(CONSOLE_ACTOR) as uow:
        row = uow.session.get_one(Mailing, stream.mailing_id)
        known = [
            one.code for one in consequences(uow.session, plant.files, row, clock.today(), way=POST_OFFICE)
        ]
        delivery = dispatch(
            uow,
            row,
            files=plant.files,
            taken_by=CONSOLE,
            place="Business mail entry",
            way=POST_OFFICE,
            knowing=known,
        )
    with plant.db.unit_of_work(CONSOLE_ACTOR) as uow:
        delivery = uow.session.get_one(Delivery, delivery.id)
        deliver(uow, delivery, received_by="Acceptance clerk", receipt=f"console {stream.number}")


def findings_of(plant: Plant, job: Job) -> list[JobFinding]:
    """The grouped findings of the job's present revision, worst first."""
    order = {"stop": 0, "row": 1, "warn": 2, "note": 3}
    with plant.db.read_only(CONSOLE_ACTOR) as session:
        query = select(JobFinding).filter_by(job_id=job.id, revision=job.revision)
        rows = session.scalars(query.order_by(JobFinding.id)).all()
    return sorted(rows, key=lambda row: (order[row.severity], -row.count))


def needs_fix(job: Job) -> bool:
    """Did the check stop the job?"""
    return job.state is JobState.NEEDS_FIX


def _keep(plant: Plant, path: Path, media_type: str) -> FileRef:
    with path.open("rb") as stream:
        return plant.files.keep_stream(stream, media_type)


def _reload(plant: Plant, job: LetterJob) -> LetterJob:
    with plant.db.read_only(CONSOLE_ACTOR) as session:
        return session.get_one(LetterJob, job.id)


def _stream(plant: Plant, stream: PresortStream) -> PresortStream:
    with plant.db.read_only(CONSOLE_ACTOR) as session:
        return session.get_one(PresortStream, stream.id)
