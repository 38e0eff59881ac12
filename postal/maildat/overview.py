"""What a set says in figures: pieces by price level and owner, containers, and the rows of its statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kernel.money import Extended, Rate, extend, total
from postal.maildat.record_findings import found_in, key_of, numbers
from postal.maildat.records import Cell, Maildat, to_arrow


@dataclass(frozen=True, slots=True)
class StatementRow:
    """Pieces with the same weight (pounds), category, price level, entry and service (postage statement 3.3)."""

    weight_lb: Decimal
    category: str
    price: str
    entry: str
    service: str
    pieces: int


def statement_rows(maildat: Maildat) -> tuple[StatementRow, ...]:
    """Rows of the postage statement that the set makes, from .cqt and .mpu."""
    cqt, mpu = to_arrow(maildat["cqt"]), to_arrow(maildat["mpu"])
    if not (len(cqt) and len(mpu)):
        return ()
    unit = found_in(key_of(maildat["cqt"], "CQT-1003"), key_of(maildat["mpu"], "MPU-1003"))
    index = pa.array(unit, mask=unit < 0)
    table = pa.table(
        {
            "weight_lb": mpu["MPU-1103"].combine_chunks().take(index),
            "category": mpu["MPU-1113"].combine_chunks().take(index),
            "price": cqt["CQT-1008"],
            "entry": cqt["CQT-1105"],
            "service": cqt["CQT-1112"],
            "pieces": cqt["CQT-1103"],
        }
    )
    keys = table.column_names[:-1]
    grouped = table.group_by(keys, use_threads=False).aggregate([("pieces", "sum")])
    return tuple(
        StatementRow(**{key: row[key] for key in keys}, pieces=row["pieces_sum"])
        for row in grouped.to_pylist()
    )


def postage(maildat: Maildat, rates: Mapping[str, Rate]) -> Extended:
    """Postage before the cent, by the price of each level (CQT-1008). KeyError for a level without a price."""
    return total([extend(rates[row.price], row.pieces) for row in statement_rows(maildat)])


@dataclass(frozen=True, slots=True)
class Overview:
    """The figures people ask for. ``records``: of each file; ``containers``: of each kind."""

    version: str
    revision: str | None
    job: str | None
    title: str | None
    records: dict[str, int]
    pieces: int
    containers: dict[str, int]
    pieces_by_price: dict[str, int]
    pieces_by_service: dict[str, int]
    pieces_by_unit: dict[str, int]


def overview(maildat: Maildat) -> Overview:
    """The figures of a set."""
    header = maildat.header()
    csm, cqt = maildat["csm"], maildat["cqt"]
    return Overview(
        version=maildat.version,
        revision=_text(header.get("HDR-1192")),
        job=_text(header.get("HDR-1001")),
        title=_text(header.get("HDR-1103")),
        records={extension: len(held) for extension, held in maildat.files.items()},
        pieces=int(numbers(cqt, "CQT-1103").sum()),
        containers=_counts(to_arrow(csm)["CSM-1005"]),
        pieces_by_price=_pieces_by(maildat, "CQT-1008"),
        pieces_by_service=_pieces_by(maildat, "CQT-1112"),
        pieces_by_unit=_pieces_by(maildat, "CQT-1003"),
    )


def _text(cell: Cell) -> str | None:
    return None if cell is None else str(cell)


def piece_list(maildat: Maildat) -> pa.Table:
    """Every piece with its container, price level and barcode: ``piece``, ``container``, ``price``, ``service``,
    ``barcode``, and ``tracking`` (20 digits) and ``routing`` (0 to 11) of it.
    """
    parts = []
    for name, piece, barcode in (("pbc", "PBC-1002", "PBC-1122"), ("pdr", "PDR-1018", "PDR-1122")):
        held = to_arrow(maildat[name])
        group = found_in(key_of(maildat[name], f"{name.upper()}-1034"), key_of(maildat["cqt"], "CQT-1034"))
        cqt = to_arrow(maildat["cqt"]).take(pa.array(group, mask=group < 0))
        digits = held[barcode].combine_chunks().cast(pa.string())
        parts.append(
            pa.table(
                {
                    "piece": held[piece].cast(pa.string()),
                    "container": cqt["CQT-1006"],
                    "price": cqt["CQT-1008"].cast(pa.string()),
                    "service": cqt["CQT-1112"].cast(pa.string()),
                    "barcode": digits,
                    "tracking": pc.utf8_slice_codeunits(digits, 0, 20),
                    "routing": pc.utf8_slice_codeunits(digits, 20, 31),
                }
            )
        )
    return pa.concat_tables(parts)


def _pieces_by(maildat: Maildat, code: str) -> dict[str, int]:
    held = maildat["cqt"]
    coded = to_arrow(held)[code].combine_chunks().cast(pa.string()).fill_null("").dictionary_encode()
    sums = np.bincount(coded.indices.to_numpy(), numbers(held, "CQT-1103"), len(coded.dictionary))
    return dict(sorted(zip(coded.dictionary.to_pylist(), sums.astype(np.int64).tolist(), strict=True)))


def _counts(values: pa.ChunkedArray) -> dict[str, int]:
    counted = values.value_counts().to_pylist()
    return {
        row["values"] or "": row["counts"] for row in sorted(counted, key=lambda row: row["values"] or "")
    }
