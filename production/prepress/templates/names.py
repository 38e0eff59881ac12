"""Names, operators and strings of a PDF as text. Their bytes may be any (older programs write names in Latin-1), so
that ``str`` of one may fail (ISO 32000-1, 7.3.5 and 7.9.2).
"""

from __future__ import annotations

from typing import Any

import pikepdf


def key_of(thing: Any) -> str:
    """A name with its slash, as the keys of a dictionary are told, or an operator; empty for anything else."""
    return _bytes(thing).decode("utf-8", "surrogateescape")


def name_of(thing: Any) -> str:
    """A name without its slash, or a string, for people to read; empty for anything else."""
    return words_of(thing) or _decoded(_bytes(thing)).removeprefix("/")


def words_of(thing: Any) -> str:
    """What a string says; empty for anything else."""
    if not isinstance(thing, pikepdf.String):
        return ""
    try:
        return str(thing)
    except UnicodeDecodeError:
        return bytes(thing).decode("latin-1")


def _bytes(thing: Any) -> bytes:
    return bytes(thing) if isinstance(thing, pikepdf.Name | pikepdf.Operator) else b""


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")
