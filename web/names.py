"""People by their names: what a page shows for the sign-in name that a row keeps of who did something."""

from __future__ import annotations

from functools import lru_cache

from flask import Flask

from production.people.second_person import full_name
from store.db import Database, system_actor
from web.formats import NOTHING
from web.frame import plant

_READER = system_actor("names")
_KEPT = 10_000  # names of a process; a person's name never changes


def install(app: Flask) -> None:
    """Gives every template the filter ``who``."""
    app.jinja_env.filters["who"] = who


def who(actor: str | None) -> str:
    """'mona' as 'Mona Mailer'; the system and the console as themselves."""
    return _known(plant().db, actor) if actor else NOTHING


@lru_cache(maxsize=_KEPT)
def _known(database: Database, actor: str) -> str:
    if actor.startswith("system:"):
        return "the system"
    if actor.startswith("console"):
        return f"the {actor}"
    with database.read_only(_READER) as session:
        return full_name(session, actor)
