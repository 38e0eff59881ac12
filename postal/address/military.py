"""Overseas military and diplomatic mail (APO, FPO, DPO): who it is, and whether its address has the form it needs.

DMM 703.2.2.1 as revised for 2015-05-31 (Postal Bulletin 22414): the delivery line shows UNIT, CMR or PSC with a
number, and the box number; the last line APO or FPO with AA, AE or AP. DPO stands beside them (DMM 703.2, title). It
is domestic mail in price and presort. The same bulletin gives the ZIP prefixes 340, 090-098 and 962-966; those in use
are the edition ``zip3-states``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from postal.data.zips import Int32s, zip_states

Bools = npt.NDArray[np.bool_]

STATES = frozenset({"AA", "AE", "AP"})
_DELIVERY_LINE = r"(?i)\b(?:UNIT|CMR|PSC)\s*#?\s*\d[0-9A-Z-]*,?\s+BOX\s*#?\s*[0-9A-Z-]+\b"
_CITY = r"(?i)^\s*(?:[AFD]\.?P\.?O\.?)\s*$"


@dataclass(frozen=True, slots=True, eq=False)
class Military:
    """Rows of military mail, and what their addresses lack: the unit and box, or APO, FPO
    or DPO as city. A state that does not fit the ZIP Code is found with all others."""

    is_military: Bools
    lacks_unit: Bools
    lacks_post_office: Bools


def is_military_zip(zip5: Int32s, on: date) -> Bools:
    """True where the ZIP Code's prefix is one of AA, AE or AP on that day."""
    by_prefix = zip_states(on)
    own = np.array([name in STATES for name in by_prefix.states] + [False])
    found: Bools = own[by_prefix.state_of_prefix[np.clip(zip5 // 100, 0, 999)]] & (zip5 >= 0)
    return found


def military_rows(
    zip5: Int32s, state: pa.Array, city: pa.Array, street: pa.Array, street2: pa.Array, on: date
) -> Military:
    """Known by its ZIP Code; without one by state or city. ``state``: two letters or empty; ``zip5`` -1: none."""
    by_zip = is_military_zip(zip5, on)
    by_state = np.asarray(pc.is_in(state, value_set=pa.array(sorted(STATES))))
    by_city = np.asarray(pc.match_substring_regex(city, _CITY))
    rows = np.flatnonzero(by_zip | ((by_state | by_city) & (zip5 < 0)) | (by_state & by_city))
    found = Military(*(np.zeros(len(zip5), bool) for _ in range(3)))
    found.is_military[rows] = True
    if not len(rows):
        return found
    at = pa.array(rows)
    line = pc.binary_join_element_wise(street.take(at), street2.take(at), " ")
    found.lacks_unit[rows] = ~np.asarray(pc.match_substring_regex(line, _DELIVERY_LINE))
    found.lacks_post_office[rows] = ~by_city[rows]
    return found
