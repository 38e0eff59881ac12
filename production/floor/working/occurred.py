"""When something happened, as a person types it after an outage: a time of today at the shop, or day and time."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time

from kernel.clock import SHOP_ZONE, today
from kernel.errors import refused_field

_SAID = re.compile(r"(?:(\d{4}-\d\d-\d\d) )?(\d{1,2}):(\d\d)(?: ?(am|pm))?(?: (cst|cdt))?", re.IGNORECASE)


def read_occurred(text: str, *, field: str = "occurred") -> datetime | None:
    """None where nothing is said. InvalidInput CLOCK_TIME; an hour that daylight saving gives twice is said with CDT
    or CST.
    """
    said = " ".join(text.split())
    if not said:
        return None
    found = _SAID.fullmatch(said)
    if found is None:
        raise refused_field(
            "CLOCK_TIME", field, "That is no time.", "Write it as in 09:10, or 2026-11-30 09:10."
        )
    day, hours, minutes, half, zone = found.groups()
    try:
        hour = int(hours) if half is None else _of_half(int(hours), half.lower())
        local = datetime.combine(date.fromisoformat(day) if day else today(), time(hour, int(minutes)))
    except ValueError:
        raise refused_field(
            "CLOCK_TIME", field, "That is no day or time.", "Write it as in 2026-11-30 09:10."
        ) from None
    instants = {
        instant.tzname(): instant.astimezone(UTC)
        for instant in (local.replace(tzinfo=SHOP_ZONE, fold=fold) for fold in (0, 1))
        if instant.astimezone(UTC).astimezone(SHOP_ZONE).replace(tzinfo=None) == local
    }
    if not instants:
        raise refused_field(
            "CLOCK_TIME", field, "That hour is left out when summer begins.", "Write an hour later."
        )
    if zone is None and len(instants) > 1:
        raise refused_field(
            "CLOCK_TIME", field, "That hour is there twice when summer ends.", "Write CDT or CST behind it."
        )
    return instants.get((zone or "").upper(), next(iter(instants.values())))


def _of_half(hour: int, half: str) -> int:
    if not 1 <= hour <= 12:
        raise ValueError
    return hour % 12 + 12 * (half == "pm")
