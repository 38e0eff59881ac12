"""Mailer identifiers: whose they are, how long their serials last, taking one in, retiring one."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from pydantic import Field
from sqlalchemy import select

from kernel.clock import today
from production.asked import Asked, Line
from production.mailroom.serials import mailer_ids
from production.mailroom.serials.blocks import UNIQUE_DAYS
from production.mailroom.serials.forecast import LOOK_BACK, forecast
from production.people.models import Agency
from store.db import UnitOfWork
from web.acts import command
from web.forms import Form, Refused
from web.frame import Done, reading, require

blueprint = Blueprint("mailer_ids", __name__, url_prefix="/mailroom/mailer-ids")
_MOST_DAILY = 9  # digits of a daily volume


class AddMailerId(Asked):
    """A mailer id of the shop or of an agency."""

    mailer_id: Line = Field(
        title="Mailer id",
        description="6 digits that begin with 0 to 8 (a thousand million serials), or 9 digits that begin with 9 (a "
        "million).",
        max_length=20,
    )
    agency: Line = Field(
        "",
        title="Owner",
        description="An agency's own mailer id names it as the owner of the mail (By/For).",
    )


@blueprint.get("")
@require("keep_postal_data")
def listing(refused: Refused | None = None, **_where: str) -> str:
    """Every mailer id and the forecast, by what was used lately or by a daily volume in the address."""
    typed = request.args.get("daily", "").replace(",", "").strip()
    is_number = typed.isascii() and typed.isdigit() and len(typed) <= _MOST_DAILY and int(typed) > 0
    with reading() as session:
        rotations, mailers = forecast(session, today(), daily=int(typed) if is_number else None)
        agencies = session.execute(select(Agency.code, Agency.name).order_by(Agency.name)).all()
    owners = [("", "The shop"), *((code, f"{name} ({code})") for code, name in agencies)]
    return render_template(
        "mailroom/mailer_ids.html",
        rotations=rotations,
        mailers=mailers,
        daily=typed,
        daily_error="" if is_number or not typed else "Write a number of pieces, such as 40,000.",
        form=Form(AddMailerId, refused, options={"agency": owners}),
        refused=refused,
        days=LOOK_BACK,
        window=UNIQUE_DAYS,
    )


@blueprint.post("")
@require("keep_postal_data")
@command(AddMailerId, again=listing)
def add(uow: UnitOfWork, said: AddMailerId) -> Done:
    """A mailer id of the shop or of an agency."""
    mailer = mailer_ids.add(uow, said.mailer_id, agency_code=said.agency)
    return Done(url_for(".listing"), f"Mailer id {mailer.mailer_id} is in use.")


@blueprint.post("/<digits>/<any(retire, activate):what>")
@require("keep_postal_data")
@command(Asked, again=listing)
def change(uow: UnitOfWork, _said: Asked, digits: str, what: str) -> Done:
    """Retire a mailer id, or use it again."""
    mailer = mailer_ids.set_active(uow, digits, is_active=what == "activate")
    say = "in use again" if mailer.active else "retired; what it gave out stays taken"
    return Done(url_for(".listing"), f"Mailer id {digits} is {say}.")
