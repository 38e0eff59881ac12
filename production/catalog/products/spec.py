"""SPEC: what is ordered of the print shop, as the print contract writes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from production.catalog.products.reading import Code, Given, Line, Size, read_json, shaped

# More pieces than any run of a state's shop, as of the catalog (``ProductRow.most_quantity``); shop to confirm.
MOST_PIECES = 100_000_000
MOST_PAGES = 10_000  # the largest file that preflight reads whole; shop to confirm

Binding = Literal["saddle", "perfect", "coil", "comb", "wire", "side", "corner", "none"]
Operation = Literal[
    "print", "cut", "fold", "score", "perforate", "punch", "drill", "collate", "gather", "staple", "stitch",
    "perfect_bind", "tape_bind", "coil_bind", "comb_bind", "wire_bind", "number", "pad", "shrink_wrap", "tab",
    "insert", "pack", "outside",
]  # fmt: skip
WorkStyle = Literal["simplex", "sheetwise", "work-turn", "work-tumble", "perfecting"]

Quantity = Annotated[int, Field(strict=True, ge=1, le=MOST_PIECES)]
Pages = Annotated[int, Field(strict=True, ge=1, le=MOST_PAGES)]
Inks = Annotated[int, Field(strict=True, ge=0, le=12)]


class Component(Given):
    """A part that is made separately. ``inks``: front and back, 0 where that side stays blank. ``flat_size``: for what
    flat size its file was made, where that is known (a cover with its spine).
    """

    model_config = ConfigDict(validate_by_name=False)
    name: Code
    pages: Pages | None = None
    stock: Code
    inks: tuple[Inks, Inks] = Field(alias="colours")
    flat_size: Size | None = None


class Finishing(Given):
    """A step of the bindery. ``count``: sheets of a pad, pieces of a package, lines of a score."""

    operation: Operation
    pattern: Code | None = None
    count: Annotated[int, Field(strict=True, ge=1, le=100_000)] | None = None


class Numbering(Given):
    """Consecutive numbers, first and last included."""

    first: Annotated[int, Field(strict=True, ge=0)]
    last: Annotated[int, Field(strict=True, ge=0)]
    format: Annotated[str, Field(max_length=60)] = "{}"


class Packing(Given):
    """How it is packed."""

    carton: Code


class Mailing(Given):
    """What it is mailed in."""

    envelope: Code


class Delivery(Given):
    """Where a share of it goes: by messenger to the door unless said, on the order's day unless it has a later one."""

    place: Line
    quantity: Quantity
    way: Literal["deliver", "messenger_stop", "pick_up", "carrier"] = "deliver"
    day: date | None = None


class SourceFile(Given):
    """The pages of a component, by a file and a range as in ``1-32``."""

    component: Code
    file: Line
    pages: Annotated[str, Field(pattern=r"^\d+(-\d+)?(,\d+(-\d+)?)*$")] | None = None


class Force(Given):
    """What the estimate may not choose for itself."""

    press: Code | None = None
    sheet: Size | None = None
    work_style: WorkStyle | None = None
    route: tuple[Operation, ...] | None = None


class Spec(Given):
    """An ordered product. Inches; ``trim`` is width x height as read; ``unit`` set: the quantity counts sets, and
    each component is one part, top first.
    """

    product: Code
    quantity: Quantity
    unit: Literal["piece", "set"] | None = None
    title: Line = ""
    agency: Line = ""
    account: Line = ""
    due: date | None = None
    trim: Size
    pages: Pages | None = None
    bleed: Annotated[Decimal, Field(ge=0, le=2)] = Decimal(0)
    binding: Binding | None = None
    parts: Annotated[int, Field(strict=True, ge=1, le=20)] | None = None
    components: Annotated[tuple[Component, ...], Field(min_length=1, max_length=100)]
    finishing: Annotated[tuple[Finishing, ...], Field(max_length=100)] = ()
    numbering: Numbering | None = None
    packing: Packing | None = None
    mailing: Mailing | None = None
    delivery: Annotated[tuple[Delivery, ...], Field(max_length=1000)] = ()
    files: Annotated[tuple[SourceFile, ...], Field(max_length=1000)] = ()
    force: Force = Force()


def read_spec(text: bytes | str) -> Spec:
    """A SPEC from its JSON. InvalidInput QUANTITY_RANGE or SPEC_FIELD, ``field`` says which."""
    return spec_of(read_json(text, refused="The specification cannot be read."))


def spec_of(given: object) -> Spec:
    """A SPEC from plain values, as of ``json.loads``."""
    return shaped(Spec, given, refused="The specification cannot be read.", code_of=_code)


def _code(error: Mapping[str, Any]) -> str:
    out_of_range = error["type"] in ("greater_than_equal", "less_than_equal")
    return "QUANTITY_RANGE" if out_of_range and error["loc"][-1] == "quantity" else "SPEC_FIELD"


def with_copies(spec: Spec, copies: Sequence[Delivery]) -> Spec:
    """An order with copies beyond its own, each with its place; one without a place keeps being picked up."""
    if not copies:
        return spec
    own = spec.delivery or (Delivery(place="Print shop", quantity=spec.quantity, way="pick_up"),)
    more = sum(one.quantity for one in copies)
    made: dict[str, object] = {"quantity": spec.quantity + more, "delivery": (*own, *copies)}
    if spec.numbering:
        made["numbering"] = spec.numbering.model_copy(update={"last": spec.numbering.last + more})
    return spec.model_copy(update=made)
