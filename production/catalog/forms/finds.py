"""Forms by number and title."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from production.catalog.forms.models import FormRevision
from production.catalog.forms.register import STATES
from production.finding import MOST, Finder, Hit, hold, words
from store.db import Actor


def _forms(session: Session, actor: Actor, sought: Sequence[str]) -> list[Hit]:
    query = select(FormRevision).options(joinedload(FormRevision.agency))
    query = query.where(hold(sought, FormRevision.number, FormRevision.title))
    if actor.agency_id is not None:
        query = query.filter_by(agency_id=actor.agency_id)
    rows = session.scalars(query.order_by(FormRevision.number, FormRevision.edition.desc()).limit(MOST))
    return [
        Hit(
            f"{row.number} {row.title}",
            {"key": row.key},
            f"Revision {row.revision}",
            STATES[row.state].lower(),
        )
        for row in rows
    ]


FORMS = Finder(words, _forms)
