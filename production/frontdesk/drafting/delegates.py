"""Ordering for a colleague of the same agency, and handing a draft over."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import Conflict, refused_field
from production.frontdesk.orders.models import OrderDraft
from production.people.models import Role, User
from production.people.names import colleagues
from store.db import UnitOfWork


def requesters(session: Session, draft: OrderDraft) -> Sequence[tuple[str, str]]:
    """(sign-in name, full name) of the others of the agency who may order."""
    return colleagues(session, draft.user_id, role=Role.REQUESTER)


def order_for(uow: UnitOfWork, draft: OrderDraft, name: str) -> str:
    """The order will be that colleague's; gives the full name. InvalidInput COLLEAGUE; Conflict for an order that was
    submitted: it has its requester.
    """
    if draft.job_id is not None:
        raise Conflict("This order was submitted before: it has its requester.", code="STATE")
    draft.ordered_for = _colleague(uow, draft, name, "ordered_for")
    return draft.ordered_for.full_name


def hand_over(uow: UnitOfWork, draft: OrderDraft, name: str) -> str:
    """A colleague goes on with the draft; gives the full name. InvalidInput COLLEAGUE."""
    other = _colleague(uow, draft, name, "handed_to")
    draft.user_id = other.id
    if draft.ordered_for is other:
        draft.ordered_for = None
    uow.audit("order_draft", draft.ulid, "handed_over", to=name, title=draft.title, whom=[name])
    return other.full_name


def _colleague(uow: UnitOfWork, draft: OrderDraft, name: str, field: str) -> User:
    if name not in dict(requesters(uow.session, draft)):
        raise refused_field("COLLEAGUE", field, "Nobody else of your agency orders by this name.")
    return uow.session.scalars(select(User).filter_by(sign_in_name=name)).one()
