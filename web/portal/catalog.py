"""What can be ordered, and what it costs as it is chosen: nothing is kept, every answer stands in the address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import groupby
from typing import NamedTuple

from flask import Blueprint, render_template, request, url_for

from kernel import clock
from kernel.errors import NotFound
from production.catalog import queries
from production.catalog.press_room.standards import shop_standards
from production.catalog.products.families import Family, families
from production.catalog.rows import ProductRow
from production.catalog.shop_calendar import shop_calendar
from production.frontdesk.choosing.answers import completed, has_pages, in_words, questions
from production.frontdesk.choosing.shelf import words_that_fit
from production.frontdesk.orders.day import day_lines
from production.frontdesk.orders.queries import ARRIVED, Which
from production.frontdesk.stationery.queries import in_force
from production.jobs.states import JobKind
from web.frame import actor, reading, require
from web.portal.price_tags import Tag, price_tags
from web.portal.print_prices import panel, shop_on, worked

blueprint = Blueprint("catalog", __name__, url_prefix="/catalog")
_AGAIN = 4  # past orders on the shelf
_NEEDS = ("Write to people", "Hand something out", "Run the office")
# Of what is made by its route, which says no need.
_NEED_OF = {JobKind.MAILING: "Write to people", JobKind.PRINT: "Run the office"}


class Tile(NamedTuple):
    """A product on the first page, and where it leads."""

    code: str
    name: str
    sentence: str
    need: str
    url: str
    also: str = ""
    tag: Tag | None = None

    def fits(self, text: str) -> int:
        """Words of the text that name it."""
        return words_that_fit(text, f"{self.name} {self.sentence} {self.also} {self.need}")


@blueprint.get("")
@require("order")
def choose() -> str:
    """Everything that can be ordered or asked for, or what of it fits some words."""
    sought = request.args.get("q", "").strip()[:200]
    with reading() as session:
        tiles = _tiles(queries.products(session), price_tags(session, clock.today()))
        before = [] if sought else day_lines(session, actor(), Which(ARRIVED), newest=True, limit=_AGAIN)
    if sought:
        tiles = sorted((one for one in tiles if one.fits(sought)), key=lambda one: -one.fits(sought))
        groups = [("What fits", tiles)] if tiles else []
    else:
        tiles.sort(key=lambda one: _NEEDS.index(one.need))
        groups = [(need, list(some)) for need, some in groupby(tiles, key=lambda one: one.need)]
    return render_template(
        "portal/catalog.html",
        groups=groups,
        sought=sought,
        before=[line for line in before if line.is_ordered],
    )


def _tiles(offered: Iterable[ProductRow], tags: Mapping[str, Tag]) -> list[Tile]:
    """What is chosen by questions leads to them and its price, the rest to its steps."""
    known = families().families
    return [
        _family_tile(known[row.code], tags.get(row.code)) if row.code in known else _product_tile(row)
        for row in offered
    ]


def _family_tile(family: Family, tag: Tag | None) -> Tile:
    url = url_for("catalog.product", code=family.code)
    return Tile(family.code, family.name, family.sentence, family.need, url, " ".join(family.also), tag)


def _product_tile(row: ProductRow) -> Tile:
    need = _NEED_OF[JobKind(row.kind)]
    return Tile(row.code, row.name, row.sentence, need, url_for("drafting.begin", product=row.code))


@blueprint.get("/<code>")
@require("order")
def product(code: str) -> str:
    """A family's questions with the answers of the address, and the price that they come to."""
    family, today = _family(code), clock.today()
    with reading() as session:
        shop = shop_on(session, family, today)
        standards = shop_standards(session)
        calendar = shop_calendar(session)
        is_offered = any(row.code == code for row in queries.products(session))
        templates = [one for one in in_force(session, actor().agency_id or 0) if one.product == code]
    asked = questions(family, standards, request.args)
    answers = completed(asked, request.args)
    return render_template(
        "portal/catalog_product.html",
        family=family,
        asked=asked,
        answers=answers,
        has_pages=has_pages(family),
        templates=templates,
        go=url_for("drafting.start", product=code) if is_offered else "",
        **panel(shop, calendar, asked, answers),
    )


@blueprint.get("/<code>/working")
@require("order")
def working(code: str) -> str:
    """How the price of the answers comes about on a day: what is charged, ways that were weighed, every figure."""
    family, day = _family(code), _day_of(request.args.get("on", ""))
    with reading() as session:
        shop = shop_on(session, family, day)
        standards = shop_standards(session)
    asked = questions(family, standards, request.args)
    answers = completed(asked, request.args)
    return render_template(
        "portal/working.html",
        family=family,
        answers=answers,
        said=list(in_words(family, asked, answers)),
        on=day,
        worked=worked(shop, answers),
    )


def _family(code: str) -> Family:
    known = families().families
    if code not in known:
        raise NotFound("This is not offered.", remedy='Choose from what stands under "What do you need?".')
    return known[code]


def _day_of(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return clock.today()
