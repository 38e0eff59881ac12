"""How each person wants to be told: of which kinds on the page, and when by e-mail."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from production.notices.kinds import KINDS, ByMail, Kind
from production.notices.models import NoticeChoice, NoticeHours
from production.notices.posting import address_of
from production.notices.setup import rule
from production.people.models import User
from store.db import Actor, UnitOfWork


@dataclass(frozen=True, slots=True)
class Choice:
    """One kind as this person has it."""

    kind: Kind
    on_page: bool
    by_mail: ByMail


def choices(session: Session, actor: Actor) -> Sequence[Choice]:
    """Every kind that can come to somebody with these roles."""
    rows = session.scalars(select(NoticeChoice).filter_by(person_id=actor.user_id))
    chosen = {row.kind: row for row in rows}
    return [_choice(kind, chosen.get(kind.code)) for kind in KINDS if not actor.roles.isdisjoint(kind.to)]


def address(session: Session, actor: Actor) -> str:
    """Where e-mail reaches this person; nothing where it does not."""
    return address_of(session.get_one(User, actor.user_id))


def hours(session: Session, actor: Actor) -> tuple[str, str]:
    """From when until when this person wants no e-mail."""
    own, usual = session.get(NoticeHours, actor.user_id), rule(session)
    return (own.quiet_from, own.quiet_until) if own else (usual.quiet_from, usual.quiet_until)


def be_quiet(uow: UnitOfWork, since: str, until: str) -> None:
    """No e-mail between these times of day; never quiet where they are empty."""
    if hours(uow.session, uow.actor) != (since, until):
        uow.session.merge(NoticeHours(person_id=uow.actor.user_id, quiet_from=since, quiet_until=until))


def choose(uow: UnitOfWork, on_page: Collection[str], by_mail: Mapping[str, ByMail]) -> None:
    """What this person wants from now on. What cannot be switched off comes on the page, and by e-mail at least once a
    day.
    """
    for now in choices(uow.session, uow.actor):
        code = now.kind.code
        way = by_mail.get(code, now.by_mail)
        wanted = (code in on_page, way) if now.kind.can_be_off else (True, _at_least_daily(way))
        values = {"on_page": wanted[0], "by_mail": wanted[1]}
        put = insert(NoticeChoice).values(person_id=uow.actor.user_id, kind=code, **values)
        uow.session.execute(put.on_conflict_do_update(index_elements=["person_id", "kind"], set_=values))
    uow.audit("notice_choice", None, "changed", name=uow.actor.name)


def _choice(kind: Kind, row: NoticeChoice | None) -> Choice:
    if row is None:
        return Choice(kind, kind.on_page, kind.by_mail)
    return Choice(kind, row.on_page, row.by_mail)


def _at_least_daily(way: ByMail) -> ByMail:
    return ByMail.DAILY if way is ByMail.NEVER else way
