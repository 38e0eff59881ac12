"""Who approves in whose place: entered by an administrator with the person, or named by the approver."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, CompoundSelect, select, union
from sqlalchemy.orm import Session, aliased

from kernel.clock import business_date
from kernel.errors import NotFound, refused_field
from production.people.models import StandIn, User
from production.people.names import colleagues
from store.db import UnitOfWork


class Absence(NamedTuple):
    """One person away, and who stands in, by their full names; ``key`` where the approver can take it back."""

    key: int
    person: str
    stand_in: str
    is_own: bool
    first_day: date
    last_day: date


def standing_in(on: date | BindParameter[Any]) -> CompoundSelect[Any]:
    """(who is away, who stands in) on a day, by keys."""
    entered = select(User.id.label("absent_id"), User.stand_in_id.label("stand_in_id"))
    named = select(StandIn.person_id, StandIn.stand_in_id)
    return union(
        entered.where(User.stand_in_id.is_not(None), User.stand_in_from <= on, User.stand_in_until >= on),
        named.where(StandIn.ended_at.is_(None), StandIn.first_day <= on, StandIn.last_day >= on),
    )


def absences(session: Session, user_id: int, today: date) -> Sequence[Absence]:
    """Present and coming ones that a person has named, or stands in for; the nearest first."""
    away, other = aliased(User), aliased(User)
    query = (
        select(
            StandIn.id, away.full_name, other.full_name, StandIn.person_id == user_id, StandIn.first_day,
            StandIn.last_day,
        )
        .join(away, away.id == StandIn.person_id)
        .join(other, other.id == StandIn.stand_in_id)
        .where(StandIn.ended_at.is_(None), StandIn.last_day >= today)
        .where((StandIn.person_id == user_id) | (StandIn.stand_in_id == user_id))
        .order_by(StandIn.first_day, StandIn.id)
    )  # fmt: skip
    return [Absence(*row) for row in session.execute(query)]


def name_stand_in(uow: UnitOfWork, name: str, first_day: date, last_day: date) -> StandIn:
    """Somebody of the actor's agency approves in the actor's place on these days. InvalidInput STAND_IN."""
    assert uow.actor.user_id is not None  # somebody who signed in  # noqa: S101
    if name not in dict(colleagues(uow.session, uow.actor.user_id)):
        raise refused_field("STAND_IN", "stand_in", "Nobody else of your agency signs in by this name.")
    if not business_date(uow.now) <= last_day or first_day > last_day:
        raise refused_field("STAND_IN", "last_day", "The last day is over, or comes before the first.")
    same = _overlapping(uow, first_day, last_day)
    if same is not None:
        raise refused_field(
            "STAND_IN",
            "first_day",
            "On some of these days somebody else stands in already. Take that back first.",
        )
    other = uow.session.scalars(select(User).filter_by(sign_in_name=name)).one()
    row = StandIn(
        person_id=uow.actor.user_id, stand_in_id=other.id, first_day=first_day, last_day=last_day, named_at=uow.now
    )  # fmt: skip
    uow.session.add(row)
    uow.audit(
        "app_user", other.ulid, "stand_in_named", of=uow.actor.name, stand_in=name, first_day=str(first_day),
        last_day=str(last_day),
    )  # fmt: skip
    return row


def take_back(uow: UnitOfWork, key: int) -> None:
    """The actor is back, or has changed plans. NotFound for what somebody else named."""
    query = select(StandIn).filter_by(id=key, person_id=uow.actor.user_id, ended_at=None).with_for_update()
    row = uow.session.scalars(query).first()
    if row is None:
        raise NotFound("Nobody stands in so, or not any more.")
    row.ended_at = uow.now
    other = uow.session.get_one(User, row.stand_in_id)
    uow.audit("app_user", other.ulid, "stand_in_ended", of=uow.actor.name, stand_in=other.sign_in_name)


def _overlapping(uow: UnitOfWork, first_day: date, last_day: date) -> int | None:
    query = select(StandIn.id).filter_by(person_id=uow.actor.user_id, ended_at=None)
    return uow.session.scalar(
        query.where(StandIn.first_day <= last_day, StandIn.last_day >= first_day).limit(1)
    )
