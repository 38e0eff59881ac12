"""What is asked for a list: which column is which part of the address, and how its rows are read and judged.

Both come from outside as JSON and are kept and handed to limited children as such; ``frontdesk.lists`` says what they
mean and what is wrong with them.
"""

from __future__ import annotations

from typing import TypeAlias, TypedDict

# A column, columns that are joined by a space, or {"constant": text} for all rows; by part of the address
# (lists.ADDRESS_FIELDS).
Source: TypeAlias = str | list[str] | dict[str, str]
AddressMapping: TypeAlias = dict[str, Source]


class ListOptions(TypedDict, total=False):
    """How a list is read and judged; what is absent is as usual."""

    encoding: str  # a name of lists.text.ENCODINGS, chosen by the person
    delimiter: str  # one of , tab ; |
    sheet: str  # of a workbook
    skip_hidden_rows: bool  # of a workbook: leave out what the author filtered away
    repair_zip: bool  # give ZIP Codes their lost zeros back where they fit the state, else the city
    duplicates: str  # one of lists.DUPLICATE_POLICIES; rows are the same when name and standard address are
    households: str  # one of lists.HOUSEHOLD_POLICIES: one letter for a household, where examine() allows it
    duplicate_columns: list[str]  # further columns that must also be equal before rows count as the same
    letter_columns: list[str]  # columns whose text the letter prints; absent: not known, every column counts
    on: str  # ISO date of the ZIP Code data; today if absent
    expected_rows: int  # control count of data rows
    control_column: str  # column to add up ...
    control_total: str | int | float  # ... and the sum it must give
