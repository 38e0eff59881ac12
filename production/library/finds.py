"""Files by the words under which their agency has filed them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from production.finding import MOST, Finder, Hit, hold, words
from production.library.models import LibraryEntry
from store.db import Actor


def _files(session: Session, actor: Actor, sought: Sequence[str]) -> list[Hit]:
    """The agency's own; a person files one by one, so that they stay few."""
    entry = LibraryEntry
    query = select(entry.title, entry.form_number, entry.sha256).where(entry.agency_id == actor.agency_id)
    query = query.where(hold(sought, entry.title, entry.form_number, entry.note))
    rows = session.execute(query.order_by(entry.id.desc()).limit(MOST))
    return [Hit(title, {"sha256": sha256}, form_number) for title, form_number, sha256 in rows]


FILES = Finder(words, _files)
