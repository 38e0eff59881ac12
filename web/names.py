"""People by their names: what a page shows for the sign-in name that a row keeps of who did something."""

from __future__ import annotations

from functools import lru_cache

from flask import Flask

from production.people.agreements import full_name
from store.db import system_actor
from store.plant import Plant
from web.formats import NOTHING

_READER = system_actor("names")
_KEPT = 10_000  # names of a process; a person's name never changes


def install(app: Flask, plant: Plant) -> None:
    """Gives every template the filter ``who``: 'mona' as 'Mona Mailer'; the system and the console as themselves."""

    @lru_cache(maxsize=_KEPT)
    def known(actor: str) -> str:
        if actor.startswith("system:"):
            return "the system"
        if actor.startswith("console"):
            return f"the {actor}"
        with plant.db.read_only(_READER) as session:
            return full_name(session, actor)

    def who(actor: str | None) -> str:
        return known(actor) if actor else NOTHING

    app.jinja_env.filters["who"] = who
