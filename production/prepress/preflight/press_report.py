"""What preflight answers to a print order: boxes, findings, and what can be done about them. Values only: whoever
asks need not wait for the libraries that read the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from kernel.findings import Finding, Severity
from production.catalog.press_limits import severities
from production.prepress.templates.page_boxes import Box

Size = tuple[float, float]

_RANK = {Severity.NOTE: 0, Severity.WARN: 1, Severity.STOP: 2}

# By code: what a person can do, and what changes the file on request (prepress.fixes).
_REMEDIES: dict[str, tuple[str, str | None]] = {
    "COMPONENT_PAGES": ("Put in or leave out pages, or order another number of them.", None),
    "PAGE_MULTIPLE": ("Say where blank pages go, or have them added at the end.", "blank-pages"),
    "PREFLIGHT_BLEED": ("Let the artwork reach over the trim, or have it mirrored or enlarged there.", "bleed-mirror"),
    "PREFLIGHT_COLOUR": ("Convert it to CMYK, or have it converted by its profile.", "convert-rgb"),
    "PREFLIGHT_FONT": ("Embed all fonts when exporting.", None),
    "PREFLIGHT_HAIRLINE": ("Make the line at least as wide as the limit.", "thicken-lines"),
    "PREFLIGHT_INK": ("Use less ink there: dark places do not dry and set off.", None),
    "PREFLIGHT_LAYERS": ("Have the layers decided as they print, and look at the proof.", "settle-layers"),
    "PREFLIGHT_RESOLUTION": ("Put in the picture with more dots, or make it smaller on the page.", None),
    "PREFLIGHT_RICH_BLACK": ("Print small text in black alone.", "black-text"),
    "PREFLIGHT_ROTATION": ("Have the page turned.", "rotate"),
    "PREFLIGHT_SAFE_ZONE": ("Move it away from the trim, or let it run over it.", None),
    "PREFLIGHT_SIZE": ("Make the page the size that was ordered.", None),
    "PREFLIGHT_SPOT": ("Order the ink, or have it converted to the inks of the press.", "convert-spots"),
    "PREFLIGHT_TRANSPARENCY": ("Look at the proof.", None),
    "PREFLIGHT_TRIM_MISSING": ("Export with a trim box, or have the page cut in the middle.", "set-boxes"),
    "PREFLIGHT_TRIM_OFFSET": ("Have the trim centered on the page.", "center-trim"),
    "PREFLIGHT_WHITE_OVERPRINT": ("Set white to knock out: overprinted, it is not there.", None),
    "PDF_ACTIVE_CONTENT": ("Nothing: it does not print. Have it taken out if you like.", "strip-actions"),
    "PDF_ANNOTATIONS": ("Have what prints drawn into the page, and look at the proof.", "flatten"),
    "PDF_FORM_FIELDS": ("Have the values drawn into the page, and look at the proof.", "flatten"),
    "PDF_NO_APPEARANCE": ("Have the values drawn, or print the file to a plain PDF.", "flatten"),
}  # fmt: skip
# What letters call otherwise.
_CALLED = {"PDF_LAYERS": "PREFLIGHT_LAYERS"}


# Codes of several severities, and those that the check itself decides.
_KEPT: Mapping[str, tuple[Severity, ...]] = {
    "PREFLIGHT_RESOLUTION": (Severity.NOTE,),
    "PREFLIGHT_BLEED": (Severity.STOP,),
    "PREFLIGHT_SIZE": (Severity.NOTE,),
    "PDF_ANNOTATIONS": (Severity.STOP,),
}


@dataclass(frozen=True, slots=True)
class PageBoxes:
    """The boxes of a page. ``media``, ``crop``, ``bleed`` and ``trim`` are left, low, right, high in points as
    displayed, the lower left corner of the crop box at 0, 0; None for a box that the page does not name.
    ``rotate``: quarter turns clockwise that the page asks for, in degrees; ``unit``: points of a unit of its own
    space."""

    page: int
    media: Box
    crop: Box
    bleed: Box | None
    trim: Box | None
    rotate: int
    unit: float

    @property
    def paintable(self) -> Box:
        """What a press can take ink from around the trim: the bleed box, else what is visible (ISO 32000-1,
        14.11.2)."""
        return self.bleed or self.crop


@dataclass(frozen=True, slots=True)
class PressFinding:
    """One thing that a press trips over. ``box``: where, in points of the page as displayed; ``value`` and
    ``limit`` in the unit that the message names; ``fix``: what changes the file on request (prepress.fixes), None
    where a person must."""

    code: str
    severity: Severity
    page: int | None
    box: Box | None
    value: float | str | None
    limit: float | str | None
    message: str
    remedy: str
    fix: str | None = None


@dataclass(slots=True)
class OrderReport:
    """``pages`` is None when they could not be counted."""

    pages: int | None = None
    boxes: list[PageBoxes] = field(default_factory=list)
    findings: list[PressFinding] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """The worst severity; ``pass`` when it is not above a note."""
        worst = max((one.severity for one in self.findings), key=_RANK.__getitem__, default=Severity.NOTE)
        return "pass" if worst is Severity.NOTE else worst.value


def of_document(findings: Iterable[Finding], *, ordered: bool) -> list[PressFinding]:
    """What is said of a file as a document, in the words and severities of print orders."""
    return [judged(_told(one), ordered=ordered) for one in findings]


def _told(finding: Finding) -> PressFinding:
    code = _CALLED.get(finding.code, finding.code)
    remedy = "" if code in _REMEDIES else finding.remedy
    return PressFinding(code, finding.severity, finding.place.page, None, None, None, finding.message, remedy)


def judged(finding: PressFinding, *, ordered: bool) -> PressFinding:
    """With the severity of the table, where the check left it open, and with what can be done, where the check has
    no words of its own for it."""
    severity = severities(ordered=ordered).get(finding.code, finding.severity)
    if finding.severity in _KEPT.get(finding.code, ()):
        severity = finding.severity
    remedy, fix = _REMEDIES.get(finding.code, (finding.remedy, None))
    return replace(
        finding, severity=severity, remedy=finding.remedy or remedy, fix=None if finding.remedy else fix
    )
