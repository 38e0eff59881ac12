"""Leaving the plant: a mailing with every piece explained, or a job that travels by itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.clock import business_date
from kernel.errors import Conflict, InvalidInput, refused_field
from kernel.findings import Finding, Place, Severity
from kernel.ids import new_ulid, show_ulid
from postal.sorting.volume import PERMIT
from production.catalog.overs import Overs
from production.dock.deliver import deliver
from production.dock.models import DeliveredStream, Delivery
from production.dock.packing import refuse_uncounted
from production.dock.pick_up import spend
from production.dock.shelving import shelve
from production.dock.stops import CARRIER, MESSENGER, PICK_UP, has_come_back, still_here, stop_to_leave
from production.jobs import lifecycle, overs
from production.jobs.models import Job, Usage
from production.jobs.ranges import Range, size
from production.jobs.route import complete, jobs_of, lot_operation, lots_of, make_ready
from production.jobs.states import JobState, LotState, OperationCode
from production.jobs.usage import Unit, record_usage
from production.jobs.usage_evidence import JobEvidence, StreamEvidence
from production.mailings.models import LetterJob, Mailing, MailJob, PresortShare, PresortStream
from production.mailings.streams import streams_of
from production.mailroom.metering.metered_streams import metered_stream
from production.mailroom.pieces.by_job import split_by_job
from production.mailroom.pieces.reconcile import Reconciliation, account, refuse_open_pieces
from production.people import second_person
from production.people.second_person import consequence
from production.stockroom.picking import SHELF
from store import outbox
from store.db import UnitOfWork
from store.files import FileStore

POST_OFFICE = "post_office"
MAIL_WAYS = {POST_OFFICE: "entry at the post office", MESSENGER: "by messenger"}
WAYS = {**MAIL_WAYS, PICK_UP: "picked up at the shop", CARRIER: "by mail or carrier"}  # of what is not mailed


def dispatch(
    uow: UnitOfWork,
    mailing: Mailing,
    *,
    files: FileStore,
    taken_by: str,
    place: str,
    way: str,
    knowing: Collection[str] = (),
    exception: str = "",
) -> Delivery:
    """A mailing leaves, all its streams at once. Conflict OPEN_PIECES while a piece is unexplained; Unconfirmed for its
    ``consequences``; without the streams that are not finished it leaves for a reason only (``exception``; InvalidInput
    DISPATCH_HALF); usage and charges follow: postage only where it goes to the post.
    """
    _refuse_custody(taken_by, place, way, MAIL_WAYS)
    leaving, waiting = _parted(streams_of(uow.session, mailing.id, lock=True))
    accounts = [account(uow.session, stream) for stream in leaving]
    for found in accounts:
        refuse_open_pieces(found)
    second_person.confirm(
        f"Mailing {mailing.number} leaves otherwise than it was planned.",
        consequences(uow.session, files, mailing, business_date(uow.now), way=way),
        knowing,
    )
    if waiting and not exception.strip():
        sentence = f"Say why {_named(waiting)} of mailing {mailing.number} stays behind."
        raise refused_field("DISPATCH_HALF", "exception", sentence)
    delivery = Delivery(
        ulid=new_ulid(uow.now),
        mailing_id=mailing.id,
        way=way,
        place=place.strip(),
        taken_by=taken_by.strip(),
        left_at=uow.now,
        exception=exception.strip()[:500] or None if waiting else None,
    )
    uow.session.add(delivery)
    uow.session.flush()  # its streams name it
    told = {"without": [one.number for one in waiting], "reason": delivery.exception} if waiting else {}
    for stream, found in zip(leaving, accounts, strict=True):
        _leave(uow, stream, found, files=files, way=way, told=told)
        uow.session.merge(DeliveredStream(lot_id=stream.id, delivery_id=delivery.id))
    return delivery


def _parted(streams: Sequence[PresortStream]) -> tuple[list[PresortStream], list[PresortStream]]:
    """The streams that can leave, and those that are not finished; all can be asked for where none is."""
    ready = [stream for stream in streams if stream.state is LotState.PRODUCED]
    waiting = [stream for stream in streams if stream.state in (LotState.PLANNING, LotState.IN_PRODUCTION)]
    return (ready, waiting) if ready else (list(streams), [])


def _leave(
    uow: UnitOfWork,
    stream: PresortStream,
    found: Reconciliation,
    *,
    files: FileStore,
    way: str,
    told: Mapping[str, Any],
) -> None:
    lifecycle.advance(uow, stream, "dispatch", way=way, **told)
    jobs = jobs_of(uow.session, stream, Job)
    for job in jobs:
        lifecycle.advance(uow, job, "dispatch", way=way)
    complete(uow, lot_operation(uow.session, stream, OperationCode.DISPATCH), good=found.mailable)
    make_ready(uow, lot_operation(uow.session, stream, OperationCode.DELIVER))
    if way == POST_OFFICE:
        _record_mailed(uow, stream, found.withdrawn, files)
    _record_usage(uow, stream, {job.id: job for job in jobs}, size(found.withdrawn))
    if uow.session.get(DeliveredStream, stream.id) is None:  # of what leaves again it was asked for
        outbox.request(uow, "charge", stream.ulid)


def dispatch_job(
    uow: UnitOfWork,
    job: Job,
    *,
    taken_by: str,
    place: str,
    way: str,
    stop: int | None = None,
    known_by: str = "",
) -> Delivery:
    """A job without a mailing leaves by itself, stop by stop: the one named by its place in the order, else the first
    that is still here, or here again because it came back. It has left with its last stop. What is picked up is handed
    over with that, by its code or as ``known_by`` says. Conflict BATCHED for one that travels with its mailing,
    STOP_LEFT for a stop that has left, UNCOUNTED for one that is not packed, DELIVERY_OVER; OnHold; IllegalTransition
    before it is made; InvalidInput PICK_UP_CODE.
    """
    _refuse_custody(taken_by, place, way, WAYS)
    if isinstance(job, MailJob) and job.lot_id is not None:
        raise Conflict(f"Job {job.number} leaves with its mailing.", code="BATCHED")
    uow.session.refresh(job, with_for_update={"of": Job})
    leaving = None
    is_again = job.state is JobState.DISPATCHED and has_come_back(uow.session, job)
    if is_again or "dispatch" in lifecycle.verbs(job):
        _refuse_held(uow.session, job)
        leaving = stop_to_leave(uow.session, job, stop)
        refuse_uncounted(uow.session, job, leaving)
    delivery = Delivery(
        ulid=new_ulid(uow.now), job_id=job.id, stop_id=leaving.id if leaving else None, way=way, place=place.strip(),
        taken_by=taken_by.strip(), left_at=uow.now,
        known_by=spend(uow, leaving, known_by) if leaving and way == PICK_UP else None,
    )  # fmt: skip
    uow.session.add(delivery)
    uow.session.flush()
    if is_again:
        lifecycle.note(uow, job, "stop_left_again", position=leaving.position if leaving else 0, way=way)
    elif still_here(uow.session, job) and leaving:
        lifecycle.note(uow, job, "stop_left", position=leaving.position, way=way)
    else:
        _leave_whole(uow, job, way)
    return deliver(uow, delivery, received_by=taken_by) if way == PICK_UP else delivery


def _refuse_held(session: Session, job: Job) -> None:
    """OnHold while the job, or a run that makes it, is held: none of its stops leaves, not only the last."""
    lifecycle.refuse_if_held(session, "dispatch", job_id=job.id)
    for lot_id in session.scalars(lots_of(job)).all():
        lifecycle.refuse_if_held(session, "dispatch", lot_id=lot_id)


def _leave_whole(uow: UnitOfWork, job: Job, way: str) -> None:
    lifecycle.advance(uow, job, "dispatch", way=way)
    if job.product != SHELF:  # nothing was set up for it
        evidence = JobEvidence(job.number)
        record_usage(uow, job, unit=Unit.JOB_SETUP, quantity=1, source=job.number, evidence=evidence)
    line = overs.settle(uow, job)
    if line is not None and line.good != line.ordered:
        is_own = line.overs is Overs.KEEP and line.kept > 0
        lot = shelve(uow, job, line.kept).number if is_own else None
        lifecycle.note(
            uow, job, "overs_settled",
            good=line.good, kept=line.kept, recycled=line.recycled, charged=line.charged, lot=lot,
        )  # fmt: skip
    outbox.request(uow, "charge", job.ulid)


def consequences(
    session: Session, files: FileStore, mailing: Mailing, today: date, *, way: str
) -> list[Finding]:
    """What it means that the mailing leaves today: before its day, without streams that are not finished, or imprinted
    otherwise than planned.
    """
    leaving, waiting = _parted(streams_of(session, mailing.id))
    found = []
    if way == POST_OFFICE and today < mailing.mail_date:
        words = (
            f"Its mailing day is {mailing.mail_date:%A, %B} {mailing.mail_date.day}: statement and prices say so. "
            "The post office may send it back before that day."
        )
        found.append(consequence("DISPATCH_EARLY", words))
    if waiting:
        words = (
            f"{_named(waiting)} of mailing {mailing.number} is not finished. Statement, Mail.dat and prices count the "
            "pieces of all streams: without it the post office may refuse the mailing or ask for more postage."
        )
        found.append(consequence("DISPATCH_HALF", words))
    paid = [metered_stream(session, files, stream.number) for stream in leaving] if way == POST_OFFICE else []
    found += [
        consequence(one.code, f"{one.message} {one.remedy}") for of in paid if of for one in of.findings
    ]
    return found


def _named(streams: Sequence[PresortStream]) -> str:
    return f"Stream {', '.join(stream.number for stream in streams)}"


def _refuse_custody(taken_by: str, place: str, way: str, among: Mapping[str, str]) -> None:
    findings = [
        Finding("DISPATCH", Severity.STOP, message, place=Place(column=column))
        for is_missing, column, message in (
            (not taken_by.strip(), "taken_by", "Say who takes it."),
            (not place.strip(), "place", "Say where it goes."),
            (way not in among, "way", f"The way is one of: {', '.join(among)}."),
        )
        if is_missing
    ]
    if findings:
        raise InvalidInput(
            " ".join(finding.message for finding in findings), code="DISPATCH", findings=findings
        )


def _slices(session: Session, stream: PresortStream) -> Sequence[PresortShare]:
    query = select(PresortShare).filter_by(lot_id=stream.id).order_by(PresortShare.position)
    return session.scalars(query).all()


def _record_mailed(
    uow: UnitOfWork, stream: PresortStream, withdrawn: Sequence[Range], files: FileStore
) -> None:
    """How many pieces of each job the post gets: all but those withdrawn."""
    parts = _slices(uow.session, stream)
    kept_back = split_by_job(uow.session, stream, withdrawn, files=files) if withdrawn else []
    of_job = {job.id: count for job, count in kept_back}
    for part in parts:
        part.mailed = part.pieces - of_job.get(part.job_id, 0)


def _record_usage(uow: UnitOfWork, stream: PresortStream, jobs: dict[int, Job], withdrawn: int) -> None:
    """Per job: presorting, list checking and set-up; postage by level of what the post gets. What was recorded when it
    left before it came back stands.
    """
    known = set(uow.session.scalars(select(Usage.natural_key).where(Usage.job_id.in_(jobs))))
    for part in _slices(uow.session, stream):
        job = jobs[part.job_id]
        evidence = StreamEvidence(show_ulid(stream.ulid), stream.plan_sha256, withdrawn, part.levels)
        quantities: list[tuple[Unit, int | Decimal]] = [(Unit.PRESORTED_PIECE, part.pieces)]
        # The statement is paid whole: pieces withdrawn after sorting stay on it. Metered postage is the meter desk's.
        if part.mailed and stream.payment == PERMIT:
            quantities.append((Unit.PERMIT_POSTAGE, part.pieces))
        if isinstance(job, LetterJob):  # mail brought in has no list, and nothing was set up for it
            quantities += [(Unit.LIST_RECORD, job.rows_in or part.pieces), (Unit.JOB_SETUP, 1)]
        for unit, quantity in quantities:
            source = job.number if unit is Unit.JOB_SETUP else f"{show_ulid(stream.ulid)}:{job.number}"
            if f"{unit}:{source}" in known:
                continue
            record_usage(
                uow,
                job,
                unit=unit,
                quantity=quantity,
                source=source,
                evidence=evidence,
                lot=stream,
                on=stream.mail_date if unit is Unit.PERMIT_POSTAGE else None,
            )
