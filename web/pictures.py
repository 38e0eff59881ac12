"""Pictures that stand in a page itself: what they show is in no address and in no file."""

from __future__ import annotations

import base64


def inline_png(data: bytes) -> str:
    """The address of a PNG that is part of the page."""
    return f"data:image/png;base64,{base64.b64encode(data).decode('ascii')}"
