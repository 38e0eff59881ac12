"""Labeling lists: which destination a ZIP prefix belongs to and what line 1 of its tray label says.

DMM labeling lists (L801 AADC, L201 mixed, L002 3-digit) are dated editions; see postal/data/editions.toml.
Places of entry stand here, too: mixed trays of mail entered at a network distribution center (NDC) or auxiliary
service facility (ASF) take another list.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from postal.data.editions import Edition, InForce, kept_by_content
from postal.data.label_import import FIRST_LINE, FastList, read_fast
from postal.data.zips import Int32s, prefixes, runs, zip_cities

ZIPS = 100_000
CITY_STATE = "city-state"  # not a published list: city and state of the 5-digit ZIP
PLACES = "entry-places"
PLACE_COLUMNS = ("zip5", "kind", "name")
_PLACES = ("NDC", "ASF")


@dataclass(frozen=True, slots=True, eq=False)
class LabelList:
    """Destinations of one list. ``destination_of``: row of ``label`` by ZIP prefix (1,000) or by ZIP (100,000),
    -1 = not listed. ``label_zip`` holds five digits; a 3-digit destination is written ZIP3 + 00.
    ``by_origin``: in words, the labels that only mail from some offices of mailing has.
    """

    edition: Edition
    label: tuple[str, ...]
    label_zip: Int32s
    destination_of: Int32s
    by_origin: Mapping[str, str]

    def destinations(self, zip5: Int32s) -> Int32s:
        """Row of each ZIP's destination, -1 where the list does not have it."""
        codes = zip5 if len(self.destination_of) == ZIPS else zip5 // 100
        found: Int32s = self.destination_of[codes]
        return found

    def destination(self, zip5: int) -> int:
        """Row of one ZIP's destination, or -1."""
        return int(self.destinations(np.array([zip5], dtype=np.int32))[0])


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
        row = found.destination(self.origin_zip5)
        if row < 0:
            return f"MXD {city_state_label(self.origin_zip5)}", self.origin_zip5
        return found.label[row], int(found.label_zip[row])


def published(names: Iterable[str]) -> tuple[str, ...]:
    """Those that are names of labeling lists."""
    return tuple(name for name in names if name and name != CITY_STATE)


def label_lists(names: Iterable[str], in_force: InForce, *, origin_zip5: int) -> LabelLists:
    """The named lists in force on a day. InvalidInput EDITION_MISSING names the list without one."""
    wanted = sorted(set(published(names)))
    by_name = {name: load_list(in_force.edition(name), origin_zip5 // 100) for name in wanted}
    return LabelLists(by_name=by_name, origin_zip5=origin_zip5)


@kept_by_content
def load_list(edition: Edition, origin: int = -1) -> LabelList:
    """Read one edition: a FAST file as it came; or label_zip, label, zip3s (a destination a row); or label, zip5s;
    or L002's prefix a row. ``origin``: prefix of the office of mailing, which a footnote may ask for; -1 = none of
    those it names.
    """
    text = edition.path.read_text(encoding="utf-8-sig")
    if text.startswith(FIRST_LINE):
        fast = read_fast(text.encode(), file=edition.path.name)
        return _label_list(
            edition, labels_from(fast, origin), size=10**fast.digits, by_origin=_words_by_origin(fast)
        )
    rows = list(csv.DictReader(text.splitlines()))
    if rows and "three_digit" in rows[0]:  # L002, column A: the 3-digit destination of each prefix
        named = [(row["three_digit"], tuple(prefixes(row["zip3"]))) for row in rows]
    elif rows and "zip5s" in rows[0]:
        named = [(row["label"], tuple(prefixes(row["zip5s"]))) for row in rows]
        return _label_list(edition, named, size=ZIPS)
    else:
        named = [(row["label"], tuple(prefixes(row["zip3s"]))) for row in rows]
    return _label_list(edition, named, size=ZIPS // 100)


def prefix_labels(edition: Edition) -> dict[str, str]:
    """Everything L002 says of each prefix: the labels of its columns A (3-digit), B (scheme) and C (SCF)."""
    text = edition.path.read_text(encoding="utf-8-sig")
    if text.startswith(FIRST_LINE):
        fast = read_fast(text.encode(), file=edition.path.name)
        found = [
            (code, [row.labels.get(column, "") for column in "ABC"])
            for row in fast.rows
            for code in row.codes
        ]
    else:
        names = ("three_digit", "scheme", "scf")
        found = [
            (code, [row[name] for name in names])
            for row in csv.DictReader(text.splitlines())
            for code in prefixes(row["zip3"])
        ]
    return {f"{code:03d}": "; ".join(label or "-" for label in labels) for code, labels in found}


def labels_from(fast: FastList, origin: int) -> list[tuple[str, tuple[int, ...]]]:
    """Labels and codes for mail from one prefix: rows for that prefix alone go before those for every one."""
    own = [row for row in fast.rows if origin in row.mailed_from]
    every = [row for row in fast.rows if not row.mailed_from]
    labeled = [(row.labels.get(fast.label_column, ""), row.codes) for row in (*own, *every)]
    return [(label, codes) for label, codes in labeled if label]


def _words_by_origin(fast: FastList) -> dict[str, str]:
    return {
        f"{runs(row.codes, fast.digits)} for mail from {runs(row.mailed_from, 3)}": row.labels[
            fast.label_column
        ]
        for row in fast.rows
        if row.mailed_from
    }


def _label_list(
    edition: Edition,
    rows: Sequence[tuple[str, tuple[int, ...]]],
    *,
    size: int,
    by_origin: Mapping[str, str] = MappingProxyType({}),
) -> LabelList:
    """Rows of one label are one destination; a code named twice keeps its first."""
    row_of = {label: row for row, label in enumerate(dict.fromkeys(label for label, _ in rows))}
    destination_of = np.full(size, -1, dtype=np.int32)
    first_code: dict[str, int] = {}
    for label, codes in rows:
        mine = np.array(codes, dtype=np.int64)
        destination_of[mine[destination_of[mine] < 0]] = row_of[label]
        first_code.setdefault(label, codes[0])
    return LabelList(
        edition=edition,
        label=tuple(row_of),
        label_zip=np.array([_label_zip(label, first_code[label], size) for label in row_of], dtype=np.int32),
        destination_of=destination_of,
        by_origin=by_origin,
    )


def _label_zip(label: str, code: int, size: int) -> int:
    """The ZIP or prefix a label ends with, as five digits; else the first code it stands for."""
    last = label.rsplit(maxsplit=1)[-1]
    digits = last if last.isdigit() and len(last) in {3, 5} else f"{code:0{3 if size == 1000 else 5}d}"
    return int(digits.ljust(5, "0"))


def city_state_label(zip5: int) -> str:
    """'BATON ROUGE LA 70801'; the bare ZIP when the ZIP table does not know it."""
    place = zip_cities().place(zip5)
    return f"{place[0]} {place[1]} {zip5:05d}" if place else f"{zip5:05d}"


def city_state_labels(zip5s: npt.NDArray[np.int32]) -> tuple[str, ...]:
    """Line 1 of 5-digit trays."""
    return tuple(city_state_label(zip5) for zip5 in zip5s.tolist())


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
        if not (len(row["zip5"]) == 5 and row["zip5"].isdecimal()) or row["kind"] not in _PLACES:
            raise ValueError(f"{row['zip5']!r}, {row['kind']!r} is not a five-digit ZIP and NDC or ASF")
    return EntryPlaces(edition, {int(row["zip5"]): row["kind"] for row in rows})
