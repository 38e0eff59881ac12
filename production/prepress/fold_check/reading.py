"""The finished pile read as a reader does: leaf by leaf, heads up, and what comes out of order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from production.prepress.fold_check.cells import Cell
from production.prepress.fold_check.findings import SheetFinding, stop
from production.prepress.fold_check.layout import Layout, Line, Point
from production.prepress.fold_check.looking import Seen
from production.prepress.fold_check.stack import Leaf, Pile

_UP: dict[int, tuple[int, int]] = {0: (0, 1), 90: (1, 0), 180: (0, -1), 270: (-1, 0)}
_EDGE: dict[str | None, tuple[int, int]] = {
    "left": (-1, 0),
    "right": (1, 0),
    "top": (0, 1),
    "bottom": (0, -1),
}


@dataclass(frozen=True, slots=True)
class Turned:
    """A side of a leaf as it comes up when the pile is read: its placement, and where its head points then."""

    index: int | None
    page: int | None
    head: tuple[int, int]


_NOTHING = Turned(None, None, (0, 1))


@dataclass(frozen=True, slots=True)
class Read:
    """A pile as it is read: the sides of each leaf, and where all heads should point."""

    leaves: tuple[tuple[Turned, ...], ...]
    up: tuple[int, int]

    @property
    def pages(self) -> list[int | None]:
        """Page by page."""
        return [side.page for leaf in self.leaves for side in leaf]


def read_pile(layout: Layout, pile: Pile, seen: Mapping[int, Seen]) -> Read:
    """Spine to the left and heads up; a pile without a spine lies as it came."""
    axis = _axis(pile, seen)
    turned = [
        [_turned(layout, leaf, seen, axis, is_upper=is_upper) for is_upper in (True, False)]
        for leaf in pile.leaves
    ]
    heads = Counter(side.head for leaf in turned for side in leaf if side.page is not None)
    up = heads.most_common(1)[0][0] if heads else (0, 1)
    if _lies_on_its_face(layout, pile, turned, up):
        # Turning it over about the axis of its spine, or of its heads where it has none, leaves the heads.
        turned = [leaf[::-1] for bundle in _bundles(pile, turned) for leaf in reversed(bundle)]
    if layout.is_one_sided and not pile.spine:
        turned = [[side for side in leaf if side.index is not None] or leaf[:1] for leaf in turned]
    return Read(tuple(tuple(leaf) for leaf in turned), up)


def _axis(pile: Pile, seen: Mapping[int, Seen]) -> Line:
    """About which a leaf is turned to see its other side: x is an upright axis. That of the spine; a loose leaf is
    turned about the line through its head."""
    if pile.spine:
        return "x" if pile.spine in {"left", "right"} else "y"
    turns = [
        seen[index].turn
        for leaf in pile.leaves
        for index in (leaf.front, leaf.back)
        if index is not None and seen[index].page is not None
    ]
    return "x" if 2 * sum(turn in {0, 180} for turn in turns) >= len(turns) else "y"


def _turned(layout: Layout, leaf: Leaf, seen: Mapping[int, Seen], axis: Line, *, is_upper: bool) -> Turned:
    """A side of a leaf with its head where it points for who has turned the leaf to see it."""
    index = leaf.upper if is_upper else leaf.lower
    if index is None:
        return _NOTHING
    x, y = _UP[seen[index].turn]
    is_back = leaf.panel.is_face_up is not is_upper
    if is_back:
        x, y = (-x, y) if layout.turn == "left-right" else (x, -y)
    x, y = x * leaf.panel.x.sign, y * leaf.panel.y.sign
    if not is_upper:
        x, y = (-x, y) if axis == "x" else (x, -y)
    return Turned(index, seen[index].page, (x, y))


def _bundles(pile: Pile, turned: Sequence[list[Turned]]) -> Iterator[Sequence[list[Turned]]]:
    first = 0
    for bundle in pile.bundles:
        yield turned[first : first + len(bundle)]
        first += len(bundle)


def _lies_on_its_face(
    layout: Layout, pile: Pile, turned: Sequence[Sequence[Turned]], up: tuple[int, int]
) -> bool:
    if pile.spine:
        return _EDGE[pile.spine] == (up[1], -up[0])  # at the reader's right
    if layout.is_shared_form:
        pairs = [(upper.page, lower.page) for upper, lower in turned if upper.page or lower.page]
        return bool(pairs) and _is_back_first(*pairs[0])
    return False


def _is_back_first(upper: int | None, lower: int | None) -> bool:
    return upper is None or (lower is not None and lower < upper)


# --- heads -------------------------------------------------------------------------------------------------


def head_findings(
    read: Read, cells: Mapping[int, Cell], sizes: Mapping[int, Point]
) -> Iterator[SheetFinding]:
    """Pages whose head does not point up. One that lies across its leaf has it at the left or at the right. ``sizes``:
    width and height of each page as a viewer shows it."""
    up = read.up
    for side in (side for leaf in read.leaves for side in leaf):
        if side.index is None or side.page is None or side.head == up:
            continue
        cell = cells[side.index]
        is_beside = side.head != (-up[0], -up[1])
        if is_beside and _lies_across(cell, sizes.get(side.page, (0.0, 0.0)), is_upright=up[0] == 0):
            continue
        yield stop(
            "PAGE_HEAD", f"Page {side.page:,} does not stand with its head up in the finished piece.",
            side=cell.side, place=cell.trim, page=side.page, value=90 if is_beside else 180, limit=0,
        )  # fmt: skip


def _lies_across(cell: Cell, page: Point, *, is_upright: bool) -> bool:
    """Whether the page is wider than high on a leaf that is higher than wide, or the reverse."""
    left, low, right, high = cell.trim
    leaf = (right - left, high - low) if is_upright else (high - low, right - left)
    return (page[0] - page[1]) * (leaf[0] - leaf[1]) < 0


# --- order -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where an order ends: how many sides were read by then, what stands there, what should."""

    at: int
    side: Turned
    expected: int | None
    is_blank_fault: bool = False


