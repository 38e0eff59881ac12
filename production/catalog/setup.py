"""Machines, papers and standards as rows of the set-up: what is shipped is a guess until the shop says otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, TypeVar

from sqlalchemy import SelectBase, select
from sqlalchemy.orm import Session

from kernel.findings import Finding
from production.catalog.models import OperationType, Place, UsageUnit
from production.catalog.planning import minutes
from production.catalog.rows import OperationTypeRow, Row, StandardRow, StockRow, WorkCenterRow
from production.people.second_person import consequence
from production.people.setup import Change, Kind, record, wrong
from store.db import UnitOfWork

R = TypeVar("R", bound=Row)
_LOT = 1_000  # of which a change of a standard is told


class _CatalogRows(Kind[R]):
    """Rows of the catalog, in their own table."""

    verb: ClassVar[str] = "keep_machines"
    has_guesses: ClassVar[bool] = True

    def rows(self, session: Session) -> list[R]:
        table: Any = self.value.table
        return [self.value.model_validate(row) for row in session.scalars(select(table).order_by(table.code))]

    def keys(self) -> SelectBase:
        return select(self.value.table.__table__.c.code)

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


class Standards(Kind[StandardRow]):
    """How long operations take."""

    code, name, names = "standard", "Standard", "Standards"
    lead = (
        "How long each operation takes: minutes are planned by it. Measure before you enter a figure; an operation "
        "without one has no planned minutes."
    )
    verb, has_guesses, grows, value = "keep_machines", True, False, StandardRow

    def rows(self, session: Session) -> list[StandardRow]:
        query = select(OperationType).where(OperationType.place != Place.SYSTEM).order_by(OperationType.code)
        return [StandardRow.model_validate(row) for row in session.scalars(query)]

    def keys(self) -> SelectBase:
        return select(OperationType.code).where(OperationType.place != Place.SYSTEM)

    def find(self, session: Session, key: str) -> StandardRow | None:
        row = session.get(OperationType, key, populate_existing=True)
        return StandardRow.model_validate(row) if row is not None and row.place is not Place.SYSTEM else None

    def write(self, uow: UnitOfWork, value: StandardRow) -> None:
        row = uow.session.get_one(OperationType, value.code)
        for name, said in value.facts("code").items():
            setattr(row, name, said)

    def check(self, change: Change[StandardRow]) -> Iterator[Finding]:
        if change.value.per_hour is None and change.value.setup_minutes is not None:
            yield wrong("per_hour", "Say how many an hour as well.")

    def consequences(self, change: Change[StandardRow]) -> Iterator[Finding]:
        if change.before is not None and change.of("setup_minutes", "per_hour"):
            was, will = (_planned(row) for row in (change.before, change.value))
            yield consequence(
                "STANDARD_CHANGE",
                f"{_LOT:,} of {change.value.name.lower()} are planned with {will}, until now with {was}. "
                "What is planned keeps its minutes.",
            )


def _planned(row: StandardRow) -> str:
    found = minutes(row, _LOT)
    return "no minutes" if found is None else f"{found:,} minutes"


def _others(change: Change[WorkCenterRow]) -> bool:
    before = change.before
    return before is None or any(
        row.work_center_class == before.work_center_class and row.is_active and row.code != before.code
        for row in WORK_CENTERS.rows(change.session)
    )


def told(uow: UnitOfWork, row: Row, before: Row | None) -> None:
    """The version of a row that was written past these kinds: by a newer Indicia, or from a file of the catalog."""
    kind = _OF_ROW.get(type(row))
    if kind is None:
        return
    value, was = (kind.value.model_validate(one) if one is not None else None for one in (row, before))
    if value != was:
        record(uow, kind, value, was)


WORK_CENTERS, STOCKS, STANDARDS = WorkCenters(), Stocks(), Standards()
_OF_ROW: dict[type[Row], Kind[Any]] = {
    WorkCenterRow: WORK_CENTERS, StockRow: STOCKS, OperationTypeRow: STANDARDS,
}  # fmt: skip
