"""Identity and dates of the shop in its electronic documents, and each agency's in By/For."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from flask import Blueprint, render_template, url_for
from pydantic import Field, create_model
from sqlalchemy import select

from production.asked import Asked, DayText, Line, OneOf
from production.mailroom.maildat.settings import (
    DAY,
    OWNER_RULES,
    SENDER_RULES,
    Rule,
    entered,
    keep_settings,
    settings_in_force,
)
from production.people.models import Agency
from store.db import UnitOfWork
from web.acts import command
from web.forms import Form, Refused
from web.frame import Done, reading, require

blueprint = Blueprint("maildat_settings", __name__, url_prefix="/maildat-settings")


def _field(rule: Rule) -> tuple[Any, Any]:
    """A rule of the settings as a field of their form."""
    looks = f"{rule.looks[:1].upper()}{rule.looks[1:]}."
    kind: Any = DayText if rule.pattern == DAY else Line
    if rule.choices:
        kind = Annotated[Line, OneOf(dict(rule.choices), checked=False)]
    hint = rule.hint or ("" if rule.choices else looks)
    return kind, Field("", title=rule.label, description=hint, max_length=60)


class _Owners(Asked):
    owner: dict[str, Line] = Field(default_factory=dict, title="Owners", max_length=1000)


# The settings of the sender are rules (production/mailroom/maildat/settings.py), which a settings file obeys as well.
Settings = create_model("Settings", __base__=_Owners, **{rule.name: _field(rule) for rule in SENDER_RULES})  # type: ignore[call-overload]


@blueprint.get("")
@require("administer")
def show(refused: Refused | None = None) -> str:
    """What is in force."""
    with reading() as session:
        settings = settings_in_force(session)
        agencies = session.execute(select(Agency.code, Agency.name, Agency.crid).order_by(Agency.name)).all()
    owners = {
        f"{code}-{name}": text
        for code, owner in settings.owners.items()
        for name, text in asdict(owner).items()
    }
    form = Form(Settings, refused, values={**entered(settings.sender), "owner": owners})
    return render_template(
        "admin/maildat_settings.html", rules=SENDER_RULES, owner_rules=OWNER_RULES, agencies=agencies, form=form,
        refused=refused,
    )  # fmt: skip


@blueprint.post("")
@require("administer")
@command(Settings, again=show)
def keep(uow: UnitOfWork, said: _Owners) -> Done:
    """A new version; earlier documents keep what they were made with."""
    codes = uow.session.scalars(select(Agency.code).order_by(Agency.code)).all()
    owners = {
        code: {rule.name: said.owner.get(f"{code}-{rule.name}", "") for rule in OWNER_RULES} for code in codes
    }
    keep_settings(uow, {rule.name: getattr(said, rule.name) for rule in SENDER_RULES}, owners)
    return Done(url_for(".show"), "The settings are kept. Documents made from now on use them.")
