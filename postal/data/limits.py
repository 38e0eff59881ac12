"""Thresholds and ages the Postal Service holds a mailer to: Move Update, Scorecard, Seamless, unique barcodes."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from kernel.errors import Corrupt
from postal.data.editions import Edition, InForce, assumptions, kept_by_content
from postal.data.shaped import shaped

UNITS = ("days", "months", "share", "pieces", "pounds")
_STATES = ("confirmed", "unconfirmed")


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit; a ``share`` is a part of one (0.02 = two percent)."""

    name: str
    value: Decimal
    unit: str
    what: str
    source: str
    status: str


@dataclass(frozen=True, slots=True)
class LimitException:
    """What a limit does not bind."""

    limit: str
    name: str
    what: str
    source: str
    status: str


@dataclass(frozen=True, slots=True)
class Limits:
    """Those in force on a day, by name."""

    edition: Edition
    by_name: Mapping[str, Limit]
    exceptions: tuple[LimitException, ...] = ()

    def value(self, name: str) -> Decimal:
        """The number; Corrupt LIMIT_MISSING when the edition lacks it: nothing stands in for it."""
        return self._limit(name).value

    def whole(self, name: str) -> int:
        """The number of days, months or pieces."""
        return int(self.value(name))

    def assumptions(self, *names: str) -> tuple[str, ...]:
        """What must be said where these limits were used."""
        open_ones = (self._limit(name) for name in names)
        said = [f"{one.what} {one.value} is unconfirmed." for one in open_ones if one.status != "confirmed"]
        return assumptions([self.edition], *said)

    def _limit(self, name: str) -> Limit:
        found = self.by_name.get(name)
        if found is None:
            raise Corrupt(f"{self.edition.name} has no limit {name}.", code="LIMIT_MISSING")
        return found


def limits(in_force: InForce) -> Limits:
    """The limits in force on a day. InvalidInput EDITION_MISSING."""
    return load_limits(in_force.edition("limits"))


@kept_by_content
def load_limits(edition: Edition) -> Limits:
    """Read one edition. ValueError for a unit, state or number that is none, or a name twice."""
    data = tomllib.loads(edition.path.read_text(encoding="utf-8"))
    rows, exceptions = data["limit"], tuple(shaped(LimitException, row) for row in data.get("exception", ()))
    found = [shaped(Limit, row) for row in rows]
    for one in found:
        if one.unit not in UNITS or one.status not in _STATES or one.value <= 0:
            raise ValueError(f"limit {one.name} has an unknown unit or state, or is not over zero")
    by_name = {one.name: one for one in found}
    if len(by_name) != len(found):
        raise ValueError("a limit stands there twice")
    if any(one.limit not in by_name or one.status not in _STATES for one in exceptions):
        raise ValueError("an exception is of no limit here, or its state is unknown")
    return Limits(edition, by_name, exceptions)
