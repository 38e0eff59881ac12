"""What the meter desk looks at: meters and their days, one sheet with its runs, accounts, the day sheet as a paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from kernel.errors import Conflict, NotFound
from kernel.money import ZERO, Money, Rate
from postal.money.meters import Registers, TieOut, tie_out
from production.jobs.models import Job, Lot
from production.mailings.models import PresortStream
from production.mailroom.metering.days import MAIL_CLASSES
from production.mailroom.metering.models import Meter, MeterRun, MeterSheet
from production.people.models import Agency, BudgetUnit
from production.prepress.papers.job_papers import MeterRunLine, MeterSheetPaper


@dataclass(frozen=True, slots=True)
class MeterLine:
    """A meter with the last sheet before or on a day; registers as last read."""

    ulid: UUID
    serial_number: str
    name: str
    sheet: UUID | None  # of that very day
    state: str | None
    last_day: date | None
    ascending: Money | None
    descending: Money | None


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One meter's day in a list. ``gap`` is the first thing that does not tie."""

    id: int
    ulid: UUID
    day: date
    meter: str
    state: str
    runs: int
    pieces: int
    amount: Money
    gap: str


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run as entered, under the number of its job."""

    job: str
    agency: str
    bill_code: str
    mail_class: str
    mail_shape: str
    weight_step: str
    pieces: int
    amount: Money
    lot_id: int | None
    stream: str | None


@dataclass(frozen=True, slots=True)
class SheetDetail:
    """A sheet with its meter and runs in the order of entry."""

    sheet: MeterSheet
    meter: Meter
    runs: tuple[RunLine, ...]

    @property
    def pieces(self) -> int:
        """Pieces of all runs."""
        return sum(run.pieces for run in self.runs)

    @property
    def amount(self) -> Money:
        """Postage of all runs."""
        return sum((run.amount for run in self.runs), ZERO)


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An open account as people type it: agency and bill code."""

    agency: str
    bill_code: str
    name: str

    @property
    def typed(self) -> str:
        """'DEX DEX-100'."""
        return f"{self.agency} {self.bill_code}"


@dataclass(frozen=True, slots=True)
class _PaperRun:
    account: str
    pieces: int
    postage: Money

    @property
    def rate(self) -> object:
        """The price of a piece, where the pieces were of one price; a dash otherwise."""
        each = Decimal(self.postage.cents) / 100 / self.pieces
        return Rate(each) if each == round(each, 6) else "\N{EN DASH}"


def meters_on(session: Session, day: date) -> list[MeterLine]:
    """Every meter in use by name, with its sheet of the day and its last registers."""
    latest = (
        select(MeterSheet)
        .where(MeterSheet.day <= day)
        .ext(distinct_on(MeterSheet.meter_id))
        .order_by(MeterSheet.meter_id, MeterSheet.day.desc())
    )
    sheets = {sheet.meter_id: sheet for sheet in session.scalars(latest)}
    with_sheet = select(MeterSheet.meter_id).where(MeterSheet.day == day)
    meters = session.scalars(
        select(Meter).where(Meter.is_active | Meter.id.in_(with_sheet)).order_by(Meter.name, Meter.id)
    )
    return [_meter_line(meter, sheets.get(meter.id), day) for meter in meters]


def sheet_lines(
    session: Session, *, meter: str = "", before: tuple[date, int] | None = None, limit: int = 50
) -> list[SheetLine]:
    """Sheets, newest day first, of one meter (serial number) or all; keyset-paged by (day, id)."""
    query = (
        select(
            MeterSheet, Meter.name, func.count(MeterRun.id), func.coalesce(func.sum(MeterRun.pieces), 0),
            func.coalesce(func.sum(MeterRun.amount.cast(MeterRun.pieces.type)), 0),
        )
        .join(Meter, Meter.id == MeterSheet.meter_id)
        .outerjoin(MeterRun, MeterRun.sheet_id == MeterSheet.id)
        .group_by(MeterSheet.id, Lot.id, Meter.name)
        .order_by(MeterSheet.day.desc(), MeterSheet.id.desc())
        .limit(limit)
    )  # fmt: skip
    if meter:
        query = query.where(Meter.serial_number == meter)
    if before is not None:
        query = query.where(tuple_(MeterSheet.day, MeterSheet.id) < before)
    return [
        SheetLine(
            sheet.id, sheet.ulid, sheet.day, name, sheet.state.value, runs, int(pieces), Money(int(amount)),
            sheet.gaps[0].message if sheet.gaps and sheet.state.value != "tied" else "",
        )
        for sheet, name, runs, pieces, amount in session.execute(query)
    ]  # fmt: skip


def find_sheet(session: Session, ulid: UUID) -> MeterSheet:
    """The sheet by its public id. NotFound."""
    sheet = session.scalars(select(MeterSheet).filter_by(ulid=ulid)).one_or_none()
    if sheet is None:
        raise NotFound("There is no such meter sheet.")
    return sheet


def find_meter(session: Session, serial_number: str) -> Meter:
    """The meter by its serial number. NotFound."""
    meter = session.scalars(select(Meter).filter_by(serial_number=serial_number)).one_or_none()
    if meter is None:
        raise NotFound("There is no such meter.")
    return meter


