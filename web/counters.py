"""Every counter of the house, in the order of the navigation: a package with a ``blueprint`` and ``nav`` entries."""

from __future__ import annotations

from flask import Flask

from web import frame, health, recipients
from web.admin import maildat_settings, sorting
from web.admin import views as admin
from web.api.v1 import views as api
from web.auth import views as auth
from web.billing import cards, charges, periods, second_person
from web.dock import custody
from web.floor import operation, queue
from web.mailroom import (
    batch,
    editions,
    holding,
    incentives,
    maildat,
    mailer_ids,
    nonprofit,
    piece_search,
    plan,
    pool,
    savings,
    sorter,
    stopped,
)
from web.metering import sheets
from web.portal import approving, drafting, jobs, keys, letter_search

COUNTERS = (
    frame,
    auth,
    jobs,
    drafting,
    approving,
    letter_search,
    recipients,
    keys,
    queue,
    operation,
    pool,
    batch,
    maildat,
    plan,
    piece_search,
    sorter,
    custody,
    editions,
    mailer_ids,
    incentives,
    nonprofit,
    stopped,
    holding,
    savings,
    admin,
    maildat_settings,
    sorting,
    health,
    api,
    sheets,
    charges,
    periods,
    cards,
    second_person,
)


def register(app: Flask) -> None:
    """Put the blueprints in and gather the navigation."""
    for counter in COUNTERS:
        app.register_blueprint(counter.blueprint)
        app.extensions["nav"] += counter.nav
