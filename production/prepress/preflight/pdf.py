"""Looks at a PDF before anything else does: whether it is one, whether it is safe to handle, and what a press
would trip over. The file is parsed only in a limited child process (store.limited.sandbox).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kernel.findings import Finding, Place, Severity
from production.catalog.products.spec import MOST_PAGES
from production.prepress.preflight.order import PrintOrder
from production.prepress.preflight.outside import refusal_outside
from production.prepress.preflight.press_report import OrderReport, of_document
from store.limited.sandbox import Limits, SandboxResult, run_limited

MAX_PAGES = 5_000
# A print order may be a book: 10,000 pages are read and rendered in some minutes of processor time.
ORDER_LIMITS: Limits = {
    "cpu_seconds": 400,
    "wall_seconds": 900,
    "output_bytes": 64 << 20,
    "memory_bytes": 2 << 30,
}
_REMEDY = "Export the PDF again from the program it was made with."


@dataclass(frozen=True, slots=True)
class Ordered:
    """What is to be made of a file. ``product``: the limits that hold (catalog.press_limits); ``size``: width and
    height of a page in points, None for any stock size; ``is_piece``: the page itself is mailed, so another size
    stops; ``inks`` of the press, None while it is not known."""

    product: str = "letter"
    size: tuple[float, float] | None = None
    is_piece: bool = False
    inks: int | None = None


NOT_ORDERED = Ordered()


@dataclass(frozen=True, slots=True)
class PreflightReport:
    """``pages`` is None when they could not be counted. ``sizes``: width and height of the finished page in points
    as seen, page by page. ``fonts``: name and whether it is embedded. ``findings`` name the file as given, and
    pages."""

    pages: int | None = None
    sizes: list[tuple[float, float]] = field(default_factory=list)
    fonts: list[tuple[str, bool]] = field(default_factory=list)
    colors: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def preflight_pdf(
    path: Path, given_name: str, ordered: Ordered = NOT_ORDERED, *, max_pages: int = MAX_PAGES
) -> PreflightReport:
    """The report of an uploaded file; never raises for what is in it. Severity stop means it cannot be used."""
    shown = given_name[:120]
    refusal = refusal_outside(path)
    if refusal:
        return _named(PreflightReport(findings=[_stop(*refusal)]), shown)
    answer = run_limited(
        "production.prepress.preflight.child.inspect",
        {
            "path": str(path.resolve()),
            "max_pages": max_pages,
            "ordered": ordered,
        },
        PreflightReport,
        cpu_seconds=40,  # ten of them for the look at rendered pages
        output_bytes=16 << 20,
    )
    return _named(answer.value if answer.is_ok else PreflightReport(findings=[_refused(answer)]), shown)


def preflight_order(path: Path, order: PrintOrder, *, max_pages: int = MOST_PAGES) -> OrderReport:
    """The report of a file that is printed as ordered; never raises for what is in it."""
    refusal = refusal_outside(path)
    if refusal:
        return OrderReport(findings=of_document([_stop(*refusal)], ordered=order.is_ordered))
    answer = run_limited(
        "production.prepress.preflight.order_child.inspect_order",
        {"path": str(path.resolve()), "max_pages": max_pages, "order": order},
        OrderReport,
        **ORDER_LIMITS,
    )
    return (
        answer.value
        if answer.is_ok
        else OrderReport(findings=of_document([_refused(answer)], ordered=order.is_ordered))
    )


def count_pages(path: Path) -> int | None:
    """How many pages a file has, before anything of it is judged; None where it cannot be opened."""
    answer = run_limited(
        "production.prepress.preflight.order_child.count", {"path": str(path.resolve())}, int
    )
    return answer.value if answer.is_ok else None


def _refused(answer: SandboxResult[Any]) -> Finding:
    """The child gave no answer: too much work, or a parser that fell over."""
    if answer.outcome == "too_much":
        return _stop("PDF_TOO_COMPLEX", "The file needs more memory or time than a page may take.", _REMEDY)
    return answer.finding("PDF_UNREADABLE", "The file cannot be processed.", _REMEDY)


def _stop(code: str, message: str, remedy: str) -> Finding:
    return Finding(code, Severity.STOP, message, remedy)


def _named(report: PreflightReport, shown: str) -> PreflightReport:
    """With the name of the file in its findings."""
    findings = [replace(one, place=Place(file=shown, page=one.place.page)) for one in report.findings]
    return replace(report, findings=findings)
