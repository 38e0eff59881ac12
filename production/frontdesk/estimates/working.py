"""The working of an estimate: each figure is computed by the formula that it is shown with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from production.catalog.products.formulas import Number, value_of


class Standing(NamedTuple):
    """The standard that a figure goes by, as a path into the standards, and where that comes from."""

    standard: str = ""
    source: str = ""


OF_THE_CONTRACT = Standing("", "print contract")


class Line(NamedTuple):
    """A figure with its formula, the values in it, and the standard it goes by."""

    name: str
    formula: str
    values: dict[str, Number]
    result: Number
    standing: Standing


@dataclass(slots=True)
class Working:
    """Lines in the order in which they were worked out."""

    lines: list[Line] = field(default_factory=list)

    def value(
        self, name: str, formula: str, standing: Standing = OF_THE_CONTRACT, /, **values: Number
    ) -> Decimal:
        """A figure, kept as a line."""
        return Decimal(self._line(name, formula, standing, values))

    def count(
        self, name: str, formula: str, standing: Standing = OF_THE_CONTRACT, /, **values: Number
    ) -> int:
        """A whole number, kept as a line."""
        return int(self._line(name, formula, standing, values))

    def total(self, name: str, parts: Sequence[Decimal], standing: Standing = OF_THE_CONTRACT) -> Decimal:
        """The sum of parts, kept as a line."""
        names = [f"part_{n}" for n in range(1, len(parts) + 1)]
        return self.value(name, " + ".join(names) or "0", standing, **dict(zip(names, parts, strict=True)))

    def _line(self, name: str, formula: str, standing: Standing, values: dict[str, Number]) -> Number:
        result = value_of(formula, values)
        self.lines.append(Line(name, formula, values, result, standing))
        return result
