"""Columns that nobody mapped although they look like parts of an address."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from production.frontdesk.lists.headings import is_about_addresses
from production.frontdesk.lists.mapping import columns_of
from production.frontdesk.lists.shapes import Found
from production.mailings.list_order import AddressMapping

_UNIT = re.compile(
    r"(?i)(?:(?:apt|apartment|unit|ste|suite|rm|room|bldg|fl|lot|trlr|spc)\b\.?\s*\S+|#\s*\w+)"
)
_HOUSE_NUMBER = re.compile(r"\d{1,5}[A-Za-z]?(?:-\d{1,3})?")
_ADD_ON = re.compile(r"(?!19\d\d|20\d\d)\d{4}")
_POINT = re.compile(r"\d{2}")


def unused_columns(
    mapping: AddressMapping, names: Sequence[str], sample: Sequence[Sequence[str]]
) -> list[Found]:
    """COLUMN_UNUSED for each column with content whose heading or cells speak of an address; ``sample``: some rows."""
    used = {name for source in mapping.values() for name in columns_of(source)}
    columns = {name: [row[i].strip() for row in sample if row[i].strip()] for i, name in enumerate(names)}
    shapes = _missing_shapes(mapping, columns)
    found = []
    for name, cells in columns.items():
        if name in used or not cells:
            continue
        if is_about_addresses(name):
            found.append(_unused(name, "by its name"))
            continue
        what = next((what for what, is_it in shapes.items() if _most(cells, is_it)), "")
        if what:
            found.append(_unused(name, f"its cells look like {what}"))
    return found


def _unused(name: str, why: str) -> Found:
    return Found("COLUMN_UNUSED", column=name[:80], detail=f"Column {name[:80]}: {why}.")


def _most(cells: Sequence[str], is_it: Callable[[str], Any]) -> bool:
    return sum(map(bool, map(is_it, cells))) > 0.8 * len(cells)


def _missing_shapes(
    mapping: AddressMapping, columns: dict[str, list[str]]
) -> dict[str, Callable[[str], Any]]:
    """What cells may be that the mapped columns lack: digits alone look like anything where nothing is missing."""

    def cells_of(field: str) -> list[str]:
        return [cell for name in columns_of(mapping.get(field, [])) for cell in columns.get(name, [])]

    shapes: dict[str, Callable[[str], Any]] = {"apartments": _UNIT.fullmatch}
    streets, zips = cells_of("street"), cells_of("zip")
    if streets and not _most(streets, re.compile(r".*\d").match):
        shapes["house numbers"] = _HOUSE_NUMBER.fullmatch
    if "plus4" not in mapping and zips and _most(zips, re.compile(r"\d{5}").fullmatch):
        shapes["ZIP+4 add-ons"] = _ADD_ON.fullmatch
    if "plus4" in mapping and "delivery_point" not in mapping:
        shapes["delivery points"] = _POINT.fullmatch
    return shapes
