"""Counts and measures as distinct types, so that sheets are never added to pieces."""

from __future__ import annotations

from decimal import Decimal
from typing import NewType

Pieces = NewType("Pieces", int)
Sheets = NewType("Sheets", int)
Impressions = NewType("Impressions", int)
Ounces = NewType("Ounces", Decimal)
Inches = NewType("Inches", Decimal)
