"""PROBLEM: calendars, work centers, jobs and operations to be scheduled, as the print contract writes them.

Times have an offset and are whole minutes; minutes are of open time but ``lag_minutes``, which pass by night too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Any

from pydantic import AfterValidator, AliasChoices, Field

from kernel.errors import InvalidInput, UserError
from kernel.findings import Finding, Place, Severity
from production.catalog.products.reading import Code, Given, read_json, shaped

REFUSED = "The work cannot be scheduled."
MOST_OPERATIONS = 20_000
_MOST_MINUTES = 1_000_000  # two years


def _whole(given: datetime) -> datetime:
    if given.tzinfo is None:
        raise ValueError("a time with its offset is expected, as in 2026-12-08T07:00:00-06:00")
    if given.second or given.microsecond:
        raise ValueError("a whole minute is expected")
    return given


Moment = Annotated[datetime, AfterValidator(_whole)]
Minutes = Annotated[int, Field(ge=0, le=_MOST_MINUTES)]


class Calendar(Given):
    """When work goes on: from, to."""

    windows: Annotated[tuple[tuple[Moment, Moment], ...], Field(max_length=100_000)]


class LastRun(Given):
    """What a work center is set up for."""

    stock: str | None = None
    size: str | None = None


class WorkCenter(Given):
    """A machine or a bench, of a class of those that do the same."""

    id: Code
    class_: Code = Field(alias="class")
    calendar: Code
    state: LastRun | None = None


class SetUp(Given):
    """Minutes for another stock, and for another size."""

    stock: Minutes = 0
    size: Minutes = 0


class Job(Given):
    """What must be done by when; ``weight``: what a minute late costs against those of others."""

    id: Code
    due: Moment
    weight: Annotated[int, Field(ge=0, le=1_000_000)] = 1


class Fixed(Given):
    """Where and when a run begins that is not to be moved."""

    work_center: Code = Field(validation_alias=AliasChoices("work_centre", "centre", "work_center"))
    start: Moment


class Operation(Given):
    """One run: ``minutes`` by work center that may do it; it begins ``lag_minutes`` after all it needs are done, not
    before ``release``. ``may_pause``: it may stop where the calendar closes and go on when it opens.
    """

    id: Code
    job: Code
    class_: Code | None = Field(default=None, alias="class")
    minutes: Annotated[dict[Code, Minutes], Field(min_length=1)]
    stock: str | None = None
    size: str | None = None
    needs: tuple[Code, ...] = ()
    lag_minutes: Minutes = 0
    may_pause: bool = True
    release: Moment | None = None
    fixed: Fixed | None = None


class Problem(Given):
    """Everything that decides a schedule."""

    now: Moment
    calendars: dict[Code, Calendar]
    work_centers: Annotated[tuple[WorkCenter, ...], Field(alias="work_centres", max_length=2_000)]
    setup: Annotated[dict[Code, SetUp], Field(default_factory=dict)]
    jobs: Annotated[tuple[Job, ...], Field(max_length=MOST_OPERATIONS)]
    operations: Annotated[tuple[Operation, ...], Field(max_length=MOST_OPERATIONS)]


def read_problem(text: bytes | str) -> Problem:
    """A PROBLEM from its JSON. InvalidInput SPEC_FIELD, CENTRE_UNKNOWN, CALENDAR_EMPTY, ROUTE_CYCLE; ``field`` says
    which.
    """
    return problem_of(read_json(text, refused=REFUSED))


def problem_of(given: object) -> Problem:
    """A PROBLEM from plain values, as of ``json.loads``."""
    problem = shaped(Problem, given, refused=REFUSED, code_of=_code)
    found = list(_findings(problem))
    if found:
        first = found[0]
        raise refusal(first.code, first.message, first.place.column or "", found)
    return problem


def refusal(
    code: str, message: str, field: str, found: list[Finding] | None = None, **details: Any
) -> UserError:
    """What is said of work that cannot be scheduled."""
    return InvalidInput(f"{REFUSED} {message}", code=code, findings=found, field=field, **details)


def _code(_error: Mapping[str, Any]) -> str:
    return "SPEC_FIELD"


def _findings(problem: Problem) -> Iterator[Finding]:
    yield from _twice("work_centres", [one.id for one in problem.work_centers])
    yield from _twice("jobs", [one.id for one in problem.jobs])
    yield from _twice("operations", [one.id for one in problem.operations])
    yield from _of_calendars(problem)
    yield from _of_operations(problem)
    yield from _circles(problem)


def _twice(where: str, ids: list[str]) -> Iterator[Finding]:
    seen: set[str] = set()
    for at, one in enumerate(ids):
        if one in seen:
            yield _finding(
                "SPEC_FIELD", f"{where}.{at}.id", f"{one} is there twice.", "Give each its own name."
            )
        seen.add(one)


def _of_calendars(problem: Problem) -> Iterator[Finding]:
    for name, calendar in problem.calendars.items():
        for at, (start, end) in enumerate(calendar.windows):
            if end <= start:
                yield _finding(
                    "SPEC_FIELD", f"calendars.{name}.windows.{at}", "It ends before it begins.",
                    "Turn the two times round."
                )  # fmt: skip
    for at, center in enumerate(problem.work_centers):
        known = problem.calendars.get(center.calendar)
        if known is None:
            yield _finding(
                "CALENDAR_EMPTY", f"work_centres.{at}.calendar", f"There is no calendar {center.calendar}.",
                "Name one of the calendars.",
            )  # fmt: skip
        elif not any(end > problem.now for _, end in known.windows):
            yield _finding(
                "CALENDAR_EMPTY", f"work_centres.{at}.calendar", f"{center.id} is never open from now on.",
                "Give its calendar hours.",
            )  # fmt: skip


def _of_operations(problem: Problem) -> Iterator[Finding]:
    centers = {one.id for one in problem.work_centers}
    jobs, operations = {one.id for one in problem.jobs}, {one.id for one in problem.operations}
    for at, one in enumerate(problem.operations):
        for name in one.minutes:
            if name not in centers:
                yield _unknown("CENTRE_UNKNOWN", f"operations.{at}.minutes", "work center", name)
        if one.fixed and one.fixed.work_center not in one.minutes:
            yield _finding(
                "CENTRE_UNKNOWN", f"operations.{at}.fixed", f"{one.id} has no minutes on {one.fixed.work_center}.",
                "Say how long it runs there.",
            )  # fmt: skip
        if one.job not in jobs:
            yield _unknown("SPEC_FIELD", f"operations.{at}.job", "job", one.job)
        for need in one.needs:
            if need not in operations:
                yield _unknown("SPEC_FIELD", f"operations.{at}.needs", "operation", need)


def _circles(problem: Problem) -> Iterator[Finding]:
    try:
        TopologicalSorter({one.id: one.needs for one in problem.operations}).prepare()
    except CycleError as error:
        ring = error.args[1]
        at = next(at for at, one in enumerate(problem.operations) if one.id == ring[0])
        yield _finding(
            "ROUTE_CYCLE", f"operations.{at}.needs", f"These wait for one another: {' -> '.join(ring)}.",
            "Take one of the needs out.",
        )  # fmt: skip


def _unknown(code: str, field: str, kind: str, name: str) -> Finding:
    return _finding(code, field, f"There is no {kind} {name}.", f"Add the {kind}, or correct the name.")


def _finding(code: str, field: str, message: str, remedy: str) -> Finding:
    return Finding(code, Severity.STOP, message, remedy, Place(column=field))
