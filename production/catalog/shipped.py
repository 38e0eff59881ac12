"""The rows of the catalog that are shipped, and how a plant gets them: at set-up, and with a newer Indicia again.

A row that the shop has changed is never overwritten; one as it was shipped follows the newer shipped one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity
from production.catalog.feeds import unfit
from production.catalog.models import OperationType, Route
from production.catalog.products.charged import charged_units
from production.catalog.products.families import Family, families
from production.catalog.products.standards import Stock, shipped_standards
from production.catalog.rows import CatalogFile, Cycle, OperationTypeRow, RouteRow, Row
from production.catalog.setup import told
from store.columns import Base
from store.db import Database, UnitOfWork, system_actor

SHIPPED = Path(__file__).parent / "data" / "shipped"
_LOCK = 0x1D1C1D  # any number, the same in every process that loads


def set_up(database: Database) -> None:
    """Bring the shipped rows into a plant, whichever process is first; nothing is written where they stand."""
    shipped = shipped_catalog()
    with database.read_only(system_actor("catalog")) as session:
        if all(_shipped_digests(session, table).items() >= digests.items() for table, digests in _by_table()):
            return
    with database.unit_of_work(system_actor("catalog")) as uow:
        uow.session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        for row in shipped.rows:
            _follow(uow, row)
            uow.session.flush()  # what comes next may refer to it


def load(uow: UnitOfWork, data: bytes, *, file: str = "") -> CatalogFile:
    """The shop's own rows from a TOML file, added or changed: all or nothing. InvalidInput CATALOG_ROW,
    ROUTE_CYCLE or ROUTE_UNIT.
    """
    catalog = read_catalog(data, file=file)
    problems = [*_unknown(uow.session, catalog, file), *_unfit(uow.session, catalog, file)]
    if problems:
        raise InvalidInput("Nothing was loaded.", code=problems[0].code, findings=problems)
    for row in catalog.rows:
        kept = uow.session.get(row.table, row.code)
        before = type(row).model_validate(kept) if kept is not None else None
        row.keep(uow.session)
        uow.session.flush()
        told(uow, row, before)
        uow.audit(_name(row.table), None, "loaded", code=row.code, row=row.digest)
    return catalog


def read_catalog(data: bytes, *, file: str = "") -> CatalogFile:
    """The rows of a TOML file; InvalidInput CATALOG_ROW or ROUTE_CYCLE says everything that is wrong with them."""
    try:
        given = tomllib.loads(data.decode())
        return CatalogFile.model_validate(given)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems = [_finding(f"The file is not TOML: {error}.", file)]
    except ValidationError as error:
        problems = [
            _finding(
                f"{_where(given, one['loc'])}: {one['msg'].removeprefix('Value error, ')}.",
                file,
                "ROUTE_CYCLE" if isinstance(one.get("ctx", {}).get("error"), Cycle) else "CATALOG_ROW",
            )
            for one in error.errors()
        ]
    raise InvalidInput("Nothing was loaded.", code=problems[0].code, findings=problems)


@lru_cache(maxsize=1)
def shipped_catalog() -> CatalogFile:
    """All shipped rows."""
    rows: dict[str, list[Any]] = {}
    for path in sorted(SHIPPED.glob("*.toml")):
        for table, given in tomllib.loads(path.read_text("utf-8")).items():
            rows.setdefault(table, []).extend(given)
    for table, more in _of_products().items():
        known = {row["code"] for row in rows[table]}
        rows[table] += [row for row in more if row["code"] not in known]
    return CatalogFile.model_validate(rows)


def _of_products() -> dict[str, list[dict[str, Any]]]:
    """What the standards of the press room and the families of print products bring: what is charged, papers, and a
    product for each family.
    """
    standards = shipped_standards()
    return {
        "usage_unit": [
            {"code": one.code, "name": one.name, "source": one.source} for one in charged_units(standards)
        ],
        "stock": [_stock_row(code, stock) for code, stock in standards.stocks.items()],
        "product": [_product_row(family) for family in families().families.values()],
    }


def _stock_row(code: str, stock: Stock) -> dict[str, Any]:
    return {
        "code": code, "name": stock.name or code, "grade": stock.grade, "basis_lb": stock.basis_lb,
        "basic_width_in": stock.basic[0], "basic_height_in": stock.basic[1], "caliper_in": stock.caliper,
        "sheets": [
            {"width_in": one.size[0], "height_in": one.size[1], "grain": one.grain} for one in stock.sheets
        ],
        "source": stock.source,
    }  # fmt: skip


def _product_row(family: Family) -> dict[str, Any]:
    return {
        "code": family.code, "name": family.name, "sentence": family.sentence, "kind": "print", "unit": family.unit,
        "components": family.components, "steps": ["choices", "details", "component_files", "review"],
        "route": "specified", "source": family.source,
    }  # fmt: skip


@lru_cache(maxsize=1)
def _by_table() -> list[tuple[type[Base], dict[str, str]]]:
    """Of each table the digests of its shipped rows by code."""
    found: dict[type[Base], dict[str, str]] = {}
    for row in shipped_catalog().rows:
        found.setdefault(row.table, {})[row.code] = row.digest
    return list(found.items())


def _shipped_digests(session: Session, table: type[Any]) -> dict[str, str]:
    return dict(session.execute(select(table.code, table.shipped)).all())


def _follow(uow: UnitOfWork, row: Row) -> None:
    """Add the row, or bring it up to date where it stands as it was shipped before."""
    kept: Any = uow.session.get(row.table, row.code)
    if kept is not None and type(row).model_validate(kept).digest != kept.shipped:
        kept.shipped = row.digest  # the shop's own now; looked at, and left alone
        return
    before = type(row).model_validate(kept) if kept is not None else None
    row.keep(uow.session).shipped = row.digest
    if before is not None:
        told(uow, row, before)


def _unknown(session: Session, catalog: CatalogFile, file: str) -> list[Finding]:
    """What rows refer to and neither file nor plant has."""
    known: dict[type[Any], set[str]] = {}
    for row in catalog.rows:
        known.setdefault(row.table, set()).add(row.code)
    found = []
    for row in catalog.rows:
        for table, code in row.refers():
            if code not in known.get(table, ()) and session.get(table, code) is None:
                found.append(
                    _finding(f"{_name(row.table)} {row.code}: there is no {_name(table)} {code}.", file)
                )
    return found


def _unfit(session: Session, catalog: CatalogFile, file: str) -> list[Finding]:
    """Routes whose steps cannot count what they are given."""
    kept = {row.code: OperationTypeRow.model_validate(row) for row in session.scalars(select(OperationType))}
    types = kept | {row.code: row for row in catalog.operation_type}
    own = {row.code: row for row in catalog.route}
    routes = {row.code: RouteRow.model_validate(row) for row in session.scalars(select(Route))} | own
    return [
        _finding(f"route {route.code}: {words}.", file, "ROUTE_UNIT")
        for route in routes.values()
        for words in unfit(route, types)
    ]


def _name(table: type[Any]) -> str:
    return str(table.__tablename__)


def _where(given: Mapping[str, Any], place: tuple[int | str, ...]) -> str:
    """The table, row and key of a fault: 'stock bond20 basis_lb'."""
    words = [str(part) for part in place if not isinstance(part, int)]
    if len(place) > 1 and isinstance(place[1], int):
        row = given[str(place[0])][place[1]]
        words.insert(1, str(row.get("code", f"row {place[1] + 1}")) if isinstance(row, dict) else "")
    return " ".join(words)


def _finding(words: str, file: str, code: str = "CATALOG_ROW") -> Finding:
    return Finding(code, Severity.STOP, words, "Correct the file and load it again.", Place(file=file))
