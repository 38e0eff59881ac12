"""What pages paint: their operators read, through forms, patterns, shadings and Type 3 glyphs. Called only inside
the sandbox.

Every drawing is read once; what it uses is kept and placed wherever a page draws it again.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import count
from typing import Any

import pikepdf

from production.prepress.preflight.color import BLACK, CMYK, GRAY, RGB, Coat, Space, read_space
from production.prepress.preflight.geometry import displayed
from production.prepress.preflight.marks import (
    INK,
    LINE,
    STILL,
    TEXT,
    WHITE,
    Mark,
    Marks,
    Matrix,
    around,
    moved,
    scale_of,
    times,
)
from production.prepress.preflight.pictures import Picture, heaviest, is_whole
from production.prepress.preflight.safety import Broken, Refused
from production.prepress.templates.names import name_of
from production.prepress.templates.page_boxes import Box
from production.prepress.templates.template import content_streams, inherited

_MAX_DEPTH = 30
_PLAIN_BLENDS = {"Normal", "Compatible"}
# Text rendering modes (ISO 32000-1, 9.3.6): of the words behind a scan, and those that draw outlines.
_UNSEEN_TEXT, _OUTLINED_TEXT, _FILLED_TEXT = 3, {1, 2, 5, 6}, {0, 2, 4, 6}
_TWO_INKS = 2  # text in one or two inks stays sharp
_DESCENT = -0.2  # of the size of text: how far letters reach under their line
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
    of which a part is missing; ``inks`` by name; ``marks``: the worst places, and the first of each color."""

    colors: set[str] = field(default_factory=set)
    inks: set[str] = field(default_factory=set)
    marks: Marks = field(default_factory=Marks)
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
    def coarsest(self) -> Picture | None:
        """The picture with the fewest dots an inch of those large enough to be looked at."""
        return min(
            (one for one in self.pictures.values() if one.is_seen), key=lambda one: one.dpi, default=None
        )

    def draw(self, other: Uses, matrix: Matrix) -> None:
        """Another drawing inside this one."""
        self.colors |= other.colors
        self.inks |= other.inks
        self.marks.draw(other.marks, matrix)
        self.broken |= other.broken
        self.is_transparent |= other.is_transparent
        for name, is_embedded in other.fonts.items():
            self.font(name, is_embedded=is_embedded)
        for key, picture in other.pictures.items():
            self.picture(key, picture.placed(matrix))


@dataclass
class _Pen:
    """The part of the graphics state that is followed."""

    matrix: Matrix
    fill: Space = GRAY
    stroke: Space = GRAY
    fill_coat: Coat = BLACK
    stroke_coat: Coat = BLACK
    fill_overprints: bool = False
    stroke_overprints: bool = False
    width: float = 1.0
    font: Any = None
    size: float = 0.0
    leading: float = 0.0
    text_mode: int = 0


