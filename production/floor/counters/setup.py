"""Which machines have a counter that is read, as rows of the set-up."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.findings import Finding
from production.asked import Count, Measure, Needed
from production.catalog.models import WorkCenter
from production.people.setup import Change, Kind, wrong
from production.people.setup_fields import Name, Row


class CounterValue(Row):
    """A counter."""

    work_center: Needed = Field(title="Machine", description="Each has one counter: of sheets or pieces fed.")
    name: Name = Field(
        title="Where it is read", description="Such as: total counter, second line of the display."
    )
    digits: Annotated[Count, Field(ge=3, le=12)] = Field(
        default=7, title="Digits", description="After so many nines it begins at 0 again; shop to confirm."
    )
    tolerance_percent: Annotated[Measure, Field(ge=0, le=20)] = Field(
        default=Decimal("0.5"),
        title="Not worth a case, percent",
        description="Test sheets and the like, of what it counted; shop to confirm.",
    )
    is_active: bool = Field(default=True, title="In use")

    @property
    def rolls_over_at(self) -> int:
        """One more than it can show."""
        return int(10**self.digits)


class Counters(Kind[CounterValue]):
    """Counters."""

    code, name, names = "counter", "Counter", "Counters of machines"
    lead = (
        "Machines whose counter is read by hand, by scanner or from a file. What it counted between two readings is "
        "compared with what operators claimed; a difference becomes a case."
    )
    verb, value, keyed_by = "keep_machines", CounterValue, ("work_center",)

    def check(self, change: Change[CounterValue]) -> Iterator[Finding]:
        if change.session.get(WorkCenter, change.value.work_center) is None:
            yield wrong("work_center", f"There is no work center {change.value.work_center}.")

    def choices(self, session: Session) -> dict[str, list[tuple[str, str]]]:
        query = select(WorkCenter.code, WorkCenter.name).filter_by(is_active=True).order_by(WorkCenter.name)
        return {"work_center": [(code, name) for code, name in session.execute(query)]}


COUNTERS = Counters()


def counters(session: Session) -> list[CounterValue]:
    """Those in use."""
    return [row for row in COUNTERS.rows(session) if row.is_active]
