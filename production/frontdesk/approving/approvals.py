"""Consent: to content, named by the hashes of what will be printed, and to money, by the quote's total."""

from __future__ import annotations

from sqlalchemy import select

from kernel.errors import Forbidden, IllegalTransition, StaleVersion, refused_field
from kernel.money import Money
from production.frontdesk.approving.models import Act, ApprovalAct
from production.frontdesk.approving.standing import Standing, order_mark, standing_of, waiting_with
from production.frontdesk.orders.models import Quote
from production.frontdesk.orders.snapshot import QuoteSnapshot
from production.frontdesk.publishing import recording
from production.jobs.consent import content_hashes, standing_approval
from production.jobs.lifecycle import advance, note
from production.jobs.models import Approval, Job, Order
from production.jobs.states import JobKind, JobState
from production.mailings.enclosures import wait_for_print
from production.people.approval_rules import limit_of, plant_rule
from store import outbox
from store.db import UnitOfWork
from store.documents import JsonValue


def approve(
    uow: UnitOfWork, job: Job, *, revision: int, total: Money, mark: str | None = None
) -> Approval | None:
    """Approve the revision and total that were on the screen, by the rule that was (``mark`` of its standing). None
    while the rule asks for the yes of somebody else too. Forbidden to the requester, to whoever submitted the revision,
    above the person's limit, and out of turn; StaleVersion if revision, total or rule have changed since.
    """
    uow.session.refresh(job, with_for_update={"of": Job})
    standing = standing_of(uow.session, job)
    _refuse_who_may_not(uow, standing)
    quote = _quote(uow, job)
    if job.revision != revision:
        raise StaleVersion(
            f"You saw version {revision} of the proof; by now it is version {job.revision}. Look at that one.",
            code="PROOF_STALE",
        )
    if quote is None or quote.total != total:
        raise StaleVersion("The order or its price has changed since this page was shown. Look again.")
    if mark not in (None, standing.mark):
        raise StaleVersion("The rule of who approves this has changed since this page was shown. Look again.")
    if uow.actor.agency_id is not None:
        recording.refuse_missing(uow.session, job)
    hashes = content_hashes(uow, job)
    _refuse_other_files(uow, job, hashes)
    if uow.actor.agency_id is None or standing.turn.is_last:
        return _settle(uow, job, standing, quote.total, hashes, approver=uow.actor.name)
    _given(uow, job, standing, quote.total, hashes)
    return None


def approve_together(uow: UnitOfWork, job: Job, *, mark: str) -> list[Approval | None]:
    """Approve with one yes all jobs of an order that wait for it, each by its own hashes and total; ``mark``:
    ``order_mark`` of what was on the screen. All or nothing; errors as of ``approve``, StaleVersion if it is not they.
    """
    query = select(Job).filter_by(order_id=job.order_id, state=JobState.PROOF_READY).order_by(Job.id)
    jobs = uow.session.scalars(query.with_for_update(of=Job).execution_options(populate_existing=True)).all()
    found = {
        key: one for key, one in waiting_with(uow.session, job).items() if uow.actor.name in one.turn.able
    }
    if order_mark(found.values()) != mark:
        raise StaleVersion(
            "What waits for you of this order has changed since this page was shown. Look again."
        )
    return [
        approve(uow, one, revision=one.revision, total=total)
        for one in jobs
        if one.id in found and (total := found[one.id].total) is not None
    ]


def _refuse_other_files(uow: UnitOfWork, job: Job, hashes: dict[str, str]) -> None:
    """All who say yes to a version say it to the same files."""
    given = select(ApprovalAct).filter_by(job_id=job.id, revision=job.revision, act=Act.GIVEN)
    if any(one.hashes != hashes for one in uow.session.scalars(given)):
        raise StaleVersion(
            "The files have changed since somebody approved them. Send it back, to be checked anew."
        )


def _refuse_who_may_not(uow: UnitOfWork, standing: Standing) -> None:
    """The plant at its console answers to nobody of the agency, and yet never for what it ordered itself."""
    name = uow.actor.name
    if name in standing.barred:
        sentence = "The person who ordered cannot approve; ask another approver."
        raise Forbidden(sentence, code="APPROVAL_SELF", remedy=_whom_to_ask(standing))
    limit, judged = limit_of(uow.session, uow.actor.user_id), standing.judged
    if limit is not None and judged is not None and judged > limit:
        sentence = f"You may approve up to ${limit} of one order, and this one costs ${judged}."
        raise Forbidden(sentence, code="APPROVAL_LIMIT", remedy=_whom_to_ask(standing))
    if uow.actor.agency_id is not None and standing.total is not None and name not in standing.turn.able:
        raise Forbidden(
            "Somebody else approves this now.", code="APPROVAL_TURN", remedy=_whom_to_ask(standing)
        )