class Reader:
    """Reads the pages of one document. ``broken``: its streams that cannot be unpacked whole; ``weighs``: whether
    the ink of its pictures is asked for."""

    def __init__(self, pdf: pikepdf.Pdf, broken: Broken, *, weighs: bool = False) -> None:
        self.pdf, self.broken, self.weighs = pdf, broken, weighs
        self.number = 0
        self.inlines = count()
        self._known: dict[tuple[int, int], Uses] = {}
        self._whole: dict[tuple[int, int], bool] = {}
        self._weights: dict[tuple[int, int], float] = {}

    def check(self, page: Any, number: int) -> None:
        """Refused when the page's own drawing is not whole."""
        self.number = number
        streams = content_streams(page)
        is_none = not streams and isinstance(page.get("/Contents"), pikepdf.Dictionary)
        if is_none or any(stream.objgen in self.broken for stream in streams):
            raise self.refused()

    def page(self, page: Any, number: int) -> Uses:
        """What a page uses, in points as displayed. Refused when its drawing cannot be read."""
        self.number = number
        streams = content_streams(page)
        if len(streams) != 1:  # an operator may begin in one and end in the next
            joined = b"\n".join(self.unpacked(stream) for stream in streams)
            streams = [pikepdf.Stream(self.pdf, joined)]
        return self.read(streams[0], inherited(page, "/Resources"), displayed(page).matrix, 0)

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
            self._known[key] = self.read(stream, stream.get("/Resources", resources), STILL, depth)
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
            act = _ACTS.get(bytes(instruction.operator))
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
        """Their pictures and marks are left out: how large a glyph is set is another matter."""
        uses = Uses()
        uses.font(name_of(font.get("/Name")) or "without a name", is_embedded=True)
        for glyph in font["/CharProcs"].values():
            if isinstance(glyph, pikepdf.Stream):
                drawn = self.drawing(glyph, font.get("/Resources"), 1)
                uses.draw(replace(drawn, pictures={}, marks=Marks()), STILL)
        return uses

    def is_whole(self, image: pikepdf.Stream, space: Space) -> bool:
        """Whether a picture can be read to its end."""
        if image.objgen not in self._whole:
            self._whole[image.objgen] = is_whole(image, space, self.broken)
        return self._whole[image.objgen]

    def weight(self, image: pikepdf.Stream, space: Space) -> float:
        """The most ink at a place of a picture, as a share of full strength; 0 where it is not asked for."""
        if not self.weighs or image.objgen in self.broken:
            return 0.0
        if image.objgen not in self._weights:
            self._weights[image.objgen] = heaviest(image, space)
        return self._weights[image.objgen]

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
        self.path: list[Any] = []  # operands of the path so far
        self.moves: list[tuple[str, Any]] = []  # what set the place of text since it began
        self.fonts: dict[bytes, Any] = {}
        self.shown: set[int] = set()  # fonts that showed text, by their place in the memory
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
        self.overprint(state)
        self.pen.width = float(state.get("/LW", self.pen.width))
        blends = state.get("/BM", pikepdf.Name.Normal)
        blend = name_of(blends[0] if isinstance(blends, pikepdf.Array) else blends)
        mask = state.get("/SMask")
        self.uses.is_transparent |= (
            float(state.get("/ca", 1)) < 1
            or float(state.get("/CA", 1)) < 1
            or isinstance(mask, pikepdf.Dictionary)
            or blend not in _PLAIN_BLENDS
        )

    def overprint(self, state: Any) -> None:
        """``/OP`` alone is said of both (ISO 32000-1, table 58)."""
        if "/OP" in state:
            self.pen.stroke_overprints = self.pen.fill_overprints = bool(state["/OP"])
        if "/op" in state:
            self.pen.fill_overprints = bool(state["/op"])

    def width(self, operands: Any) -> None:
        self.pen.width = float(operands[0])

    # --- color

    def paint(self, color: str) -> None:
        if color and not self.is_uncolored:
            self.uses.colors.add(color)

    def space(self, name: Any) -> Space:
        return read_space(name, self.group("/ColorSpace"))

    def color(self, which: str, operands: Any) -> None:
        values, coat = list(operands), Coat()
        if values and isinstance(values[-1], pikepdf.Name):
            self.pattern(self.named("/Pattern", values.pop()))
        if values:
            coat = getattr(self.pen, which).coat([float(value) for value in values])
        self.dip(which, coat)

    def dip(self, which: str, coat: Coat) -> None:
        setattr(self.pen, which + "_coat", coat)
        if not self.is_uncolored:
            self.paint(coat.color)
            self.uses.inks.update(coat.inks)

    def pattern(self, pattern: Any) -> None:
        if isinstance(pattern, pikepdf.Stream):
            uses = self.reader.drawing(pattern, self.resources, self.depth + 1)
            if pattern.get("/PaintType") == _UNCOLORED:
                uses = replace(uses, colors=set(), inks=set(), marks=Marks())
            self.uses.draw(uses, times(_matrix(pattern), self.base))
        else:
            self.tones(pattern.get("/Shading"))

    def shading(self, operands: Any) -> None:
        self.tones(self.named("/Shading", operands[0]))

    def tones(self, shading: Any) -> None:
        space = self.space(shading["/ColorSpace"])
        self.paint(space.color)
        self.uses.inks.update(space.all_inks)

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
            self.uses.inks.update(space.all_inks)
        picture = Picture(int(image["/Width"]), int(image["/Height"]), self.pen.matrix)
        self.uses.picture(key, picture)
        if isinstance(image, pikepdf.Stream):
            self.uses.marks.add(INK, Mark(picture.box, self.reader.weight(image, space)))
        if space.color:
            self.uses.marks.add(space.color, Mark(picture.box))
        mask = image.get("/SMask")
        self.uses.is_transparent |= isinstance(mask, pikepdf.Stream) or int(image.get("/SMaskInData", 0)) > 0
        parts = [part for part in ((image, space), (mask, GRAY)) if isinstance(part[0], pikepdf.Stream)]
        if not all(self.reader.is_whole(*part) for part in parts):
            self.uses.broken.add("picture")

    def extend(self, operands: Any) -> None:
        self.path.append(operands)

    def rectangle(self, operands: Any) -> None:
        x, y, width, height = map(float, operands)
        self.path.append((x, y, x + width, y + height))

    def end_path(self, _: Any) -> None:
        self.path.clear()

    def extent(self) -> Box:
        """The box around the path."""
        numbers = [float(value) for operands in self.path for value in operands]
        return moved(
            around(list(zip(numbers[::2], numbers[1::2], strict=False)) or [(0.0, 0.0)]), self.pen.matrix
        )

    def draw_path(self, *, fills: bool, strokes: bool) -> None:
        pen = self.pen
        if fills:
            self.inked(pen.fill_coat, self.extent, overprints=pen.fill_overprints)
        if strokes:
            self.inked(pen.stroke_coat, self.extent, overprints=pen.stroke_overprints)
            self.line(self.extent)
        self.path.clear()

    def inked(self, coat: Coat, extent: Callable[[], Box], *, overprints: bool) -> None:
        """Ink at a place. Its box is worked out only where it is worse than what is known."""
        marks = self.uses.marks
        if self.is_uncolored:
            return
        if marks.is_worse(INK, coat.weight):
            marks.add(INK, Mark(extent(), coat.weight))
        if overprints and coat.is_white:
            marks.add(WHITE, Mark(extent()))
        if coat.color and coat.color not in marks:
            marks.add(coat.color, Mark(extent()))

    def line(self, extent: Callable[[], Box]) -> None:
        width = self.pen.width * scale_of(self.pen.matrix)
        if self.uses.marks.is_worse(LINE, width):
            self.uses.marks.add(LINE, Mark(extent(), width))

    # --- text

    def font(self, operands: Any) -> None:
        name, size = operands
        self.pen.font, self.pen.size = None, float(size)
        known = bytes(name)
        if known not in self.fonts:
            self.fonts[known] = self.named("/Font", name)
        self.pen.font = self.fonts[known]

    def begin_text(self, _: Any) -> None:
        self.moves.clear()

    def leading(self, operands: Any) -> None:
        self.pen.leading = float(operands[0])

    def text_matrix(self) -> Matrix:
        """Where the line begins that text is shown on (ISO 32000-1, 9.4.2)."""
        line, leading = STILL, self.pen.leading
        for word, operands in self.moves:
            if word == "Tm":
                a, b, c, d, e, f = map(float, operands)
                line = (a, b, c, d, e, f)
                continue
            x, y = (0.0, -leading) if word == "T*" else map(float, operands)
            leading = -y if word == "TD" else leading
            line = times((1.0, 0.0, 0.0, 1.0, x, y), line)
        return times(line, self.pen.matrix)

    def text_mode(self, operands: Any) -> None:
        self.pen.text_mode = int(operands[0])

    def show(self, operands: Any) -> None:
        pen = self.pen
        if pen.font is None or pen.text_mode == _UNSEEN_TEXT:
            return
        if pen.text_mode in _OUTLINED_TEXT:
            self.inked(pen.stroke_coat, lambda: self.words(operands), overprints=pen.stroke_overprints)
            self.line(lambda: self.words(operands))
        if pen.text_mode in _FILLED_TEXT:
            self.inked(pen.fill_coat, lambda: self.words(operands), overprints=pen.fill_overprints)
            self.small_text(pen.fill_coat, operands)
        if id(pen.font) in self.shown:
            return
        self.shown.add(id(pen.font))
        uses = self.reader.font(pen.font)
        self.uses.draw(
            replace(uses, colors=set(), inks=set(), marks=Marks()) if self.is_uncolored else uses, STILL
        )

    def small_text(self, coat: Coat, operands: Any) -> None:
        if coat.plates <= _TWO_INKS or self.is_uncolored:
            return
        size = self.pen.size * scale_of(self.text_matrix())
        if self.uses.marks.is_worse(TEXT, size):
            self.uses.marks.add(TEXT, Mark(self.words(operands), size, coat.plates))

    def words(self, operands: Any) -> Box:
        """About where text stands: its letters are taken to be half as wide as high."""
        shown = [
            part
            for operand in operands
            for part in (operand if isinstance(operand, pikepdf.Array) else [operand])
        ]
        letters = sum(len(bytes(part)) for part in shown if isinstance(part, pikepdf.String))
        size = self.pen.size
        return moved((0.0, _DESCENT * size, letters * size / 2, size + _DESCENT * size), self.text_matrix())

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
    return (*values,) if len(values) == len(STILL) else STILL  # type: ignore[return-value]


