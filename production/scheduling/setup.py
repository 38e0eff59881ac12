"""What the shop decides about its schedule, what is tried for late work, and how much it keeps to spare in promises:
rows of the set-up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field
from sqlalchemy.orm import Session

from kernel.money import Money
from production.asked import Count, Dollars, Line
from production.people.setup import Kind, rule_rows
from production.people.setup_fields import Row


class PromiseRuleValue(Row):
    """What lies between the end of the work by the schedule and the day that is told."""

    buffer_minutes: Annotated[Count, Field(ge=0, le=4_800)] = Field(
        default=120,
        title="Minutes to spare",
        description="Of work, where too few runs of a machine have been measured.",
    )
    percent: Annotated[Count, Field(ge=50, le=99)] = Field(
        default=80,
        title="Of 100 runs, how many kept to it",
        description="Where runs were measured, so many of 100 are over within the minutes to spare.",
    )
    least_runs: Annotated[Count, Field(ge=3, le=1_000)] = Field(
        default=20, title="Runs to measure first", description="With fewer, the minutes above hold."
    )
    days_held: Annotated[Count, Field(ge=1, le=60)] = Field(
        default=10,
        title="Days a place is held",
        description="For an order that waits for its approval; for a written quote until its day.",
    )
    source: Annotated[Line, Field(max_length=500)] = Field(
        default="Shop to confirm. Assumed for planning: two hours, until runs are measured.",
        title="Source",
        description="How these figures were found.",
    )


class PromiseRules(Kind[PromiseRuleValue]):
    """There is one row."""

    code, name, names = "promise", "Rule of promises", "Rules of promises"
    lead = "How much the schedule keeps to spare in the days that it promises, and how long it holds a place."
    verb, value, is_one, has_guesses = "keep_machines", PromiseRuleValue, True, True

    def shipped(self) -> Sequence[PromiseRuleValue]:
        return (PromiseRuleValue(),)


PROMISE_RULES = PromiseRules()


def promise_rule(session: Session) -> PromiseRuleValue:
    """What holds now."""
    found: list[PromiseRuleValue] = rule_rows(session, (PROMISE_RULES,))[PROMISE_RULES.code]
    return found[0]


class ScheduleRuleValue(Row):
    """How still the schedule stands, and what is tried for late work."""

    frozen_hours: Annotated[Count, Field(ge=0, le=72)] = Field(
        default=2,
        title="Hours in which nothing moves by itself",
        description="What begins so soon stays where it is when the plant is scheduled again; people may move it.",
    )
    overtime_hours: Annotated[Count, Field(ge=1, le=12)] = Field(
        default=2,
        title="Hours of overtime to try",
        description="After the last hour of work of the machine's day.",
    )
    outside_days: Annotated[Count, Field(ge=1, le=60)] = Field(
        default=5,
        title="Days that outside work takes",
        description="Days of work, from handing over to return.",
    )
    machine_hour: Dollars = Field(
        default=Money(45_00),
        title="An hour at a machine",
        description="What it costs with its person: by it the ways that help late work are compared.",
    )
    overtime_percent: Annotated[Count, Field(ge=0, le=300)] = Field(
        default=50, title="More for an hour of overtime, percent", description="Of an hour at a machine."
    )
    outside_percent: Annotated[Count, Field(ge=0, le=1_000)] = Field(
        default=150,
        title="Work outside, percent",
        description="Of what the same work costs at a machine here.",
    )
    source: Annotated[Line, Field(max_length=500)] = Field(
        default="Our guess: shop to confirm.", title="Source", description="How these figures were found."
    )


class ScheduleRules(Kind[ScheduleRuleValue]):
    """There is one row."""

    code, name, names = "schedule_rule", "Rules of the schedule", "Rules of the schedule"
    lead = "For how long the schedule stands still, and what is tried where work will be late."
    verb, value, is_one, has_guesses = "keep_machines", ScheduleRuleValue, True, True

    def shipped(self) -> Sequence[ScheduleRuleValue]:
        return (ScheduleRuleValue(),)


def schedule_rules(session: Session) -> ScheduleRuleValue:
    """What holds now."""
    rows: list[ScheduleRuleValue] = rule_rows(session, (SCHEDULE_RULES,))[SCHEDULE_RULES.code]
    return rows[0]


SCHEDULE_RULES = ScheduleRules()
