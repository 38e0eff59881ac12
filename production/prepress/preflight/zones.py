"""Looks for artwork where none may be: under the address block, in the clear zone of the IMb, in the quiet zone
of the page mark, under text boxes, and in what may show through the window. The pages are looked at as they print,
and rendered inside the sandbox.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from kernel.findings import Finding, Place, Severity
from postal.barcodes.imb_geometry import CLEAR_ABOVE_BELOW, CLEAR_SIDES
from production.prepress.merge import fonts
from production.prepress.merge.fields import WINDOW_EVER_VISIBLE, Field, Fields, Kind
from production.prepress.merge.print_file import CompiledTemplate, print_bare
from store.limited.sandbox import run_limited

_REMEDY = "Move the artwork or the box."
_TOUCHES = 1.5  # points: neighbors that only reach into a text box do not lie under it


@dataclass(frozen=True, slots=True)
class Zone:
    """A rectangle (left, top, right, bottom; points from the top left) on a page (from 1; 0 = every page) and what
    artwork in it means. Printed words in it mean ``words``, where that is something else."""

    page: int
    box: tuple[float, float, float, float]
    code: str
    severity: Severity
    message: str
    words: str = ""

    def finding(self, page: int, words: str) -> Finding:
        """What ink on a page in this zone means."""
        if words and self.words:
            message = f'{self.words} "{words}".'
            return Finding(self.code, Severity.WARN, message, _REMEDY, Place(page=page))
        return Finding(self.code, self.severity, self.message, _REMEDY, Place(page=page))


def zones_of(fields: Fields, *, has_window: bool = True) -> list[Zone]:
    """The zones that the placed boxes keep free, and the #10 window when the address stands behind one."""
    zones = [zone for field in fields.fields for zone in _field_zones(field)]
    if has_window and any(_stands_in_window(field) for field in fields.of_kind(Kind.ADDRESS)):
        message = "Artwork may show in the window of a #10 envelope beside the address."
        zones.append(Zone(1, WINDOW_EVER_VISIBLE, "ADDRESS_ZONE_CONFLICT", Severity.WARN, message))
    return zones


def _box(field: Field, side: float = 0.0, above: float = 0.0) -> tuple[float, float, float, float]:
    return field.x - side, field.y - above, field.x + field.width + side, field.y + field.height + above


def _field_zones(field: Field) -> list[Zone]:
    if field.kind is Kind.ADDRESS:
        message = "Artwork lies under the address block."
        return [Zone(field.page, _box(field), "ADDRESS_ZONE_CONFLICT", Severity.STOP, message)]
    if field.kind is Kind.IMB:
        box = _box(field, CLEAR_SIDES, CLEAR_ABOVE_BELOW)
        message = "Artwork lies in the clear zone of the barcode."
        return [Zone(field.page, box, "BARCODE_ZONE_CONFLICT", Severity.STOP, message)]
    if field.kind is Kind.MARK:
        message = "Artwork lies under the page mark or its quiet zone."
        return [Zone(field.page, _box(field), "MARK_ZONE_CONFLICT", Severity.STOP, message)]
    message = f"Artwork lies under field {field.name}."
    words = f"Field {field.name} lies over printed words:"
    box = _box(field, -_TOUCHES, -_TOUCHES)
    return [Zone(field.page, box, "FIELD_ZONE_CONFLICT", Severity.NOTE, message, words)]


def _stands_in_window(field: Field) -> bool:
    left, top, right, bottom = WINDOW_EVER_VISIBLE
    return field.page == 1 and left <= field.x <= right and top <= field.y <= bottom


def find_conflicts(compiled: CompiledTemplate, *, has_window: bool = True) -> list[Finding]:
    """Findings for the template's own artwork and for boxes that reach into the barcode's clear zone. When the
    template cannot be rendered there is a stop: a check that did not run has not passed."""
    zones = zones_of(compiled.fields, has_window=has_window)
    findings = _box_conflicts(compiled.fields)
    if not zones:
        return findings
    with tempfile.TemporaryDirectory(prefix="indicia-zones-") as folder:
        bare = print_bare(compiled, Path(folder) / "bare.pdf").path
        order = {"path": str(bare), "zones": [[zone.page, *zone.box] for zone in zones]}
        answer = run_limited(
            "production.prepress.templates.rendering.ink", order, list[list[tuple[int, str]]]
        )
    if not answer.is_ok:
        message = "The template could not be rendered to look for conflicts."
        return [*findings, answer.finding("PDF_UNREADABLE", message, "Export the PDF again.")]
    for zone, inked in zip(zones, answer.value, strict=True):
        findings += [zone.finding(page, words) for page, words in inked]
    return findings


def _overhang(field: Field) -> float:
    """How far accents of capitals reach above a text box, points; an address block keeps them inside."""
    if field.kind is not Kind.TEXT:
        return 0.0
    face = fonts.face(field.font)
    highest = max(float(face.reach[ord(letter)]) for letter in fonts.WINDOWS_1252)
    return field.size * max(0.0, highest - face.ascender)


def _box_conflicts(fields: Fields) -> list[Finding]:
    """Text boxes that reach into the barcode's clear zone."""
    findings = []
    for code in fields.of_kind(Kind.IMB):
        left, top, right, bottom = _box(code, CLEAR_SIDES, CLEAR_ABOVE_BELOW)
        for other in fields.fields:
            apart = (
                other.x >= right
                or other.x + other.width <= left
                or other.y - _overhang(other) >= bottom
                or other.y + other.height <= top
            )
            if other is code or other.page not in {code.page, 0} or apart:
                continue
            message = f"Field {other.name} reaches into the clear zone of the barcode."
            place = Place(page=code.page)
            findings.append(
                Finding("BARCODE_ZONE_CONFLICT", Severity.WARN, message, "Move one of them.", place)
            )
    return findings
