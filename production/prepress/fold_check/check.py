"""Imposed sheets checked against their layout: looked at place by place, folded, read. Called only in a limited child,
for the files are strangers'.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from kernel.findings import Severity
from production.prepress.fold_check.cells import Cell, cells_of
from production.prepress.fold_check.drawing import Document
from production.prepress.fold_check.findings import CREEP_LIMIT, REGISTER_LIMIT, Checked, SheetFinding, stop
from production.prepress.fold_check.layout import Box, Layout, read_layout
from production.prepress.fold_check.looking import Looker, Seen
from production.prepress.fold_check.measuring import measure, shift_findings
from production.prepress.fold_check.numbers import number_findings, numbered
from production.prepress.fold_check.reading import head_findings, order_findings, read_pile
from production.prepress.fold_check.sides import Side
from production.prepress.fold_check.stack import piles

_SAME_SIZE = 1.0  # points: a sheet of another size is another sheet
_HAIR = 0.05
_MOST_FINDINGS = 200
_WORDS: Mapping[str, str] = {
    "INK_ADDED": "Something that is not of the page stands on {page}.",
    "INK_LOST": "A part of {page} is missing or looks otherwise.",
    "BLEED_LOST": "The paint of {page} stops at the trim though the page has bleed.",
}


def check(sheets: str, inputs: Sequence[str], layout: str) -> Checked:
    """The sheets of a file against the pages of others, counted through, and a layout; all are paths. InvalidInput
    for a file that is none."""
    return check_sheets(Document(sheets), Document(*inputs), read_layout(Path(layout).read_bytes()))


def check_sheets(sheets: Document, pages: Document, layout: Layout) -> Checked:
    """The same of opened files."""
    found = list(_of_other_kind(sheets, pages, layout))
    if found:
        return Checked(ok=False, reading_order=[], creep_pt=0.0, register_pt=0.0, findings=found, compared=0)
    stack = piles(layout)
    cells = cells_of(layout, stack)
    looker = Looker(pages)
    seen = _looked(sheets, looker, cells.values())
    reads = [read_pile(layout, pile, seen) for pile in stack]
    numbers = {
        index: placed.number for index, placed in enumerate(layout.placements) if placed.number is not None
    }
    with_number = numbered(numbers, seen)
    order = [side for read in reads for leaf in read.leaves for side in leaf]
    measured = measure(layout, stack, cells, seen)
    found = [
        *_overlaps(layout, cells),
        *_unplaced(layout, cells),
        *_mismatches(cells, seen),
        *_flaws(cells, seen, with_number),
        *shift_findings(cells, seen),
        *order_findings(layout, reads, cells, pages.ends),
        *(finding for read in reads for finding in head_findings(read, cells, looker.sizes)),
        *measured.findings,
    ]
    if with_number:
        is_stacked = layout.style == "cutstack"
        found += number_findings(order, numbers, seen, cells, is_stacked=is_stacked)
    return Checked(
        ok=not any(finding.severity is Severity.STOP for finding in found),
        reading_order=[side.page for side in order],
        creep_pt=measured.creep,
        register_pt=measured.register,
        findings=found[:_MOST_FINDINGS],
        compared=len(cells),
    )


def _looked(sheets: Document, looker: Looker, cells: Iterable[Cell]) -> dict[int, Seen]:
    """Side by side, for a side is drawn once."""
    seen: dict[int, Seen] = {}
    by_side: dict[int, list[Cell]] = {}
    for cell in cells:
        by_side.setdefault(cell.side, []).append(cell)
    picture = None
    for number in sorted(by_side):
        side = Side(sheets[number], picture)
        picture = side.picture
        seen |= {cell.index: looker.look(side, cell) for cell in by_side[number]}
    return seen


def _of_other_kind(sheets: Document, pages: Document, layout: Layout) -> Iterator[SheetFinding]:
    """Files that cannot be those of the layout."""
    if len(sheets) != layout.sides:
        message = f"The file has {len(sheets):,} sides; the layout speaks of {layout.sides:,}."
        yield stop("LAYOUT_MISMATCH", message, value=len(sheets), limit=layout.sides)
        return
    most = max((placed.page or 0 for placed in layout.placements), default=0)
    if most > len(pages):
        message = f"The layout places page {most:,}; the input has {len(pages):,}."
        yield stop("LAYOUT_MISMATCH", message, page=most, value=most, limit=len(pages))
    for side in range(1, len(sheets) + 1):
        size = sheets.size(side)
        if max(abs(a - b) for a, b in zip(size, layout.sheet, strict=True)) > _SAME_SIZE:
            shown, meant = (f"{one[0]:g} x {one[1]:g} pt" for one in (size, layout.sheet))
            message = f"Side {side:,} is {shown}; the layout is for {meant}."
            yield stop("LAYOUT_MISMATCH", message, side=side, value=shown, limit=meant)
            return


def _overlaps(layout: Layout, cells: Mapping[int, Cell]) -> Iterator[SheetFinding]:
    """Pages over one another on their leaves, or cut through. What creep brings over a fold is not on the leaf."""
    sides: dict[int, list[Cell]] = {}
    for cell in cells.values():
        sides.setdefault(cell.side, []).append(cell)
    told: set[tuple[Box, ...]] = set()
    for on_side in sides.values():
        boxes = tuple(cell.box for cell in on_side)
        if boxes in told:
            continue  # copies of one side
        told.add(boxes)
        for cell in on_side:
            lost = max(abs(a - b) for a, b in zip(cell.box, cell.trim, strict=True))
            if lost > (CREEP_LIMIT if layout.folds else REGISTER_LIMIT):
                message = "A cut or a fold goes through the page."
                yield stop(
                    "TRIM_OVERLAP",
                    message,
                    side=cell.side,
                    place=cell.trim,
                    page=cell.page,
                    value=round(lost, 2),
                )
            elif any(other is not cell and _overlap(cell.box, other.box) for other in on_side):
                message = "The page lies over another one."
                yield stop("TRIM_OVERLAP", message, side=cell.side, place=cell.trim, page=cell.page)


def _overlap(one: Box, other: Box) -> bool:
    return (
        min(one[2], other[2]) - max(one[0], other[0]) > _HAIR
        and min(one[3], other[3]) - max(one[1], other[1]) > _HAIR
    )


def _unplaced(layout: Layout, cells: Mapping[int, Cell]) -> Iterator[SheetFinding]:
    """Placements that share their leaf with another."""
    for index, placed in enumerate(layout.placements):
        if index not in cells:
            yield stop(
                "LAYOUT_MISMATCH", "Two pages stand on one leaf: a cut or a fold between them is missing.",
                side=placed.side, place=placed.trim, page=placed.page,
            )  # fmt: skip


def _mismatches(cells: Mapping[int, Cell], seen: Mapping[int, Seen]) -> Iterator[SheetFinding]:
    """Another page than the layout says, or one that is turned otherwise."""
    for index, cell in cells.items():
        there = seen[index]
        if (there.page, there.turn) == (cell.page, cell.turn):
            continue
        name, meant = (f"page {page:,}" if page else "a blank" for page in (there.page, cell.page))
        if there.page == cell.page:
            message = f"Side {cell.side:,} shows {name} turned by {there.turn}, not {cell.turn} degrees."
        else:
            message = f"Side {cell.side:,} shows {name} where the layout has {meant}."
        values = (there.turn, cell.turn) if there.page == cell.page else (there.page, cell.page)
        yield stop(
            "LAYOUT_MISMATCH", message, side=cell.side, place=cell.trim, page=cell.page,
            value=values[0], limit=values[1],
        )  # fmt: skip


def _flaws(
    cells: Mapping[int, Cell], seen: Mapping[int, Seen], with_number: set[int]
) -> Iterator[SheetFinding]:
    for index, cell in cells.items():
        for flaw in seen[index].flaws:
            if flaw.code == "INK_ADDED" and index in with_number:
                continue
            page = f"page {cell.page:,}" if cell.page else "a blank"
            message = _WORDS[flaw.code].format(page=page)
            yield stop(flaw.code, message, side=cell.side, place=flaw.place, page=cell.page, value=flaw.value)
