"""What a matching does to an accepted list: codes, new addresses, rows that cannot be mailed, and an account of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kernel.findings import Finding, Place, Severity
from postal.address.zip_codes import NO_ADD_ON
from production.frontdesk.address_matching.base import CONFIRMED, LEFT, MOVED
from production.frontdesk.lists.mapping import columns_of
from production.mailings.accepted import ORIGINAL_PREFIX
from production.mailings.list_order import Source

_ADDRESS = ("street", "street2", "city", "state")
_KEPT = (*_ADDRESS, "zip5", "plus4", "delivery_point")


@dataclass(frozen=True, slots=True, eq=False)
class Applied:
    """``accepted``: the rows that are mailed; ``left``: rows without a present address, with their findings;
    ``account``: every row whose address or codes changed, before and after.
    """

    accepted: pa.Table
    left: pa.Table
    findings: tuple[Finding, ...]
    account: pa.Table


def apply_matching(accepted: pa.Table, rows: pa.Table, mapping: Mapping[str, Source]) -> Applied:
    """``rows``: MATCHED_SCHEMA, a row for each accepted row in order. ``source_row`` and the number of columns
    stay; a delivery point stands only where DPV confirms it.
    """
    has_moved = pc.equal(rows.column("move"), MOVED)
    after = dict(zip(accepted.column_names, accepted.columns, strict=True))
    for name in _ADDRESS:
        after[name] = pc.if_else(has_moved, rows.column(name), accepted.column(name))
    after |= _codes(accepted, rows)
    after = _originals(after, has_moved, mapping)
    result = pa.table(after)
    account = _account(accepted, result, rows)
    is_left = pc.equal(rows.column("move"), LEFT)
    left = result.filter(is_left)
    return Applied(result.filter(pc.invert(is_left)), left, _left_findings(left), account)


def _codes(accepted: pa.Table, rows: pa.Table) -> dict[str, pa.ChunkedArray]:
    """ZIP, add-on, delivery point and route; text and number agree."""
    given = rows.column("zip5")
    zip5 = pc.if_else(pc.equal(given, ""), accepted.column("zip5"), given)
    whole = pc.and_(
        pc.is_in(rows.column("dpv"), value_set=pa.array(CONFIRMED)),
        pc.invert(pc.is_in(rows.column("plus4"), value_set=pa.array(["", NO_ADD_ON]))),
    )
    plus4 = pc.if_else(whole, rows.column("plus4"), "")
    point = pc.if_else(whole, rows.column("delivery_point"), "")
    digits = pc.binary_join_element_wise(zip5, plus4, point, "")
    is_full = pc.equal(pc.binary_length(digits), 11)
    return {
        "zip5": zip5,
        "plus4": plus4,
        "delivery_point": point,
        "zip11": pc.cast(pc.if_else(is_full, digits, "-1"), pa.int64()),
        "dpv": rows.column("dpv"),
        "carrier_route": rows.column("carrier_route"),
    }


def _originals(
    after: dict[str, pa.Array], has_moved: pa.ChunkedArray, mapping: Mapping[str, Source]
) -> dict[str, pa.Array]:
    """The list's own cells of the address follow a move where one column holds one part, so that a letter that
    prints them does not print the old address.
    """
    plus = pc.if_else(pc.equal(after["plus4"], ""), "", pc.binary_join_element_wise("-", after["plus4"], ""))
    texts = {name: after[name] for name in (*_ADDRESS, "plus4", "delivery_point")}
    texts["zip"] = (
        after["zip5"] if "plus4" in mapping else pc.binary_join_element_wise(after["zip5"], plus, "")
    )
    texts["full_address"] = pc.binary_join_element_wise(
        *(after[name] for name in _ADDRESS), texts["zip"], " "
    )
    for field, source in mapping.items():
        names = columns_of(source)
        cell = ORIGINAL_PREFIX + names[0] if len(names) == 1 else ""
        if field in texts and cell in after:
            after[cell] = pc.if_else(has_moved, texts[field], after[cell])
    return after


def _account(before: pa.Table, after: pa.Table, rows: pa.Table) -> pa.Table:
    changed = np.zeros(len(before), bool)
    for name in _KEPT:
        changed |= np.asarray(pc.not_equal(before.column(name), after.column(name)))
    changed |= np.asarray(pc.not_equal(rows.column("move"), ""))
    mask = pa.array(changed)
    columns: dict[str, pa.Array] = {
        "source_row": before.column("source_row"),
        "recipient": before.column("recipient"),
    }
    columns |= {f"before: {name}": before.column(name) for name in _KEPT}
    columns |= {f"after: {name}": after.column(name) for name in _KEPT}
    columns |= {name: rows.column(name) for name in ("dpv", "carrier_route", "move", "note")}
    return pa.table(columns).filter(mask)


def _left_findings(left: pa.Table) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            "ADDRESS_MOVED_AWAY",
            Severity.ROW,
            "The person has moved and left no address that mail may go to.",
            "Ask the person for the address, or leave the row out.",
            Place(row=row),
        )
        for row in left.column("source_row").to_pylist()
    )
