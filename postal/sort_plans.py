"""Sort plans: the levels of one class and shape as data (key, minimum, list, CIN, price level), in order.

postal/data/sort_plans holds one file a plan; DMM sections and unconfirmed rows are marked there.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from kernel.errors import Corrupt, InvalidInput
from kernel.findings import Finding, Severity
from postal.editions import Edition, edition_for

KEYS = ("zip5", "list", "all")
OVERFLOW = ("allowed",)


@dataclass(frozen=True, slots=True)
class SortLevel:
    """One level: how pieces are grouped, how many a group needs, what the tray label and the price say."""

    code: str
    name: str
    key: str
    list: str
    minimum: int
    overflow: str
    price_level: str
    line_2: str
    cin: int
    mail_dat_container: str
    mail_dat_price: str
    source: str
    unconfirmed: str = ""
    within: str = ""

    @property
    def lists(self) -> tuple[str, ...]:
        """The labelling lists it needs."""
        return tuple(name for name in (self.list, self.within) if name)


@dataclass(frozen=True, slots=True)
class SortPlan:
    """Levels in the order they are formed, and what is left over (``residual``) at single-piece prices."""

    id: str
    title: str
    edition: Edition
    mail_class: str
    shapes: tuple[str, ...]
    category: str
    marking: str
    minimum_pieces: int
    move_update_days: int
    address_matching_days: int
    dmm: str
    price_tables: Mapping[str, str]
    single_piece_tables: Mapping[str, Mapping[str, str]]
    levels: tuple[SortLevel, ...]
    residual: SortLevel
    unconfirmed: tuple[str, ...]

    @property
    def all_levels(self) -> tuple[SortLevel, ...]:
        """The levels and, last, the residual: a piece's level code is an index into this."""
        return (*self.levels, self.residual)

    @property
    def list_names(self) -> tuple[str, ...]:
        """Every labelling list the plan needs."""
        return tuple(dict.fromkeys(name for level in self.all_levels for name in level.lists))

    def price_cells(
        self, shape: str, single_piece_shape: str, *, payment: str
    ) -> tuple[tuple[str, str], ...]:
        """(price table, price level) of every level and of the residual. InvalidInput PAYMENT_UNKNOWN or
        PIECE_NOT_ADMITTED.
        """
        if shape not in self.price_tables:
            raise InvalidInput(f"The piece may not travel as {self.title}.", code="PIECE_NOT_ADMITTED")
        single = self.single_piece_tables[single_piece_shape].get(payment)
        if single is None:
            raise InvalidInput(f"Postage cannot be paid by {payment!r}.", code="PAYMENT_UNKNOWN")
        table = self.price_tables[shape]
        return (
            *((table, level.price_level) for level in self.levels),
            (single, self.residual.price_level),
        )

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What the plan takes for granted without confirmation."""
        return (*self.unconfirmed, *(level.unconfirmed for level in self.all_levels if level.unconfirmed))


def sort_plan(plan_id: str, on: date, *, allow_test_only: bool = False) -> SortPlan:
    """The plan in force on a mailing date. InvalidInput EDITION_MISSING names it when there is none."""
    return load_plan(edition_for(f"sort-plan/{plan_id}", on, allow_test_only=allow_test_only))


@lru_cache(maxsize=64)
def load_plan(edition: Edition) -> SortPlan:
    """Read one plan. Corrupt when a level asks for something the engine does not do."""
    data = tomllib.loads(edition.path.read_text(encoding="utf-8"))
    levels = tuple(SortLevel(**row) for row in data["level"])
    residual = SortLevel(**data["residual"])
    for level in (*levels, residual):
        if level.key not in KEYS or level.overflow not in OVERFLOW or level.minimum < 1:
            raise Corrupt(
                f"Sort plan {data['id']}: level {level.code} asks for an unknown key or overflow rule."
            )
    if levels[-1].key != "all" or levels[-1].minimum != 1:
        raise Corrupt(f"Sort plan {data['id']}: the last level must take every piece that is left.")
    own = {"shapes", "price_tables", "single_piece_tables", "level", "residual", "unconfirmed"}
    plain: dict[str, Any] = {key: value for key, value in data.items() if key not in own}
    return SortPlan(
        **plain,
        edition=edition,
        shapes=tuple(data["shapes"]),
        price_tables=data["price_tables"],
        single_piece_tables=data["single_piece_tables"],
        levels=levels,
        residual=residual,
        unconfirmed=tuple(data["unconfirmed"]),
    )


def check_evidence_age(
    plan: SortPlan, *, mail_date: date, move_update: date, address_matching: date
) -> list[Finding]:
    """Stops for a list updated (Move Update) or matched (CASS) too long before the mailing date."""
    ages = (
        ("MOVE_UPDATE_AGE", "Move Update", move_update, plan.move_update_days),
        ("ADDRESS_MATCHING_AGE", "address matching", address_matching, plan.address_matching_days),
    )
    return [
        Finding(
            code=code,
            severity=Severity.STOP,
            message=(
                f"The {what} of {done.isoformat()} is {(mail_date - done).days} days old on the mailing "
                f"date; {limit} days are allowed."
            ),
            remedy=f"Process the list again at most {limit} days before mailing, or mail single pieces.",
        )
        for code, what, done, limit in ages
        if (mail_date - done).days > limit
    ]
