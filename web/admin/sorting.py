"""The Postal Service's agreement to least postage: entered, shown, ended by an administrator."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from kernel.errors import InvalidInput
from production.mailings.sort_agreement import RULE, agreement_in_force, end_agreement, keep_agreement
from store.db import UnitOfWork
from web.forms import errors_of
from web.frame import Done, once, reading, require

blueprint = Blueprint("sorting", __name__, url_prefix="/admin/sorting")
_FIELDS = ("agreed_by", "agreed_on", "writing")


@blueprint.get("")
@require("administer")
def show() -> str:
    """What is in force."""
    return _page({}, {})


@blueprint.post("")
@require("administer")
def keep() -> Response | tuple[str, int]:
    """Enter an agreement; it is offered from now on."""

    def work(uow: UnitOfWork) -> Done:
        keep_agreement(uow, **{name: request.form.get(name, "") for name in _FIELDS})
        return Done(
            url_for(".show"), "The agreement is entered. Least postage may be chosen for new batches."
        )

    try:
        return once(work)
    except InvalidInput as error:
        return _page(request.form.to_dict(), errors_of(error)), 422


@blueprint.post("/end")
@require("administer")
def end() -> Response | tuple[str, int]:
    """Sort level by level again; batches that are built keep how they are sorted."""

    def work(uow: UnitOfWork) -> Done:
        end_agreement(uow)
        return Done(url_for(".show"), "The agreement is ended. New batches are sorted level by level.")

    return once(work)


def _page(values: dict[str, str], errors: dict[str, str]) -> str:
    with reading() as session:
        agreement = agreement_in_force(session)
    return render_template("admin/sorting.html", agreement=agreement, rule=RULE, values=values, errors=errors)
