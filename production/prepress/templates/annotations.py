"""Annotations and form fields of a template (ISO 32000-1, 12.5 and 12.7): what prints is drawn into its page by its
own appearance, as a reader shows it; what has none is named.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pikepdf

from kernel.findings import Finding, Place, Severity
from production.prepress.templates.drawings import array, dictionary, is_dictionary
from production.prepress.templates.layers import Layers
from production.prepress.templates.names import key_of, name_of, words_of
from production.prepress.templates.template import content_streams, inherited, seen_box

_HIDDEN, _PRINT, _NO_VIEW = 2, 4, 32
_DRAW_NOTHING = frozenset({"/Link", "/Popup"})  # without an appearance of their own
_PLACES_SHOWN = 20
_MAX_LEVELS = 50
_FLATTEN = "Print the file to a plain PDF, as it is seen, and send that."


@dataclass(frozen=True, slots=True)
class _Mark:
    """An annotation that a reader of the page sees, or that the press prints. ``drawing`` is None without one."""

    page: int
    thing: Any
    prints: bool
    drawing: Any

    @property
    def is_field(self) -> bool:
        """Whether it is a place of a form field."""
        return _is_place(self.thing)

    @property
    def words(self) -> str:
        """What it says: the value of a field, the text of a comment, else the name of its kind."""
        if self.is_field:
            return _value(self.thing)
        said = self.thing.get("/Contents")
        return _text(said) or name_of(self.thing.get("/Subtype")).lower() or "annotation"

    @property
    def shows_nothing(self) -> bool:
        """Whether it has no appearance and needs none, or is an empty field for the screen alone."""
        is_empty = self.is_field and not self.words
        if self.drawing is not None:
            return is_empty and not self.prints and _kind(self.thing) != "/Sig"
        left, low, right, high = _corners(self.thing)
        return is_empty or left == right or low == high or self.thing.get("/Subtype") in _DRAW_NOTHING


def draw_annotations(pdf: pikepdf.Pdf) -> None:
    """Draws the printing annotations of every page over its content, each by its appearance."""
    layers = Layers(pdf)
    for number, page in enumerate(pdf.pages, start=1):
        content = b""
        forms: dict[str, pikepdf.Object] = {}
        for mark in _marks(page.obj, number, layers, layers):
            if not mark.prints or mark.drawing is None:
                continue
            name = f"/A{len(forms)}"
            turn = int(inherited(page.obj, "/Rotate", 0))
            shown = pikepdf.Annotation(mark.thing).get_page_content_for_appearance(
                pikepdf.Name(name), turn % 360, _PRINT, _HIDDEN
            )
            if shown:
                content += shown
                mark.drawing["/Subtype"] = pikepdf.Name.Form
                forms[name] = mark.drawing
        if forms:
            _lay_over(pdf, page, content, forms)


def annotate_plainly(pdf: pikepdf.Pdf) -> bool:
    """Makes fields stamps and hides what a layer hides, so that readers agree on what an annotation shows without
    knowing forms or layers; whether anything had to be changed."""
    layers, is_changed = Layers(pdf), False
    for page in pdf.pages:
        for thing in filter(is_dictionary, array(page.obj.get("/Annots"))):
            if not layers.shows(thing.get("/OC")):
                thing["/F"], is_changed = int(thing.get("/F", 0)) | _HIDDEN, True
            if _is_place(thing):
                thing["/Subtype"], is_changed = pikepdf.Name.Stamp, True
    return is_changed


def _is_place(thing: Any) -> bool:
    return bool(thing.get("/Subtype") == "/Widget")


def _lay_over(pdf: pikepdf.Pdf, page: pikepdf.Page, content: bytes, forms: dict[str, pikepdf.Object]) -> None:
    """The page's own content becomes a form as well: neither its resource names nor its open states matter."""
    own = pdf.make_stream(b"\n".join(stream.read_bytes() for stream in content_streams(page.obj)))
    own["/Type"], own["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Form
    own["/BBox"] = pikepdf.Array(seen_box(page))
    own["/Resources"] = inherited(page.obj, "/Resources", pikepdf.Dictionary())
    page.obj["/Contents"] = pdf.make_stream(b"/Page Do\n" + content)
    page.obj["/Resources"] = pikepdf.Dictionary(XObject=pikepdf.Dictionary({"/Page": own, **forms}))


def _marks(page: Any, number: int, on_paper: Layers, on_screen: Layers) -> Iterator[_Mark]:
    for thing in array(page.get("/Annots")):
        if not is_dictionary(thing) or thing.get("/Subtype") == "/Popup":
            continue
        flags = int(thing.get("/F", 0))
        prints = bool(flags & _PRINT) and not flags & _HIDDEN and on_paper.shows(thing.get("/OC"))
        is_seen = not flags & (_HIDDEN | _NO_VIEW) and on_screen.shows(thing.get("/OC"))
        if prints or is_seen:
            drawing = pikepdf.Annotation(thing).get_appearance_stream(pikepdf.Name.N)
            yield _Mark(number, thing, prints, drawing if isinstance(drawing, pikepdf.Stream) else None)


def annotation_findings(pdf: pikepdf.Pdf, unprinted: Severity = Severity.WARN) -> list[Finding]:
    """What prints as it is seen, what is seen and does not print (of severity ``unprinted``), and a stop for what would
    have to be made up."""
    on_paper, on_screen = Layers(pdf), Layers(pdf, "View")
    marks = [
        mark
        for number, page in enumerate(pdf.pages, start=1)
        for mark in _marks(page.obj, number, on_paper, on_screen)
        if not mark.shows_nothing
    ]
    form = dictionary(pdf.Root.get("/AcroForm"))
    is_redrawn = bool(form.get("/NeedAppearances", False))
    found: list[Finding] = []
    for mark in marks:
        shown, place = mark.words[:80], Place(page=mark.page)
        if mark.prints and mark.drawing is None:
            message = f'The file says "{shown}" on the page, but not how it looks.'
            found.append(Finding("PDF_NO_APPEARANCE", Severity.STOP, message, _FLATTEN, place))
        elif mark.prints and mark.is_field and is_redrawn and not _says(mark.drawing, mark.words):
            message = f'A field holds "{shown}" and is drawn with other words.'
            found.append(Finding("PDF_NO_APPEARANCE", Severity.STOP, message, _FLATTEN, place))
        elif not mark.prints:
            message = f'"{shown or "A field"}" is seen on the screen and does not print.'
            found.append(Finding("PDF_ANNOTATIONS", unprinted, message, _FLATTEN, place))
        elif not mark.is_field:
            message = f'"{shown}" is laid over the page and prints as it is seen.'
            found.append(Finding("PDF_ANNOTATIONS", Severity.WARN, message, "Look at the proof.", place))
    found = found[:_PLACES_SHOWN]
    if any(mark.is_field and _kind(mark.thing) != "/Sig" for mark in marks):
        message = "The file is a form to be filled in; its fields print as they look now."
        found.append(Finding("PDF_FORM_FIELDS", Severity.WARN, message, "Look at the proof."))
    return found


def _field_entry(widget: Any, key: str) -> Any:
    """An entry of a field, which its parents may hold."""
    for _ in range(_MAX_LEVELS):
        if not is_dictionary(widget) or key in widget:
            break
        widget = widget.get("/Parent")
    return widget.get(key) if is_dictionary(widget) else None


def _kind(widget: Any) -> str:
    return key_of(_field_entry(widget, "/FT"))


def _value(widget: Any) -> str:
    """The words or the tick that a field shows; empty for one that shows nothing."""
    kind, value = _kind(widget), _field_entry(widget, "/V")
    if kind in {"/Tx", "/Ch"}:
        return " ".join(filter(None, map(_text, array(value) or [value])))
    is_ticked = kind == "/Btn" and name_of(widget.get("/AS", value)) not in {"Off", ""}
    return "a ticked box" if is_ticked else ""


def _text(thing: Any) -> str:
    if isinstance(thing, pikepdf.Stream):
        return thing.read_bytes().decode("latin-1")
    return " ".join(words_of(thing).split())


def _says(drawing: Any, words: str) -> bool:
    """Whether an appearance holds these words in plain one-byte text, spaces aside."""
    shown = b"".join(
        bytes(part)
        for instruction in pikepdf.parse_content_stream(drawing)
        if key_of(instruction.operator) in {"Tj", "TJ", "'", '"'}
        for operand in instruction.operands
        for part in (array(operand) or [operand])
        if isinstance(part, pikepdf.String)
    )
    return "".join(words.split()) in "".join(shown.decode("latin-1").split())


def _corners(annotation: Any) -> tuple[float, float, float, float]:
    numbers = [float(value) for value in array(annotation.get("/Rect"))]
    return (numbers[0], numbers[1], numbers[2], numbers[3]) if len(numbers) == 4 else (0.0, 0.0, 0.0, 0.0)
