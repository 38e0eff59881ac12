"""What an ordered product is made of: flat pieces of components, leaves, operations, weight, thickness, spine, creep.

Inches, ounces and pounds; formulas of the print contract and of the practice file's sections 2, 3 and 5.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Literal

from kernel.errors import InvalidInput, NotFound
from production.catalog.products.families import BindingRow, Families, Family, Flat
from production.catalog.products.folds import Fold, folds
from production.catalog.products.formulas import Number
from production.catalog.products.spec import Component, Finishing, Operation, Spec
from production.catalog.products.standards import Standards, Stock

COVER = "cover"
_COVER_PAGES = 4  # a folded leaf: front, back, and both insides
_PAGES_OF_LEAF, _PAGES_OF_SPREAD = 2, 4
_OUNCES, _REAM = 16, 500  # of a pound; sheets that the basis weight is of (Stodioo, caliper and paper weight)

Axis = Literal["width", "height"]


@dataclass(frozen=True, slots=True)
class MadeComponent:
    """A component as it is made. ``pieces``: flat pieces in one product, each ``flat`` inches; ``grain``: the side of a
    flat piece with which the grain must run, None where it may run either way; ``folds``: it does so for a fold, which
    can be scored instead.
    """

    name: str
    stock_code: str
    stock: Stock
    inks: tuple[int, int]
    pages: int
    pages_made: int
    kind: Flat
    pieces: int
    flat: tuple[Decimal, Decimal]
    grain: Axis | None
    folds: bool

    @property
    def blanks(self) -> int:
        """Pages that nothing was given for."""
        return self.pages_made - self.pages

    @property
    def leaves(self) -> int:
        """Leaves of two pages."""
        return math.ceil(self.pages_made / _PAGES_OF_LEAF)

    @property
    def thickness(self) -> Decimal:
        """Inches of its leaves on one another."""
        return self.leaves * self.stock.caliper

    @property
    def weight_oz(self) -> Decimal:
        """Ounces of its trimmed paper."""
        width, height = self.flat
        return self.pieces * sheet_lb(self.stock, width, height) * _OUNCES


def sheet_lb(stock: Stock, width: Decimal, height: Decimal) -> Decimal:
    """Pounds of one sheet of that size: basis weight x area / area of the basic size / 500."""
    return stock.basis_lb * (width * height) / (stock.basic[0] * stock.basic[1]) / _REAM


@dataclass(frozen=True)
class Makeup:
    """An order with what is made of it. ``finishing``: steps that were ordered, by operation."""

    spec: Spec
    family: Family
    binding: BindingRow
    fold: Fold | None
    components: tuple[MadeComponent, ...]
    spine: Decimal

    @cached_property
    def finishing(self) -> dict[Operation, Finishing]:
        """Steps that were ordered, by operation."""
        return {step.operation: step for step in self.spec.finishing}

    @property
    def text(self) -> MadeComponent:
        """The component inside: the one that is no cover."""
        return next((one for one in self.components if one.name != COVER), self.components[0])

    @property
    def leaves(self) -> int:
        """Leaves of one product, its cover among them."""
        return sum(one.leaves for one in self.components)

    @property
    def sheets(self) -> int:
        """Flat pieces of one product, its cover among them."""
        return sum(one.pieces for one in self.components)

    @property
    def thickness(self) -> Decimal:
        """Inches of one product."""
        return sum((one.thickness for one in self.components), Decimal(0))

    @property
    def weight_oz(self) -> Decimal:
        """Ounces of one product."""
        return sum((one.weight_oz for one in self.components), Decimal(0))

    @property
    def nested(self) -> int:
        """Sheets of the text inside one another; 0 where none are."""
        return self.text.pieces if self.text.kind == "spread" else 0

    @property
    def creep(self) -> Decimal:
        """Inches by which the innermost sheet of the text is pushed out."""
        return max(self.nested - 1, 0) * self.text.stock.caliper

    @property
    def panels(self) -> tuple[Decimal, ...]:
        """Inches of each panel of the fold, in order; empty where nothing folds."""
        if self.fold is None:
            return ()
        return self.fold.panels(max(self.text.flat)) if not self.nested else (self.spec.trim[0],) * 2

    @property
    def folded(self) -> tuple[Decimal, Decimal]:
        """Inches of the product as it leaves the bindery."""
        if not self.panels or self.nested:
            return self.spec.trim
        across = min(self.text.flat) / (2 if self.fold and self.fold.crosses else 1)
        return max(self.panels), across

    @property
    def pad_count(self) -> int | None:
        """Sheets of a pad; None where none are made."""
        step = self.finishing.get("pad")
        if step is None and "pad" not in self.family.always:
            return None
        return (step and step.count) or _USUAL_PAD

    @cached_property
    def figures(self) -> dict[str, Number]:
        """By the names that formulas of families know."""
        width, height = self.spec.trim
        panels = self.panels or (width,)
        inks = [one.inks for one in self.components]
        tab = self.finishing.get("tab")
        return {
            "quantity": self.spec.quantity, "width": width, "height": height,
            "pages": sum(one.pages_made for one in self.components), "parts": len(self.components),
            "leaves": self.leaves, "bleed": self.spec.bleed,
            "inks_front": max(front for front, _ in inks), "inks_back": max(back for _, back in inks),
            "caliper": max(one.stock.caliper for one in self.components), "thickness": self.thickness,
            "weight_oz": self.weight_oz, "spine": self.spine, "has_spine": int(self.binding.has_spine),
            "creep": self.creep, "loose": int(self.binding.code == "none"), "panels": len(self.panels),
            "longest_panel": max(panels), "shortest_panel": min(panels),
            "folded_width": self.folded[0], "folded_height": self.folded[1],
            "pad_count": self.pad_count or 0, "tab_count": (tab and tab.count) or 0,
        }  # fmt: skip


_USUAL_PAD = 50  # sheets: Purdue Printing Services names 25, 50 and 100; Gowise 50 sets


@dataclass(frozen=True, slots=True)
class _Ordered:
    """What decides how components are made."""

    spec: Spec
    family: Family
    binding: BindingRow
    fold: Fold | None

    def flat(self, pages: int) -> Flat:
        """What lies on the press sheet. A folded sheet has two pages a panel; other numbers of pages are sheets inside
        one another.
        """
        if self.binding.flat:
            return self.binding.flat
        if self.family.flat != "folded" or self.fold is None or pages <= _PAGES_OF_LEAF:
            return "part" if self.family.flat == "part" else "leaf"
        return "folded" if pages == self.fold.pages else "spread"


def made_up(spec: Spec, known: Families, standards: Standards) -> Makeup:
    """What is made of an order. PRODUCT_UNKNOWN, STOCK_UNKNOWN, or OPTION_CLASH (a binding, a fold)."""
    family = known.family(spec.product)
    binding = known.bindings[_among(spec.binding or family.bindings[0], family)]
    ordered = _Ordered(spec, family, binding, _fold(spec, family, binding))
    stocks = [_stock(standards, one.stock, at) for at, one in enumerate(spec.components)]
    pages = [_pages(spec, family, at) for at in range(len(spec.components))]
    spine = _spine(spec, binding, pages, stocks, standards.rules.spine_allowance)
    components = tuple(
        _made(ordered, component, stock, given, spine)
        for component, stock, given in zip(spec.components, stocks, pages, strict=True)
    )
    return Makeup(spec, family, binding, ordered.fold, components, spine)


def _among(binding: str, family: Family) -> str:
    if binding not in family.bindings:
        raise InvalidInput(
            f"{family.name}: not bound so. It may be {', '.join(family.bindings)}.",
            code="OPTION_CLASH", field="binding",
        )  # fmt: skip
    return binding


def _stock(standards: Standards, code: str, at: int) -> Stock:
    if code not in standards.stocks:
        raise NotFound(
            f"There is no stock {code}.", code="STOCK_UNKNOWN", field=f"components.{at}.stock",
            remedy=f"Stocks are {', '.join(standards.stocks)}.",
        )  # fmt: skip
    return standards.stocks[code]


def _pages(spec: Spec, family: Family, at: int) -> int:
    """Pages of a component: as it says; else what the others leave of the whole; else what its inks print."""
    own = spec.components[at]
    if own.pages:
        return own.pages
    if own.name == COVER:
        return _COVER_PAGES
    others = [
        one.pages or (_COVER_PAGES if one.name == COVER else 0) for one in spec.components if one is not own
    ]
    left = (spec.pages or 0) - sum(others)
    if left > 0 and not family.repeats:
        return left
    return _PAGES_OF_LEAF if own.inks[1] else 1


def _fold(spec: Spec, family: Family, binding: BindingRow) -> Fold | None:
    ordered = next((step for step in spec.finishing if step.operation == "fold"), None)
    if ordered is None and "fold" not in (*binding.operations, *family.always):
        return None
    pattern = (ordered and ordered.pattern) or family.fold or "half"
    if pattern not in folds():
        raise InvalidInput(
            f"There is no fold {pattern}. Folds are {', '.join(folds())}.",
            code="OPTION_CLASH",
            field="finishing",
        )
    return folds()[pattern]


def _spine(
    spec: Spec, binding: BindingRow, pages: list[int], stocks: list[Stock], allowance: Decimal
) -> Decimal:
    """pages / 2 x caliper of the text + 2 x caliper of the cover + allowance (Patterson Printing, spine diagrams)."""
    if not binding.has_spine:
        return Decimal(0)
    leaves = (
        2 if component.name == COVER else _whole(given, binding.multiple) // _PAGES_OF_LEAF
        for component, given in zip(spec.components, pages, strict=True)
    )
    return sum((n * stock.caliper for n, stock in zip(leaves, stocks, strict=True)), allowance)


def _made(ordered: _Ordered, component: Component, stock: Stock, pages: int, spine: Decimal) -> MadeComponent:
    kind, (width, height) = ordered.flat(pages), ordered.spec.trim
    if ordered.binding.has_spine and component.name == COVER:
        made, pieces, size = _COVER_PAGES, 1, (2 * width + spine, height)
    elif kind == "spread":
        made = _whole(pages, _PAGES_OF_SPREAD)
        pieces, size = made // _PAGES_OF_SPREAD, (2 * width, height)
    elif kind == "folded" and ordered.fold is not None:
        made, pieces, size = pages, 1, ordered.fold.opened(width, height)
    else:
        made = _whole(pages, max(ordered.binding.multiple, _PAGES_OF_LEAF if component.inks[1] else 1))
        pieces, size = math.ceil(made / _PAGES_OF_LEAF), (width, height)
    return MadeComponent(
        component.name, component.stock, stock, component.inks, pages, made, kind, pieces, size,
        _grain(ordered, kind, size), folds=component.name == COVER or kind == "spread" or ordered.fold is not None,
    )  # fmt: skip


def _whole(pages: int, multiple: int) -> int:
    return -(-pages // multiple) * multiple


def _grain(ordered: _Ordered, kind: Flat, size: tuple[Decimal, Decimal]) -> Axis | None:
    """With the spine and the main fold; the fold lies across the longer side of a flat sheet."""
    if ordered.binding.along_spine or kind == "spread":
        return "height"
    if ordered.fold is None:
        return None
    return "height" if size[0] >= size[1] else "width"


def ordered_operations(makeup: Makeup) -> Iterator[tuple[Operation, bool]]:
    """Every operation after printing but the cut, in the order of the family's route, and whether the order must have
    it: what was ordered and what binds. What merely belongs to the family may be left out for want of a standard.
    """
    family, spec = makeup.family, makeup.spec
    must = {*makeup.finishing, *makeup.binding.operations}
    may = (
        set(family.always) | ({"number"} if spec.numbering else set()) | ({"pack"} if spec.packing else set())
    )
    for operation in dict.fromkeys((*family.route, *makeup.binding.operations)):
        if operation not in ("print", "cut") and operation in must | may:
            yield operation, operation in must
