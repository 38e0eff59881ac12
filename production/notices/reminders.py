"""What time brings: reviews of forms are due, and notices end with what they are about."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, or_, select, update

from kernel.clock import business_date
from postal.data.mail_days import in_full
from production.catalog.forms.queries import due_for_review
from production.catalog.shop_calendar import ShopCalendar
from production.jobs.models import Job
from production.notices import telling
from production.notices.kinds import BY_CODE, KINDS
from production.notices.models import Notice
from production.notices.telling import JobFacts
from store.db import UnitOfWork

FORM_REVIEW = BY_CODE["form_review"]


def tell_reviews(uow: UnitOfWork) -> list[str]:
    """Of each form whose review is due, once for each day that was set; ends what was told of those that are not any
    more. Gives their keys.
    """
    due = due_for_review(uow.session, business_date(uow.now))
    for form in due:
        facts = JobFacts(form.number, form.title, form.agency_id, form.agency.name, None, None)
        day = in_full(form.review_on) if form.review_on else ""
        words = {"form": form.key, "owner": form.owner, "day": day}
        telling.add(uow, FORM_REVIEW, form.key, words, job=facts, key=f"{form.key}-{form.review_on}")
    keys = [form.key for form in due]
    answered = update(Notice).where(Notice.kind == FORM_REVIEW.code, Notice.about.not_in(keys))
    uow.session.execute(answered.where(Notice.answered_at.is_(None)).values(answered_at=uow.now))
    return keys


def days_of_work(since: date, until: date, calendar: ShopCalendar) -> int:
    """Days on which the shop works, after one day and up to another."""
    days = (since + timedelta(days=n) for n in range(1, (until - since).days + 1))
    return sum(not calendar.closed_for(day) for day in days)


def settle(uow: UnitOfWork) -> int:
    """End notices of jobs that went on: what an agency does cannot end what it does not see. Gives how many."""
    late = select(Notice.id).join(Job, Job.number == Notice.about).where(outlived())
    query = update(Notice).where(Notice.id.in_(late))
    return len(uow.session.scalars(query.values(answered_at=uow.now).returning(Notice.id)).all())


def outlived() -> ColumnElement[bool]:
    """Open notices, joined with their job, that do not stand in its present state."""
    gone = [and_(Notice.kind == kind.code, Job.state.not_in(kind.stands)) for kind in KINDS if kind.stands]
    return Notice.answered_at.is_(None) & or_(*gone)


def was_reminded(uow: UnitOfWork, number: str) -> bool:
    """Has the plant asked again today for the approval of a job?"""
    key = f"approval_still_asked-{number}-{uow.actor.name}-{business_date(uow.now)}%"
    return uow.session.scalar(select(Notice.id).where(Notice.key.like(key)).limit(1)) is not None
