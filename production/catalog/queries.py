"""What stands in the catalog, for the rooms that order, plan and charge by it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from kernel.errors import NotFound
from production.catalog.models import OperationType, Product, Route, Stock, UsageUnit
from production.catalog.rows import ROWS, CatalogFile, ProductRow, RouteRow, RouteStepRow, StockRow


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step that is done for certain answers. ``needs`` name only steps that are done too; ``lag``: minutes that pass
    after them, None where their types say it.
    """

    step: int
    type: OperationType
    needs: tuple[int, ...]
    lag: int | None = None


def products(session: Session) -> tuple[ProductRow, ...]:
    """What can be ordered now, in the order of the list."""
    query = select(Product).filter_by(is_active=True).order_by(Product.position, Product.code)
    return tuple(map(ProductRow.model_validate, session.scalars(query)))


def product(session: Session, code: str) -> ProductRow:
    """One product, also one that is no longer offered; NotFound PRODUCT_UNKNOWN."""
    found = session.get(Product, code)
    if found is None:
        raise NotFound(f"There is no product {code}.", code="PRODUCT_UNKNOWN")
    return ProductRow.model_validate(found)


def stocks(session: Session, grades: Collection[str]) -> tuple[StockRow, ...]:
    """Papers of these grades in use, light to heavy."""
    query = select(Stock).filter_by(is_active=True).where(Stock.grade.in_(grades))
    return tuple(map(StockRow.model_validate, session.scalars(query.order_by(Stock.basis_lb, Stock.code))))


def unit_names(session: Session) -> dict[str, str]:
    """Every unit that work is recorded in, by code: what it is called."""
    return dict(session.execute(select(UsageUnit.code, UsageUnit.name)).all())


def route(session: Session, code: str) -> RouteRow:
    """A route with its steps in order."""
    return RouteRow.model_validate(session.get_one(Route, code))


def operation_types(session: Session, codes: Collection[str]) -> dict[str, OperationType]:
    """Types of operation by code."""
    query = select(OperationType).where(OperationType.code.in_(codes))
    return {row.code: row for row in session.scalars(query)}


def whole_catalog(session: Session) -> CatalogFile:
    """Every row in use."""
    rows = {
        name: tuple(map(kind.model_validate, session.scalars(_in_use(kind.table))))
        for name, kind in ROWS.items()
    }
    return CatalogFile.model_validate(rows)


def _in_use(table: type[Any]) -> Select[Any]:
    return select(table).filter_by(is_active=True).order_by(table.code)


def planned(session: Session, code: str, answers: Mapping[str, str]) -> tuple[PlannedStep, ...]:
    """The steps of a route that these answers to options ask for, in order."""
    steps = in_force(route(session, code).steps, answers)
    types = operation_types(session, {step.operation for step in steps})
    return tuple(
        PlannedStep(step.step, types[step.operation], step.needs, step.lag_minutes) for step in steps
    )


def in_force(steps: Sequence[RouteStepRow], answers: Mapping[str, str]) -> tuple[RouteStepRow, ...]:
    """Steps whose condition holds; who needs one that is left out needs what that one needed. Pure."""
    stands_for: dict[int, tuple[int, ...]] = {}
    kept = []
    for step in sorted(steps, key=lambda step: step.step):
        needs = tuple(sorted({before for need in step.needs for before in stands_for[need]}))
        if _holds(step, answers):
            kept.append(step.model_copy(update={"needs": needs}))
            stands_for[step.step] = (step.step,)
        else:
            stands_for[step.step] = needs
    return tuple(kept)


def _holds(step: RouteStepRow, answers: Mapping[str, str]) -> bool:
    answer = answers.get(step.when_option or "", "")
    return step.when_option is None or (answer in step.when_is if step.when_is else bool(answer))
