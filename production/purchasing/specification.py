"""What a vendor is told of the work: product, parts, finishing, packing. No money, no person, no agency's account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Line:
    """One fact: what, and how it is."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Section:
    """Facts that belong together: the product, a component, packing."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Specification:
    """A specification sheet. ``files_leave``: may the files of the job go to a vendor; ``why_not`` says why not."""

    job: str
    title: str
    product: str
    quantity: int
    unit: str
    due: date
    sections: tuple[Section, ...]
    files_leave: bool
    why_not: str
