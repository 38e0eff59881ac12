"""Identifiers: ULIDs (kept as uuid), and job numbers like ``27-004218-1`` with a Damm check digit."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from uuid import UUID

from kernel.errors import NotFound

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CROCKFORD_VALUE = {c: i for i, c in enumerate(_CROCKFORD)} | {"I": 1, "L": 1, "O": 0}

# H. M. Damm, "Total anti-symmetrische Quasigruppen" (2004): catches every single wrong digit and
# every swap of neighbors.
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)
_JOB_NUMBER = re.compile(r"(\d{2})-?(\d{6})-?(\d)")


def new_ulid(instant: datetime) -> UUID:
    """A ULID (48 bits of milliseconds, 80 random bits) in a uuid; sorts by creation."""
    milliseconds = int(instant.timestamp() * 1000)
    return UUID(int=(milliseconds << 80) | secrets.randbits(80))


def show_ulid(value: UUID) -> str:
    """26 letters of Crockford's base 32."""
    number, letters = value.int, []
    for _ in range(26):
        number, digit = divmod(number, 32)
        letters.append(_CROCKFORD[digit])
    return "".join(reversed(letters))


def parse_ulid(text: str) -> UUID:
    """The reverse of ``show_ulid``; ValueError for anything else."""
    if len(text) != 26:
        raise ValueError("a public id has 26 characters")
    number = 0
    for letter in text.upper():
        if letter not in _CROCKFORD_VALUE:
            raise ValueError("not a public id")
        number = number * 32 + _CROCKFORD_VALUE[letter]
    if number >= 1 << 128:
        raise ValueError("not a public id")
    return UUID(int=number)


def named_ulid(text: str, what: str) -> UUID:
    """The public id of a thing that an address names. NotFound, in words of ``what``, where it is none."""
    try:
        return parse_ulid(text)
    except ValueError as error:
        raise NotFound(f"There is no such {what}.") from error


def damm(digits: str) -> int:
    """Check digit; a string that ends in its own check digit gives 0."""
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return interim


def job_number(fiscal_year: int, sequence: int) -> str:
    """``27-004218-1``: two digits of the fiscal year, the sequence, the check digit. Sequence 1..999,999."""
    if not 1 <= sequence <= 999_999:
        raise ValueError("job sequence runs from 1 to 999,999 a fiscal year")
    year = f"{fiscal_year % 100:02d}"
    return f"{year}-{sequence:06d}-{damm(f'{year}{sequence:06d}')}"


def parse_job_number(text: str) -> str:
    """Canonical form of a typed or scanned job number, dashes optional; ValueError if the check digit fails."""
    match = _JOB_NUMBER.fullmatch(text.strip())
    if not match:
        raise ValueError("a job number looks like 27-004218-1")
    year, sequence, check = match.groups()
    if damm(year + sequence + check) != 0:
        raise ValueError("the check digit does not match: look for a mistyped digit")
    return f"{year}-{sequence}-{check}"
