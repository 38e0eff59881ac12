"""What a reader has in hand, from the pages of a proof: spreads as they open, parts of a set, panels of a fold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate, pairwise

from production.catalog.products.makeup import COVER
from production.catalog.products.spec import Spec
from production.frontdesk.preparation.worksheet import Size, Worksheet

_PAGES_OF_LEAF = 2
_COVER_PAGES = 4  # front, back and both insides: one file of pages; a flat cover has one


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of the proof, or what lies between two shares of its width; inches of what is shown."""

    page: int
    width: float
    left: float = 0.0
    right: float = 1.0


@dataclass(frozen=True, slots=True)
class Opening:
    """What is seen at once: pages from the left, as high as ``height`` inches."""

    name: str
    pages: tuple[Shown, ...]
    height: float

    @property
    def short(self) -> str:
        """Its name where there is little room: ``2-3``, ``Front 1``."""
        name = self.name.partition(",")[0] if self.name.startswith(("Cover", "Part")) else self.name
        for words, less in ((", panel", ""), (" and ", "-"), ("Pages ", ""), ("Page ", "")):
            name = name.replace(words, less)
        return name.partition(" of ")[0]

    @property
    def width(self) -> float:
        """Inches of all of it."""
        return sum(one.width for one in self.pages)


def openings(spec: Spec, sheet: Worksheet, counts: Sequence[int]) -> dict[str, tuple[Opening, ...]]:
    """By what they are: ``spreads``, ``parts``, ``panels``; only what the product has. ``counts``: pages of the file of
    each component, which follow one another in the proof.
    """
    ends = list(accumulate(counts, initial=0))
    pages = [range(first + 1, last + 1) for first, last in pairwise(ends)]
    found = {"panels": tuple(_panels(sheet, pages))}
    if spec.unit == "set":
        found["parts"] = tuple(_parts(spec, sheet, pages))
    elif not found["panels"] and ends[-1] > _PAGES_OF_LEAF:
        found["spreads"] = tuple(_spreads(spec, sheet, pages))
    return {way: seen for way, seen in found.items() if seen}


def _spreads(spec: Spec, sheet: Worksheet, pages: Sequence[range]) -> Iterator[Opening]:
    """The first page alone at the right, then pairs; what is over at the end alone at the left."""
    width, height = _inches(spec.trim)
    inside: list[int] = []
    cover: list[int] = []
    for made, own in zip(sheet.components, pages, strict=True):
        if made.name == COVER and len(own) < _COVER_PAGES:
            flat_width, flat_height = _inches(made.flat)
            yield from (Opening("Cover, flat", (Shown(page, flat_width),), flat_height) for page in own[:1])
        else:
            (cover if made.name == COVER else inside).extend(own)
    order = [*cover[:2], *inside, *cover[2:]]
    for at in range(-1, len(order), 2):
        numbers = [k for k in (at, at + 1) if 0 <= k < len(order)]
        name = " and ".join(f"{k + 1:,}" for k in numbers)
        shown = tuple(Shown(order[k], width) for k in numbers)
        yield Opening(f"Pages {name}" if len(numbers) > 1 else f"Page {name}", shown, height)


def _parts(spec: Spec, sheet: Worksheet, pages: Sequence[range]) -> Iterator[Opening]:
    """From the top of the set."""
    width, height = _inches(spec.trim)
    for at, (made, own) in enumerate(zip(sheet.components, pages, strict=True), start=1):
        for side, page in zip(("front", "back"), own, strict=False):
            name = f"Part {at} of {len(pages)}, {made.paper}" + (f", {side}" if len(own) > 1 else "")
            yield Opening(name, (Shown(page, width),), height)


def _panels(sheet: Worksheet, pages: Sequence[range]) -> Iterator[Opening]:
    """As they lie side by side on each side of the flat piece; the back is seen from the back."""
    for made, own in zip(sheet.components, pages, strict=True):
        width, height = _inches(made.flat)
        if len(sheet.panels) < 2 or made.kind == "spread" or len(own) > 2 or width < height:
            continue
        for side, page in zip(("Front", "Back"), own, strict=False):
            widths = sheet.panels if side == "Front" else sheet.panels[::-1]
            ends = list(accumulate(map(float, widths), initial=0.0))
            for number, (left, right) in enumerate(pairwise(ends), start=1):
                shown = Shown(page, right - left, left / ends[-1], right / ends[-1])
                yield Opening(f"{side}, panel {number} of {len(widths)}", (shown,), height)


def _inches(size: Size | tuple[Decimal, Decimal]) -> tuple[float, float]:
    return float(size[0]), float(size[1])
