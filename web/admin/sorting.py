"""The Postal Service's agreement to least postage: entered, shown, ended by an administrator."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from pydantic import Field

from production.asked import Asked, DayText, Line
from production.mailings.sort_agreement import RULE, agreement_in_force, end_agreement, keep_agreement
from store.db import UnitOfWork
from web.acts import command
from web.forms import Form, Refused
from web.frame import Done, reading, require

blueprint = Blueprint("sorting", __name__, url_prefix="/admin/sorting")


class EnterAgreement(Asked):
    """What the Postal Service agreed to."""

    agreed_by: Line = Field(
        title="Who at the Postal Service agreed", description="Name and office.", max_length=200
    )
    agreed_on: DayText = Field(title="On which day")
    writing: Line = Field(
        title="In which writing",
        description="Letter or e-mail, its date or number, where it is kept.",
        max_length=200,
    )


@blueprint.get("")
@require("administer")
def show(refused: Refused | None = None) -> str:
    """What is in force."""
    with reading() as session:
        agreement = agreement_in_force(session)
    form = Form(EnterAgreement, refused)
    return render_template("admin/sorting.html", agreement=agreement, rule=RULE, form=form, refused=refused)


@blueprint.post("")
@require("administer")
@command(EnterAgreement, again=show)
def keep(uow: UnitOfWork, said: EnterAgreement) -> Done:
    """Enter an agreement; it is offered from now on."""
    keep_agreement(uow, **said.facts())
    return Done(url_for(".show"), "The agreement is entered. Least postage may be chosen for new streams.")


@blueprint.post("/end")
@require("administer")
@command(Asked, again=show)
def end(uow: UnitOfWork, _said: Asked) -> Done:
    """Sort level by level again; streams that are built keep how they are sorted."""
    end_agreement(uow)
    return Done(url_for(".show"), "The agreement is ended. New streams are sorted level by level.")
