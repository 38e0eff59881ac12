"""The rows of the catalog as typed values: what a TOML file holds, and what stands in the tables, one and the same."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from sqlalchemy.orm import Session

from production.asked import Count, Input, Line, Paragraph
from production.catalog.answers import clashes
from production.catalog.models import (
    OperationType,
    Place,
    Product,
    Route,
    RouteStep,
    Stock,
    UsageUnit,
    WorkCenter,
)
from production.catalog.parts import Code, FirstCheck, Inches, Option, Part, Sheets, Text
from store.columns import Base

_WORD = re.compile(r"[a-z][a-z0-9_]*")


def _number_or_name(text: str) -> str:
    """A whole number over zero, or the name of an answer or fact."""
    if not (_WORD.fullmatch(text) or (text.isascii() and text.isdigit() and int(text) > 0)):
        raise ValueError("write a whole number over zero, or the name of an answer")
    return text


Factor = Annotated[str, AfterValidator(_number_or_name)]


# Of columns that came later: a row without them keeps the digest it had, so that a shipped row is still known as one.
_not_told_if_none: Any = Field(None, exclude_if=lambda value: value is None)
_not_told_if_empty: Any = Field((), exclude_if=lambda value: not value)

Percent = Annotated[Decimal, Field(ge=0, lt=100, decimal_places=3), AfterValidator(Decimal.normalize)]
# What a set-up can depend on: print contract, schedule; issue of the plant floor, 4.
SetUpBy = Literal["stock", "size", "inks", "fold", "hole_pattern"]


class Row(Part):
    """What every row of the catalog says."""

    table: ClassVar[type[Base]]
    code: Code = Field(title="Code")
    name: Text = Field(title="Name")
    source: Annotated[str, Field(min_length=1)] = Field(
        default="shop to confirm", title="Source", description="Where its figures come from."
    )
    is_active: bool = Field(default=True, title="In use")

    @property
    def digest(self) -> str:
        """SHA-256 of everything it says."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def values(self) -> dict[str, object]:
        """By column, as they are kept."""
        return {name: getattr(self, name) for name in type(self).model_fields}

    def keep(self, session: Session) -> Any:
        """Write it to its table; gives the kept row."""
        kept: Any = session.get(self.table, self.code)
        if kept is None:
            kept = self.table(shipped=None, **self.values())
            session.add(kept)
            return kept
        for name, value in self.values().items():
            setattr(kept, name, value)
        return kept

    def refers(self) -> Iterator[tuple[type[Base], str]]:
        """Table and code of every row it needs."""
        yield from ()


class UsageUnitRow(Row):
    """Something that is charged for."""

    table = UsageUnit


class OperationTypeRow(Row):
    """A kind of step."""

    table = OperationType
    place: Place
    work_center_class: Code | None = None
    unit: Code
    takes: Factor = "1"
    gives: Factor = "1"
    usage_unit: Code | None = None
    usage_times: Factor = "1"
    sentence: Text
    spoil_reasons: tuple[Text, ...] = ()
    stop_reasons: tuple[Text, ...] = _not_told_if_empty
    setup_minutes: Annotated[int, Field(ge=0, le=10_000)] | None = _not_told_if_none
    setup_units: Annotated[int, Field(ge=0, le=100_000)] | None = _not_told_if_none
    waste_percent: Percent | None = _not_told_if_none
    per_hour: Annotated[int, Field(gt=0, le=10_000_000)] | None = _not_told_if_none
    does: Code | None = _not_told_if_none
    in_line: Annotated[str, Field(pattern=r"^[a-z][a-z\-]{2,39}$")] | None = _not_told_if_none
    from_units: tuple[Code, ...] = _not_told_if_empty
    skill: Code | None = _not_told_if_none
    groups: tuple[SetUpBy, ...] = _not_told_if_empty
    checks: tuple[FirstCheck, ...] = _not_told_if_empty
    instructions: Annotated[str, Field(max_length=1000)] = Field("", exclude_if=lambda value: not value)
    includes: tuple[Code, ...] = _not_told_if_empty
    lag_minutes: Annotated[int, Field(ge=0, le=100_000)] = Field(0, exclude_if=lambda value: not value)

    @property
    def work(self) -> str:
        """What it is in the words of the print contract."""
        return self.does or self.code

    def refers(self) -> Iterator[tuple[type[Base], str]]:
        """Its unit, and what it does in the same pass."""
        if self.usage_unit:
            yield UsageUnit, self.usage_unit
        for code in self.includes:
            yield OperationType, code


