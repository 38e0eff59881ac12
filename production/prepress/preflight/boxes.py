"""Sizes of pages: finished size, bleed, and what was ordered. Called only inside the sandbox."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pikepdf

from kernel.findings import Finding, Place, Severity
from production.catalog.press_limits import PressLimits
from production.prepress.preflight.safety import Refused
from production.prepress.templates.page_boxes import Box, as_box, margins
from production.prepress.templates.template import inherited, page_box, seen_box

Size = tuple[float, float]
_SIZES_NAMED = 5
_SAME = 0.5  # points


@dataclass(frozen=True, slots=True)
class PageSize:
    """Width and height of the finished page in points as seen; ``bleed``: points of paint promised around it at the
    narrowest side, None for a page that is not cut out of a larger one."""

    finished: Size
    bleed: float | None

    @property
    def key(self) -> tuple[int, int]:
        """Whole points: pages of one size are a hair apart in many files."""
        return round(self.finished[0]), round(self.finished[1])


def page_sizes(pages: Sequence[Any]) -> list[PageSize]:
    """The size of every page; Refused for one without."""
    return [_page_size(page, number) for number, page in enumerate(pages, start=1)]


def _page_size(obj: Any, number: int) -> PageSize:
    try:
        page = pikepdf.Page(obj)
        box, turn = page_box(page)
        unit = float(inherited(obj, "/UserUnit", 1))
        around = seen_box(page)
        bleed = _bleed(page, box, around) if max(margins(box, around)) > _SAME else None
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError):
        message = "The page has no usable size or rotation."
        raise Refused("PDF_BAD_PAGE", message, page=number) from None
    width, height = (box[2] - box[0]) * unit, (box[3] - box[1]) * unit
    finished = (height, width) if turn in {90, 270} else (width, height)
    return PageSize(finished, None if bleed is None else bleed * unit)


def _bleed(page: pikepdf.Page, box: Box, around: Box) -> float:
    """A page without a bleed box bleeds as far as it can be seen (ISO 32000-1, 14.11.2)."""
    outer = around
    with suppress(ValueError, TypeError):  # a bleed box that is none says nothing
        outer = as_box(page.obj.get("/BleedBox"))
    return max(0.0, min(margins(box, outer)))


def size_findings(
    sizes: Sequence[PageSize], limits: PressLimits, ordered: Size | None, *, is_piece: bool
) -> list[Finding]:
    """What is said about these pages. ``ordered``: width and height of a page in points, None while nobody ordered;
    ``is_piece``: the page is the mail piece, so another size cannot be mailed as ordered."""
    keys = [size.key for size in sizes]
    shown = Counter(keys)
    findings = _trimmed(sizes)
    if len(shown) > 1:
        listed = ", ".join(f"{inches(size)} ({many:,})" for size, many in shown.most_common(_SIZES_NAMED))
        message = f"The pages have {len(shown)} sizes: {listed}."
        remedy = "Make all pages one size, or order in parts."
        findings.append(Finding("PREFLIGHT_SIZE", Severity.WARN, message, remedy))
    allowed = limits.sheets if ordered is None else [ordered]
    for size, page in {size: keys.index(size) + 1 for size in shown}.items():
        is_cut = ordered is None and sizes[page - 1].bleed is not None
        if is_cut or any(_is_same(size, one, limits.tolerance) for one in allowed):
            continue
        if ordered is None:
            said = (
                f"{inches(size)} is not a stock size of the shop.",
                "Use US letter, or the size of the card.",
            )
        else:
            wanted = inches(ordered)
            said = f"The page is {inches(size)}; the order is for {wanted}.", f"Make the page {wanted}."
        severity = Severity.STOP if is_piece else Severity.WARN
        findings.append(Finding("PREFLIGHT_SIZE", severity, *said, Place(page=page)))
        break
    return findings


def _trimmed(sizes: Sequence[PageSize]) -> list[Finding]:
    for page, size in enumerate(sizes, start=1):
        if size.bleed is not None:
            message = (
                f"The finished page is {inches(size.finished)} with {size.bleed / 72:.3g} in of bleed; "
                "what lies outside is cut off."
            )
            return [Finding("PREFLIGHT_BLEED", Severity.NOTE, message, place=Place(page=page))]
    return []


def inches(size: Size) -> str:
    """Width and height as people write them."""
    return f"{size[0] / 72:.4g} x {size[1] / 72:.4g} in"


def _is_same(size: Size, other: Sequence[float], tolerance: float) -> bool:
    """The same sheet, turned or not."""
    return all(abs(a - b) <= tolerance for a, b in zip(sorted(size), sorted(other), strict=True))