def _settle(
    uow: UnitOfWork, job: Job, standing: Standing, total: Money, hashes: dict[str, str], *, approver: str
) -> Approval:
    absent = standing.turn.able.get(uow.actor.name, "")
    approval = _consent(uow, job, standing, total, hashes, approver=approver)
    uow.session.add(approval)
    said: dict[str, JsonValue] = {"in_place_of": absent} if absent else {}
    if to_rules := recording.said_of(uow.session, job):
        said["rules"] = {code: one.model_dump(mode="json") for code, one in to_rules.items()}
    advance(uow, job, "approve", total=total.plain, hashes=hashes, **said)
    wait_for_print(uow, job)
    if job.kind is JobKind.PRINT:  # mail waits in the pool for what it is sorted with
        outbox.request(uow, "release", job.ulid, revision=job.revision)
    return approval


def _consent(
    uow: UnitOfWork, job: Job, standing: Standing, total: Money, hashes: dict[str, str], *, approver: str
) -> Approval:
    return Approval(
        job_id=job.id,
        revision=job.revision,
        approver=approver,
        in_place_of=standing.turn.able.get(uow.actor.name, "") or None,
        rule=standing.chosen.rule.code if standing.chosen else None,
        hashes=hashes,
        total=total,
        approved_at=uow.now,
    )


def reprice(uow: UnitOfWork, job: Job, snapshot: QuoteSnapshot, *, reason: str) -> None:
    """Consent of an approver to another price of the same files, while they are made. Forbidden as for an approval."""
    quote, standing_before = _quote(uow, job), standing_approval(uow, job)
    if quote is None or standing_before is None:
        raise IllegalTransition("Nothing of this job is approved.", state=job.state.value)
    quote.snapshot, quote.total = snapshot, snapshot.total
    uow.session.flush()  # by the new price it is judged who may
    standing = standing_of(uow.session, job)
    _refuse_who_may_not(uow, standing)
    standing_before.voided_at, standing_before.void_reason = uow.now, reason
    uow.session.add(
        _consent(uow, job, standing, quote.total, standing_before.hashes, approver=uow.actor.name)
    )
    note(uow, job, "price_changed", total=quote.total.plain, reason=reason)


def _given(uow: UnitOfWork, job: Job, standing: Standing, total: Money, hashes: dict[str, str]) -> None:
    """One yes of several."""
    absent = standing.turn.able[uow.actor.name]
    _keep(uow, job, Act.GIVEN, in_place_of=absent or None, total=total, hashes=hashes)
    uow.session.flush()
    following = standing_of(uow.session, job)
    said = {"in_place_of": absent} if absent else {}
    uow.audit(
        "job", job.ulid, "approval_given", of=job.number, total=total.plain, step=standing.turn.step,
        whom=sorted(following.turn.able), **said,
    )  # fmt: skip


def begin(uow: UnitOfWork, job: Job) -> None:
    """The proof is there: what a rule lets go without an approval goes on, once its order is priced as a whole."""
    uow.session.get_one(Order, job.order_id, with_for_update=True)  # another job of it may get its proof now
    most = plant_rule(uow.session).without_up_to
    for key, one in waiting_with(uow.session, job).items():
        rule = one.chosen.rule if one.chosen else None
        if rule is None or not rule.is_without or most is None or one.judged is None or one.judged > most:
            continue
        other = uow.session.get_one(Job, key)
        uow.session.refresh(other, with_for_update={"of": Job})
        if one.is_whole and other.state is JobState.PROOF_READY:
            settle_by_rule(uow, other, one, "approval_not_needed")


def settle_by_rule(uow: UnitOfWork, job: Job, standing: Standing, why: str) -> None:
    """Consent that a rule gives, and no person; ``why`` is the act of the audit chain. Not while something that the law
    asks was not said: somebody has to say it.
    """
    assert standing.chosen is not None and standing.total is not None  # a rule says so of a price  # noqa: S101
    if recording.missing(uow.session, job):
        return
    code = standing.chosen.rule.code
    uow.audit("job", job.ulid, why, of=job.number, rule=code)
    _settle(uow, job, standing, standing.total, content_hashes(uow, job), approver=f"rule {code}")


def asked_of(uow: UnitOfWork, job: Job) -> dict[str, list[str]]:
    """Of whom a rule asks the approval by name, for those who are told; nothing where anybody may give it."""
    return _named(standing_of(uow.session, job))


