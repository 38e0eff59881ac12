"""What runs in the sandbox to read a barcode from a picture or a page that may come from anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
from PIL import Image

from kernel.errors import InvalidInput
from postal.barcodes import imb_image

_MAX_DOTS = 80_000_000  # a letter page at 900 dpi
_PDF = b"%PDF-"


def read(path: str, page: int, dpi: int) -> tuple[str, str]:
    """Tracking and routing code of the barcode in a picture file, or on a page (from 1) of a PDF drawn at ``dpi``.
    InvalidInput when there is none to be read.
    """
    return imb_image.read(_gray(Path(path), page, dpi))


def _gray(path: Path, page: int, dpi: int) -> np.ndarray:
    with path.open("rb") as start:
        is_pdf = _PDF in start.read(1024)
    try:
        return _drawn(path, page, dpi) if is_pdf else _opened(path, page)
    except (OSError, EOFError, Image.DecompressionBombError, pypdfium2.PdfiumError) as error:
        raise _unreadable() from error


def _opened(path: Path, page: int) -> np.ndarray:
    with Image.open(path, formats=["PNG", "JPEG", "TIFF", "BMP", "PPM"]) as picture:
        if not 1 <= page <= getattr(picture, "n_frames", 1):
            raise InvalidInput("The picture has no such page.", code="TYPE_MISMATCH")
        picture.seek(page - 1)
        if picture.width * picture.height > _MAX_DOTS:
            raise InvalidInput("The picture is too large.", code="TYPE_MISMATCH")
        return np.asarray(picture.convert("L"))


def _drawn(path: Path, page: int, dpi: int) -> np.ndarray:
    document = pypdfium2.PdfDocument(path)
    if not 1 <= page <= len(document):
        raise InvalidInput(f"The document has pages 1 to {len(document):,}.", code="TYPE_MISMATCH")
    width, height = document[page - 1].get_size()
    scale = dpi / 72
    if width * height * scale * scale > _MAX_DOTS:
        raise InvalidInput("The page is too large at this resolution.", code="TYPE_MISMATCH")
    drawn: Any = document[page - 1].render(scale=scale, grayscale=True, may_draw_forms=False)
    picture = drawn.to_numpy()
    return np.ascontiguousarray(picture.reshape(picture.shape[:2]))


def _unreadable() -> InvalidInput:
    return InvalidInput("The file is neither a picture nor a PDF that can be read.", code="TYPE_MISMATCH")
