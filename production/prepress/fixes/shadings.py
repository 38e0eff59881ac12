"""Runs of tones in the inks of the press: what their functions say at many places becomes a table."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import pikepdf

from production.prepress.fixes.functions import evaluate
from production.prepress.fixes.spaces import Converted

_SAMPLES = {1: 256, 2: 33}  # places along each input, by the number of inputs
_BY_PLACE, _MESHES = 1, (4, 5, 6, 7)
_FULL = 255


def convert_shading(pdf: pikepdf.Pdf, shading: Any, space: Converted | None) -> None:
    """Changes a run of tones whose space is left in its place. One that tells the color of each corner itself
    stays."""
    if space is None or "/Function" not in shading:
        return
    domain = _domain(shading)
    shading["/Function"] = pdf.make_indirect(_table(pdf, shading["/Function"], domain, space))
    shading["/ColorSpace"] = pikepdf.Name.DeviceCMYK
    if "/Background" in shading:
        shading["/Background"] = pikepdf.Array(
            list(space.inks([float(value) for value in shading["/Background"]]))
        )


def _domain(shading: Any) -> list[float]:
    """What the inputs run over: both directions, the way between two ends, or what corners of a mesh tell."""
    kind = int(shading["/ShadingType"])
    if kind in _MESHES:
        return [float(value) for value in list(shading["/Decode"])[4:6]]
    usual = [0, 1, 0, 1] if kind == _BY_PLACE else [0, 1]
    return [float(value) for value in shading.get("/Domain", usual)]


def _table(pdf: pikepdf.Pdf, function: Any, domain: Sequence[float], space: Converted) -> pikepdf.Stream:
    count = _SAMPLES[len(domain) // 2]
    axes = [
        [low + (high - low) * k / (count - 1) for k in range(count)]
        for low, high in zip(domain[::2], domain[1::2], strict=True)
    ]
    places = (place[::-1] for place in product(*reversed(axes)))  # the first input runs fastest (7.10.2)
    data = bytes(round(_FULL * share) for place in places for share in space.inks(evaluate(function, place)))
    return pikepdf.Stream(
        pdf, data, FunctionType=0, Domain=list(domain), Range=[0, 1] * 4, Size=[count] * len(axes), BitsPerSample=8
    )  # fmt: skip
