"""Repairs that are certain enough to be made in all rows at once, each shown with before and after first.

A kind looks only at rows where it knows a fault, and gives for each cell what it becomes; made once more it finds
nothing left to do. A part of the address that is made of several columns is left to people.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from postal.data.zip_names import check_cities, plain_city
from postal.data.zips import Int32s, zip_cities
from production.frontdesk.lists.characters import bare, has_damage, tidy
from production.frontdesk.lists.mapping import columns_of
from production.frontdesk.lists.places import state_code
from production.frontdesk.lists.shapes import ROW, Found, ListTable
from production.mailings.list_order import AddressMapping

Bools = npt.NDArray[np.bool_]
_NAMED = ("recipient", "company", "street", "street2", "city")
_WRITTEN = (*_NAMED, "state", "zip")
_DECIMALS = re.compile(r"(\d{5}|\d{9})\.0+")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_FIRST_LETTER = re.compile(r"(?<![\w'’])[^\W\d_]")
_WHOLE_WORDS = re.compile(r"\b(?:nw|ne|sw|se|po|apo|fpo|dpo|psc|ii|iii|iv|llc)\b", re.IGNORECASE)
_SCOTS_AND_IRISH = re.compile(r"\b(?:Mc|[OD]['’])[a-z](?=\w)")
_MISREAD_AT_MOST = 3  # times that a text was read in a wrong way


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A list and what its check found; ``zip5``: ZIP Codes as read, -1 for none."""

    table: ListTable
    sources: AddressMapping
    zip5: Int32s
    found: Sequence[Found]

    def column(self, field: str) -> str:
        """The one column that a part of the address is; empty where it is none or several."""
        names = columns_of(self.sources[field]) if field in self.sources else []
        return names[0] if len(names) == 1 else ""

    def cells(self, name: str) -> pa.Array:
        """A column."""
        return self.table.columns[self.table.names.index(name)]

    def rows(self, *codes: str, column: str | None = None) -> list[int]:
        """Rows with one of these findings, of the column if one is named."""
        found = [one.rows for one in self.found if one.code in codes and column in (None, one.column)]
        return [int(row) for row in np.unique(np.concatenate(found))] if found else []


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """Cells of one column, and what they become."""

    column: str
    rows: Sequence[int]
    after: Sequence[str]


Rule = Callable[[Seen], Iterable[Change]]


def _change(seen: Seen, name: str, rows: Sequence[int], after: Callable[[str], str]) -> Iterator[Change]:
    """One column's cells of these rows, those that become something else."""
    if not name or not rows:
        return
    pairs = zip(rows, seen.cells(name).take(pa.array(rows, pa.int64())).to_pylist(), strict=True)
    changed = [(row, new) for row, old in pairs if (new := after(old)) != old]
    if changed:
        yield Change(name, *map(list, zip(*changed, strict=True)))


def _lost_zeros(seen: Seen) -> Iterator[Change]:
    yield from _change(seen, seen.column("zip"), seen.rows("ZIP_LEADING_ZERO"), _with_zeros)


def _with_zeros(code: str) -> str:
    first, dash, add_on = code.strip().partition("-")
    if not (first.isascii() and first.isdigit()):
        return code
    return first.zfill(5 if len(first) <= 5 else 9 if len(first) <= 9 else 11) + dash + add_on


def _decimals(seen: Seen) -> Iterator[Change]:
    rows = [one.rows for one in seen.found if (one.code, one.column, one.level) == ("ID_FORMAT", "zip", ROW)]
    yield from _change(
        seen, seen.column("zip"), rows[0].tolist() if rows else [],
        lambda code: found[1] if (found := _DECIMALS.fullmatch(code.strip())) else code,
    )  # fmt: skip


def _names_of(zip5: int) -> frozenset[str]:
    cities = zip_cities()
    row = int(cities.row_of_zip[zip5]) if zip5 >= 0 else -1
    return frozenset(map(plain_city, cities.accepted(row))) if row >= 0 else frozenset()


