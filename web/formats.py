"""How values look to people: the template filters and the words and tones of states."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from flask import Flask
from markupsafe import Markup

from billing.models import month_name
from kernel import clock
from kernel.clock import SHOP_ZONE
from kernel.findings import FindingGroup, Severity
from kernel.ids import parse_job_number, show_ulid
from kernel.money import Extended, Money, Rate, allocate
from kernel.quantities import rounded
from postal.piece.kinds import in_words
from web.pictures import inline_png

NOTHING = "\N{EN DASH}"
PLACES_SHOWN = 20
_WEEK = 7
_SERIOUS = [severity.value for severity in Severity]
_MINUS = "\N{MINUS SIGN}"
_TEN_THOUSANDTH = Decimal("0.0001")
_TEN_THOUSAND = 10_000
_ISO_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")


_kept = lru_cache(maxsize=4096)  # lists show the same days and jobs again and again


class StateMark(NamedTuple):
    """Tone is one of neutral, active, good, attention, stop; icon is a sign of static/img/icons.svg, another
    for each state, so that no state is told by its color alone."""

    label: str
    tone: str
    icon: str


_ICONS = {
    "neutral": (
        "draft=file submitted=up waiting=clock open=folder planning=map numbered=list ready=flag closed=lock "
        "cancelled=cross skipped=skip withdrawn=undo discarded=trash meter_day_open=envelope "
        "declined=back canceled=stop-hand"
    ),
    "active": (
        "in_production=print running=play checking=redo reading=book closing=hourglass asked=comment in_hand=person "
        "sent=next outside=arrow open_for_bids=search"
    ),
    "good": (
        "approved=shield produced=box dispatched=truck delivered=check-circle billed=dollar done=check tied=link "
        "written=download published=globe taken=person-check accepted=cart awarded=pin"
    ),
    "attention": (
        "proof_ready=eye outcome_unknown=question on_hold=hand warn=warning short=minus-circle reprint=copy due=bell "
        "expired=pause to_award=info second_person=layers"
    ),
    "stop": (
        "needs_fix=wrench failed=stop stop=no-entry rejected=thumb-down row=left-out unexplained=unexplained "
        "refused=cross-circle late=calendar"
    ),
}
_LOOKS = {
    state: (tone, icon)
    for tone, pairs in _ICONS.items()
    for state, icon in (pair.split("=") for pair in pairs.split())
}
_UNKNOWN = ("neutral", "dots")
_SAID = {"cancelled": "Canceled", "outside": "With an outside shop"}  # kept with two l's


def state_mark(state: object) -> StateMark:
    """Label, tone and icon of a job, operation, stream or finding state; unknown states are neutral."""
    name = str(getattr(state, "value", state))
    return StateMark(_SAID.get(name) or name.replace("_", " ").capitalize(), *_LOOKS.get(name, _UNKNOWN))


def money(amount: Money | None) -> str:
    """'$1,234.50', with a real minus sign; a dash for nothing."""
    if amount is None:
        return NOTHING
    return f"{_MINUS if amount.cents < 0 else ''}${str(amount).lstrip('-')}"


def total(amounts: Iterable[Money]) -> Money:
    """The sum of a column."""
    return sum(amounts, Money(0))


def cents(amount: int) -> str:
    """Whole cents of a frozen quote, as money."""
    return money(Money(amount))


def rate(value: Rate | Extended | str | None) -> str:
    """'$36.00', '$0.228': a price of one unit, exact, an extended value to at most four decimals, or a price in words;
    at least the cents and no zeros behind them, on every screen and paper alike.
    """
    if value is None or value == "":
        return NOTHING
    try:
        number = value.value if isinstance(value, (Rate, Extended)) else Decimal(str(value))
    except InvalidOperation:  # '0.624 + 0.745 a pound'
        return f"${value}"
    exact = number if isinstance(value, Rate) else number.quantize(_TEN_THOUSANDTH)
    return f"{_MINUS if exact < 0 else ''}${Rate(abs(exact)).shown}"


def dealt(parts: Sequence[Extended], whole: Money) -> list[Money]:
    """Parts before the cent as money that adds up to the whole: cents by largest remainder."""
    weights = [int(part.value * _TEN_THOUSAND) for part in parts]
    return allocate(whole, weights) if any(weights) else [Money(0) for _ in weights]


def plain(number: Decimal | None) -> str:
    """A measure in ounces or inches: to the thousandth, without zeros behind it."""
    return "" if number is None else rounded(number)


def figure(value: object) -> str:
    """A figure of an estimate: '0.0046', '18,883', '12 x 18; 13 x 19', or words."""
    match value:
        case Decimal():
            return f"{Decimal(rounded(value, places=6)):,f}"
        case int():
            return count(value)
        case tuple():
            return ("; " if any(isinstance(one, tuple) for one in value) else " x ").join(map(figure, value))
    return str(value)


def count(number: int | None) -> str:
    """'24,000,000'."""
    return NOTHING if number is None else f"{number:,}".replace("-", _MINUS)


def minutes(number: int) -> str:
    """'45 min', '2 h 05 min'."""
    hours, rest = divmod(number, 60)
    return f"{count(hours)} h {rest:02d} min" if hours else f"{rest} min"


def filesize(size: int | None) -> str:
    """'1.4 MB', in powers of 1,000 as file managers show it."""
    if size is None:
        return NOTHING
    for unit, scale in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= scale:
            return f"{size / scale:,.1f} {unit}"
    return f"{size} bytes"


@_kept
def localtime(instant: datetime | None) -> str | Markup:
    """Shop time with its zone, in a <time> element; naive values are a ValueError."""
    if instant is None:
        return NOTHING
    return Markup('<time datetime="{}">{}</time>').format(instant.isoformat(), exact_time(instant))


def exact_time(instant: datetime) -> str:
    """'Nov 22, 2026, 9:02 AM CST'; naive values are a ValueError."""
    if instant.tzinfo is None:
        raise ValueError("a time without a zone cannot be shown")
    here = instant.astimezone(SHOP_ZONE)
    return f"{here:%b} {here.day}, {here.year}, {here.hour % 12 or 12}:{here:%M %p %Z}"


@_kept
def localdate(day: date | None) -> str | Markup:
    """'Dec 1, 2026' in a <time> element."""
    if day is None:
        return NOTHING
    return Markup('<time datetime="{}">{}</time>').format(day.isoformat(), date_words(day))


def date_words(day: date) -> str:
    """'Dec 1, 2026'."""
    return f"{day:%b} {day.day}, {day.year}"


def ago(instant: datetime | None, *, in_reach: bool = True) -> str | Markup:
    """'36 min ago', 'today, 3 PM', 'Mon 4:50 PM'; the exact time on hover, on focus and on paper. In a table it is
    not ``in_reach`` of the Tab key: the focus within its row shows it.
    """
    if instant is None:
        return NOTHING
    return _when(
        moment_words(instant, clock.now()), instant.isoformat(), exact_time(instant), in_reach=in_reach
    )


def day(value: date | None, *, in_reach: bool = True) -> str | Markup:
    """'today', 'tomorrow', 'Wed Dec 9', or the date with its year when it is another one."""
    if value is None:
        return NOTHING
    exact = f"{value:%A, %B} {value.day}, {value.year}"
    return _when(day_words(value, clock.today()), value.isoformat(), exact, in_reach=in_reach)


def _when(words: str, machine: str, exact: str, *, in_reach: bool) -> Markup:
    tab = Markup(' tabindex="0"') if in_reach else ""
    return Markup('<time class="when" datetime="{}" data-exact="{}"{}>{}</time>').format(
        machine, exact, tab, words
    )


def moment_words(instant: datetime, now: datetime) -> str:
    """A time as people say it, seen from now."""
    minutes = int((instant - now).total_seconds() / 60)
    if -60 < minutes < 60:
        return f"{-minutes} min ago" if minutes < 0 else f"in {minutes} min" if minutes else "just now"
    here, today = instant.astimezone(SHOP_ZONE), clock.business_date(now)
    days = (here.date() - today).days
    if abs(days) <= 1:
        return f"{day_words(here.date(), today)}, {clock_time(instant)}"
    if abs(days) < _WEEK:
        return f"{here:%a} {clock_time(instant)}"
    return (
        f"{day_words(here.date(), today)}, {clock_time(instant)}"
        if here.year == today.year
        else day_words(here.date(), today)
    )


@_kept
def clock_time(instant: datetime) -> str:
    """'4:30 PM', '3 PM' at the shop."""
    here = instant.astimezone(SHOP_ZONE)
    return f"{here.hour % 12 or 12}{f':{here:%M}' if here.minute else ''} {here:%p}"


def day_words(value: date, today: date) -> str:
    """A day as people say it, seen from today."""
    days = (value - today).days
    if abs(days) <= 1:
        return ("yesterday", "today", "tomorrow")[days + 1]
    if value.year != today.year and abs(days) >= _WEEK:
        return f"{value:%b} {value.day}, {value.year}"
    return f"{value:%a %b} {value.day}" if abs(days) < _WEEK else f"{value:%b} {value.day}"


def initials(name: str) -> str:
    """'Mona Mailroom' as 'MM'."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


