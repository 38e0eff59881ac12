"""Pages of a document as forms, never as pictures. Runs in the limited child (see child).

A page's finished size is its trim box, else what is seen of it; its place on the sheet is that of the finished page's
middle. Everything is measured as a viewer shows it: boxes in any order and with any origin, inherited, turned, and in
the page's own unit.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pikepdf

from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity
from production.prepress.imposition.asked import Asked
from production.prepress.imposition.layout import Box, Point
from production.prepress.templates.page_boxes import Matrix, as_box, margins, upright
from production.prepress.templates.template import content_streams, inherited, page_box, seen_box

_SAME = 1.0  # point: pages of one size are a hair apart in many files
_BLEED = (
    9.0  # points: the near-universal bleed of .125 in, which a page without a trim box may have around it
)
_GROUP_KEYS = ("/S", "/CS", "/I", "/K")


@dataclass(frozen=True, slots=True, eq=False)
class PageForm:
    """A page that can be drawn. ``finished`` in its own space, ``size`` of it in points as seen, ``bleed``: points of
    paint there may be around it at the narrowest side, ``is_trimmed``: it has a trim box."""

    stream: Any
    group: Any
    finished: Box
    turn: int
    unit: float
    size: Point
    bleed: float
    is_trimmed: bool

    def lies(self, trim: Point) -> bool:
        """Whether it must be turned to fit the trim."""
        return _is_same(self.size[::-1], trim) and not _is_same(self.size, trim)

    def matrix(self, trim: Box, rotate: int) -> Matrix:
        """From the page's space to its place on a side."""
        quarters = (self.turn + rotate) // 90
        width, height = (side / self.unit for side in (trim[2] - trim[0], trim[3] - trim[1]))
        if quarters % 2:
            width, height = height, width
        x, y = (self.finished[0] + self.finished[2]) / 2, (self.finished[1] + self.finished[3]) / 2
        around = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        a, b, c, d, e, f = (value * self.unit for value in upright(around, quarters % 4 * 90))
        return a, b, c, d, e + trim[0], f + trim[1]


def page_forms(pdf: pikepdf.Pdf, pages: list[Any]) -> Iterator[PageForm]:
    """Every page once; one that stands in the file twice is drawn from one form."""
    known: dict[tuple[int, int], PageForm] = {}
    for number, page in enumerate(pages, start=1):
        key = page.objgen if page.is_indirect else (-number, 0)
        if key not in known:
            known[key] = _page_form(pdf, page, number)
        yield known[key]


def _page_form(pdf: pikepdf.Pdf, obj: Any, number: int) -> PageForm:
    page = pikepdf.Page(obj)
    try:
        (finished, turn), seen = page_box(page), seen_box(page)
        unit = float(inherited(obj, "/UserUnit", 1))
        if not 0 < unit <= 1e4:
            raise ValueError("the unit is none")
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError):
        message = f"Page {number:,} has no usable size or rotation."
        raise InvalidInput(message, code="PDF_BAD_PAGE", remedy="Export the PDF again.") from None
    painted = _painted(obj, seen)
    width, height = (finished[2] - finished[0]) * unit, (finished[3] - finished[1]) * unit
    group = obj.get("/Group")
    return PageForm(
        stream=_form(pdf, obj, painted),
        group=group if isinstance(group, pikepdf.Dictionary) else None,
        finished=finished,
        turn=turn,
        unit=unit,
        size=(height, width) if turn in {90, 270} else (width, height),
        bleed=max(0.0, min(margins(finished, painted))) * unit,
        is_trimmed=max(margins(finished, seen)) > 0,
    )


def _painted(obj: Any, seen: Box) -> Box:
    """What is seen up to the bleed box: beyond it stand other people's marks."""
    bleed = seen
    with suppress(ValueError, TypeError):  # a bleed box that is none says nothing
        bleed = as_box(obj.get("/BleedBox"))
    box = (max(bleed[0], seen[0]), max(bleed[1], seen[1]), min(bleed[2], seen[2]), min(bleed[3], seen[3]))
    return box if box[2] > box[0] and box[3] > box[1] else seen


