"""The list check: which rows can be mailed, what is wrong with the others, and the files both go to."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from kernel import clock
from postal.address.zip_codes import Routing, read_zips
from production.frontdesk.checks.addresses import AddressCheck, check_addresses
from production.frontdesk.checks.localities import check_localities
from production.frontdesk.checks.repeats import belonging_together, household_numbers, repeat_finding
from production.frontdesk.checks.results import PRINTED, Judged, stopped, union, write
from production.frontdesk.checks.stray_words import (
    by_use,
    check_cells,
    check_stray_words,
    without_empty_cells,
)
from production.frontdesk.lists.characters import bare, has_control, has_hidden, has_line_break, is_scientific
from production.frontdesk.lists.guess import guess_findings
from production.frontdesk.lists.mapping import apply_mapping, columns_of, mapping_findings, sound_sources
from production.frontdesk.lists.reader import guess, left_over, read_list
from production.frontdesk.lists.shapes import (
    DUPLICATE_POLICIES,
    HOUSEHOLD_POLICIES,
    ROW,
    Found,
    ListResult,
    ListTable,
    Refused,
    found_among,
    has_stop,
)
from production.frontdesk.repairs.document import read_repairs, with_repairs
from production.frontdesk.repairs.faults import FAULTS_FILE, keep, of_check
from production.frontdesk.repairs.kinds import Seen, made, offers
from production.mailings.list_order import AddressMapping, ListOptions

Bools = npt.NDArray[np.bool_]
Fields = dict[str, pa.Array]

_KEYS = ("state", "zip", "plus4", "delivery_point", "country")
_TOTAL_WORDS = re.compile(r"(?i)\b(?:grand total|total|totals|sum|count|records)\b")


def check_list(
    path: str | Path,
    given_name: str,
    mapping: Mapping[str, object] | None,
    options: ListOptions,
    out_dir: str | Path,
    repairs: str | None = None,
) -> ListResult:
    """Judge every row; write ``accepted.arrow`` (good rows, list order), ``rows_to_fix.csv`` and ``row_faults.json``.

    ``mapping`` None: nobody has confirmed one, so it is guessed. A finding that stops the list leaves no files.
    ``repairs``: file of what people changed in the list.
    ValueError for an unknown option or policy; bad files and mappings are findings.
    """
    on = date.fromisoformat(options["on"]) if "on" in options else clock.today()
    if options.get("duplicates", "allow") not in DUPLICATE_POLICIES:
        raise ValueError("duplicates: allow, merge or refuse")
    if options.get("households", "separate") not in HOUSEHOLD_POLICIES:
        raise ValueError("households: separate or one_piece")
    kept = read_repairs(repairs)
    try:
        table = with_repairs(read_list(path, options=options), kept)
    except Refused as refusal:
        return stopped(given_name, refusal.found, None, sound_sources(mapping))
    if mapping is None:
        sources, confidence = guess(table)
        of_mapping = mapping_findings(sources, table.names) + guess_findings(sources, confidence)
    else:
        sources, of_mapping = sound_sources(mapping), mapping_findings(mapping, table.names)
    extra = list(options.get("duplicate_columns", []))
    found = [
        *table.found,
        *of_mapping,
        *_absent(extra + [options[key] for key in ("control_column",) if key in options], table.names),
    ]
    if not has_stop(found):
        found += left_over(table, sources) + _control_findings(table, options)
    if has_stop(found):
        return stopped(given_name, found, table, sources)
    letter, repair = options.get("letter_columns"), bool(options.get("repair_zip"))
    if kept.kinds:
        table = made(look(table, sources, options, on=on), [one.kind for one in kept.kinds])
    routing, fields, checked, row_findings = _judge(table, sources, letter, on=on, repair=repair)
    offered = offers(Seen(table, sources, routing.zip5.astype(np.int32), row_findings))
    used = None if letter is None else [*letter, *extra]
    found = by_use([*found, *row_findings], sources, used)
    good = ~union([one for one in found if one.level is ROW], len(table))
    together = belonging_together(table, fields, routing, checked.addresses, good, extra)
    policy = options.get("duplicates", "allow")
    if len(together.repeats):
        found.append(repeat_finding(table, together, policy))
        good[together.repeats] &= policy == "allow"
    if len(together.sharing):
        found.append(Found("HOUSEHOLD_SHARED", together.sharing))
    found = _only_mailed(found, good) + _line_breaks(table, sources, good) + _no_delivery_point(routing, good)
    judged = Judged(table, sources, fields, routing, checked, good, found)
    houses = None
    if options.get("households") == "one_piece":
        houses = household_numbers(together, fields, checked.addresses, good)
    keep(Path(out_dir) / FAULTS_FILE, of_check(table, sources, found, offered))
    return write(judged, given_name, together if policy == "merge" else None, houses, Path(out_dir))


# -- judging -------------------------------------------------------------------------------------------


def look(table: ListTable, sources: AddressMapping, options: ListOptions, *, on: date) -> Seen:
    """What is wrong with the rows of a table, each looked at alone."""
    letter, repair = options.get("letter_columns"), bool(options.get("repair_zip"))
    routing, _, _, found = _judge(table, sources, letter, on=on, repair=repair)
    return Seen(table, sources, routing.zip5.astype(np.int32), by_use(found, sources, letter))


def _judge(
    table: ListTable, sources: AddressMapping, letter: list[str] | None, *, on: date, repair: bool
) -> tuple[Routing, Fields, AddressCheck, list[Found]]:
    """Routing codes, fields with clean keys, parsed addresses, and the findings row by row."""
    fields = apply_mapping(without_empty_cells(table, sources), sources)
    cells = check_cells(table, letter or ())
    hidden = np.logical_or.reduce([has_hidden(fields[name]) for name in (*PRINTED, "zip")])
    fields, words = check_stray_words(fields | {key: bare(fields[key]) for key in _KEYS})
    given = read_zips(fields["zip"], fields["plus4"], fields["delivery_point"])
    localities = check_localities(fields, given, on=on, repair=repair)
    routing, is_foreign = localities.routing, localities.is_foreign
    is_odd = _mask(table.odd, len(table))
    is_total = _total_row(table, fields, routing)
    plain = ~(is_odd | is_foreign | is_total)
    found = [
        _at("ROW_WIDTH", is_odd),
        *_by_column("BAD_CHARACTER", table, has_control, plain),
        _at("ADDRESS_FOREIGN", is_foreign & ~is_odd),
        _at("TOTAL_ROW_SUSPECTED", is_total & ~is_odd & ~is_foreign),
        *_missing_parts(fields, plain),
        _at("ADDRESS_INCOMPLETE", routing.missing & plain, "zip", "It has no ZIP Code to be sorted by."),
        _at("ZIP_INVALID", routing.invalid & plain, "zip"),
        replace(_at("ID_FORMAT", routing.changed & plain, "zip"), severity=ROW),
        _at("HIDDEN_CHARACTER", hidden & plain),
        *_by_column("ID_FORMAT", table, is_scientific, plain),
        *found_among(cells | words | localities.faults, plain),
    ]
    fields |= {"state": localities.state}
    zip5 = routing.zip5.astype(np.int32)
    checked = check_addresses(fields, zip5, plain, localities.is_wrong_state, on)
    return routing, fields, checked, [one for one in found + checked.found if len(one.rows)]


def _at(code: str, rows: Bools, column: str = "", detail: str = "") -> Found:
    return Found(code, np.flatnonzero(rows), column, detail)


def _mask(rows: Any, size: int) -> Bools:
    mask = np.zeros(size, bool)
    mask[rows] = True
    return mask


def _by_column(code: str, table: ListTable, test: Callable[[pa.Array], Bools], among: Bools) -> list[Found]:
    """One finding a column, on the rows ``among``."""
    found = []
    for name, column in zip(table.names, table.columns, strict=True):
        found.append(_at(code, test(column) & among, name[:80]))
    return [one for one in found if len(one.rows)]


def _line_breaks(table: ListTable, mapping: AddressMapping, good: Bools) -> list[Found]:
    """LINE_BREAK only where the address is made of the column, and for rows that are mailed."""
    used = {name[:80] for source in mapping.values() for name in columns_of(source)}
    return [one for one in _by_column("LINE_BREAK", table, has_line_break, good) if one.column in used]


def _is_empty(column: pa.Array) -> Bools:
    return np.asarray(pc.equal(pc.binary_length(column), 0))


def _missing_parts(fields: Fields, plain: Bools) -> list[Found]:
    nobody = _is_empty(fields["recipient"]) & _is_empty(fields["company"])
    return [
        _at("ADDRESS_INCOMPLETE", nobody & plain, "recipient", "It has no name."),
        _at("ADDRESS_INCOMPLETE", _is_empty(fields["street"]) & plain, "street", "It has no street."),
        _at("ADDRESS_INCOMPLETE", _is_empty(fields["city"]) & plain, "city", "It has no city."),
    ]


def _total_row(table: ListTable, fields: Fields, routing: Routing) -> Bools:
    """Only the last row: no ZIP and no street, and a word for total or nothing but numbers."""
    last = len(table) - 1
    mask = np.zeros(len(table), bool)
    if not routing.missing[last] or (fields["street"][last].as_py() and fields["city"][last].as_py()):
        return mask
    cells = [text for column in table.columns if (text := column[last].as_py().strip())]
    numbers = sum(bool(re.fullmatch(r"[$(]?-?[\d,]+(?:\.\d+)?\)?", cell)) for cell in cells)
    has_word = any(_TOTAL_WORDS.search(cell) and len(cell) < 40 for cell in cells)
    mask[last] = (has_word and len(cells) - numbers <= 2) or numbers == len(cells)
    return mask


# -- the list as a whole -------------------------------------------------------------------------------


def _absent(columns: list[str], names: list[str]) -> list[Found]:
    absent = sorted(set(columns) - set(names))
    detail = f"A control names columns that the list does not have: {', '.join(absent)}."
    return [Found("DATA_HEADER", detail=detail[:300])] if absent else []


def _control_findings(table: ListTable, options: ListOptions) -> list[Found]:
    """The row count and the sum that the sender announced."""
    found = []
    expected = options.get("expected_rows")
    if expected is not None and expected != len(table):
        found.append(
            Found("CONTROL_TOTAL", detail=f"{expected:,} rows were announced, {len(table):,} are here.")
        )
    if "control_column" not in options:
        return found
    column = table.columns[table.names.index(options["control_column"])]
    try:
        announced = Decimal(str(options.get("control_total")))
        amount = pc.replace_substring_regex(column, r"[$,\s]", "")
        total = sum((Decimal(text) for text in amount.to_pylist() if text), Decimal(0))
    except InvalidOperation:
        detail = "The column or the announced total holds something that is not a number."
        return [*found, Found("CONTROL_TOTAL", column=options["control_column"][:80], detail=detail)]
    if total != announced:
        detail = f"{announced:,} was announced, the rows add up to {total:,}."
        found.append(Found("CONTROL_TOTAL", column=options["control_column"][:80], detail=detail))
    return found


def _only_mailed(found: list[Found], good: Bools) -> list[Found]:
    """Warnings and notes only for rows that are mailed; a merged repeat keeps its warning."""
    kept = []
    for one in found:
        if len(one.rows) and one.level is not ROW and one.code != "ROW_DUPLICATE":
            rows = one.rows[good[one.rows]]
            if len(rows):
                kept.append(replace(one, rows=rows))
        else:
            kept.append(one)
    return kept


def _no_delivery_point(routing: Routing, good: Bools) -> list[Found]:
    rows = np.flatnonzero(good & (routing.zip11 < 0))
    return [Found("NO_DELIVERY_POINT", rows)] if len(rows) else []
