"""The part of fixing that opens the file; called only inside the sandbox (see fixing)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pikepdf
from pydantic import validate_call

from kernel.errors import InvalidInput
from kernel.findings import Finding
from production.catalog.products.spec import MOST_PAGES
from production.prepress.fixes import bleed, page_boxes, plain
from production.prepress.fixes.black_text import black_text
from production.prepress.fixes.face import leave_address_side
from production.prepress.fixes.lines import thicken_lines
from production.prepress.fixes.names import FIXES
from production.prepress.fixes.statement import Statement, place
from production.prepress.fixes.to_process import convert_rgb, convert_spots
from production.prepress.fixes.work import Work
from production.prepress.preflight.order import PrintOrder
from production.prepress.preflight.order_child import inspect_order
from production.prepress.preflight.reading import refused_into
from production.prepress.preflight.safety import check_objects, open_pdf, walk_pages

_ACTS: Mapping[str, Callable[[Work], None]] = {
    "flatten": plain.flatten, "settle-layers": plain.settle_layers, "strip-actions": plain.strip_actions,
    "rotate": page_boxes.rotate, "set-boxes": page_boxes.set_boxes, "center-trim": page_boxes.center_trim,
    "convert-rgb": convert_rgb, "convert-spots": convert_spots, "black-text": black_text,
    "thicken-lines": thicken_lines, "bleed-mirror": bleed.mirror, "bleed-enlarge": bleed.enlarge,
    "blank-pages": page_boxes.add_blanks,
}  # fmt: skip


@validate_call
def fix(path: str, out: str, order: PrintOrder, names: Sequence[str]) -> str:
    """Writes the file with these fixes to ``out``. InvalidInput for a file that cannot be opened safely."""
    told: list[Finding] = []
    with refused_into(told):
        _fix(path, out, order, names)
    if told:
        said = told[0]
        raise InvalidInput(said.message, code=said.code, remedy=said.remedy, field="fix")
    return out


@validate_call
def state(path: str, out: str, order: PrintOrder, statement: Statement) -> str:
    """Writes the file with a statement on one of its pages to ``out``. InvalidInput as of ``statement.place``, and for
    a file that cannot be opened safely."""
    return _changed(path, out, lambda pdf: place(pdf, order, statement))


@validate_call
def address_side(path: str, out: str, order: PrintOrder) -> str:
    """Writes the page that a card is addressed on to ``out``. InvalidInput for a file that cannot be opened safely."""
    return _changed(path, out, lambda pdf: leave_address_side(pdf, order))


def _changed(path: str, out: str, change: Callable[[pikepdf.Pdf], None]) -> str:
    told: list[Finding] = []
    with refused_into(told):
        pdf = open_pdf(path)
        check_objects(pdf)
        list(walk_pages(pdf, MOST_PAGES))
        change(pdf)
        pdf.save(out, encryption=False, deterministic_id=True)
    if told:
        raise InvalidInput(told[0].message, code=told[0].code, remedy=told[0].remedy)
    return out


def _fix(path: str, out: str, order: PrintOrder, names: Sequence[str]) -> None:
    found = inspect_order(path, MOST_PAGES, order, pages_named=MOST_PAGES).findings
    pdf = open_pdf(path)
    check_objects(pdf)
    count = len(list(walk_pages(pdf, MOST_PAGES)))
    for name in (one for one in FIXES if one in names):
        pages = {one.page for one in found if one.code in FIXES[name]}
        named = range(1, count + 1) if None in pages else (page for page in pages if page)
        if pages:
            _ACTS[name](Work(pdf, order, frozenset(named)))
    pdf.save(out, encryption=False, deterministic_id=True)
