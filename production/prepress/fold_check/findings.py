"""What the checker says of sheets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kernel.findings import Severity
from production.prepress.fold_check.layout import Box

# Half of the smallest fault that must be found, a page one point off; a press registers to about as much (shop to
# confirm).
REGISTER_LIMIT = 0.5  # points
# More than any gutter holds is no creep (shop to confirm).
CREEP_LIMIT = 36.0  # points


@dataclass(frozen=True, slots=True)
class SheetFinding:
    """One thing wrong: where (side and page from 1, the trim on that side in points), and the measured value beside
    its limit where there is one."""

    code: str
    severity: Severity
    side: int | None
    place: Box | None
    page: int | None
    value: float | str | None
    limit: float | str | None
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Checked:
    """``reading_order``: pages as the finished pile is read, None for a blank; ``creep_pt``, ``register_pt``: points;
    ``compared``: places that were looked at. ``ok``: nothing keeps the sheets from being printed."""

    ok: bool
    reading_order: list[int | None]
    creep_pt: float
    register_pt: float
    findings: list[SheetFinding]
    compared: int


# What a person does about each kind.
_REMEDIES: Mapping[str, str] = {
    "LAYOUT_MISMATCH": "Impose again, and print sheets only with the layout they were made by.",
    "PAGE_ORDER": "Impose again: folded and gathered so, the pages are out of order.",
    "PAGE_HEAD": "Turn the page by half, or choose the other way of turning the sheet.",
    "PAGE_SHIFT": "Impose again: the page does not lie where it is cut.",
    "PAGE_REGISTER": "Impose again: front and back of a leaf do not lie behind one another.",
    "CREEP_WRONG": "Move the pages of inner sheets to the spine, evenly.",
    "BLEED_LOST": "Impose with the bleed of the pages; without it cutting leaves white edges.",
    "INK_ADDED": "Move marks off the page; nothing but the page may stand inside its trim.",
    "INK_LOST": "Impose again; a part of the page is missing or was changed.",
    "BLANK_PLACE": "Put blanks at the end, or before the back page.",
    "TRIM_OVERLAP": "Leave room between the pages, and cut and fold beside them.",
    "NUMBER_SEQUENCE": "Number again: every set has one number of its own, on all its parts.",
}


def stop(
    code: str,
    message: str,
    *,
    side: int | None = None,
    place: Sequence[float] | None = None,
    page: int | None = None,
    value: float | str | None = None,
    limit: float | str | None = None,
) -> SheetFinding:
    """A finding that keeps the sheets from being printed."""
    box = None if place is None else (place[0], place[1], place[2], place[3])
    return SheetFinding(code, Severity.STOP, side, box, page, value, limit, message, _REMEDIES[code])
