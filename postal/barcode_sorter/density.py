"""How many pieces are expected for each ZIP: from a table of counts, or from a list with a row a piece."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kernel.errors import InvalidInput
from kernel.findings import Finding
from postal.address.piece_list import read_pieces
from postal.sorting.presort_plan import SUFFIXES, ZIP5S, Int32s, Int64s, PieceColumns

COUNTS = ("pieces", "count", "expected")  # names of the column with the number of pieces
MOST_PIECES = 5_000_000  # of one run of a sorter


@dataclass(frozen=True, slots=True, eq=False)
class Density:
    """Expected ``pieces`` of each ``zip5``, ascending and distinct."""

    zip5: Int32s
    pieces: Int64s
    findings: tuple[Finding, ...] = ()

    @classmethod
    def of(
        cls, zip5: npt.ArrayLike, pieces: npt.ArrayLike | None = None, findings: tuple[Finding, ...] = ()
    ) -> Density:
        """Count pieces by ZIP. InvalidInput SORTER_DENSITY when nothing, too much or less than nothing is expected."""
        zips = np.asarray(zip5, np.int64)
        weights = np.ones(len(zips), np.int64) if pieces is None else np.asarray(pieces, np.int64)
        if len(zips) and (zips.min() < 0 or zips.max() >= ZIP5S or weights.min() < 0):
            raise InvalidInput(
                "A ZIP is not five digits, or fewer than no pieces are expected.", code="SORTER_DENSITY"
            )
        if not 0 < weights.sum() <= MOST_PIECES or (len(weights) and weights.max() > MOST_PIECES):
            raise InvalidInput(
                f"A run of the sorter has 1 to {MOST_PIECES:,} expected pieces.", code="SORTER_DENSITY"
            )
        counted = np.zeros(ZIP5S, np.int64)
        np.add.at(counted, zips, weights)
        found = np.flatnonzero(counted)
        return cls(found.astype(np.int32), counted[found], findings)

    @property
    def total(self) -> int:
        """All pieces."""
        return int(self.pieces.sum())

    def columns(self) -> PieceColumns:
        """Every expected piece, as if read to its delivery point, so that the presort can be foreseen."""
        zips = np.repeat(self.zip5, self.pieces)
        return PieceColumns.of(zips, zips.astype(np.int64) * SUFFIXES)


def read_density(table: pa.Table) -> Density:
    """A table with a column of ZIPs and one of ``pieces``; without it every row is a piece. InvalidInput
    MAPPING_FIELD, SORTER_DENSITY.
    """
    found = read_pieces(table)
    plain = {name.lower().strip(): name for name in table.column_names}
    name = next((plain[name] for name in COUNTS if name in plain), None)
    if name is None:
        return Density.of(found.pieces.zip5, findings=found.findings)
    texts = pc.utf8_trim_whitespace(pc.fill_null(table.column(name).combine_chunks().cast(pa.string()), ""))
    if not pc.all(pc.match_substring_regex(texts, r"^[0-9]{1,7}$")).as_py():
        raise InvalidInput(f"Not every cell of the column {name[:40]} is a count.", code="SORTER_DENSITY")
    return Density.of(
        found.pieces.zip5, pc.cast(texts, pa.int64()).to_numpy()[found.rows], findings=found.findings
    )
