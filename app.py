"""Composition root: settings in, Flask app out, ``indicia`` command in.

Imports stand inside the functions: ``indicia imb`` need not wait for the web and the database.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from store.plant import Plant
    from store.settings import Settings

HERE = Path(__file__).resolve().parent
STATEMENT_SECONDS = 15  # nobody waits longer for a page; work that may take longer is a step of a worker


def create_app(settings: Settings | None = None, database_url: str | None = None) -> Flask:
    """The web process. The database is running and migrated; Unavailable when nobody says where it is."""
    from flask import Flask

    from kernel.errors import Unavailable
    from store.plant import open_plant
    from store.settings import read_settings
    from web import assets, charts, counters, errors, formats, frame, names, security
    from web.auth import attempts, doors, person, tablets
    from web.auth import views as auth

    settings = settings or read_settings()
    url = database_url or settings.database_url
    if not url:
        raise Unavailable(
            "The web process needs DATABASE_URL. `indicia up` starts it together with the database."
        )
    app = Flask("indicia", template_folder=str(HERE / "templates"), static_folder=None, root_path=str(HERE))
    app.secret_key = settings.secret_key()
    plant = open_plant(settings, url, statement_seconds=STATEMENT_SECONDS)
    assets.install(app)
    formats.install(app)
    charts.install(app)
    security.install(
        app,
        trusted_hosts=[host.strip() for host in settings.trusted_hosts.split(",")],
        https=settings.https_only,
        max_body_bytes=settings.max_upload_mb * 1_000_000,
        trusted_proxies=settings.trusted_proxies,
        is_known=person.is_known,
    )
    doors.install(app)
    errors.install(app)
    frame.install(app, plant)
    person.install(app)
    tablets.install(app)
    names.install(app)
    attempts.install(app, settings.redis_url)
    auth.install(app)
    counters.register(app)
    return app


def _drain(plant: Plant) -> None:
    from store.logs import set_up
    from workers.runtime import drain

    set_up("ERROR")  # a command answers in sentences
    drain(plant)


def _run(settings: Settings, *, on_ready: Callable[[Settings], None]) -> None:
    from store.logs import set_up
    from workers.supervisor import run

    set_up("ERROR")  # the processes that it starts set their own level
    run(settings, on_ready=on_ready)


def main() -> None:
    """The console command: gives the workers' functions to the commands, which may not import them. What it and its
    children make is for its owner only.
    """
    import os

    from web.commands.console import make_console

    os.umask(0o077)
    make_console(drain=_drain, run=_run)()
