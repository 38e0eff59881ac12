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


Name = Annotated[Needed, Field(max_length=200)]
Code = Annotated[
    Needed,
    looks_like(
        r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,19}", "Write 1 to 20 letters, digits, dots or hyphens, without blanks."
    ),
]
Crid = Annotated[Line, looks_like(r"[0-9]{1,12}", "A CRID has up to 12 digits.")]
