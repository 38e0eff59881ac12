"""The numbers of numbered forms and sets, read from the sheets: one on all parts, none missing, none twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from production.prepress.fold_check.cells import Cell
from production.prepress.fold_check.findings import SheetFinding, stop
from production.prepress.fold_check.looking import Seen
from production.prepress.fold_check.reading import Turned

_MOST_CHECK_DIGITS = 2


@dataclass(frozen=True, slots=True)
class NumberedPart:
    """A part of a set with the number that is printed on it."""

    index: int
    page: int
    text: str


def numbered(numbers: Mapping[int, int], seen: Mapping[int, Seen]) -> set[int]:
    """The placements on which something printed beyond the page is its number: where the layout says so, else all
    where each has one."""
    if numbers:
        return set(numbers)
    pages = [index for index, one in seen.items() if one.page is not None]
    has_number = {index for index in pages if re.search(r"\d", seen[index].text)}
    return has_number if len(has_number) == len(pages) > 1 else set()


def number_findings(
    sides: Sequence[Turned],
    numbers: Mapping[int, int],
    seen: Mapping[int, Seen],
    cells: Mapping[int, Cell],
    *,
    is_stacked: bool,
) -> Iterator[SheetFinding]:
    """``sides`` in the order of reading; ``numbers``: what the layout says of its placements, where it does;
    ``is_stacked``: the piles lie on one another in the order of their numbers."""
    parts = [
        NumberedPart(side.index, side.page, " ".join(seen[side.index].text.split()))
        for side in sides
        if side.index is not None and side.page is not None
    ]
    sets = list(_sets(parts))
    for one in sets:
        yield from _unlike(one, cells)
    for part in parts:
        said = numbers.get(part.index)
        if said is not None and str(said) not in part.text:
            yield _wrong(part, cells, f"shows {part.text or 'no number'}, not {said}", part.text, str(said))
    counts = Counter(one[0].text for one in sets)
    for one in sets:
        if one[0].text and counts[one[0].text] > 1:
            what = f"has number {one[0].text}, and so has another set"
            yield _wrong(one[0], cells, what, one[0].text, "once")
    values = _values([one[0].text for one in sets])
    by_value = sorted(zip(values, sets, strict=True), key=lambda pair: pair[0])
    for (value, before), (after, one) in pairwise(by_value):
        if after > value + 1:
            what = f"has number {one[0].text}, and the one before it is {before[0].text}"
            yield _wrong(one[0], cells, what, one[0].text, before[0].text)
    if is_stacked:
        for (value, before), (after, one) in pairwise(zip(values, sets, strict=True)):
            if after < value:
                what = f"with number {one[0].text} lies behind {before[0].text}"
                yield _wrong(one[0], cells, what, one[0].text, before[0].text)


def _sets(parts: Sequence[NumberedPart]) -> Iterator[list[NumberedPart]]:
    """Parts that belong together: their pages rise from the first."""
    current: list[NumberedPart] = []
    for part in parts:
        if current and part.page <= current[-1].page:
            yield current
            current = []
        current.append(part)
    if current:
        yield current


def _unlike(parts: Sequence[NumberedPart], cells: Mapping[int, Cell]) -> Iterator[SheetFinding]:
    for part in parts:
        if not part.text:
            yield _wrong(part, cells, "has no number", "", parts[0].text)
        elif part.text != parts[0].text:
            message = f"shows {part.text}; the part above it shows {parts[0].text}"
            yield _wrong(part, cells, message, part.text, parts[0].text)


def _values(texts: Sequence[str]) -> list[int]:
    """The numbers in consecutive texts. Check digits at their end do not count: of the ways to read them the one in
    which most follow one another is right."""
    digits = ["".join(re.findall(r"\d+", text)) for text in texts]
    ways = [[int(one[: len(one) - cut] or "0") for one in digits] for cut in range(_MOST_CHECK_DIGITS + 1)]
    return max(ways, key=lambda way: sum(after == before + 1 for before, after in pairwise(sorted(way))))


def _wrong(part: NumberedPart, cells: Mapping[int, Cell], what: str, value: str, limit: str) -> SheetFinding:
    cell = cells[part.index]
    return stop(
        "NUMBER_SEQUENCE", f"Part {part.page:,} of a set {what}.",
        side=cell.side, place=cell.trim, page=part.page, value=value, limit=limit,
    )  # fmt: skip