def _as_reasons(given: object) -> object:
    """'Jam; Torn' as two reasons."""
    return [one.strip() for one in given.split(";") if one.strip()] if isinstance(given, str) else given


Reasons = Annotated[tuple[Text, ...], Field(max_length=40), BeforeValidator(_as_reasons), Input("paragraph")]


class StandardRow(Part):
    """What the shop says about an operation: how long it takes, and why things spoil."""

    code: Code = Field(title="Operation")
    name: Text = Field(title="Name")
    setup_minutes: Annotated[Count, Field(le=10_000)] | None = Field(
        default=None,
        title="Minutes to set up",
        description="Before the first one; empty while nobody measured it.",
    )
    per_hour: Annotated[Count, Field(ge=1, le=10_000_000)] | None = Field(
        default=None,
        title="Speed",
        description="How many of what it counts come out in an hour; empty while nobody measured it.",
    )
    setup_units: Annotated[Count, Field(le=100_000)] | None = Field(
        default=None, title="Spoiled at set-up", description="Of what it counts, before the first good one."
    )
    waste_percent: Percent | None = Field(
        default=None, title="Running waste, percent", description="Of what goes through after set-up."
    )
    lag_minutes: Annotated[Count, Field(le=100_000)] = Field(
        default=0, title="Wait after it, minutes", description="Drying or glue, before the next step."
    )
    spoil_reasons: Reasons = Field(
        default=(), title="Reasons for spoils", description="With semicolons between."
    )
    stop_reasons: Reasons = Field(
        default=(), title="Reasons for stops", description="With semicolons between."
    )
    instructions: Paragraph = Field(
        default="",
        title="Instructions",
        description="What its operator reads at the machine.",
        max_length=1000,
    )
    source: Line = Field(
        default="shop to confirm", title="Source", description="Where the figures come from.", max_length=500
    )


class WorkCenterRow(Row):
    """A machine or bench."""

    table = WorkCenter
    work_center_class: Code = Field(title="Kind of machine")


class StockRow(Row):
    """A paper."""

    table = Stock
    grade: Code = Field(title="Grade", description="Such as bond, offset, cover, index.")
    basis_lb: Annotated[
        Decimal, Field(gt=0, lt=1000, decimal_places=2), AfterValidator(Decimal.normalize)
    ] = Field(title="Basis weight", description="Pounds of 500 sheets of its basic size.")
    basic_width_in: Inches = Field(title="Basic size, width", description="Inches.")
    basic_height_in: Inches = Field(title="Basic size, height", description="Inches.")
    caliper_in: Inches | None = Field(
        default=None, title="Thickness of a sheet", description="Inches; empty while nobody measured it."
    )
    sheets: Sheets = Field(
        default=(), title="Sheets", description="Width x height in inches and the grain, as in 8.5 x 11 long."
    )
    usage_unit: Code | None = Field(default=None, title="Charged by")

    def refers(self) -> Iterator[tuple[type[Base], str]]:
        """Its unit."""
        if self.usage_unit:
            yield UsageUnit, self.usage_unit


class RouteStepRow(Part):
    """A step of a route."""

    step: Annotated[int, Field(gt=0, lt=100)]  # as tickets write it
    operation: Code
    needs: tuple[int, ...] = ()
    when_option: Code | None = None
    when_is: tuple[str, ...] = ()
    lag_minutes: Annotated[int, Field(ge=0, le=100_000)] | None = _not_told_if_none


class Cycle(ValueError):
    """Steps of a route wait for one another."""


