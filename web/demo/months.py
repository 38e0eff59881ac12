"""The months of the demonstration that are over: closed by two people, and exported; the last is asked for."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import partial

from billing.chargeback import request_export
from billing.models import BillingPeriod, ExportRun
from billing.periods import ask_to_close, close_period, consequences, open_period
from kernel import clock
from postal.data.mail_days import mail_days_after
from store.db import UnitOfWork
from web.demo.hands import Hands

_CLERK, _SECOND = "bill", "clara"
_WORK_DAYS = 3  # after its end, a month is closed


def close_months(hands: Hands, first: date, now: datetime) -> None:
    """Every month from ``first`` on whose day of closing has come; the last of them waits for the second person."""
    while (closing := _closing_of(first)) < now:
        following = _next(first)
        hands.act(f"{first:%Y-%m}: asked", _CLERK, closing, partial(_ask, first=first))
        if _closing_of(following) < now:
            _close(hands, first, closing)
        first = following


def _close(hands: Hands, first: date, closing: datetime) -> None:
    key = f"{first:%Y-%m}"
    hands.act(f"{key}: closed", _SECOND, closing + timedelta(hours=2), lambda uow: _agree(uow, first))
    hands.act(f"{key}: exported", _CLERK, closing + timedelta(hours=3), lambda uow: _export(uow, first))


def _ask(uow: UnitOfWork, first: date) -> BillingPeriod:
    period = open_period(uow, first)
    ask_to_close(uow, period, knowing=_known(uow, period))
    return period


def _agree(uow: UnitOfWork, first: date) -> BillingPeriod:
    period = open_period(uow, first)
    return close_period(uow, period, knowing=_known(uow, period))


def _export(uow: UnitOfWork, first: date) -> ExportRun:
    return request_export(uow, open_period(uow, first))


def _known(uow: UnitOfWork, period: BillingPeriod) -> list[str]:
    return [one.code for one in consequences(uow.session, period, clock.business_date(uow.now))]


def _closing_of(first: date) -> datetime:
    day = mail_days_after(_next(first) - timedelta(days=1), _WORK_DAYS)
    return datetime.combine(day, time(10), clock.SHOP_ZONE)


def _next(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
