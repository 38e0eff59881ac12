"""Places of entry that are network distribution centers (NDC) or auxiliary service facilities (ASF): mixed trays of
mail entered there take another labeling list.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass

from postal.data.editions import Edition, kept_by_content

KIND = "entry-places"
COLUMNS = ("zip5", "kind", "name")
_KINDS = ("NDC", "ASF")


@dataclass(frozen=True, slots=True)
class EntryPlaces:
    """The places known, by ZIP: NDC or ASF."""

    edition: Edition
    kind_of: Mapping[int, str]

    def is_ndc(self, zip5: int) -> bool:
        """Mail entered at this ZIP is entered at an NDC or ASF."""
        return zip5 in self.kind_of


@kept_by_content
def load_places(edition: Edition) -> EntryPlaces:
    """Read one edition. ValueError for a ZIP that is none, or a kind of place it does not know."""
    with edition.path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if not (len(row["zip5"]) == 5 and row["zip5"].isdecimal()) or row["kind"] not in _KINDS:
            raise ValueError(f"{row['zip5']!r}, {row['kind']!r} is not a five-digit ZIP and NDC or ASF")
    return EntryPlaces(edition, {int(row["zip5"]): row["kind"] for row in rows})