def has_gaps(page: Any) -> bool:
    """Whether a part of the page's content is missing from the file."""
    contents = page.get("/Contents")
    return isinstance(contents, pikepdf.Array) and len(content_streams(page)) < len(contents)


def _set_space(which: str) -> _Act:
    def act(drawing: _Drawing, operands: Any) -> None:
        space = drawing.space(operands[0])
        setattr(drawing.pen, which, space)
        setattr(drawing.pen, which + "_coat", space.coat([1.0]) if space.model == "spot" else BLACK)

    return act


def _set_color(which: str) -> _Act:
    return lambda drawing, operands: drawing.color(which, operands)


def _set_device(which: str, space: Space) -> _Act:
    coat = lru_cache(maxsize=4096)(lambda *values: space.coat(values))

    def act(drawing: _Drawing, operands: Any) -> None:
        setattr(drawing.pen, which, space)
        drawing.dip(which, coat(*map(float, operands)))

    return act


def _draw_path(*, fills: bool = False, strokes: bool = False) -> _Act:
    return lambda drawing, _: drawing.draw_path(fills=fills, strokes=strokes)


def _move_text(word: str) -> _Act:
    return lambda drawing, operands: drawing.moves.append((word, operands))


def _show_on_next_line(drawing: _Drawing, operands: Any) -> None:
    drawing.moves.append(("T*", ()))
    drawing.show(operands)


