"""Choosing jobs that may travel together, and the mailing they become: a stream for each print run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from kernel import clock
from kernel.errors import Conflict, InvalidInput
from kernel.findings import Finding, Severity
from kernel.ids import new_ulid
from postal.data.editions import InForce
from postal.data.limits import limits
from postal.data.mail_days import require_mail_day
from postal.piece.kinds import CLASS_NAMES, alternatives, first_class_ways, in_words
from postal.plans.sort_plans import sort_plan as plan_by_name
from postal.sorting.presort import LEAST, POLICIES, TOP_DOWN
from postal.sorting.volume import PAYMENTS, PERMIT, permit_stop
from production.catalog.piece_weight import envelope_name
from production.catalog.shop_calendar import shop_calendar
from production.jobs.consent import require_approved
from production.jobs.lifecycle import advance, note
from production.jobs.models import JobFile, Operation
from production.jobs.numbering import new_lot_number
from production.jobs.route import jobs_of, new_operation
from production.jobs.states import JobState, LotState, OperationCode, OperationState
from production.mailings import nonprofit
from production.mailings.address_evidence import evidence_of
from production.mailings.models import LetterJob, Mailing, MailJob, PresortShare, PresortStream
from production.mailings.opening import open_mailing
from production.mailings.shop import require_evidence, shop_in_force, shop_profile
from production.mailings.sort_agreement import require_agreement
from production.mailings.stream_summary import StreamSummary
from production.mailings.streams import streams_of
from store import outbox
from store.db import UnitOfWork
from store.files import FileStore

# What jobs of one mailing must share, and the word people use for it.
MAILING = {
    "mail_date": "mailing date",
    "mail_class": "class",
    "mail_shape": "shape",
    "sort_plan": "preparation",
}
# What they must share besides to go through the sorter in one run, and what to be printed in one stream.
ONE_RUN = MAILING | {"envelope": "envelope", "weight_oz": "weight of a piece"}
SHARED = ONE_RUN | {
    "pages": "pages of a piece",
    "sides": "printed sides of a sheet",
    "encloses_id": "what goes into the envelopes",
}
# Values that are kept as codes, in words.
_SAID: Mapping[str, Callable[[str], str]] = {
    "envelope": envelope_name,
    "sort_plan": in_words,
    "encloses_id": lambda job: "a printed piece" if job else "nothing",
    "mail_class": lambda code: CLASS_NAMES.get(code, code),
}


def misfits(jobs: Sequence[MailJob], shared: Mapping[str, str] = SHARED) -> list[Finding]:
    """Why these jobs cannot share a stream (or a mailing); nothing when they can."""
    findings = []
    for column, word in shared.items():
        values = {getattr(job, column) for job in jobs}
        if len(values) > 1:
            listed = ", ".join(sorted(_SAID.get(column, str)(value or "") or "–" for value in values))
            findings.append(
                Finding(
                    "BATCH_MISFIT", Severity.STOP, f"The jobs differ in {word}: {listed}.",
                    "Make one mailing for each.",
                )
            )  # fmt: skip
    return findings


def streams(jobs: Sequence[LetterJob], shared: Mapping[str, str] = SHARED) -> list[list[LetterJob]]:
    """The jobs by what they must share to be printed in one stream, in the order of their numbers."""
    parts: dict[tuple[object, ...], list[LetterJob]] = {}
    for job in sorted(jobs, key=lambda job: job.number):
        parts.setdefault(tuple(getattr(job, column) for column in shared), []).append(job)
    return list(parts.values())


def build_together(
    uow: UnitOfWork,
    files: FileStore,
    jobs: Sequence[LetterJob],
    *,
    sort_plan: str | None = None,
    policy: str = TOP_DOWN,
    payment: str = PERMIT,
    mail_date: date | None = None,
) -> list[PresortStream]:
    """One mailing of these jobs: a stream for each print run, sorted and leaving together. ``mail_date``: the day
    all are handed over, whichever day each was ordered for. InvalidInput PERMIT_MINIMUM when they are too few for a
    permit imprint, MAIL_DATE for a day on which no mail is taken; else errors as ``build``.
    """
    _refuse_misfits(jobs, _agreeing(MAILING, mail_date), "These jobs cannot be mailed together.")
    days = [mail_date] if mail_date else [job.mail_date for job in jobs]
    mail = [(job.pieces, job.weight_oz) for job in jobs if job.pieces and job.weight_oz]
    if days:
        refuse_too_few(mail, shop_in_force(files, shop_profile(uow.session), max(days)), payment)
    mailing = _mailing(
        uow, files, jobs, sort_plan=sort_plan, policy=policy, payment=payment, mail_date=mail_date
    )
    return _streams(uow, mailing, streams(jobs, _agreeing(SHARED, mail_date)))


def refuse_too_few(mail: Sequence[tuple[int, Decimal]], in_force: InForce, payment: str) -> None:
    """InvalidInput PERMIT_MINIMUM where a permit imprint is to pay for too few pieces (with the ounces of one), all
    pieces of the mailing counted.
    """
    found = permit_stop(mail, limits(in_force)) if payment == PERMIT else []
    if found:
        first = found[0]
        raise InvalidInput(first.message, code=first.code, findings=found, remedy=first.remedy)


def _agreeing(shared: Mapping[str, str], mail_date: date | None) -> Mapping[str, str]:
    """What jobs must share: not their dates where one is set for all."""
    if mail_date is None:
        return shared
    return {column: word for column, word in shared.items() if column != "mail_date"}


def _refuse_misfits(jobs: Sequence[MailJob], shared: Mapping[str, str], sentence: str) -> None:
    if findings := misfits(jobs, shared):
        raise InvalidInput(sentence, code="BATCH_MISFIT", findings=findings)


def build(
    uow: UnitOfWork,
    files: FileStore,
    jobs: Sequence[LetterJob],
    *,
    sort_plan: str | None = None,
    policy: str = TOP_DOWN,
    payment: str = PERMIT,
    mail_date: date | None = None,
) -> PresortStream:
    """A mailing of approved jobs that one stream holds, to be sorted by the worker: by the sort plan they were quoted,
    another that is open to them, or one of First-Class Mail. InvalidInput when they do not fit together or may not be
    sorted so, Conflict STATE or APPROVAL_VOID when one is not approved (any more) as it stands.
    """
    _refuse_unready(jobs)
    _refuse_misfits(jobs, _agreeing(SHARED, mail_date), "These jobs cannot share a stream.")
    mailing = _mailing(
        uow, files, jobs, sort_plan=sort_plan, policy=policy, payment=payment, mail_date=mail_date
    )
    (stream,) = _streams(uow, mailing, [sorted(jobs, key=lambda job: job.number)])
    return stream


def _refuse_unready(jobs: Sequence[MailJob]) -> None:
    if not jobs:
        raise InvalidInput("Choose at least one approved job.", code="BATCH_EMPTY")
    unready = [job.number for job in jobs if job.state is not JobState.APPROVED]
    if unready:
        raise Conflict(f"Not approved: {', '.join(sorted(unready))}.", code="STATE")


def _mailing(
    uow: UnitOfWork,
    files: FileStore,
    jobs: Sequence[LetterJob],
    *,
    sort_plan: str | None,
    policy: str,
    payment: str,
    mail_date: date | None,
) -> Mailing:
    """The row of a mailing of these jobs, which agree in what a mailing shares."""
    _refuse_unready(jobs)
    head = min(jobs, key=lambda job: job.number)
    day, facts = mail_date or head.mail_date, head.facts
    chosen = sort_plan or facts.sort_plan
    is_first_class = chosen in first_class_ways(facts.sort_plan)
    is_open = chosen in alternatives(facts.sort_plan) or is_first_class
    if not is_open or policy not in POLICIES or payment not in PAYMENTS:
        raise InvalidInput(f"These jobs cannot go as {in_words(chosen)}, {policy}.", code="PRESORT_POLICY")
    require_mail_day(day)
    nonprofit.require(uow.session, [job.agency for job in jobs], chosen, day)
    profile = shop_profile(uow.session)
    in_force = shop_in_force(files, profile, day)
    require_evidence(profile, plan_by_name(chosen, in_force), evidence_of(uow.session, jobs), day)
    return open_mailing(
        uow,
        mail_date=day,
        mail_class="first-class" if is_first_class else facts.mail_class,
        mail_shape=facts.mail_shape,
        sort_plan=chosen,
        policy=policy,
        payment=payment,
    )


def _streams(uow: UnitOfWork, mailing: Mailing, parts: Sequence[Sequence[LetterJob]]) -> list[PresortStream]:
    """A stream of each part, and the sort of them all is asked for."""
    made = [_stream(uow, mailing, part) for part in parts]
    outbox.request(uow, "presort", mailing.ulid)
    return made


def _stream(uow: UnitOfWork, mailing: Mailing, jobs: Sequence[LetterJob]) -> PresortStream:
    head, facts = jobs[0], jobs[0].facts
    agreement = require_agreement(uow.session) if mailing.policy == LEAST else None
    stream = PresortStream(
        ulid=new_ulid(uow.now),
        number=new_lot_number(uow, clock.business_date(uow.now)),
        state=LotState.PLANNING,
        version=1,
        ready_by=shop_calendar(uow.session).ready_by(mailing.mail_date),
        mailing=mailing,
        envelope=facts.envelope,
        weight_oz=facts.weight_oz,
        thickness_in=facts.thickness_in,
        pages_per_piece=head.pages,
        summary=StreamSummary(),
        created_at=uow.now,
    )
    uow.session.add(stream)
    uow.session.flush()  # slices and operations need the stream's key
    if agreement is not None:
        note(uow, stream, "least_postage", agreed_by=agreement.agreed_by, writing=agreement.writing)
    for position, job in enumerate(jobs):
        require_approved(uow, job)
        uow.session.add(_slice(uow, stream, position, job))
        job.lot_id = stream.id
        advance(uow, job, "release", stream=stream.number)
    uow.session.add(new_operation(uow, stream, OperationCode.PRESORT, OperationState.READY))
    return stream


def dissolve(uow: UnitOfWork, stream: PresortStream, reason: str) -> None:
    """Give the jobs back before anything was sorted or printed, with the streams mailed together: their levels
    count these pieces.
    """
    for one in streams_of(uow.session, stream.mailing_id):
        _dissolve(uow, one, reason)


def _dissolve(uow: UnitOfWork, stream: PresortStream, reason: str) -> None:
    advance(uow, stream, "cancel", reason=reason[:200])
    for operation in uow.session.scalars(
        select(Operation).filter_by(lot_id=stream.id).order_by(Operation.id)
    ):
        advance(uow, operation, "skip")
    for job in jobs_of(uow.session, stream, MailJob):
        advance(uow, job, "withdraw", reason=reason[:200])
        job.lot_id = None


def _slice(uow: UnitOfWork, stream: PresortStream, position: int, job: LetterJob) -> PresortShare:
    accepted = uow.session.scalars(
        select(JobFile).filter_by(job_id=job.id, revision=job.revision, role="accepted_list")
    ).one()
    return PresortShare(
        lot_id=stream.id, position=position, job_id=job.id, accepted_sha256=accepted.sha256,
        pieces=job.pieces, levels={},
    )  # fmt: skip
