"""Postage rates by date: table, sort level, weight step, entry, zone. A missing cell is RATE_MISSING."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple, NotRequired, Required, TypedDict

from kernel.errors import InvalidInput
from kernel.findings import Finding, Severity
from kernel.money import Extended, Rate
from kernel.quantities import rounded
from postal.data.editions import Edition, InForce, kept_by_content
from postal.piece.kinds import in_words
from postal.prices.piece_price import ByPound, each, postage_of

_OUNCES = 16  # of a pound


class PriceKey(NamedTuple):
    """What a look-up names besides the weight."""

    table: str
    level: str
    entry: str = ""
    component: str = ""
    group: str = ""
    zone: str = ""


@dataclass(frozen=True, slots=True)
class PriceCell:
    """One cell of a price table; ``rate`` None = the cell exists but its price is not known. Its weight step ends at
    ``not_over_oz`` or ``not_over_lb``; without either it is one price for every weight the table admits. A
    ``weight_label`` is a step that its source only names: such a cell is kept, and found by nobody.
    """

    level: str
    not_over_oz: Decimal | None
    rate: Rate | None
    mark: str
    entry: str = ""
    component: str = ""
    group: str = ""
    note: str = ""
    zone: str = ""
    not_over_lb: Decimal | None = None
    weight_label: str = ""
    page: str = ""

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """As in PriceKey, without the table."""
        return self.level, self.entry, self.component, self.group, self.zone

    @property
    def step(self) -> str:
        """Its weight step in words; empty where it has none."""
        limits = {"oz": self.not_over_oz, "lb": self.not_over_lb}
        found = next((f"{limit} {unit}" for unit, limit in limits.items() if limit is not None), "")
        return self.weight_label or found

    @property
    def limit_oz(self) -> Decimal | None:
        """Where its weight step ends, in ounces."""
        return self.not_over_lb * _OUNCES if self.not_over_lb is not None else self.not_over_oz

    def admits(self, weight_oz: Decimal) -> bool:
        """A piece of this weight pays it, or a lower step."""
        return not self.weight_label and (self.limit_oz is None or weight_oz <= self.limit_oz)


class CellRow(TypedDict, total=False):
    """A cell as a file of prices holds it; numbers are texts, what is empty is left out."""

    level: Required[str]
    price: Required[str | None]
    mark: Required[str]
    entry: str
    component: str
    group: str
    not_over_oz: str
    not_over_lb: str
    zone: str
    weight_label: str
    note: str
    page: str | int


class TableRow(TypedDict):
    """A table as a file of prices holds it."""

    id: str
    mail_class: str
    product: NotRequired[str]
    shape: str | None
    category: str | None
    price_type: NotRequired[str]
    effective_from: str
    effective_to: str | None
    source: str
    cells: list[CellRow]
    note: NotRequired[str]


@dataclass(frozen=True, slots=True)
class PriceTable:
    """Cells of one product, with the days they are in force and their source."""

    id: str
    mail_class: str
    shape: str | None
    category: str | None
    effective_from: date
    effective_to: date | None
    source: str
    cells: tuple[PriceCell, ...]
    product: str = ""
    price_type: str = ""
    note: str = ""

    def is_in_force(self, on: date) -> bool:
        """Both ends included."""
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


@dataclass(frozen=True, slots=True)
class PostageRate:
    """A rate as found, with what must be said about it; ``by_pound``: what is paid by weight besides."""

    table: str
    level: str
    rate: Rate
    mark: str
    note: str = ""
    by_pound: ByPound | None = None

    @property
    def each(self) -> Decimal:
        """Exact dollars of one piece."""
        return each(self.rate, self.by_pound)

    def postage(self, pieces: int) -> Extended:
        """Of so many pieces, before the cent."""
        return postage_of(self.rate, self.by_pound, pieces)

    @property
    def assumption(self) -> str:
        """The sentence to show; empty for a confirmed price."""
        if self.mark == "confirmed":
            return ""
        what = self.note or f"{self.mark.replace('_', ' ')} price"
        return f"{in_words(self.table)}, {self.level}, ${self.rate}: {what}."


@dataclass(frozen=True, slots=True)
class PriceSet:
    """Every table of one edition, looked up for one mailing date."""

    edition: Edition
    on: date
    tables: Mapping[str, PriceTable]

    def rate(
        self,
        table: str,
        level: str,
        *,
        weight_oz: Decimal,
        entry: str = "",
        component: str = "",
        group: str = "",
        zone: str = "",
    ) -> PostageRate:
        """The rate of the lowest weight step that holds the piece. InvalidInput RATE_MISSING names table,
        level, weight and date.
        """
        key = PriceKey(table, level, entry, component, group, zone)
        found = self._cell(key, weight_oz)
        if found is None or found.rate is None:
            finding = self._missing(key, weight_oz)
            raise InvalidInput(
                finding.message,
                code=finding.code,
                findings=[finding],
                remedy=finding.remedy,
                table=table,
                level=level,
                on=self.on.isoformat(),
            )
        return PostageRate(table=table, level=level, rate=found.rate, mark=found.mark, note=found.note)

    def missing(self, wanted: Iterable[tuple[str, ...]], *, weight_oz: Decimal) -> list[Finding]:
        """A stop for each PriceKey, (table, level) or (table, level, entry) without a price."""
        found = []
        for key in (PriceKey(*cell) for cell in wanted):
            cell = self._cell(key, weight_oz)
            if cell is None or cell.rate is None:
                found.append(self._missing(key, weight_oz))
        return found

    def zones(self, table: str, level: str, *, weight_oz: Decimal) -> Mapping[str, Rate]:
        """The rate of a piece to each zone that has one; empty where the table is not in force."""
        known = self.tables.get(table)
        found = {
            zone: cell
            for zone in dict.fromkeys(cell.zone for cell in (known.cells if known else ()))
            if (cell := self._cell(PriceKey(table, level, zone=zone), weight_oz))
        }
        return {zone: cell.rate for zone, cell in found.items() if cell.rate}

    def _cell(self, key: PriceKey, weight_oz: Decimal) -> PriceCell | None:
        table = self.tables.get(key.table)
        if table is None or not table.is_in_force(self.on):
            return None
        fitting = [cell for cell in table.cells if cell.key == key[1:] and cell.admits(weight_oz)]
        return min(fitting, key=lambda cell: cell.limit_oz or Decimal(0), default=None)

    def _missing(self, key: PriceKey, weight_oz: Decimal) -> Finding:
        more = [f"{key.entry} entry" if key.entry else "", key.component, key.group]
        told = ", ".join(part for part in more if part)
        where = f"{key.level} ({told})" if told else key.level
        return Finding(
            code="RATE_MISSING",
            severity=Severity.STOP,
            message=(
                f"No price for {key.table}, {where}, {rounded(weight_oz, 4)} oz on {self.on.isoformat()} "
                f"in the prices of {self.edition.id}."
            ),
            remedy='Load this price from Notice 123, in force on that day, under "Postal data".',
        )


def price_set(in_force: InForce) -> PriceSet:
    """The prices in force on a mailing date."""
    edition = in_force.edition("prices")
    return PriceSet(edition=edition, on=in_force.on, tables=load_tables(edition))


@kept_by_content
def load_tables(edition: Edition) -> Mapping[str, PriceTable]:
    """Every table of an edition by id; InvalidInput RATE_OVERLAP."""
    rows: list[TableRow] = json.loads(edition.path.read_text(encoding="utf-8"))["tables"]
    return {row["id"]: _table(row) for row in rows}


def _table(row: TableRow) -> PriceTable:
    cells = tuple(_cell(cell) for cell in row["cells"])
    if len({(cell.key, cell.limit_oz, cell.weight_label) for cell in cells}) != len(cells):
        raise InvalidInput(f"Price table {row['id']} has two prices for one cell.", code="RATE_OVERLAP")
    return PriceTable(
        id=row["id"],
        mail_class=row["mail_class"],
        shape=row["shape"],
        category=row["category"],
        effective_from=date.fromisoformat(row["effective_from"]),
        effective_to=date.fromisoformat(row["effective_to"]) if row["effective_to"] else None,
        source=row["source"],
        cells=cells,
        product=row.get("product", ""),
        price_type=row.get("price_type", ""),
        note=row.get("note", ""),
    )


def _cell(cell: CellRow) -> PriceCell:
    ounces, pounds = cell.get("not_over_oz"), cell.get("not_over_lb")
    return PriceCell(
        level=cell["level"],
        not_over_oz=Decimal(ounces) if ounces is not None else None,
        not_over_lb=Decimal(pounds) if pounds is not None else None,
        rate=Rate.of(cell["price"]) if cell["price"] is not None else None,
        mark=cell["mark"] if cell["price"] is not None else "missing",
        entry=cell.get("entry", ""),
        component=cell.get("component", ""),
        group=cell.get("group", ""),
        note=cell.get("note", ""),
        zone=cell.get("zone", ""),
        weight_label=cell.get("weight_label", ""),
        page=str(cell.get("page", "")),
    )
