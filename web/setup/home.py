"""The administrator's first page: what the plant is set up with, what is still to do, and what is assumed meanwhile."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template, url_for
from sqlalchemy.orm import Session

from kernel.clock import today
from production.jobs import stopped_work
from production.people import second_person
from production.people.setup import latest, tallies
from production.setup.kinds import KINDS, kind_of
from web.charts.gauges import ring
from web.figures import Figure
from web.frame import actor, plant, reading, require
from web.policies import VERBS, may
from web.setup.checklist import Item, State, assumptions, checklist, facts_of, next_item

blueprint = Blueprint("setup", __name__, url_prefix="/setup")
LATEST = 8


@blueprint.get("")
@require("set_up")
def home() -> str:
    """What is to do, in groups; what stands before real mail; the latest changes."""
    files = plant().files
    settings = plant().settings
    mail_host = "" if settings.mail_catcher else settings.smtp_host  # what is caught is not sent
    with reading() as session:
        rows = tallies(session, KINDS)
        facts = facts_of(session, files, today(), rows=rows, mail_host=mail_host)
        changes = [(one, kind_of(one.kind)) for one in latest(session, LATEST)]
        figures = _figures(session) if may(actor(), "administer") else []
    groups = checklist(facts)
    items = [item for _, group in groups for item in group]
    done = sum(item.state is State.DONE for item in items)
    is_practice = facts.shop is None or facts.shop.allow_test_only
    return render_template(
        "setup/home.html", groups=groups, next=next_item([item for item in items if _opens(item)]),
        opens=_opens, keepers=_keepers, ring=ring("Done so far", done, len(items)),
        kinds=[(kind, rows[kind.code].rows) for kind in KINDS if may(actor(), kind.verb)], figures=figures,
        changes=[(one, kind) for one, kind in changes if may(actor(), kind.verb)],
        is_practice=is_practice, for_live=[item for item in items if item.for_live],
        assumed=assumptions(files, today()) if is_practice else (),
    )  # fmt: skip


def _figures(session: Session) -> list[Figure]:
    """What stands still or waits, each leading to it: the health of the plant as an administrator acts on it."""
    holds, steps = stopped_work.counts(session)
    return [
        Figure("Holds to be lifted", holds, url_for("stopped.listing", _anchor="holds")),
        Figure("Steps that stopped", steps, url_for("stopped.listing", _anchor="steps")),
        Figure(
            "Waits for a second person", len(second_person.waiting(session)), url_for("agreements.listing")
        ),
    ]


def _verb(item: Item) -> str:
    """What somebody must be allowed in order to open the screen of an item."""
    code = dict(item.where).get("code")
    return kind_of(code).verb if code else str(vars(current_app.view_functions[item.endpoint])["verb"])


def _opens(item: Item) -> bool:
    return may(actor(), _verb(item))


def _keepers(item: Item) -> str:
    """Who does it, for somebody who may not."""
    return " or ".join(sorted(role.value.replace("_", " ") for role in VERBS[_verb(item)])).capitalize()
