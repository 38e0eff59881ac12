"""The part of preflight that parses; called only inside the sandbox (see preflight)."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
from pydantic import validate_call

from kernel.findings import Finding, Place, Severity
from production.catalog.press_limits import PressLimits, press_limits
from production.prepress.preflight.boxes import PageSize, page_sizes, size_findings
from production.prepress.preflight.color import color_findings, colored_page
from production.prepress.preflight.content import Reader, Uses, has_gaps
from production.prepress.preflight.document import document_findings
from production.prepress.preflight.pdf import Ordered, PreflightReport
from production.prepress.preflight.pictures import damage_findings, resolution_findings
from production.prepress.preflight.safety import Refused, check_objects, open_pdf, walk_pages
from production.prepress.templates.annotations import annotation_findings
from production.prepress.templates.as_printed import make_printed
from production.prepress.templates.layers import layer_findings
from production.prepress.templates.printing_condition import intent_findings

_MOST_SAVED = 100 << 20  # bytes; a larger file is looked at as it came
_UNREADABLE = (
    pikepdf.PdfError,
    pypdfium2.PdfiumError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    IndexError,
    OverflowError,
    RuntimeError,
)


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
    try:
        with open_pdf(path) as pdf:
            _inspect(pdf, max_pages, ordered, seen)
            printed = _printed(pdf) if Path(path).stat().st_size < _MOST_SAVED else None
        page, is_whole = colored_page(printed or path)
        seen.findings += color_findings(seen.colors, page, is_seen_whole=is_whole, inks=ordered.inks)
    except Refused as refusal:
        seen.findings.append(refusal.finding)
    except RecursionError:
        seen.findings.append(Refused("PDF_TOO_COMPLEX", "The file is nested too deeply.").finding)
    except _UNREADABLE:
        seen.findings.append(Refused("PDF_DAMAGED", "The file is damaged inside.").finding)
    return PreflightReport(
        seen.pages, [size.finished for size in seen.sizes], sorted(seen.fonts.items()), sorted(seen.colors),
        seen.findings,
    )  # fmt: skip


def _inspect(pdf: pikepdf.Pdf, max_pages: int, ordered: Ordered, seen: _Seen) -> None:
    """Fills in part by part: what is known stays when a later part is refused."""
    limits, findings = press_limits(ordered.product), seen.findings
    broken = check_objects(pdf)
    pages = list(walk_pages(pdf, max_pages))
    seen.pages = len(pages)
    repaired = pdf.get_warnings()  # asking takes them out
    if any("MediaBox is" in warning for warning in repaired):
        # The library puts US letter in its place; nobody ordered that.
        raise Refused("PDF_BAD_PAGE", "A page has no usable size.")
    findings += document_findings(pdf) + layer_findings(pdf) + annotation_findings(pdf) + intent_findings(pdf)
    seen.sizes = page_sizes(pages)
    findings += size_findings(seen.sizes, limits, ordered.size, is_piece=ordered.is_piece)
    uses, odd = _read(Reader(pdf, broken), pages)
    seen.fonts = _fonts(uses)
    seen.colors = _first(uses, lambda one: one.colors)
    findings += _use_findings(uses, limits)
    if repaired or odd is not None:
        message = "The file is not quite right inside and was repaired while reading."
        place = Place(page=None if repaired else odd)
        findings.append(Finding("PDF_REPAIRED", Severity.WARN, message, "Look at the proof closely.", place))


def _read(reader: Reader, pages: Sequence[Any]) -> tuple[list[Uses], int | None]:
    """What each page uses as it is printed, and the first page that is not quite right inside."""
    odd = [number for number, page in enumerate(pages, start=1) if has_gaps(page)]
    for number, page in enumerate(pages, start=1):
        reader.check(page, number)
    make_printed(reader.pdf)
    uses: list[Uses] = []
    for number, page in enumerate(pages, start=1):
        uses.append(reader.page(page, number))
        if reader.pdf.get_warnings():
            odd.append(number)
    return uses, min(odd, default=None)


def _printed(pdf: pikepdf.Pdf) -> bytes:
    """The document as it was changed to what a press prints of it."""
    out = io.BytesIO()
    pdf.save(
        out, encryption=False, compress_streams=False, object_stream_mode=pikepdf.ObjectStreamMode.disable
    )
    return out.getvalue()


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
