"""The part of preflight that parses; called only inside the sandbox (see preflight). Answers plain values."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pikepdf

from kernel.findings import Finding, Place, Severity
from production.prepress.layers import layer_findings
from production.prepress.template import inherited, page_box

# Budgets of one file. A 600-dpi colour page is 100 MB unpacked; a letter has some thousand operators.
_STREAM_BYTES = 200 << 20
_TOTAL_BYTES = 600 << 20
_CONTENT_BYTES = 48 << 20
_IMAGE_PIXELS = 400_000_000
_MAX_FILTERS = 8
_MAX_OBJECTS = 1_000_000
_MAX_DEPTH = 30
# US cut sheets the shop runs, points: letter, legal, tabloid, half letter; cards of 6 x 4 1/4 and 9 x 6 in.
_STOCK_SIZES = {(612, 792), (612, 1008), (792, 1224), (396, 612), (306, 432), (432, 648)}
_TURNED_OFF_ANNOTATIONS = {"/Link", "/Popup", "/Widget"}
_EXPORT = "Export the PDF again from the program it was made with."
# Three unlike values: office programs write black and greys as equal parts of red, green and blue.
_RGB = re.compile(rb"(?<![\d.])([\d.]+)\s+(?!\1\s+\1\s)[\d.]+\s+[\d.]+\s+(?:rg|RG)\b")
_CMYK = re.compile(rb"[\d.]\s+[kK]\b")


class Refused(Exception):
    """The file cannot be used; holds the finding."""

    def __init__(self, code: str, message: str, remedy: str = _EXPORT, page: int | None = None) -> None:
        super().__init__(code)
        self.finding = Finding(code, Severity.STOP, message, remedy, Place(page=page))


def inspect(path: str, max_pages: int) -> dict[str, Any]:
    """Pages, sizes, fonts, colours and findings of a PDF."""
    findings: list[Finding] = []
    answer: dict[str, Any] = {"pages": None, "sizes": [], "fonts": [], "colours": []}
    try:
        with _open(path) as pdf:
            _check_objects(pdf)
            pages = list(_walk_pages(pdf, max_pages))
            answer["pages"] = len(pages)
            if any("MediaBox is" in warning for warning in pdf.get_warnings()):
                # The library puts US letter in its place; nobody ordered that.
                raise Refused("PDF_BAD_PAGE", "A page has no usable size.")
            findings += _document_findings(pdf)
            findings += layer_findings(pdf)
            answer["sizes"], found = _sizes(pages)
            findings += found
            look = _Look()
            for number, page in enumerate(pages, start=1):
                look.page(page, number)
            answer["fonts"] = sorted(look.fonts.items())
            answer["colours"] = sorted(look.colours)
            findings += look.findings()
            if pdf.get_warnings():
                message = "The file is not quite right inside and was repaired while reading."
                findings.append(Finding("PDF_REPAIRED", Severity.WARN, message, "Look at the proof closely."))
    except Refused as refusal:
        findings.append(refusal.finding)
    except RecursionError:
        findings.append(Refused("PDF_TOO_COMPLEX", "The file is nested too deeply.").finding)
    except (
        pikepdf.PdfError,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        IndexError,
        OverflowError,
        RuntimeError,
    ):
        findings.append(Refused("PDF_DAMAGED", "The file is damaged inside.").finding)
    answer["findings"] = [finding.as_dict() for finding in findings]
    return answer


def _open(path: str) -> pikepdf.Pdf:
    try:
        pdf = pikepdf.open(path, suppress_warnings=True)
    except pikepdf.PasswordError:
        raise Refused("PDF_ENCRYPTED", "The file needs a password.", "Send it without a password.") from None
    except pikepdf.PdfError as error:
        reason = str(error).lower()
        if "loop" in reason:
            raise Refused("PDF_DAMAGED", "The file's list of pages runs in a circle.") from None
        if "depth" in reason or "nest" in reason:
            raise Refused("PDF_TOO_COMPLEX", "The file is nested too deeply.") from None
        raise Refused("PDF_UNREADABLE", "The file begins like a PDF but cannot be read as one.") from None
    if "/Root" not in pdf.trailer or "/Pages" not in pdf.Root:
        raise Refused("PDF_NO_PAGES", "The file has no pages.")
    return pdf


# --- safety ------------------------------------------------------------------------------------------------


def _check_objects(pdf: pikepdf.Pdf) -> None:
    """Every stream of the file against the budgets, used on a page or not: a bomb is found before anything
    copies it."""
    if len(pdf.objects) > _MAX_OBJECTS:
        raise Refused("PDF_TOO_COMPLEX", f"The file has more than {_MAX_OBJECTS:,} parts.")
    total = 0
    for thing in pdf.objects:
        if not isinstance(thing, pikepdf.Stream):
            continue
        if "/F" in thing or "/Ref" in thing:
            message = "The file takes a part of itself from another file."
            raise Refused(
                "PDF_EXTERNAL_REFERENCE", message, "Embed everything the page shows and export again."
            )
        if thing.get("/Subtype") == "/Image":
            _check_image(thing)
        is_drawing = thing.get("/Subtype") == "/Form" or "/PatternType" in thing or "/Type" not in thing
        total += _unpacked_size(
            thing, _CONTENT_BYTES if is_drawing and "/Width" not in thing else _STREAM_BYTES
        )
        if total > _TOTAL_BYTES:
            raise Refused("PDF_TOO_COMPLEX", f"Unpacked, the file is larger than {_TOTAL_BYTES >> 20} MB.")


def _check_image(image: pikepdf.Stream) -> None:
    if int(image.get("/Width", 0)) * int(image.get("/Height", 0)) > _IMAGE_PIXELS:
        raise Refused(
            "PDF_IMAGE_TOO_LARGE", "A picture has more dots than any press prints.", "Reduce its resolution."
        )


def _unpacked_size(stream: pikepdf.Stream, limit: int) -> int:
    """Bytes behind the general filters, counted without keeping them; Refused when over the limit."""
    filters = stream.get("/Filter", pikepdf.Array([]))
    names = [str(f) for f in (filters if isinstance(filters, pikepdf.Array) else [filters])]
    if len(names) > _MAX_FILTERS:
        raise Refused("PDF_TOO_COMPLEX", "A part of the file is packed again and again.")
    data = stream.read_raw_bytes()
    size = len(data)
    for name in names:
        if name in {"/FlateDecode", "/Fl"}:
            data = _inflate(data, limit)
        elif name in {
            "/LZWDecode",
            "/RunLengthDecode",
            "/ASCII85Decode",
            "/ASCIIHexDecode",
            "/LZW",
            "/RL",
            "/A85",
            "/AHx",
        }:
            try:
                data = stream.read_bytes()
            except (pikepdf.PdfError, NotImplementedError):
                break  # what cannot be unpacked is the parser's finding later, if a page uses it
            size = max(size, len(data))
            break
        else:
            break  # pictures: their size is in their dictionary
        size = max(size, len(data))
        if size > limit:
            raise Refused("PDF_TOO_COMPLEX", f"A part of the file unpacks to more than {limit >> 20} MB.")
    return size


def _inflate(data: bytes, limit: int) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        out = unpacker.decompress(data, limit + 1)
    except zlib.error:
        return b""  # damaged: a reader shows what it can; nothing to measure
    if len(out) > limit:
        raise Refused("PDF_TOO_COMPLEX", f"A part of the file unpacks to more than {limit >> 20} MB.")
    return out


def _walk_pages(pdf: pikepdf.Pdf, max_pages: int) -> Iterator[Any]:
    """The pages by walking the tree: /Count is not believed. A node inside itself is damage; one met many times
    over is an attack on the reader."""
    visits: Counter[tuple[int, int]] = Counter()
    waiting: list[tuple[Any, frozenset[tuple[int, int]]]] = [(pdf.Root["/Pages"], frozenset())]
    found = 0
    while waiting:
        node, above = waiting.pop()
        if not isinstance(node, pikepdf.Dictionary):
            raise Refused("PDF_DAMAGED", "The file's list of pages is damaged.")
        key = node.objgen
        if key in above or len(above) > 200:
            raise Refused("PDF_DAMAGED", "The file's list of pages runs in a circle.")
        visits[key] += 1
        if key != (0, 0) and visits[key] > 50:
            raise Refused("PDF_TOO_COMPLEX", "The file shows the same page over and over.")
        if "/Kids" in node:
            inside = above | {key} if key != (0, 0) else above
            waiting += [(kid, inside) for kid in reversed(list(node["/Kids"]))]
            if len(waiting) > 4 * max_pages + 1000:
                raise Refused(
                    "PDF_TOO_MANY_PAGES", f"The file has more than {max_pages:,} pages.", "Split the file."
                )
            continue
        found += 1
        if found > max_pages:
            raise Refused(
                "PDF_TOO_MANY_PAGES", f"The file has more than {max_pages:,} pages.", "Split the file."
            )
        yield node
    if not found:
        raise Refused("PDF_NO_PAGES", "The file has no pages.")


# --- the document ------------------------------------------------------------------------------------------


def _document_findings(pdf: pikepdf.Pdf) -> list[Finding]:
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
    kinds = {str(field.get("/FT", "")) for field in _form_fields(form)}
    findings = []
    if "/Sig" in kinds:
        message = "The digital signature will not survive printing or merging."
        findings.append(Finding("PDF_SIGNED", Severity.WARN, message, "Keep the signed original."))
    if kinds - {"/Sig", ""}:
        message = "The file is a form to be filled in; its fields are not part of the page."
        findings.append(
            Finding("PDF_FORM_FIELDS", Severity.STOP, message, "Print it to a plain PDF, values included.")
        )
    return findings


def _form_fields(form: pikepdf.Dictionary) -> Iterator[Any]:
    waiting = list(form.get("/Fields", []))
    for _ in range(100_000):
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


def _sizes(pages: list[Any]) -> tuple[list[tuple[float, float]], list[Finding]]:
    sizes = []
    for number, page in enumerate(pages, start=1):
        try:
            box, turn = page_box(pikepdf.Page(page))
            unit = float(inherited(page, "/UserUnit", 1))
        except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError):
            message = "The page has no usable size or rotation."
            raise Refused("PDF_BAD_PAGE", message, _EXPORT, number) from None
        width, height = (box[2] - box[0]) * unit, (box[3] - box[1]) * unit
        sizes.append((height, width) if turn in {90, 270} else (width, height))
    shown = Counter((round(w), round(h)) for w, h in sizes)
    findings = []
    if len(shown) > 1:
        listed = ", ".join(
            f"{w / 72:.3g} x {h / 72:.3g} in ({count:,})" for (w, h), count in shown.most_common(5)
        )
        message = f"The pages have {len(shown)} sizes: {listed}."
        findings.append(
            Finding("PREFLIGHT_SIZE", Severity.WARN, message, "Make all pages one size, or order in parts.")
        )
    odd = [size for size in shown if not _is_stock(size)]
    if odd:
        width, height = odd[0]
        message = f"{width / 72:.3g} x {height / 72:.3g} in is not a stock size of the shop."
        page = 1 + [(round(w), round(h)) for w, h in sizes].index(odd[0])
        finding = Finding(
            "PREFLIGHT_SIZE",
            Severity.WARN,
            message,
            "Use US letter, or the size of the card.",
            Place(page=page),
        )
        findings.append(finding)
    return sizes, findings


def _is_stock(size: tuple[int, int]) -> bool:
    short, long = sorted(size)
    return any(abs(short - a) <= 2 and abs(long - b) <= 2 for a, b in _STOCK_SIZES)


# --- what pages use ----------------------------------------------------------------------------------------


class _Look:
    """Gathers fonts, colours and annotations over the pages; shared resources are looked at once."""

    def __init__(self) -> None:
        self.fonts: dict[str, bool] = {}
        self.colours: set[str] = set()
        self._missing: dict[str, int] = {}
        self._first_colour: dict[str, int] = {}
        self._comments: list[int] = []
        self._is_transparent = 0
        self._seen: set[tuple[int, int]] = set()
        self._number = 0

    def page(self, page: Any, number: int) -> None:
        """One page with everything it shows."""
        self._number = number
        before = set(self.colours)
        resources = inherited(page, "/Resources")
        if isinstance(resources, pikepdf.Dictionary):
            self._resources(resources, 0)
        for stream in _content_streams(page):
            self._operators(stream)
        for colour in self.colours - before:
            self._first_colour[colour] = number
        annotations = page.get("/Annots", [])
        if isinstance(annotations, pikepdf.Array) and any(
            isinstance(a, pikepdf.Dictionary) and str(a.get("/Subtype")) not in _TURNED_OFF_ANNOTATIONS
            for a in annotations
        ):
            self._comments.append(number)

    def _operators(self, stream: pikepdf.Stream) -> None:
        try:
            data = stream.read_bytes()
        except pikepdf.PdfError:
            raise Refused("PDF_DAMAGED", "A page's drawing is damaged.", _EXPORT, self._number) from None
        if _RGB.search(data):
            self.colours.add("RGB")
        if _CMYK.search(data):
            self.colours.add("CMYK")

    def _once(self, thing: Any) -> bool:
        key = thing.objgen
        if key in self._seen and key != (0, 0):
            return False
        self._seen.add(key)
        return True

    def _resources(self, resources: pikepdf.Dictionary, depth: int) -> None:
        if depth > _MAX_DEPTH:
            raise Refused("PDF_TOO_COMPLEX", "Drawings are nested too deeply.", _EXPORT, self._number)
        if not self._once(resources):
            return
        for font in _values(resources, "/Font"):
            self._font(font, depth)
        for space in _values(resources, "/ColorSpace", kinds=(pikepdf.Array, pikepdf.Name)):
            self._colour_space(space, 0)
        for state in _values(resources, "/ExtGState"):
            if (
                float(state.get("/ca", 1)) < 1
                or float(state.get("/CA", 1)) < 1
                or state.get("/SMask", "/None") != "/None"
            ):
                self._is_transparent = self._is_transparent or self._number
        for drawing in (*_values(resources, "/XObject"), *_values(resources, "/Pattern")):
            self._drawing(drawing, depth)

    def _drawing(self, drawing: Any, depth: int) -> None:
        if not self._once(drawing):
            return
        if drawing.get("/Subtype") == "/Image":
            if "/ColorSpace" in drawing:
                self._colour_space(drawing["/ColorSpace"], 0)
            if "/SMask" in drawing:
                self._is_transparent = self._is_transparent or self._number
            return
        if isinstance(drawing, pikepdf.Stream):
            self._operators(drawing)
        if isinstance(drawing.get("/Shading"), pikepdf.Dictionary) and "/ColorSpace" in drawing["/Shading"]:
            self._colour_space(drawing["/Shading"]["/ColorSpace"], 0)
        if isinstance(drawing.get("/Resources"), pikepdf.Dictionary):
            self._resources(drawing["/Resources"], depth + 1)

    def _font(self, font: Any, depth: int) -> None:
        if not self._once(font):
            return
        if font.get("/Subtype") == "/Type3":
            if isinstance(font.get("/Resources"), pikepdf.Dictionary):
                self._resources(font["/Resources"], depth + 1)
            return
        bearer = font["/DescendantFonts"][0] if "/DescendantFonts" in font else font
        descriptor = bearer.get("/FontDescriptor")
        is_embedded = isinstance(descriptor, pikepdf.Dictionary) and any(
            key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3")
        )
        name = str(font.get("/BaseFont", "without a name")).lstrip("/")
        self.fonts[name] = self.fonts.get(name, True) and is_embedded
        if not is_embedded:
            self._missing.setdefault(name, self._number)

    def _colour_space(self, space: Any, depth: int) -> None:
        """Looks through Indexed, ICC and spot spaces to what a press would have to mix."""
        if depth > 8:
            return
        name = str(space[0]) if isinstance(space, pikepdf.Array) and len(space) else str(space)
        families = {"/DeviceRGB": "RGB", "/CalRGB": "RGB", "/Lab": "RGB", "/DeviceCMYK": "CMYK"}
        if name in families:
            self.colours.add(families[name])
        elif name == "/ICCBased" and isinstance(space[1], pikepdf.Stream):
            self.colours.add({1: "grey", 3: "RGB", 4: "CMYK"}.get(int(space[1].get("/N", 0)), "ICC"))
        elif name in {"/Indexed", "/Pattern"} and isinstance(space, pikepdf.Array) and len(space) > 1:
            self._colour_space(space[1], depth + 1)
        elif name in {"/Separation", "/DeviceN"} and str(space[1]) not in {"/Black", "/All", "/None"}:
            self.colours.add("spot")

    def findings(self) -> list[Finding]:
        """What the pages use that a press trips over."""
        found = [
            Finding(
                "PREFLIGHT_FONT", Severity.WARN,
                f"The font {name[:80]} is not embedded; another would be put in its place.",
                "Embed all fonts when exporting.", Place(page=page),
            )
            for name, page in self._missing.items()
        ]  # fmt: skip
        colours = self.colours & {"RGB", "CMYK", "spot"}
        if "RGB" in colours or len(colours) > 1 or "spot" in colours:
            mixed = (
                "mixes " + " and ".join(sorted(colours)) if len(colours) > 1 else "uses " + "".join(colours)
            )
            page = min(self._first_colour.get(c, 1) for c in colours)
            message = f"The file {mixed} colour; on a one-colour press it prints as greys."
            remedy = "Choose a colour press, or make it black only."
            found.append(Finding("PREFLIGHT_COLOUR", Severity.WARN, message, remedy, Place(page=page)))
        if self._is_transparent:
            message = "The file uses transparency."
            place = Place(page=self._is_transparent)
            found.append(
                Finding("PREFLIGHT_TRANSPARENCY", Severity.NOTE, message, "Look at the proof.", place)
            )
        found += [
            Finding(
                "PDF_ANNOTATIONS",
                Severity.WARN,
                "Comments on the page will not print.",
                "Flatten them.",
                Place(page=p),
            )
            for p in self._comments[:20]
        ]
        return found


def _content_streams(page: Any) -> list[pikepdf.Stream]:
    contents = page.get("/Contents")
    if isinstance(contents, pikepdf.Stream):
        return [contents]
    return (
        [s for s in contents if isinstance(s, pikepdf.Stream)] if isinstance(contents, pikepdf.Array) else []
    )


def _values(
    resources: Any, key: str, *, kinds: tuple[type, ...] = (pikepdf.Dictionary, pikepdf.Stream)
) -> list[Any]:
    group = resources.get(key)
    return (
        [v for _, v in group.items() if isinstance(v, kinds)] if isinstance(group, pikepdf.Dictionary) else []
    )
