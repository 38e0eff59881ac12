"""What a print order asks of the pages of a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from production.catalog.press_limits import page_multiple
from production.catalog.products.spec import Component, Spec
from production.prepress.preflight.press_report import Size

_POINTS = 72.0
# Bindings whose sheets are folded at the spine: a side of a sheet holds two pages, and the spine needs no bleed.
_FOLDED = frozenset({"saddle", "perfect"})
_ONE_SHEET = 4  # pages


@dataclass(frozen=True, slots=True)
class PrintOrder:
    """``trims``: finished sizes that fit, width and height in points; none while nobody ordered. ``bleed`` in
    points. ``inks``: how many inks pages have in turn, the last page is followed by the first; none when unknown.
    ``pages``: the numbers of pages that fit; ``multiple``: that they come in. ``product`` and ``press``: codes that
    limits may be of."""

    trims: tuple[Size, ...] = ()
    bleed: float = 0.0
    inks: tuple[int, ...] = ()
    pages: tuple[int, ...] = ()
    multiple: int = 1
    is_folded: bool = False
    product: str = ""
    press: str = ""

    @property
    def is_ordered(self) -> bool:
        """Whether anybody ordered."""
        return bool(self.trims)

    def inks_of(self, page: int) -> int | None:
        """How many inks print a page (from 1)."""
        return self.inks[(page - 1) % len(self.inks)] if self.inks else None


NO_ORDER = PrintOrder()


def order_of(spec: Spec, file: str) -> PrintOrder:
    """What is asked of a file by this name: of the components whose pages it holds, of all when no file is
    named."""
    named = [one for one in spec.files if PurePath(one.file).name == PurePath(file).name]
    made = {one.component for one in named}
    components = [one for one in spec.components if one.name in made] or list(spec.components)
    sizes = [spec.trim, *(one.flat_size for one in components if one.flat_size)]
    is_folded = spec.binding in _FOLDED
    return PrintOrder(
        trims=tuple((float(width) * _POINTS, float(height) * _POINTS) for width, height in sizes),
        bleed=float(spec.bleed) * _POINTS,
        inks=_inks(components, is_folded=is_folded),
        pages=_pages(spec, components, is_named=bool(made)),
        multiple=page_multiple(spec.binding),
        is_folded=is_folded,
        product=spec.product,
        press=spec.force.press or "",
    )


def _inks(components: Sequence[Component], *, is_folded: bool) -> tuple[int, ...]:
    """Front and back in turn for leaves of one kind. Which page of a folded sheet lies on its front is not known
    before it is imposed, so the side with more inks counts; but of a sheet of four pages the first and the last are
    its front."""
    sides = {one.inks for one in components}
    most = max(max(pair) for pair in sides)
    if len(sides) > 1 or any(0 in pair for pair in sides):
        return (most,)
    (front, back) = sides.pop()
    if not is_folded:
        return front, back
    return (front, back, back, front) if [one.pages for one in components] == [_ONE_SHEET] else (most,)


def _pages(spec: Spec, components: Sequence[Component], *, is_named: bool) -> tuple[int, ...]:
    parts = [one.pages for one in components if one.pages]
    if len(parts) < len(components):
        return (spec.pages,) if spec.pages and not is_named else ()
    return (sum(parts),) if is_named else tuple(sorted({sum(parts), *parts}))
