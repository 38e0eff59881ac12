"""The accounts that pay, as any order asks for them: a field of whole numbers for each open account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kernel.findings import Finding
from production.frontdesk.orders.queries import AccountLine
from production.frontdesk.steps.base import problem

FIELD = "share-"


def usual(accounts: Sequence[AccountLine]) -> dict[str, int]:
    """The first account pays all of it."""
    return {line.bill_code: 100 for line in accounts[:1]}


def form(splits: Mapping[str, int]) -> dict[str, str]:
    """As a form types them."""
    return {f"{FIELD}{code}": str(weight) for code, weight in splits.items()}


def read(fields: Mapping[str, str]) -> tuple[dict[str, int], list[Finding]]:
    """Bill code to weight, and what is no whole number."""
    splits: dict[str, int] = {}
    problems = []
    for name, text in fields.items():
        if not name.startswith(FIELD) or not text.strip():
            continue
        code = name.removeprefix(FIELD)
        share = text.strip().rstrip("%").strip()
        if not share.isascii() or not share.isdigit() or len(share) > 6:
            problems.append(problem("account", f"Write the share of {code} as a whole number."))
        elif int(share):
            splits[code] = int(share)
    return splits, problems


def words(splits: Mapping[str, int]) -> str:
    """'DEX-100 (60 of 100), DEX-200 (40 of 100)'."""
    if len(splits) == 1:
        return next(iter(splits))
    whole = sum(splits.values())
    return ", ".join(f"{code} ({weight} of {whole})" for code, weight in splits.items())
