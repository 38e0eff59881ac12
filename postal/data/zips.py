"""ZIP Code facts: prefixes that exist, the states of a prefix or ZIP, and the city a 5-digit label names.

Prefixes and states are dated data of this house; city and state of a ZIP come from the ``zipcodes`` package, written
as a column file at set-up (``scripts/zip_table.py``) that every process maps instead of reading.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib.metadata import version

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from postal.data.editions import DATA, Edition, InForce, editions

Int32s = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class ZipStates:
    """States of a prefix or ZIP. ``state_of_prefix`` (1000): index into ``states``, -1 = no such prefix."""

    states: tuple[str, ...]
    state_of_prefix: npt.NDArray[np.int16]
    exceptions: Mapping[int, tuple[str, ...]]
    editions: tuple[Edition, ...]

    def has_prefix(self, zip5: Int32s) -> Bools:
        """True where the first three digits are a prefix in use."""
        prefix = zip5 // 100
        known: Bools = self.state_of_prefix[np.clip(prefix, 0, 999)] >= 0
        return known & (prefix >= 0) & (prefix <= 999)

    def states_of(self, zip5: int) -> tuple[str, ...]:
        """Every state a ZIP lies in; empty when its prefix is not in use."""
        if zip5 in self.exceptions:
            return self.exceptions[zip5]
        index = int(self.state_of_prefix[zip5 // 100]) if 0 <= zip5 <= 99_999 else -1
        return (self.states[index],) if index >= 0 else ()

    def areas(self) -> dict[str, list[str]]:
        """The three-digit areas of each state."""
        found: dict[str, list[str]] = {state: [] for state in self.states}
        for prefix in np.flatnonzero(self.state_of_prefix >= 0).tolist():
            found[self.states[int(self.state_of_prefix[prefix])]].append(f"{prefix:03}")
        return found


@dataclass(frozen=True, slots=True, eq=False)
class ZipCities:
    """City and state by ZIP. ``row_of_zip`` (100,000): row of the columns, -1 = no such ZIP.

    ``names``, ``also``, ``not_accepted``: columns of the city in capitals, of other names the Postal Service accepts
    for the ZIP, and of names it knows and does not accept.
    """

    row_of_zip: Int32s
    state: npt.NDArray[np.str_]
    is_active: Bools
    names: pa.StringArray
    also: pa.ListArray
    not_accepted: pa.ListArray

    def has_zip(self, zip5: Int32s) -> Bools:
        """True where the ZIP is in the table, closed ones included: old lists still carry them."""
        in_range = (zip5 >= 0) & (zip5 <= 99_999)
        known: Bools = self.row_of_zip[np.clip(zip5, 0, 99_999)] >= 0
        return known & in_range

    def place(self, zip5: int) -> tuple[str, str] | None:
        """(city in capitals, state), or None for a ZIP the table does not have."""
        row = int(self.row_of_zip[zip5])
        return (self.names[row].as_py(), str(self.state[row])) if row >= 0 else None

    def accepted(self, row: int) -> tuple[str, ...]:
        """City names of a row, the usual one first."""
        return (self.names[row].as_py(), *self.also[row].as_py())


@lru_cache(maxsize=32)
def zip_states(on: date) -> ZipStates:
    """Prefixes and states in force on a day, by the editions shipped."""
    in_force = InForce(on, editions())
    return _load_states(in_force.edition("zip3-states"), in_force.edition("zip5-state-exceptions"))


def prefixes(text: str) -> Iterator[int]:
    """'700-701 703' to 700, 701, 703."""
    for run in text.split():
        first, _, last = run.partition("-")
        yield from range(int(first), int(last or first) + 1)


def runs(codes: Sequence[int], digits: int) -> str:
    """700, 701, 703 to '700-701, 703': the reverse of ``prefixes``, as people read it."""
    ordered = sorted(set(codes))
    starts = [code for code in ordered if code - 1 not in codes]
    ends = [code for code in ordered if code + 1 not in codes]
    named = [
        f"{first:0{digits}d}" + f"-{last:0{digits}d}" * (last > first)
        for first, last in zip(starts, ends, strict=True)
    ]
    return ", ".join(named)


@lru_cache(maxsize=8)
def _load_states(prefix_edition: Edition, exception_edition: Edition) -> ZipStates:
    with prefix_edition.path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    state_of_prefix = np.full(1000, -1, dtype=np.int16)
    for index, row in enumerate(rows):
        state_of_prefix[list(prefixes(row["zip3s"]))] = index
    with exception_edition.path.open(newline="", encoding="utf-8") as file:
        exceptions = {int(row["zip5"]): tuple(row["states"].split()) for row in csv.DictReader(file)}
    return ZipStates(
        states=tuple(row["state"] for row in rows),
        state_of_prefix=state_of_prefix,
        exceptions=exceptions,
        editions=(prefix_edition, exception_edition),
    )


TABLE = DATA / "zip_places.arrow"


@cache
def zip_cities() -> ZipCities:
    """The table of the ``zipcodes`` package from its column file; from the package itself, in about a second, where
    set-up wrote none or another version of the package is installed."""
    table = _mapped_table()
    table = table if table is not None else package_table()
    row_of_zip = np.full(100_000, -1, dtype=np.int32)
    row_of_zip[table["zip5"].to_numpy()] = np.arange(len(table), dtype=np.int32)
    columns = {name: table[name].combine_chunks() for name in ("names", "also", "not_accepted")}
    return ZipCities(
        row_of_zip=row_of_zip,
        state=table["state"].to_numpy().astype("U2"),
        is_active=table["is_active"].to_numpy(),
        **columns,
    )


def _mapped_table() -> pa.Table | None:
    if not TABLE.exists():
        return None
    with pa.memory_map(str(TABLE)) as file:
        table = pa.ipc.open_file(file).read_all()
    return table if table.schema.metadata == _edition_of_package() else None


def _edition_of_package() -> dict[bytes, bytes]:
    return {b"zipcodes": version("zipcodes").encode("ascii")}


def package_table() -> pa.Table:
    """Every ZIP of the ``zipcodes`` package as columns ``zip5``, ``names``, ``state``, ``is_active``, ``also``,
    ``not_accepted``, names in capitals, with the package's version in the schema."""
    import zipcodes

    columns: dict[str, list[object]] = {name: [] for name in _SCHEMA.names}
    # By region, because asking for everything at once makes the package keep 43,000 dictionaries for good.
    for region in "0123456789":
        for row in zipcodes.similar_to(region):  # type: ignore[no-untyped-call]
            columns["zip5"].append(int(row["zip_code"]))
            columns["names"].append(row["city"].upper())
            columns["state"].append(row["state"])
            columns["is_active"].append(bool(row["active"]))
            columns["also"].append([name.upper() for name in row["acceptable_cities"]])
            columns["not_accepted"].append([name.upper() for name in row["unacceptable_cities"]])
    return pa.table(columns, schema=_SCHEMA.with_metadata(_edition_of_package()))


_SCHEMA = pa.schema(
    {
        "zip5": pa.int32(),
        "names": pa.string(),
        "state": pa.string(),
        "is_active": pa.bool_(),
        "also": pa.list_(pa.string()),
        "not_accepted": pa.list_(pa.string()),
    }
)
