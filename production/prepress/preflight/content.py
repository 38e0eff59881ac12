"""What pages paint: their operators read, through forms, patterns, shadings and Type 3 glyphs. Called only inside
the sandbox.

Every drawing is read once; what it uses is kept and placed wherever a page draws it again.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import pikepdf

from production.prepress.preflight.color import CMYK, GRAY, RGB, Space, read_space
from production.prepress.preflight.pictures import Matrix, Picture, is_whole, times
from production.prepress.preflight.safety import Broken, Refused
from production.prepress.templates.names import key_of, name_of
from production.prepress.templates.template import content_streams, inherited

_MAX_DEPTH = 30
_STILL: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_PLAIN_BLENDS = {"Normal", "Compatible"}
_UNSEEN_TEXT = 3  # text rendering mode of the words behind a scan (ISO 32000-1, 9.3.6)
_UNCOLORED = 2  # paint type of a pattern that takes its color from outside
_MALFORMED = (
    pikepdf.PdfError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    IndexError,
    ArithmeticError,
    RuntimeError,
)
_DAMAGED = "A page's drawing is damaged."


@dataclass(slots=True)
class Uses:
    """What a drawing uses, with everything drawn inside it. ``fonts``: those that show text, by name, and whether
    embedded; ``pictures``: by object, at the place where it is largest; ``broken``: kinds of things (picture, font)
    of which a part is missing."""

    colors: set[str] = field(default_factory=set)
    fonts: dict[str, bool] = field(default_factory=dict)
    is_transparent: bool = False
    pictures: dict[Any, Picture] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)

    def font(self, name: str, *, is_embedded: bool) -> None:
        """One font of this name that is not embedded is one too many."""
        self.fonts[name] = self.fonts.get(name, True) and is_embedded

    def picture(self, key: Any, picture: Picture) -> None:
        """Keeps the place where the dots are largest."""
        known = self.pictures.get(key)
        if known is None or picture.dpi < known.dpi:
            self.pictures[key] = picture

    @property
    def dpi(self) -> float | None:
        """The fewest dots an inch of a picture that is large enough to be looked at."""
        return min((one.dpi for one in self.pictures.values() if one.is_seen), default=None)

    def draw(self, other: Uses, matrix: Matrix) -> None:
        """Another drawing inside this one."""
        self.colors |= other.colors
        self.broken |= other.broken
        self.is_transparent |= other.is_transparent
        for name, is_embedded in other.fonts.items():
            self.font(name, is_embedded=is_embedded)
        for key, picture in other.pictures.items():
            self.picture(key, picture.placed(matrix))


@dataclass(slots=True)
class _Pen:
    """The part of the graphics state that is followed."""

    matrix: Matrix
    fill: Space = GRAY
    stroke: Space = GRAY
    font: Any = None
    text_mode: int = 0


class Reader:
    """Reads the pages of one document. ``broken``: its streams that cannot be unpacked whole."""

    def __init__(self, pdf: pikepdf.Pdf, broken: Broken) -> None:
        self.pdf, self.broken = pdf, broken
        self.number = 0
        self.inlines = count()
        self._known: dict[tuple[int, int], Uses] = {}
        self._whole: dict[tuple[int, int], bool] = {}

    def check(self, page: Any, number: int) -> None:
        """Refused when the page's own drawing is not whole."""
        self.number = number
        streams = content_streams(page)
        is_none = not streams and isinstance(page.get("/Contents"), pikepdf.Dictionary)
        if is_none or any(stream.objgen in self.broken for stream in streams):
            raise self.refused()

    def page(self, page: Any, number: int) -> Uses:
        """What a page uses, its own space scaled to points. Refused when its drawing cannot be read."""
        self.number = number
        streams = content_streams(page)
        if len(streams) != 1:  # an operator may begin in one and end in the next
            joined = b"\n".join(self.unpacked(stream) for stream in streams)
            streams = [pikepdf.Stream(self.pdf, joined)]
        unit = float(inherited(page, "/UserUnit", 1))
        return self.read(streams[0], inherited(page, "/Resources"), (unit, 0.0, 0.0, unit, 0.0, 0.0), 0)

    def drawing(self, stream: pikepdf.Stream, resources: Any, depth: int) -> Uses:
        """What a form, pattern or glyph uses, in its own space."""
        key = stream.objgen
        if depth > _MAX_DEPTH:
            message = "Drawings are nested too deeply."
            raise Refused("PDF_TOO_COMPLEX", message, page=self.number)
        if key in self.broken:
            raise self.refused()
        if key not in self._known:
            self._known[key] = Uses()  # a drawing inside itself adds nothing
            self._known[key] = self.read(stream, stream.get("/Resources", resources), _STILL, depth)
        return self._known[key]

    def read(self, stream: pikepdf.Stream, resources: Any, matrix: Matrix, depth: int) -> Uses:
        """One content stream."""
        drawing = _Drawing(self, resources, matrix, depth)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # values without an operator at the end
                instructions = pikepdf.parse_content_stream(stream, _WANTED)
        except _MALFORMED:
            raise self.refused() from None
        for instruction in instructions:
            act = _ACTS.get(key_of(instruction.operator))
            try:
                if act is not None:
                    act(drawing, instruction.operands)
            except _MALFORMED:
                continue  # an operator without what it needs draws nothing (ISO 32000-1, 7.8.2)
        return drawing.uses

    def font(self, font: Any) -> Uses:
        """What text in a font uses: the font itself, or the glyphs that a Type 3 font draws."""
        key = font.objgen
        if key == (0, 0) or key not in self._known:
            self._known[key] = Uses()  # a glyph that shows text in its own font adds nothing
            is_drawn = font.get("/Subtype") == "/Type3"
            self._known[key] = self._glyphs(font) if is_drawn else self._font(font)
        return self._known[key]

    def _font(self, font: Any) -> Uses:
        uses = Uses()
        bearer = font["/DescendantFonts"][0] if "/DescendantFonts" in font else font
        descriptor = bearer.get("/FontDescriptor")
        keys = ("/FontFile", "/FontFile2", "/FontFile3") if isinstance(descriptor, pikepdf.Dictionary) else ()
        programs = [descriptor[key] for key in keys if key in descriptor]
        uses.font(name_of(font.get("/BaseFont")) or "without a name", is_embedded=bool(programs))
        if any(program.objgen in self.broken for program in programs):
            uses.broken.add("font")
        return uses

    def _glyphs(self, font: Any) -> Uses:
        """Their pictures are left out: how large a glyph is set is another matter."""
        uses = Uses()
        uses.font(name_of(font.get("/Name")) or "without a name", is_embedded=True)
        for glyph in font["/CharProcs"].values():
            if isinstance(glyph, pikepdf.Stream):
                drawn = self.drawing(glyph, font.get("/Resources"), 1)
                uses.draw(replace(drawn, pictures={}), _STILL)
        return uses

    def is_whole(self, image: pikepdf.Stream, space: Space) -> bool:
        """Whether a picture can be read to its end."""
        if image.objgen not in self._whole:
            self._whole[image.objgen] = is_whole(image, space, self.broken)
        return self._whole[image.objgen]

    def unpacked(self, stream: pikepdf.Stream) -> bytes:
        """A content stream's bytes."""
        try:
            return bytes(stream.read_bytes())
        except pikepdf.PdfError:
            raise self.refused() from None

    def refused(self) -> Refused:
        """A drawing of the page at hand is damaged."""
        return Refused("PDF_DAMAGED", _DAMAGED, page=self.number)


