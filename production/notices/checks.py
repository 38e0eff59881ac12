"""What must hold of notices, for ``indicia verify``."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from production.jobs.models import Job
from production.notices.models import Notice, NoticeMail, NoticePost
from production.notices.reminders import outlived
from store.keeping.verify import Check, Open, Survey


def notices_end_with_what_they_are_about(survey: Survey) -> Iterator[Open]:
    """No open notice of an agency asks for what its job has behind it; each e-mail carries notices of its person."""
    survey.examined = survey.session.scalar(select(func.count()).select_from(Notice)) or 0
    query = select(Job.number, Notice.kind).join(Notice, Notice.about == Job.number)
    late = query.where(outlived(), Notice.agency_id.is_not(None)).order_by(Notice.id)
    for number, kind in survey.session.execute(late):
        yield Open(f"job {number}: a notice is open that its state has ended ({kind})", (number,))
    strays = (
        select(NoticeMail.message_id)
        .outerjoin(NoticePost, NoticePost.mail_id == NoticeMail.id)
        .where(NoticePost.person_id.is_distinct_from(NoticeMail.person_id))
        .distinct()
        .order_by(NoticeMail.message_id)
    )
    for message in survey.session.scalars(strays):
        yield Open(f"e-mail {message} carries no notice, or another person's", (message,))


CHECKS: tuple[Check, ...] = (notices_end_with_what_they_are_about,)
