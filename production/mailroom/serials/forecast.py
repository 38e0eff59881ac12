"""How long serials last: "mailer id 900000001 wraps in 25 days at 40,000 a day", told before one is exhausted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.findings import Finding, Severity
from production.mailroom.serials.blocks import UNIQUE_DAYS, WINDOW, capacity
from production.mailroom.serials.models import MailerId, SerialBlock
from production.people.models import Agency

LOOK_BACK = 30  # days whose use is the daily average
MARGIN_DAYS = 10  # a wrap within the window and this many days more is told: time to get another mailer id


@dataclass(frozen=True, slots=True)
class MidForecast:
    """One mailer id. ``taken``: serials given to mail within 45 days of the day; ``daily``: serials a day."""

    mailer_id: str
    owner: str
    is_active: bool
    capacity: int
    taken: int
    daily: int

    @property
    def free(self) -> int:
        """Serials a stream of the day could still get."""
        return self.capacity - self.taken

    @property
    def wrap_days(self) -> int | None:
        """Days until the first serial comes round again; None when nothing is used."""
        return self.capacity // self.daily if self.daily else None


@dataclass(frozen=True, slots=True)
class Rotation:
    """The active mailer ids of one owner together: the mail is spread over all of them."""

    owner: str
    members: tuple[MidForecast, ...]
    daily: int

    @property
    def capacity(self) -> int:
        """Serials of all of them."""
        return sum(member.capacity for member in self.members)

    @property
    def wrap_days(self) -> int | None:
        """Days until the numbers begin again."""
        return self.capacity // self.daily if self.daily else None

    @property
    def is_short(self) -> bool:
        """The numbers begin again within the window in which none may repeat, or close behind it."""
        return self.wrap_days is not None and self.wrap_days < UNIQUE_DAYS + MARGIN_DAYS

    @property
    def sentence(self) -> str:
        """'Mailer id 900000001 wraps in 25 days at 40,000 a day.'"""
        one = len(self.members) == 1
        names = ", ".join(member.mailer_id for member in self.members)
        subject = f"Mailer id {names} wraps" if one else f"Mailer ids {names} wrap"
        if self.wrap_days is None:
            return f"Mailer id{'' if one else 's'} {names}: no serial was used lately."
        days = f"{self.wrap_days:,} day{'' if self.wrap_days == 1 else 's'}"
        return f"{subject} in {days} at {self.daily:,} a day."

    @property
    def finding(self) -> Finding | None:
        """What to say when the numbers are short."""
        if not self.is_short:
            return None
        what = f"{self.sentence} A serial may not come again within {UNIQUE_DAYS} days."
        return Finding(
            "IMB_WRAP",
            Severity.WARN,
            what,
            'Enter one under "Mailer ids", of six digits if possible.',
        )


def forecast(
    session: Session, on: date, *, days: int = LOOK_BACK, daily: int | None = None, mailer_id: str = ""
) -> tuple[list[Rotation], list[MidForecast]]:
    """The rotations (the shop's first, then agencies' by name) and every mailer id, retired ones too.

    ``daily``: serials a day as somebody expects them, of each rotation; else the average of the ``days`` up to
    ``on``. ``mailer_id``: that one alone, as if all the mail went through it.
    """
    used = _used(session, on - timedelta(days=days - 1), on)
    taken = _used(session, on - WINDOW, on + WINDOW)
    rows = session.execute(
        select(MailerId, Agency.name)
        .outerjoin(Agency, Agency.id == MailerId.agency_id)
        .order_by(Agency.name.nulls_first(), MailerId.mailer_id)
    ).all()
    found = [
        MidForecast(
            row.mailer_id,
            name or "",
            row.active,
            capacity(row.mailer_id),
            taken.get(row.mailer_id, 0),
            -(-used.get(row.mailer_id, 0) // days),
        )
        for row, name in rows
        if mailer_id in ("", row.mailer_id)
    ]
    owners = dict.fromkeys(one.owner for one in found if one.is_active)
    return [_rotation(owner, found, daily) for owner in owners], found


def wrap_findings(session: Session, mailer_id: str, on: date) -> list[Finding]:
    """The warning a stream of that day shows when the mailer ids it is spread over wrap too soon."""
    session.flush()  # the stream's own serials count
    rotations, _ = forecast(session, on)
    own = (one for one in rotations if mailer_id in {member.mailer_id for member in one.members})
    return [finding for one in own if (finding := one.finding)]


def _rotation(owner: str, found: Sequence[MidForecast], daily: int | None) -> Rotation:
    members = tuple(one for one in found if one.owner == owner and one.is_active)
    return Rotation(owner, members, sum(one.daily for one in members) if daily is None else daily)


def _used(session: Session, first: date, last: date) -> Mapping[str, int]:
    """Serials by mailer id in the blocks of some mailing days, both ends included."""
    serials = func.sum(SerialBlock.last - SerialBlock.first + 1)
    rows = session.execute(
        select(SerialBlock.mailer_id, serials)
        .where(SerialBlock.mail_date.between(first, last))
        .group_by(SerialBlock.mailer_id)
    )
    return {mailer_id: int(count) for mailer_id, count in rows}
