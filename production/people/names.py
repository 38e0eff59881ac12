"""People by the names that screens show."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from production.people.models import User


def full_name(session: Session, sign_in_name: str) -> str:
    """Who that is; the name itself where it is no person's."""
    return session.scalar(select(User.full_name).filter_by(sign_in_name=sign_in_name)) or sign_in_name


def full_names(session: Session, of: Collection[str] | None = None) -> dict[str, str]:
    """Everybody, or these people, by sign-in name."""
    query = select(User.sign_in_name, User.full_name)
    return dict(session.execute(query if of is None else query.where(User.sign_in_name.in_(of))).all())
