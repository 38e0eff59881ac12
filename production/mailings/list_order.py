"""What is asked for a list: which column is which part of the address, and how its rows are read and judged.

All of it comes from outside as JSON, and is kept and handed to limited children as such; ``frontdesk.lists`` says what
is wrong with it.
"""

from __future__ import annotations

from typing import TypeAlias

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict  # pydantic reads that of typing from Python 3.12 on

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


class ListOrder(BaseModel):
    """What is asked for the list of a mailing. ``mapping`` None: guessed, until it was checked; ``confidential``: no
    letter shares an envelope with another person's; ``matching``: who matches the addresses, empty for nobody.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    mapping: AddressMapping | None = None
    list: ListOptions = Field(default_factory=ListOptions)
    confidential: bool = True
    matching: str = ""
