"""Families of print products: what an order of one may be made of, how, and what only it knows; data, with sources."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from kernel.errors import NotFound
from kernel.findings import Severity
from production.catalog.parts import Choice, Option
from production.catalog.products.formulas import Formula
from production.catalog.products.reading import Code
from production.catalog.products.spec import Binding, Operation
from production.catalog.products.standards import NOT_CONFIRMED

_DATA = Path(__file__).parent / "data" / "families.toml"

Flat = Literal["leaf", "spread", "folded", "part"]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    source: str = NOT_CONFIRMED


class BindingRow(_Row):
    """A way to bind. ``flat``: what lies on the press sheet; ``multiple``: pages come in so many."""

    code: Binding
    name: str
    flat: Flat | None = None
    multiple: Annotated[int, Field(ge=1)] = 1
    operations: tuple[Operation, ...] = ()
    along_spine: bool = False
    has_spine: bool = False


class Rule(_Row):
    """An order for which ``refuses`` holds is refused by ``code``; of another severity it is a finding."""

    name: Code
    refuses: Formula
    code: Code
    severity: Severity = Severity.STOP
    sentence: str


class Figure(_Row):
    """A figure that this family tells with an estimate."""

    name: Code
    title: str
    formula: Formula
    unit: str


class Family(_Row):
    """A family of products. ``always``: operations that belong to it; ``route``: all it may be ordered with, in order;
    ``repeats``: its components are parts of a set; ``fold``: the usual pattern; ``need``, ``also``: what it is for, and
    other words that find it; ``grades``: papers that a component is offered on, the usual one
    first; ``enclosed``: it may go into an envelope with a letter.
    """

    code: Code
    name: str
    sentence: str
    need: str
    also: tuple[str, ...] = ()
    flat: Flat
    unit: Literal["piece", "set"] = "piece"
    components: tuple[Code, ...]
    grades: dict[Code, tuple[Code, ...]]
    optional: tuple[Code, ...] = ()
    repeats: bool = False
    enclosed: bool = False
    bindings: Annotated[tuple[Binding, ...], Field(min_length=1)] = ("none",)
    fold: Code | None = None
    route: tuple[Operation, ...]
    always: tuple[Operation, ...] = ()
    clashes: tuple[tuple[Operation, Operation], ...] = ()
    options: tuple[Option, ...]
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]
    figures: tuple[Figure, ...] = ()


class Families(BaseModel):
    """All of them, with the bindings they name."""

    model_config = ConfigDict(frozen=True)
    bindings: dict[str, BindingRow]
    families: dict[str, Family]

    def family(self, code: str) -> Family:
        """The family of a product; NotFound PRODUCT_UNKNOWN."""
        if code not in self.families:
            raise NotFound(
                f"There is no product {code}.", code="PRODUCT_UNKNOWN", field="product",
                remedy="Products are listed by `indicia catalog list`.",
            )  # fmt: skip
        return self.families[code]


@lru_cache(maxsize=1)
def families() -> Families:
    """Those that ship with the product."""
    data = tomllib.loads(_DATA.read_text("utf-8"))
    asked = {row["code"]: Option(**row) for row in data["question"]}
    bindings = {row["code"]: BindingRow(**row) for row in data["binding"]}
    return Families(bindings=bindings, families={row["code"]: _family(row, asked) for row in data["family"]})


def _family(row: dict[str, Any], asked: dict[str, Option]) -> Family:
    sizes, questions = row.pop("sizes"), row.pop("questions")
    size = Option(
        code="size",
        question="Size",
        choices=tuple(Choice(value=one, name=f"{one.replace('x', ' x ')} in") for one in sizes),
    )
    return Family.model_validate(row | {"options": (size, *(asked[code] for code in questions))})
