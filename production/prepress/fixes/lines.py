"""Lines at least as wide as a press prints them."""

from __future__ import annotations

from math import ceil

from production.prepress.fixes.instructions import Instruction, named, rewrite, say
from production.prepress.fixes.placing import scale_by, smallest_scales
from production.prepress.fixes.work import Work
from production.prepress.templates.drawings import Drawing
from production.prepress.templates.names import key_of

_STARTS = frozenset({"m", "re"})
_STROKES = frozenset({"S", "s", "B", "B*", "b", "b*"})
_ENDS = _STROKES | {"f", "F", "f*", "n"}
_SHOWS, _OUTLINED = frozenset({"Tj", "TJ", "'", '"'}), frozenset({1, 2, 5, 6})
_DIGITS = 10_000  # of a unit: instructions tell four


def thicken_lines(work: Work) -> None:
    """Thinner lines become as wide as the limit where they are smallest, others stay as they are."""
    scales, least = smallest_scales(work.pdf), work.limits.least_line_pt
    rewrite(
        work.pdf,
        lambda drawing, given: _Lines(drawing, least / scales.get(drawing.thing.objgen, 1.0)).edit(given),
    )


class _Lines:
    """One drawing. ``least`` width in its own space."""

    def __init__(self, drawing: Drawing, least: float) -> None:
        self.states, self.least = named(drawing, "/ExtGState"), least
        self.scale, self.width, self.mode = 1.0, 1.0, 0
        self.kept: list[tuple[float, float, int]] = []

    def edit(self, given: list[Instruction]) -> list[Instruction]:
        made: list[Instruction] = []
        start: int | None = None  # of the path that is drawn
        for operands, operator in given:
            word = key_of(operator)
            self.follow(word, operands)
            if word in _STARTS and start is None:
                start = len(made)
            made.append((operands, operator))
            is_text = word in _SHOWS and self.mode in _OUTLINED
            if (word in _STROKES or is_text) and self.width * self.scale < self.least:
                wide = ceil(self.least / self.scale * _DIGITS) / _DIGITS
                made.insert(len(made) - 1 if is_text or start is None else start, say("w", wide))
                made.append(say("w", self.width))
            start = None if word in _ENDS else start
        return made if len(made) > len(given) else given

    def follow(self, word: str, operands: object) -> None:
        """The part of the graphics state that widths depend on."""
        values = list(operands)  # type: ignore[call-overload]
        if word == "q":
            self.kept.append((self.scale, self.width, self.mode))
        elif word == "Q" and self.kept:
            self.scale, self.width, self.mode = self.kept.pop()
        elif word == "cm":
            self.scale *= scale_by(values)
        elif word == "w":
            self.width = float(values[0])
        elif word == "Tr":
            self.mode = int(values[0])
        elif word == "gs" and values[0] in self.states:
            self.width = float(self.states[values[0]].get("/LW", self.width))
