"""``indicia up`` and ``indicia migrate``."""

from __future__ import annotations

import click

from store.plant import Plant
from store.settings import Settings, read_settings
from store.start.migrate import one_role_warning
from web.commands.demo import load_demo
from web.commands.first_person import tell_first_administrator
from web.commands.line import CONSOLE_ACTOR
from web.commands.plant import opened_database, opened_plant
from web.commands.sample import tell_sign_ins


@click.command()
@click.option(
    "--demo", "with_demo", is_flag=True, help="Load the sample plant and walk its sample mailing once."
)
@click.pass_context
def up(context: click.Context, with_demo: bool) -> None:  # click passes flags so
    """Start everything: database, queue, web and workers. Ctrl-C stops every process; data is kept."""
    drain = context.obj["drain"]

    def on_ready(settings: Settings) -> None:
        host = settings.host.strip("[]")
        address = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}/"
        if with_demo:
            load_demo(settings, drain)
            tell_sign_ins(settings)
        with opened_database(settings) as (plant, _):
            tell_of_one_role(plant)
            tell_first_administrator(plant)
        click.echo(f"\nIndicia is ready: {address}\nCtrl-C stops it; the next start keeps the data.")

    click.echo("Starting Indicia ...")
    context.obj["run"](read_settings(), on_ready=on_ready)
    click.echo("Stopped.")


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
