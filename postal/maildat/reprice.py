"""The postage of a Mail.dat by the prices loaded here: Mail.dat says price levels and counts, never amounts.

Each row of the statement that a set makes (.cqt and .mpu) is priced by the sort plans of its class and shape: their
levels name the code of Mail.dat, the price table and the level. A row no plan or price fits is told, not guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial

from kernel.errors import InvalidInput
from kernel.money import Extended, Money, Rate, to_cents, total
from postal.admission.incentives import Earned, full_service_on
from postal.data.editions import Edition, InForce, assumptions
from postal.maildat.mailing import CLASSES, SHAPES
from postal.maildat.overview import StatementRow, statement_rows
from postal.maildat.piece_groups import ENTRIES
from postal.maildat.records import Maildat, to_arrow
from postal.plans.sort_plans import ORIGIN, LevelPrice, SortPlan, load_plan
from postal.prices.piece_price import ByPound, price_text
from postal.prices.prices import PriceKey, PriceSet, price_set

OUNCES = 16
FULL_SERVICE_LEVEL = "F"  # CQT-1112
NO_ENTRY = "N"  # CQT-1105 of mail that earns no entry price
_PAYMENTS = {"P": "permit", "S": "stamped"}  # MPA-1111; everything else is metered


@dataclass(frozen=True, slots=True)
class PricedRow:
    """A row with its price; ``rate`` None where none fits, ``why`` then says why. ``by_pound``: by weight besides."""

    row: StatementRow
    rate: Rate | None
    postage: Extended | None
    why: str
    by_pound: ByPound | None = None

    @property
    def price(self) -> str:
        """The price in words, by the pound where it is."""
        return price_text(self.rate, self.by_pound) if self.rate else ""


@dataclass(frozen=True, slots=True)
class Repriced:
    """All rows; ``postage`` None while a row has no price. ``discounts``: Full-Service, off the pieces declared so."""

    on: date | None
    rows: tuple[PricedRow, ...]
    postage: Money | None
    assumptions: tuple[str, ...]
    discounts: tuple[Earned, ...] = ()


def reprice(maildat: Maildat, *, among: Sequence[Edition], allow_test_only: bool = False) -> Repriced:
    """Price every row on the mailing date of the set (the latest CSM-1184)."""
    rows = statement_rows(maildat)
    on = _mail_date(maildat)
    if on is None:
        return Repriced(None, tuple(PricedRow(row, None, None, "no mailing date") for row in rows), None, ())
    in_force = InForce(on, tuple(among), allow_test_only)
    try:
        prices = price_set(in_force)
    except InvalidInput as missing:
        told = tuple(PricedRow(row, None, None, missing.sentence) for row in rows)
        return Repriced(on, told, None, ())
    cells = _cells(maildat, in_force)
    said: list[str] = []
    priced = [_priced(row, cells, prices, said) for row in rows]
    done = [one.postage for one in priced if one.postage is not None]
    declared = sum(row.pieces for row in rows if row.service == FULL_SERVICE_LEVEL)
    full = full_service_on(in_force)
    off = full.earned(declared) if declared else ()
    if declared:
        said += [*full.assumptions, *(finding.message for finding in full.findings)]
    net = total(done) - total([one.amount for one in off])
    postage = to_cents(net) if priced and len(done) == len(priced) else None
    return Repriced(on, tuple(priced), postage, assumptions([prices.edition], *said), off)


Cells = Mapping[tuple[str, str, str], Callable[[Decimal], LevelPrice]]  # by the weight of a piece in ounces


def _priced(row: StatementRow, cells: Cells, prices: PriceSet, said: list[str]) -> PricedRow:
    cell = cells.get((row.category, row.price, row.entry))
    if cell is None:
        return PricedRow(row, None, None, "no sort plan here knows this price level")
    ounces = row.weight_lb * OUNCES
    wanted = cell(ounces)
    found = wanted.rate(prices, ounces)
    if found is None:
        return PricedRow(row, None, None, prices.missing(wanted.keys, weight_oz=ounces)[0].message)
    if found.assumption:
        said.append(found.assumption)
    return PricedRow(row, found.rate, found.postage(row.pieces), "", found.by_pound)


def _cells(maildat: Maildat, in_force: InForce) -> Cells:
    """(category, price code, entry code) to price cells, by the plans of the set's class."""
    mail_class = _first(maildat, "seg", "SEG-1102")
    is_nonprofit = _first(maildat, "mpu", "MPU-1112") == "N"
    payment = _PAYMENTS.get(_first(maildat, "mpa", "MPA-1111"), "metered")
    cells: dict[tuple[str, str, str], Callable[[Decimal], LevelPrice]] = {}
    for kind in dict.fromkeys(one.kind for one in in_force.among if one.kind.startswith("sort-plan/")):
        edition = in_force.find(kind)
        if edition is None:
            continue  # none in force on that day: its levels are not known then
        plan = load_plan(edition)
        if CLASSES.get(plan.mail_class) != mail_class or plan.id.startswith("np-") != is_nonprofit:
            continue
        for entered in _entered(plan):
            for shape in plan.price_tables:
                for level in entered.levels:
                    key = (SHAPES[shape], level.mail_dat_price, ENTRIES.get(level.entry, NO_ENTRY))
                    cells.setdefault(key, partial(entered.level_price, level, shape))
        for shape, tables in plan.single_piece_tables.items():
            if payment in tables:
                key = (SHAPES[shape], plan.residual.mail_dat_price, NO_ENTRY)
                cells.setdefault(key, partial(_single_piece, tables[payment], plan.residual.price_level))
    return cells


def _single_piece(table: str, level: str, _weight_oz: Decimal) -> LevelPrice:
    return LevelPrice(PriceKey(table, level))


def _entered(plan: SortPlan) -> list[SortPlan]:
    """The plan at origin and at every entry that earns something."""
    earned = {entry for level in plan.levels for entry in level.entries}
    return [plan.entered(entry) for entry in (ORIGIN, *sorted(earned - {ORIGIN}))]


def _mail_date(maildat: Maildat) -> date | None:
    days = [day for day in to_arrow(maildat["csm"])["CSM-1184"].unique().to_pylist() if day and day.year > 1]
    return max(days, default=None)


def _first(maildat: Maildat, extension: str, code: str) -> str:
    values = to_arrow(maildat[extension])[code].slice(0, 1).to_pylist()
    return str(values[0] or "") if values else ""
