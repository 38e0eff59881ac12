"""The quarter before the busy day: small jobs, one of each kind in its turn, made by the same rows and verbs."""

from __future__ import annotations

import random
from collections.abc import Iterator

from kernel.money import Money
from web.demo.rows import BroughtIn, Letters, Mailing, MeterDay, Print, Run, Work, people

WEEKS, SEED = 13, 2026
_WEEK = 5  # mail days
_LETTERS = (
    "Yearly notice",
    "Renewal reminder",
    "Answer to your request",
    "Change of office hours",
    "Fee notice",
)
_FORMS = ("Request forms", "Receipt slips", "Field notes", "Sign-in sheets", "Route cards")
_BROUGHT = ("Sealed notices", "Checks in envelopes", "Certificates, sealed")
_OUNCE = 78  # cents, of a metered letter


def history(seed: int, *, weeks: int = WEEKS) -> Iterator[Work]:
    """Week by week, the oldest first; the same seed gives the same."""
    chance = random.Random(seed)
    for week in range(weeks, 0, -1):
        yield _week(chance, week, 5 + (week - 1) * _WEEK)


def _week(chance: random.Random, week: int, end: int) -> Work:
    """``end``: the mail day before today on which it ended."""
    start, meter = end + 4, (_meter_day(chance, week, end),)
    agency = chance.choice(people().agency)
    key = f"week-{week}"
    if week % 2:
        letters = Letters(
            key=f"{key}-letters", agency=agency.code, title=chance.choice(_LETTERS),
            pieces=chance.randrange(210, 480, 10), ordered=f"{start} 09:10", approved=f"{start} 13:20",
        )  # fmt: skip
        mailed = Mailing(
            key=f"{key}-mailing", jobs=(letters.key,), built=f"{start - 1} 09:00", mail=2 - start,
            stage="delivered", worked=f"{start - 1} 10:00", left=f"{start - 2} 14:40",
            delivered=f"{start - 2} 15:50",
        )  # fmt: skip
        return Work(letters=(letters,), mailing=(mailed,), meter=meter)
    printed = Print(
        key=f"{key}-print", agency=agency.code, title=chance.choice(_FORMS),
        quantity=chance.randrange(400, 3000, 100), options={"pad": "50"} if chance.random() < 0.5 else {},
        ordered=f"{start} 10:05", approved=f"{start} 15:10", made=2, worked=f"{start - 1} 09:30",
        left=f"{start - 2} 10:15", delivered=f"{start - 2} 14:05",
    )  # fmt: skip
    if week % 4:
        return Work(print=(printed,), meter=meter)
    drop, run = _brought(chance, key, start)
    return Work(print=(printed,), meter=meter, brought_in=(drop,), sorter_run=(run,))


def _brought(chance: random.Random, key: str, start: int) -> tuple[BroughtIn, Run]:
    agency = chance.choice(people().agency)
    drop = BroughtIn(
        key=f"{key}-brought", agency=agency.code, title=chance.choice(_BROUGHT),
        counted=chance.randrange(510, 700, 10), mail=1 - start, brought=f"{start} 08:45",
    )  # fmt: skip
    run = Run(
        key=f"{key}-run", jobs=(drop.key,), made=f"{start} 11:00", read=f"{start} 13:00",
        closed=f"{start} 14:00", left=f"{start - 1} 14:45", delivered=f"{start - 1} 15:55",
    )  # fmt: skip
    return drop, run


def _meter_day(chance: random.Random, week: int, end: int) -> MeterDay:
    agencies = chance.sample(people().agency, 2)
    counts = [chance.randrange(40, 260, 5) for _ in agencies]
    runs = tuple(
        (agency.accounts[0][0], "first-class", "letter", "1", count, Money(count * _OUNCE).plain)
        for agency, count in zip(agencies, counts, strict=True)
    )
    return MeterDay(
        key=f"week-{week}-meter", meter=1 + week % 5, opened=f"{end} 08:10", runs=runs, closed=f"{end} 15:40"
    )
