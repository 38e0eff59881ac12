"""Composition root: settings in, Flask app out, ``indicia`` command in."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from kernel.errors import Unavailable
from store.plant import open_plant
from store.settings import Settings, read_settings
from web import assets, counters, errors, formats, frame, security
from web.auth import person
from web.auth import views as auth

HERE = Path(__file__).resolve().parent


def create_app(settings: Settings | None = None, database_url: str | None = None) -> Flask:
    """The web process. The database is running and migrated; Unavailable when nobody says where it is."""
    settings = settings or read_settings()
    url = database_url or settings.database_url
    if not url:
        raise Unavailable(
            "The web process needs DATABASE_URL. `indicia up` starts it together with the database."
        )
    app = Flask("indicia", template_folder=str(HERE / "templates"), static_folder=None, root_path=str(HERE))
    app.secret_key = settings.secret_key()
    plant = open_plant(settings, url)
    assets.install(app)
    formats.install(app)
    security.install(
        app,
        trusted_hosts=[host.strip() for host in settings.trusted_hosts.split(",")],
        https=settings.https_only,
        max_body_bytes=settings.max_upload_mb * 1_000_000,
    )
    errors.install(app)
    frame.install(app, plant)
    person.install(app, plant)
    auth.install(app, settings.redis_url)
    counters.register(app)
    return app


def main() -> None:
    """The console command. It gives the workers' functions to the commands, which may not import them."""
    from web.commands.console import make_console

    from workers.logs import set_up
    from workers.runtime import drain
    from workers.supervisor import run

    set_up("ERROR")  # a command answers in sentences; the processes that `up` starts set their own level

    make_console(drain=drain, run=run)()