def forward(uow: UnitOfWork, job: Job, *, to: str, words: str) -> None:
    """Another approver of the agency decides in one's turn. Forbidden to whoever may not approve; InvalidInput FORWARD
    for somebody who may not either.
    """
    uow.session.refresh(job, with_for_update={"of": Job})
    standing = at_turn(uow, job)
    if to == uow.actor.name or to not in standing.turn.free:
        raise refused_field("FORWARD", "to", "This person cannot approve this job. Choose another.")
    hand_on(uow, job, standing, to=to, words=words)


def hand_on(uow: UnitOfWork, job: Job, standing: Standing, *, to: str, words: str) -> None:
    """It is the turn of another approver from now on."""
    absent = standing.turn.able.get(uow.actor.name, "")
    _keep(uow, job, Act.FORWARDED, goes_to=to, words=words, in_place_of=absent or None)
    uow.session.flush()
    whom = sorted(standing_of(uow.session, job).turn.able)
    uow.audit(
        "job", job.ulid, "approval_forwarded", of=job.number, reason=words, whom=whom, **_total(standing)
    )  # fmt: skip


def question(uow: UnitOfWork, job: Job, words: str) -> None:
    """Ask the requester something before deciding."""
    at_turn(uow, job)
    _keep(uow, job, Act.ASKED, words=words)
    uow.audit("job", job.ulid, "approval_question", of=job.number, reason=words)


def answer(uow: UnitOfWork, job: Job, words: str) -> None:
    """What the requester, or a colleague, says to the last question. IllegalTransition when nothing was asked."""
    standing = _waiting(uow, job)
    asked = standing.question
    if asked is None:
        raise IllegalTransition("Nothing was asked, or it was answered already.", state=job.state.value)
    _keep(uow, job, Act.ANSWERED, words=words, goes_to=asked.actor)
    uow.audit(
        "job",
        job.ulid,
        "approval_answer",
        of=job.number,
        reason=words,
        whom=sorted({asked.actor, *standing.turn.able}),
    )


def ask(uow: UnitOfWork, job: Job) -> list[str]:
    """Ask those who may approve to look, or, where nobody else may, the plant for an approver; once a day. Gives the
    names of who is asked, none for the plant.
    """
    standing = _waiting(uow, job)
    if standing.able:
        remind(uow, job, standing)
    else:
        uow.audit("job", job.ulid, "approver_asked_for", of=job.number, **_total(standing))
    return standing.able


def remind(uow: UnitOfWork, job: Job, standing: Standing) -> None:
    """Those whose turn it is are asked again."""
    uow.audit(
        "job", job.ulid, "approval_asked_again", of=job.number, **_total(standing), **_named(standing)
    )  # fmt: skip


def reject(uow: UnitOfWork, job: Job, reason: str) -> None:
    """Send back to the requester with a reason; by whoever may approve it now."""
    if uow.actor.agency_id is not None:
        at_turn(uow, job)
    advance(uow, job, "reject", reason=reason[:500])


def _named(standing: Standing) -> dict[str, list[str]]:
    return {"whom": sorted(standing.turn.able)} if standing.turn.holders else {}


def at_turn(uow: UnitOfWork, job: Job) -> Standing:
    """Forbidden APPROVAL_TURN to whoever may not approve the job now."""
    standing = _waiting(uow, job)
    if uow.actor.name not in standing.turn.able:
        raise Forbidden(
            "Somebody else approves this now.", code="APPROVAL_TURN", remedy=_whom_to_ask(standing)
        )
    return standing


def note_change(uow: UnitOfWork, job: Job, words: str) -> None:
    """The approver has submitted the job anew with another quantity or other accounts, and no more: that is said, and
    does not keep the approver from approving it.
    """
    _keep(uow, job, Act.CHANGED, words=words)
    uow.audit("job", job.ulid, "changed_by_approver", of=job.number, reason=words)


def _waiting(uow: UnitOfWork, job: Job) -> Standing:
    if job.state is not JobState.PROOF_READY:
        raise IllegalTransition("This job does not wait for an approval.", state=job.state.value)
    return standing_of(uow.session, job)


def _keep(uow: UnitOfWork, job: Job, act: Act, *, words: str = "", **other: object) -> None:
    uow.session.add(
        ApprovalAct(
            job_id=job.id, revision=job.revision, act=act, actor=uow.actor.name, words=words, at=uow.now, **other
        )
    )  # fmt: skip


def _total(standing: Standing) -> dict[str, str]:
    return {"total": standing.total.plain} if standing.total is not None else {}


def _quote(uow: UnitOfWork, job: Job) -> Quote | None:
    return uow.session.scalars(select(Quote).filter_by(job_id=job.id, revision=job.revision)).first()


def _whom_to_ask(standing: Standing) -> str:
    if standing.able:
        return f"This can be approved by {', '.join(standing.able)}."
    return "Nobody else of your agency may approve this: the plant's administrator can name somebody."
