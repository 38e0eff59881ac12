"""Numbers people say on the phone and tickets they scan: jobs, batches, operations.

Jobs and batches draw from one counter a fiscal year, so a number never means two things.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from kernel.clock import fiscal_year
from kernel.errors import InvalidInput
from kernel.ids import job_number, parse_job_number
from production.jobs.states import OperationKind as K
from store import counters
from store.db import UnitOfWork

LETTERS = {
    K.PRESORT: "S",
    K.MERGE: "M",
    K.PAPERS: "A",
    K.PRINT: "P",
    K.FOLD_INSERT: "F",
    K.RECONCILE: "R",
    K.DISPATCH: "D",
    K.DELIVER: "V",
    K.METER: "T",
    K.SORT: "B",
}
_KINDS = {letter: kind for kind, letter in LETTERS.items()}
_TICKET = re.compile(r"(\d{2}-?\d{6}-?\d)-?([A-Z])(\d{1,4})", re.ASCII)
_EXAMPLE = "A ticket looks like 27-000123-4-P03: number, letter of the operation, segment."


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket taken apart."""

    number: str
    kind: K
    segment: int

    def __str__(self) -> str:
        return f"{self.number}-{LETTERS[self.kind]}{self.segment:02d}"


def new_job_number(uow: UnitOfWork, day: date) -> str:
    """The next job number of the fiscal year of ``day``; its counter stays locked until the end."""
    year = fiscal_year(day)
    return job_number(year, counters.next_block(uow, f"job-{year}"))


new_batch_number = new_job_number


def ticket(number: str, kind: K, segment: int = 1) -> str:
    """``27-000123-4-P03``; operations that cover the whole batch or job have segment 1."""
    return str(Ticket(number, kind, segment))


def parse_ticket(text: str) -> Ticket:
    """A scanned or typed ticket, dashes, blanks and case forgiven. InvalidInput TICKET says what is wrong."""
    match = _TICKET.fullmatch("".join(text.split()).upper())
    if match is None:
        raise InvalidInput(f"This is not a ticket. {_EXAMPLE}", code="TICKET")
    number, letter, segment = match.groups()
    try:
        number = parse_job_number(number)
    except ValueError as error:
        raise InvalidInput(f"Ticket not accepted: {error}.", code="TICKET") from error
    if letter not in _KINDS:
        known = ", ".join(sorted(_KINDS))
        raise InvalidInput(f"No operation has the letter {letter}; known letters are {known}.", code="TICKET")
    return Ticket(number, _KINDS[letter], int(segment))
