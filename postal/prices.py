"""Postage rates by date: table, sort level, weight step, entry. A missing cell is RATE_MISSING."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from kernel.errors import InvalidInput
from kernel.findings import Finding, Severity
from kernel.money import Rate
from postal.editions import Edition, edition_for


@dataclass(frozen=True, slots=True)
class PriceCell:
    """One cell of a price table; ``rate`` None = the cell exists but its price is not known.
    ``not_over_oz`` None = one price for every weight the table admits.
    """

    level: str
    not_over_oz: Decimal | None
    rate: Rate | None
    mark: str
    entry: str = ""
    component: str = ""
    group: str = ""
    note: str = ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What a look-up names besides the weight."""
        return self.level, self.entry, self.component, self.group


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

    def is_in_force(self, on: date) -> bool:
        """Both ends included."""
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


@dataclass(frozen=True, slots=True)
class PostageRate:
    """A rate as found, with what must be said about it."""

    table: str
    level: str
    rate: Rate
    mark: str
    note: str = ""

    @property
    def assumption(self) -> str:
        """The sentence to show; empty for a confirmed price."""
        if self.mark == "confirmed":
            return ""
        what = self.note or f"{self.mark.replace('_', ' ')} price"
        return f"{self.table}, {self.level}, {self.rate}: {what}."


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
    ) -> PostageRate:
        """The rate of the lowest weight step that holds the piece. InvalidInput RATE_MISSING names table,
        level, weight and date.
        """
        found = self._cell(table, (level, entry, component, group), weight_oz)
        if found is None or found.rate is None:
            finding = self._missing(table, level, weight_oz, entry)
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
        """A stop for each (table, level) or (table, level, entry) without a price."""
        found = []
        for table, level, *rest in wanted:
            entry = rest[0] if rest else ""
            cell = self._cell(table, (level, entry, "", ""), weight_oz)
            if cell is None or cell.rate is None:
                found.append(self._missing(table, level, weight_oz, entry))
        return found

    def _cell(self, table_id: str, key: tuple[str, str, str, str], weight_oz: Decimal) -> PriceCell | None:
        table = self.tables.get(table_id)
        if table is None or not table.is_in_force(self.on):
            return None
        fitting = [
            cell
            for cell in table.cells
            if cell.key == key and (cell.not_over_oz is None or weight_oz <= cell.not_over_oz)
        ]
        return min(fitting, key=lambda cell: cell.not_over_oz or Decimal(0), default=None)

    def _missing(self, table: str, level: str, weight_oz: Decimal, entry: str) -> Finding:
        level = f"{level} ({entry} entry)" if entry else level
        return Finding(
            code="RATE_MISSING",
            severity=Severity.STOP,
            message=(
                f"No price for {table}, {level}, {weight_oz} oz on {self.on.isoformat()} "
                f"in the prices of {self.edition.id}."
            ),
            remedy="Load this price from the Postal Service's price list (Notice 123) in force on that day.",
        )


def price_set(on: date, *, allow_test_only: bool = False, among: Sequence[Edition] | None = None) -> PriceSet:
    """The prices in force on a mailing date."""
    edition = edition_for("prices", on, allow_test_only=allow_test_only, among=among)
    return PriceSet(edition=edition, on=on, tables=load_tables(edition))


@lru_cache(maxsize=32)
def load_tables(edition: Edition) -> Mapping[str, PriceTable]:
    """Every table of an edition by id; InvalidInput RATE_OVERLAP. Cells by pound or zone stay in the file."""
    rows = json.loads(edition.path.read_text(encoding="utf-8"))["tables"]
    return {row["id"]: _table(row) for row in rows}


def _table(row: dict[str, Any]) -> PriceTable:
    cells = tuple(
        _cell(cell) for cell in row["cells"] if not {"zone", "not_over_lb", "weight_label"} & set(cell)
    )
    if len({(cell.key, cell.not_over_oz) for cell in cells}) != len(cells):
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
    )


def _cell(cell: dict[str, Any]) -> PriceCell:
    return PriceCell(
        level=cell["level"],
        not_over_oz=Decimal(cell["not_over_oz"]) if "not_over_oz" in cell else None,
        rate=Rate.of(cell["price"]) if cell["price"] is not None else None,
        mark=cell["mark"],
        entry=cell.get("entry", ""),
        component=cell.get("component", ""),
        group=cell.get("group", ""),
        note=cell.get("note", ""),
    )
