"""What an agency wants on the labels of its cartons: rows of the set-up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.findings import Finding
from production.asked import Line
from production.people.models import Agency
from production.people.setup import Change, Kind, wrong
from production.people.setup_fields import Code, Row


class LabelRuleValue(Row):
    """An agency's rule. Without one a label names the shop and says nothing else."""

    code: Code = Field(title="Agency", description="Its code.")
    words: Annotated[Line, Field(max_length=60)] = Field(
        default="", title="On every label", description="Such as Attn warehouse B, or a requisition number."
    )
    names_shop: bool = Field(
        default=True,
        title="Names the shop",
        description="Some buyers refuse a carton that names its printer.",
    )


class LabelRules(Kind[LabelRuleValue]):
    """Rules of carton labels."""

    code, name, names = "carton_label", "Rule of carton labels", "Rules of carton labels"
    lead = "What an agency wants on the labels of its cartons. Without a row they name the shop and say nothing else."
    value = LabelRuleValue

    def check(self, change: Change[LabelRuleValue]) -> Iterator[Finding]:
        known = select(Agency.id).filter_by(code=change.value.code)
        if change.session.scalars(known).first() is None:
            yield wrong("code", f"There is no agency {change.value.code}.")

    def choices(self, session: Session) -> dict[str, list[tuple[str, str]]]:
        return {
            "code": [(one.code, one.name) for one in session.scalars(select(Agency).order_by(Agency.code))]
        }


LABEL_RULES = LabelRules()
