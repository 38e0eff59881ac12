"""People by their names: what a page shows for the sign-in name that a row keeps of who did something."""

from __future__ import annotations

from typing import cast

from flask import Flask, g

from production.people.names import full_names
from store.db import system_actor
from web.formats import NOTHING
from web.frame import plant

_READER = system_actor("names")


def install(app: Flask) -> None:
    """Gives every template the filter ``who``."""
    app.jinja_env.filters["who"] = who


def who(actor: str | None) -> str:
    """'mona' as 'Mona Mailer'; the system and the console as themselves."""
    if not actor:
        return NOTHING
    if actor.startswith("system:"):
        return "the system"
    if actor.startswith("console"):
        return f"the {actor}"
    return _names().get(actor, actor)


def _names() -> dict[str, str]:
    """All of them in one statement, for the first that a page shows: names change, and pages show many."""
    if "names" not in g:
        with plant().db.read_only(_READER) as session:
            g.names = full_names(session)
    return cast("dict[str, str]", g.names)
