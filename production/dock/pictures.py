"""Signatures and photos of a delivery: strangers' files, drawn anew in a limited child before they are kept.

What is kept is a picture of our own making, without the position and the camera that a phone writes into its photos.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

from kernel.errors import InvalidInput
from production.dock.picture_child import Drawn
from store.files import FileRef, FileStore
from store.limited.sandbox import run_limited

_CHILD = "production.dock.picture_child"


class _Kind(NamedTuple):
    field: str
    media_type: str
    words: str


_KINDS: dict[str, _Kind] = {
    "photo": _Kind(
        "photo",
        "image/jpeg",
        "This is no photo that can be opened: JPEG, PNG or WebP.",
    ),
    "signature": _Kind("signature", "image/png", "The signature cannot be opened: let it be signed again."),
}


def made_safe(files: FileStore, path: Path, what: Literal["photo", "signature"], folder: Path) -> FileRef:
    """The picture as it is kept. InvalidInput PICTURE for what is none."""
    kind, out = _KINDS[what], folder / f"{what}.made"
    arguments = {"path": str(path.resolve()), "out": str(out.resolve())}
    ran = run_limited(f"{_CHILD}.{what}", arguments, Drawn, memory_bytes=512 << 20, cpu_seconds=20)
    if not ran.is_ok or not out.is_file():
        raise InvalidInput(kind.words, code="PICTURE", field=kind.field)
    return files.keep(out, kind.media_type)
