"""Pictures in the inks of the press."""

from __future__ import annotations

import io
import zlib
from typing import Any

import numpy as np
import pikepdf
from PIL import Image

from production.prepress.fixes.profile import picture_inks
from production.prepress.fixes.spaces import Converted, is_rgb
from production.prepress.preflight.color import PROCESS
from production.prepress.templates.names import name_of

_QUALITY = 95  # of a picture that was a JPEG before; shop to confirm
_FULL, _BITS = 255, 8
_TURNED = [1, 0] * len(PROCESS)  # the library writes the inks of a JPEG the other way round


def convert_picture(pdf: pikepdf.Pdf, image: Any, space: Converted | None, palette: Converted | None) -> None:
    """A picture whose ``space`` is left, or that of its ``palette``, is changed in its place; one that shows colors
    by other rules (a mask by color, values turned round) stays as it is."""
    if image.get("/ImageMask", False) or isinstance(image.get("/Mask"), pikepdf.Array) or "/Decode" in image:
        return
    if palette is not None:
        _convert_palette(image, palette)
    elif space is not None:
        given = pikepdf.PdfImage(image).as_pil_image() if is_rgb(space.space) else _tones(image)
        made = picture_in_inks(pdf, given, space, is_jpeg=_is_jpeg(image))
        for key in ("/ColorSpace", "/BitsPerComponent", "/Decode"):
            if key in made:
                image[key] = made[key]
        image.write(made.read_raw_bytes(), filter=made["/Filter"])
        mask = image.get("/SMask")
        if (
            isinstance(mask, pikepdf.Stream) and "/Matte" in mask
        ):  # the paper color that edges were mixed with
            mask["/Matte"] = pikepdf.Array(space.inks([float(value) for value in mask["/Matte"]]))


def picture_in_inks(
    pdf: pikepdf.Pdf, picture: Image.Image, space: Converted, *, is_jpeg: bool = False
) -> pikepdf.Stream:
    """A picture object in CMYK."""
    made = picture_inks(picture, space.profile) if is_rgb(space.space) else _tinted(picture, space)
    head = {
        "Type": pikepdf.Name.XObject, "Subtype": pikepdf.Name.Image, "Width": made.width, "Height": made.height,
        "ColorSpace": pikepdf.Name.DeviceCMYK, "BitsPerComponent": _BITS,
    }  # fmt: skip
    if is_jpeg:
        out = io.BytesIO()
        made.save(out, "JPEG", quality=_QUALITY, subsampling=0)
        return pikepdf.Stream(pdf, out.getvalue(), Filter=pikepdf.Name.DCTDecode, Decode=_TURNED, **head)
    return pikepdf.Stream(pdf, zlib.compress(made.tobytes()), Filter=pikepdf.Name.FlateDecode, **head)


def _tones(image: Any) -> Image.Image:
    """Tones of one ink. ValueError for more inks, or other tones than 256."""
    if _is_jpeg(image):
        return Image.open(io.BytesIO(image.read_raw_bytes()), formats=("JPEG",))
    if int(image["/BitsPerComponent"]) != _BITS:
        raise ValueError("a picture of so few tones is not read")
    return Image.frombytes("L", (int(image["/Width"]), int(image["/Height"])), image.read_bytes())


def _tinted(picture: Image.Image, space: Converted) -> Image.Image:
    """Each of the 256 tones is worked out once."""
    if space.space.parts != 1:
        raise ValueError("a picture in several inks of its own is not read")
    table = np.array([space.inks([tone / _FULL]) for tone in range(_FULL + 1)])
    return Image.fromarray(np.round(table[np.asarray(picture)] * _FULL).astype(np.uint8), "CMYK")


def _convert_palette(image: Any, base: Converted) -> None:
    kind, _, last, table = image["/ColorSpace"]
    data = table.read_bytes() if isinstance(table, pikepdf.Stream) else bytes(table)
    parts = base.space.parts
    inks = [
        round(_FULL * share)
        for start in range(0, (int(last) + 1) * parts, parts)
        for share in base.inks([value / _FULL for value in data[start : start + parts]])
    ]
    image["/ColorSpace"] = pikepdf.Array([kind, pikepdf.Name.DeviceCMYK, last, pikepdf.String(bytes(inks))])


def _is_jpeg(image: Any) -> bool:
    filters = image.get("/Filter", pikepdf.Array())
    names = [name_of(one) for one in (filters if isinstance(filters, pikepdf.Array) else [filters])]
    return names[:1] in (["DCTDecode"], ["DCT"])