class RouteRow(Row):
    """Steps from the first operation to the agency."""

    table = Route
    steps: Annotated[tuple[RouteStepRow, ...], Field(min_length=1)]

    def values(self) -> dict[str, object]:
        """Steps as rows of their own."""
        return {**super().values(), "steps": [RouteStep(**step.model_dump()) for step in self.steps]}

    def refers(self) -> Iterator[tuple[type[Base], str]]:
        """Its operations."""
        for step in self.steps:
            yield OperationType, step.operation

    @model_validator(mode="after")
    def _in_order(self) -> RouteRow:
        numbers = [step.step for step in self.steps]
        for step in self.steps:
            if numbers.count(step.step) > 1:
                raise ValueError(f"step {step.step} is there twice")
            if missing := [need for need in step.needs if need not in numbers]:
                raise ValueError(f"step {step.step} needs step {missing[0]}, which is not there")
        if ring := _ring({step.step: step.needs for step in self.steps}):
            raise Cycle(f"steps {' -> '.join(map(str, ring))} wait for one another")
        for step in self.steps:
            if later := [need for need in step.needs if need >= step.step]:
                raise ValueError(f"step {step.step} needs step {later[0]}, which does not come before it")
        return self


def _ring(needs: Mapping[int, Sequence[int]]) -> list[int]:
    """Steps that need one another, the first again at the end; empty where none do."""
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as found:
        return list(reversed(found.args[1]))
    return []


class ProductRow(Row):
    """Something an agency can order."""

    table = Product
    position: int = 100
    sentence: Annotated[str, Field(min_length=1, max_length=200)]
    kind: Code
    unit: Code
    components: Annotated[tuple[Code, ...], Field(min_length=1)]
    steps: Annotated[tuple[Code, ...], Field(min_length=1)]
    route: Code
    options: tuple[Option, ...] = ()
    grades: tuple[Code, ...] = ()
    least_quantity: Annotated[int, Field(gt=0)] | None = None
    most_quantity: Annotated[int, Field(gt=0, le=100_000_000)] | None = None
    most_pages: Annotated[int, Field(gt=0)] | None = None
    unders_percent: Annotated[int, Field(ge=0, lt=100)] = 0
    overs_percent: Annotated[int, Field(ge=0, le=100)] = 0

    def takes(self, ordered: int) -> tuple[int, int]:
        """The fewest and the most that an order of so many takes without being asked; part of one does not count."""
        return -(-ordered * (100 - self.unders_percent) // 100), ordered * (100 + self.overs_percent) // 100

    def refers(self) -> Iterator[tuple[type[Base], str]]:
        """Its route."""
        yield Route, self.route

    @model_validator(mode="after")
    def _answerable(self) -> ProductRow:
        asked = {option.code: option for option in self.options}
        for option in self.options:
            for bound in (option, *option.choices):
                for code, values in (*bound.excludes.items(), *bound.needs.items()):
                    if code == option.code or code not in asked:
                        raise ValueError(f"option {option.code} names {code}, which is no other option")
                    if len(asked[code].among(values)) < max(len(values), 1):
                        raise ValueError(f"option {option.code} names an answer that {code} does not have")
        for clash in clashes(self.options, {}):
            raise ValueError(f"the usual answers do not go together: {clash.sentence}")
        return self


ROWS: dict[str, type[Row]] = {
    str(kind.table.__tablename__): kind
    for kind in (UsageUnitRow, OperationTypeRow, WorkCenterRow, StockRow, RouteRow, ProductRow)
}


class CatalogFile(Part):
    """Any rows of the catalog, each under the name of its table: what one TOML file holds."""

    usage_unit: tuple[UsageUnitRow, ...] = ()
    operation_type: tuple[OperationTypeRow, ...] = ()
    work_center: tuple[WorkCenterRow, ...] = ()
    stock: tuple[StockRow, ...] = ()
    route: tuple[RouteRow, ...] = ()
    product: tuple[ProductRow, ...] = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        """All of them, each behind what it refers to."""
        return (
            *self.usage_unit, *self.operation_type, *self.work_center, *self.stock, *self.route, *self.product,
        )  # fmt: skip
