"""Options that name a kind of mail as people spell it (class, shape, preparation, policy), or its mail date."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from kernel.clock import today
from postal.data.mail_days import mail_date_finding, mail_day_from
from postal.piece.kinds import spelled


class Kind(click.Choice[str]):
    """A choice that also takes other spellings (postal.piece.kinds): ``First-Class Mail``, ``fcm``, ``letters``."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        meant = spelled(value, tuple(self.choices)) if isinstance(value, str) else value
        return super().convert(meant, param, ctx)


class MailDay(click.DateTime):
    """A mail date, YYYY-MM-DD; refused with the next mail day where the post office takes no mail."""

    def __init__(self) -> None:
        super().__init__(["%Y-%m-%d"])

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        day = value if type(value) is date else super().convert(value, param, ctx).date()
        closed = mail_date_finding(day)
        if closed:
            self.fail(f"{closed.message} {closed.remedy}", param, ctx)
        return day


ON_MAIL_DAY = click.option(
    "--date",
    "mail_date",
    type=MailDay(),
    default=lambda: mail_day_from(today()),
    help="Mailing date; default today, or the next mail day.",
)
