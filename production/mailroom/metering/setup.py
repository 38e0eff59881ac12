"""Meters as rows of the set-up: entered, renamed, taken out of use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field
from sqlalchemy import SelectBase, select
from sqlalchemy.orm import Session

from kernel.findings import Finding
from kernel.ids import new_ulid
from production.asked import Needed
from production.jobs.states import LotState
from production.mailroom.metering.models import Meter, MeterSheet
from production.people.setup import Change, Kind, wrong
from production.people.setup_fields import Row, looks_like
from store.db import UnitOfWork


class MeterValue(Row):
    """A device that prints postage."""

    serial_number: Annotated[
        Needed, looks_like(r"[^\s/]{1,40}", "Write 1 to 40 characters without blanks or slash.")
    ] = Field(title="Serial number", description="As it stands on the device.")
    name: Annotated[Needed, Field(max_length=80)] = Field(
        title="Name", description="What people call it, such as Meter 1."
    )
    is_active: bool = Field(default=True, title="In use")


class Meters(Kind[MeterValue]):
    """What prints postage and counts it."""

    code, name, names = "meter", "Meter", "Meters"
    lead = "Devices that print postage. The first reading is entered with the first day's sheet."
    value = MeterValue
    keyed_by = ("serial_number",)

    def rows(self, session: Session) -> list[MeterValue]:
        return [_meter(row) for row in session.scalars(select(Meter).order_by(Meter.serial_number))]

    def keys(self) -> SelectBase:
        return select(Meter.serial_number)

    def find(self, session: Session, key: str) -> MeterValue | None:
        row = session.scalars(select(Meter).filter_by(serial_number=key)).first()
        return _meter(row) if row else None

    def write(self, uow: UnitOfWork, value: MeterValue) -> None:
        row = uow.session.scalars(select(Meter).filter_by(serial_number=value.serial_number)).first()
        if row is None:
            row = Meter(ulid=new_ulid(uow.now), serial_number=value.serial_number)
            uow.session.add(row)
        row.name, row.is_active = value.name, value.is_active

    def check(self, change: Change[MeterValue]) -> Iterator[Finding]:
        if change.of("is_active") and not change.value.is_active:
            query = select(MeterSheet.day).join(Meter, Meter.id == MeterSheet.meter_id)
            query = query.where(
                Meter.serial_number == change.value.serial_number, MeterSheet.state != LotState.TIED
            )
            if day := change.session.scalar(query.order_by(MeterSheet.day)):
                yield wrong("is_active", f"Its day of {day:%B %-d, %Y} is not closed yet.")


def _meter(row: Meter) -> MeterValue:
    return MeterValue.model_construct(serial_number=row.serial_number, name=row.name, is_active=row.is_active)


METERS = Meters()
