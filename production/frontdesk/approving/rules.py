"""Rules of approval as rows of the set-up: for which jobs, who says yes, and what happens when nobody does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, model_validator
from sqlalchemy import SelectBase, select
from sqlalchemy.orm import Session

from kernel.findings import Finding
from kernel.money import Money
from production.asked import Count, Day, Dollars, Line, OneOf, Wrong
from production.catalog.models import Product
from production.frontdesk.approving.models import ApprovalRule
from production.people.approval_rules import plant_rule
from production.people.models import Agency, BudgetUnit, Role, User, UserRole
from production.people.names import full_names
from production.people.second_person import consequence
from production.people.setup import Change, Kind, wrong
from production.people.setup_fields import Code, Row
from store.db import UnitOfWork

ANYBODY = "approver"  # in the list of who approves: anybody of the agency with that role
KINDS = {"": "Any", "mailing": "Letters and cards that are mailed", "print": "Printed and delivered"}
NOTHING, FORWARD, RETURN, APPROVE = "", "forward", "return", "approve"
SILENCE = {
    NOTHING: "It goes on waiting",
    FORWARD: "It goes to another approver",
    RETURN: "It goes back to the requester",
    APPROVE: "Silence is a yes",
}
_DaysOfWork = Annotated[Count, Field(ge=1, le=60)]


class AgencyRuleValue(Row):
    """Who approves which jobs."""

    code: Code = Field(title="Code", description="Such as over-500.")
    agency: Line = Field(default="", title="Agency", description="Empty: every agency.")
    amount_from: Dollars | None = Field(default=None, title="Costs from", description="Dollars of one order.")
    amount_to: Dollars | None = Field(
        default=None, title="Costs up to", description="Dollars of one order, this amount too."
    )
    product: Line = Field(default="", title="Product", description="Empty: every product.")
    account: Line = Field(
        default="", title="Account", description="A bill code of the agency; empty: every account."
    )
    kind: Annotated[Line, OneOf(KINDS)] = Field(default="", title="Kind of job")
    since: Day | None = Field(default=None, title="In force from", description="Empty: at once.")
    until: Day | None = Field(
        default=None, title="In force until", description="The last day; empty: for good."
    )
    approvers: Line = Field(
        default="",
        title="Who approves",
        description="Sign-in names with semicolons between; approver: anybody of the agency who may. Empty: the same.",
        max_length=500,
    )
    is_in_order: bool = Field(
        default=False,
        title="All of them, in this order",
        description="Else any one of them.",
    )
    is_without: bool = Field(
        default=False,
        title="No approval is needed",
        description="Goes on as soon as the check is done.",
    )
    remind_after: _DaysOfWork | None = Field(
        default=None, title="Remind after", description="Days of work; empty: as for all notices."
    )
    act_after: _DaysOfWork | None = Field(
        default=None, title="Nobody answered after", description="Days of work; empty: never."
    )
    at_silence: Annotated[Line, OneOf(SILENCE)] = Field(default=NOTHING, title="Then")
    forward_to: Line = Field(
        default="", title="Goes to", description="Sign-in name of who approves when nobody has answered."
    )

    @model_validator(mode="after")
    def _whole(self) -> AgencyRuleValue:
        if self.account and not self.agency:
            raise Wrong("An account belongs to an agency: say which.")
        if self.amount_from is not None and self.amount_to is not None and self.amount_from > self.amount_to:
            raise Wrong("The amount to begin with is more than the amount to end with.")
        if self.since and self.until and self.since > self.until:
            raise Wrong("The last day comes before the first.")
        if self.is_without and (self.names or not self.agency or self.amount_to is None):
            raise Wrong("No approval is needed only for one agency, up to an amount, and with nobody named.")
        if (self.act_after is None) == bool(self.at_silence):
            raise Wrong("Days without an answer, and what happens then, belong together.")
        if (self.at_silence == FORWARD) != bool(self.forward_to):
            raise Wrong("Say to whom it goes, where it goes to another approver, and nowhere else.")
        if self.at_silence == APPROVE and (not self.agency or self.amount_to is None):
            raise Wrong("Silence is a yes only for one agency and up to an amount.")
        if len(set(self.names)) != len(self.names) or (self.is_in_order and len(self.names) < 2):
            raise Wrong("Name each approver once, and for an order at least two.")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Who approves, as typed; none: anybody who may."""
        return tuple(name for one in self.approvers.split(";") if (name := one.strip().lower()))

    @property
    def steps(self) -> tuple[frozenset[str], ...]:
        """Who may say yes at each step; an empty set is anybody of the agency who may."""
        each = self.names if self.is_in_order else (";".join(self.names),)
        named = (frozenset(one.split(";")) - {""} for one in each)
        return tuple(frozenset() if ANYBODY in one else one for one in named)


