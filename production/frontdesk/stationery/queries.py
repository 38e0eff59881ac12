"""Reads of the register of templates."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, joinedload

from kernel.errors import NotFound
from production.frontdesk.stationery.models import IdentityTemplate as Template


def versions(session: Session, agency_id: int | None, name: str = "") -> Sequence[Template]:
    """Every version that an agency has, of all agencies for the plant; of a name the newest first."""
    query = select(Template).options(joinedload(Template.agency))
    if agency_id is not None:
        query = query.filter_by(agency_id=agency_id)
    if name:
        query = query.filter_by(name=name)
    return session.scalars(query.order_by(Template.agency_id, Template.name, Template.number.desc())).all()


def in_force(session: Session, agency_id: int | None) -> Sequence[Template]:
    """Of each name the newest version that is approved and not withdrawn; of all agencies for the plant."""
    other = aliased(Template)
    newest = (
        select(func.max(other.number))
        .where(other.agency_id == Template.agency_id, other.name == Template.name)
        .where(other.approved_at.is_not(None), other.withdrawn_at.is_(None))
        .scalar_subquery()
    )
    query = select(Template).options(joinedload(Template.agency)).where(Template.number == newest)
    if agency_id is not None:
        query = query.filter_by(agency_id=agency_id)
    return session.scalars(query.order_by(Template.agency_id, Template.name)).all()


def version(session: Session, ulid: UUID, agency_id: int | None) -> Template:
    """One version. NotFound, also for that of another agency."""
    query = select(Template).options(joinedload(Template.agency)).filter_by(ulid=ulid)
    row = session.scalars(query).first()
    if row is None or agency_id not in (None, row.agency_id):
        raise NotFound("There is no such template.")
    return row


def offered(session: Session, ulid: UUID, agency_id: int) -> Template:
    """A version by which can be ordered now. NotFound; the newest in force of the name where it is another."""
    row = version(session, ulid, agency_id)
    found = next((one for one in in_force(session, agency_id) if one.name == row.name), None)
    if found is None:
        raise NotFound(f"{row.name} cannot be ordered: no version of it is in force.")
    return found
