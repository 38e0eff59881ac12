"""What changed between two editions of a labelling list or of the prices, as rows a person can check."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kernel.errors import InvalidInput
from postal.editions import Edition
from postal.labeling import LabelList, load_list
from postal.prices import PriceCell, load_tables


@dataclass(frozen=True, slots=True)
class Change:
    """``what``: a prefix, ZIP or price cell; an empty side = it is not in that edition."""

    what: str
    before: str
    after: str


def diff(before: Edition, after: Edition) -> tuple[Change, ...]:
    """Every prefix, ZIP or price that differs, in order. InvalidInput EDITION_DIFF for two kinds, or a kind that
    is neither a list nor prices.
    """
    if before.kind != after.kind:
        raise InvalidInput(
            f"{before.name} and {after.name} are not editions of one thing.", code="EDITION_DIFF"
        )
    if before.kind == "prices":
        return tuple(_prices(before, after))
    if before.path.suffix != ".csv" or before.kind.startswith("zip"):
        raise InvalidInput(f"Editions of {before.kind} are not compared.", code="EDITION_DIFF")
    return tuple(_labels(load_list(before), load_list(after)))


def _labels(before: LabelList, after: LabelList) -> Iterator[Change]:
    if len(before.destination_of) != len(after.destination_of):
        raise InvalidInput("One list goes by prefix, the other by ZIP.", code="EDITION_DIFF")
    width = len(str(len(before.destination_of))) - 1
    old, new = (np.array([*found.label, ""], dtype=object)[found.destination_of] for found in (before, after))
    for code in np.flatnonzero(old != new).tolist():
        yield Change(f"{code:0{width}d}", str(old[code]), str(new[code]))


def _prices(before: Edition, after: Edition) -> Iterator[Change]:
    old, new = _cells(before), _cells(after)
    for key in dict.fromkeys((*old, *new)):
        one, other = old.get(key, ""), new.get(key, "")
        if one != other:
            yield Change(key, one, other)


def _cells(edition: Edition) -> dict[str, str]:
    return {
        _name(table.id, cell): str(cell.rate) if cell.rate else "no price"
        for table in load_tables(edition).values()
        for cell in table.cells
    }


def _name(table: str, cell: PriceCell) -> str:
    weight = f"{cell.not_over_oz} oz" if cell.not_over_oz is not None else ""
    return ", ".join(
        part for part in (table, cell.level, cell.entry, cell.component, cell.group, weight) if part
    )