class _Drawing:
    """One content stream being read."""

    def __init__(self, reader: Reader, resources: Any, matrix: Matrix, depth: int) -> None:
        self.reader, self.depth = reader, depth
        self.resources = resources if isinstance(resources, pikepdf.Dictionary) else pikepdf.Dictionary()
        self.uses = Uses()
        self.base = matrix
        self.pen = _Pen(matrix)
        self.kept: list[_Pen] = []
        self.shown: Any = None  # the font that showed text last
        self.is_uncolored = False

    # --- state

    def keep(self, _: Any) -> None:
        self.kept.append(copy(self.pen))

    def give_back(self, _: Any) -> None:
        if self.kept:
            self.pen = self.kept.pop()

    def move(self, operands: Any) -> None:
        a, b, c, d, e, f = map(float, operands)
        self.pen.matrix = times((a, b, c, d, e, f), self.pen.matrix)

    def state(self, operands: Any) -> None:
        state = self.named("/ExtGState", operands[0])
        blends = state.get("/BM", pikepdf.Name.Normal)
        blend = name_of(blends[0] if isinstance(blends, pikepdf.Array) else blends)
        mask = state.get("/SMask")
        self.uses.is_transparent |= (
            float(state.get("/ca", 1)) < 1
            or float(state.get("/CA", 1)) < 1
            or isinstance(mask, pikepdf.Dictionary)
            or blend not in _PLAIN_BLENDS
        )

    # --- color

    def paint(self, color: str) -> None:
        if color and not self.is_uncolored:
            self.uses.colors.add(color)

    def space(self, name: Any) -> Space:
        return read_space(name, self.group("/ColorSpace"))

    def color(self, space: Space, operands: Any) -> None:
        values = list(operands)
        if values and isinstance(values[-1], pikepdf.Name):
            self.pattern(self.named("/Pattern", values.pop()))
        if values:
            self.paint(space.paint([float(value) for value in values]))

    def pattern(self, pattern: Any) -> None:
        if isinstance(pattern, pikepdf.Stream):
            uses = self.reader.drawing(pattern, self.resources, self.depth + 1)
            if pattern.get("/PaintType") == _UNCOLORED:
                uses = replace(uses, colors=set())
            self.uses.draw(uses, times(_matrix(pattern), self.base))
        else:
            self.tones(pattern.get("/Shading"))

    def shading(self, operands: Any) -> None:
        self.tones(self.named("/Shading", operands[0]))

    def tones(self, shading: Any) -> None:
        self.paint(self.space(shading["/ColorSpace"]).color)

    # --- what is drawn

    def draw(self, operands: Any) -> None:
        thing = self.named("/XObject", operands[0])
        if thing.get("/Subtype") == "/Image":
            self.picture(thing, thing.objgen)
        elif thing.get("/Subtype") == "/Form":
            uses = self.reader.drawing(thing, self.resources, self.depth + 1)
            self.uses.draw(uses, times(_matrix(thing), self.pen.matrix))

    def inline(self, operands: Any) -> None:
        self.picture(operands[0].obj, ("inline", next(self.reader.inlines)))

    def picture(self, image: Any, key: Any) -> None:
        space = GRAY
        if not image.get("/ImageMask", False) and "/ColorSpace" in image:
            space = self.space(image["/ColorSpace"])
            self.paint(space.color)
        self.uses.picture(key, Picture(int(image["/Width"]), int(image["/Height"]), self.pen.matrix))
        mask = image.get("/SMask")
        self.uses.is_transparent |= isinstance(mask, pikepdf.Stream) or int(image.get("/SMaskInData", 0)) > 0
        parts = [part for part in ((image, space), (mask, GRAY)) if isinstance(part[0], pikepdf.Stream)]
        if not all(self.reader.is_whole(*part) for part in parts):
            self.uses.broken.add("picture")

    def font(self, operands: Any) -> None:
        self.pen.font = self.named("/Font", operands[0])

    def text_mode(self, operands: Any) -> None:
        self.pen.text_mode = int(operands[0])

    def show(self, _: Any) -> None:
        font = self.pen.font
        if font is None or font is self.shown or self.pen.text_mode == _UNSEEN_TEXT:
            return
        self.shown = font
        uses = self.reader.font(font)
        self.uses.draw(replace(uses, colors=set()) if self.is_uncolored else uses, _STILL)

    def uncolored(self, _: Any) -> None:
        self.is_uncolored = True

    # --- resources

    def group(self, key: str) -> Any:
        group = self.resources.get(key)
        return group if isinstance(group, pikepdf.Dictionary) else pikepdf.Dictionary()

    def named(self, key: str, name: Any) -> Any:
        """The resource an operator names; KeyError when there is none."""
        found = self.group(key).get(name)
        if found is None:
            raise KeyError(key)
        return found


