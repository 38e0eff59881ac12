"""The boxes of a template: its fields file where there is one, else the default places."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from kernel.findings import Finding
from production.prepress.merge.fields import Fields, default_fields, load_fields, split_text


def template_fields(
    path: Path | None, *, columns: Sequence[str], page_sizes: Sequence[tuple[float, float]]
) -> tuple[Fields | None, list[Finding]]:
    """Fields and findings for a list with these columns; no fields when a finding stops."""
    if path is None:
        return default_fields(page_sizes[0]), []
    return load_fields(path.read_bytes(), columns=columns, page_sizes=page_sizes)


def columns_named(path: Path | None) -> list[str] | None:
    """Columns whose text the boxes print, whatever else may be wrong with the file; None when it cannot be read."""
    if path is None:
        return []
    try:
        entries = json.loads(path.read_bytes())["fields"]
        texts = [
            text for one in entries for text in (one.get("column"), one.get("text")) if isinstance(text, str)
        ]
        return sorted({name for text in texts for _, name in split_text(text) if name} | set(texts))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
