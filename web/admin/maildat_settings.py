"""Identity and dates of the shop in its electronic documents, and each agency's in By/For."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from kernel.errors import InvalidInput
from production.mailroom.maildat.settings import (
    DAY,
    OWNER_RULES,
    SENDER_RULES,
    entered,
    keep_settings,
    settings_in_force,
)
from production.people.models import Agency
from store.db import UnitOfWork
from web.forms import errors_of
from web.frame import Done, once, reading, require

blueprint = Blueprint("maildat_settings", __name__, url_prefix="/maildat-settings")


@blueprint.get("")
@require("administer")
def show() -> str:
    """What is in force."""
    with reading() as session:
        settings = settings_in_force(session)
    values = {name: str(value) for name, value in entered(settings.sender).items()}
    values |= {
        f"owner-{code}-{name}": text
        for code, owner in settings.owners.items()
        for name, text in asdict(owner).items()
    }
    return _page(values, {})


@blueprint.post("")
@require("administer")
def keep() -> Response | tuple[str, int]:
    """A new version; earlier documents keep what they were made with."""

    def work(uow: UnitOfWork) -> Done:
        codes = uow.session.scalars(select(Agency.code).order_by(Agency.code)).all()
        owners = {
            code: {rule.name: request.form.get(f"owner-{code}-{rule.name}", "") for rule in OWNER_RULES}
            for code in codes
        }
        keep_settings(uow, {rule.name: request.form.get(rule.name, "") for rule in SENDER_RULES}, owners)
        return Done(url_for(".show"), "The settings are kept. Documents made from now on use them.")

    try:
        return once(work)
    except InvalidInput as error:
        return _page(request.form.to_dict(), errors_of(error)), 422


def _page(values: dict[str, str], errors: dict[str, str]) -> str:
    with reading() as session:
        agencies = session.execute(select(Agency.code, Agency.name, Agency.crid).order_by(Agency.name)).all()
    return render_template(
        "admin/maildat_settings.html", rules=SENDER_RULES, owner_rules=OWNER_RULES, day=DAY, agencies=agencies,
        values=values, errors=errors,
    )  # fmt: skip
