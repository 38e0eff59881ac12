"""The part of preflight that parses; called only inside the sandbox (see preflight)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pikepdf
from pydantic import validate_call

from kernel.findings import Finding, Place, Severity
from production.catalog.press_limits import PressLimits, press_limits
from production.prepress.preflight.boxes import PageSize, page_sizes, size_findings
from production.prepress.preflight.color import color_findings, colored_page
from production.prepress.preflight.content import Reader, Uses
from production.prepress.preflight.document import document_findings
from production.prepress.preflight.pdf import Ordered, PreflightReport
from production.prepress.preflight.pictures import damage_findings, resolution_findings
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
from production.prepress.templates.printing_condition import intent_findings


@dataclass(slots=True)
class _Seen:
    """What is known of a file, part by part. ``colors``: each with the first page that has it."""

    pages: int | None = None
    sizes: Sequence[PageSize] = ()
    fonts: Mapping[str, bool] = field(default_factory=dict)
    colors: Mapping[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


@validate_call
def inspect(path: str, max_pages: int, ordered: Ordered) -> PreflightReport:
    """Pages, sizes, fonts, colors and findings of a PDF."""
    seen = _Seen()
    with refused_into(seen.findings):
        with open_pdf(path) as pdf:
            _inspect(pdf, max_pages, ordered, seen)
            printed = printed_bytes(pdf) if Path(path).stat().st_size < MOST_SAVED else None
        page, is_whole = colored_page(printed or path)
        seen.findings += color_findings(seen.colors, page, is_seen_whole=is_whole, inks=ordered.inks)
    return PreflightReport(
        seen.pages, [size.finished for size in seen.sizes], sorted(seen.fonts.items()), sorted(seen.colors),
        seen.findings,
    )  # fmt: skip


def _inspect(pdf: pikepdf.Pdf, max_pages: int, ordered: Ordered, seen: _Seen) -> None:
    """Fills in part by part: what is known stays when a later part is refused."""
    limits, findings = press_limits(ordered.product), seen.findings
    broken, pages = opened(pdf, max_pages)
    seen.pages, is_repaired = len(pages), repaired(pdf)
    findings += document_findings(pdf) + layer_findings(pdf) + annotation_findings(pdf) + intent_findings(pdf)
    seen.sizes = page_sizes(pages)
    findings += size_findings(seen.sizes, limits, ordered.size, is_piece=ordered.is_piece)
    uses, odd = read_pages(Reader(pdf, broken), pages)
    seen.fonts = _fonts(uses)
    seen.colors = _first(uses, lambda one: one.colors)
    findings += _use_findings(uses, limits)
    findings += repair_findings(odd, is_repaired=is_repaired)


def _fonts(uses: Sequence[Uses]) -> dict[str, bool]:
    whole = Uses()
    for one in uses:
        for name, is_embedded in one.fonts.items():
            whole.font(name, is_embedded=is_embedded)
    return whole.fonts


def _first(uses: Sequence[Uses], of: Callable[[Uses], Iterable[str]]) -> dict[str, int]:
    """Each thing that pages use, with the first page that does."""
    first: dict[str, int] = {}
    for number, one in enumerate(uses, start=1):
        for thing in of(one):
            first.setdefault(thing, number)
    return first


def _use_findings(uses: Sequence[Uses], limits: PressLimits) -> list[Finding]:
    """What pages use that a press trips over."""
    missing = _first(uses, lambda one: [name for name, is_embedded in one.fonts.items() if not is_embedded])
    findings = [
        Finding(
            "PREFLIGHT_FONT", Severity.WARN,
            f"The font {name[:80]} is not embedded; another would be put in its place.",
            "Embed all fonts when exporting.", Place(page=page),
        )
        for name, page in missing.items()
    ]  # fmt: skip
    for page in _first(uses, lambda one: ["transparency"] if one.is_transparent else []).values():
        severity = limits.transparency
        message = "The file uses transparency or blends colors."
        findings.append(
            Finding("PREFLIGHT_TRANSPARENCY", severity, message, "Look at the proof.", Place(page=page))
        )
    findings += resolution_findings(
        {n: one.coarsest.dpi for n, one in enumerate(uses, start=1) if one.coarsest}, limits
    )
    return findings + damage_findings({n: one.broken for n, one in enumerate(uses, start=1) if one.broken})
