"""Counts and measures as distinct types, so that sheets are never added to pieces."""

from __future__ import annotations

from decimal import Decimal
from typing import NewType

Pieces = NewType("Pieces", int)
Sheets = NewType("Sheets", int)
Impressions = NewType("Impressions", int)
Ounces = NewType("Ounces", Decimal)
Inches = NewType("Inches", Decimal)


def rounded(number: Decimal, places: int = 3) -> str:
    """A measure for people: '0.5' for 0.49999 and '0.02' for 0.0200."""
    return f"{round(number, places).normalize():f}"
