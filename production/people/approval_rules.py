"""What holds for every approval in the plant: a limit for each approver, and what may be let go without one."""

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
    """What holds for approvers without a limit of their own, and the most that a rule of an agency may let go."""

    limit: Dollars | None = Field(
        default=None,
        title="An approver consents up to",
        description="Dollars of one order; empty: without limit.",
    )
    without_up_to: Dollars | None = Field(
        default=None,
        title="A rule may ask for no approval up to",
        description="Dollars of one order; empty: every order is approved by a person.",
    )
    silence_up_to: Dollars | None = Field(
        default=None,
        title="A rule may take silence for a yes up to",
        description="Dollars of one order; empty: silence is never a yes.",
    )


class ApprovalRules(Kind[ApprovalRuleValue]):
    """One rule for the whole plant."""

    code, name, names = "approval", "Rules of approval", "Rules of approval"
    lead = (
        "Whoever orders never approves the same job. A limit of one person stands with that person, and who approves "
        "what in the rules of the agencies."
    )
    value, is_one = ApprovalRuleValue, True

    def shipped(self) -> Sequence[ApprovalRuleValue]:
        return (ApprovalRuleValue(),)

    def needs_second(self, change: Change[ApprovalRuleValue]) -> bool:
        """A tighter rule is one person's business; a looser one is not."""
        before, now = change.before, change.value
        return before is not None and (
            _is_more(now.limit, before.limit, empty_is_all=True)
            or _is_more(now.without_up_to, before.without_up_to)
            or _is_more(now.silence_up_to, before.silence_up_to)
        )


def _is_more(now: Money | None, before: Money | None, *, empty_is_all: bool = False) -> bool:
    if now is None or before is None:
        return now != before and (now is None) == empty_is_all
    return now > before


APPROVAL_RULES = ApprovalRules()


def plant_rule(session: Session) -> ApprovalRuleValue:
    """What holds now."""
    return APPROVAL_RULES.find(session, ONE) or ApprovalRuleValue()


def limit_of(session: Session, user_id: int | None) -> Money | None:
    """Dollars of one order that this person may consent to; None is without limit."""
    own = session.scalar(select(User.approval_limit).filter_by(id=user_id)) if user_id is not None else None
    return own if own is not None else plant_rule(session).limit


def who_may_approve(session: Session, agency_id: int, total: Money | None, *, besides: str) -> list[str]:
    """Full names of an agency's approvers who may consent to this amount, without one person."""
    approvers = select(UserRole.user_id).where(UserRole.role == Role.APPROVER)
    query = select(User.full_name, User.approval_limit).where(
        User.agency_id == agency_id,
        User.disabled_at.is_(None),
        User.sign_in_name != besides,
        User.id.in_(approvers),
    )
    usual = plant_rule(session).limit
    found = [
        (name, own if own is not None else usual)
        for name, own in session.execute(query.order_by(User.full_name))
    ]
    return [name for name, limit in found if limit is None or total is None or total <= limit]
