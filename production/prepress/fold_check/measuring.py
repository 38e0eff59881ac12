"""Register and creep, measured where pages really stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from production.prepress.fold_check.cells import Cell
from production.prepress.fold_check.findings import REGISTER_LIMIT, SheetFinding, stop
from production.prepress.fold_check.layout import Box, Layout, Point
from production.prepress.fold_check.looking import Seen
from production.prepress.fold_check.stack import Leaf, Pile


@dataclass(frozen=True, slots=True)
class Measured:
    """Points. ``creep``: how much nearer to the spine pages of the innermost sheet lie than those of the outermost;
    ``register``: how far front and back of a leaf are apart at the worst."""

    creep: float
    register: float
    findings: list[SheetFinding]


def measure(
    layout: Layout, piles: Sequence[Pile], cells: Mapping[int, Cell], seen: Mapping[int, Seen]
) -> Measured:
    """All leaves of all piles."""
    stands = {index: _stands(cells[index], seen[index]) for index in cells}
    apart: list[float] = [0.0]
    found: list[SheetFinding] = []
    for leaf in (leaf for pile in piles for leaf in pile.leaves):
        if leaf.front is None or leaf.back is None or None in {seen[leaf.front].page, seen[leaf.back].page}:
            continue
        front, back = stands[leaf.front], layout.through_paper(stands[leaf.back])
        apart.append(max(abs(a - b) for a, b in zip(_middle(front), _middle(back), strict=True)))
        if apart[-1] > REGISTER_LIMIT:
            found.append(_off_register(cells[leaf.back], seen[leaf.back].page, apart[-1]))
    creeps = [
        creep
        for pile in piles
        if pile.line is not None
        for bundle in pile.bundles
        for creep in [_creep(layout, pile, bundle, stands, seen)]
        if len(creep) > 1
    ]
    found += [finding for creep in creeps for finding in _creep_findings(creep, cells)]
    most = max((creep[-1].moved for creep in creeps), key=abs, default=0.0)
    return Measured(round(most, 3), round(max(apart), 3), found)


def shift_findings(cells: Mapping[int, Cell], seen: Mapping[int, Seen]) -> Iterator[SheetFinding]:
    """Pages that do not lie where they are cut."""
    for index, cell in cells.items():
        right, up = seen[index].shift
        if seen[index].page is not None and max(abs(right), abs(up)) > REGISTER_LIMIT:
            yield stop(
                "PAGE_SHIFT",
                f"Page {seen[index].page:,} lies {right:+.2f} pt to the right and {up:+.2f} pt above its place.",
                side=cell.side, place=cell.trim, page=seen[index].page,
                value=round(max(abs(right), abs(up)), 2), limit=REGISTER_LIMIT,
            )  # fmt: skip


def _stands(cell: Cell, seen: Seen) -> Box:
    left, low, right, high = cell.trim
    return left + seen.shift[0], low + seen.shift[1], right + seen.shift[0], high + seen.shift[1]


def _middle(box: Box) -> Point:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _off_register(cell: Cell, page: int | None, apart: float) -> SheetFinding:
    return stop(
        "PAGE_REGISTER", f"Page {page:,} lies {apart:.2f} pt beside the page on its other side.",
        side=cell.side, place=cell.trim, page=page, value=round(apart, 2), limit=REGISTER_LIMIT,
    )  # fmt: skip


# --- creep -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Moved:
    """How much nearer to the spine than on the outermost sheet the pages of a sheet lie, points, and one of them."""

    depth: int
    moved: float
    index: int


def _creep(
    layout: Layout, pile: Pile, bundle: Sequence[Leaf], stands: Mapping[int, Box], seen: Mapping[int, Seen]
) -> list[_Moved]:
    """The sheets of a nest from the outside; the median of their pages, for one that is displaced is no creep."""
    first = 0 if pile.spine in {"left", "right"} else 1
    by_depth: dict[int, list[tuple[float, int]]] = {}
    for leaf in bundle:
        for index, is_back in ((leaf.front, False), (leaf.back, True)):
            if index is None or seen[index].page is None:
                continue
            box = layout.through_paper(stands[index]) if is_back else stands[index]
            axis = leaf.panel.x if first == 0 else leaf.panel.y
            middle = axis.folded((box[first] + box[first + 2]) / 2)
            half = (box[first + 2] - box[first]) / 2
            by_depth.setdefault(leaf.depth, []).append((abs(middle - (pile.line or 0.0)) - half, index))
    if 0 not in by_depth:
        return []
    at = {depth: median(distance for distance, _ in pages) for depth, pages in by_depth.items()}
    return [_Moved(depth, at[0] - at[depth], by_depth[depth][0][1]) for depth in sorted(by_depth)]


def _creep_findings(creep: Sequence[_Moved], cells: Mapping[int, Cell]) -> Iterator[SheetFinding]:
    """Away from the spine, or not in even steps from sheet to sheet."""
    step = creep[-1].moved / creep[-1].depth
    if step < -REGISTER_LIMIT / creep[-1].depth:
        yield _crept(creep[-1], cells, "away from the spine instead of to it", 0.0)
        return
    for one in creep:
        if abs(one.moved - step * one.depth) > REGISTER_LIMIT:
            yield _crept(one, cells, "to the spine, out of step with the other sheets", step * one.depth)


def _crept(one: _Moved, cells: Mapping[int, Cell], how: str, limit: float) -> SheetFinding:
    cell = cells[one.index]
    return stop(
        "CREEP_WRONG", f"On sheet {one.depth + 1:,} from the outside the page moved {one.moved:.2f} pt {how}.",
        side=cell.side, place=cell.trim, page=cell.page, value=round(one.moved, 2), limit=round(limit, 2),
    )  # fmt: skip
