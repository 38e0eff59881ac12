"""``indicia imb encode|decode``: barcodes by lines of text."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator

import click

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


def _stream(convert: Callable[[Iterable[str]], Iterator[str]]) -> None:
    for line in convert(text.rstrip("\r\n") for text in sys.stdin):
        sys.stdout.write(line + "\n")
