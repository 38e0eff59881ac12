"""``indicia up`` and ``indicia migrate``."""

from __future__ import annotations

import socket
from dataclasses import replace

import click

from store.plant import Plant
from store.settings import Settings, read_settings
from store.start.migrate import one_role_warning
from web.commands.demo import fill_demo, load_demo
from web.commands.first_person import tell_first_administrator
from web.commands.line import CONSOLE_ACTOR
from web.commands.plant import opened_database, opened_plant
from web.commands.sample import tell_sign_ins


@click.command()
@click.option(
    "--demo",
    "with_demo",
    is_flag=True,
    help="Load the sample plant, walk its sample mailing once, and fill in a busy day behind it.",
)
@click.pass_context
def up(context: click.Context, with_demo: bool) -> None:  # click passes flags so
    """Start everything: database, queue, web and workers. Ctrl-C stops every process; data is kept."""
    drain = context.obj["drain"]

    def on_ready(settings: Settings) -> None:
        if with_demo:
            load_demo(settings, drain)
            tell_sign_ins(settings)
            click.echo(f"\nE-mails are caught, not sent: {settings.address}/demo-mail")
        with opened_database(settings) as (plant, _):
            tell_of_one_role(plant)
            tell_first_administrator(plant)
        click.echo(
            f"\nIndicia is ready: {settings.address}/\nCtrl-C stops it; the next start keeps the data."
        )
        if with_demo:
            fill_demo(settings, drain)

    click.echo("Starting Indicia ...")
    settings = replace(read_settings(), mail_catcher=False, demo=with_demo)
    context.obj["run"](with_catcher(settings) if with_demo else settings, on_ready=on_ready)
    click.echo("Stopped.")


def with_catcher(settings: Settings) -> Settings:
    """No e-mail of a demonstration leaves this machine, whatever server is set."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return replace(
        settings, smtp_host="127.0.0.1", smtp_port=port, smtp_tls="none", smtp_user="",
        mail_from="Indicia demonstration <notices@indicia.example>", mail_catcher=True,
    )  # fmt: skip


@click.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    with opened_plant() as plant:
        click.echo("The database has the newest schema.")
        tell_of_one_role(plant)


def tell_of_one_role(plant: Plant) -> None:
    """A warning where the role that works with the database owns its tables."""
    with plant.db.read_only(CONSOLE_ACTOR) as session:
        warning = one_role_warning(session)
    if warning:
        click.echo(f"Warning: {warning}", err=True)
