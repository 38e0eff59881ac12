"""Whose turn it is to approve: from the steps of a rule, what was done so far, and who may do what today. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kernel.money import Money
from production.frontdesk.approving.models import Act

Steps = tuple[frozenset[str], ...]
ANYBODY: Steps = (frozenset(),)  # one step, by anybody of the agency who may


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the agency. ``limit``: dollars of one order, None without; ``stand_in``: who stands in today."""

    name: str
    is_approver: bool
    limit: Money | None
    stand_in: str = ""

    def may(self, total: Money | None) -> bool:
        """Is the amount within the limit?"""
        return self.limit is None or total is None or total <= self.limit


@dataclass(frozen=True, slots=True)
class Done:
    """What was done about this revision."""

    act: Act
    actor: str
    in_place_of: str
    goes_to: str
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """Step ``step`` of ``steps`` (from 1), since when. ``holders``: whom rule or colleague named, none for anybody who
    may. ``able``: whose yes counts now, each with whom they stand in for, "" for nobody; ``free``: whose could.
    """

    step: int
    steps: int
    since: datetime
    holders: frozenset[str]
    able: Mapping[str, str]
    free: frozenset[str]
    forwarded: Done | None

    @property
    def is_last(self) -> bool:
        """Does this yes settle it?"""
        return self.step >= self.steps


def turn_of(
    steps: Steps,
    done: Sequence[Done],
    people: Mapping[str, Person],
    *,
    total: Money | None,
    barred: Collection[str],
    asked_at: datetime,
) -> Turn:
    """Whose turn it is after what was ``done``, oldest first. ``barred``: who ordered or changed the job, who never
    approves it, in nobody's place and by nobody standing in.
    """
    given = [one for one in done if one.act is Act.GIVEN]
    since = [one for one in done if one.act in (Act.GIVEN, Act.FORWARDED)]
    forwarded = since[-1] if since and since[-1].act is Act.FORWARDED else None
    at = min(len(given), len(steps) - 1)
    holders = frozenset({forwarded.goes_to}) if forwarded else steps[at]
    kept_out = {*barred, *(name for one in given for name in (one.actor, one.in_place_of))}
    return Turn(
        at + 1, len(steps), since[-1].at if since else asked_at, holders,
        _able(holders, people, total, kept_out), frozenset(_able((), people, total, kept_out)), forwarded,
    )  # fmt: skip


def _able(
    holders: Collection[str], people: Mapping[str, Person], total: Money | None, barred: Collection[str]
) -> dict[str, str]:
    first = [
        one
        for name in sorted(holders or people)
        if (one := people.get(name)) and one.is_approver and name not in barred and one.may(total)
    ]
    able = {one.name: "" for one in first}
    for one in first:
        stand_in = people.get(one.stand_in)
        if stand_in and stand_in.name not in barred and stand_in.may(total):
            able.setdefault(stand_in.name, one.name)
    return able
