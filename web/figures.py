"""A number that opens its rows: what every figure of a home is, and the only way one is drawn."""

from __future__ import annotations

from typing import NamedTuple

from kernel.money import Money
from web.formats import count, money


class Figure(NamedTuple):
    """``url`` leads to a list of so many rows; with a ``column``, to one whose cells of that column add up to it."""

    words: str
    value: int | Money
    url: str
    note: str = ""
    column: str = ""
    picture: str = ""

    @property
    def shown(self) -> str:
        """As people read it."""
        return money(self.value) if isinstance(self.value, Money) else count(self.value)
