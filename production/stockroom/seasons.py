"""Times of the year in which more is used (seasons.toml, dated rows)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from production.stockroom.models import ItemKind

_DATA = Path(__file__).parent / "data" / "seasons.toml"


@dataclass(frozen=True, slots=True)
class Season:
    """From ``begins`` to ``ends`` (month and day, both included) ``factor`` times the average is used."""

    code: str
    name: str
    begins: str
    ends: str
    factor: Decimal
    kinds: tuple[ItemKind, ...]
    effective_from: date

    def holds(self, day: date) -> bool:
        """Whether a day lies in it; one that begins late in the year may end in the next."""
        at = f"{day:%m-%d}"
        if self.begins <= self.ends:
            return self.begins <= at <= self.ends
        return at >= self.begins or at <= self.ends


def factor(kind: ItemKind, first: date, days: int) -> Decimal:
    """How many times the average is used of a kind of item in so many days from the first on."""
    if days < 1:
        return Decimal(1)
    of_day = (_of_day(kind, first + timedelta(after)) for after in range(days))
    return sum(of_day, Decimal(0)) / days


def names(kind: ItemKind, first: date, days: int) -> list[str]:
    """The seasons that some of these days lie in."""
    found = {one.name for after in range(days) for one in _in_force(kind, first + timedelta(after))}
    return sorted(found)


def _of_day(kind: ItemKind, day: date) -> Decimal:
    return max((one.factor for one in _in_force(kind, day)), default=Decimal(1))


def _in_force(kind: ItemKind, day: date) -> Iterator[Season]:
    newest: dict[str, Season] = {}
    for one in sorted(_seasons(), key=lambda one: one.effective_from):
        if one.effective_from <= day:
            newest[one.code] = one
    return (one for one in newest.values() if kind in one.kinds and one.holds(day))


@lru_cache(maxsize=1)
def _seasons() -> tuple[Season, ...]:
    return tuple(
        Season(
            row["code"], row["name"], row["begins"], row["ends"], Decimal(row["factor"]),
            tuple(map(ItemKind, row["kinds"])), row["effective_from"],
        )
        for row in tomllib.loads(_DATA.read_text("utf-8"))["season"]
    )  # fmt: skip
