"""Authorizations for nonprofit prices: whose, at which post office, from when until when."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from pydantic import Field
from sqlalchemy import select

from kernel.clock import today
from production.asked import Asked, Day, Line
from production.mailings import nonprofit
from production.mailings.nonprofit import NonprofitAuthorization
from production.mailings.shop import shop_profile
from production.people.models import Agency
from store.db import UnitOfWork
from web.acts import command
from web.forms import Form, Refused
from web.frame import Done, reading, require

blueprint = Blueprint("nonprofit", __name__, url_prefix="/mailroom/nonprofit")


class Enter(Asked):
    """An authorization to mail at nonprofit prices."""

    CODE = "NONPROFIT_ENTRY"
    agency: Line = Field(title="Owner of the mail")
    number: Line = Field(title="Authorization number", max_length=10)
    post_office: Line = Field(title="Post office", max_length=60)
    zip5: Line = Field(title="ZIP Code of the post office", max_length=5)
    valid_from: Day | None = Field(None, title="First day")
    valid_to: Day | None = Field(None, title="Last day", description="Empty: until it is ended.")


class End(Asked):
    """Another last day."""

    CODE = "NONPROFIT_ENTRY"
    last_day: Day | None = Field(None, title="Last day")


@blueprint.get("")
@require("keep_postal_data")
def listing(refused: Refused | None = None, **_where: int) -> str:
    """Every authorization by agency, and the form for another."""
    with reading() as session:
        query = select(NonprofitAuthorization, Agency.name).join(
            Agency, Agency.id == NonprofitAuthorization.agency_id
        )
        rows = session.execute(query.order_by(Agency.name, NonprofitAuthorization.valid_from)).all()
        agencies = session.execute(select(Agency.code, Agency.name).order_by(Agency.name)).all()
        profile = shop_profile(session)
    day = today()
    post_office = profile.post_office.removesuffix(profile.origin_zip5).strip()
    owners = [("", "Choose"), *((code, f"{name} ({code})") for code, name in agencies)]
    usual = {"post_office": post_office, "zip5": profile.origin_zip5}
    ends = {
        row.id: Form(
            End,
            refused,
            action=url_for(".end", key=row.id),
            key=str(row.id),
            values={"last_day": row.valid_to},
        )
        for row, _ in rows
    }
    return render_template(
        "mailroom/nonprofit.html",
        rows=[(row, name, row.value.reason_against(profile.origin_zip5, day)) for row, name in rows],
        post_office=post_office,
        zip5=profile.origin_zip5,
        form=Form(Enter, refused, values=usual, options={"agency": owners}),
        ends=ends,
        refused=refused,
    )


@blueprint.post("")
@require("keep_postal_data")
@command(Enter, again=listing)
def enter(uow: UnitOfWork, said: Enter) -> Done:
    """Another authorization."""
    row = nonprofit.enter(uow, agency_code=said.agency, **said.facts("agency"))
    return Done(url_for(".listing"), f"Authorization {row.number} is entered.")


@blueprint.post("/<int:key>/end")
@require("keep_postal_data")
@command(End, again=listing)
def end(uow: UnitOfWork, said: End, key: int) -> Done:
    """Its last day."""
    row = nonprofit.end(uow, key, said.last_day)
    return Done(url_for(".listing"), f"Authorization {row.number} ends on {row.valid_to}.")
