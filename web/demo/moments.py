"""When things happen in the demonstration, told from now: mail days before today at an hour, or minutes ago."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from kernel import clock
from postal.data.mail_days import mail_day_from, mail_days_after, mail_days_before


@dataclass(frozen=True, slots=True)
class Moments:
    """The instants and days of one filling, all counted from its ``now``."""

    now: datetime

    @property
    def today(self) -> date:
        """The day at the shop."""
        return clock.business_date(self.now)

    def at(self, told: str) -> datetime:
        """'3 09:10': three mail days before today at that hour; '-45': so many minutes ago. Never later than now."""
        if told.startswith("-"):
            return self.now - timedelta(minutes=int(told[1:]))
        days, _, hour = told.partition(" ")
        day = mail_days_before(self.today - timedelta(days=1), int(days) - 1)
        instant = datetime.combine(day, time.fromisoformat(hour), clock.SHOP_ZONE)
        return min(instant.astimezone(self.now.tzinfo), self.now)

    def mail_day(self, distance: int) -> date:
        """So many mail days after today, or before it; of zero, today or the first mail day after it."""
        if distance < 0:
            return mail_days_before(self.today - timedelta(days=1), -distance - 1)
        return mail_days_after(mail_day_from(self.today), distance)

    def first_month(self, weeks: int) -> date:
        """The month in which a history of so many weeks begins."""
        return clock.business_date(self.at(f"{5 * weeks + 4} 12:00")).replace(day=1)
