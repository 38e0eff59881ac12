"""A mailing's ZIPs and routes from a table of text columns, whatever they are called, as columns of a presort."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity
from postal.address.zip_codes import Bools, Routing, read_zips
from postal.data.zips import zip_cities
from postal.plans.routes import route_number
from postal.sorting.presort_plan import PieceColumns

ROWS_NAMED = 10

# Names of columns in lists as they come, lower case, without spaces and underscores.
_NAMES = {
    "zip": ("zip11", "zip", "zip5", "zipcode", "postalcode", "zip9", "zip+4"),
    "plus4": ("plus4", "zip4", "zipplus4", "+4"),
    "point": ("deliverypoint", "dpc", "dpbc", "dp", "deliverypointcode"),
    "route": ("route", "crrt", "carrierroute", "cart"),
    "sequence": ("sequence", "walksequence", "lot", "walkseq"),
}


@dataclass(frozen=True, slots=True, eq=False)
class PieceList:
    """Pieces that have a ZIP, and the row (from 0) of the table each came from."""

    pieces: PieceColumns
    rows: npt.NDArray[np.int64]
    findings: tuple[Finding, ...]


def read_csv(path: Path) -> pa.Table:
    """A CSV with every column as text, so that a ZIP keeps its leading zeros; parted by whichever of comma,
    semicolon, tab and bar the heading has most of. InvalidInput DATA_UNREADABLE.
    """
    uneven: list[pyarrow.csv.InvalidRow] = []

    def refuse(row: pyarrow.csv.InvalidRow) -> str:
        uneven.append(row)
        return "error"

    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            parted_by = max(",;\t|", key=file.readline().count)
            file.seek(0)
            names = next(csv.reader(file, delimiter=parted_by), [])
        return pyarrow.csv.read_csv(
            path,
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=parted_by, newlines_in_values=True, invalid_row_handler=refuse
            ),
            convert_options=pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
        )
    except (pa.ArrowInvalid, UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(
            f"{path.name} could not be read as CSV{_how_uneven(uneven)}.",
            code="DATA_UNREADABLE",
            remedy="Save it as CSV in UTF-8, every row with as many fields as the heading.",
        ) from error


def _how_uneven(rows: Sequence[pyarrow.csv.InvalidRow]) -> str:
    """Of the first row that does not fit the heading; its text is nobody's business."""
    return (
        f": a row has {rows[0].actual_columns} fields, the heading {rows[0].expected_columns}" if rows else ""
    )


def read_pieces(table: pa.Table) -> PieceList:
    """ZIP, ZIP+4 and delivery point may stand in one column or in three. InvalidInput MAPPING_FIELD when no
    column looks like a ZIP; rows whose ZIP Code cannot be used are left out and named.
    """
    columns = {what: _column(table, names) for what, names in _NAMES.items()}
    if columns["zip"] is None:
        raise InvalidInput(
            "No column of the list looks like a ZIP Code.",
            code="MAPPING_FIELD",
            remedy="Name it zip; ZIP+4 plus4, delivery point dp, carrier route route.",
        )
    nothing = pa.repeat(pa.scalar(""), table.num_rows)
    parts = [
        nothing if column is None else pc.utf8_trim_whitespace(column)
        for column in (columns["zip"], columns["plus4"], columns["point"])
    ]
    routing = read_zips(*parts)
    is_known = zip_cities().has_zip(routing.zip5.astype(np.int32))
    kept = np.flatnonzero(is_known & ~routing.short)
    routing = routing.without(routing.short, routing.short_add_on)
    routes, strange = _routes(columns["route"], kept)
    sequence = None if columns["sequence"] is None else _numbers(columns["sequence"])[kept]
    pieces = PieceColumns.of(
        routing.zip5[kept], routing.zip11[kept], ids=kept, route=routes, sequence=sequence
    )
    return PieceList(pieces, kept, tuple(_findings(routing, is_known, strange)))


