"""What is otherwise in a revision of a quote than in the one before, in words and money."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kernel.clock import long_date
from kernel.money import ZERO, Money
from production.frontdesk.orders.snapshot import PricedLine
from production.frontdesk.quoting.models import Alternative
from production.frontdesk.quoting.queries import Revision


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was ``before`` and is ``now``, empty where it is not there; ``more`` where it is money."""

    what: str
    before: str
    now: str
    more: Money | None = None


def changes(before: Revision, now: Revision) -> list[Change]:
    """Alternatives that came, went or are otherwise, by their numbers now, then the day until which it holds."""
    old = list(before.alternatives)
    pairs = [(place, _taken(old, one), one) for place, one in enumerate(now.alternatives, start=1)]
    found = [change for place, was, one in pairs for change in _of_one(place, was, one)]
    found += [Change(f"{one.name}, {one.quantity:,}", f"${one.total}", "", -one.total) for one in old]
    if before.valid_until and now.valid_until and before.valid_until != now.valid_until:
        found.append(Change("Holds until", long_date(before.valid_until), long_date(now.valid_until)))
    return found


def _taken(old: list[Alternative], new: Alternative) -> Alternative | None:
    """The alternative that it was, taken out of those before: with the same choices, else the first of its family."""
    same = [one for one in old if one.family == new.family]
    found = next((one for one in same if one.answers == new.answers), next(iter(same), None))
    if found is not None:
        old.remove(found)
    return found


def _of_one(place: int, was: Alternative | None, one: Alternative) -> Iterator[Change]:
    named = f"Alternative {place}: {one.name}"
    if was is None:
        yield Change(f"{named}, {one.quantity:,}", "", f"${one.total}", one.total)
        return
    facts = dict(was.facts), dict(one.facts)
    spoken = [Change(what, *both) for what, both in _otherwise(*facts)]
    lines = line_changes(was.snapshot.lines, one.snapshot.lines)
    if was.total != one.total:
        yield Change(named, f"${was.total}", f"${one.total}", one.total - was.total)
    elif spoken or lines:
        yield Change(named, f"${was.total}", f"${one.total}", ZERO)
    yield from spoken
    if was.quantity != one.quantity and was.answers == one.answers:
        yield Change("How many come out", f"{was.quantity:,}", f"{one.quantity:,}")
    yield from lines


def line_changes(before: Sequence[PricedLine], now: Sequence[PricedLine]) -> list[Change]:
    """Lines of a price that are otherwise: quantity, price, amount."""
    old, new = ({line.unit: line for line in lines} for lines in (before, now))
    said = ({unit: _in_words(line) for unit, line in lines.items()} for lines in (old, new))
    return [
        Change((new.get(unit) or old[unit]).description, *both, _money(new, unit) - _money(old, unit))
        for unit, both in _otherwise(*said)
    ]


def _otherwise(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, str]]]:
    for name in dict.fromkeys((*now, *before)):
        both = before.get(name, ""), now.get(name, "")
        if both[0] != both[1]:
            yield name, both


def _in_words(line: PricedLine) -> str:
    quantity = f"{line.quantity:,f}"
    quantity = quantity.rstrip("0").rstrip(".") if "." in quantity else quantity
    return f"{quantity} at ${line.rate.shown}: ${line.money}"


def _money(lines: Mapping[str, PricedLine], unit: str) -> Money:
    return lines[unit].money if unit in lines else ZERO
