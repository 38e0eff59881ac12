"""Who approves in whose place."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Select, select

from production.people.models import User


def standing_in(on: date) -> Select[Any, Any]:
    """(who is away, who stands in) on a day, by keys."""
    query = select(User.id.label("absent_id"), User.stand_in_id.label("stand_in_id"))
    return query.where(User.stand_in_id.is_not(None), User.stand_in_from <= on, User.stand_in_until >= on)
