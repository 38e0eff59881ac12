"""Whose number of a parcel it is: formats and check digits of carriers as data."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

_DATA = Path(__file__).with_name("carriers.toml")


class Format(NamedTuple):
    """A kind of number: what it looks like, and how its check digit at ``at`` follows from the others."""

    name: str
    pattern: str
    counted: tuple[int, int]
    weights: tuple[int, ...]
    check: str
    at: int

    def fits(self, number: str) -> bool:
        """Is its check digit the right one?"""
        digits = [_value(letter) for letter in number[slice(*self.counted)]]
        total = sum(digit * weight for digit, weight in zip(digits, cycle(self.weights), strict=False))
        return number[self.at] == str(_CHECKS[self.check](total))


class Known(NamedTuple):
    """What is known of a number: as it is kept, whose it is (nothing: nobody's that is known), and what is doubtful."""

    number: str
    carrier: str
    doubt: str


def known(text: str) -> Known:
    """Of what somebody typed or scanned."""
    number = re.sub(r"[\s\-]", "", text).upper()
    looks = [one for one in _formats() if re.fullmatch(one.pattern, number)]
    right = next((one for one in looks if one.fits(number)), None)
    if right:
        return Known(number, right.name, "")
    if looks:
        names = " or ".join(dict.fromkeys(one.name for one in looks))
        return Known(
            number, "", f"It looks like a number of {names}, but its check digit is wrong: type it again."
        )
    return Known(number, "", "No carrier that is known here numbers its parcels so.")


def _value(letter: str) -> int:
    return int(letter) if letter.isdigit() else (ord(letter) - 3) % 10


_CHECKS: Mapping[str, Callable[[int], int]] = {
    "mod10": lambda total: -total % 10,
    "mod11": lambda total: total % 11 % 10,
    "s10": lambda total: {10: 0, 11: 5}.get(11 - total % 11, 11 - total % 11),
}


@lru_cache(maxsize=1)
def _formats() -> tuple[Format, ...]:
    rows = tomllib.loads(_DATA.read_text("utf-8"))["carrier"]
    return tuple(
        Format(**row | {"counted": tuple(row["counted"]), "weights": tuple(row["weights"])}) for row in rows
    )
