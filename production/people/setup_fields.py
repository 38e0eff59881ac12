"""Fields that several kinds of set-up rows have."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from production.asked import Asked, Line, Needed, Wrong


class Row(Asked):
    """A row of the set-up, as it is typed, kept and written to a file."""

    CODE: ClassVar[str] = "SETUP"


def looks_like(pattern: str, words: str) -> AfterValidator:
    """Text of a pattern, or nothing where that may be; ``words`` say how it looks."""
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if text and compiled.fullmatch(text) is None:
            raise Wrong(words)
        return text

    return AfterValidator(check)


def words(given: object) -> object:
    """Several words of a list: 'requester; mail operator' as two roles."""
    if isinstance(given, str):
        given = given.replace(",", ";").split(";")
    if isinstance(given, list | tuple | frozenset):
        named = {str(one).strip().lower().replace(" ", "_") for one in given}
        return tuple(sorted(named - {""}))
    return given


Name = Annotated[Needed, Field(max_length=200)]
Code = Annotated[
    Needed,
    looks_like(
        r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,19}", "Write 1 to 20 letters, digits, dots or hyphens, without blanks."
    ),
]
HourOfDay = Annotated[Line, looks_like(r"([01][0-9]|2[0-3]):[0-5][0-9]", "Write a time, as in 16:00.")]
Crid = Annotated[Line, looks_like(r"[0-9]{1,12}", "A CRID has up to 12 digits.")]
