"""Consecutive numbers of forms and sets: the format, which is read here and nowhere interpreted as code, and check
digits.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from kernel.errors import InvalidInput
from kernel.ids import damm

MOST = 999_999_999  # nine digits; numbering boxes have six to eight
_FIELD = re.compile(r"\{(?::(0?\d{1,2})?d)?\}|\{check(?::(\w+))?\}|\{\{|\}\}|[^{}]+")
_REMEDY = (
    "Write text around {:06d} (six digits with zeros), {:d} or {}, and {check} where a check digit stands."
)


def _luhn(digits: str) -> int:
    """ISO/IEC 7812-1, annex B: every second digit from the right doubled."""
    total = sum(sum(divmod(int(d) * (2 - k % 2), 10)) for k, d in enumerate(reversed(digits)))
    return -total % 10


def _remainder_7(digits: str) -> int:
    """The remainder of a division by seven, as money orders and tickets have it."""
    return int(digits) % 7


CHECKS: dict[str, Callable[[str], int]] = {"damm": damm, "luhn": _luhn, "mod7": _remainder_7}


@dataclass(frozen=True, slots=True)
class _Part:
    """Text as it stands, the number in ``width`` places, or a check digit. ``text`` is None for the last two."""

    text: str | None
    width: int = 0
    fill: str = " "
    check: str = ""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers ``first`` to ``last``, one a unit, written as ``format`` says: text with ``{:06d}``, ``{:d}`` or ``{}``
    for the number, ``{check}`` (Damm), ``{check:luhn}`` or ``{check:mod7}`` for a digit over it, ``{{`` and ``}}``."""

    first: int
    last: int
    format: str = "{:06d}"

    def __post_init__(self) -> None:
        if not 0 <= self.first <= self.last <= MOST:
            raise InvalidInput(
                f"Numbers run from {self.first} to {self.last}.",
                code="NUMBER_RANGE",
                remedy=f"The first is at least 0, the last not below it and at most {MOST}.",
                field="number_last",
            )
        parts = _parts(self.format)
        if sum(part.text is None and not part.check for part in parts) != 1:
            raise _misread(self.format)
        width = next(part.width for part in parts if part.text is None and not part.check)
        if width and len(str(self.last)) > width:
            raise InvalidInput(
                f"{self.last} does not fit into the {width} places of the format.",
                code="NUMBER_RANGE",
                remedy="Give the format more places, or end earlier.",
                field="number_format",
            )

    @property
    def amount(self) -> int:
        """How many there are."""
        return self.last - self.first + 1

    def written(self, number: int) -> str:
        """The number as it is printed."""
        return "".join(_written(part, number) for part in _parts(self.format))


@lru_cache(maxsize=16)
def _parts(format_: str) -> tuple[_Part, ...]:
    found = list(_FIELD.finditer(format_))
    if "".join(match[0] for match in found) != format_:
        raise _misread(format_)
    return tuple(_part(match, format_) for match in found)


def _part(match: re.Match[str], whole: str) -> _Part:
    said = match[0]
    if said.startswith("{check"):
        check = match[2] or "damm"
        if check not in CHECKS:
            raise _misread(whole)
        return _Part(None, check=check)
    if said in {"{{", "}}"} or not said.startswith("{"):
        return _Part(said[0] if said in {"{{", "}}"} else said)
    places = match[1] or ""
    return _Part(None, int(places or 0), "0" if places.startswith("0") else " ")


def _written(part: _Part, number: int) -> str:
    if part.text is not None:
        return part.text
    digits = str(number)
    return str(CHECKS[part.check](digits)) if part.check else digits.rjust(part.width, part.fill)


def _misread(format_: str) -> InvalidInput:
    return InvalidInput(
        f'The number format "{format_[:60]}" cannot be read.',
        code="SPEC_FIELD",
        remedy=_REMEDY,
        field="number_format",
    )
