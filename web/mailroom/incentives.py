"""Incentives: what the shop claims, the amounts loaded for a day, and what stands against a claim."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, render_template, request, url_for
from pydantic import Field

from kernel.clock import today
from postal.admission.incentives import KIND
from postal.data.editions import InForce
from production.asked import Line
from production.mailings.editions import shop_editions
from production.mailings.incentives import keep_claims, kinds_on
from production.mailings.setup import SHOPS
from production.mailings.shop import PARTICIPATION, shop_in_force, shop_profile
from production.people.setup import ONE, waiting
from store.db import UnitOfWork
from web.acts import Knowing, command
from web.forms import Form, Refused
from web.frame import Done, plant, reading, require
from web.setup.rows import changed

blueprint = Blueprint("incentives", __name__, url_prefix="/mailroom/incentives")


class Claims(Knowing):
    """What the shop claims."""

    full_service: bool = Field(
        default=False,
        title="Prepare automation mail as Full-Service: unique barcodes on pieces and trays, electronic documents, "
        "owners named",
    )
    service_type_id: Line = Field(
        title="Service type of First-Class barcodes (STID)",
        description="Three digits. Mail of another class, and Full-Service, takes the identifier that asks the same.",
        max_length=3,
    )
    crid: Line = Field("", title="CRID that submits the documents", max_length=12)
    seamless_crid: Line = Field(
        "",
        title="CRID with the status Seamless Acceptance",
        description="Empty: the shop is not in Seamless Acceptance. Seamless Parallel earns nothing.",
        max_length=12,
    )
    payment_account: Line = Field(
        "",
        title="Enterprise payment account",
        description="Seamless Acceptance is credited to it.",
        max_length=20,
    )


@blueprint.get("")
@require("keep_postal_data")
def show(refused: Refused | None = None) -> str:
    """The claims, and every kind of mail on the day asked for."""
    day = _day(request.args.get("on", ""))
    with reading() as session:
        profile, waits = shop_profile(session), waiting(session, SHOPS, ONE)
    in_force = shop_in_force(plant().files, profile, day)
    return render_template(
        "mailroom/incentives.html",
        on=day,
        claims=profile.full_service,
        lines=kinds_on(profile, in_force),
        amounts=[one for one in in_force.among if one.kind == KIND],
        form=Form(Claims, refused, values={name: getattr(profile, name) for name in PARTICIPATION}),
        waits=waits,
        refused=refused,
    )


@blueprint.post("")
@require("administer")
@command(Claims, again=show)
def keep(uow: UnitOfWork, said: Claims) -> Done:
    """What the shop claims from now on."""
    version = keep_claims(uow, InForce(today(), shop_editions(plant().files)), **said.facts())
    return changed(SHOPS, ONE, version, back=url_for(".show"))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return today()
