"""The part of imposing that parses strangers' files; called only inside the sandbox (see impose)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pikepdf
from pydantic import validate_call

from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity, stops
from production.prepress.imposition.answers import Drawn, Given
from production.prepress.imposition.asked import Asked
from production.prepress.imposition.flat import Source
from production.prepress.imposition.forms import (
    PageForm,
    common_group,
    fit_findings,
    group_each,
    page_forms,
)
from production.prepress.imposition.schemes import lay_out
from production.prepress.imposition.sheets import draw_sheets
from production.prepress.preflight.document import document_findings
from production.prepress.preflight.safety import Refused, check_objects, open_pdf, walk_pages
from production.prepress.templates.annotations import annotation_findings
from production.prepress.templates.as_printed import make_printed
from production.prepress.templates.layers import layer_findings
from production.prepress.templates.template import content_streams

MAX_PAGES = 5_000  # of all files together, as in preflight
_UNREADABLE = (
    pikepdf.PdfError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    IndexError,
    OverflowError,
    RuntimeError,
)


@validate_call
def impose(files: list[Given], asked: Asked, out: str, title: str) -> Drawn:
    """Draws the sheets to ``out``. InvalidInput when the files, or what is asked of them, make that impossible."""
    documents: list[_Document] = []
    with ExitStack() as opened:
        for given in files:
            with _readable():
                pdf = opened.enter_context(open_pdf(given.path))
                left = MAX_PAGES - sum(len(one.forms) for one in documents)
                documents.append(_read(pdf, given, asked, left))
        sources = [Source(len(one.forms), given.copies) for one, given in zip(documents, files, strict=True)]
        pdf, (forms, group) = documents[0].pdf, _gathered(documents)
        lying = [number for number, form in enumerate(forms, start=1) if form.lies(asked.trim)]
        layout, _ = lay_out(asked, sources, frozenset(lying))
        draw_sheets(pdf, layout, asked, forms, title=title, group=group)
        pdf.save(
            out, encryption=False, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True
        )
    findings = [finding for one in documents for finding in one.findings]
    return Drawn([source.pages for source in sources], lying, findings)


@dataclass(frozen=True, slots=True, eq=False)
class _Document:
    pdf: pikepdf.Pdf
    forms: list[PageForm]
    findings: list[Finding]


@contextmanager
def _readable() -> Iterator[None]:
    """What goes wrong while a file is read is the file's."""
    try:
        yield
    except Refused as refusal:
        raise _refused(refusal.finding) from None
    except RecursionError:
        raise _refused(Refused("PDF_TOO_COMPLEX", "The file is nested too deeply.").finding) from None
    except _UNREADABLE:
        raise _refused(Refused("PDF_DAMAGED", "The file is damaged inside.").finding) from None


def _refused(finding: Finding) -> InvalidInput:
    where = f"Page {finding.place.page:,}: " if finding.place.page else ""
    return InvalidInput(where + finding.message, code=finding.code, remedy=finding.remedy, field="files")


def _read(pdf: pikepdf.Pdf, given: Given, asked: Asked, most_pages: int) -> _Document:
    """The pages as a press prints them: annotations drawn, layers decided. InvalidInput for what would vanish."""
    broken = check_objects(pdf)
    pages = list(walk_pages(pdf, most_pages))
    is_repaired = bool(pdf.get_warnings())
    findings = document_findings(pdf) + layer_findings(pdf) + annotation_findings(pdf)
    if stopping := stops(findings):
        raise _refused(stopping[0])
    for number, page in enumerate(pages, start=1):
        streams = content_streams(page)
        is_none = not streams and isinstance(page.get("/Contents"), pikepdf.Dictionary)
        if is_none or any(stream.objgen in broken for stream in streams):
            raise Refused("PDF_DAMAGED", "Its drawing is damaged.", page=number)
    make_printed(pdf)
    forms = list(page_forms(pdf, pages))
    findings += fit_findings(forms, asked)
    if is_repaired:
        message = "The file is not quite right inside and was repaired while reading."
        findings.append(Finding("PDF_REPAIRED", Severity.WARN, message, "Look at the sheets closely."))
    named = [replace(one, place=Place(file=given.name, page=one.place.page)) for one in findings]
    return _Document(pdf, forms, named)


def _gathered(documents: Sequence[_Document]) -> tuple[list[PageForm], Any]:
    """All pages as forms of the first document, and the group that all have in common. Of several documents each page
    keeps its own, and none of them says how all are printed."""
    pdf, forms = documents[0].pdf, documents[0].forms
    if len(documents) == 1 and (group := common_group(forms)) is not None:
        return forms, group
    for one in documents:
        group_each(one.forms)
    if len(documents) > 1 and "/OutputIntents" in pdf.Root:
        del pdf.Root["/OutputIntents"]
    foreign = [
        replace(form, stream=pdf.copy_foreign(form.stream)) for one in documents[1:] for form in one.forms
    ]
    return [*forms, *foreign], None
