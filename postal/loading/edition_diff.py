"""What an edition holds, and what changed between two of a kind, as rows a person can check."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from kernel.errors import InvalidInput
from postal.data.editions import Edition
from postal.plans.labeling import LabelList, load_list, prefix_labels
from postal.prices.prices import PriceCell, load_tables

_NAMES = ("name", "code", "id", "line", "cin", "stid")  # what tells the rows of a TOML list apart


@dataclass(frozen=True, slots=True)
class Change:
    """``what``: a prefix, ZIP, price cell, row or value; an empty side = it is not in that edition."""

    what: str
    before: str
    after: str


def diff(before: Edition, after: Edition) -> tuple[Change, ...]:
    """Everything that differs, in order. InvalidInput EDITION_DIFF for editions of two kinds."""
    if before.kind != after.kind:
        raise InvalidInput(
            f"{before.name} and {after.name} are not editions of one thing.", code="EDITION_DIFF"
        )
    if _is_label_list(before):
        one, other = load_list(before), load_list(after)
        return (*_labels(one, other), *_changed(one.by_origin, other.by_origin))
    return tuple(_changed(contents(before), contents(after)))


@lru_cache(maxsize=16)
def contents(edition: Edition) -> Mapping[str, str]:
    """What an edition says, as (what, value) in its own order: labels by destination, price cells, rows, values."""
    if edition.kind == "prices":
        return _cells(edition)
    if edition.kind == "L002":
        return prefix_labels(edition)
    if _is_label_list(edition):
        found = load_list(edition)
        return {**_destinations(found), **found.by_origin}
    if edition.path.suffix == ".csv":
        return _rows(edition)
    return dict(_values(tomllib.loads(edition.path.read_text(encoding="utf-8")), ""))


def _changed(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    for key in dict.fromkeys((*old, *new)):
        if old.get(key, "") != new.get(key, ""):
            yield Change(key, old.get(key, ""), new.get(key, ""))


def _is_label_list(edition: Edition) -> bool:
    # L002 has three labels a prefix, each of which may change: it is compared prefix by prefix.
    return edition.kind[:1] == "L" and edition.kind[1:].isdigit() and edition.kind != "L002"


def _destinations(found: LabelList) -> Mapping[str, str]:
    """Runs of prefixes or ZIPs that share a label."""
    width = len(str(len(found.destination_of))) - 1
    row = found.destination_of
    starts = np.flatnonzero(np.diff(row, prepend=-2))
    ends = np.append(starts[1:], len(row)) - 1
    return {
        f"{first:0{width}d}" if first == last else f"{first:0{width}d}-{last:0{width}d}": found.label[
            row[first]
        ]
        for first, last in zip(starts.tolist(), ends.tolist(), strict=True)
        if row[first] >= 0
    }


def _rows(edition: Edition) -> Mapping[str, str]:
    with edition.path.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    keys = 2 if edition.kind == "route-stops" else 1
    return {
        " ".join([*row.values()][:keys]): ", ".join(value or "-" for value in [*row.values()][keys:])
        for row in rows
    }


def _values(data: Any, place: str) -> Iterator[tuple[str, str]]:
    """Leaves of a TOML document by their path; tables in a list by their name, code or line."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _values(value, f"{place} {key}".lstrip())
    elif isinstance(data, list) and all(isinstance(row, dict) for row in data):
        for number, row in enumerate(data, start=1):
            name = next((row[key] for key in _NAMES if key in row), number)
            yield from _values(row, f"{place} {name}")
    else:
        yield place, ", ".join(map(str, data)) if isinstance(data, list) else str(data)


def _labels(before: LabelList, after: LabelList) -> Iterator[Change]:
    if len(before.destination_of) != len(after.destination_of):
        raise InvalidInput("One list goes by prefix, the other by ZIP.", code="EDITION_DIFF")
    width = len(str(len(before.destination_of))) - 1
    old, new = (np.array([*found.label, ""], dtype=object)[found.destination_of] for found in (before, after))
    for code in np.flatnonzero(old != new).tolist():
        yield Change(f"{code:0{width}d}", str(old[code]), str(new[code]))


def _cells(edition: Edition) -> dict[str, str]:
    return {
        _name(table.id, cell): str(cell.rate) if cell.rate else "no price"
        for table in load_tables(edition).values()
        for cell in table.cells
    }


def _name(table: str, cell: PriceCell) -> str:
    zone = f"zone {cell.zone}" if cell.zone else ""
    parts = (table, cell.level, cell.entry, cell.component, cell.group, zone, cell.step)
    return ", ".join(part for part in parts if part)
