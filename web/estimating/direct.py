"""A quote that nobody asked for in here: the estimator chooses the agency and goes on to the workbench."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from pydantic import Field
from sqlalchemy import select

from production.asked import Asked, Day, Line, Needed, Paragraph
from production.frontdesk.orders.order_fields import TITLE_LENGTH
from production.frontdesk.orders.queries import open_accounts
from production.frontdesk.projects import asking, talking
from production.people.models import Agency, User
from store.db import UnitOfWork
from web.acts import command
from web.forms import Form, Refused
from web.frame import Done, reading, require

blueprint = Blueprint("direct", __name__, url_prefix="/quotes/new")


class Begin(Asked):
    """What is to be quoted, and to whom."""

    CODE = "PROJECT"
    REFUSED = "Nothing was begun."
    whom: Needed = Field(title="Who is it for?", description="Gets the quote, and answers it.")
    title: Needed = Field(title="What is it?", max_length=TITLE_LENGTH)
    brief: Paragraph = Field(
        title="What was asked",
        max_length=talking.MOST_LETTERS,
        description="As it was said: who said it, and when.",
    )
    wanted_by: Day = Field(title="Wanted by")
    account: Line = Field(title="Account", description="Pays for hours of consultation, if any are charged.")


@blueprint.get("")
@require("estimate")
def new(refused: Refused | None = None) -> str:
    """The agencies, and what is asked once one is chosen."""
    chosen = request.args.get("agency", "")[:20]
    with reading() as session:
        agencies = session.scalars(select(Agency).order_by(Agency.name, Agency.id)).all()
        found = next((one for one in agencies if one.code == chosen), None)
        people = session.scalars(asking.ordering().where(User.agency_id == found.id)).all() if found else []
        accounts = open_accounts(session, found.id) if found else []
    options = {
        "whom": [(one.sign_in_name, one.full_name) for one in people],
        "account": [(one.bill_code, f"{one.bill_code} {one.name}") for one in accounts],
    }
    return render_template(
        "estimating/direct.html",
        agencies=[(one.code, one.name) for one in agencies],
        chosen=found.code if found else "",
        form=Form(Begin, refused, options=options),
        refused=refused,
        has_people=bool(people and accounts),
    )


@blueprint.post("")
@require("estimate")
@command(Begin, again=new)
def begin(uow: UnitOfWork, said: Begin) -> Done:
    """On to the workbench."""
    question = asking.Question(said.title, said.brief, said.wanted_by, said.account)
    project = asking.offer(uow, question, whom=said.whom)
    return Done(
        url_for("workbench.choose", project=project.number), f"{said.title}: choose what is to be made."
    )
