"""``indicia serials``: how long the shop's mailer ids last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import click

from kernel.clock import today
from kernel.errors import NotFound
from production.mailroom.serials.forecast import LOOK_BACK, MidForecast, Rotation, forecast
from store.db import Actor
from web.commands.plant import opened_plant
from web.commands.telling import to_json

CONSOLE = Actor("console")


@click.group()
def serials() -> None:
    """IMb serials of the mailer ids."""


@serials.command("forecast")
@click.option("--daily", type=click.IntRange(1), help="Serials a day; default: the average of the last days.")
@click.option(
    "--days", default=LOOK_BACK, type=click.IntRange(1, 366), help="How many days make the average."
)
@click.option("--mailer-id", default="", help="This one alone, as if all the mail went through it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.pass_context
def forecast_command(
    context: click.Context, /, daily: int | None, days: int, mailer_id: str, as_json: bool
) -> None:
    """When the serials begin again, by owner; exit 2 when they would within 45 days or soon after."""
    with opened_plant() as plant, plant.db.read_only(CONSOLE) as session:
        rotations, mailers = forecast(session, today(), days=days, daily=daily, mailer_id=mailer_id)
    if mailer_id and not mailers:
        raise NotFound(f"There is no mailer id {mailer_id}.")
    result = {
        "rotations": [RotationRow.of(one) for one in rotations],
        "mailer_ids": [MailerRow.of(one) for one in mailers],
    }
    if as_json:
        click.echo(to_json(result))
    else:
        for one in rotations:
            finding = one.finding
            click.echo(f"{one.owner or 'The shop'}: {finding.message if finding else one.sentence}")
        if not rotations:
            click.echo("No mailer id is in use.")
    context.exit(2 if any(one.is_short for one in rotations) else 0)


@dataclass(frozen=True, slots=True)
class RotationRow:
    """Mailer ids of one owner, and when their serials begin again."""

    owner: str | None
    mailer_ids: Sequence[str]
    capacity: int
    daily: float
    wrap_days: float | None
    short: bool
    sentence: str

    @classmethod
    def of(cls, one: Rotation) -> RotationRow:
        """As forecast."""
        members = [member.mailer_id for member in one.members]
        return cls(
            one.owner or None, members, one.capacity, one.daily, one.wrap_days, one.is_short, one.sentence
        )


@dataclass(frozen=True, slots=True)
class MailerRow:
    """One mailer id."""

    mailer_id: str
    owner: str | None
    active: bool
    capacity: int
    taken: int
    free: int
    daily: float
    wrap_days: float | None

    @classmethod
    def of(cls, one: MidForecast) -> MailerRow:
        """As forecast."""
        return cls(
            one.mailer_id, one.owner or None, one.is_active, one.capacity, one.taken, one.free, one.daily,
            one.wrap_days,
        )  # fmt: skip
