"""A draft for somebody else: ordered in a colleague's name, or handed over to be finished."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from pydantic import Field

from kernel.ids import named_ulid, show_ulid
from production.asked import Asked, Needed
from production.frontdesk.drafting import delegates, drafts
from store.db import UnitOfWork
from web.acts import command
from web.forms import Form, Refused
from web.frame import Done, actor, reading, require

blueprint = Blueprint("delegating", __name__, url_prefix="/drafts")
nav = ()


class OrderedFor(Asked):
    """Whose order it is."""

    CODE = "COLLEAGUE"
    REFUSED = "Nothing was changed."
    ordered_for: Needed = Field(title="Who is it for?")


class HandedTo(Asked):
    """Who goes on with it."""

    CODE = "COLLEAGUE"
    REFUSED = "It was not handed over."
    handed_to: Needed = Field(title="Who goes on with it?")


@blueprint.get("/<ulid>/colleague")
@require("order")
def page(ulid: str, refused: Refused | None = None) -> str:
    """Choosing a colleague."""
    with reading() as session:
        draft = drafts.find(session, actor(), named_ulid(ulid, "draft"))
        others = delegates.requesters(session, draft)
    return render_template(
        "portal/draft_colleague.html", draft=draft, refused=refused,
        ordered_for=Form(OrderedFor, refused, options={"ordered_for": others}),
        handed_to=Form(HandedTo, refused, options={"handed_to": others}), has_others=bool(others),
    )  # fmt: skip


@blueprint.post("/<ulid>/for")
@require("order")
@command(OrderedFor, again=page)
def order_for(uow: UnitOfWork, said: OrderedFor, ulid: str) -> Done:
    """It is ordered in a colleague's name."""
    draft = drafts.open_draft(uow, named_ulid(ulid, "draft"))
    name = delegates.order_for(uow, draft, said.ordered_for)
    review = url_for("drafting.step", ulid=show_ulid(draft.ulid), step="review")
    return Done(review, f"This is an order of {name} now; the job says that you entered it.")


@blueprint.post("/<ulid>/hand-over")
@require("order")
@command(HandedTo, again=page)
def hand_over(uow: UnitOfWork, said: HandedTo, ulid: str) -> Done:
    """A colleague goes on with it."""
    draft = drafts.open_draft(uow, named_ulid(ulid, "draft"))
    name = delegates.hand_over(uow, draft, said.handed_to)
    return Done(url_for("home.home"), f"{name} has the draft now.")