def _matrix(thing: Any) -> Matrix:
    values = [float(value) for value in thing.get("/Matrix", [])]
    return (*values,) if len(values) == len(_STILL) else _STILL  # type: ignore[return-value]


def has_gaps(page: Any) -> bool:
    """Whether a part of the page's content is missing from the file."""
    contents = page.get("/Contents")
    return isinstance(contents, pikepdf.Array) and len(content_streams(page)) < len(contents)


def _set_space(which: str) -> _Act:
    def act(drawing: _Drawing, operands: Any) -> None:
        setattr(drawing.pen, which, drawing.space(operands[0]))

    return act


def _set_color(which: str) -> _Act:
    return lambda drawing, operands: drawing.color(getattr(drawing.pen, which), operands)


def _set_device(which: str, space: Space) -> _Act:
    def act(drawing: _Drawing, operands: Any) -> None:
        setattr(drawing.pen, which, space)
        drawing.color(space, operands)

    return act


_Act = Callable[[_Drawing, Any], None]
_ACTS: dict[str, _Act] = {
    "q": _Drawing.keep, "Q": _Drawing.give_back, "cm": _Drawing.move, "gs": _Drawing.state,
    "cs": _set_space("fill"), "CS": _set_space("stroke"),
    **dict.fromkeys(("sc", "scn"), _set_color("fill")), **dict.fromkeys(("SC", "SCN"), _set_color("stroke")),
    "g": _set_device("fill", GRAY), "G": _set_device("stroke", GRAY),
    "rg": _set_device("fill", RGB), "RG": _set_device("stroke", RGB),
    "k": _set_device("fill", CMYK), "K": _set_device("stroke", CMYK),
    "sh": _Drawing.shading, "Do": _Drawing.draw, "INLINE IMAGE": _Drawing.inline,
    "Tf": _Drawing.font, "Tr": _Drawing.text_mode, "d1": _Drawing.uncolored,
    **dict.fromkeys(("Tj", "TJ", "'", '"'), _Drawing.show),
}  # fmt: skip
_WANTED = " ".join([*_ACTS, "BI", "ID", "EI"])
