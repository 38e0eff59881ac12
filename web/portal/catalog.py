"""What can be ordered, and what it costs as it is chosen: nothing is kept, every answer stands in the address."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

from flask import Blueprint, render_template, request, url_for
from sqlalchemy.orm import Session

from billing.print_rates import priced_by
from billing.rate_cards import card_on
from kernel import clock
from kernel.errors import AttentionNeeded, NotFound
from production.catalog import queries
from production.catalog.press_room.standards import shop_standards
from production.catalog.products.families import Family, families
from production.catalog.products.standards import Standards
from production.catalog.rows import ProductRow
from production.frontdesk.choosing.answers import completed, has_pages, questions
from production.frontdesk.choosing.prices import Shop, priced
from production.frontdesk.choosing.shelf import words_that_fit
from web.frame import reading, require

blueprint = Blueprint("catalog", __name__, url_prefix="/catalog")
_TODAY = "Order here today"
_NEEDS = (_TODAY, "Write to people", "Hand something out", "Run the office")


class Tile(NamedTuple):
    """A product on the first page, and where it leads. ``prices``: where its price is worked out, if elsewhere."""

    code: str
    name: str
    sentence: str
    need: str
    url: str
    also: str = ""
    prices: str = ""

    def fits(self, text: str) -> int:
        """Words of the text that name it."""
        return words_that_fit(text, f"{self.name} {self.sentence} {self.also} {self.need}")


@blueprint.get("")
@require("order")
def choose() -> str:
    """Everything that can be ordered or asked for, or what of it fits some words."""
    sought = request.args.get("q", "").strip()[:200]
    with reading() as session:
        tiles = _tiles(queries.products(session))
    if sought:
        tiles = sorted((one for one in tiles if one.fits(sought)), key=lambda one: -one.fits(sought))
        groups = [("What fits", tiles)] if tiles else []
    else:
        tiles.sort(key=lambda one: _NEEDS.index(one.need))
        groups = [(need, list(some)) for need, some in groupby(tiles, key=lambda one: one.need)]
    return render_template("portal/catalog.html", groups=groups, sought=sought)


def _tiles(offered: Iterable[ProductRow]) -> list[Tile]:
    """What has its steps here leads to them; the rest to its price."""
    known = families().families
    rest = {code: _family_tile(family) for code, family in known.items()}
    today = [_product_tile(row, rest.pop(row.code, None)) for row in offered]
    return [*today, *rest.values()]


def _family_tile(family: Family) -> Tile:
    url = url_for("catalog.product", code=family.code)
    return Tile(family.code, family.name, family.sentence, family.need, url, " ".join(family.also))


def _product_tile(row: ProductRow, family: Tile | None) -> Tile:
    url = url_for("drafting.begin", product=row.code)
    also, prices = (family.also, family.url) if family else ("", "")
    return Tile(row.code, row.name, row.sentence, _TODAY, url, also, prices)


@blueprint.get("/<code>")
@require("order")
def product(code: str) -> str:
    """A family's questions with the answers of the address, and the price that they come to."""
    known = families()
    if code not in known.families:
        raise NotFound("This is not offered.", remedy='Choose from what stands under "What do you need?".')
    family = known.families[code]
    with reading() as session:
        shop = shop_standards(session)
        standards = _priced(session, shop)
        is_offered = any(row.code == code for row in queries.products(session))
    asked = questions(family, shop)
    answers = completed(asked, request.args)
    return render_template(
        "portal/catalog_product.html",
        family=family,
        asked=asked,
        answers=answers,
        has_pages=has_pages(family),
        priced=priced(Shop(family, known, standards), asked, answers) if standards else None,
        begin=url_for("drafting.begin", product=code) if is_offered else "",
    )


def _priced(session: Session, shop: Standards) -> Standards | None:
    """The shop's standards with the money of today's rate card; None where that has no price for all of them."""
    try:
        return priced_by(card_on(session, clock.today()), shop, queries.unit_names(session))
    except AttentionNeeded:
        return None
