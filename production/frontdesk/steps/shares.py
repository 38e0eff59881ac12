"""The accounts that pay: who pays where nobody said, and shares in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from production.frontdesk.orders.queries import AccountLine


def usual(accounts: Sequence[AccountLine]) -> dict[str, int]:
    """The first account pays all of it."""
    return {line.bill_code: 100 for line in accounts[:1]}


def words(splits: Mapping[str, int]) -> str:
    """'DEX-100 (60 of 100), DEX-200 (40 of 100)'."""
    if len(splits) == 1:
        return next(iter(splits))
    whole = sum(splits.values())
    return ", ".join(f"{code} ({weight} of {whole})" for code, weight in splits.items())
