"""Days on which the shop is closed though the Postal Service takes mail (data/shop_closed_days.toml).

What the shop is asked for and promises counts days on which both are open. A mail date that the shop itself sets needs
the Postal Service alone: somebody may come in.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from postal.data import mail_days

_DATA = Path(__file__).parent / "data" / "shop_closed_days.toml"


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """A day on which the shop is closed, and whether that is confirmed."""

    day: date
    name: str
    source: str
    status: str


def closed_for(day: date) -> str:
    """Why a day is no day of work for the mail: weekend, holiday of the post or of the shop; nothing on one that is."""
    return mail_days.closed_for(day) or (_by_day()[day].name if day in _by_day() else "")


def closed_days(since: date) -> tuple[ClosedDay, ...]:
    """Closed days from a day on."""
    return tuple(closed for day, closed in sorted(_by_day().items()) if day >= since)


@lru_cache(maxsize=1)
def _by_day() -> dict[date, ClosedDay]:
    kept = tomllib.loads(_DATA.read_text("utf-8"))
    sources, rows = kept["source"], kept["closed"]
    return {row["day"]: ClosedDay(row["day"], row["name"], **sources[row["by"]]) for row in rows}
