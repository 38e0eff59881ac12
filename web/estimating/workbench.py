"""The workbench: the answers of a family, every way to make them with cost and price, and why not the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session

from billing.quoting import Prices, estimated, prices_on
from kernel import clock
from kernel.errors import AttentionNeeded, NotFound, UserError
from production.catalog.press_room.standards import shop_standards
from production.catalog.products.families import families
from production.catalog.products.spec import Spec
from production.frontdesk.choosing.answers import completed, has_pages, questions
from production.frontdesk.choosing.prices import Rung, rungs_around
from production.frontdesk.estimates.estimate import estimate
from production.frontdesk.projects import queries as projects
from web.acts import sentence_of
from web.estimating import shown
from web.estimating.putting_in import PutIn
from web.forms import Form, Refused
from web.frame import actor, reading, require

blueprint = Blueprint("workbench", __name__, url_prefix="/workbench")


@blueprint.get("")
@require("estimate")
def choose() -> str:
    """The families of products."""
    return render_template("estimating/families.html", families=families().families.values(), whose=_whose())


def _whose() -> dict[str, str]:
    """The quote that is being written, from the address."""
    return {name: request.args[name][:20] for name in ("project", "quote") if request.args.get(name)}


@blueprint.get("/<code>")
@require("estimate")
def show(code: str, refused: Refused | None = None) -> str:
    """The answers of the address, worked out."""
    known = families().families
    if code not in known:
        raise NotFound("There is no such product.")
    family, whose = known[code], _whose()
    with reading() as session:
        day, title = _day_of(session, whose.get("project", ""))
        asked = questions(family, shop_standards(session), request.args)
        answers = completed(asked, request.args)
        found = _worked_out(session, code, answers, day)
    return render_template(
        "estimating/workbench.html",
        family=family,
        asked=asked,
        answers=answers,
        has_pages=has_pages(family),
        whose=whose,
        title=title,
        day=day,
        put_in=Form(PutIn, refused),
        refused=refused,
        **found,
    )


def _day_of(session: Session, number: str) -> tuple[date, str]:
    """The day whose rate card counts, and the title of the project; today, and none, without one."""
    if not number:
        return clock.today(), ""
    project = projects.find(session, actor(), number)
    return max(project.due, clock.today()), project.title


def _worked_out(session: Session, code: str, answers: Mapping[str, str], day: date) -> dict[str, object]:
    """All of the answer, or why there is none."""
    try:
        prices = prices_on(session, day)
        spec, made = estimated(prices, families().families[code], answers)
    except AttentionNeeded as error:
        return {"error": sentence_of(error), "tried": ()}
    except UserError as error:
        rejected = error.details.get("rejected") or ()
        tried = [
            shown.WhyNot(one["machine"], one["reason"], str(one["limit"]), str(one["value"]), one["code"])
            for one in rejected
        ]
        words = "No machine of the shop can make this." if tried else sentence_of(error)
        return {"error": words, "tried": tried}
    return {
        "error": "",
        "tried": shown.why_not(made.rejected, prices.standards.presses),
        "made": made,
        "offer": prices.of(made.chosen),
        "ways": shown.ways(made, prices),
        "rungs": list(_ladder(prices, spec)),
        "working": shown.working(made),
        "quantity": spec.quantity,
        "press_name": lambda way: shown.press_name(way.partition("/")[0], prices.standards.presses),
        "plainly": shown.told,
    }


def _ladder(prices: Prices, spec: Spec) -> Iterator[Rung]:
    for quantity in rungs_around(spec.quantity):
        made = estimate(spec.model_copy(update={"quantity": quantity}), prices.standards, families())
        yield Rung(quantity, prices.of(made.chosen).total, quantity == spec.quantity)
