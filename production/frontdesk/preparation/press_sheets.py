"""A component on the sheets of the press that the estimate chose: imposed, then folded and read, before anybody
approves them. Nothing is printed from sheets that were not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kernel.errors import UserError
from kernel.findings import Finding, Place, Severity
from production.catalog.products.spec import Spec
from production.frontdesk.estimates.presswork import Way
from production.prepress.fold_check.findings import Checked, SheetFinding
from production.prepress.imposition.answers import Given
from production.prepress.imposition.asked import Asked
from production.prepress.imposition.composed import composed
from production.prepress.imposition.impose import impose
from production.prepress.imposition.layout import Box, Layout, Placement, Point, Turn
from production.prepress.sheet_check import folded
from store.documents import plain

_POINTS = 72.0
_MARKS = ("crop",)
_BY_STYLE = {"work-turn": "work-turn", "work-tumble": "work-tumble"}


@dataclass(frozen=True, slots=True)
class OnSheets:
    """A component on its press sheets. ``path``: the sheets, None where its pages are the sheets; ``told``: the layout
    and what the checker read, as JSON; ``findings``: what stands against them.
    """

    path: Path | None = None
    told: bytes | None = None
    findings: Sequence[Finding] = ()


def lay_on_sheets(
    way: Way, spec: Spec, pages: Path, folder: Path, *, several_names: bool = False
) -> OnSheets:
    """The sheets of a component, folded and read by the checker against its pages. ``several_names``: its leaves stand
    beside one another, not each by itself on a sheet.
    """
    name, made, layout = way.component.name, pages, None
    try:
        for stage, asked in enumerate(stages_of(way, spec, several_names=several_names)):
            imposed = impose([Given(str(made), made.name)], asked, folder / f"{name}-{stage}.pdf")
            layout = composed(layout, imposed.layout) if layout else imposed.layout
            made = imposed.path
        if layout is None:
            return OnSheets(told=_told(_as_they_are(way), None))
        checked = _checked(made, pages, layout)
    except UserError as refusal:
        return OnSheets(findings=[_unlaid(name, refusal.sentence)])
    if not checked.ok:
        return OnSheets(findings=[_of(name, one) for one in checked.findings])
    return OnSheets(made, _told(layout, checked))


def stages_of(way: Way, spec: Spec, *, several_names: bool = False) -> Iterator[Asked]:
    """What is asked of the imposer, one after the other: spreads first, then what lies on the sheet."""
    component, sheet = way.component, _points(way.sheet.size)
    bleed, margin = float(spec.bleed) * _POINTS, float(way.press.margin) * _POINTS
    flat = _points(component.flat)
    is_whole = sorted(flat) == sorted(sheet) and not bleed
    if is_whole and component.kind != "spread":
        return  # pages are sheets, printed within the margin of the press
    if is_whole:
        margin = 0.0
    if component.kind != "spread":
        scheme = "cutstack" if several_names else _scheme(way)
        yield Asked(
            scheme, sheet, flat, bleed=bleed, up=way.grid.n_up, turn=_turn(way), margin=margin, marks=_MARKS
        )  # fmt: skip
        return
    caliper = float(component.stock.caliper) * _POINTS
    alone = way.grid.n_up == 1
    spread = sheet if alone else (flat[0] + 2 * bleed, flat[1] + 2 * bleed)
    yield Asked(
        "saddle", spread, _points(spec.trim), bleed=bleed, caliper=caliper, margin=margin if alone else 0.0,
        marks=_MARKS if alone else (),
    )  # fmt: skip
    if not alone:
        yield Asked(
            "stepandrepeat", sheet, flat, bleed=bleed, up=way.grid.n_up, turn="left-right", margin=margin, marks=_MARKS
        )  # fmt: skip


def _scheme(way: Way) -> str:
    if way.style in _BY_STYLE:
        return _BY_STYLE[way.style]
    return "stepandrepeat" if way.component.pieces == 1 else "cutstack"


def _turn(way: Way) -> Turn | None:
    if way.style in _BY_STYLE:
        return None
    return "left-right" if len(way.sides) == 2 else "none"


def _as_they_are(way: Way) -> Layout:
    """Pages that are sheets: nothing is cut or folded before they are finished."""
    sheet, sides = _points(way.component.flat), len(way.sides)
    whole: Box = (0.0, 0.0, *sheet)
    last = way.component.pages
    places = range(1, -(-last // sides) * sides + 1)
    return Layout(
        sheet, way.style, _turn(way) or "left-right", (), (), 1, 1, None, ((sheet[0] / 2, sheet[1] / 2),),
        tuple(Placement(page, page if page <= last else None, whole, 0, whole) for page in places),
    )  # fmt: skip


def _checked(sheets: Path, pages: Path, layout: Layout) -> Checked:
    """Cut, folded and read: what keeps the sheets from being printed is among its findings."""
    said = sheets.with_suffix(".json")
    said.write_text(json.dumps(layout.as_data()), "utf-8")
    return folded(sheets, [pages], said)


def _told(layout: Layout, checked: Checked | None) -> bytes:
    """In the form in which the command of imposition answers."""
    return json.dumps({"layout": layout.as_data(), "check": plain(checked)}, sort_keys=True).encode()


def _of(name: str, found: SheetFinding) -> Finding:
    words = f"{name}: {found.message}"
    return Finding(found.code, Severity.STOP, words, found.remedy, Place(column=name))


def _unlaid(name: str, why: str) -> Finding:
    return Finding(
        "SHEETS_UNCHECKED", Severity.STOP, f"{name} could not be laid on sheets: {why}",
        "Change what it says, or ask the shop how it can be made.", Place(column=name),
    )  # fmt: skip


def _points(size: Sequence[object]) -> Point:
    width, height = (float(str(side)) * _POINTS for side in size)
    return width, height
