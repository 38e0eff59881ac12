"""The fixes by name, each with the codes of findings that it answers, in the order in which they are done."""

from __future__ import annotations

from collections.abc import Mapping

from kernel.errors import InvalidInput

# The first fix of a code is done when the code itself is asked for.
FIXES: Mapping[str, frozenset[str]] = {
    "flatten": frozenset({"PDF_FORM_FIELDS", "PDF_ANNOTATIONS", "PDF_NO_APPEARANCE"}),
    "settle-layers": frozenset({"PREFLIGHT_LAYERS"}),
    "strip-actions": frozenset({"PDF_ACTIVE_CONTENT"}),
    "rotate": frozenset({"PREFLIGHT_ROTATION"}),
    "set-boxes": frozenset({"PREFLIGHT_TRIM_MISSING"}),
    "center-trim": frozenset({"PREFLIGHT_TRIM_OFFSET"}),
    "convert-rgb": frozenset({"PREFLIGHT_COLOUR"}),
    "convert-spots": frozenset({"PREFLIGHT_SPOT"}),
    "black-text": frozenset({"PREFLIGHT_RICH_BLACK"}),
    "thicken-lines": frozenset({"PREFLIGHT_HAIRLINE"}),
    "bleed-mirror": frozenset({"PREFLIGHT_BLEED"}),
    "bleed-enlarge": frozenset({"PREFLIGHT_BLEED"}),
    "blank-pages": frozenset({"PAGE_MULTIPLE"}),
}


def fix_named(asked: str) -> str:
    """The fix of this name, or the first that answers findings of this code. InvalidInput FIX_UNKNOWN."""
    if asked in FIXES:
        return asked
    for name, codes in FIXES.items():
        if asked in codes:
            return name
    raise InvalidInput(
        f"There is no fix {asked}.", code="FIX_UNKNOWN", remedy=f"Ask for one of {', '.join(FIXES)}.", field="fix"
    )  # fmt: skip
