"""A template as a press prints it: annotations drawn into their pages, layers decided."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pikepdf

from production.prepress.templates.annotations import draw_annotations
from production.prepress.templates.layers import settle


@contextmanager
def as_printed(template: Path) -> Iterator[pikepdf.Pdf]:
    """The document open and changed in memory; the file stays as it is."""
    with pikepdf.open(template, suppress_warnings=True) as pdf:
        make_printed(pdf)
        yield pdf


def make_printed(pdf: pikepdf.Pdf) -> None:
    """Changes an open document to what a press prints of it."""
    draw_annotations(pdf)
    settle(pdf)