class AgencyRules(Kind[AgencyRuleValue]):
    """Who approves what."""

    code, name, names = "approval_rule", "Approval rule", "Approval rules"
    lead = (
        "Who approves which jobs. Of several rules that fit a job, the one that says most decides; where none fits, "
        "anybody of the agency who may approve. What waits follows the rules as they stand when somebody decides."
    )
    value = AgencyRuleValue
    listed = (
        "agency", "amount_from", "amount_to", "product", "account", "approvers", "is_in_order", "is_without",
        "act_after", "at_silence",
    )  # fmt: skip

    def rows(self, session: Session) -> list[AgencyRuleValue]:
        return [self._value(row) for row in session.scalars(select(ApprovalRule).order_by(ApprovalRule.code))]

    def keys(self) -> SelectBase:
        return select(ApprovalRule.code)

    def find(self, session: Session, key: str) -> AgencyRuleValue | None:
        row = session.get(ApprovalRule, key, populate_existing=True)
        return self._value(row) if row else None

    def write(self, uow: UnitOfWork, value: AgencyRuleValue) -> None:
        agency = uow.session.scalar(select(Agency.id).filter_by(code=value.agency)) if value.agency else None
        plain = self.documents.plain(value, f"{self.code} {value.code}")
        uow.session.merge(ApprovalRule(code=value.code, agency_id=agency, value=plain))

    def check(self, change: Change[AgencyRuleValue]) -> Iterator[Finding]:
        yield from _places(change)
        yield from _people(change)
        yield from _beyond_the_plant(change)
        if change.before is None and _lets_go(change.value):
            yield wrong(
                "is_without" if change.value.is_without else "at_silence",
                "Enter the rule with an approver first; then a second person agrees to this.",
            )

    def consequences(self, change: Change[AgencyRuleValue]) -> Iterator[Finding]:
        value = change.value
        if value.is_without:
            yield consequence(
                "NO_APPROVAL", f"Nobody looks at jobs up to ${value.amount_to} before they are made."
            )
        if value.at_silence == APPROVE:
            yield consequence("SILENCE_IS_YES", f"Nobody needs to say yes to jobs up to ${value.amount_to}.")
        same = [one.code for one in self.rows(change.session) if _same_conditions(one, value)]
        if same:
            yield consequence(
                "RULE_TIE", f"{', '.join(same)} fits the same jobs: the first by its code decides."
            )

    def needs_second(self, change: Change[AgencyRuleValue]) -> bool:
        """To let go what a person approved until now."""
        before, value = change.before, change.value
        is_wider = before is not None and _lets_go(before) and _reach(value) != _reach(before)
        return _lets_go(value) and (before is None or not _lets_go(before) or is_wider)

    def choices(self, session: Session) -> dict[str, list[tuple[str, str]]]:
        agencies = session.execute(select(Agency.code, Agency.name).order_by(Agency.name, Agency.code))
        products = session.execute(select(Product.code, Product.name).order_by(Product.name, Product.code))
        return {
            "agency": [("", "Every agency"), *((code, f"{name} ({code})") for code, name in agencies)],
            "product": [("", "Every product"), *((code, name) for code, name in products)],
            "kind": list(KINDS.items()),
            "at_silence": list(SILENCE.items()),
        }

    def shown(self, session: Session) -> dict[str, list[tuple[str, str]]]:
        """Approvers by the names that people know each other by."""
        rows = self.rows(session)
        full = full_names(session, {name for one in rows for name in one.names})
        full[ANYBODY] = "Anybody who may"
        said = [(one.approvers, ", ".join(full.get(name, name) for name in one.names)) for one in rows]
        return self.choices(session) | {"approvers": said}

    def _value(self, row: ApprovalRule) -> AgencyRuleValue:
        return self.documents.value(row.value, f"{self.code} {row.code}")