def _state_of(zip5: int) -> str:
    place = zip_cities().place(zip5) if zip5 >= 0 else None
    return place[1] if place else ""


def _swapped(seen: Seen) -> Iterator[Change]:
    """City and state in each other's column, as the ZIP Code says."""
    city, state = seen.column("city"), seen.column("state")
    if not city or not state or city == state:
        return
    rows = [row for row in seen.rows("PLACE_UNKNOWN", "ZIP_STATE") if _is_swapped(seen, row, city, state)]
    for name, other in ((city, state), (state, city)) if rows else ():
        yield Change(name, rows, seen.cells(other).take(pa.array(rows)).to_pylist())


def _is_swapped(seen: Seen, row: int, city: str, state: str) -> bool:
    zip5, in_city, in_state = (
        int(seen.zip5[row]),
        seen.cells(city)[row].as_py(),
        seen.cells(state)[row].as_py(),
    )
    return bool(
        state_code(in_city) == _state_of(zip5) != ""
        and not state_code(in_state)
        and plain_city(in_state) in _names_of(zip5)
    )


def _state_codes(seen: Seen) -> Iterator[Change]:
    """States written out, and those that nobody can read where ZIP Code and city agree."""
    name, city = seen.column("state"), seen.column("city")
    if not name:
        return
    coded = pc.dictionary_encode(seen.cells(name))
    written_out = [state_code(text) not in ("", text) for text in coded.dictionary.to_pylist()]
    rows = np.flatnonzero(np.array(written_out, bool)[np.asarray(coded.indices)])
    yield from _change(seen, name, rows.tolist(), state_code)
    unread = [
        row
        for row in (seen.rows("ZIP_STATE") if city else ())
        if not state_code(seen.cells(name)[row].as_py())
        and plain_city(seen.cells(city)[row].as_py()) in _names_of(int(seen.zip5[row]))
    ]
    if unread:
        yield Change(name, unread, [_state_of(int(seen.zip5[row])) for row in unread])


def _spaces(seen: Seen) -> Iterator[Change]:
    for name in dict.fromkeys(filter(None, map(seen.column, _WRITTEN))):
        cells = seen.cells(name)
        after = tidy(bare(cells))
        rows = np.flatnonzero(np.asarray(pc.not_equal(cells, after))).tolist()
        if rows:
            yield Change(name, rows, after.take(pa.array(rows)).to_pylist())


def _small_letters(seen: Seen) -> Iterator[Change]:
    for name in dict.fromkeys(filter(None, map(seen.column, _NAMED))):
        cells = seen.cells(name)
        is_small = pc.and_(
            pc.equal(cells, pc.utf8_lower(cells)), pc.match_substring_regex(cells, r"[\pL]{2}")
        )
        yield from _change(seen, name, np.flatnonzero(np.asarray(is_small)).tolist(), with_capitals)


def with_capitals(text: str) -> str:
    """Small letters with a capital at each word, as names and streets are written."""
    text = _FIRST_LETTER.sub(lambda found: found[0].upper(), text)
    text = _SCOTS_AND_IRISH.sub(lambda found: found[0][:-1] + found[0][-1].upper(), text)
    return _WHOLE_WORDS.sub(lambda found: found[0].upper(), text)


def _damage(seen: Seen) -> Iterator[Change]:
    full = {name[:80]: name for name in seen.table.names}
    for name in dict.fromkeys(one.column for one in seen.found if one.code == "TEXT_DAMAGED"):
        rows = seen.rows("TEXT_DAMAGED", column=name)
        yield from _change(seen, full.get(name, ""), rows, undamaged)


def undamaged(text: str) -> str:
    """The text as it was before it was read in a wrong way; as it is where that is not certain."""
    new = html.unescape(_ESCAPE.sub(lambda found: chr(int(found[1], 16)), text))
    for _ in range(_MISREAD_AT_MOST):
        try:
            new = new.encode("cp1252").decode("utf-8")
        except UnicodeError:
            break
    new = " ".join(new.split())
    is_sound = new.isprintable() and not has_damage(pa.array([new]))[0]
    return new if is_sound else text


