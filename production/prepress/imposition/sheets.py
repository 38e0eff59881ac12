"""The sheets of a layout, drawn: pages as forms, numbers, marks. Runs in the limited child (see child)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pikepdf

from production.prepress.imposition.asked import Asked
from production.prepress.imposition.forms import PageForm
from production.prepress.imposition.layout import Layout, Mark, Placement
from production.prepress.imposition.marks import SLUG_SIZE, drawn, operators
from production.prepress.merge.lettering import lettering
from production.prepress.templates.page_boxes import upright

_NUMBER_SIZE = 12.0  # points (shop to confirm)
_SLUG_MOST = 120  # characters
# Marks are on every plate, and where there are none, of toner, they are black: their gray makes no color sheet of one
# that is printed in black (ISO 32000-1, 8.6.6.4).
_ALL_PLATES = b"[/Separation /All /DeviceGray <</FunctionType 2 /Domain [0 1] /C0 [1] /C1 [0] /N 1>>]"
_KEPT = frozenset({"/Type", "/OutputIntents"})  # of the document whose pages the sheets show


def draw_sheets(
    pdf: pikepdf.Pdf, layout: Layout, asked: Asked, forms: Sequence[PageForm], *, title: str, group: Any
) -> None:
    """Puts the sides of a layout in the place of the document's pages. ``forms``: the pages, all of this document;
    ``group``: the transparency group of every side, if any."""
    sides = _Sides(pdf, layout, asked, forms, title)
    tree = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Pages))
    shared = {
        "/Type": pikepdf.Name.Page,
        "/Parent": tree,
        "/MediaBox": pikepdf.Array([0, 0, *layout.sheet]),
        **({"/Group": pdf.make_indirect(group)} if group is not None else {}),
    }
    kids = [
        pdf.make_indirect(
            pikepdf.Dictionary(
                shared
                | {"/Contents": pdf.make_stream(sides.content(side)), "/Resources": sides.resources(side)}
            )
        )
        for side in range(1, layout.sides + 1)
    ]
    tree["/Kids"], tree["/Count"] = pikepdf.Array(kids), len(kids)
    for key in set(pdf.Root.keys()) - _KEPT:
        del pdf.Root[key]
    pdf.Root["/Pages"] = tree
    if "/Info" in pdf.trailer:
        del pdf.trailer["/Info"]


class _Sides:
    """Content and resources of sides. What several of them share is made once."""

    def __init__(
        self, pdf: pikepdf.Pdf, layout: Layout, asked: Asked, forms: Sequence[PageForm], title: str
    ) -> None:
        self.pdf, self.layout, self.asked, self.forms, self.title = pdf, layout, asked, forms, title
        self.placements: list[list[Placement]] = [[] for _ in range(layout.sides)]
        self.marks: list[list[Mark]] = [[] for _ in range(layout.sides)]
        for placement in layout.placements:
            self.placements[placement.side - 1].append(placement)
        for mark in layout.marks:
            self.marks[mark.side - 1].append(mark)
        numbers = {one.number for one in layout.placements if one.number is not None}
        self.numbers = {number: asked.numbers.written(number) for number in numbers if asked.numbers}
        self.sheets = layout.sheets
        slugs = [self._slug(mark) for mark in layout.marks if mark.kind == "slug"]
        self.letters = lettering(pdf, [*self.numbers.values(), *slugs])
        self._resources: dict[object, Any] = {}
        self._mark_forms: dict[object, Any] = {}

    def content(self, side: int) -> bytes:
        """The operators of a side (from 1)."""
        placements, marks = self.placements[side - 1], self.marks[side - 1]
        shown = [self._page(one, one.page) for one in placements if one.page is not None]
        shown += [self._number(one, one.number) for one in placements if one.number is not None]
        shown += [b"/M Do\n"] if any(mark.kind != "slug" for mark in marks) else []
        shown += [self._slug_line(mark) for mark in marks if mark.kind == "slug"]
        return b"".join(shown)

    def resources(self, side: int) -> Any:
        """What the operators of a side name."""
        pages = {one.page for one in self.placements[side - 1] if one.page is not None}
        marks = tuple((mark.kind, mark.box) for mark in self.marks[side - 1] if mark.kind != "slug")
        key = (frozenset(pages), marks)
        if key not in self._resources:
            drawings = {f"/P{page}": self.forms[page - 1].stream for page in pages}
            if marks:
                drawings["/M"] = self._mark_form(marks)
            named = pikepdf.Dictionary(XObject=pikepdf.Dictionary(drawings))
            if self.letters.codes:
                named["/Font"] = pikepdf.Dictionary(F=self.letters.font)
            self._resources[key] = self.pdf.make_indirect(named)
        return self._resources[key]

    def _page(self, placement: Placement, page: int) -> bytes:
        """A page at its place; nothing of it shows outside its clip, so that no bleed crosses a spine."""
        left, low, right, high = placement.clip
        matrix = self.forms[page - 1].matrix(placement.trim, placement.rotate)
        return operators("q", left, low, right - left, high - low, "re W n", *matrix, f"cm /P{page} Do Q")

    def _number(self, placement: Placement, number: int) -> bytes:
        left, low, *_ = placement.trim
        a, b, c, d, e, f = upright((0, 0, *self.asked.trim), placement.rotate)
        x, y = self.asked.number_at
        at = (a, b, c, d, a * x + c * y + e + left, b * x + d * y + f + low)
        return self._text(self.numbers[number], _NUMBER_SIZE, at)

    def _slug_line(self, mark: Mark) -> bytes:
        """Cut off where it would leave its place."""
        left, low, right, high = mark.box
        frame = operators("q", left, low, right - left, high - low, "re W n")
        return frame + self._text(self._slug(mark), SLUG_SIZE, (1, 0, 0, 1, left, low + 2)) + b"Q\n"

    def _text(self, words: str, size: float, matrix: Sequence[float]) -> bytes:
        shown = self.letters.shown(words)
        return operators("BT 0 g /F", size, "Tf", *matrix, "Tm") + shown + b" Tj ET\n"

    def _slug(self, mark: Mark) -> str:
        """What the sheet is, for who holds it in hand."""
        layout = self.layout
        is_one_sided = layout.turn == "none"
        sheet = mark.side if is_one_sided else (mark.side + 1) // 2
        face = "" if is_one_sided else ("  front" if mark.side % 2 else "  back")
        return f"{self.title[:_SLUG_MOST]}  {layout.style}  sheet {sheet} of {self.sheets}{face}"

    def _mark_form(self, marks: tuple[tuple[str, Any], ...]) -> Any:
        if marks not in self._mark_forms:
            content = b"/All cs 1 scn /All CS 1 SCN\n"
            content += b"".join(drawn(Mark(kind, 1, box)) for kind, box in marks)
            form = self.pdf.make_stream(content)
            form["/Type"], form["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Form
            form["/BBox"] = pikepdf.Array([0, 0, *self.layout.sheet])
            plates = pikepdf.Object.parse(_ALL_PLATES)
            form["/Resources"] = pikepdf.Dictionary(ColorSpace=pikepdf.Dictionary(All=plates))
            self._mark_forms[marks] = form
        return self._mark_forms[marks]
