"""What preflight finds and what a fix does, in the words of people who do not print: by code and by name, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# A finding of this code, as a heading; what is not here is told by its own sentence.
TITLES: Mapping[str, str] = {
    "COMPONENT_PAGES": "The number of pages is not the one you ordered",
    "PAGE_MULTIPLE": "Pages are missing to bind it",
    "PDF_ACTIVE_CONTENT": "Links and scripts do not print",
    "PDF_ANNOTATIONS": "Notes lie on the pages",
    "PDF_FORM_FIELDS": "The file is a form with fields",
    "PDF_NO_APPEARANCE": "What was typed into the form would not print",
    "PDF_OUTPUT_INTENT": "Made for a certain press",
    "PDF_REPAIRED": "The file is a little damaged",
    "PDF_RESTRICTED": "The file restricts what may be done with it",
    "PDF_SIGNED": "The digital signature does not print",
    "PREFLIGHT_BLEED": "Color stops at the edge of the page",
    "PREFLIGHT_COLOUR": "Colors will print differently",
    "PREFLIGHT_FONT": "The file does not bring its lettering along",
    "PREFLIGHT_HAIRLINE": "Very thin lines",
    "PREFLIGHT_INK": "Too much ink in one place",
    "PREFLIGHT_LAYERS": "The file has layers",
    "PREFLIGHT_RESOLUTION": "A picture is coarse",
    "PREFLIGHT_RICH_BLACK": "Small text is made of several inks",
    "PREFLIGHT_ROTATION": "A page lies on its side",
    "PREFLIGHT_SAFE_ZONE": "Something stands close to the edge",
    "PREFLIGHT_SIZE": "The page has another size than you ordered",
    "PREFLIGHT_SPOT": "The file asks for a special ink",
    "PREFLIGHT_TRANSPARENCY": "Parts of the page are see-through",
    "PREFLIGHT_TRIM_MISSING": "The file does not say where the page is cut",
    "PREFLIGHT_TRIM_OFFSET": "The page is not in the middle of its sheet",
    "PREFLIGHT_UNSEEN": "Some pages were not looked at",
    "PREFLIGHT_WHITE_OVERPRINT": "White parts will disappear",
}


@dataclass(frozen=True, slots=True)
class FixWords:
    """``label`` of its button, ``does`` before the click, ``done`` in the list of versions."""

    label: str
    does: str
    done: str


FIXES: Mapping[str, FixWords] = {
    "flatten": FixWords(
        "Draw them into the pages", "What you see of fields and notes is drawn into the page and prints.",
        "fields and notes drawn into the pages",
    ),
    "settle-layers": FixWords(
        "Keep the layers that print", "Layers that print are drawn into the page, the others go.", "layers decided",
    ),
    "strip-actions": FixWords(
        "Take them out", "Links out of the file, scripts and attached files go. The pages look the same.",
        "links and scripts taken out",
    ),
    "rotate": FixWords("Turn the page", "Each page that lies on its side is turned upright.", "pages turned upright"),
    "set-boxes": FixWords(
        "Cut it in the middle", "The page is cut to the size you ordered, in the middle.", "cut in the middle",
    ),
    "center-trim": FixWords(
        "Center the page", "Empty margin is added until the page is in the middle.", "page centered",
    ),
    "convert-rgb": FixWords(
        "Convert the colors", "Screen colors become the four inks of the press. Bright colors get duller.",
        "colors converted for the press",
    ),
    "convert-spots": FixWords(
        "Mix the ink from the others", "The special ink is mixed from the inks of the press, as near as they come.",
        "special inks mixed from the inks of the press",
    ),
    "black-text": FixWords(
        "Print small text in black", "Small dark text is printed in black ink alone, and stays sharp.",
        "small text made black",
    ),
    "thicken-lines": FixWords(
        "Make the lines wide enough", "Lines under a quarter point get that width.", "thin lines made wider",
    ),
    "bleed-mirror": FixWords(
        "Add the margin by mirroring", "The edge of each page is mirrored outward. The page itself stays as it is.",
        "margin for the cut mirrored",
    ),
    "bleed-enlarge": FixWords(
        "Add the margin by enlarging", "Each page is enlarged a little, over its edge.", "pages enlarged over the cut",
    ),
    "blank-pages": FixWords(
        "Add blank pages at the end", "Blank pages fill up the last sheet. They can change the price; you see it next.",
        "blank pages added",
    ),
}  # fmt: skip
