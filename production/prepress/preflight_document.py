"""What hangs on a document and is not its picture: forms, signatures, restrictions, scripts, comments. Called only
inside the sandbox."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pikepdf

from kernel.findings import Finding, Place, Severity
from production.prepress.preflight_safety import Refused, name_of

_TURNED_OFF_ANNOTATIONS = {"Link", "Popup", "Widget"}
_MOST_FIELDS = 100_000
_PAGES_NAMED = 20


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
    if kinds - {"Sig", ""}:
        message = "The file is a form to be filled in; its fields are not part of the page."
        findings.append(
            Finding("PDF_FORM_FIELDS", Severity.STOP, message, "Print it to a plain PDF, values included.")
        )
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


def annotation_findings(pages: Sequence[Any]) -> list[Finding]:
    """Comments on pages, which do not print."""
    noted = [number for number, page in enumerate(pages, start=1) if _has_comments(page)]
    return [
        Finding(
            "PDF_ANNOTATIONS", Severity.WARN, "Comments on the page will not print.", "Flatten them.",
            Place(page=page),
        )
        for page in noted[:_PAGES_NAMED]
    ]  # fmt: skip


def _has_comments(page: Any) -> bool:
    annotations = page.get("/Annots", [])
    return isinstance(annotations, pikepdf.Array) and any(
        isinstance(note, pikepdf.Dictionary) and name_of(note.get("/Subtype")) not in _TURNED_OFF_ANNOTATIONS
        for note in annotations
    )
