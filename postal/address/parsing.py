"""Street lines of a list as parts and standard form (USPS Publication 28), read by two libraries.

``doorplate`` reads every distinct line. ``usaddress``, another method altogether, reads those that are not plain
(``is_plain``); where the two place a word differently on number, street, unit or box, the rows are named. Neither is
CASS-certified software: a standard form says how an address is written, never that mail can be delivered there.

A house number before plain words, and the number of a unit that stands alone, do not change how the rest is read.
Such lines are read once for all their numbers, which are put back afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import doorplate
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from postal.address.opinions import Reading, differences, is_plain, joined, keeps_digits, read_lines

Bools = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]

PARTS = (
    "number", "predirectional", "name", "suffix", "postdirectional", "unit_type", "unit", "box", "route", "military",
)  # fmt: skip
KINDS = ("street", "po_box", "rural_route", "military", "general_delivery", "dual", "unknown")
# What the first library notices, as codes of production.frontdesk.lists.shapes.RULES. Its other warnings are
# about columns it was not given (city, state, ZIP Code), guesses from a line's length, or number ranges, which
# Queens has by rule.
FAULTS = {
    "missing_street_number": "STREET_NUMBER",
    "missing_street_name": "STREET_NAME",
    "missing_unit_number": "UNIT_NUMBER",
    "dual_address": "STREET_AND_BOX",
    "intersection_detected": "STREET_UNCLEAR",
    "unparsed_remainder": "STREET_UNCLEAR",
    "placeholder": "STREET_UNCLEAR",
    "zero_street_number": "STREET_UNCLEAR",
}
NO_DESIGNATOR = "UNIT_DESIGNATOR"

_STAND_IN = "100"
_NUMBERED = r"^(?P<number>[1-9]\d{0,5}) (?P<rest>(?:[NSEWnsew]\.? |[A-Za-z]{2})[A-Za-z .'-]*)$"
_UNIT = r"^(?P<kind>(?:[A-Za-z]{2,9}\.? |# ?))(?P<id>[1-9]\d{0,5})$"
_BETWEEN = "\x1f"
_BLOCK = 50_000  # lines whose parsed objects are kept at a time
# The second library takes some 80 microseconds a line; of a list with more doubtful lines only a part is compared.
MOST_SECOND_OPINIONS = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class Addresses:
    """Columns of one length. ``parts`` by ``PARTS``, ``line`` the standard form, empty where absent; ``kind`` by
    ``KINDS``. ``is_sure``: nothing left out, no fault, no disagreement. ``faults``: rows by code. ``readings``: rows by
    what the two libraries say. ``second_opinions``: distinct lines both have read, of ``distinct`` in all;
    ``not_compared``: rows beyond ``MOST_SECOND_OPINIONS``, which are never sure.
    """

    parts: dict[str, pa.Array]
    line: pa.Array
    kind: npt.NDArray[np.int8]
    is_sure: Bools
    faults: dict[str, Rows]
    readings: dict[Reading, Rows]
    not_compared: Rows
    distinct: int
    second_opinions: int

    @property
    def disagreeing(self) -> Rows:
        """Rows read in two ways, ascending."""
        return np.unique(np.concatenate([*self.readings.values(), np.empty(0, np.int64)])).astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Read:
    """One distinct line, read by the first library, and by the second if that was wanted."""

    parts: tuple[str, ...]
    line: str
    kind: int
    is_sure: bool
    is_doubtful: bool  # a second opinion is wanted
    faults: frozenset[str] = frozenset()
    readings: frozenset[Reading] = frozenset()
    is_not_compared: bool = False


_NOTHING = _Read(("",) * len(PARTS), "", KINDS.index("unknown"), is_sure=False, is_doubtful=False)


def parse_addresses(street: pa.Array, street2: pa.Array) -> Addresses:
    """Two string columns of tidy text: the street line, and the second line with a unit or nothing."""
    numbers = pc.extract_regex(street, _NUMBERED)
    units = pc.extract_regex(street2, _UNIT)
    whole = pc.binary_join_element_wise(street, street2, _BETWEEN)
    shape = pc.binary_join_element_wise(
        pc.if_else(pc.is_valid(numbers), _joined(_STAND_IN, numbers.field("rest")), street),
        pc.if_else(pc.is_valid(units), _joined(units.field("kind"), _STAND_IN, mark=""), street2),
        _BETWEEN,
    )
    coded = pc.dictionary_encode(shape)
    which = np.asarray(coded.indices).astype(np.int64)
    read = _read_many(coded.dictionary.to_pylist())
    has_number, has_unit = np.asarray(pc.is_valid(numbers)), np.asarray(pc.is_valid(units))
    again = _stand_ins_moved(read, has_number, has_unit, which)
    if again.any():  # the number matters to how these lines are read
        coded = pc.dictionary_encode(whole.filter(pa.array(again)))
        which[again] = len(read) + np.asarray(coded.indices)
        read += _read_many(coded.dictionary.to_pylist())
    return _columns(
        read,
        which,
        _held(numbers.field("number"), has_number & ~again),
        _held(units.field("id"), has_unit & ~again),
    )


def standard_form(text: str) -> str:
    """One street line in standard form; empty where nothing can be read."""
    return str(parse_addresses(pa.array([text]), pa.array([""])).line[0])


def _joined(first: Any, second: Any, *, mark: str = " ") -> pa.Array:
    return pc.binary_join_element_wise(first, second, mark)


def _held(values: pa.Array, rows: Bools) -> pa.Array:
    return pc.if_else(pa.array(rows), pc.fill_null(values, ""), "")


def _stand_ins_moved(read: Sequence[_Read], has_number: Bools, has_unit: Bools, which: Rows) -> Bools:
    """Rows whose stand-in number or unit was not read as the number or the unit, at its end of the line."""
    number, unit = PARTS.index("number"), PARTS.index("unit")
    keeps_number = np.array(
        [one.parts[number] == _STAND_IN and one.line.startswith(f"{_STAND_IN} ") for one in read], bool
    )
    keeps_unit = np.array(
        [one.parts[unit] == _STAND_IN and one.line.endswith(f" {_STAND_IN}") for one in read], bool
    )
    if not len(read):
        return np.zeros(len(which), bool)
    moved: Bools = (has_number & ~keeps_number[which]) | (has_unit & ~keeps_unit[which])
    return moved


def _read_many(shapes: Sequence[str]) -> list[_Read]:
    """Each of the distinct lines; only those that are not plain are read by both libraries."""
    read: list[_Read] = []
    for start in range(0, len(shapes), _BLOCK):
        read += _read_block(shapes[start : start + _BLOCK])
    doubtful = sorted((shape, k) for k, shape in enumerate(shapes) if read[k].is_doubtful)
    for _, k in doubtful[MOST_SECOND_OPINIONS:]:  # in the order of the text, whatever the order of the rows
        read[k] = replace(read[k], is_doubtful=False, is_not_compared=True)
    chosen = [k for _, k in doubtful[:MOST_SECOND_OPINIONS]]
    for start in range(0, len(chosen), _BLOCK):
        block = chosen[start : start + _BLOCK]
        lines = [read[k].line for k in block]
        again = read_lines(lines)
        for k, line, parsed in zip(block, lines, again, strict=True):
            read[k] = _compared(read[k], shapes[k], is_stable=parsed is not None and _line(parsed) == line)
    return read


def _read_block(shapes: Sequence[str]) -> list[_Read]:
    halves = [shape.partition(_BETWEEN) for shape in shapes]
    parsed = read_lines([one[0] for one in halves], [one[2] for one in halves])
    return [_read(one, _text(shape)) if one else _NOTHING for one, shape in zip(parsed, shapes, strict=True)]


def _text(shape: str) -> str:
    first, _, second = shape.partition(_BETWEEN)
    return joined(first, second)


def _line(parsed: doorplate.ParsedAddress) -> str:
    usps = parsed.to_usps()
    return f"{usps['line1'] or ''} {usps['line2'] or ''}".strip()


def _read(parsed: doorplate.ParsedAddress, text: str) -> _Read:
    line = _line(parsed)
    plain = is_plain(parsed, text, line)
    faults = {FAULTS[warning] for warning in parsed.warnings if warning in FAULTS}
    if parsed.unit_number and not parsed.unit_type and "#" not in text:
        faults.add(NO_DESIGNATOR)
    return _Read(
        parts=_parts(parsed),
        line=line,
        kind=KINDS.index(parsed.address_type()),
        is_sure=plain and not faults,
        is_doubtful=not plain,
        faults=frozenset(faults),
    )


def _compared(read: _Read, shape: str, *, is_stable: bool) -> _Read:
    """The line with the second opinion. ``is_stable``: its standard form is read as itself."""
    readings, is_whole = differences(_text(shape))
    is_sure = is_stable and is_whole and not readings and not read.faults - {NO_DESIGNATOR}
    is_sure = is_sure and keeps_digits(_text(shape), read.line)
    return replace(read, is_sure=is_sure, readings=readings)


def _parts(parsed: doorplate.ParsedAddress) -> tuple[str, ...]:
    highway, route, military = parsed.highway, parsed.rural_route, parsed.military
    box = parsed.po_box or (route and route["box"]) or (military and military["box"])
    found = (
        parsed.street_number,
        parsed.street_dir_prefix,
        highway["name"] if highway else parsed.street_name,
        parsed.street_suffix,
        parsed.street_dir_suffix,
        _both(parsed.unit_type, parsed.second_unit_type),
        _both(parsed.unit_number, parsed.second_unit_number),
        box,
        f"{route['kind']} {route['route']}" if route else "",
        f"{military['kind']} {military['number']}" if military else "",
    )
    return tuple(part or "" for part in found)


def _both(first: str | None, second: str | None) -> str:
    return " ".join(part for part in (first, second) if part)


def _columns(read: list[_Read], which: Rows, number: pa.Array, unit: pa.Array) -> Addresses:
    at = pa.array(which)
    parts = {
        name: pa.array([one.parts[k] for one in read], pa.string()).take(at) for k, name in enumerate(PARTS)
    }
    line = pa.array([one.line for one in read], pa.string()).take(at)
    has_number, has_unit = pc.not_equal(number, ""), pc.not_equal(unit, "")
    parts["number"] = pc.if_else(has_number, number, parts["number"])
    parts["unit"] = pc.if_else(has_unit, unit, parts["unit"])
    width = len(_STAND_IN)
    line = pc.if_else(has_number, _joined(number, pc.utf8_slice_codeunits(line, width), mark=""), line)
    line = pc.if_else(has_unit, _joined(pc.utf8_slice_codeunits(line, 0, -width), unit, mark=""), line)
    return Addresses(
        parts=parts,
        line=line,
        kind=np.array([one.kind for one in read], np.int8)[which],
        is_sure=np.array([one.is_sure for one in read], bool)[which],
        faults=_rows_by({k: one.faults for k, one in enumerate(read) if one.faults}, which, len(read)),
        readings=_rows_by({k: one.readings for k, one in enumerate(read) if one.readings}, which, len(read)),
        not_compared=np.flatnonzero(np.array([one.is_not_compared for one in read], bool)[which]),
        distinct=len(read),
        second_opinions=sum(one.is_doubtful for one in read),
    )


def _rows_by(things: dict[int, frozenset[Any]], which: Rows, size: int) -> dict[Any, Rows]:
    """Rows of each thing, from the things of each distinct line; most frequent first."""
    lines: dict[Any, list[int]] = {}
    for line, found in things.items():
        for thing in found:
            lines.setdefault(thing, []).append(line)
    rows = {}
    for thing, its in lines.items():
        mask = np.zeros(size, bool)
        mask[its] = True
        rows[thing] = np.flatnonzero(mask[which])
    return dict(sorted(rows.items(), key=lambda item: (-len(item[1]), str(item[0]))))
