"""``indicia notices``: whether e-mail goes out, and what became of each."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.clock import SHOP_ZONE
from kernel.errors import InvalidInput, Unavailable
from production.notices.mail_server import connect, fault
from production.notices.models import NoticeMail
from production.people.models import User
from store.db import Actor
from store.settings import read_settings
from web.commands.plant import opened_plant
from web.commands.telling import to_json

CONSOLE = Actor("console")


@click.group()
def notices() -> None:
    """Look after the e-mails that tell people."""


@dataclass(frozen=True, slots=True)
class MailRow:
    """One e-mail: to whom, how it goes, and how far it is (sent, waits, given up, in doubt)."""

    message_id: str
    person: str
    by_mail: str
    state: str
    at: datetime
    failure: str | None


@notices.command()
@click.option("--limit", default=50, show_default=True, help="How many, newest first.")
@click.option("--json", "as_json", is_flag=True, help="One JSON array on standard output.")
def mails(limit: int, as_json: bool) -> None:
    """What was sent, waits, or was given up."""
    with opened_plant() as plant, plant.db.read_only(CONSOLE) as session:
        rows = list(_rows(session, limit))
    if as_json:
        click.echo(to_json(rows))
        return
    for row in rows:
        told = f"  {row.failure}" if row.failure else ""
        click.echo(f"{row.at.astimezone(SHOP_ZONE):%Y-%m-%d %H:%M}  {row.state:9} {row.person}{told}")
    if not rows:
        click.echo("No e-mail was made yet.")


def _rows(session: Session, limit: int) -> Iterator[MailRow]:
    query = select(NoticeMail, User.sign_in_name).join(User, User.id == NoticeMail.person_id)
    for mail, person in session.execute(query.order_by(NoticeMail.id.desc()).limit(limit)):
        ends = {"sent": mail.sent_at, "given up": mail.given_up_at, "in doubt": mail.begun_at}
        state, at = next(((word, at) for word, at in ends.items() if at), ("waits", mail.made_at))
        yield MailRow(mail.message_id, person, mail.by_mail.value, state, at, mail.failure)


@notices.command("test")
@click.argument("address")
def send_test(address: str) -> None:
    """Send one message to ADDRESS by the settings of this plant."""
    settings = read_settings()
    if not settings.smtp_host:
        raise InvalidInput("No mail server is set.", code="MAIL_SERVER", remedy="Set INDICIA_SMTP_HOST.")
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "A test of Indicia", settings.mail_from, address
    message.set_content("E-mail of the print shop reaches you.\n")
    try:
        with connect(settings) as server:
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        raise Unavailable(
            fault("The mail server did not take the message", error), code="MAIL_SERVER"
        ) from None
    click.echo(f"{settings.smtp_host} took the message.")
