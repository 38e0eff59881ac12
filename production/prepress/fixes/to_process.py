"""Colors of a document in the inks of the press: operators, runs of tones and pictures, wherever they are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import pikepdf

from production.prepress.fixes.instructions import Instruction, named, rewrite, say
from production.prepress.fixes.pictures import convert_picture, picture_in_inks
from production.prepress.fixes.shadings import convert_shading
from production.prepress.fixes.spaces import Converted, Wanted, below, converted, is_rgb, is_spot
from production.prepress.fixes.work import Work
from production.prepress.templates.drawings import Drawing, dictionary, drawings, is_dictionary
from production.prepress.templates.names import key_of

_CMYK = pikepdf.Name.DeviceCMYK


def convert_rgb(work: Work) -> None:
    """RGB becomes CMYK by its profile; grays and black become black alone."""
    _convert(work.pdf, is_rgb)


def convert_spots(work: Work) -> None:
    """Inks beside the process inks become what the file says they look like."""
    _convert(work.pdf, is_spot)


def _convert(pdf: pikepdf.Pdf, wanted: Wanted) -> None:
    masks = _masks(pdf)
    for drawing in list(drawings(pdf)):
        if drawing.thing.objgen in masks:
            continue
        spaces = named(drawing, "/ColorSpace")
        if drawing.is_picture:
            told = drawing.thing.get("/ColorSpace")
            palette = below("Indexed", told, spaces, wanted)
            convert_picture(pdf, drawing.thing, converted(told, spaces, wanted), palette)
            continue
        for shading in _shadings(drawing):
            convert_shading(pdf, shading, converted(shading.get("/ColorSpace"), spaces, wanted))
        _convert_group(drawing.thing, wanted)
    rewrite(pdf, lambda drawing, given: _Colors(drawing, wanted).edit(given), leave=masks)
    for drawing in list(drawings(pdf)):
        if drawing.thing.objgen not in masks:
            _forget(named(drawing, "/ColorSpace"), wanted)


def _forget(spaces: Any, wanted: Wanted) -> None:
    """Nothing names them any more, but for tiles that take their color from outside: now they take inks."""
    for key, space in list(spaces.items()):
        if converted(space, spaces, wanted):
            del spaces[key]
        elif below("Pattern", space, spaces, wanted):
            spaces[key] = pikepdf.Array([pikepdf.Name.Pattern, _CMYK])


def _masks(pdf: pikepdf.Pdf) -> frozenset[tuple[int, int]]:
    """Drawings whose brightness is a mask: their colors are no ink."""
    states = (state for drawing in drawings(pdf) for state in named(drawing, "/ExtGState").values())
    groups = (dictionary(dictionary(state).get("/SMask")).get("/G") for state in states)
    return frozenset(group.objgen for group in groups if isinstance(group, pikepdf.Stream))


def _shadings(drawing: Drawing) -> list[Any]:
    """The runs of tones that a drawing names, also those of patterns."""
    patterns = (pattern for pattern in named(drawing, "/Pattern").values() if is_dictionary(pattern))
    found = [*named(drawing, "/Shading").values(), *(pattern.get("/Shading") for pattern in patterns)]
    return [one for one in found if isinstance(one, pikepdf.Dictionary | pikepdf.Stream)]


def _convert_group(thing: Any, wanted: Wanted) -> None:
    """A group that blends in a space that is left blends in inks."""
    group = dictionary(thing.get("/Group"))
    if "/CS" in group and converted(group["/CS"], {}, wanted):
        group["/CS"] = _CMYK


@dataclass
class _Pens:
    """The spaces that colors of areas and lines are in, where they are left."""

    fill: Converted | None = None
    stroke: Converted | None = None


_DEVICE = {"rg": ("fill", "k"), "RG": ("stroke", "K")}
_SPACE = {"cs": ("fill", "k"), "CS": ("stroke", "K")}
_COLOR = {"sc": ("fill", "k"), "scn": ("fill", "k"), "SC": ("stroke", "K"), "SCN": ("stroke", "K")}
_OTHER = {"g": "fill", "k": "fill", "G": "stroke", "K": "stroke"}


class _Colors:
    """The operators of one drawing."""

    def __init__(self, drawing: Drawing, wanted: Wanted) -> None:
        self.drawing, self.wanted = drawing, wanted
        self.spaces = named(drawing, "/ColorSpace")
        self.pens = _Pens()
        self.kept: list[_Pens] = []

    def edit(self, given: list[Instruction]) -> list[Instruction]:
        made = [self.said(operands, operator) for operands, operator in given]
        return made if any(one is not other for one, other in zip(made, given, strict=True)) else given

    def said(self, operands: Sequence[Any], operator: pikepdf.Operator) -> Instruction:
        """An instruction, in inks."""
        word = key_of(operator)
        if word == "q":
            self.kept.append(copy(self.pens))
        elif word == "Q" and self.kept:
            self.pens = self.kept.pop()
        elif word in _OTHER:
            setattr(self.pens, _OTHER[word], None)
        elif word in _SPACE:
            return self.space(word, operands, operator)
        elif word in _DEVICE:
            return self.device(word, operands, operator)
        elif word in _COLOR:
            return self.color(word, operands, operator)
        elif word == "INLINE IMAGE":
            return self.picture(operands, operator)
        return operands, operator

    def space(self, word: str, operands: Sequence[Any], operator: pikepdf.Operator) -> Instruction:
        """A space that is left begins with the inks of its first color (ISO 32000-1, 8.6.8)."""
        pen, ink = _SPACE[word]
        space = converted(operands[0], self.spaces, self.wanted)
        setattr(self.pens, pen, space or below("Pattern", operands[0], self.spaces, self.wanted))
        if space is None:
            return operands, operator
        return say(ink, *space.inks([0.0 if is_rgb(space.space) else 1.0] * space.space.parts))

    def device(self, word: str, operands: Sequence[Any], operator: pikepdf.Operator) -> Instruction:
        pen, ink = _DEVICE[word]
        setattr(self.pens, pen, None)
        space = converted(pikepdf.Name.DeviceRGB, {}, self.wanted)
        return say(ink, *space.inks(_numbers(operands))) if space else (operands, operator)

    def color(self, word: str, operands: Sequence[Any], operator: pikepdf.Operator) -> Instruction:
        pen, ink = _COLOR[word]
        space, *values = getattr(self.pens, pen), *operands
        tile = [values.pop()] if isinstance(values[-1], pikepdf.Name) else []
        if space is None or not values:
            return operands, operator
        return say(word if tile else ink, *space.inks(_numbers(values)), *tile)

    def picture(self, operands: Sequence[Any], operator: pikepdf.Operator) -> Instruction:
        """A picture among the operators becomes one beside them."""
        given = operands[0]
        told = given.obj.get("/ColorSpace")
        space = converted(told, self.spaces, self.wanted) or below("Indexed", told, self.spaces, self.wanted)
        if space is None or not is_rgb(space.space) or not is_dictionary(self.drawing.resources):
            return operands, operator
        name = pikepdf.Name(f"/Inline{len(self.drawing.resources.get('/XObject', {}))}")
        if "/XObject" not in self.drawing.resources:
            self.drawing.resources["/XObject"] = pikepdf.Dictionary()
        beside = pikepdf.Stream(self.drawing.pdf, given.read_raw_bytes(), given.obj)
        beside["/Type"], beside["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Image
        picture = pikepdf.PdfImage(beside).as_pil_image()
        self.drawing.resources["/XObject"][name] = picture_in_inks(self.drawing.pdf, picture, space)
        return say("Do", name)


def _numbers(operands: Sequence[Any]) -> list[float]:
    return [float(value) for value in operands]
