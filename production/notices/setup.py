"""When notices go out, and how often an approval is asked for again: rows of the set-up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field
from sqlalchemy.orm import Session

from production.asked import Count
from production.people.setup import ONE, Kind
from production.people.setup_fields import HourOfDay, Row


class NoticeRuleValue(Row):
    """How the plant tells."""

    digest_at: Annotated[HourOfDay, Field(min_length=1)] = Field(
        default="16:00", title="The daily e-mail goes at", description="Time at the shop."
    )
    quiet_from: HourOfDay = Field(
        default="19:00",
        title="No e-mail from",
        description="Unless a person chose otherwise; empty: never quiet.",
    )
    quiet_until: HourOfDay = Field(default="06:00", title="No e-mail until")
    remind_after: Annotated[Count, Field(ge=1, le=30)] = Field(
        default=1, title="An approval is asked for again after", description="Days of work."
    )
    remind_every: Annotated[Count, Field(ge=1, le=30)] = Field(
        default=2, title="Then every", description="Days of work, until it is answered."
    )


class NoticeRules(Kind[NoticeRuleValue]):
    """One rule for the whole plant."""

    code, name, names = "notices", "Notices", "Notices"
    lead = "When e-mails go out, and how often somebody is asked again for an approval."
    value, is_one = NoticeRuleValue, True

    def shipped(self) -> Sequence[NoticeRuleValue]:
        return (NoticeRuleValue(),)


def rule(session: Session) -> NoticeRuleValue:
    """What holds now."""
    return NOTICE_RULES.find(session, ONE) or NoticeRuleValue()


NOTICE_RULES = NoticeRules()
