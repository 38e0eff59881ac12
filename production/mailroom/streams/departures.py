"""Today's cut-offs, each with the mailings that are to leave by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from production.jobs.states import LotState
from production.mailings.cut_offs import CutOff, last_for
from production.mailroom.streams.mailing_view import MailingLine

_AT_THE_DOOR = (LotState.PRODUCED, LotState.DISPATCHED)


@dataclass(frozen=True, slots=True)
class Departure:
    """A cut-off, and the mailings that must make it."""

    cut_off: CutOff
    mailings: tuple[MailingLine, ...]

    @property
    def pieces(self) -> int:
        """Of those that are sorted."""
        return sum(line.pieces or 0 for line in self.mailings)

    @property
    def is_ready(self) -> bool:
        """All of it can be loaded."""
        return self.ready == self.pieces > 0 and all(line.pieces for line in self.mailings)

    @property
    def ready(self) -> int:
        """Pieces that are explained and can be loaded, or left already."""
        return sum(line.pieces or 0 for line in self.mailings if line.state in _AT_THE_DOOR)


class Door(NamedTuple):
    """A door of the dock and what leaves there next, nothing where all of its day has left."""

    name: str
    next: Departure | None


def doors(found: Sequence[Departure], now: datetime) -> list[Door]:
    """The doors of a day's cut-offs by name, each with the next one that mail waits for, else the next at all."""
    by_door: dict[str, list[Departure]] = {}
    for one in found:
        if one.cut_off.row.door:
            by_door.setdefault(one.cut_off.row.door, []).append(one)
    ahead = {door: [one for one in own if one.cut_off.at > now] for door, own in by_door.items()}
    return [
        Door(door, next((one for one in own if one.mailings), own[0] if own else None))
        for door, own in sorted(ahead.items())
    ]


def departures(cut_offs: Sequence[CutOff], lines: Sequence[MailingLine], day: date) -> tuple[Departure, ...]:
    """A mailing of that day, or of one before it, must make the last cut-off that takes its class."""
    due = [(line, last_for(line.mail_class, cut_offs)) for line in lines if line.mail_date <= day]
    return tuple(Departure(one, tuple(line for line, last in due if last is one)) for one in cut_offs)
