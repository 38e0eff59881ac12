"""The workbench: the answers of a family, every way to make them with cost and price, and why not the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import Field
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from billing.quoting import Prices, estimated, prices_on
from kernel import clock
from kernel.errors import AttentionNeeded, InvalidInput, NotFound, UserError
from production.asked import Asked, File
from production.catalog.parts import Option
from production.catalog.press_room.standards import shop_standards
from production.catalog.products.families import Family, families
from production.catalog.products.spec import Spec, read_spec
from production.frontdesk.choosing.answers import (
    answers_of_spec,
    completed,
    has_pages,
    questions,
    spec_of_answers,
)
from production.frontdesk.choosing.prices import Rung, rungs_around
from production.frontdesk.estimates.estimate import Estimate, estimate
from production.frontdesk.projects import queries as projects
from web.acts import asks, sentence_of
from web.estimating import shown
from web.estimating.putting_in import PutIn
from web.forms import Form, Refused
from web.frame import actor, reading, require

blueprint = Blueprint("workbench", __name__, url_prefix="/workbench")
MOST_BYTES = 4 << 20  # a thousand times an order
Work = Callable[[Prices], tuple[Spec, Estimate]]


class SpecFile(Asked):
    """A specification as a file."""

    CODE = "SPEC_FIELD"
    REFUSED = "The specification cannot be read."
    file: File = Field(
        title="Specification, a JSON file", description="As an order by specification is written."
    )


class Wrong(NamedTuple):
    """What is wrong with a field of a specification, as in ``components.0.stock``."""

    field: str
    sentence: str
    code: str


@blueprint.get("")
@require("estimate")
def choose(refused: Refused | None = None, wrong: Sequence[Wrong] = ()) -> str:
    """The families of products, or a specification as a file. ``wrong``: with the last one that was sent."""
    return render_template(
        "estimating/families.html", families=families().families.values(), whose=_whose(), refused=refused,
        spec=Form(SpecFile, refused), wrong=wrong,
    )  # fmt: skip


def _whose() -> dict[str, str]:
    """The quote that is being written, from the address."""
    return {name: request.args[name][:20] for name in ("project", "quote") if request.args.get(name)}


@blueprint.get("/<code>")
@require("estimate")
def show(code: str, refused: Refused | None = None) -> str:
    """The answers of the address, worked out."""
    family = _family(code)
    with reading() as session:
        asked = questions(family, shop_standards(session), request.args)
        answers = completed(asked, request.args)
        return _page(
            session, lambda prices: estimated(prices, family, answers), family=family, asked=asked, answers=answers,
            refused=refused,
        )  # fmt: skip


@blueprint.get("/<code>/spec.json")
@require("estimate")
def spec_file(code: str) -> Response:
    """What the answers of the address come to, as the print contract writes it."""
    family = _family(code)
    with reading() as session:
        standards = shop_standards(session)
    answers = completed(questions(family, standards, request.args), request.args)
    text = spec_of_answers(family, answers, standards).model_dump_json(
        by_alias=True, exclude_none=True, indent=2
    )
    headed = {"Content-Disposition": f"attachment; filename={code}-spec.json"}
    return Response(text, mimetype="application/json", headers=headed)


@blueprint.post("/spec")
@require("estimate")
@asks(SpecFile, again=choose)
def take(said: SpecFile) -> Response | str | tuple[str, int]:
    """On to the answers that a specification comes to; where there are none, it is estimated as it is written."""
    data = said.file.stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise SpecFile.refusal("file", "This file is larger than any order.")
    with reading() as session:
        try:
            spec = read_spec(data)
            answers = answers_of_spec(spec, families(), shop_standards(session))
        except UserError as error:
            return choose(wrong=_wrong(error)), 422
        if answers is None:
            text = spec.model_dump_json(by_alias=True, exclude_none=True, exclude_defaults=True, indent=2)
            return _page(
                session, lambda prices: (spec, estimate(spec, prices.standards, families())),
                family=_family(spec.product), asked=(), answers={}, spec_text=text,
            )  # fmt: skip
    go: dict[str, Any] = {"code": spec.product, **_whose(), **answers}
    return redirect(url_for(".show", **go), code=303)


def _wrong(error: UserError) -> list[Wrong]:
    """Field by field."""
    found = error.findings if isinstance(error, InvalidInput) else ()
    fields = [Wrong(one.place.column or "", one.message, one.code) for one in found]
    return fields or [Wrong(str(error.details.get("field", "")), sentence_of(error), error.instance_code)]


def _family(code: str) -> Family:
    known = families().families
    if code not in known:
        raise NotFound("There is no such product.")
    return known[code]


def _page(
    session: Session, work: Work, *, family: Family, asked: Sequence[Option], answers: Mapping[str, str],
    refused: Refused | None = None, spec_text: str = "",
) -> str:  # fmt: skip
    whose = _whose()
    own_day, title = _day_of(session, whose.get("project", ""))
    day = chosen_day(own_day)
    return render_template(
        "estimating/workbench.html",
        family=family,
        asked=asked,
        answers=answers,
        has_pages=has_pages(family),
        whose=whose,
        title=title,
        day=day,
        is_own_day=day == own_day,
        spec_text=spec_text,
        put_in=Form(PutIn, refused),
        refused=refused,
        **_worked_out(session, work, day),
    )


def chosen_day(own: date) -> date:
    """Whose rate card counts: the day in the address, else its own."""
    try:
        return date.fromisoformat(request.args.get("on", ""))
    except ValueError:
        return own


def _day_of(session: Session, number: str) -> tuple[date, str]:
    """The day whose rate card counts, and the title of the project; today, and none, without one."""
    if not number:
        return clock.today(), ""
    project = projects.find(session, actor(), number)
    return max(project.due, clock.today()), project.title


def _worked_out(session: Session, work: Work, day: date) -> dict[str, object]:
    """All of the answer, or why there is none."""
    try:
        prices = prices_on(session, day)
        spec, made = work(prices)
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
