"""A person's notices: how many wait, the latest, all of them, and what was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Select, and_, cast, func, literal, or_, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kernel.errors import NotFound
from kernel.money import Money
from production.notices.kinds import BY_CODE, Kind
from production.notices.models import Notice, NoticeChoice, NoticeRead
from production.people.approval_rules import limit_of
from production.people.models import Role
from store.db import Actor, UnitOfWork

LATEST = 5
_TYPED = {"reason": "the reason stands with the order"}


class _Words(dict[str, str]):
    """What a sentence asks for and nobody said is left out."""

    def __missing__(self, _name: str) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Told:
    """A notice in words."""

    id: int
    ulid: UUID
    kind: Kind
    says: str
    why: str
    path: str
    made_at: datetime
    is_read: bool
    is_answered: bool

    @property
    def is_new(self) -> bool:
        """Nobody needs to look at what was read, or settled itself."""
        return not (self.is_read or self.is_answered)


@dataclass(frozen=True, slots=True)
class Bell:
    """How many notices are new, and the latest of them."""

    count: int
    latest: tuple[Told, ...]


def in_words(notice: Notice, *, is_read: bool = False, is_mailed: bool = False) -> Told:
    """The notice as people read it. What somebody typed may name a recipient, so it is in no e-mail."""
    kind, words = BY_CODE[notice.kind], _Words(dict(notice.words) | (_TYPED if is_mailed else {}))
    return Told(
        notice.id, notice.ulid, kind, _sentence(kind.says, words), _sentence(kind.why, words),
        kind.path.format_map(words), notice.made_at, is_read, notice.answered_at is not None,
    )  # fmt: skip


def _sentence(form: str, words: _Words) -> str:
    said = form.format_map(words)
    return said[:1].upper() + said[1:]


def bell(session: Session, actor: Actor) -> Bell:
    """What is new for this person, in one statement."""
    query = _of(session, actor).where(_is_new()).add_columns(func.count().over())
    rows = session.execute(query.order_by(Notice.id.desc()).limit(LATEST)).all()
    return Bell(rows[0][-1] if rows else 0, tuple(in_words(row[0]) for row in rows))


def notices(
    session: Session, actor: Actor, *, only_new: bool, before: int | None = None, limit: int
) -> Sequence[Told]:
    """Notices of this person, newest first."""
    query = _of(session, actor)
    if only_new:
        query = query.where(_is_new())
    if before is not None:
        query = query.where(Notice.id < before)
    rows = session.execute(query.order_by(Notice.id.desc()).limit(limit))
    return [in_words(notice, is_read=read_at is not None) for notice, read_at in rows]


def find(session: Session, actor: Actor, ulid: UUID) -> Told:
    """One of this person's notices; NotFound."""
    row = session.execute(_of(session, actor).where(Notice.ulid == ulid)).first()
    if row is None:
        raise NotFound("There is no such notice for you. It may have been removed after its time.")
    return in_words(row[0], is_read=row[1] is not None)


def mark_read(uow: UnitOfWork, ulid: UUID | None = None) -> int:
    """A notice of this person is read, or all that are new; gives how many became so."""
    query = _of(uow.session, uow.actor).where(Notice.ulid == ulid if ulid else _is_new())
    own = query.with_only_columns(literal(uow.actor.user_id), Notice.id, literal(uow.now))
    put = insert(NoticeRead).from_select(["person_id", "notice_id", "read_at"], own)
    return len(uow.session.execute(put.on_conflict_do_nothing().returning(NoticeRead.notice_id)).all())


def for_actor(actor: Actor) -> ColumnElement[bool]:
    """Notices that concern this person and that somebody else made."""
    same = Notice.agency_id.is_not_distinct_from(actor.agency_id)
    concern = or_(Notice.person_id == actor.user_id, and_(Notice.role.in_(actor.roles), same))
    return concern & (Notice.actor != actor.name)


def within(limit: Money | None) -> ColumnElement[bool]:
    """Notices that this limit of approval lets through: none asks for consent to more."""
    if limit is None:
        return true()
    cents = cast(func.jsonb_extract_path_text(Notice.words, "cents"), BigInteger)
    return Notice.kind.not_in(_LIMITED) | (func.coalesce(cents, 0) <= limit.cents)


def _of(session: Session, actor: Actor) -> Select[*tuple[Any, ...]]:
    """(notice, when it was read), of those kinds that the person wants on the page."""
    limit = limit_of(session, actor.user_id) if Role.APPROVER in actor.roles else None
    mine = and_(NoticeRead.notice_id == Notice.id, NoticeRead.person_id == actor.user_id)
    return (
        select(Notice, NoticeRead.read_at)
        .outerjoin(NoticeRead, mine)
        .outerjoin(
            NoticeChoice, and_(NoticeChoice.kind == Notice.kind, NoticeChoice.person_id == actor.user_id)
        )
        .where(
            for_actor(actor), within(limit), func.coalesce(NoticeChoice.on_page, Notice.kind.not_in(_QUIET))
        )
    )


def _is_new() -> ColumnElement[bool]:
    return Notice.answered_at.is_(None) & NoticeRead.read_at.is_(None)


_LIMITED = [kind.code for kind in BY_CODE.values() if kind.within_limit]
_QUIET = [kind.code for kind in BY_CODE.values() if not kind.on_page]
