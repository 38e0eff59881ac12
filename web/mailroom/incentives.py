"""Incentives: what the shop claims, the amounts loaded for a day, and what stands against a claim."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from kernel.clock import today
from kernel.errors import InvalidInput
from postal.admission.incentives import KIND
from postal.data.editions import InForce
from production.mailings.editions import shop_editions
from production.mailings.incentives import keep_claims, kinds_on
from production.mailings.shop import shop_in_force, shop_profile
from store.db import UnitOfWork
from web.forms import errors_of
from web.frame import Done, once, plant, reading, require

blueprint = Blueprint("incentives", __name__, url_prefix="/mailroom/incentives")
_FIELDS = ("service_type_id", "crid", "seamless_crid", "payment_account")


@blueprint.get("")
@require("keep_postal_data")
def show() -> str:
    """The claims, and every kind of mail on the day asked for."""
    return _page({}, {})


@blueprint.post("")
@require("administer")
def keep() -> Response | tuple[str, int]:
    """What the shop claims from now on."""
    form = {name: request.form.get(name, "").strip() for name in _FIELDS}

    def work(uow: UnitOfWork) -> Done:
        keep_claims(
            uow,
            InForce(today(), shop_editions(plant().files)),
            full_service=request.form.get("full_service") == "yes",
            **form,
        )
        return Done(url_for(".show"), "The claims are kept. Mail planned from now on uses them.")

    try:
        return once(work)
    except InvalidInput as error:
        return _page(request.form.to_dict(), errors_of(error)), 422


def _page(typed: dict[str, str], errors: dict[str, str]) -> str:
    day = _day(request.args.get("on", ""))
    with reading() as session:
        profile = shop_profile(session)
    in_force = shop_in_force(plant().files, profile, day)
    kept = {name: getattr(profile, name) for name in _FIELDS}
    kept["full_service"] = "yes" if profile.full_service else ""
    return render_template(
        "mailroom/incentives.html",
        on=day,
        claims=profile.full_service,
        lines=kinds_on(profile, in_force),
        amounts=[one for one in in_force.among if one.kind == KIND],
        values={**kept, **typed, "full_service": typed.get("full_service", "")} if typed else kept,
        errors=errors,
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return today()
