"""When an event of a device happened, by its two clocks: one that people set, and one that only runs. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

_TOLERANCE = timedelta(minutes=2)  # clocks of tablets are not ours


class Said(NamedTuple):
    """What a line says: the device's time, and milliseconds since its page was opened."""

    occurred: datetime
    offset_ms: int


class Happened(NamedTuple):
    """The time to keep, and whether the device's own was wrong."""

    at: datetime
    has_wrong_clock: bool


def happened(said: Said, received: datetime, before: tuple[Said, datetime] | None = None) -> Happened:
    """``before``: the event before it, and the time kept of that.

    As the device says it, unless its clock ran back or is ahead of ours. An event is never earlier than the one before
    it and what the running clock counted since; after a page was opened anew that is less than what passed, never more.
    """
    earliest = said.occurred
    if before is not None:
        passed = max(0, said.offset_ms - before[0].offset_ms)
        earliest = min(before[1] + timedelta(milliseconds=passed), received)
    if earliest - _TOLERANCE <= said.occurred <= received + _TOLERANCE:
        at = max(said.occurred, before[1]) if before else said.occurred
        return Happened(min(at, received), has_wrong_clock=False)
    return Happened(earliest if before else received, has_wrong_clock=True)