def _words_for_nothing(seen: Seen) -> Iterator[Change]:
    fields = dict.fromkeys(one.column for one in seen.found if one.code == "CELL_PLACEHOLDER")
    for field in fields:
        rows = seen.rows("CELL_PLACEHOLDER", column=field)
        yield from _change(seen, seen.column(field), rows, lambda _: "")


def _city_names(seen: Seen) -> Iterator[Change]:
    """A city that is nearly a name of its ZIP Code."""
    name, rows = seen.column("city"), seen.rows("ZIP_CITY")
    if not name or not rows:
        return
    among = np.zeros(len(seen.table), bool)
    among[rows] = True
    checked = check_cities(seen.zip5, tidy(seen.cells(name)), among)
    near = {row: new for row, new in checked.nearest.items() if checked.is_other[row]}
    yield from (Change(name, list(near), [new.title() for new in near.values()]),) if near else ()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of repair in words: what is wrong with so many, one or several, and what is done."""

    one: str
    many: str
    does: str
    rule: Rule


# In the order in which they are made.
KINDS: Mapping[str, Kind] = {
    "damage": Kind(
        "row has damaged letters", "rows have damaged letters", "Each becomes what it was before it was read "
        "in a wrong way.", _damage,
    ),
    "spaces": Kind(
        "row has extra spaces", "rows have extra spaces", "Doubled, hidden and outer spaces go.", _spaces
    ),
    "nothing": Kind(
        "row has a word for nothing", "rows have a word for nothing", "They become empty.", _words_for_nothing
    ),
    "zip_decimals": Kind(
        "ZIP Code was made a decimal number", "ZIP Codes were made decimal numbers", "The decimals go.", _decimals
    ),
    "zip_zeros": Kind(
        "ZIP Code lost its leading zero", "ZIP Codes lost their leading zero",
        "Each becomes a real ZIP Code of the state or city in its row.", _lost_zeros,
    ),
    "swapped": Kind(
        "row has city and state in each other's column", "rows have city and state in each other's column",
        "They change places, as the ZIP Code says.", _swapped,
    ),
    "state_codes": Kind(
        "state is not its two letters", "states are not their two letters",
        "Each becomes the code of the state, by its name or its ZIP Code and city.", _state_codes,
    ),
    "city_names": Kind(
        "city is nearly a name of its ZIP Code", "cities are nearly a name of their ZIP Code",
        "Each becomes that name. Look at them first.", _city_names,
    ),
    "small_letters": Kind(
        "row is in small letters", "rows are in small letters", "Each word gets a capital.", _small_letters
    ),
}  # fmt: skip


def offers(seen: Seen, kinds: Iterable[str] = KINDS) -> dict[str, list[Change]]:
    """By kind, what it would change."""
    found = {kind: list(KINDS[kind].rule(seen)) for kind in KINDS if kind in set(kinds)}
    return {kind: changes for kind, changes in found.items() if changes}


def made(seen: Seen, kinds: Iterable[str]) -> ListTable:
    """The list with repairs of these kinds, one after the other."""
    for kind in (one for one in KINDS if one in set(kinds)):
        for change in list(KINDS[kind].rule(seen)):
            seen = replace(seen, table=_changed(seen.table, change))
    return seen.table


def _changed(table: ListTable, change: Change) -> ListTable:
    at, mask = table.names.index(change.column), np.zeros(len(table), bool)
    order = np.argsort(change.rows, kind="stable")
    mask[change.rows] = True
    after = pa.array([change.after[k] for k in order], pa.string())
    columns = list(table.columns)
    columns[at] = pc.replace_with_mask(columns[at], pa.array(mask), after)
    return replace(table, columns=columns)
