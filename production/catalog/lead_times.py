"""How long work takes, in mail days, as data; and the earliest day that may be asked for."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import lru_cache
from pathlib import Path

from postal.mail_days import mail_days_after

_DATA = Path(__file__).parent / "data" / "lead_times.toml"


def earliest_mail_day(kind: str, ordered: date) -> date:
    """The first day on which work of a kind, ordered that day, can be handed over."""
    return mail_days_after(ordered, _lead_times()[kind])


@lru_cache(maxsize=1)
def _lead_times() -> dict[str, int]:
    return dict(tomllib.loads(_DATA.read_text("utf-8"))["mail_days"])
