"""City, state, ZIP Code and country of each row against one another: abroad, of no known place, zeros that were lost.

A ZIP Code is believed when the state says the same, else when the city is one of its names. Where neither does, and the
city is none of that state either, nor the two states neighbors, a letter would go wherever the digits happen to lead
("Paris 75001" to Texas).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from postal.address.military import is_military_zip
from postal.address.zip_codes import Routing
from postal.data.zip_names import check_cities, names_in, plain_city
from postal.data.zips import Int32s, zip_cities, zip_states
from production.frontdesk.lists.mapping import column_is
from production.frontdesk.lists.places import PROVINCES, are_neighbors, is_united_states, state_code
from production.frontdesk.lists.shapes import Faults

Bools = npt.NDArray[np.bool_]
Fields = dict[str, pa.Array]

_NOT_ZEROS = "What it lacks are not zeros: with zeros in front it is no ZIP Code of the state or city."


@dataclass(frozen=True, slots=True, eq=False)
class Localities:
    """``routing`` with lost zeros where they may come back, ``state`` as two letters or as it stands, who is abroad,
    whose state is not that of the ZIP Code, and all faults by code, column and detail.
    """

    routing: Routing
    state: pa.Array
    is_foreign: Bools
    is_wrong_state: Bools
    faults: Faults


def check_localities(fields: Fields, given: Routing, *, on: date, repair: bool) -> Localities:
    """Every row; ``repair``: somebody has confirmed that lost zeros come back where they fit."""
    zip5, cities = given.zip5.astype(np.int32), zip_cities()
    is_known, has_zip = cities.has_zip(zip5), zip5 >= 0
    row_of_zip = cities.row_of_zip[np.clip(zip5, 0, 99_999)]
    of_zip = cities.state[row_of_zip]
    written = ~_is_empty(fields["state"])
    code, fits_state = _states(fields["state"], zip5, is_known, of_zip, on)
    fits_city = _fits_city(fields["city"], zip5, is_known & ~fits_state)
    fits = fits_state | ((code == "") & fits_city)
    names_us = column_is(fields["country"], is_united_states)
    names_other = ~names_us & ~_is_empty(fields["country"])
    is_military = is_military_zip(zip5, on)
    is_province = column_is(fields["state"], lambda text: text.upper().replace(".", "") in PROVINCES)
    abroad = given.abroad | (names_other & ~fits_state) | (is_province & ~fits)
    is_foreign = abroad & ~is_military
    is_unfit = given.short & ~fits
    alone = is_known & ~given.short & ~fits_state & ~fits_city & ~names_us & ~is_military
    is_unplaced = alone & ~_may_lie_in_state(fields["city"], code, of_zip, alone)
    is_lost, is_back = given.short & fits & (not repair), given.short & fits & repair
    is_lost_add_on, is_back_add_on = given.short_add_on & (not repair), given.short_add_on & repair
    mismatch = is_known & written & ~fits_state & ~is_unplaced & ~is_unfit
    state = np.where(is_known & ~written, of_zip, code).astype(object)
    unread = np.flatnonzero(written & (code == ""))
    state[unread] = fields["state"].take(pa.array(unread)).to_pylist()
    return Localities(
        routing=given.without(given.short & ~is_back, is_lost_add_on),
        state=pa.array(state, pa.string()),
        is_foreign=is_foreign,
        is_wrong_state=mismatch,
        faults={
            ("ZIP_LEADING_ZERO", "zip", ""): is_lost,
            ("ZIP_REPAIRED", "zip", ""): is_back | is_back_add_on,
            ("ZIP_INVALID", "zip", _NOT_ZEROS): is_unfit,
            ("ZIP_INVALID", "zip", "There is no such ZIP Code."): has_zip & ~is_known & ~given.short,
            ("ZIP_RETIRED", "zip", ""): is_known & ~cities.is_active[row_of_zip],
            ("IMB_ROUTING", "zip", ""): given.bad_add_on | is_lost_add_on,
            ("PLACE_UNKNOWN", "city", ""): is_unplaced,
            ("COUNTRY_DIFFERS", "country", ""): names_other & fits_state & ~is_military,
            ("ZIP_STATE", "state", ""): mismatch,
            ("STATE_FROM_ZIP", "state", ""): is_known & ~written,
        },
    )


def _is_empty(column: pa.Array) -> Bools:
    return np.asarray(pc.equal(pc.binary_length(column), 0))


def _states(
    states: pa.Array, zip5: Int32s, is_known: Bools, of_zip: npt.NDArray[np.str_], on: date
) -> tuple[npt.NDArray[np.str_], Bools]:
    """Each row's state as two letters, empty where it is none, and whether its ZIP Code lies there."""
    coded = pc.dictionary_encode(states)
    code = np.array([state_code(text) for text in coded.dictionary.to_pylist()])[np.asarray(coded.indices)]
    fits = is_known & (code == of_zip)
    by_prefix = zip_states(on)
    for row in np.flatnonzero(is_known & ~fits & (code != "")):
        fits[row] = code[row] in by_prefix.states_of(int(zip5[row]))
    return code, fits


def _fits_city(city: pa.Array, zip5: Int32s, among: Bools) -> Bools:
    """Rows ``among`` whose city is a name of the ZIP Code, or nearly."""
    checked = check_cities(zip5, city, among)
    is_near = np.zeros(len(among), bool)
    is_near[list(checked.nearest)] = True
    return among & (~checked.is_other | is_near)


def _may_lie_in_state(
    city: pa.Array, code: npt.NDArray[np.str_], of_zip: npt.NDArray[np.str_], among: Bools
) -> Bools:
    """Rows ``among`` whose state knows the city or borders on that of the ZIP Code."""
    rows = np.flatnonzero(among & (code != ""))
    found = np.zeros(len(among), bool)
    found[rows] = [
        are_neighbors(state, other) or plain_city(name) in names_in(state)
        for state, other, name in zip(
            code[rows].tolist(), of_zip[rows].tolist(), city.take(pa.array(rows)).to_pylist(), strict=True
        )
    ]
    return found
