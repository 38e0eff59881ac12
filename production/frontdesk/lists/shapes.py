"""Address lists: their shapes, limits and the table of everything a list check can say.

Uploads are parsed only in a limited child process, so the doors (``reader.inspect_list``,
``list_check.check_list``) take paths and plain values, give values that cross as JSON, and leave files behind.
Columns: Arrow strings; rows: indexes into the table, shown to people as the row their spreadsheet shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kernel.findings import FindingGroup, Place, Severity
from production.mailings.list_order import AddressMapping, ListOptions

STOP, ROW, WARN, NOTE = Severity.STOP, Severity.ROW, Severity.WARN, Severity.NOTE

# Limits are the shop's own: a year of a large agency fits, a bomb does not.
MAX_BYTES = 1 << 29
MAX_ROWS = 2_000_000
MAX_COLUMNS = 500
MAX_FIELD_CHARACTERS = 10_000
PLACES_SHOWN = 100
FIRST_ROWS = 20

# Parts of an address a mapping may name: ``zip`` holds 5, 9 or 11 digits, ``last_line`` city, state and ZIP,
# ``full_address`` is one line.
ADDRESS_FIELDS = (
    "recipient",
    "company",
    "street",
    "street2",
    "city",
    "state",
    "zip",
    "plus4",
    "delivery_point",
    "country",
    "last_line",
    "full_address",
    "dpv",
    "carrier_route",
    "matched_on",
    "matched_by",
    "updated_on",
    "updated_by",
)
# The last of them are a certificate: codes of an address matching (CASS), and by what and when the list was matched
# and updated (Move Update). A constant says it of the whole list.
CERTIFICATE_FIELDS = ADDRESS_FIELDS[-6:]
# First columns of the file of rows to fix. A corrected file may come back as the next list: they are not data.
FIX_COLUMNS = ("fix: row", "fix: codes", "fix: what to do")
DUPLICATE_POLICIES = ("allow", "merge", "refuse")
HOUSEHOLD_POLICIES = ("separate", "one_piece")
OPTIONS = frozenset(ListOptions.__annotations__)


@dataclass(frozen=True, slots=True)
class Rule:
    """What a code means: how far it stops, one sentence, one remedy."""

    severity: Severity
    message: str
    remedy: str


RULES: dict[str, Rule] = {
    "DATA_EMPTY": Rule(
        STOP, "The list has no rows of data.", "Send a file with a header row and at least one row."
    ),
    "DATA_HEADER": Rule(
        STOP, "The header row has a fault.", "Give every column one name of its own in the first row."
    ),
    "HEADER_BELOW": Rule(
        NOTE,
        "The names of the columns stand below other rows, which are left out.",
        "Look at the first rows.",
    ),
    "DATA_TOO_LARGE": Rule(STOP, "The list is over a limit.", "Split the list, or take out the long field."),
    "TYPE_MISMATCH": Rule(STOP, "This is not a list.", "Send CSV, tab-separated text or XLSX."),
    "ENCODING": Rule(
        WARN,
        "The text is not UTF-8.",
        "Look at the accented names below; choose another encoding or save the file as UTF-8.",
    ),
    "CSV_QUOTE": Rule(
        STOP,
        "A quotation mark is opened and not closed properly.",
        "Close the quotation mark in this line, or write it twice inside a field.",
    ),
    "ROW_WIDTH": Rule(
        ROW, "The row has more or fewer cells than the header.", "Check for a stray or missing separator."
    ),
    "ROW_BLANK": Rule(NOTE, "Blank rows were skipped.", ""),
    "BAD_CHARACTER": Rule(
        ROW, "A control or replacement character stands in the row.", "Type the cell again."
    ),
    "HIDDEN_CHARACTER": Rule(
        WARN,
        "Invisible or direction-changing characters, or non-breaking spaces, stand in the address.",
        "Look at a proof of these rows.",
    ),
    "LINE_BREAK": Rule(NOTE, "A line break inside an address field is printed as a space.", ""),
    "TOTAL_ROW_SUSPECTED": Rule(
        ROW, "The last row looks like a total, not an address.", "Take the total row out."
    ),
    "CONTROL_TOTAL": Rule(
        STOP, "The control total differs.", "Send the complete list or correct the control total."
    ),
    "TEXT_DAMAGED": Rule(
        ROW,
        "Letters were damaged on the way, or escapes of another format stand in the text (Ã©, &eacute;, _x000D_, \\').",
        "Export the list again as UTF-8, or type the cell again.",
    ),
    "CELL_DATE": Rule(
        ROW,
        "A spreadsheet made a date of it, perhaps of a house or apartment number such as 5-2.",
        "Format the column as text at the source and type the number again.",
    ),
    "CELL_PLACEHOLDER": Rule(
        WARN,
        "A word that means nothing (NULL, N/A, none, only marks) stands in the address; it counts as empty.",
        "Look at these rows: something may be missing.",
    ),
    "DO_NOT_MAIL": Rule(
        ROW,
        "The row itself says that no letter may go there, or that the address is no address.",
        "Take the row out, or take the words out.",
    ),
    "NAMES_NOBODY": Rule(
        WARN,
        "The name is of no person (a resident, an estate, a test): the letter goes to whoever lives there.",
        "Check that the letter is for anybody.",
    ),
    "ID_FORMAT": Rule(
        WARN,
        "A number was changed to scientific notation or given decimals by a spreadsheet.",
        "Format the column as text and export again.",
    ),
    "ID_PRECISION_LOST": Rule(
        ROW,
        "A number of 16 or more digits has lost its last digits in the workbook.",
        "Format the column as text at the source; this cannot be repaired here.",
    ),
    "CELL_ERROR": Rule(
        ROW, "A cell has an error, a formula without a value, or is merged.", "Put plain values in the cells."
    ),
    "XLSX_UNSUPPORTED": Rule(
        STOP, "This kind of workbook is not accepted.", "Save it as XLSX without macros or password."
    ),
    "XLSX_UNREADABLE": Rule(
        STOP, "The workbook cannot be read.", "Open it, save it again as XLSX, or export CSV."
    ),
    "XLSX_SHEETS": Rule(
        NOTE, "The workbook has several sheets; one is used.", "Choose the sheet if it is another."
    ),
    "XLSX_HIDDEN": Rule(
        WARN, "The sheet has hidden rows or columns; they are read too.", "Leave them out, or show them."
    ),
    "XLSX_1904": Rule(
        NOTE, "The workbook counts dates from 1904; they were converted.", "Look at the dates shown."
    ),
    "ARCHIVE_TOO_LARGE": Rule(
        STOP, "The workbook unpacks to more than is allowed.", "Split the list or export CSV."
    ),
    "ARCHIVE_DAMAGED": Rule(STOP, "The file is damaged or cut short.", "Send it again."),
    "ARCHIVE_AMBIGUOUS": Rule(
        STOP, "The archive holds several lists.", "Unpack it and send the one list that is meant."
    ),
    "MAPPING_FIELD": Rule(
        STOP, "The mapping is not complete or not understood.", "Say where every part of the address is."
    ),
    "MAPPING_GUESSED": Rule(
        ROW,
        "The columns were guessed, and nobody has confirmed them.",
        "Confirm which column is what.",
    ),
    "COLUMN_UNUSED": Rule(
        WARN,
        "A column that looks like a part of the address is not used.",
        "Say which part it is, or make sure that nothing is missing on the proof.",
    ),
    "ADDRESS_INCOMPLETE": Rule(ROW, "A part of the address is missing.", "Complete the address."),
    "ADDRESS_FOREIGN": Rule(
        ROW,
        "The address is outside the United States.",
        "Mail these rows yourself: the plant mails within the United States.",
    ),
    "PLACE_UNKNOWN": Rule(
        ROW,
        "City, state and ZIP Code do not agree with one another: the place is not known, or it is abroad.",
        "Complete city, state and ZIP Code; what goes abroad you mail yourself.",
    ),
    "COUNTRY_DIFFERS": Rule(
        WARN,
        "The country is another, but state and ZIP Code are of the United States; the row is mailed there.",
        "Check the country, or take the column out of the mapping.",
    ),
    "ZIP_INVALID": Rule(
        ROW, "The ZIP Code does not exist or is not 5, 9 or 11 digits.", "Look the ZIP Code up."
    ),
    "ZIP_LEADING_ZERO": Rule(
        ROW,
        "The ZIP Code has lost its leading zero.",
        "Confirm the repair of lost zeros, or format the column as text and export again.",
    ),
    "ZIP_REPAIRED": Rule(
        WARN, "The ZIP Code was given its leading zero back.", "Look at a proof of these rows."
    ),
    "ZIP_RETIRED": Rule(WARN, "The ZIP Code is no longer in use.", "Look the ZIP Code up."),
    "ZIP_STATE": Rule(WARN, "State and ZIP Code do not belong together.", "Check state and ZIP Code."),
    "STATE_FROM_ZIP": Rule(NOTE, "The state is missing and was taken from the ZIP Code.", ""),
    "IMB_ROUTING": Rule(
        WARN,
        "ZIP+4 or delivery point is not used: it is not 4 and 2 digits, or two columns say different ones.",
        "Correct the add-on for the automation price.",
    ),
    "NO_DELIVERY_POINT": Rule(
        NOTE,
        "The row has no complete delivery point (11 digits) and cannot have the automation price.",
        "Have the list coded (CASS) to pay less postage.",
    ),
    "ROW_DUPLICATE": Rule(
        WARN,
        "The same person at the same address occurs before in the list.",
        "Choose whether repeats are mailed.",
    ),
    "HOUSEHOLD_SHARED": Rule(
        NOTE,
        "Another person at the same address occurs before in the list.",
        "Each gets a letter, unless one letter for a household was chosen.",
    ),
    "ADDRESS_READINGS": Rule(
        WARN,
        "Two programs read the street line in different ways.",
        "Write the line as number, street, and apartment or suite.",
    ),
    "ADDRESS_NOT_COMPARED": Rule(
        NOTE,
        "The list has too many unusual street lines to read each of them twice.",
        "Split the list to have all compared.",
    ),
    "STREET_NUMBER": Rule(WARN, "The street line has no house number.", "Add the number or the P.O. Box."),
    "STREET_NAME": Rule(WARN, "The street line has no street.", "Add the street."),
    "STREET_UNCLEAR": Rule(
        WARN,
        "A part of the street line is no part of an address.",
        "Keep number, street and apartment only; move other words to another column.",
    ),
    "STREET_AND_BOX": Rule(
        WARN,
        "The row has a street and a P.O. Box; mail goes to one of them.",
        "Keep the one where the ZIP Code belongs.",
    ),
    "UNIT_NUMBER": Rule(WARN, "An apartment or suite has no number.", "Add the number."),
    "UNIT_DESIGNATOR": Rule(
        NOTE,
        "A number behind the street does not say what it is.",
        "Write APT, STE or another kind before it.",
    ),
    "ZIP_CITY": Rule(WARN, "The city is not a name of its ZIP Code.", "Check city and ZIP Code."),
    "ADDRESS_MILITARY": Rule(
        NOTE, "Overseas military or diplomatic mail (APO, FPO, DPO) at domestic prices.", ""
    ),
    "MILITARY_FORM": Rule(
        WARN,
        "A military address does not have the form it needs.",
        "Write for example UNIT 2050 BOX 4190, APO AP 96278.",
    ),
}

Rows = npt.NDArray[np.int64]
# Rows of a list by what is wrong with them: code, column, and a sentence more.
Faults = dict[tuple[str, str, str], npt.NDArray[np.bool_]]
NO_ROWS: Rows = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Found:
    """One thing found. ``rows`` are indexes into the table; none means the file as a whole, or ``row``."""

    code: str
    rows: Rows = field(default_factory=lambda: NO_ROWS)
    column: str = ""
    detail: str = ""
    severity: Severity | None = None
    row: int | None = None
    count: int | None = None

    @property
    def level(self) -> Severity:
        return self.severity or RULES[self.code].severity

    @property
    def sentence(self) -> str:
        return f"{RULES[self.code].message} {self.detail}".strip()


def found_among(faults: Faults, among: npt.NDArray[np.bool_]) -> list[Found]:
    """The faults of the rows ``among``."""
    return [
        Found(code, np.flatnonzero(rows & among), column, detail)
        for (code, column, detail), rows in faults.items()
    ]


class Refused(Exception):
    """Ends reading early; caught where the doors turn it into findings."""

    def __init__(self, *found: Found) -> None:
        super().__init__(*(one.code for one in found))
        self.found = list(found)


@dataclass(frozen=True, slots=True)
class ListPreview:
    """What a person sees before confirming the mapping."""

    file: str
    kind: str  # "csv", "xlsx" or "" when refused
    encoding: str
    encodings: list[str]
    encoding_sample: str
    delimiter: str
    sheet: str
    sheets: list[str]
    rows: int
    columns: list[str]
    first_rows: list[list[str]]
    mapping: AddressMapping
    confidence: dict[str, float]
    findings: list[FindingGroup]


@dataclass(frozen=True, slots=True)
class ListResult:
    """What the check leaves: counts of rows, findings, and the files in the output folder."""

    file: str
    mapping: AddressMapping  # as given, or guessed
    rows_in: int
    accepted: int
    to_fix: int
    foreign: int
    military: int
    merged: int
    blank: int
    counts: dict[str, int]  # code -> rows (1 for the file as a whole)
    findings: list[FindingGroup]
    distinct_addresses: int
    second_opinions: int  # of the distinct addresses, those that both libraries have read
    accepted_path: str | None
    joined_path: str | None
    rows_to_fix_path: str | None


@dataclass(frozen=True, slots=True)
class ListTable:
    """A list as read, before any judgment on addresses.

    ``columns`` are Arrow string arrays of equal length, ``source_row`` int32 is the row a spreadsheet shows
    (header included), ``surplus`` holds cells beyond the header by index, ``odd`` the rows of wrong width.
    """

    kind: str
    names: list[str]
    columns: list[pa.Array]
    source_row: npt.NDArray[np.int32]
    odd: Rows = field(default_factory=lambda: NO_ROWS)
    surplus: dict[int, list[str]] = field(default_factory=dict)
    blank: int = 0
    found: list[Found] = field(default_factory=list)
    encoding: str = ""
    encoding_sample: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.source_row)


def group(
    found: Iterable[Found], source_row: npt.NDArray[np.int32], *, file: str = "", sheet: str = ""
) -> list[FindingGroup]:
    """Findings in groups: stops first, then rows, warnings, notes; each with its first places."""
    order = list(Severity)
    return [
        FindingGroup(
            code=one.code,
            severity=one.level,
            message=one.sentence,
            remedy=RULES[one.code].remedy,
            count=one.count or len(one.rows) or 1,
            places=tuple(
                Place(file=file, sheet=sheet, row=row, column=one.column) for row in _shown(one, source_row)
            ),
        )
        for one in sorted(found, key=lambda one: order.index(one.level))
    ]


def _shown(one: Found, source_row: npt.NDArray[np.int32]) -> Sequence[int | None]:
    if len(one.rows):
        return [int(row) for row in source_row[one.rows[:PLACES_SHOWN]]]
    return [one.row]


def has_stop(found: Iterable[Found]) -> bool:
    """Whether anything forbids going on with the list."""
    return any(one.level is STOP for one in found)
