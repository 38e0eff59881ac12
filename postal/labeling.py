"""Labelling lists: which destination a ZIP prefix belongs to and what line 1 of its tray label says.

DMM labelling lists (L801 AADC, L201 mixed, L002 3-digit) are dated editions; see postal/data/editions.toml.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from postal.editions import Edition, edition_for
from postal.zips import Int32s, prefixes, zip_cities

CITY_STATE = "city-state"  # not a published list: city and state of the 5-digit ZIP


@dataclass(frozen=True, slots=True, eq=False)
class LabelList:
    """Destinations of one list. ``destination_of_prefix`` (1000): row of ``label``, -1 = prefix not listed.
    ``label_zip`` holds five digits; a 3-digit destination is written ZIP3 + 00.
    """

    edition: Edition
    label: tuple[str, ...]
    label_zip: Int32s
    destination_of_prefix: Int32s

    def destinations(self, zip5: Int32s) -> Int32s:
        """Row of each ZIP's destination, -1 where the list does not have its prefix."""
        found: Int32s = self.destination_of_prefix[zip5 // 100]
        return found


@dataclass(frozen=True, slots=True)
class LabelLists:
    """The lists a sort plan names, by name, and the prefix of the office of mailing (for mixed trays)."""

    by_name: Mapping[str, LabelList]
    origin_zip5: int

    @property
    def editions(self) -> tuple[Edition, ...]:
        """In the order of their names."""
        return tuple(self.by_name[name].edition for name in sorted(self.by_name))

    def origin_label(self, name: str) -> tuple[str, int]:
        """Line 1 and label ZIP of a mixed tray at the office of mailing."""
        found = self.by_name[name]
        row = int(found.destination_of_prefix[self.origin_zip5 // 100])
        if row < 0:
            return f"MXD {city_state_label(self.origin_zip5)}", self.origin_zip5
        return found.label[row], int(found.label_zip[row])


def label_lists(
    names: Sequence[str], on: date, *, origin_zip5: int, allow_test_only: bool = False
) -> LabelLists:
    """The named lists in force on a day. InvalidInput EDITION_MISSING names the list without one."""
    published = sorted({name for name in names if name and name != CITY_STATE})
    by_name = {name: load_list(edition_for(name, on, allow_test_only=allow_test_only)) for name in published}
    return LabelLists(by_name=by_name, origin_zip5=origin_zip5)


@lru_cache(maxsize=64)
def load_list(edition: Edition) -> LabelList:
    """Read one edition: either label_zip, label, zip3s (a destination a row) or L002's prefix a row."""
    with edition.path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if rows and "three_digit" in rows[0]:  # L002, column A: the 3-digit destination of each prefix
        rows = [{"label_zip": r["zip3"], "label": r["three_digit"], "zip3s": r["zip3"]} for r in rows]
    destination_of_prefix = np.full(1000, -1, dtype=np.int32)
    for index, row in enumerate(rows):
        destination_of_prefix[list(prefixes(row["zip3s"]))] = index
    return LabelList(
        edition=edition,
        label=tuple(row["label"] for row in rows),
        label_zip=np.array([int(row["label_zip"].ljust(5, "0")) for row in rows], dtype=np.int32),
        destination_of_prefix=destination_of_prefix,
    )


def city_state_label(zip5: int) -> str:
    """'BATON ROUGE LA 70801'; the bare ZIP when the ZIP table does not know it."""
    place = zip_cities().place(zip5)
    return f"{place[0]} {place[1]} {zip5:05d}" if place else f"{zip5:05d}"


def city_state_labels(zip5s: npt.NDArray[np.int32]) -> tuple[str, ...]:
    """Line 1 of 5-digit trays."""
    return tuple(city_state_label(zip5) for zip5 in zip5s.tolist())
