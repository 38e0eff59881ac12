"""Imposing files: sheets as a PDF, one page a side, and the layout that says what stands where. Strangers' files are
read in a limited child alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kernel.errors import Fault, InvalidInput
from kernel.findings import Finding
from production.prepress.imposition.answers import Drawn, Given
from production.prepress.imposition.asked import Asked
from production.prepress.imposition.flat import Source
from production.prepress.imposition.layout import Layout
from production.prepress.imposition.schemes import lay_out
from production.prepress.preflight.outside import refusal_outside
from store.limited.sandbox import run_limited

_REMEDY = "Export the PDF again from the program it was made with."


@dataclass(frozen=True, slots=True)
class Imposed:
    """The sheets at ``path`` and what is to be said of them."""

    path: Path
    layout: Layout
    findings: list[Finding]


def impose(files: Sequence[Given], asked: Asked, out: Path) -> Imposed:
    """Writes the sheets of these files to ``out``, which is whole or stays as it was. InvalidInput when a file or what
    is asked makes that impossible."""
    for given in files:
        if refusal := refusal_outside(Path(given.path)):
            code, message, remedy = refusal
            raise InvalidInput(f"{given.name}: {message}", code=code, remedy=remedy, field="files")
    partial = out.with_name(out.name + ".part")
    try:
        partial.touch()
    except OSError as error:
        message = f"The sheets cannot be written to {out}: {(error.strerror or 'no reason given').lower()}."
        raise InvalidInput(message, code="NOT_FOUND", remedy="Name another place.", field="out") from None
    try:
        drawn = _draw(files, asked, partial)
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
    sources = [Source(pages, given.copies) for pages, given in zip(drawn.pages, files, strict=True)]
    layout, findings = lay_out(asked, sources, frozenset(drawn.lying))
    return Imposed(out, layout, [*drawn.findings, *findings])


def _draw(files: Sequence[Given], asked: Asked, out: Path) -> Drawn:
    answer = run_limited(
        "production.prepress.imposition.child.impose",
        {
            "files": [Given(str(Path(one.path).resolve()), one.name, one.copies) for one in files],
            "asked": asked,
            "out": str(out.resolve()),
            "title": ", ".join(one.name for one in files),
        },
        Drawn,
        memory_bytes=3 << 30,
        cpu_seconds=240,
        wall_seconds=600,
        output_bytes=2 << 30,
    )
    if answer.is_ok:
        return answer.value
    if answer.refusal is not None:
        raise answer.refusal
    if answer.outcome == "too_much":
        message = "The file needs more memory or time than sheets may take."
        raise InvalidInput(message, code="PDF_TOO_COMPLEX", remedy=_REMEDY, field="files")
    found = answer.finding("PDF_UNREADABLE", "The file cannot be processed.", _REMEDY)
    kind = Fault if answer.outcome == "fault" else InvalidInput
    raise kind(found.message, code=found.code, remedy=found.remedy)
