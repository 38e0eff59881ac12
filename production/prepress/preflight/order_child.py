"""The part of preflight against a print order that parses; called only inside the sandbox (see preflight)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pikepdf
from pydantic import validate_call

from kernel.findings import Finding, Severity
from production.catalog.press_limits import order_limits
from production.prepress.preflight.against_order import PAGES_NAMED, Read, against_order
from production.prepress.preflight.content import Reader, Uses
from production.prepress.preflight.document import document_findings
from production.prepress.preflight.finish import finish_of
from production.prepress.preflight.geometry import read_boxes
from production.prepress.preflight.look import Asked, look
from production.prepress.preflight.order import PrintOrder
from production.prepress.preflight.pictures import damage_findings
from production.prepress.preflight.press_report import OrderReport, of_document
from production.prepress.preflight.reading import (
    MOST_SAVED,
    opened,
    printed_bytes,
    read_pages,
    refused_into,
    repair_findings,
    repaired,
)
from production.prepress.preflight.safety import open_pdf
from production.prepress.templates.annotations import annotation_findings
from production.prepress.templates.layers import layer_findings
from production.prepress.templates.printing_condition import intent_names

_POINTS = 72
_LOOK_SECONDS = 120.0  # of processor time: some 10,000 pages of text


@validate_call
def count(path: str) -> int:
    """How many pages a file says it has; nothing else of it is looked at."""
    with open_pdf(path) as pdf:
        return len(pdf.pages)


@validate_call
def inspect_order(
    path: str, max_pages: int, order: PrintOrder, pages_named: int = PAGES_NAMED
) -> OrderReport:
    """Pages, boxes and findings of a PDF that is printed as ordered. ``pages_named``: how many findings of a code
    are told."""
    report, told = OrderReport(), list[Finding]()
    with refused_into(told):
        limits = order_limits(order.product, order.press)
        with open_pdf(path) as pdf:
            uses = read_order(pdf, max_pages, report, told)
            finishes = [finish_of(boxes, order, limits) for boxes in report.boxes]
            whole = to_the_edge(pdf) if Path(path).stat().st_size < MOST_SAVED else None
        asked = Asked(
            bleed=order.bleed or max((one.bleed for one in finishes), default=0.0),
            safe=limits.safe_zone_in * _POINTS,
            colored=frozenset(page for page, one in enumerate(uses, start=1) if one.colors),
            seconds=_LOOK_SECONDS,
        )
        framed = [
            replace(one, frame=boxes.media if whole else boxes.crop)
            for one, boxes in zip(finishes, report.boxes, strict=True)
        ]
        looks = look(whole or path, framed, asked)
        told += _unseen(len(finishes) - len(looks))
        report.findings += against_order(Read(order, limits, finishes, uses, looks), pages_named)
    report.findings[:0] = of_document(told, ordered=order.is_ordered)
    return report


def read_order(pdf: pikepdf.Pdf, max_pages: int, report: OrderReport, told: list[Finding]) -> list[Uses]:
    """What pages use. Changes the document to what a press prints. Fills in report and findings part by part: what
    is known stays when a later part is refused."""
    broken, pages = opened(pdf, max_pages)
    report.pages, is_repaired = len(pages), repaired(pdf)
    told += document_findings(pdf) + layer_findings(pdf) + annotation_findings(pdf, Severity.STOP)
    told += [_printing_condition(name) for name in intent_names(pdf)]
    report.boxes += [read_boxes(page, number) for number, page in enumerate(pages, start=1)]
    uses, odd = read_pages(Reader(pdf, broken, weighs=True), pages)
    told += damage_findings({n: one.broken for n, one in enumerate(uses, start=1) if one.broken})
    told += repair_findings(odd, is_repaired=is_repaired)
    return uses


def to_the_edge(pdf: pikepdf.Pdf) -> bytes:
    """The document as a press prints it, whose pages are shown to the edge of their media."""
    for page in pdf.pages:
        page.obj["/CropBox"] = page.mediabox
    return printed_bytes(pdf)


def _printing_condition(name: str) -> Finding:
    message = f"The file is made for the printing condition {name}."
    return Finding("PDF_OUTPUT_INTENT", Severity.NOTE, message, "Look at the proof of this press.")


def _unseen(pages: int) -> list[Finding]:
    """A check that did not run has not passed."""
    if not pages:
        return []
    message = (
        f"The last {pages:,} pages took too long to look at: bleed, safe zone and color are not checked."
    )
    return [
        Finding("PREFLIGHT_UNSEEN", Severity.WARN, message, "Split the file, or look at its proof closely.")
    ]
