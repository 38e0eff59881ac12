"""Rows of the press room, each of which becomes a standard. Quantities are the shop's, prices those of the rate card.

On a row waste is a percentage of what goes through; on a standard it is a share.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from production.asked import Count, Line, OneOf
from production.catalog.parts import Sheet, Sheets
from production.catalog.press_room.fields import (
    InkCounts,
    Number,
    Percent,
    SheetSize,
    SheetSizes,
    Source,
    unscaled,
)
from production.catalog.products.standards import (
    NOT_CONFIRMED,
    Carton,
    EnvelopeStandard,
    OperationStandard,
    Press,
    Rules,
    Stock,
)
from production.catalog.rows import StockRow
from production.people.setup_fields import Code, Name, Row, words

BY_CARD = Decimal(1)  # stands for money that the rate card says; nothing is priced with it
_HUNDRED = Decimal(100)
_EVERY = Decimal(1_000_000)
SPEED = "Planned speed as it is really reached, not the maker's."
_Inside = Annotated[Number, Field(gt=0, le=100)]
_source: Any = Field(
    default=NOT_CONFIRMED, title="Source", description="Who measured it and when, or where it is published."
)
_in_use: Any = Field(default=True, title="In use")


def _percent(share: Decimal) -> Decimal:
    return unscaled(share * _HUNDRED)


class PressPaperRow(Row):
    """How the press room keeps a paper: in which sheets, and whether it lies on the shelf."""

    code: Code = Field(
        title="Paper", description="A code of the papers; its weight and thickness stand there."
    )
    sheets: Sheets = Field(
        title="Sheets",
        description="Width x height in inches and the grain, as in 12 x 18 long; 19 x 25 short.",
    )
    parents: Sheets = Field(
        default=(),
        title="Parent sheets",
        description="Large sheets that are cut down before the press, as in 25 x 38 long. Empty: none.",
    )
    coating: Annotated[Line, OneOf({"": "None", "CB": "Back", "CFB": "Front and back", "CF": "Front"})] = (
        Field(default="", title="Carbonless coating")
    )
    on_shelf: bool = Field(default=True, title="On the shelf", description="Else it is bought for the order.")
    is_active: bool = _in_use
    source: Source = _source

    @classmethod
    def of(cls, code: str, stock: Stock) -> PressPaperRow:
        """As a standard has it."""
        sheets, parents = (
            tuple(Sheet(width_in=one.size[0], height_in=one.size[1], grain=one.grain) for one in held)
            for held in (stock.sheets, stock.parents)
        )
        return cls(
            code=code, sheets=sheets, parents=parents, coating=stock.coating or "", on_shelf=stock.on_shelf,
            source=stock.source,
        )  # fmt: skip

    def standard(self, paper: StockRow) -> Stock:
        """With what the paper itself says, which somebody has measured."""
        sheets, parents = (
            [{"size": (one.width_in, one.height_in), "grain": one.grain, "per_m": BY_CARD} for one in held]
            for held in (self.sheets, self.parents)
        )
        return Stock.model_validate(
            {
                "name": paper.name, "source": paper.source, "grade": paper.grade, "basis_lb": paper.basis_lb,
                "basic": (paper.basic_width_in, paper.basic_height_in), "caliper": paper.caliper_in,
                "coating": self.coating or None, "on_shelf": self.on_shelf, "sheets": sheets,
                "parents": parents,
            }
        )  # fmt: skip


class PressRow(Row):
    """A press or printer."""

    code: Code = Field(
        title="Code", description="Such as digital-color; units of the rate card begin with it."
    )
    name: Name = Field(title="Name")
    kind: Annotated[Line, OneOf({"digital": "Digital", "offset": "Offset"})] = Field(title="Kind")
    sheets: SheetSizes = Field(title="Sheets it takes", description="Inches, as in 12 x 18; 13 x 19.")
    margin_in: Annotated[Number, Field(le=10)] = Field(title="Margin it cannot print, inches")
    gripper_in: Annotated[Number, Field(le=10)] = Field(
        default=Decimal(0), title="Gripper, inches", description="Held along one long edge; 0: none."
    )
    inks: Annotated[Count, Field(ge=1, le=12)] = Field(title="Inks on a side")
    inks_at_once: Annotated[Count, Field(ge=1, le=12)] | None = Field(
        default=None, title="Inks in one pass", description="Empty: all."
    )
    is_duplex: bool = Field(default=False, title="Prints both sides in one pass")
    min_caliper_in: Annotated[Number, Field(le=2)] = Field(default=Decimal(0), title="Thinnest paper, inches")
    max_caliper_in: Annotated[Number, Field(gt=0, le=2)] = Field(title="Thickest paper, inches")
    makeready_minutes: Annotated[Number, Field(le=10_000)] = Field(title="Make-ready, minutes")
    makeready_sheets: Annotated[Count, Field(le=100_000)] = Field(title="Make-ready, sheets")
    waste_percent: Percent = Field(
        title="Running waste, percent", description="Of what goes through after make-ready."
    )
    per_hour: Annotated[Number, Field(gt=0, le=1_000_000)] = Field(
        title="Speed an hour", description=f"Sides of a digital press, sheets of an offset press. {SPEED}"
    )
    counted_sides: InkCounts = Field(
        default=(),
        title="Counts sides by inks",
        description="As in 1; 4: one price to one ink, one to four. Empty: none.",
    )
    counts_blank_sides: bool = Field(default=False, title="Counts blank sides too")
    has_plates: bool = Field(default=False, title="Needs plates")
    is_active: bool = _in_use
    source: Source = _source

    @classmethod
    def of(cls, code: str, press: Press) -> PressRow:
        """As a standard has it."""
        return cls(
            code=code, name=press.name or code, source=press.source, is_active=not press.idle, kind=press.kind,
            sheets=tuple(SheetSize(width_in=width, height_in=height) for width, height in press.sheets),
            margin_in=press.margin, gripper_in=press.gripper, inks=press.inks, inks_at_once=press.units,
            is_duplex=press.duplex, min_caliper_in=press.min_caliper, max_caliper_in=press.max_caliper,
            makeready_minutes=press.makeready_minutes, makeready_sheets=press.makeready_sheets,
            waste_percent=_percent(press.running_waste),
            per_hour=press.sides_per_hour or press.sheets_per_hour or Decimal(0),
            counted_sides=tuple(int(tier) for tier in press.click), counts_blank_sides=press.blank_sides_click,
            has_plates=bool(press.plate),
        )  # fmt: skip

    def standard(self) -> Press:
        """Out of use it stays, and is told as that."""
        speed = "sides_per_hour" if self.kind == "digital" else "sheets_per_hour"
        return Press.model_validate(
            {
                "name": self.name, "source": self.source, "idle": not self.is_active, "kind": self.kind,
                "sheets": [(one.width_in, one.height_in) for one in self.sheets], "margin": self.margin_in,
                "gripper": self.gripper_in, "colours": self.inks, "units": self.inks_at_once, "duplex": self.is_duplex,
                "min_caliper": self.min_caliper_in, "max_caliper": self.max_caliper_in,
                "makeready_minutes": self.makeready_minutes, "makeready_sheets": self.makeready_sheets,
                "running_waste": self.waste_percent / _HUNDRED, speed: self.per_hour, "hour": BY_CARD,
                "click": {str(tier): BY_CARD for tier in self.counted_sides},
                "plate": BY_CARD if self.has_plates else 0, "blank_sides_click": self.counts_blank_sides,
            }
        )  # fmt: skip


class BinderyRow(Row):
    """A step of the bindery on its machine. Its speed is cuts, a belt, or units an hour."""

    code: Code = Field(title="Step")
    name: Line = Field(default="", max_length=120, title="Name")
    machine: Code = Field(title="Machine")
    is_hand_work: bool = Field(
        default=False, title="Hand work", description="Charged by the hour of hand work."
    )
    setup_minutes: Annotated[Number, Field(le=10_000)] = Field(default=Decimal(0), title="Set-up, minutes")
    setup_units: Annotated[Count, Field(le=100_000)] = Field(
        default=0, title="Set-up, pieces", description="Spoiled before the first good one."
    )
    waste_percent: Percent = Field(default=Decimal(0), title="Running waste, percent")
    per_hour: Annotated[Number, Field(gt=0, le=_EVERY)] | None = Field(
        default=None, title="Pieces an hour", description=SPEED
    )
    cuts_per_hour: Annotated[Number, Field(gt=0, le=_EVERY)] | None = Field(
        default=None, title="Cuts an hour", description="Of a cutter."
    )
    clamp_in: Annotated[Number, Field(gt=0, le=100)] | None = Field(
        default=None, title="Height under the clamp, inches"
    )
    max_sheets: Annotated[Count, Field(ge=1, le=100_000)] | None = Field(
        default=None, title="Most sheets", description="In a lift of a cutter, or in a bound book."
    )
    pretrim_edges: Annotated[Count, Field(le=4)] = Field(default=4, title="Edges trimmed first")
    belt_in_per_min: Annotated[Number, Field(gt=0, le=_EVERY)] | None = Field(
        default=None, title="Belt, inches a minute", description="Of a folder."
    )
    gap_factor: Annotated[Number, Field(ge=1, le=10)] = Field(
        default=Decimal(1),
        title="Length with its gap",
        description="Of a folder: 1.1 is a tenth of a sheet between two.",
    )
    max_thickness_in: Annotated[Number, Field(gt=0, le=100)] | None = Field(
        default=None, title="Thickest product, inches"
    )
    includes: Annotated[tuple[str, ...], BeforeValidator(words)] = Field(
        default=(), title="Done in the same pass", description="Steps that this machine does with it."
    )
    pays_each: bool = Field(default=False, title="Bought outside, by the piece")
    pays_order: bool = Field(default=False, title="Bought outside, by the order")
    is_active: bool = _in_use
    source: Source = _source

    @classmethod
    def of(cls, code: str, one: OperationStandard) -> BinderyRow:
        """As a standard has it."""
        return cls(
            code=code, name=one.name, source=one.source, machine=one.machine, is_hand_work=one.hour is None,
            setup_minutes=one.setup_minutes, setup_units=one.setup_units, waste_percent=_percent(one.running_waste),
            per_hour=one.per_hour, cuts_per_hour=one.cuts_per_hour, clamp_in=one.clamp_in, max_sheets=one.max_sheets,
            pretrim_edges=one.pretrim_edges, belt_in_per_min=one.belt_in_per_min, gap_factor=one.gap_factor,
            max_thickness_in=one.max_thickness, includes=one.includes,
            pays_each=bool(one.each), pays_order=bool(one.fixed),
        )  # fmt: skip

    def standard(self) -> OperationStandard:
        """A step."""
        return OperationStandard(
            name=self.name, source=self.source, machine=self.machine, setup_minutes=self.setup_minutes,
            setup_units=self.setup_units, running_waste=self.waste_percent / _HUNDRED,
            hour=None if self.is_hand_work else BY_CARD, per_hour=self.per_hour, cuts_per_hour=self.cuts_per_hour,
            clamp_in=self.clamp_in, max_sheets=self.max_sheets, pretrim_edges=self.pretrim_edges,
            belt_in_per_min=self.belt_in_per_min, gap_factor=self.gap_factor, max_thickness=self.max_thickness_in,
            includes=self.includes, each=BY_CARD if self.pays_each else Decimal(0),
            fixed=BY_CARD if self.pays_order else Decimal(0),
        )  # fmt: skip


class PressEnvelopeRow(Row):
    """An envelope that printed work is mailed in."""

    code: Code = Field(title="Code")
    name: Name = Field(title="Name")
    width_in: Annotated[Number, Field(gt=0, le=30)] = Field(
        title="Width, inches", description="Along the flap."
    )
    height_in: Annotated[Number, Field(gt=0, le=30)] = Field(title="Height, inches")
    weight_oz: Annotated[Number, Field(le=16)] = Field(
        title="Weight, oz", description="Weigh ten and divide."
    )
    max_sheets: Annotated[Count, Field(ge=1, le=1000)] | None = Field(default=None, title="Most sheets")
    caliper_in: Annotated[Number, Field(gt=0, le=1)] | None = Field(
        default=None, title="Thickness of a wall, inches"
    )
    is_active: bool = _in_use
    source: Source = _source

    @classmethod
    def of(cls, code: str, one: EnvelopeStandard) -> PressEnvelopeRow:
        """As a standard has it."""
        return cls(
            code=code, name=one.name or code, source=one.source, width_in=one.size[0], height_in=one.size[1],
            weight_oz=one.weight_oz, max_sheets=one.max_sheets, caliper_in=one.caliper,
        )  # fmt: skip

    def standard(self) -> EnvelopeStandard:
        """An envelope."""
        return EnvelopeStandard(
            name=self.name, source=self.source, size=(self.width_in, self.height_in), weight_oz=self.weight_oz,
            max_sheets=self.max_sheets, caliper=self.caliper_in,
        )  # fmt: skip


class CartonRow(Row):
    """A carton that printed work is packed in."""

    code: Code = Field(title="Code")
    name: Name = Field(title="Name")
    max_lb: Annotated[Number, Field(gt=0, le=1000)] = Field(title="At most, pounds")
    empty_lb: Annotated[Number, Field(le=100)] = Field(default=Decimal(0), title="Empty, pounds")
    inside_length_in: _Inside | None = Field(
        default=None,
        title="Inside length, inches",
        description="With all three, height counts besides weight.",
    )
    inside_width_in: _Inside | None = Field(default=None, title="Inside width, inches")
    inside_height_in: _Inside | None = Field(default=None, title="Inside height, inches")
    per_pallet: Annotated[Count, Field(gt=0, le=1000)] | None = Field(
        default=None, title="Cartons of a pallet"
    )
    is_active: bool = _in_use
    source: Source = _source

    @classmethod
    def of(cls, code: str, one: Carton) -> CartonRow:
        """As a standard has it."""
        length, width, height = one.inside or (None, None, None)
        return cls(
            code=code, name=one.name or code, source=one.source, max_lb=one.max_lb, empty_lb=one.empty_lb,
            inside_length_in=length, inside_width_in=width, inside_height_in=height,
            per_pallet=one.per_pallet,
        )  # fmt: skip

    def standard(self) -> Carton:
        """A carton."""
        length, width, height = self.inside_length_in, self.inside_width_in, self.inside_height_in
        return Carton(
            name=self.name, source=self.source, max_lb=self.max_lb, empty_lb=self.empty_lb,
            inside=(length, width, height) if length and width and height else None,
            per_pallet=self.per_pallet,
        )  # fmt: skip


class EstimatingRow(Row):
    """What holds for every estimate."""

    waste: Annotated[Line, OneOf({"divide": "Worked backwards", "multiply": "A share added"})] = Field(
        default="divide", title="Waste", description="How a share of waste comes to sheets."
    )
    spread_percent: Percent = Field(
        title="Minutes may stray, percent",
        description="How far real minutes stray from planned: the range of a price.",
    )
    spine_allowance_in: Annotated[Number, Field(le=1)] = Field(
        default=Decimal(0), title="Spine allowance, inches", description="Added to the spine of a glued book."
    )
    folds_across_in: Annotated[Number, Field(le=1)] = Field(
        title="Folds across the grain up to, inches", description="Thicker paper is scored first."
    )
    source: Source = _source

    @classmethod
    def of(cls, rules: Rules) -> EstimatingRow:
        """As the standards have it."""
        return cls(
            waste=rules.waste, spread_percent=_percent(rules.spread), spine_allowance_in=rules.spine_allowance,
            folds_across_in=rules.folds_across,
        )  # fmt: skip

    def rules(self) -> Rules:
        """Money is at actual cost: nothing is marked up."""
        return Rules.model_validate(
            {
                "waste": self.waste, "spread": self.spread_percent / _HUNDRED, "labour_hour": BY_CARD,
                "spine_allowance": self.spine_allowance_in, "folds_across": self.folds_across_in,
            }
        )  # fmt: skip
