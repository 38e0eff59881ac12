"""Who may consent to how much: a limit for every approver, unless a person has one of their own."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.money import Money
from production.asked import Dollars
from production.people.models import Role, User, UserRole
from production.people.setup import ONE, Change, Kind
from production.people.setup_fields import Row


class ApprovalRuleValue(Row):
    """What holds for approvers without a limit of their own."""

    limit: Dollars | None = Field(
        default=None,
        title="An approver consents up to",
        description="Dollars of one job; empty: without limit.",
    )


class ApprovalRules(Kind[ApprovalRuleValue]):
    """One rule for the whole plant."""

    code, name, names = "approval", "Rules of approval", "Rules of approval"
    lead = "Whoever orders never approves the same job. A limit of one person stands with that person."
    value, is_one = ApprovalRuleValue, True

    def shipped(self) -> Sequence[ApprovalRuleValue]:
        return (ApprovalRuleValue(),)

    def needs_second(self, change: Change[ApprovalRuleValue]) -> bool:
        """A tighter rule is one person's business; a looser one is not."""
        before, limit = change.before, change.value.limit
        return before is not None and before.limit is not None and (limit is None or limit > before.limit)


APPROVAL_RULES = ApprovalRules()


def limit_of(session: Session, user_id: int | None) -> Money | None:
    """Dollars of one job that this person may consent to; None is without limit."""
    own = session.scalar(select(User.approval_limit).filter_by(id=user_id)) if user_id is not None else None
    return own if own is not None else _usual(session)


def who_may_approve(session: Session, agency_id: int, total: Money | None, *, besides: str) -> list[str]:
    """Full names of an agency's approvers who may consent to this amount, without one person."""
    approvers = select(UserRole.user_id).where(UserRole.role == Role.APPROVER)
    query = select(User.full_name, User.approval_limit).where(
        User.agency_id == agency_id,
        User.disabled_at.is_(None),
        User.sign_in_name != besides,
        User.id.in_(approvers),
    )
    usual = _usual(session)
    found = [
        (name, own if own is not None else usual)
        for name, own in session.execute(query.order_by(User.full_name))
    ]
    return [name for name, limit in found if limit is None or total is None or total <= limit]


def _usual(session: Session) -> Money | None:
    rule = APPROVAL_RULES.find(session, ONE)
    return rule.limit if rule is not None else None
