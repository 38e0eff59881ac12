"""``indicia imb encode|decode|read``: barcodes by lines of text, and from a picture."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click

from kernel.errors import InvalidInput
from postal.barcodes.imb_batch import decode_lines, encode_lines
from store.limited.sandbox import run_limited


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
@click.option("--page", default=1, type=click.IntRange(1), help="Page of a PDF or TIFF, from 1.")
@click.option(
    "--dpi", default=300, type=click.IntRange(150, 900), help="How finely a page of a PDF is drawn."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def read(image: Path, page: int, dpi: int, as_json: bool) -> None:
    """TRACKING,ROUTING of the barcode in a picture (PNG, JPEG, TIFF) or on a page of a PDF: a whole page or a part of
    it, 150 to 600 dpi, skewed up to 3 degrees or upside down, of uneven light, with other print around.
    """
    ran = run_limited(
        "production.prepress.merge.barcode_child.read",
        {"path": str(image.resolve()), "page": page, "dpi": dpi},
        tuple[str, str],
        memory_bytes=4 << 30,
        cpu_seconds=120,
        wall_seconds=180,
    )
    if not ran.is_ok:
        found = ran.finding("TYPE_MISMATCH", "It cannot be read as a picture.", "Save it again as PNG.")
        raise InvalidInput(f"{image.name}: {found.message}", code=found.code, remedy=found.remedy)
    tracking, routing = ran.value
    click.echo(json.dumps({"tracking": tracking, "routing": routing}) if as_json else f"{tracking},{routing}")


def _stream(convert: Callable[[Iterable[str]], Iterator[str]]) -> None:
    for line in convert(text.rstrip("\r\n") for text in sys.stdin):
        sys.stdout.write(line + "\n")
