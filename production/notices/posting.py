"""From notices to e-mails: who gets which, when, and what became of each.

A notice goes to a person once: ``notice_post`` is the promise, ``notice_mail`` the message that carries it, alone or
with the others of the day. The message is asked for through the outbox in the transaction that makes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kernel.clock import SHOP_ZONE, business_date
from kernel.ids import new_ulid, show_ulid
from production.notices import receipts
from production.notices.kinds import BY_CODE, ByMail
from production.notices.models import Notice, NoticeChoice, NoticeHours, NoticeMail, NoticePost
from production.notices.setup import NoticeRuleValue, rule
from production.people.approval_rules import limit_of
from production.people.models import Role, User, UserRole
from production.people.stand_ins import standing_in
from store import outbox
from store.db import UnitOfWork

TASK = NoticeMail.TASK
AT_ONCE = 500  # notices looked at in one transaction


def post(uow: UnitOfWork, *, sends: bool) -> int:
    """Settle to whom new notices go, and make the e-mails that are due; gives how many e-mails. Without a mail server
    (``sends``) nobody is promised one.
    """
    query = select(Notice).where(Notice.posted_at.is_(None)).order_by(Notice.id).limit(AT_ONCE)
    for notice in uow.session.scalars(query.with_for_update(skip_locked=True)).all():
        notice.posted_at = uow.now
        if sends and not notice.about.startswith(TASK):  # a fault of sending is not told by sending
            _promise(uow, notice)
    uow.session.flush()
    return len(list(_make(uow))) if sends else 0


def concerned(session: Session, notice: Notice, day: datetime) -> Sequence[User]:
    """Everybody whom a notice concerns and who can sign in, stand-ins of approvers on that day among them; not who
    did it.
    """
    query = (
        select(User).where(User.disabled_at.is_(None), User.sign_in_name != notice.actor).order_by(User.id)
    )
    if notice.person_id is not None:
        return session.scalars(query.where(User.id == notice.person_id)).all()
    holders = select(UserRole.user_id).where(UserRole.role == notice.role)
    query = query.where(User.agency_id.is_not_distinct_from(notice.agency_id))
    if notice.role is not Role.APPROVER:
        return session.scalars(query.where(User.id.in_(holders))).all()
    away = standing_in(business_date(day)).subquery()
    stand_ins = select(away.c.stand_in_id).where(away.c.absent_id.in_(holders))
    able = session.scalars(query.where(User.id.in_(holders) | User.id.in_(stand_ins))).all()
    return [user for user in able if _may_consent(session, notice, user)]


def _may_consent(session: Session, notice: Notice, user: User) -> bool:
    """To the amount that the notice asks for, if it asks."""
    limit, cents = limit_of(session, user.id), notice.words.get("cents")
    return (
        not BY_CODE[notice.kind].within_limit or limit is None or cents is None or int(cents) <= limit.cents
    )


def address_of(user: User) -> str:
    """Where e-mail reaches this person; nothing where it does not."""
    return user.email or (user.sign_in_name if "@" in user.sign_in_name else "")


def _promise(uow: UnitOfWork, notice: Notice) -> None:
    people = [user for user in concerned(uow.session, notice, uow.now) if address_of(user)]
    chosen = dict(
        uow.session.execute(
            select(NoticeChoice.person_id, NoticeChoice.by_mail).where(
                NoticeChoice.kind == notice.kind, NoticeChoice.person_id.in_([user.id for user in people])
            )
        ).all()
    )
    ways = {user.id: chosen.get(user.id, BY_CODE[notice.kind].by_mail) for user in people}
    rows = [
        {"notice_id": notice.id, "person_id": person, "by_mail": way}
        for person, way in ways.items()
        if way is not ByMail.NEVER
    ]
    if rows:
        uow.session.execute(insert(NoticePost).values(rows).on_conflict_do_nothing())


def _make(uow: UnitOfWork) -> Iterator[NoticeMail]:
    """E-mails of what is promised and may go now. What was answered meanwhile needs no e-mail."""
    settled = select(Notice.id).where(Notice.answered_at.is_not(None))
    open_posts = (NoticePost.mail_id.is_(None),)
    uow.session.execute(delete(NoticePost).where(*open_posts, NoticePost.notice_id.in_(settled)))
    posts = uow.session.scalars(
        select(NoticePost).where(*open_posts).order_by(NoticePost.notice_id).with_for_update(skip_locked=True)
    ).all()
    by_person: dict[int, list[NoticePost]] = {}
    for one in posts:
        by_person.setdefault(one.person_id, []).append(one)
    now, rules = uow.now.astimezone(SHOP_ZONE), rule(uow.session)
    hours = _hours(uow.session, by_person, rules)
    for person, waiting in by_person.items():
        if not is_quiet(now, *hours[person]):
            yield from (_mail(uow, ByMail.ONCE, [one]) for one in waiting if one.by_mail is ByMail.ONCE)
            yield from _digest(uow, person, [one for one in waiting if one.by_mail is ByMail.DAILY], rules)


def _hours(session: Session, people: Iterable[int], rules: NoticeRuleValue) -> Mapping[int, tuple[str, str]]:
    own = session.scalars(select(NoticeHours).where(NoticeHours.person_id.in_(list(people))))
    usual = dict.fromkeys(people, (rules.quiet_from, rules.quiet_until))
    return usual | {row.person_id: (row.quiet_from, row.quiet_until) for row in own}


def is_quiet(local: datetime, since: str, until: str) -> bool:
    """Is it between two times of day, perhaps over midnight? Never, when one is not said."""
    at = f"{local:%H:%M}"
    if not since or not until:
        return False
    return since <= at < until if since <= until else at >= since or at < until


def _digest(
    uow: UnitOfWork, person: int, waiting: list[NoticePost], rules: NoticeRuleValue
) -> Iterator[NoticeMail]:
    """The e-mail of the day, once a day after its time."""
    local = uow.now.astimezone(SHOP_ZONE)
    key = f"daily-{person}-{local.date()}"
    is_made = uow.session.scalar(select(NoticeMail.id).filter_by(key=key)) is not None
    if waiting and not is_made and f"{local:%H:%M}" >= rules.digest_at:
        yield _mail(uow, ByMail.DAILY, waiting, key=key)


def _mail(uow: UnitOfWork, way: ByMail, posts: Sequence[NoticePost], key: str = "") -> NoticeMail:
    ulid = new_ulid(uow.now)
    mail = NoticeMail(
        ulid=ulid, key=key or f"{posts[0].notice_id}-{posts[0].person_id}", person_id=posts[0].person_id,
        message_id=f"<{show_ulid(ulid)}@indicia.invalid>", by_mail=way, tries=0, made_at=uow.now,
    )  # fmt: skip
    uow.session.add(mail)
    uow.session.flush()  # its posts name it
    for one in posts:
        one.mail_id = mail.id
    outbox.request(uow, TASK, ulid, nth=1)
    return mail


def begin(uow: UnitOfWork, ulid: UUID) -> tuple[NoticeMail, User, list[Notice], bool] | None:
    """The message, to whom, what it carries and whether it was begun before; None for what has its answer."""
    begun = receipts.begin(uow, NoticeMail, ulid)
    if begun is None:
        return None
    mail, was_begun = begun
    carried = select(NoticePost.notice_id).filter_by(mail_id=mail.id)
    notices = uow.session.scalars(select(Notice).where(Notice.id.in_(carried)).order_by(Notice.id)).all()
    return mail, uow.session.get_one(User, mail.person_id), list(notices), was_begun
