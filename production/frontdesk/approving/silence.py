"""What time brings to an approval: it is asked for again and, when nobody answers, what its rule says happens."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from kernel.clock import business_date
from kernel.errors import OnHold
from postal.data.mail_days import in_full, mail_days_after
from production.catalog.shop_calendar import ShopCalendar, shop_calendar
from production.frontdesk.approving import approvals
from production.frontdesk.approving.rules import APPROVE, FORWARD, RETURN, AgencyRuleValue
from production.frontdesk.approving.standing import Standing, standing_of, standings
from production.jobs.lifecycle import advance, refuse_if_held
from production.jobs.models import Job
from production.jobs.states import JobState
from production.notices import reminders
from production.notices.setup import rule as notice_rule
from production.people.approval_rules import plant_rule
from store.db import UnitOfWork


def remind(uow: UnitOfWork) -> list[str]:
    """Ask again for approvals that wait as long as their rule, or that of all notices, says; once on each day of work.
    Gives the numbers of the jobs.
    """
    usual, calendar, today = notice_rule(uow.session), shop_calendar(uow.session), business_date(uow.now)
    again = []
    for key, standing in _open(uow, calendar, today):
        rule = standing.chosen.rule if standing.chosen else None
        after = rule.remind_after if rule and rule.remind_after else usual.remind_after
        late = _waited(standing, today, calendar) - after
        is_due = late >= 0 and late % usual.remind_every == 0
        if is_due and not reminders.was_reminded(uow, standing.number):
            approvals.remind(uow, uow.session.get_one(Job, key), standing)
            again.append(standing.number)
    return again


def due(uow: UnitOfWork) -> list[int]:
    """Jobs, by their keys, for which nobody has answered as long as their rule allows."""
    calendar, today = shop_calendar(uow.session), business_date(uow.now)
    return [key for key, one in _open(uow, calendar, today) if _is_over(one, today, calendar)]


def act(uow: UnitOfWork, key: int) -> None:
    """Do what the rule says of such a job: done once, since each act begins a turn or ends the waiting. Nothing happens
    to a job on hold, nor where somebody has answered meanwhile.
    """
    job = uow.session.get_one(Job, key)
    uow.session.refresh(job, with_for_update={"of": Job})
    standing, calendar = standing_of(uow.session, job), shop_calendar(uow.session)
    is_over = _is_over(standing, business_date(uow.now), calendar)
    if job.state is JobState.PROOF_READY and is_over and not _is_held(uow, job):
        _act(uow, job, standing)


def _act(uow: UnitOfWork, job: Job, standing: Standing) -> None:
    rule = acting_rule(standing)
    assert rule is not None and standing.judged is not None  # it is over  # noqa: S101
    waited = f"Nobody answered within {_days(rule.act_after or 0)} of work."
    if rule.at_silence == FORWARD:
        approvals.hand_on(uow, job, standing, to=rule.forward_to, words=waited)
    elif rule.at_silence == RETURN:
        advance(uow, job, "reject", reason=f"{waited} Nothing is wrong with it: submit it again to ask anew.")
    else:
        most = plant_rule(uow.session).silence_up_to
        if standing.is_whole and most is not None and standing.judged <= most:
            approvals.settle_by_rule(uow, job, standing, "approval_by_silence")


def _is_held(uow: UnitOfWork, job: Job) -> bool:
    try:
        refuse_if_held(uow.session, "approve", job_id=job.id)
    except OnHold:
        return True
    return False


def acting_rule(standing: Standing) -> AgencyRuleValue | None:
    """The rule that says what silence does, while there is still something for it to do: it hands on once, and not
    while the requester owes an answer.
    """
    rule = standing.chosen.rule if standing.chosen else None
    if rule is None or rule.act_after is None or standing.question is not None:
        return None
    is_there = rule.forward_to in standing.turn.holders or rule.forward_to not in standing.turn.free
    return None if rule.at_silence == FORWARD and is_there else rule


def acts_on(standing: Standing, calendar: ShopCalendar) -> date | None:
    """The day on which silence does what the rule says; None where it does nothing."""
    rule = acting_rule(standing)
    if rule is None or rule.act_after is None:
        return None
    return mail_days_after(business_date(standing.waits_since), rule.act_after, calendar.closed_for)


def cost_in_words(standing: Standing, calendar: ShopCalendar) -> str:
    """What silence does and when, as a sentence; nothing where it does nothing."""
    rule, on = acting_rule(standing), acts_on(standing, calendar)
    if rule is None or on is None:
        return ""
    to = standing.in_words(rule.forward_to)
    what = {
        FORWARD: f"it goes to {to}",
        RETURN: "it goes back to the requester",
        APPROVE: "silence is a yes",
    }[rule.at_silence]
    return f"Without an answer before {in_full(on)}, {what}."


def _open(uow: UnitOfWork, calendar: ShopCalendar, today: date) -> Iterator[tuple[int, Standing]]:
    """Everything that waits for an approval, on a day of work; nothing on another."""
    if not calendar.closed_for(today):
        yield from standings(uow.session, Job.state == JobState.PROOF_READY).items()


def _waited(standing: Standing, today: date, calendar: ShopCalendar) -> int:
    return reminders.days_of_work(business_date(standing.waits_since), today, calendar)


def _is_over(standing: Standing, today: date, calendar: ShopCalendar) -> bool:
    on = acts_on(standing, calendar)
    return on is not None and on <= today


def _days(count: int) -> str:
    return "one day" if count == 1 else f"{count} days"
