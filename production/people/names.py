"""People by the names that screens show."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from production.people.models import Role, User, UserRole


def full_name(session: Session, sign_in_name: str) -> str:
    """Who that is; the name itself where it is no person's."""
    return session.scalar(select(User.full_name).filter_by(sign_in_name=sign_in_name)) or sign_in_name


def full_names(session: Session, of: Collection[str] | None = None) -> dict[str, str]:
    """Everybody, or these people, by sign-in name."""
    query = select(User.sign_in_name, User.full_name)
    return dict(session.execute(query if of is None else query.where(User.sign_in_name.in_(of))).all())


def colleagues(session: Session, user_id: int, *, role: Role | None = None) -> Sequence[tuple[str, str]]:
    """(sign-in name, full name) of the others of a person's agency who can sign in; of one role, if said."""
    own = select(User.agency_id).filter_by(id=user_id).scalar_subquery()
    query = select(User.sign_in_name, User.full_name).where(
        User.agency_id == own, User.id != user_id, User.disabled_at.is_(None)
    )
    if role is not None:
        query = query.where(User.id.in_(select(UserRole.user_id).filter_by(role=role)))
    return [(name, full) for name, full in session.execute(query.order_by(User.full_name, User.id))]