def find_stream(session: Session, number: str) -> PresortStream | None:
    """The stream whose pieces a run imprinted, by its number as typed."""
    return session.scalars(select(PresortStream).filter_by(number=number[:20])).one_or_none()


def find_run(session: Session, sheet: MeterSheet, job_number: str) -> MeterRun:
    """The run of a sheet under its job's number. NotFound."""
    query = select(MeterRun).join(Job, Job.id == MeterRun.job_id)
    run = session.scalars(query.where(MeterRun.sheet_id == sheet.id, Job.number == job_number)).one_or_none()
    if run is None:
        raise NotFound("There is no such run on this sheet.")
    return run


def sheet_detail(session: Session, ulid: UUID) -> SheetDetail:
    """Everything of one sheet. NotFound."""
    sheet = find_sheet(session, ulid)
    query = (
        select(
            Job.number, Agency.code, BudgetUnit.bill_code, MeterRun.mail_class, MeterRun.mail_shape,
            MeterRun.weight_step, MeterRun.pieces, MeterRun.amount, MeterRun.lot_id, PresortStream.number,
        )
        .join(Job, Job.id == MeterRun.job_id)
        .join(BudgetUnit, BudgetUnit.id == MeterRun.budget_unit_id)
        .join(Agency, Agency.id == BudgetUnit.agency_id)
        .outerjoin(PresortStream, PresortStream.id == MeterRun.lot_id)
        .where(MeterRun.sheet_id == sheet.id)
        .order_by(MeterRun.id)
    )  # fmt: skip
    rows: Any = session.execute(query)
    return SheetDetail(sheet, session.get_one(Meter, sheet.meter_id), tuple(RunLine(*row) for row in rows))


def open_accounts(session: Session) -> list[AccountLine]:
    """Every open account, by agency and bill code."""
    query = (
        select(Agency.code, BudgetUnit.bill_code, BudgetUnit.name)
        .join(Agency, Agency.id == BudgetUnit.agency_id)
        .where(BudgetUnit.closed_at.is_(None))
        .order_by(Agency.code, BudgetUnit.bill_code)
    )
    return [AccountLine(*row) for row in session.execute(query)]


def find_account(session: Session, typed: str) -> BudgetUnit | None:
    """The account typed as 'DEX DEX-100', or as its bill code alone where only one agency has it."""
    query = select(BudgetUnit).join(Agency, Agency.id == BudgetUnit.agency_id)
    agency, _, code = " ".join(typed.split()).partition(" ")
    fits = (
        (func.upper(Agency.code) == agency.upper()) & (func.upper(BudgetUnit.bill_code) == code.upper())
        if code
        else func.upper(BudgetUnit.bill_code) == agency.upper()
    )
    found = session.scalars(query.where(fits).limit(2)).all()
    return found[0] if len(found) == 1 else None


def day_sheet(detail: SheetDetail) -> MeterSheetPaper:
    """The sheet as a paper. Conflict METER_SHEET before its closing registers are read."""
    sheet = detail.sheet
    if sheet.closing_ascending is None or sheet.closing_descending is None:
        raise Conflict("The closing registers are not read yet.", code="METER_SHEET")
    runs = [_PaperRun(run.bill_code, run.pieces, run.amount) for run in detail.runs]
    opening = Registers(sheet.opening_ascending, sheet.opening_descending)
    closing = Registers(sheet.closing_ascending, sheet.closing_descending)
    return MeterSheetPaper(
        meter=f"{detail.meter.name} ({detail.meter.serial_number})",
        day=sheet.day,
        opening=opening,
        closing=closing,
        runs=tuple(
            MeterRunLine(
                paper, run.agency, MAIL_CLASSES[run.mail_class], run.mail_shape, f"{run.weight_step} oz"
            )
            for paper, run in zip(runs, detail.runs, strict=True)
        ),
        refills=(("Refill", sheet.refill),) if sheet.refill else (),
        tie_out=_tie(opening, closing, runs, sheet.refill),
        operator=sheet.entered_by,
        caution=(f"Supervisor's note: {sheet.supervisor_note}",) if sheet.supervisor_note else (),
    )


def _tie(opening: Registers, closing: Registers, runs: Sequence[_PaperRun], refill: Money) -> TieOut:
    return tie_out(opening, closing, runs=runs, refills=[refill] if refill else [])


def _meter_line(meter: Meter, last: MeterSheet | None, day: date) -> MeterLine:
    is_today = last is not None and last.day == day
    read = None if last is None else _last_read(last)
    return MeterLine(
        ulid=meter.ulid,
        serial_number=meter.serial_number,
        name=meter.name,
        sheet=last.ulid if last and is_today else None,
        state=last.state.value if last and is_today else None,
        last_day=last.day if last else None,
        ascending=read.ascending if read else None,
        descending=read.descending if read else None,
    )


def _last_read(sheet: MeterSheet) -> Registers:
    """The closing registers, or the opening ones of a sheet that is not closed."""
    if sheet.closing_ascending is not None and sheet.closing_descending is not None:
        return Registers(sheet.closing_ascending, sheet.closing_descending)
    return Registers(sheet.opening_ascending, sheet.opening_descending)