@_kept
def jobnumber(text: str | None) -> str | Markup:
    """Job number that never breaks over two lines; the check digit is checked (ValueError)."""
    if text is None:
        return NOTHING
    return Markup('<span class="job-number">{}</span>').format(parse_job_number(text))


def ulid(value: UUID) -> str:
    """The public id as addresses carry it."""
    return show_ulid(value)


def finding_groups(groups: Iterable[FindingGroup]) -> list[FindingGroup]:
    """Groups of findings for ``findings_list``: most serious and most frequent first."""
    shown = [
        replace(
            group, message=edition_name(group.message), remedy=edition_name(group.remedy),
            places=group.places[:PLACES_SHOWN],
        )
        for group in groups
    ]  # fmt: skip
    return sorted(shown, key=lambda group: (_SERIOUS.index(group.severity), -group.count))


def edition_name(name: str) -> str:
    """'sort-plan/fcm-letter-automation 2026-11-22' as 'sort plan of First-Class Mail automation letters 2026-11-22'."""
    return in_words(name.replace("sort-plan/", "sort plan of ").replace("statement-lines/", "lines of form "))


def days_in_words(name: str) -> str:
    """'Print from 2025-07-01' as 'Print from Jul 1, 2025': a rate card is named by its first day."""
    return _ISO_DAY.sub(lambda day: date_words(date.fromisoformat(day[0])), name)


def billing_month(label: str) -> str:
    """'FY2027-12' as the month it is: 'December 2026 (FY2027-12)'. The label counts months as the calendar does."""
    year, month = int(label[2:6]), int(label[7:])
    return month_name(date(year - (month >= 7), month, 1), label)


FILTERS = {
    f.__name__: f
    for f in (
        money, total, cents, rate, count, minutes, filesize, localtime, localdate, exact_time, clock_time, ago, day,
        initials, jobnumber, state_mark, ulid, finding_groups, billing_month, plain, figure, edition_name,
        days_in_words, dealt, inline_png,
    )
}  # fmt: skip


def install(app: Flask) -> None:
    """Gives every template the filters above."""
    app.jinja_env.filters.update(FILTERS)
