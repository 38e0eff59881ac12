"""Counts and measures as distinct types, so that sheets are never added to pieces; a count dealt out by weight."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NewType

Pieces = NewType("Pieces", int)
Sheets = NewType("Sheets", int)
Impressions = NewType("Impressions", int)
Ounces = NewType("Ounces", Decimal)
Inches = NewType("Inches", Decimal)


def deal_out(count: int, weights: Sequence[int]) -> list[int]:
    """Split a whole number by weight with largest remainder; equal remainders go to the earlier part, so callers fix
    the order (by job number). The parts always add to the whole. Weights are >= 0 and not all zero (ValueError).
    """
    whole = sum(weights)
    if not weights or whole <= 0 or min(weights) < 0:
        raise ValueError("shares need weights of zero or more, not all zero")
    sign, size = (-1, -count) if count < 0 else (1, count)
    parts = [size * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(size * weights[i] % whole), i))
    for i in by_remainder[: size - sum(parts)]:
        parts[i] += 1
    return [sign * part for part in parts]


def rounded(number: Decimal, places: int = 3) -> str:
    """A measure for people: '0.5' for 0.49999 and '0.02' for 0.0200."""
    return f"{round(number, places).normalize():f}"
