"""How values look to people: the template filters and the words and tones of states."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from flask import Flask
from markupsafe import Markup

from billing.models import month_name
from kernel.clock import SHOP_ZONE
from kernel.findings import Place, Severity
from kernel.ids import parse_job_number, show_ulid
from kernel.money import Extended, Money, Rate

NOTHING = "\N{EN DASH}"
PLACES_SHOWN = 20
_SERIOUS = [severity.value for severity in Severity]
_MINUS = "\N{MINUS SIGN}"


class StateLook(NamedTuple):
    """Tone is one of neutral, active, good, attention, stop; icon is a name in the USWDS sprite."""

    label: str
    tone: str
    icon: str


_LOOKS = {
    "neutral": "schedule",
    "active": "autorenew",
    "good": "check_circle",
    "attention": "warning",
    "stop": "error",
}
_TONES = {
    "neutral": "draft submitted waiting open planning planned queued ready closed cancelled skipped empty",
    "active": "in_production running printing processing checking merging reading closing",
    "good": "approved produced dispatched delivered billed done printed tied reconciled exported sent taken",
    "attention": "proof_ready outcome_unknown on_hold warn short reprint",
    "stop": "needs_fix failed stop rejected row spoiled unexplained void refused",
}
_TONE_OF = {state: tone for tone, states in _TONES.items() for state in states.split()}


def state_look(state: object) -> StateLook:
    """Label, tone and icon of a job, operation, batch or finding state; unknown states are neutral."""
    name = str(getattr(state, "value", state))
    tone = _TONE_OF.get(name, "neutral")
    return StateLook(name.replace("_", " ").capitalize(), tone, _LOOKS[tone])


def money(amount: Money | None) -> str:
    """'$1,234.50', with a real minus sign; a dash for nothing."""
    if amount is None:
        return NOTHING
    return f"{_MINUS if amount.cents < 0 else ''}${str(amount).lstrip('-')}"


def cents(amount: int) -> str:
    """Whole cents of a frozen quote, as money."""
    return money(Money(amount))


def rate(value: Rate | Extended | str | None) -> str:
    """'$0.593' a unit, a price in words, or an extended value to four decimals."""
    return NOTHING if value is None or value == "" else f"${value}".replace("$-", f"{_MINUS}$")


def count(number: int | None) -> str:
    """'24,000,000'."""
    return NOTHING if number is None else f"{number:,}".replace("-", _MINUS)


def filesize(size: int | None) -> str:
    """'1.4 MB', in powers of 1,000 as file managers show it."""
    if size is None:
        return NOTHING
    for unit, scale in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= scale:
            return f"{size / scale:,.1f} {unit}"
    return f"{size} bytes"


def localtime(instant: datetime | None) -> str | Markup:
    """Shop time with its zone, in a <time> element; naive values are a ValueError."""
    if instant is None:
        return NOTHING
    if instant.tzinfo is None:
        raise ValueError("a time without a zone cannot be shown")
    here = instant.astimezone(SHOP_ZONE)
    words = f"{here:%b} {here.day}, {here.year}, {here.hour % 12 or 12}:{here:%M} {here:%p} {here:%Z}"
    return Markup('<time datetime="{}">{}</time>').format(instant.isoformat(), words)


def localdate(day: date | None) -> str | Markup:
    """'Dec 1, 2026' in a <time> element."""
    if day is None:
        return NOTHING
    return Markup('<time datetime="{}">{}</time>').format(day.isoformat(), f"{day:%b} {day.day}, {day.year}")


def jobnumber(text: str | None) -> str | Markup:
    """Job number that never breaks over two lines; the check digit is checked (ValueError)."""
    if text is None:
        return NOTHING
    return Markup('<span class="job-number">{}</span>').format(parse_job_number(text))


def ulid(value: UUID) -> str:
    """The public id as addresses carry it."""
    return show_ulid(value)


def finding_groups(groups: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Groups of findings for ``findings_list``: most serious and most frequent first, places in words."""
    shown = [
        {**group, "places": [str(Place(**place)) for place in group["places"][:PLACES_SHOWN]]}
        for group in groups
    ]
    return sorted(shown, key=lambda group: (_SERIOUS.index(group["severity"]), -group["count"]))


def billing_month(label: str) -> str:
    """'FY2027-12' as the month it is: 'December 2026 (FY2027-12)'. The label counts months as the calendar does."""
    year, month = int(label[2:6]), int(label[7:])
    return month_name(date(year - (month >= 7), month, 1), label)


FILTERS = {
    f.__name__: f
    for f in (
        money, cents, rate, count, filesize, localtime, localdate, jobnumber, state_look, ulid, finding_groups,
        billing_month,
    )
}  # fmt: skip


def install(app: Flask) -> None:
    """Gives every template the filters above."""
    app.jinja_env.filters.update(FILTERS)
