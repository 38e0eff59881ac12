"""Small black text in black alone."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import pikepdf

from production.catalog.press_limits import OrderLimits
from production.prepress.fixes.instructions import Instruction, named, rewrite, say
from production.prepress.fixes.placing import scale_by, smallest_scales
from production.prepress.fixes.work import Work
from production.prepress.preflight.color import ALL, BLACK, CMYK, GRAY, RGB, Coat, Space, read_space
from production.prepress.templates.drawings import Drawing
from production.prepress.templates.names import key_of

# Shares of full strength from which a color is black to the eye: of black itself, or of all colored inks.
_BLACK, _COLORED = 0.8, 0.75  # shop to confirm
_SHOWS, _FILLED = frozenset({"Tj", "TJ", "'", '"'}), frozenset({0, 2, 4, 6})
_DEVICE = {"g": GRAY, "rg": RGB, "k": CMYK}


def black_text(work: Work) -> None:
    """Text under the limit that is black to the eye and made of several inks; the color of everything else
    stays."""
    scales, limits = smallest_scales(work.pdf), work.limits
    rewrite(
        work.pdf,
        lambda drawing, given: _Text(drawing, scales.get(drawing.thing.objgen, 1.0), limits).edit(given),
    )


@dataclass
class _Pen:
    """What decides the color and size of text; ``said``: the instructions that set the color."""

    scale: float
    space: Space = GRAY
    coat: Coat = BLACK
    is_black: bool = True
    size: float = 0.0
    mode: int = 0
    said: list[Instruction] = field(default_factory=lambda: [say("g", 0)])


class _Text:
    """One drawing."""

    def __init__(self, drawing: Drawing, scale: float, limits: OrderLimits) -> None:
        self.spaces, self.limits = named(drawing, "/ColorSpace"), limits
        self.pen, self.line = _Pen(scale), 1.0
        self.kept: list[_Pen] = []

    def edit(self, given: list[Instruction]) -> list[Instruction]:
        made: list[Instruction] = []
        for operands, operator in given:
            word = key_of(operator)
            self.follow(word, operands, operator)
            is_small = word in _SHOWS and self.is_small_black()
            made += [say("k", 0, 0, 0, 1)] if is_small else []
            made.append((operands, operator))
            made += self.pen.said if is_small else []
        return made if len(made) > len(given) else given

    def is_small_black(self) -> bool:
        pen, limits = self.pen, self.limits
        size = pen.size * self.line * pen.scale
        is_blurred = pen.coat.plates > limits.text_inks and pen.mode in _FILLED
        return is_blurred and pen.is_black and size < limits.small_text_pt

    def follow(self, word: str, operands: Sequence[Any], operator: pikepdf.Operator) -> None:
        """The part of the graphics state that text depends on."""
        pen = self.pen
        if word == "q":
            self.kept.append(copy(pen))
        elif word == "Q" and self.kept:
            self.pen = self.kept.pop()
        elif word == "cm":
            pen.scale *= scale_by(operands)
        elif word == "BT":
            self.line = 1.0
        elif word == "Tm":
            self.line = scale_by(operands)
        elif word == "Tf":
            pen.size = float(operands[1])
        elif word == "Tr":
            pen.mode = int(operands[0])
        elif word == "cs":
            pen.space, pen.said = read_space(operands[0], self.spaces), [(operands, operator)]
        elif word in _DEVICE:
            pen.space = _DEVICE[word]
            self.dip(operands, [(operands, operator)])
        elif word in {"sc", "scn"} and not isinstance(operands[-1], pikepdf.Name):
            self.dip(operands, [*pen.said[:1], (operands, operator)])

    def dip(self, operands: Sequence[Any], said: list[Instruction]) -> None:
        values, pen = [float(value) for value in operands], self.pen
        pen.coat, pen.said = pen.space.coat(values), said
        shares = dict(zip(pen.space.inks, values, strict=False))
        colored = [shares.get(ink, 0.0) for ink in CMYK.inks[:-1]]
        pen.is_black = (
            max(shares.get("Black", 0.0), shares.get(ALL, 0.0)) >= _BLACK or min(colored) >= _COLORED
        )