def _form(pdf: pikepdf.Pdf, obj: Any, painted: Box) -> Any:
    """The content as it is packed where it is one stream, else joined: a break between two is white space (ISO
    32000-1, 7.8.2)."""
    streams = content_streams(obj)
    if len(streams) == 1:
        form = pdf.make_stream(streams[0].read_raw_bytes())
        for key in ("/Filter", "/DecodeParms"):
            if key in streams[0]:
                form[key] = streams[0][key]
    else:
        form = pdf.make_stream(b"\n".join(stream.read_bytes() for stream in streams))
    form["/Type"], form["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Form
    form["/BBox"] = pikepdf.Array(painted)
    form["/Resources"] = inherited(obj, "/Resources", pikepdf.Dictionary())
    return form


def common_group(forms: list[PageForm]) -> Any:
    """The transparency group of all pages, where it is the same: what draws them has it, so that everything blends as
    on the page. None where it is not."""
    said = {form.group.unparse() if form.group is not None else b"" for form in forms}
    return forms[0].group if len(said) == 1 else None


def group_each(forms: list[PageForm]) -> None:
    """Makes each page that has a group one of its own, as a reader treats a page by itself (ISO 32000-1, 11.4.7)."""
    for form in forms:
        if form.group is not None:
            group = {key: form.group[key] for key in _GROUP_KEYS if key in form.group}
            form.stream["/Group"] = pikepdf.Dictionary(group | {"/I": True})


def fit_findings(forms: list[PageForm], asked: Asked) -> list[Finding]:
    """What does not suit the trim. InvalidInput (TRIM_OVERLAP) for a page that reaches over it."""
    told: dict[str, Finding] = {}
    for number, form in enumerate(forms, start=1):
        for finding in _unfit(form, asked, number):
            told.setdefault(finding.code, finding)
    return list(told.values())


def _unfit(form: PageForm, asked: Asked, number: int) -> Iterator[Finding]:
    size, trim = form.size, asked.trim
    place, shown = Place(page=number), f"{_inches(size)}, the trim {_inches(trim)}"
    if form.lies(trim):
        message = f"Page {number:,} lies across and is turned to fit, its head to the left."
        yield Finding("PREFLIGHT_ROTATION", Severity.WARN, message, "Look at the sheets.", place)
        size = size[::-1]
    over = max(a - b for a, b in zip(size, trim, strict=True)) / 2
    may_be = 0.0 if form.is_trimmed else max(asked.bleed, _BLEED)
    if over > may_be + _SAME / 2:
        raise InvalidInput(
            f"Page {number:,} is {shown}: what reaches over it would be cut off or lie on its neighbor.",
            code="TRIM_OVERLAP",
            remedy="Give the size of the finished page as --trim, or a file with that trim box.",
            field="trim",
        )
    if over > _SAME / 2:
        message = f"Page {number:,} is {shown}, and has no trim box: it is cut around its middle."
        yield Finding("PREFLIGHT_TRIM_MISSING", Severity.WARN, message, "Export it with a trim box.", place)
    elif not _is_same(size, trim):
        message = f"Page {number:,} is {shown}: it stands in the middle, as large as it is."
        yield Finding("PREFLIGHT_SIZE", Severity.WARN, message, f"Make it {_inches(trim)}.", place)
    if form.bleed + max(over, 0) + _SAME / 2 < asked.bleed:
        message = f"Page {number:,} has {max(form.bleed, over) / 72:.3g} in of bleed of {asked.bleed / 72:g}."
        yield Finding("PREFLIGHT_BLEED", Severity.WARN, message, "White may show at the cut.", place)


def _is_same(size: Point, other: Point) -> bool:
    return all(abs(a - b) <= _SAME for a, b in zip(size, other, strict=True))


def _inches(size: Point) -> str:
    return f"{size[0] / 72:.5g} x {size[1] / 72:.5g} in"
