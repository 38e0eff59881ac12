"""The days of the postage meters: registers, runs by account, and the check that ties them."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import select

from kernel import clock
from kernel.money import ZERO, Money
from postal.data.mail_days import mail_day_from
from production.mailroom.metering.days import RunFacts, add_run, close_sheet, open_sheet
from production.mailroom.metering.models import Meter, MeterSheet
from production.people.models import BudgetUnit
from store.db import UnitOfWork
from web.demo.hands import Hands
from web.demo.moments import Moments
from web.demo.rows import MeterDay

_FIRST = (Money(1_284_000), Money(9_000_000))  # ascending and descending of a meter that was never read here
_REFILL_BELOW, _REFILL = Money(1_000_000), Money(8_000_000)


def run_day(hands: Hands, moments: Moments, row: MeterDay) -> None:
    """Opened in the morning, its runs entered, closed where the row says so."""
    opened = moments.at(row.opened)
    hands.act(row.key, "mona", opened, lambda uow: _open(uow, row))
    if row.runs:
        hands.act(f"{row.key}: runs", "mona", opened, lambda uow: _enter(hands, uow, row))
    if row.closed:
        closing = moments.at(row.closed)
        hands.act(f"{row.key}: closed", "mona", closing, lambda uow: _close(hands, uow, row))


def _open(uow: UnitOfWork, row: MeterDay) -> MeterSheet:
    meter = uow.session.scalars(select(Meter).filter_by(name=f"Meter {row.meter}")).one()
    last = uow.session.scalars(
        select(MeterSheet).filter_by(meter_id=meter.id).order_by(MeterSheet.day.desc()).limit(1)
    ).first()
    ascending, descending = (last.closing_ascending, last.closing_descending) if last else _FIRST
    assert ascending is not None and descending is not None  # the day before is closed  # noqa: S101
    day = mail_day_from(clock.business_date(uow.now))
    return open_sheet(uow, meter, day=day, ascending=ascending, descending=descending)


def _enter(hands: Hands, uow: UnitOfWork, row: MeterDay) -> MeterSheet:
    sheet = hands.made(uow.session, row.key, MeterSheet)
    for account, mail_class, shape, ounces, pieces, dollars in row.runs:
        unit = uow.session.scalars(select(BudgetUnit).filter_by(bill_code=account)).one()
        add_run(uow, sheet, RunFacts(unit, mail_class, shape, ounces, pieces, _money(dollars)))
    return sheet


def _close(hands: Hands, uow: UnitOfWork, row: MeterDay) -> MeterSheet:
    """The registers moved by what the runs say, and by the gap where there is one; an almost empty meter is filled."""
    sheet = hands.made(uow.session, row.key, MeterSheet)
    used = sum((_money(run[5]) for run in row.runs), _money(row.gap))
    refill = _REFILL if sheet.opening_descending < _REFILL_BELOW else ZERO
    close_sheet(
        uow, sheet, ascending=sheet.opening_ascending + used,
        descending=sheet.opening_descending - used + refill, refill=refill,
    )  # fmt: skip
    return sheet


def _money(dollars: str) -> Money:
    return Money(int(Decimal(dollars) * 100))