def _lets_go(value: AgencyRuleValue) -> bool:
    return value.is_without or value.at_silence == APPROVE


def _reach(value: AgencyRuleValue) -> tuple[object, ...]:
    """For which jobs it holds."""
    return (
        value.agency, value.amount_from, value.amount_to, value.product, value.account, value.kind, value.since,
        value.until, value.is_without, value.at_silence,
    )  # fmt: skip


def _same_conditions(one: AgencyRuleValue, other: AgencyRuleValue) -> bool:
    """Do two rules say as much, and fit some of the same jobs?"""

    def said(value: AgencyRuleValue) -> tuple[object, ...]:
        has_amount = value.amount_from is not None or value.amount_to is not None
        return value.agency, value.product, value.account, value.kind, has_amount

    def reaches(low: Money | None, high: Money | None) -> bool:
        return low is None or high is None or low <= high

    amounts = reaches(one.amount_from, other.amount_to) and reaches(other.amount_from, one.amount_to)
    return one.code != other.code and said(one) == said(other) and amounts


def _places(change: Change[AgencyRuleValue]) -> Iterator[Finding]:
    value, session = change.value, change.session
    agency = session.scalar(select(Agency.id).filter_by(code=value.agency))
    if value.agency and agency is None:
        yield wrong("agency", f"There is no agency {value.agency}.")
    of_agency = select(BudgetUnit.id).filter_by(agency_id=agency, bill_code=value.account)
    if value.account and session.scalar(of_agency) is None:
        yield wrong("account", f"{value.agency} has no account {value.account}.")
    if value.product and session.get(Product, value.product) is None:
        yield wrong("product", f"There is no product {value.product}.")


def _people(change: Change[AgencyRuleValue]) -> Iterator[Finding]:
    """Whoever is named can approve there."""
    value = change.value
    able = (
        select(User.sign_in_name)
        .join(Agency, Agency.id == User.agency_id)
        .join(UserRole, (UserRole.user_id == User.id) & (UserRole.role == Role.APPROVER))
        .where(User.disabled_at.is_(None), (Agency.code == value.agency) if value.agency else True)  # type: ignore[arg-type]
    )
    known = set(change.session.scalars(able))
    where = f"of {value.agency}" if value.agency else "of an agency"
    for field, names in (
        ("approvers", set(value.names) - {ANYBODY}),
        ("forward_to", {value.forward_to} - {""}),
    ):
        if unknown := sorted(names - known):
            yield wrong(field, f"No approver {where}: {', '.join(unknown)}.")


def _beyond_the_plant(change: Change[AgencyRuleValue]) -> Iterator[Finding]:
    """What the rules of approval of the whole plant do not allow."""
    value, plant = change.value, plant_rule(change.session)
    for field, is_meant, most in (
        ("is_without", value.is_without, plant.without_up_to),
        ("at_silence", value.at_silence == APPROVE, plant.silence_up_to),
    ):
        if is_meant and (most is None or value.amount_to is None or value.amount_to > most):
            words = f"up to ${most}" if most is not None else "for no amount"
            yield wrong(field, f"The plant's rules of approval allow this {words}.")


AGENCY_RULES = AgencyRules()
