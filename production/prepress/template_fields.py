"""The boxes of a template: its fields file where there is one, else the default places."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kernel.findings import Finding
from production.prepress.fields import Fields, default_fields, load_fields


def template_fields(
    path: Path | None, *, columns: Sequence[str], page_sizes: Sequence[tuple[float, float]]
) -> tuple[Fields | None, list[Finding]]:
    """Fields and findings for a list with these columns; no fields when a finding stops."""
    if path is None:
        return default_fields(page_sizes[0]), []
    return load_fields(path.read_bytes(), columns=columns, page_sizes=page_sizes)
