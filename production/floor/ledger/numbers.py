"""Numbered sets counted by range: how they are typed, which are missing, which are there twice. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from kernel.errors import Conflict, InvalidInput
from production.jobs.ranges import Range, words

_RANGE = re.compile(r"(\d{1,9})(?:\s*-\s*(\d{1,9}))?")
_TOLD = 10  # ranges of a refusal


def read_numbers(text: str, ordered: Range) -> tuple[Range, ...]:
    """``1-500, 502`` as ranges in order. InvalidInput COUNT where it is not that or beyond the order, RANGE_TWICE where
    it names a number twice.
    """
    found = []
    for part in filter(None, (one.strip() for one in re.split(r"[,;\n]", text))):
        matched = _RANGE.fullmatch(part)
        if matched is None:
            raise InvalidInput(
                f"{part[:40]} is no range of numbers.", code="COUNT", remedy="Write 1-500, 502."
            )
        first = int(matched[1])
        found.append(Range(first, int(matched[2] or first)))
    for one in found:
        if one.first > one.last or one.first < ordered.first or one.last > ordered.last:
            raise InvalidInput(
                f"{words((one,))} is not among {words((ordered,))}.", code="COUNT",
                remedy="Write the first number before the last, of those ordered.",
            )  # fmt: skip
    found.sort()
    if twice := repeated(found):
        raise InvalidInput(
            f"Named twice: {words(twice, limit=_TOLD)}.", code="RANGE_TWICE", remedy="Name each once."
        )
    return tuple(found)


def refuse_twice(counted: Iterable[Range], more: Iterable[Range], reason: str) -> None:
    """Conflict RANGE_TWICE for numbers that were counted before, unless somebody says why they are there again."""
    twice = repeated([*joined(counted), *more])
    if twice and not reason.strip():
        raise Conflict(
            f"Counted before: {words(twice, limit=_TOLD)}.", code="RANGE_TWICE",
            remedy="Look at the piles. If they really are there twice, say why; one of each is to be taken out.",
        )  # fmt: skip


def refuse_gap(counted: Sequence[Range], ordered: Range, reason: str) -> None:
    """Conflict NUMBER_GAP for numbers that nobody counted, unless somebody says why."""
    gaps = missing(counted, ordered)
    if counted and gaps and not reason.strip():
        raise Conflict(
            f"Missing: {words(gaps, limit=_TOLD)}.", code="NUMBER_GAP",
            remedy="Find and count them, or say why they are missing.",
        )  # fmt: skip


def joined(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """Every number once, in order."""
    found: list[Range] = []
    for one in sorted(ranges):
        if found and one.first <= found[-1].last + 1:
            found[-1] = Range(found[-1].first, max(found[-1].last, one.last))
        else:
            found.append(one)
    return tuple(found)


def repeated(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """Numbers in more than one of them."""
    return joined(_overlaps(sorted(ranges)))


def _overlaps(ranges: Sequence[Range]) -> Iterator[Range]:
    last = -1
    for one in ranges:
        if one.first <= last:
            yield Range(one.first, min(one.last, last))
        last = max(last, one.last)


def missing(counted: Iterable[Range], ordered: Range) -> tuple[Range, ...]:
    """Numbers of the order in none of them."""
    found, following = [], ordered.first
    for one in joined(counted):
        if one.first > following:
            found.append(Range(following, one.first - 1))
        following = max(following, one.last + 1)
    return (*found, Range(following, ordered.last)) if following <= ordered.last else tuple(found)
