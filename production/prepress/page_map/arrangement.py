"""Which page stands where: pages moved, turned, left out, put in. Pure; what is written from it knows the files.

An arrangement is written as ``1-8,b,9r90,2.3-5``: pages of the file itself, a blank page, a page turned clockwise,
pages of the second source.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from kernel.errors import InvalidInput
from production.catalog.products.spec import MOST_PAGES

_PART = re.compile(
    r"(?:(?P<source>\d{1,4})\.)?(?P<first>\d{1,6})(?:-(?P<last>\d{1,6}))?(?:r(?P<turn>90|180|270))?"
)
_BLANK = "b"
_FULL = 360


@dataclass(frozen=True, slots=True)
class Leaf:
    """What stands in one place: a page (from 1) of a source (from 1), turned clockwise by ``turn`` degrees beside what
    it asks for itself; a blank page has the number 0.
    """

    page: int
    source: int = 1
    turn: int = 0

    @property
    def is_blank(self) -> bool:
        """Whether nothing is printed there."""
        return self.page == 0


BLANK = Leaf(0)
Leaves = tuple[Leaf, ...]


def whole(pages: int) -> Leaves:
    """A file as it is."""
    return tuple(Leaf(page) for page in range(1, pages + 1))


def read(text: str) -> Leaves:
    """InvalidInput PAGE_MAP for what is no arrangement, is empty or too long."""
    parts = "".join(text.split()).split(",")
    leaves = tuple(chain.from_iterable(map(_read_part, parts)))
    if len(leaves) > MOST_PAGES:
        raise _refusal(f"These are more than {MOST_PAGES:,} pages.")
    return leaves


def _read_part(part: str) -> Iterator[Leaf]:
    if part == _BLANK:
        yield BLANK
        return
    said = _PART.fullmatch(part)
    if not said:
        raise _refusal(f'"{part[:40]}" names no pages.')
    first, last = int(said["first"]), int(said["last"] or said["first"])
    if not 1 <= first <= last or last - first >= MOST_PAGES:
        raise _refusal(f'"{part}" names no pages.')
    for page in range(first, last + 1):
        yield Leaf(page, int(said["source"] or 1), int(said["turn"] or 0))


def _refusal(sentence: str) -> InvalidInput:
    return InvalidInput(
        sentence, code="PAGE_MAP", remedy="Write pages as in 1-8, 12, with a b for a blank page.", field="pages"
    )  # fmt: skip


def written(leaves: Iterable[Leaf]) -> str:
    """As ``read`` reads it, pages that follow one another as a range."""
    runs: list[list[Leaf]] = []
    for leaf in leaves:
        if runs and _follows(leaf, runs[-1][-1]):
            runs[-1].append(leaf)
        else:
            runs.append([leaf])
    return ",".join(_run(run[0], run[-1]) for run in runs)


def _follows(leaf: Leaf, before: Leaf) -> bool:
    return not before.is_blank and leaf == replace(before, page=before.page + 1)


def _run(first: Leaf, last: Leaf) -> str:
    if first.is_blank:
        return _BLANK
    source = f"{first.source}." if first.source != 1 else ""
    through = f"-{last.page}" if last.page != first.page else ""
    return f"{source}{first.page}{through}" + (f"r{first.turn}" if first.turn else "")


# --- what a person does with places, counted from 1 ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Arranged:
    """An arrangement, and the places that were worked on, where they are now."""

    leaves: Leaves
    chosen: tuple[int, ...] = ()


def moved(leaves: Leaves, chosen: Collection[int], before: int) -> Arranged:
    """The chosen places side by side, in front of what stands at ``before``; behind the last is one more than there
    are.
    """
    picked = [leaf for place, leaf in enumerate(leaves, start=1) if place in chosen]
    ahead = [leaf for place, leaf in enumerate(leaves, start=1) if place not in chosen and place < before]
    behind = [leaf for place, leaf in enumerate(leaves, start=1) if place not in chosen and place >= before]
    first = len(ahead) + 1
    return Arranged((*ahead, *picked, *behind), tuple(range(first, first + len(picked))))


def earlier(leaves: Leaves, chosen: Collection[int]) -> Arranged:
    """One place further to the front, side by side."""
    return moved(leaves, chosen, max(1, min(chosen, default=1) - 1))


def later(leaves: Leaves, chosen: Collection[int]) -> Arranged:
    """One place further to the end, side by side."""
    return moved(leaves, chosen, max(chosen, default=len(leaves)) + 2)


def without(leaves: Leaves, chosen: Collection[int]) -> Arranged:
    """Left out. InvalidInput PAGE_MAP when nothing would be left."""
    kept = tuple(leaf for place, leaf in enumerate(leaves, start=1) if place not in chosen)
    if not kept:
        raise _refusal("A file needs at least one page.")
    return Arranged(kept, (min(min(chosen, default=1), len(kept)),))


def turned(leaves: Leaves, chosen: Collection[int], by: int) -> Arranged:
    """Turned clockwise by ``by`` degrees; a blank page is the same from every side."""
    made = tuple(
        replace(leaf, turn=(leaf.turn + by) % _FULL) if place in chosen and not leaf.is_blank else leaf
        for place, leaf in enumerate(leaves, start=1)
    )
    return Arranged(made, tuple(sorted(chosen)))


def put_in(leaves: Leaves, before: int, more: Sequence[Leaf]) -> Arranged:
    """More pages in front of what stands at ``before``. InvalidInput PAGE_MAP when they are too many."""
    if len(leaves) + len(more) > MOST_PAGES:
        raise _refusal(f"These are more than {MOST_PAGES:,} pages.")
    at = max(0, min(before - 1, len(leaves)))
    return Arranged((*leaves[:at], *more, *leaves[at:]), tuple(range(at + 1, at + 1 + len(more))))


def replaced(leaves: Leaves, chosen: Collection[int], more: Sequence[Leaf]) -> Arranged:
    """Other pages in place of the chosen ones, where the first of them stood."""
    first = min(chosen, default=len(leaves) + 1)
    kept = tuple(leaf for place, leaf in enumerate(leaves, start=1) if place not in chosen)
    return put_in(kept, first, more)


# --- what is different from the file ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Differences:
    """``marks``: for each place what is different there, or nothing; ``gone``: pages of the file that are left out."""

    marks: tuple[str, ...]
    gone: tuple[int, ...]

    @property
    def is_none(self) -> bool:
        """Whether the file would be as it is."""
        return not self.gone and not any(self.marks)


def differences(leaves: Leaves, pages: int) -> Differences:
    """Against the file itself, of so many pages. A page that others passed over is not said to have moved."""
    own = [(place, leaf.page) for place, leaf in enumerate(leaves) if leaf.source == 1 and not leaf.is_blank]
    stay = _longest_run([page for _, page in own])
    still = {place for (place, _), stays in zip(own, stay, strict=True) if stays}
    seen: set[int] = set()
    marks = []
    for place, leaf in enumerate(leaves):
        marks.append(_mark(leaf, stays=place in still, is_again=leaf.source == 1 and leaf.page in seen))
        if leaf.source == 1:
            seen.add(leaf.page)
    return Differences(tuple(marks), tuple(page for page in range(1, pages + 1) if page not in seen))


def _mark(leaf: Leaf, *, stays: bool, is_again: bool) -> str:
    if leaf.is_blank:
        return "blank"
    if leaf.source != 1:
        return "from another file"
    said = ["again"] if is_again else [] if stays else ["moved"]
    return ", ".join([*said, *(["turned"] if leaf.turn else [])])


def _longest_run(pages: Sequence[int]) -> list[bool]:
    """Which of them stay: the most that still follow one another in their old order."""
    ends: list[int] = []
    lengths = []
    for page in pages:
        at = bisect_left(ends, page)
        ends[at : at + 1] = [page]
        lengths.append(at)
    stays, wanted = [False] * len(pages), len(ends) - 1
    for k in range(len(pages) - 1, -1, -1):
        if lengths[k] == wanted:
            stays[k], wanted = True, wanted - 1
    return stays
