"""Numbers people say on the phone and tickets they scan: jobs, lots, operations.

Jobs and lots draw from one counter a fiscal year, so a number never means two things.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from kernel.clock import fiscal_year
from kernel.errors import InvalidInput
from kernel.ids import job_number, parse_job_number
from store import counters
from store.db import UnitOfWork

_TICKET = re.compile(r"(\d{9})(\d{2})(\d{1,4})?(?:\.(\d{1,4}))?", re.ASCII)
_SHAPE = re.compile(r"(\d{2}-?\d{6}-?\d-\d{2}(-?\d{1,4})?|\d{11,15})(\.\d{1,4})?", re.ASCII)
_PART = re.compile(r"(?:(\d{2})-(?=\d{6}$))?(\d{1,6})", re.ASCII)
_CARTON = re.compile(r"(\d{9})C(\d{1,6})", re.ASCII | re.IGNORECASE)
_YEARS = 5
_EXAMPLE = "A ticket looks like 27-000123-4-40-03: number, step, and segment if there are several."


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket taken apart: number of the lot, step of its route (1 to 99), segment where the step has several; the
    ``issue`` of the paper it was scanned from, where that says one."""

    number: str
    step: int
    segment: int | None = None
    issue: int | None = None

    def __str__(self) -> str:
        segment = "" if self.segment is None else f"-{self.segment:02d}"
        return f"{self.number}-{self.step:02d}{segment}"


def new_job_number(uow: UnitOfWork, day: date) -> str:
    """The next job number of the fiscal year of ``day``; its counter stays locked until the end."""
    year = fiscal_year(day)
    return job_number(year, counters.next_block(uow, f"job-{year}"))


new_lot_number = new_job_number


def ticket(number: str, step: int, segment: int | None = None) -> str:
    """``27-000123-4-40-03``; an operation that covers its whole lot has no segment."""
    return str(Ticket(number, step, segment))


def ticket_code(ticket: str, issue: int) -> str:
    """What the scanner reads of a ticket on paper that is issued again when it changes: ``27000123440.2``."""
    return f"{ticket.replace('-', '')}.{issue}"


def carton_code(job: str, carton: int) -> str:
    """What the scanner reads of a carton: ``270001234C3``."""
    return f"{job.replace('-', '')}C{carton}"


def parse_carton(text: str) -> tuple[str, int]:
    """Number of the job and of the carton. InvalidInput CARTON for what is no label of one."""
    match = _CARTON.fullmatch("".join(text.split()).replace("-", ""))
    with suppress(ValueError):
        if match:
            return parse_job_number(match[1]), int(match[2])
    raise InvalidInput(
        "This is not a carton. Its label says something like 270001234C3.", code="CARTON", field="pieces"
    )


def numbers_meant(text: str, day: date) -> tuple[str, ...]:
    """A number typed whole, without its check digit, or by the digits between alone: then of the fiscal year of ``day``
    and the four before. Empty for what is no number.
    """
    typed = "".join(text.split())
    with suppress(ValueError):
        return (parse_job_number(typed),)
    match = _PART.fullmatch(typed)
    if match is None or not int(match[2]):
        return ()
    newest = fiscal_year(day)
    years = [int(match[1])] if match[1] else range(newest, newest - _YEARS, -1)
    return tuple(job_number(year, int(match[2])) for year in years)


def looks_like_ticket(text: str) -> bool:
    """Is it a ticket rather than pieces or a page mark? Nothing is said about whether there is such a one."""
    return _SHAPE.fullmatch("".join(text.split())) is not None


def parse_ticket(text: str) -> Ticket:
    """A scanned or typed ticket, dashes and blanks forgiven. InvalidInput TICKET says what is wrong."""
    match = _TICKET.fullmatch("".join(text.split()).replace("-", ""))
    if match is None:
        raise InvalidInput(f"This is not a ticket. {_EXAMPLE}", code="TICKET")
    number, step, segment, issue = match.groups()
    try:
        number = parse_job_number(number)
    except ValueError as error:
        raise InvalidInput(f"Ticket not accepted: {error}.", code="TICKET") from error
    if not int(step) or (segment is not None and not int(segment)):
        raise InvalidInput(f"Steps and segments are numbered from 1. {_EXAMPLE}", code="TICKET")
    return Ticket(number, int(step), int(segment) if segment else None, int(issue) if issue else None)
