"""How small drawings are placed: a form may be drawn at several sizes, and the smallest one counts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pikepdf

from production.prepress.preflight.geometry import displayed
from production.prepress.preflight.marks import Matrix, scale_of
from production.prepress.templates.drawings import dictionary
from production.prepress.templates.names import key_of
from production.prepress.templates.template import inherited

_MAX_DEPTH = 30
_STILL: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)

Scales = dict[tuple[int, int], float]


def smallest_scales(pdf: pikepdf.Pdf) -> Scales:
    """By object: points on paper of a unit of the drawing's own space, at the place where it is smallest."""
    scales: Scales = {}
    for page in pdf.pages:
        resources = inherited(page.obj, "/Resources", pikepdf.Dictionary())
        _place(page.obj, resources, displayed(page.obj).unit, scales, 0)
    return scales


def _place(thing: Any, resources: Any, scale: float, scales: Scales, depth: int) -> None:
    known = scales.get(thing.objgen)
    if depth > _MAX_DEPTH or (known is not None and known <= scale):
        return
    scales[thing.objgen] = scale
    own = dictionary(thing.get("/Resources", resources))
    for inner, share in _inside(thing, own):
        _place(inner, own, scale * share, scales, depth + 1)


def _inside(thing: Any, resources: Any) -> Iterator[tuple[Any, float]]:
    """The forms and tiles that a drawing draws, each with its scale there."""
    for tile in dictionary(resources.get("/Pattern")).values():
        if isinstance(tile, pikepdf.Stream):
            yield tile, scale_of(matrix_of(tile))
    forms = dictionary(resources.get("/XObject"))
    scale, kept = 1.0, list[float]()
    for part in pikepdf.parse_content_stream(thing, "q Q cm Do"):
        operands, word = part.operands, key_of(part.operator)
        if word == "q":
            kept.append(scale)
        elif word == "Q" and kept:
            scale = kept.pop()
        elif word == "cm":
            scale *= scale_by(operands)
        elif word == "Do":
            form = forms.get(operands[0])
            if isinstance(form, pikepdf.Stream) and form.get("/Subtype") == "/Form":
                yield form, scale * scale_of(matrix_of(form))


def scale_by(operands: Any) -> float:
    """Of six numbers as operators name them."""
    a, b, c, d, e, f = map(float, operands)
    return scale_of((a, b, c, d, e, f))


def matrix_of(thing: Any) -> Matrix:
    """How a form or tile is placed by itself."""
    values = [float(value) for value in thing.get("/Matrix", _STILL)]
    return (values[0], values[1], values[2], values[3], values[4], values[5])
