"""A file opened and its pages read as a press prints them; whatever the file brings about ends as a finding. Called
only inside the sandbox."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pikepdf
import pypdfium2

from kernel.findings import Finding, Place, Severity
from production.prepress.preflight.content import Reader, Uses, has_gaps
from production.prepress.preflight.safety import Broken, Refused, check_objects, walk_pages
from production.prepress.templates.as_printed import make_printed

MOST_SAVED = 100 << 20  # bytes; a larger file is looked at as it came
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


@contextmanager
def refused_into(findings: list[Finding]) -> Iterator[None]:
    """Whatever the file brings about ends as a finding."""
    try:
        yield
    except Refused as refusal:
        findings.append(refusal.finding)
    except RecursionError:
        findings.append(Refused("PDF_TOO_COMPLEX", "The file is nested too deeply.").finding)
    except _UNREADABLE:
        findings.append(Refused("PDF_DAMAGED", "The file is damaged inside.").finding)


def opened(pdf: pikepdf.Pdf, max_pages: int) -> tuple[Broken, list[Any]]:
    """The streams that break off, and the pages."""
    return check_objects(pdf), list(walk_pages(pdf, max_pages))


def repaired(pdf: pikepdf.Pdf) -> bool:
    """Whether the library had to repair the file. Asking takes its warnings out."""
    warnings = pdf.get_warnings()
    if any("MediaBox is" in warning for warning in warnings):
        # The library puts US letter in its place; nobody ordered that.
        raise Refused("PDF_BAD_PAGE", "A page has no usable size.")
    return bool(warnings)


def repair_findings(odd: int | None, *, is_repaired: bool) -> list[Finding]:
    """``odd``: the first page that is not quite right inside."""
    if not is_repaired and odd is None:
        return []
    message = "The file is not quite right inside and was repaired while reading."
    place = Place(page=None if is_repaired else odd)
    return [Finding("PDF_REPAIRED", Severity.WARN, message, "Look at the proof closely.", place)]


def read_pages(reader: Reader, pages: Sequence[Any]) -> tuple[list[Uses], int | None]:
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


def printed_bytes(pdf: pikepdf.Pdf) -> bytes:
    """The document as it was changed to what a press prints of it."""
    out = io.BytesIO()
    pdf.save(
        out, encryption=False, compress_streams=False, object_stream_mode=pikepdf.ObjectStreamMode.disable
    )
    return out.getvalue()
