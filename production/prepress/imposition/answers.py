"""What crosses to the limited child and back."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.findings import Finding


@dataclass(frozen=True, slots=True)
class Given:
    """A file of pages: its path, the name that people know it by, and how many copies a gang has of it."""

    path: str
    name: str
    copies: int = 1


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was learned of the files: pages of each, those that lie across (counted through), and what is to be said."""

    pages: list[int]
    lying: list[int]
    findings: list[Finding]