def order_findings(
    layout: Layout, reads: Sequence[Read], cells: Mapping[int, Cell], ends: Sequence[int]
) -> list[SheetFinding]:
    """What is out of order. ``ends``: the last page of each file; all pages are counted through.

    Bound work is one copy a pile, everything else a stack of copies from the top, or, unless the style says that it is
    cut and stacked, sheets with the pages side by side, each as often as it may be."""
    if layout.folds:
        return [_told(found, cells) for read in reads if (found := _book(read, ends[-1]))]
    stack = [leaf for read in reads for leaf in read.leaves]
    ways = [_copies(_ended(stack), ends)]
    if layout.style != "cutstack":
        ways.append(_copies([leaf for read in reads for leaf in _ended(read.leaves)], ends))
        ways.append(_side_by_side(_by_sheet(reads), ends))
    if None in ways:
        return []
    return [_told(max((way for way in ways if way), key=lambda way: way.at), cells)]


def _book(read: Read, last: int) -> Break | None:
    """Every page once, blanks at the end or before the last page."""
    sides = [side for leaf in read.leaves for side in leaf]
    expected, blanks = 1, 0
    for at, side in enumerate(sides):
        if side.page is None:
            blanks += 1
        elif side.page != expected:
            return Break(at, side, expected if expected <= last else None)
        elif blanks and expected != last:
            return Break(at - 1, sides[at - 1], expected, is_blank_fault=True)
        else:
            expected += 1
    return None if expected == last + 1 else Break(len(sides), sides[-1], expected)


def _ended(leaves: Sequence[tuple[Turned, ...]]) -> list[tuple[Turned, ...]]:
    """Without the empty places at the end."""
    kept = list(leaves)
    while kept and all(side.page is None for side in kept[-1]):
        kept.pop()
    return kept


def _copies(leaves: Sequence[tuple[Turned, ...]], ends: Sequence[int]) -> Break | None:
    """All pages in order, again and again."""
    expected, at = 1, 0
    for leaf in leaves:
        for place, side in enumerate(leaf):
            if side.page is None:
                if not place or (expected != 1 and expected - 1 not in ends):
                    return Break(at, side, expected, is_blank_fault=True)
            elif side.page != expected:
                return Break(at, side, expected)
            else:
                expected = side.page % ends[-1] + 1
            at += 1
    return None if expected == 1 and at else Break(at, leaves[-1][-1] if leaves else _NOTHING, expected)


def _side_by_side(leaves: Sequence[tuple[Turned, ...]], ends: Sequence[int]) -> Break | None:
    """Leaves in the order of their pages, each any number of times, none left out."""
    last, at, blank = 0, 0, None
    previous: tuple[int | None, ...] = ()
    for leaf in leaves:
        pages = tuple(side.page for side in leaf)
        if all(page is None for page in pages):
            blank = blank or Break(at, leaf[0], last + 1, is_blank_fault=True)
        elif blank:
            return blank
        elif pages != previous:
            for place, side in enumerate(leaf):
                if side.page is None and (not place or last not in ends):
                    return Break(at + place, side, last + 1, is_blank_fault=True)
                if side.page is not None and side.page != last + 1:
                    return Break(at + place, side, last + 1)
                last = side.page or last
        previous, at = pages, at + len(leaf)
    return None if last == ends[-1] else Break(at, leaves[-1][-1] if leaves else _NOTHING, last + 1)


def _by_sheet(reads: Sequence[Read]) -> list[tuple[Turned, ...]]:
    """Leaf by leaf as they lie beside one another, sheet by sheet."""
    deepest = max(len(read.leaves) for read in reads)
    return [read.leaves[k] for k in range(deepest) for read in reads if k < len(read.leaves)]


def _told(found: Break, cells: Mapping[int, Cell]) -> SheetFinding:
    cell = cells.get(found.side.index) if found.side.index is not None else None
    expected = "nothing more" if found.expected is None else f"page {found.expected:,}"
    stands = "a blank" if found.side.page is None else f"page {found.side.page:,}"
    return stop(
        "BLANK_PLACE" if found.is_blank_fault else "PAGE_ORDER",
        f"In the finished piece {stands} comes where {expected} should.",
        side=cell.side if cell else None, place=cell.trim if cell else None, page=found.side.page,
        value=found.side.page, limit=found.expected,
    )  # fmt: skip
