"""A component on the sheets of the press that the estimate chose: imposed, then folded and read, before anybody
approves them. Nothing is printed from sheets that were not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from kernel.errors import UserError
from kernel.findings import Finding, Place, Severity
from production.catalog.products.spec import Spec
from production.frontdesk.estimates.presswork import Way
from production.prepress.imposition.answers import Given
from production.prepress.imposition.asked import Asked
from production.prepress.imposition.impose import impose
from production.prepress.imposition.layout import Point, Turn
from production.prepress.sheet_check import folded

_POINTS = 72.0
_MARKS = ("crop",)
_BY_STYLE = {"work-turn": "work-turn", "work-tumble": "work-tumble"}


def lay_on_sheets(way: Way, spec: Spec, pages: Path, folder: Path) -> tuple[Path | None, list[Finding]]:
    """The sheets of a component, None where its pages are the sheets; what stands against them as findings."""
    name, made = way.component.name, pages
    try:
        for stage, asked in enumerate(stages_of(way, spec)):
            out = folder / f"{name}-{stage}.pdf"
            found = _impose(made, asked, out)
            if found:
                return None, [_of(name, one) for one in found]
            made = out
    except UserError as refusal:
        return None, [_by_hand(name, refusal.sentence)]
    return (None if made == pages else made), []


def stages_of(way: Way, spec: Spec) -> Iterator[Asked]:
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
        yield Asked(
            _scheme(way), sheet, flat, bleed=bleed, up=way.grid.n_up, turn=_turn(way), margin=margin, marks=_MARKS
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


def _impose(pages: Path, asked: Asked, out: Path) -> list[Finding]:
    """What keeps the sheets from being printed."""
    made = impose([Given(str(pages), pages.name)], asked, out)
    layout = out.with_suffix(".json")
    layout.write_text(json.dumps(made.layout.as_data()), "utf-8")
    read = folded(out, [pages], layout)
    if read.ok:
        return []
    return [Finding(one.code, Severity.STOP, one.message, one.remedy) for one in read.findings]


def _of(name: str, found: Finding) -> Finding:
    return Finding(found.code, found.severity, f"{name}: {found.message}", found.remedy, Place(column=name))


def _by_hand(name: str, why: str) -> Finding:
    return Finding(
        "SHEETS_UNCHECKED", Severity.WARN, f"{name} was not laid on sheets: {why}",
        "Prepress lays it out and has it checked before it is printed.", Place(column=name),
    )  # fmt: skip


def _points(size: Sequence[object]) -> Point:
    width, height = (float(str(side)) * _POINTS for side in size)
    return width, height
