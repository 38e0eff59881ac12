"""``indicia up`` and ``indicia migrate``."""

from __future__ import annotations

import click

from store.settings import Settings, read_settings
from web.commands.demo import load_demo, tell_sign_ins
from web.commands.plant import opened_plant


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
        click.echo(f"\nIndicia is ready: {address}\nCtrl-C stops it; the next start keeps the data.")

    click.echo("Starting Indicia ...")
    context.obj["run"](read_settings(), on_ready=on_ready)
    click.echo("Stopped.")


@click.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    with opened_plant():
        click.echo("The database has the newest schema.")
