"""The part of imposing that parses strangers' files; called only inside the sandbox (see impose)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pikepdf
from pydantic import validate_call

from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, stops
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
from production.prepress.preflight.content import Reader, has_gaps
from production.prepress.preflight.document import document_findings
from production.prepress.preflight.reading import opened, refused_into, repair_findings, repaired
from production.prepress.preflight.safety import open_pdf
from production.prepress.templates.annotations import annotation_findings
from production.prepress.templates.as_printed import make_printed
from production.prepress.templates.layers import layer_findings

MAX_PAGES = 5_000  # of all files together, as in preflight


@validate_call
def impose(files: list[Given], asked: Asked, out: str, title: str) -> Drawn:
    """Draws the sheets to ``out``. InvalidInput when the files, or what is asked of them, make that impossible."""
    documents: list[_Document] = []
    with ExitStack() as stack:
        for given in files:
            with _readable():
                pdf = stack.enter_context(open_pdf(given.path))
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
    told: list[Finding] = []
    with refused_into(told):
        yield
    if told:
        raise _refused(told[0])


def _refused(finding: Finding) -> InvalidInput:
    where = f"Page {finding.place.page:,}: " if finding.place.page else ""
    return InvalidInput(where + finding.message, code=finding.code, remedy=finding.remedy, field="files")


def _read(pdf: pikepdf.Pdf, given: Given, asked: Asked, most_pages: int) -> _Document:
    """The pages as a press prints them: annotations drawn, layers decided. InvalidInput for what would vanish."""
    broken, pages = opened(pdf, most_pages)
    is_repaired = repaired(pdf)
    findings = document_findings(pdf) + layer_findings(pdf) + annotation_findings(pdf)
    if stopping := stops(findings):
        raise _refused(stopping[0])
    reader = Reader(pdf, broken)
    for number, page in enumerate(pages, start=1):
        reader.check(page, number)
    odd = next((number for number, page in enumerate(pages, start=1) if has_gaps(page)), None)
    make_printed(pdf)
    forms = list(page_forms(pdf, pages))
    findings += fit_findings(forms, asked) + repair_findings(odd, is_repaired=is_repaired)
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
