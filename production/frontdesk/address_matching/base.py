"""The one interface of address matching: addresses in as columns, codes and evidence out as columns.

An adapter is asked again and again (``match``) until it gives ``Matched``; what it has so far, and when to ask
again, it says with ``Waiting``. It holds no state of its own between the questions: a process may die at any moment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kernel.errors import Corrupt, InvalidInput
from kernel.findings import Finding, Place, Severity
from postal.address.evidence import Evidence

DPV_CODES = ("Y", "S", "D", "N")  # whole address; secondary ignored; secondary missing; not confirmed
CONFIRMED = ("Y", "S", "D")  # the primary number is a delivery point
MOVED, LEFT = "moved", "left"

ADDRESS_COLUMNS = (
    "source_row", "recipient", "company", "street", "street2", "city", "state", "zip5", "plus4",
)  # fmt: skip
# ``source_row`` names the row; empty text = not known, or as it was. ``move``: '', MOVED or LEFT (no new address).
# ``street`` to ``state``: the address after Move Update. ``note``: footnotes or return codes, as given.
MATCHED_SCHEMA = pa.schema(
    [
        pa.field("source_row", pa.int32()),
        *(
            pa.field(name, pa.string())
            for name in (
                "zip5", "plus4", "delivery_point", "dpv", "carrier_route", "note", "move", "street", "street2",
                "city", "state",
            )
        ),
    ]
)  # fmt: skip
_SHAPES = {
    "zip5": r"^(\d{5})?$",
    "plus4": r"^(\d{4})?$",
    "delivery_point": r"^(\d{2})?$",
    "dpv": r"^[YSDN]?$",
    "carrier_route": r"^([BCGHR]\d{3})?$",
    "move": rf"^({MOVED}|{LEFT})?$",
    "state": r"^([A-Z]{2})?$",
}
PLACES_SHOWN = 100


class AdapterName(StrEnum):
    """Who matches a list."""

    IN_FILE = "in-file"
    USPS = "usps"
    EXCHANGE = "exchange"


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A list to be matched. ``request``: its name outside; ``turn``: how often it was asked before; ``done``: rows
    that an earlier turn gave. ``beat``: to be called now and then in a long turn.
    """

    addresses: pa.Table  # ADDRESS_COLUMNS
    request: str
    turn: int = 0
    done: pa.Table | None = None
    beat: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """A row for each address, in their order (MATCHED_SCHEMA), what was done to them, and what was noticed."""

    rows: pa.Table
    evidence: tuple[Evidence, ...]
    findings: tuple[Finding, ...] = ()
    report: bytes = b""  # the engine's own account, to be kept


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """Not yet. ``done``: rows so far; ``again_after`` None: something outside will happen first."""

    done: pa.Table | None = None
    again_after: timedelta | None = None


class AddressMatcher(Protocol):
    """An adapter. InvalidInput with findings: the answer is refused; Unavailable: try again; AttentionNeeded: a
    person must look.
    """

    def match(self, asked: Asked) -> Matched | Waiting:
        """One turn."""
        ...  # a protocol


def addresses_of(accepted: pa.Table) -> pa.Table:
    """What goes out of an accepted list: the address and the row, nothing else of it."""
    return accepted.select(list(ADDRESS_COLUMNS)).combine_chunks()


def matched_table(columns: dict[str, pa.Array | Sequence[object]], rows: int) -> pa.Table:
    """Columns of MATCHED_SCHEMA; those not given are empty."""
    empty = pa.repeat(pa.scalar(""), rows)
    return pa.table({name: columns.get(name, empty) for name in MATCHED_SCHEMA.names}, schema=MATCHED_SCHEMA)


def counts_of(rows: pa.Table) -> dict[str, int]:
    """What evidence says in numbers."""
    dpv, move = rows.column("dpv"), rows.column("move")

    def count(mask: pa.ChunkedArray) -> int:
        return int(pc.sum(mask).as_py() or 0)

    matched = count(pc.is_in(dpv, value_set=pa.array(CONFIRMED)))
    return {
        "rows": len(rows),
        "matched": matched,
        "unmatched": len(rows) - matched,
        "moved": count(pc.equal(move, MOVED)),
        "left": count(pc.equal(move, LEFT)),
    }


def require_form(rows: pa.Table, addresses: pa.Table) -> None:
    """An answer with a row for each address in order, and codes in their forms. InvalidInput MATCH_RESULT_FORM
    names the columns and rows; Corrupt for rows that are not those asked.
    """
    if len(rows) != len(addresses) or not rows.column("source_row").equals(addresses.column("source_row")):
        raise Corrupt("The rows of a matching are not those of its list.", code="MATCH_ROWS")
    findings = []
    for name, shape in _SHAPES.items():
        bad = np.flatnonzero(~np.asarray(pc.match_substring_regex(rows.column(name), shape)))
        places = rows.column("source_row").take(pa.array(bad[:PLACES_SHOWN])).to_pylist()
        findings += [
            Finding(
                "MATCH_RESULT_FORM",
                Severity.STOP,
                f"{len(bad):,} values of {name} are not in their form.",
                "Look at the layout of the engine's result.",
                Place(row=row, column=name),
            )
            for row in places[:1]
        ]
    if findings:
        raise InvalidInput(findings[0].message, code="MATCH_RESULT_FORM", findings=findings)