_Act = Callable[[_Drawing, Any], None]
_ACTS_BY_WORD: dict[str, _Act] = {
    "q": _Drawing.keep, "Q": _Drawing.give_back, "cm": _Drawing.move, "gs": _Drawing.state, "w": _Drawing.width,
    "cs": _set_space("fill"), "CS": _set_space("stroke"),
    **dict.fromkeys(("sc", "scn"), _set_color("fill")), **dict.fromkeys(("SC", "SCN"), _set_color("stroke")),
    "g": _set_device("fill", GRAY), "G": _set_device("stroke", GRAY),
    "rg": _set_device("fill", RGB), "RG": _set_device("stroke", RGB),
    "k": _set_device("fill", CMYK), "K": _set_device("stroke", CMYK),
    **dict.fromkeys(("m", "l", "c", "v", "y"), _Drawing.extend), "re": _Drawing.rectangle, "n": _Drawing.end_path,
    **dict.fromkeys(("f", "F", "f*"), _draw_path(fills=True)),
    **dict.fromkeys(("S", "s"), _draw_path(strokes=True)),
    **dict.fromkeys(("B", "B*", "b", "b*"), _draw_path(fills=True, strokes=True)),
    "sh": _Drawing.shading, "Do": _Drawing.draw, "INLINE IMAGE": _Drawing.inline,
    "BT": _Drawing.begin_text, "Tf": _Drawing.font, "Tr": _Drawing.text_mode, "TL": _Drawing.leading,
    **{word: _move_text(word) for word in ("Td", "TD", "Tm", "T*")},
    **dict.fromkeys(("Tj", "TJ"), _Drawing.show), **dict.fromkeys(("'", '"'), _show_on_next_line),
    "d1": _Drawing.uncolored,
}  # fmt: skip
_ACTS = {word.encode(): act for word, act in _ACTS_BY_WORD.items()}
_WANTED = " ".join([*_ACTS_BY_WORD, "BI", "ID", "EI"])
