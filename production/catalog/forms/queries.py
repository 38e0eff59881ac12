"""Reads of the register: for its screens, for orders, and what is due for review."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from kernel.clock import long_date
from kernel.errors import Conflict, NotFound
from production.catalog.forms.models import FormRevision, FormState

_OF_AGENCY = (FormRevision.agency_id, FormRevision.number, FormRevision.edition.desc(), FormRevision.revision)


def register(session: Session, agency_id: int | None) -> Sequence[FormRevision]:
    """Every revision that an agency has, of all agencies for the plant; of a number the newest first."""
    query = select(FormRevision).options(joinedload(FormRevision.agency)).order_by(*_OF_AGENCY)
    if agency_id is not None:
        query = query.filter_by(agency_id=agency_id)
    return session.scalars(query).all()


def revisions(session: Session, form: FormRevision) -> Sequence[FormRevision]:
    """All of its number, the newest first."""
    query = select(FormRevision).options(joinedload(FormRevision.agency)).order_by(*_OF_AGENCY)
    return session.scalars(query.filter_by(agency_id=form.agency_id, number=form.number)).all()


def orderable(session: Session, agency_id: int, number: str, revision: str = "") -> FormRevision:
    """The revision in use of a form of the agency; ``revision``: the one that was asked for. NotFound FORM_UNKNOWN;
    Conflict FORM_SUPERSEDED names the one in force.
    """
    query = select(FormRevision).filter_by(agency_id=agency_id, number=number)
    found = {row.revision: row for row in session.scalars(query)}
    if not found or (revision and revision not in found):
        words = f"There is no form {number}{f', revision {revision},' if revision else ''} in the register."
        remedy = "Look for it by a word of its title, or have it entered."
        raise NotFound(words, code="FORM_UNKNOWN", field="form", remedy=remedy)
    in_force = next((row for row in found.values() if row.state is FormState.IN_USE), None)
    if in_force is not None and revision in ("", in_force.revision):
        return in_force
    raise _superseded(number, found.get(revision), in_force)


def _superseded(number: str, asked: FormRevision | None, in_force: FormRevision | None) -> Conflict:
    words = f"Form {number} is withdrawn."
    if asked is not None:
        words = f"Revision {asked.revision} of form {number} is {asked.state.value}."
    remedy = "No revision of it is in force: ask its owner."
    if in_force is not None:
        dated = long_date(in_force.edition)
        remedy = f"Order revision {in_force.revision} of {dated}: it is the one in force."
    return Conflict(words, code="FORM_SUPERSEDED", field="form", remedy=remedy)


def due_for_review(session: Session, today: date) -> Sequence[FormRevision]:
    """In use, and the day by which they were to be looked at is here."""
    query = select(FormRevision).options(joinedload(FormRevision.agency)).order_by(FormRevision.id)
    return session.scalars(
        query.where(FormRevision.state == FormState.IN_USE, FormRevision.review_on <= today)
    ).all()
