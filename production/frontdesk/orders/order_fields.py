"""What every order asks, whatever it makes and by whichever way it comes: title, place, accounts that pay."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from production.asked import Count, Line, Wrong

TITLE_LENGTH = 120
PLACE_LENGTH = 200
MOST_OPTIONS = 50
Title = Annotated[
    Line,
    Field(
        title="Title",
        description="How you will find it again, such as: Renewal notices, December.",
        max_length=TITLE_LENGTH,
    ),
]
Quantity = Annotated[Count, Field(title="How many")]
Destination = Annotated[
    Line, Field(title="Delivered to", description="Building, floor and room.", max_length=PLACE_LENGTH)
]


def _filled(splits: Any) -> Any:
    """Without what was left empty in a form."""
    if not isinstance(splits, dict):
        return splits
    return {code: share for code, share in splits.items() if not isinstance(share, str) or share.strip()}


def _share(share: Any) -> Any:
    if not isinstance(share, str):
        return share
    digits = share.strip().rstrip("%").strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 6):
        raise Wrong("Write the share as a whole number.")
    return int(digits)


def _paying(splits: dict[str, int]) -> dict[str, int]:
    return {code: weight for code, weight in splits.items() if weight}


# Bill code to weight.
Splits = Annotated[
    dict[str, Annotated[int, Field(le=999_999), BeforeValidator(_share)]],
    Field(max_length=200),
    BeforeValidator(_filled),
    AfterValidator(_paying),
    Field(
        title="Charged to",
        description="Shares in whole numbers: 60 and 40, or 1 and 1. Leave empty what pays nothing.",
    ),
]
