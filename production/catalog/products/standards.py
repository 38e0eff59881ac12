"""STANDARDS: papers, machines, operations and rules of a shop, as the print contract writes them. Every figure is a
default that the shop replaces with what it measured; ``source`` says where it comes from.

Hours, speeds and counts are per machine; money is exact dollars (``Dollars``), rounded by nobody but the price.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from production.catalog.products.reading import Code, Given, Inches, Size, read_json, shaped
from production.catalog.products.spec import Inks

NOT_CONFIRMED = "shop to confirm"
_SHIPPED = Path(__file__).parent / "data" / "standards.toml"

Dollars = Annotated[Decimal, Field(ge=0, le=1_000_000)]
Minutes = Annotated[Decimal, Field(ge=0, le=100_000)]
# Slower than one in six weeks nothing of a shop is; below that minutes and money outgrow what can be counted.
Speed = Annotated[Decimal, Field(ge=Decimal("0.001"), le=10_000_000)]
Units = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
Fraction = Annotated[Decimal, Field(ge=0, lt=1)]
Share = Annotated[Decimal, Field(ge=0, le=100)]


class Standard(Given):
    """What every row says: its name for people, and where its figures come from."""

    model_config = ConfigDict(validate_by_name=False)
    name: str = ""
    source: str = NOT_CONFIRMED


class StockSheet(Given):
    """A sheet of a stock as it is bought; ``per_m``: dollars of 1,000."""

    size: Size
    grain: Literal["long", "short"]
    per_m: Dollars


class Stock(Standard):
    """A paper. ``basis_lb``: pounds of 500 sheets of its ``basic`` size; ``coating``: CB, CFB, CF of carbonless;
    ``on_shelf``: it need not be bought for the order; ``parents``: large sheets that are cut down before the press.
    """

    grade: Code
    basis_lb: Annotated[Decimal, Field(gt=0, lt=2000)]
    basic: Size
    caliper: Inches
    coating: Code | None = None
    on_shelf: bool = True
    sheets: tuple[StockSheet, ...] = ()
    parents: tuple[StockSheet, ...] = ()


class Press(Standard):
    """A press. ``inks``: how many it can print on a side; ``units``: in one pass, where not all; ``duplex``: it prints
    both sides in one pass, with so many units for each. ``click``: dollars of a printed side by inks; ``idle``: out of
    use, and told as that.
    """

    kind: Literal["digital", "offset"]
    sheets: tuple[Size, ...]
    margin: Annotated[Decimal, Field(ge=0, le=10)]
    gripper: Annotated[Decimal, Field(ge=0, le=10)] = Decimal(0)
    inks: Inks = Field(alias="colours")
    duplex: bool
    units: Annotated[int, Field(strict=True, ge=1, le=12)] | None = None
    min_caliper: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    max_caliper: Inches
    makeready_minutes: Minutes
    makeready_sheets: Units
    running_waste: Fraction
    sides_per_hour: Speed | None = None
    sheets_per_hour: Speed | None = None
    hour: Dollars
    click: Mapping[Annotated[str, Field(pattern=r"^[1-9]\d?$")], Dollars] = Field(default_factory=dict)
    plate: Dollars = Decimal(0)
    blank_sides_click: bool = False
    idle: bool = False

    @property
    def at_once(self) -> int:
        """Inks of one pass: of a digital press all that it has."""
        return max(self.inks, 1) if self.kind == "digital" or self.units is None else self.units


class OperationStandard(Standard):
    """A step of the bindery on its machine. Its speed is cuts, a belt, or units an hour; without one it takes
    its set-up alone. ``setup_units`` are spoiled at set-up. ``hour`` absent: hand work at the shop's labor rate.
    ``includes``: steps done in the same pass. ``each``, ``fixed``: dollars paid outside, of a unit and of the job.
    """

    machine: Code
    setup_minutes: Minutes = Decimal(0)
    setup_units: Units = 0
    running_waste: Fraction = Decimal(0)
    hour: Dollars | None = None
    per_hour: Speed | None = None
    cuts_per_hour: Speed | None = None
    clamp_in: Inches | None = None
    max_sheets: Annotated[int, Field(strict=True, ge=1)] | None = None
    pretrim_edges: Annotated[int, Field(strict=True, ge=0, le=4)] = 4
    belt_in_per_min: Speed | None = None
    gap_factor: Annotated[Decimal, Field(ge=1, le=10)] = Decimal(1)
    max_thickness: Inches | None = None
    includes: tuple[Code, ...] = ()
    each: Dollars = Decimal(0)
    fixed: Dollars = Decimal(0)


class EnvelopeStandard(Standard):
    """An envelope that a piece is mailed in."""

    size: Size
    weight_oz: Annotated[Decimal, Field(ge=0, le=100)]
    max_sheets: Annotated[int, Field(strict=True, ge=1)] | None = None
    caliper: Inches | None = None


class Carton(Standard):
    """A carton; pounds. ``inside``: inches of its bottom both ways and its height; ``per_pallet``: how many stand on a
    pallet. None where nobody measured it.
    """

    max_lb: Annotated[Decimal, Field(gt=0, le=10_000)]
    empty_lb: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    inside: tuple[Inches, Inches, Inches] | None = None
    per_pallet: Annotated[int, Field(strict=True, ge=1, le=1000)] | None = None


class Rules(Given):
    """What holds for the whole shop. ``markup``: a share of the total; ``rush``: read, and nothing is added by it: the
    plant's rate card says it (``order.rush``), and its calendar when; ``spread``: how far minutes may stray from the
    standard, as a share of them. Inches: ``spine_allowance``, and ``folds_across``, the thickest paper of which a
    single sheet folds across the grain without a score (shop to confirm).
    """

    waste: Literal["divide", "multiply"] = "divide"
    markup: Share = Decimal(0)
    rush: Share = Decimal(0)
    labour_hour: Dollars = Decimal(0)
    spine_allowance: Annotated[Decimal, Field(ge=0, le=1)] = Decimal(0)
    spread: Fraction = Decimal(0)
    folds_across: Annotated[Decimal, Field(ge=0, le=1)] = Decimal("0.006")


class Standards(Given):
    """All standards of a shop, by code."""

    stocks: Mapping[str, Stock] = Field(default_factory=dict)
    presses: Mapping[str, Press] = Field(default_factory=dict)
    operations: Mapping[str, OperationStandard] = Field(default_factory=dict)
    envelopes: Mapping[str, EnvelopeStandard] = Field(default_factory=dict)
    cartons: Mapping[str, Carton] = Field(default_factory=dict)
    rules: Rules = Rules()


def read_standards(text: bytes | str) -> Standards:
    """STANDARDS from their JSON. InvalidInput STANDARD_MISSING for what is not said, else SPEC_FIELD."""
    return standards_of(read_json(text, refused="The standards cannot be read."))


def standards_of(given: object) -> Standards:
    """STANDARDS from plain values, as of ``json.loads``."""
    return shaped(Standards, given, refused="The standards cannot be read.", code_of=_code)


def _code(error: Mapping[str, Any]) -> str:
    return "STANDARD_MISSING" if error["type"] == "missing" else "SPEC_FIELD"


@lru_cache(maxsize=1)
def shipped_standards() -> Standards:
    """Those that ship with the product: defaults that the shop replaces."""
    return standards_of(tomllib.loads(_SHIPPED.read_text("utf-8")))
