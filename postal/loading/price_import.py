"""Price tables from a CSV that a person fills in from Notice 123: read, check, keep as an edition.

Columns and their meaning are in docs/postal-data.md. A row with an empty price says that the cell exists and is
not known; nothing is carried over from another edition.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import cast

from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity, stops
from postal.data.edition_folder import Proposal
from postal.prices.prices import CellRow, PriceCell, PriceTable, TableRow

REQUIRED = ("table", "level", "price")
CELL = ("level", "entry", "component", "group", "not_over_oz")
STEPS = ("zone", "not_over_lb", "weight_label")  # further columns of a cell, mostly of parcels
WEIGHTS = ("not_over_oz", "not_over_lb")
TABLE = ("mail_class", "product", "shape", "category", "price_type", "effective_from", "effective_to")
OPTIONAL = (*CELL[1:], *STEPS, "page", "note", "mark", *TABLE)
JUMP = Decimal("0.25")  # a change by more than a quarter is more often a slip than a price
_KEY = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PriceFile:
    """Tables as they will be kept, and everything that was found. Rows with a fault are left out."""

    tables: tuple[TableRow, ...]
    findings: tuple[Finding, ...]

    @property
    def cells(self) -> int:
        """Cells with a price."""
        return sum(cell["price"] is not None for table in self.tables for cell in table["cells"])


def read_prices(
    data: bytes,
    *,
    file: str,
    effective_from: date,
    source: str,
    before: Mapping[str, PriceTable] | None = None,
) -> PriceFile:
    """Read a CSV of price cells. ``before``: the tables of the edition it follows, which lend unknown tables no
    cell but tell their class and shape, and which show jumps and cells that are gone.
    """
    before = before or {}
    reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig", errors="replace"), newline=""))
    findings = list(_header(reader.fieldnames or (), file))
    tables: dict[str, TableRow] = {}
    seen: dict[_KEY, int] = {}
    for row in [] if stops(findings) else reader:
        line = reader.line_num
        values = {name: (text or "").strip() for name, text in row.items() if name}
        faults = list(_row_faults(values, seen, Place(file=file, row=line)))
        findings += faults
        if faults:
            continue
        seen[_key(values)] = line
        table = tables.setdefault(values["table"], _table(values, before, effective_from, source))
        table["cells"].append(_cell(values))
        findings += _jump(values, before, Place(file=file, row=line))
    findings += _against(before, seen, file)
    if not seen:
        findings.append(
            Finding("PRICE_FILE", Severity.STOP, "The file has no usable price row.", "", Place(file=file))
        )
    return PriceFile(tuple(tables.values()), tuple(findings))


def propose_prices(
    data: bytes,
    *,
    file: str,
    edition_id: str,
    effective_from: date,
    source: str,
    before: Mapping[str, PriceTable] | None = None,
) -> Proposal:
    """Prices as an edition. InvalidInput PRICE_IMPORT with every finding when one is a stop. The edition is
    complete when no cell of the edition before is gone and no price is empty.
    """
    found = read_prices(data, file=file, effective_from=effective_from, source=source, before=before)
    if stops(found.findings):
        raise InvalidInput(
            f"{file} cannot be loaded as prices.", code="PRICE_IMPORT", findings=list(found.findings)
        )
    lacking = {"PRICE_GONE", "PRICE_VALUE", "PRICE_TWICE", "PRICE_WEIGHT", "PRICE_ROW"}
    empty = sum(cell["price"] is None for table in found.tables for cell in table["cells"])
    complete = not empty and not any(finding.code in lacking for finding in found.findings)
    return Proposal(
        kind="prices",
        id=edition_id,
        content=json.dumps({"tables": found.tables}, indent=1, ensure_ascii=False).encode(),
        suffix=".json",
        effective_from=effective_from,
        source=source,
        complete=complete,
        caution=""
        if complete
        else f"Prices of {edition_id} are not complete; a missing cell stops the mailing it concerns.",
        rows=found.cells,
        findings=found.findings,
    )


def price_rows(tables: Mapping[str, PriceTable]) -> Iterator[list[str]]:
    """The tables as rows of such a CSV, header first: a form to fill in from the next Notice 123. Days of force stand
    only where a table's are not those of most.
    """
    yield ["table", *CELL, "price", "mark", "note", *STEPS, "page", *TABLE]
    most = Counter((table.effective_from, table.effective_to) for table in tables.values()).most_common(1)
    for table in tables.values():
        is_usual = [(table.effective_from, table.effective_to)] == [days for days, _ in most]
        days = ("", "") if is_usual else (table.effective_from.isoformat(), _day_text(table.effective_to))
        kind = (table.mail_class, table.product, table.shape or "", table.category or "", table.price_type)
        for cell in table.cells:
            price = (str(cell.rate), cell.mark) if cell.rate else ("", "")
            steps = (cell.zone, _weight(cell.not_over_lb), cell.weight_label)
            where = (cell.level, cell.entry, cell.component, cell.group, _weight(cell.not_over_oz))
            yield [table.id, *where, *price, cell.note, *steps, cell.page, *kind, *days]


def _day_text(day: date | None) -> str:
    return day.isoformat() if day else ""


def _header(names: Sequence[str], file: str) -> Iterator[Finding]:
    place = Place(file=file, row=1)
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        sentence = f"The header lacks {', '.join(missing)}."
        yield Finding("PRICE_FILE", Severity.STOP, sentence, "See docs/postal-data.md.", place)
    unknown = [name for name in names if name not in (*REQUIRED, *OPTIONAL)]
    if unknown:
        sentence = f"Columns without a meaning here: {', '.join(unknown)[:80]}."
        yield Finding("PRICE_FILE", Severity.WARN, sentence, "See docs/postal-data.md.", place)


def _row_faults(values: Mapping[str, str], seen: Mapping[_KEY, int], place: Place) -> Iterator[Finding]:
    if not values.get("table") or not values.get("level"):
        yield Finding("PRICE_ROW", Severity.ROW, "The row names no table or no level.", "", place)
        return
    price = _decimal(values["price"])
    if values["price"] and (price is None or price <= 0 or price.as_tuple().exponent < -6):  # type: ignore[operator]
        sentence = f"{values['price'][:20]!r} is not a price over zero with at most six decimals."
        yield Finding("PRICE_VALUE", Severity.ROW, sentence, "Write it as 0.593.", place)
    weights = {name: text for name in WEIGHTS if (text := values.get(name, ""))}
    for name, weight in weights.items():
        if (limit := _decimal(weight)) is None or limit <= 0:
            unit = "ounces" if name == "not_over_oz" else "pounds"
            sentence = f"{weight[:20]!r} is not a weight in {unit}."
            yield Finding("PRICE_WEIGHT", Severity.ROW, sentence, "Write it as 3.5.", place)
    if len(weights) > 1:
        sentence = "The row has a weight in ounces and one in pounds."
        yield Finding("PRICE_WEIGHT", Severity.ROW, sentence, "Keep one of the two.", place)
    for name in ("effective_from", "effective_to"):
        if values.get(name) and _day(values[name]) is None:
            sentence = f"{name}: {values[name][:20]!r} is not a day."
            yield Finding("PRICE_ROW", Severity.ROW, sentence, "Write it as 2026-07-12.", place)
    if before := seen.get(_key(values)):
        sentence = f"{values['table']}, {values['level']}: row {before} has this cell already."
        yield Finding("PRICE_TWICE", Severity.ROW, sentence, "Keep one of the two rows.", place)


def _jump(values: Mapping[str, str], before: Mapping[str, PriceTable], place: Place) -> Iterator[Finding]:
    price, old = _decimal(values["price"]), _old_price(values, before)
    if price is None or old is None or abs(price - old) <= JUMP * old:
        return
    sentence = f"{values['table']}, {values['level']}: {price} after {old} in the edition before."
    yield Finding("PRICE_JUMP", Severity.WARN, sentence, "Compare it with Notice 123.", place)


def _old_price(values: Mapping[str, str], before: Mapping[str, PriceTable]) -> Decimal | None:
    table = before.get(values["table"])
    if table is None:
        return None
    rates = (cell.rate for cell in table.cells if _cell_key(table.id, cell) == _key(values))
    return next((rate.value for rate in rates if rate), None)


def _against(before: Mapping[str, PriceTable], seen: Mapping[_KEY, int], file: str) -> Iterator[Finding]:
    for table_id, table in before.items():
        gone = [cell.level for cell in table.cells if _cell_key(table_id, cell) not in seen]
        if gone:
            sentence = (
                f"{table_id}: {len(gone)} cells of the edition before are not here, {gone[0]} among them."
            )
            yield Finding(
                "PRICE_GONE", Severity.WARN, sentence, "A mailing that needs one is stopped.", Place(file)
            )
    for table_id in dict.fromkeys(key[0] for key in seen):
        if before and table_id not in before:
            sentence = f"{table_id}: the edition before has no such table."
            yield Finding("PRICE_TABLE", Severity.WARN, sentence, "Check the spelling.", Place(file))


def _table(
    values: Mapping[str, str], before: Mapping[str, PriceTable], effective_from: date, source: str
) -> TableRow:
    old = before.get(values["table"])
    return {
        "id": values["table"],
        "mail_class": values.get("mail_class") or (old.mail_class if old else ""),
        "product": values.get("product") or (old.product if old else ""),
        "shape": values.get("shape") or (old.shape if old else None),
        "category": values.get("category") or (old.category if old else None),
        "price_type": values.get("price_type") or (old.price_type if old else ""),
        "effective_from": values.get("effective_from") or effective_from.isoformat(),
        "effective_to": values.get("effective_to") or None,
        "source": source,
        "cells": [],
    }


def _cell(values: Mapping[str, str]) -> CellRow:
    mark = values.get("mark") or ("confirmed" if values["price"] else "missing")
    kept = {name: values[name] for name in (*CELL, *STEPS, "note", "page") if values.get(name)}
    return cast("CellRow", {**kept, "price": values["price"] or None, "mark": mark})


def _key(values: Mapping[str, str]) -> _KEY:
    plain = (values["table"], values["level"], *(values.get(name, "") for name in (*CELL[1:4], "zone")))
    ounces, pounds = (_decimal(values.get(name, "")) for name in WEIGHTS)
    return (*plain, _weight(pounds * 16 if pounds else ounces), values.get("weight_label", ""))


def _cell_key(table: str, cell: PriceCell) -> _KEY:
    return (table, *cell.key, _weight(cell.limit_oz), cell.weight_label)


def _weight(ounces: Decimal | None) -> str:
    return f"{ounces.normalize():f}" if ounces else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _decimal(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None
