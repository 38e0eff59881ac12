"""The printing condition a file names (output intents, ISO 32000-1, 14.11.5). A print file says one only where all
templates in it name the same.
"""

from __future__ import annotations

import hashlib
from typing import Any

import pikepdf

from kernel.findings import Finding, Severity
from production.prepress.templates.drawings import array, dictionary
from production.prepress.templates.names import words_of
from production.prepress.templates.template import Copier


def copy_intents(pdf: pikepdf.Pdf, copier: Copier) -> tuple[bytes, str]:
    """The document's intents as an array that refers to the copier's objects, and the hash of their content; both
    empty without intents."""
    intents = pdf.Root.get("/OutputIntents")
    if not array(intents):
        return b"", ""
    copied = copier.reference(intents)
    copier.drain()
    alone = Copier(0)
    digest = hashlib.sha256(alone.reference(intents))
    alone.drain()
    for content in alone.objects:
        digest.update(content)
    return copied, digest.hexdigest()


def intent_findings(pdf: pikepdf.Pdf) -> list[Finding]:
    """A note that names the condition."""
    names = intent_names(pdf)
    if not names:
        return []
    message = (
        f"The file names a printing condition ({', '.join(names)}). It is kept where all letters of a "
        "print file name the same, else left out."
    )
    return [Finding("PDF_OUTPUT_INTENT", Severity.NOTE, message)]


def intent_names(pdf: pikepdf.Pdf) -> list[str]:
    """The conditions a document names, each once."""
    return list(dict.fromkeys(_name(dictionary(one)) for one in array(pdf.Root.get("/OutputIntents"))))


def _name(intent: Any) -> str:
    said = intent.get("/OutputConditionIdentifier", intent.get("/OutputCondition"))
    return words_of(said)[:60] or "without a name"
