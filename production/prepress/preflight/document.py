"""What hangs on a document and is not its picture: forms, signatures, restrictions, scripts. Called only
inside the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pikepdf

from kernel.findings import Finding, Severity
from production.prepress.preflight.safety import Refused
from production.prepress.templates.names import name_of

_MOST_FIELDS = 100_000


def document_findings(pdf: pikepdf.Pdf) -> list[Finding]:
    """Forms, signatures, restrictions and active content; Refused for what only its maker can show."""
    findings = []
    form = pdf.Root.get("/AcroForm")
    if isinstance(form, pikepdf.Dictionary):
        if "/XFA" in form:
            message = "The file is an XFA form, which only its maker can show."
            raise Refused("PDF_XFA_UNSUPPORTED", message, "Print it to a plain PDF and send that.")
        findings += _form_findings(form)
    if pdf.is_encrypted:
        message = "The owner restricted what may be done with the file; it opens without a password."
        findings.append(
            Finding("PDF_RESTRICTED", Severity.WARN, message, "Make sure that it may be printed.")
        )
    active = sorted(_active_content(pdf))
    if active:
        message = "Left out in print: " + ", ".join(active) + "."
        findings.append(Finding("PDF_ACTIVE_CONTENT", Severity.NOTE, message))
    return findings


def _form_findings(form: pikepdf.Dictionary) -> list[Finding]:
    kinds = {name_of(field.get("/FT")) for field in _form_fields(form)}
    findings = []
    if "Sig" in kinds:
        message = "The digital signature will not survive printing or merging."
        findings.append(Finding("PDF_SIGNED", Severity.WARN, message, "Keep the signed original."))
    return findings


def _form_fields(form: pikepdf.Dictionary) -> Iterator[Any]:
    waiting = list(form.get("/Fields", []))
    for _ in range(_MOST_FIELDS):
        if not waiting:
            return
        field = waiting.pop()
        if isinstance(field, pikepdf.Dictionary):
            yield field
            waiting += list(field.get("/Kids", []))


def _active_content(pdf: pikepdf.Pdf) -> set[str]:
    """Kinds of things that act rather than show, anywhere in the file."""
    kinds = set()
    if "/OpenAction" in pdf.Root or "/AA" in pdf.Root:
        kinds.add("actions on opening")
    for thing in pdf.objects:
        if not isinstance(thing, pikepdf.Dictionary):
            continue
        if "/JS" in thing or thing.get("/S") == "/JavaScript":
            kinds.add("scripts")
        if thing.get("/S") in {"/Launch", "/URI", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE"}:
            kinds.add("links")
        if "/EF" in thing or "/EmbeddedFiles" in thing:
            kinds.add("embedded files")
        if "/AA" in thing:
            kinds.add("actions")
    return kinds
