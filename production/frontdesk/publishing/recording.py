"""What rules of publications ask of a job, kept with what was said to it until somebody approves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kernel.clock import business_date
from kernel.errors import Conflict, IllegalTransition, InvalidInput, NotFound
from kernel.findings import of_field
from kernel.money import Money
from production.catalog.publications import PUBLICATION_RULES, Asks, Demand, Publication, PublicationRuleValue
from production.frontdesk.publishing.answers import (
    CODE,
    RuleAnswer,
    answered,
    answers,
    sign_off_problems,
)
from production.frontdesk.publishing.models import PublicationAnswer
from production.jobs.models import Job
from production.jobs.states import JobState
from production.jobs.stops import depository_copies
from production.people.models import Agency
from store.db import UnitOfWork

OPEN = (JobState.SUBMITTED, JobState.NEEDS_FIX, JobState.PROOF_READY)


def publication_of(session: Session, job: Job, cost: Money) -> Publication:
    """A job as rules see it."""
    agency, copies = session.get_one(Agency, job.agency_id), depository_copies(session, job)
    own = (job.quantity or 0) - copies
    return Publication(job.product or "", agency.name, own, cost, job.due, copies)


def answers_of(session: Session, job: Job) -> Sequence[PublicationAnswer]:
    """Everything that rules ask of a job, with what was said."""
    query = select(PublicationAnswer).filter_by(job_id=job.id).order_by(PublicationAnswer.id)
    return session.scalars(query).all()


def missing(session: Session, job: Job) -> list[PublicationAnswer]:
    """What is asked and was not answered."""
    return [one for one in answers_of(session, job) if not one.author]


def said_of(session: Session, job: Job) -> dict[str, RuleAnswer]:
    """What was said, by rule."""
    return {
        one.rule: RuleAnswer(
            words=one.said, signer=one.signer, signer_title=one.signer_title, signed_on=one.signed_on
        )
        for one in answers_of(session, job)
        if one.author
    }


def keep(uow: UnitOfWork, job: Job, said: Mapping[str, RuleAnswer]) -> None:
    """What was said with an order, and nothing from before."""
    uow.session.execute(delete(PublicationAnswer).filter_by(job_id=job.id))
    for rule in PUBLICATION_RULES.rows(uow.session):
        answer = said.get(rule.code)
        if answer is not None and answers(Asks(rule.kind), answer):
            _put(uow, job, _row(uow, job, rule, rule.asks), answer)


def ask(uow: UnitOfWork, job: Job, demands: Iterable[Demand]) -> None:
    """What is asked of a job that was checked and priced; what no rule asks any more is forgotten."""
    asked, known = answered(demands), {one.rule: one for one in answers_of(uow.session, job)}
    for one in asked:
        row = known.pop(one.rule.code, None) or _row(uow, job, one.rule, one.words)
        row.name, row.asks, row.source = one.rule.name, one.words, one.rule.source
    for row in known.values():
        uow.session.delete(row)


def say(uow: UnitOfWork, job: Job, code: str, answer: RuleAnswer) -> None:
    """Answer a rule after the order was sent and before it is approved. NotFound for a rule that asks nothing of it;
    IllegalTransition once it was approved; Conflict for what was answered; InvalidInput PUBLICATION_ANSWER.
    """
    uow.session.refresh(job, with_for_update={"of": Job})
    row = next((one for one in answers_of(uow.session, job) if one.rule == code), None)
    if row is None:
        raise NotFound("No rule of this name asks anything of this job.")
    if job.state not in OPEN:
        raise IllegalTransition("It was approved as it stood; nothing is added now.", state=job.state.value)
    if row.author:
        raise Conflict("This was answered already. Who changes the order can answer it anew.", code="STATE")
    found = list(sign_off_problems(answer, today=business_date(uow.now))) if row.kind is Asks.SIGN_OFF else []
    if not found and not answers(row.kind, answer):
        field = "signer" if row.kind is Asks.SIGN_OFF else "words"
        found = [of_field(CODE, field, f"{row.name}: nothing was said.", "Fill it in.")]
    if found:
        raise InvalidInput(RuleAnswer.REFUSED, code=CODE, findings=found)
    _put(uow, job, row, answer)


def refuse_missing(session: Session, job: Job) -> None:
    """Conflict PUBLICATION_ANSWER while something that a rule asks was not said."""
    if left := missing(session, job):
        names = " and ".join(one.name for one in left)
        raise Conflict(
            f"This cannot be approved yet. Rules ask for: {names}.", code=CODE,
            remedy='Enter it on the page of the job, under "What rules ask".',
        )  # fmt: skip


def _row(uow: UnitOfWork, job: Job, rule: PublicationRuleValue, words: str) -> PublicationAnswer:
    row = PublicationAnswer(
        job_id=job.id, rule=rule.code, kind=Asks(rule.kind), name=rule.name, asks=words, source=rule.source,
        said="", signer="", signer_title="", author="",
    )  # fmt: skip
    uow.session.add(row)
    return row


def _put(uow: UnitOfWork, job: Job, row: PublicationAnswer, answer: RuleAnswer) -> None:
    row.said, row.signer, row.signer_title = answer.words, answer.signer, answer.signer_title
    row.signed_on, row.author, row.said_at = answer.signed_on, uow.actor.name, uow.now
    told = {"said": answer.words, "signer": answer.signer, "title": answer.signer_title}
    day = {"signed_on": answer.signed_on.isoformat()} if answer.signed_on else {}
    uow.audit(
        "job", job.ulid, "publication_answer", of=job.number, rule=row.rule,
        **{name: words for name, words in told.items() if words}, **day,
    )  # fmt: skip
