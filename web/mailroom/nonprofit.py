"""Authorizations for nonprofit prices: whose, at which post office, from when until when."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from kernel.clock import today
from kernel.errors import InvalidInput, ShopError
from production.mailings import nonprofit
from production.mailings.nonprofit import NonprofitAuthorization
from production.mailings.shop import shop_profile
from production.people.models import Agency
from store.db import UnitOfWork
from web import acts
from web.forms import Typed, errors_of
from web.frame import Done, reading, require

blueprint = Blueprint("nonprofit", __name__, url_prefix="/mailroom/nonprofit")


@blueprint.get("")
@require("keep_postal_data")
def listing() -> str:
    """Every authorization by agency, and the form for another."""
    return _page()


@blueprint.post("")
@require("keep_postal_data")
def enter() -> Response | tuple[str, int]:
    """Another authorization."""

    def work(uow: UnitOfWork) -> Done:
        typed = Typed("NONPROFIT_ENTRY")
        first, last = typed.day_if_any("valid_from"), typed.day_if_any("valid_to")
        typed.refuse()
        texts = {name: request.form.get(name, "") for name in ("number", "zip5", "post_office")}
        row = nonprofit.enter(
            uow, agency_code=request.form.get("agency", ""), valid_from=first, valid_to=last, **texts
        )
        return Done(url_for(".listing"), f"Authorization {row.number} is entered.")

    return acts.act(work, again=_page)


@blueprint.post("/<int:key>/end")
@require("keep_postal_data")
def end(key: int) -> Response | tuple[str, int]:
    """Its last day."""

    def work(uow: UnitOfWork) -> Done:
        typed = Typed("NONPROFIT_ENTRY")
        last = typed.day_if_any("last_day")
        typed.refuse()
        row = nonprofit.end(uow, key, last)
        return Done(url_for(".listing"), f"Authorization {row.number} ends on {row.valid_to}.")

    return acts.act(work, again=_page)


def _page(error: ShopError | None = None) -> str:
    with reading() as session:
        query = select(NonprofitAuthorization, Agency.name).join(
            Agency, Agency.id == NonprofitAuthorization.agency_id
        )
        rows = session.execute(query.order_by(Agency.name, NonprofitAuthorization.valid_from)).all()
        agencies = session.execute(select(Agency.code, Agency.name).order_by(Agency.name)).all()
        profile = shop_profile(session)
    day, errors = today(), {}
    if error is not None:
        found = isinstance(error, InvalidInput) and error.findings
        errors = errors_of(error) if found else {"number": acts.sentence_of(error)}  # type: ignore[arg-type]
    return render_template(
        "mailroom/nonprofit.html",
        rows=[(row, name, row.value.reason_against(profile.origin_zip5, day)) for row, name in rows],
        agencies=[("", "Choose"), *((code, f"{name} ({code})") for code, name in agencies)],
        post_office=profile.post_office.removesuffix(profile.origin_zip5).strip(),
        zip5=profile.origin_zip5,
        form=request.form,
        errors=errors,
    )
