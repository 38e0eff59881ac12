"""``indicia imb encode|decode|read``: barcodes by lines of text, and from a picture."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click
import numpy as np
from PIL import Image

from kernel.errors import InvalidInput
from postal import imb_image
from postal.imb_batch import decode_lines, encode_lines


@click.group()
def imb() -> None:
    """Intelligent Mail barcodes, one a line, from standard input to standard output."""


@imb.command()
def encode() -> None:
    """Lines TRACKING,ROUTING (20 digits; none, 5, 9 or 11 digits) to 65 letters, or ERROR and a code."""
    _stream(encode_lines)


@imb.command()
def decode() -> None:
    """Lines of 65 letters (F, A, D, T) to TRACKING,ROUTING, or ERROR and a code."""
    _stream(decode_lines)


@imb.command()
@click.argument("image", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def read(image: Path, as_json: bool) -> None:
    """TRACKING,ROUTING of the barcode in a picture: a scan or page crop of 150 to 600 dpi, a little askew or
    upside down, with one barcode on it.
    """
    try:
        with Image.open(image) as picture:
            grey = np.asarray(picture.convert("L"))
    except (OSError, Image.DecompressionBombError) as error:
        raise InvalidInput(
            f"{image.name} is not a picture that can be read.", code="TYPE_MISMATCH"
        ) from error
    tracking, routing = imb_image.read(grey)
    click.echo(json.dumps({"tracking": tracking, "routing": routing}) if as_json else f"{tracking},{routing}")


def _stream(convert: Callable[[Iterable[str]], Iterator[str]]) -> None:
    for line in convert(text.rstrip("\r\n") for text in sys.stdin):
        sys.stdout.write(line + "\n")
