"""What limited children say about a template: values that cross a process, apart from the libraries that find them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Comparison:
    """Pages (from 1) that do not look as the template prints, and what qpdf says about a print file."""

    pages: tuple[int, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CompiledPages:
    """The pages of a template as PDF objects. ``lengths``: bytes of each object in the file they were written to;
    ``forms``: the object number of each page; ``sizes``: width and height in points; ``groups``: transparency groups;
    ``intents``: output intents."""

    lengths: tuple[int, ...]
    forms: tuple[int, ...]
    sizes: tuple[tuple[float, float], ...]
    groups: tuple[str, ...]
    intents: str
    intents_sha256: str


@dataclass(frozen=True, slots=True)
class Background:
    """Finished width and height of each page in points as seen, and how far its bleed reaches beyond on every side."""

    sizes: tuple[tuple[float, float], ...]
    bleed: float


@dataclass(frozen=True, slots=True)
class Frames:
    """Points of a page as it is seen: its size, and how far trim and bleed lie inside at the left, bottom, right,
    top.
    """

    size: tuple[float, float]
    trim: tuple[float, float, float, float]
    bleed: tuple[float, float, float, float]
