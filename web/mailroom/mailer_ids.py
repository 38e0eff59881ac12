"""Mailer identifiers: whose they are, how long their serials last, taking one in, retiring one."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from kernel.clock import today
from kernel.errors import InvalidInput, ShopError
from production.mailroom.serials import mailer_ids
from production.mailroom.serials.blocks import UNIQUE_DAYS
from production.mailroom.serials.forecast import LOOK_BACK, forecast
from production.people.models import Agency
from store.db import UnitOfWork
from web import acts
from web.forms import errors_of
from web.frame import Done, reading, require

blueprint = Blueprint("mailer_ids", __name__, url_prefix="/mailroom/mailer-ids")
_MOST_DAILY = 9  # digits of a daily volume


@blueprint.get("")
@require("keep_postal_data")
def listing() -> str:
    """Every mailer id and the forecast, by what was used lately or by a daily volume in the address."""
    return _page()


@blueprint.post("")
@require("keep_postal_data")
def add() -> Response | tuple[str, int]:
    """A mailer id of the shop or of an agency."""

    def work(uow: UnitOfWork) -> Done:
        mailer = mailer_ids.add(
            uow, request.form.get("mailer_id", ""), agency_code=request.form.get("agency", "")
        )
        return Done(url_for(".listing"), f"Mailer id {mailer.mailer_id} is in use.")

    return acts.act(work, again=_page)


@blueprint.post("/<digits>/<any(retire, activate):what>")
@require("keep_postal_data")
def change(digits: str, what: str) -> Response | tuple[str, int]:
    """Retire a mailer id, or use it again."""

    def work(uow: UnitOfWork) -> Done:
        mailer = mailer_ids.set_active(uow, digits, is_active=what == "activate")
        say = "in use again" if mailer.active else "retired; what it gave out stays taken"
        return Done(url_for(".listing"), f"Mailer id {digits} is {say}.")

    return acts.act(work, again=_page)


def _page(error: ShopError | None = None) -> str:
    typed = request.args.get("daily", "").replace(",", "").strip()
    is_number = typed.isascii() and typed.isdigit() and len(typed) <= _MOST_DAILY and int(typed) > 0
    with reading() as session:
        rotations, mailers = forecast(session, today(), daily=int(typed) if is_number else None)
        agencies = session.execute(select(Agency.code, Agency.name).order_by(Agency.name)).all()
    errors = {}
    if error is not None:
        found = isinstance(error, InvalidInput) and error.findings
        errors = errors_of(error) if found else {"mailer_id": acts.sentence_of(error)}  # type: ignore[arg-type]
    return render_template(
        "mailroom/mailer_ids.html",
        rotations=rotations,
        mailers=mailers,
        agencies=[("", "The shop"), *((code, f"{name} ({code})") for code, name in agencies)],
        daily=typed,
        daily_error="" if is_number or not typed else "Write a number of pieces, such as 40,000.",
        form=request.form,
        errors=errors,
        days=LOOK_BACK,
        window=UNIQUE_DAYS,
    )