def join_lists(lists: Sequence[PieceList]) -> PieceList:
    """Several lists as one mailing: ``job`` is the index of the list. Where some lists have routes and others not,
    those pieces have none. InvalidInput PRESORT_EMPTY names a list without a piece by its place.
    """
    empty = [place for place, found in enumerate(lists, start=1) if not len(found.pieces)]
    if empty:
        raise InvalidInput(f"List {empty[0]} has no piece that can be mailed.", code="PRESORT_EMPTY")
    everything = PieceColumns.joined([found.pieces for found in lists])
    pieces = replace(
        everything,
        job=np.repeat(np.arange(len(lists), dtype=np.int32), [len(found.pieces) for found in lists]),
        ids=np.arange(len(everything)),
    )
    return PieceList(
        pieces,
        np.concatenate([found.rows for found in lists]),
        tuple(finding for found in lists for finding in found.findings),
    )


def _column(table: pa.Table, names: Sequence[str]) -> pa.Array | None:
    plain = [name.lower().replace("_", "").replace(" ", "") for name in table.column_names]
    called = next((name for name in names if name in plain), None)
    if called is None:
        return None
    if plain.count(called) > 1:
        raise InvalidInput(
            f"The list has {plain.count(called)} columns called {called}.",
            code="MAPPING_FIELD",
            remedy="Keep the one that counts.",
        )
    return pc.fill_null(table.column(plain.index(called)).combine_chunks().cast(pa.string()), "")


def _digits(column: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(column, "[^0-9]", "")


def _numbers(column: pa.Array) -> npt.NDArray[np.int32]:
    digits = _digits(column)
    found: npt.NDArray[np.int32] = pc.cast(
        pc.if_else(pc.equal(pc.utf8_length(digits), 0), "0", digits), pa.int32()
    ).to_numpy()
    return found


def _routes(column: pa.Array | None, kept: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int32] | None, int]:
    """Route numbers of the rows kept, -1 for none or a text that is none; how many such texts."""
    if column is None:
        return None, 0
    encoded = column.dictionary_encode()
    numbers: list[int] = []
    strange: set[int] = set()
    for index, text in enumerate(encoded.dictionary.to_pylist()):
        try:
            numbers.append(route_number(text))
        except InvalidInput:
            numbers.append(-1)
            strange.update({index} if text.strip() else ())
    chosen = encoded.indices.to_numpy()[kept]
    return np.array(numbers, np.int32)[chosen], int(np.isin(chosen, list(strange)).sum())


def _findings(routing: Routing, is_known: Bools, strange_routes: int) -> list[Finding]:
    impossible = ~is_known & ~routing.missing & ~routing.changed & ~routing.abroad & ~routing.short
    again = "Format the column as text and export again."
    told = [
        ("ZIP_INVALID", routing.missing, "there is no ZIP Code", "Complete the row."),
        ("ZIP_INVALID", impossible, "the ZIP Code does not exist or is not 5, 9 or 11 digits", "Look it up."),
        ("ZIP_LEADING_ZERO", routing.short, "the ZIP Code has lost its leading zero", again),
        ("ID_FORMAT", routing.changed, "a spreadsheet has changed the ZIP Code", again),
        ("ADDRESS_FOREIGN", routing.abroad, "the postal code is of another country", "Take the row out."),
    ]
    found = [
        Finding(code, Severity.ROW, f"Left out, {what}: {_rows(rows)}.", remedy, Place(row=_first(rows)))
        for code, rows, what, remedy in told
        if rows.any()
    ]
    bad_add_on = is_known & (routing.bad_add_on | routing.short_add_on)
    if bad_add_on.any():
        sentence = f"An add-on to the ZIP Code is not used, it is not 4 and 2 digits: {_rows(bad_add_on)}."
        remedy = "Correct the add-on for the automation price."
        found.append(Finding("IMB_ROUTING", Severity.WARN, sentence, remedy, Place(row=_first(bad_add_on))))
    if strange_routes:
        sentence = f"{strange_routes:,} rows have a carrier route that is none; they count as without one."
        found.append(Finding("ROUTE_CODE", Severity.WARN, sentence, "Write routes as C012."))
    return found


def _first(rows: Bools) -> int:
    """As a spreadsheet counts: the heading is row 1."""
    return int(np.flatnonzero(rows)[0]) + 2


def _rows(rows: Bools) -> str:
    """'3 rows (4, 7, 12)', the first of them by number."""
    at = np.flatnonzero(rows) + 2
    shown = ", ".join(map(str, at[:ROWS_NAMED].tolist())) + (" ..." if len(at) > ROWS_NAMED else "")
    return f"{len(at):,} {'row' if len(at) == 1 else 'rows'} ({shown})"
