"""Values inside the rows of the catalog: sheets of a stock, options of a product with their choices."""

from __future__ import annotations

import re
from collections.abc import Collection
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from production.asked import Asked, Input, Wrong

Code = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]*$")]
Text = Annotated[str, Field(min_length=1, max_length=120)]
Inches = Annotated[Decimal, Field(gt=0, lt=1000, decimal_places=4), AfterValidator(Decimal.normalize)]


class Part(Asked):
    """A value inside a row; unknown keys are refused."""

    model_config = ConfigDict(from_attributes=True)
    CODE: ClassVar[str] = "SETUP"


class Sheet(Part):
    """A sheet as it is kept: width and height as it lies in the feeder, and which way the grain runs."""

    width_in: Inches
    height_in: Inches
    grain: Annotated[str, Field(pattern="^(long|short|unknown)$")] = "unknown"

    def __str__(self) -> str:
        return f"{self.width_in:f} x {self.height_in:f} {self.grain}"


_SHEET = re.compile(r"([0-9.]+)\s*x\s*([0-9.]+)(?:\s+(long|short|unknown))?", re.IGNORECASE)


def _as_sheets(given: Any) -> Any:
    """'8.5 x 11 long; 11 x 17' as sheets."""
    if not isinstance(given, str):
        return given
    found = []
    for part in filter(None, (one.strip() for one in re.split(r"[;\n]", given))):
        sheet = _SHEET.fullmatch(part)
        if sheet is None:
            raise Wrong("Write width x height and the grain, as in 8.5 x 11 long; 11 x 17 short.")
        width, height, grain = sheet.groups()
        found.append({"width_in": width, "height_in": height, "grain": (grain or "unknown").lower()})
    return found


Sheets = Annotated[tuple[Sheet, ...], BeforeValidator(_as_sheets), Input("paragraph")]


class FirstCheck(Part):
    """What is measured of the first piece, plus or minus ``tolerance``. ``target``: the fact of the order that says
    what it must be; None where the order does not know.
    """

    name: Text
    unit: Code
    target: Code | None = None
    tolerance: Annotated[Decimal, Field(ge=0, lt=1000, decimal_places=4), AfterValidator(Decimal.normalize)]


class _Bound(Part):
    """What stands beside an answer: other options by code, each with the values meant, none for any but "none"."""

    excludes: dict[Code, tuple[str, ...]] = Field(default_factory=dict)
    needs: dict[Code, tuple[str, ...]] = Field(default_factory=dict)


class Choice(_Bound):
    """One answer to an option; the value "" means none."""

    value: Annotated[str, Field(max_length=40)]
    name: Text


class Option(_Bound):
    """A question of the order that the route, the price or the paper depends on; the first choice is the usual one.
    Its ``excludes`` and ``needs`` hold for every answer but none.
    """

    code: Code
    question: Text
    hint: str = ""
    choices: Annotated[tuple[Choice, ...], Field(min_length=1)]

    def among(self, values: Collection[str] = ()) -> tuple[Choice, ...]:
        """Its choices of these values; all but none where none are given."""
        return tuple(one for one in self.choices if (one.value in values if values else one.value))

    def chosen(self, value: str, among: Collection[str] = ()) -> tuple[Choice, ...]:
        """The choice of this value when it is one of ``among``; else nothing."""
        return tuple(one for one in self.among(among) if one.value == value)
