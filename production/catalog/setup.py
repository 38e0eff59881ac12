"""Machines and papers as rows of the set-up: those that are shipped are a guess until the shop says otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.findings import Finding
from production.catalog.models import OperationType, UsageUnit
from production.catalog.rows import Row, StockRow, WorkCenterRow
from production.people.second_person import consequence
from production.people.setup import Change, Kind, record, wrong
from store.db import UnitOfWork

R = TypeVar("R", bound=Row)


class _CatalogRows(Kind[R]):
    """Rows of the catalog, in their own table."""

    verb: ClassVar[str] = "keep_machines"
    has_guesses: ClassVar[bool] = True

    def rows(self, session: Session) -> list[R]:
        table: Any = self.value.table
        return [self.value.model_validate(row) for row in session.scalars(select(table).order_by(table.code))]

    def find(self, session: Session, key: str) -> R | None:
        row = session.get(self.value.table, key, populate_existing=True)
        return self.value.model_validate(row) if row is not None else None

    def write(self, uow: UnitOfWork, value: R) -> None:
        value.keep(uow.session)


class WorkCenters(_CatalogRows[WorkCenterRow]):
    """Machines and benches."""

    code, name, names = "work_center", "Work center", "Work centers"
    lead = "Machines and benches where operations run; a step of work waits for its kind of machine."
    value = WorkCenterRow

    def choices(self, session: Session) -> dict[str, list[tuple[str, str]]]:
        """Kinds of machine that some step of work asks for."""
        query = select(OperationType.work_center_class).distinct().where(OperationType.is_active)
        classes = sorted(word for word in session.scalars(query) if word)
        return {"work_center_class": [(word, word.replace("_", " ").capitalize()) for word in classes]}

    def consequences(self, change: Change[WorkCenterRow]) -> Iterator[Finding]:
        if change.of("is_active", "work_center_class"):
            left = _others(change)
            if not left:
                word = change.before.work_center_class if change.before else ""
                yield consequence(
                    "LAST_MACHINE",
                    f"No other {word.replace('_', ' ')} is in use: work that needs one cannot be done.",
                )


class Stocks(_CatalogRows[StockRow]):
    """Papers."""

    code, name, names = "stock", "Paper", "Papers"
    lead = (
        "What is printed on: weight, thickness and the sheets it is kept in decide about postage and folding."
    )
    value = StockRow

    def check(self, change: Change[StockRow]) -> Iterator[Finding]:
        unit = change.value.usage_unit
        if unit and change.session.get(UsageUnit, unit) is None:
            yield wrong("usage_unit", f"There is no unit {unit}.")

    def choices(self, session: Session) -> dict[str, list[tuple[str, str]]]:
        query = select(UsageUnit.code, UsageUnit.name).filter_by(is_active=True).order_by(UsageUnit.name)
        return {
            "usage_unit": [
                ("", "Charged with the printing"),
                *((code, name) for code, name in session.execute(query)),
            ]
        }


def _others(change: Change[WorkCenterRow]) -> bool:
    before = change.before
    return before is None or any(
        row.work_center_class == before.work_center_class and row.is_active and row.code != before.code
        for row in WORK_CENTERS.rows(change.session)
    )


def told(uow: UnitOfWork, row: Row, before: Row | None) -> None:
    """The version of a row that was written past these kinds: by a newer Indicia, or from a file of the catalog."""
    kind: Any = next((one for one in (WORK_CENTERS, STOCKS) if one.value is type(row)), None)
    if kind is not None and row != before:
        record(uow, kind, row, before)


WORK_CENTERS, STOCKS = WorkCenters(), Stocks()
