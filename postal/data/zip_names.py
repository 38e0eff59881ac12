"""City names against ZIP Codes: is the city one of the names of that ZIP, and which name was perhaps meant.

The table of the ``zipcodes`` package names the city of a ZIP, other accepted names and names not accepted. Names are
compared without marks, blanks and the usual abbreviations (ST LOUIS is SAINT LOUIS).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from postal.data.zips import Int32s, zip_cities

Bools = npt.NDArray[np.bool_]

# Publication 28, appendix A: words of place names and how they are shortened.
_WORDS = {
    "ST": "SAINT", "STE": "SAINTE", "MT": "MOUNT", "MTN": "MOUNTAIN", "FT": "FORT", "PT": "POINT", "HTS": "HEIGHTS",
    "SPGS": "SPRINGS", "SPG": "SPRING", "VLG": "VILLAGE", "CTR": "CENTER", "JCT": "JUNCTION", "TWP": "TOWNSHIP",
    "BCH": "BEACH", "LK": "LAKE", "IS": "ISLAND", "N": "NORTH", "S": "SOUTH", "E": "EAST", "W": "WEST", "CY": "CITY",
}  # fmt: skip
_CLOSE = 0.75  # of difflib's ratio: one wrong letter in a name of five


@dataclass(frozen=True, slots=True, eq=False)
class CityCheck:
    """Rows whose city is no name of its ZIP, or one that is not accepted, and the nearest name by row."""

    is_other: Bools
    is_not_accepted: Bools
    nearest: dict[int, str]


def check_cities(zip5: Int32s, city: pa.Array, among: Bools) -> CityCheck:
    """Rows ``among``, whose ZIPs the table must have. Most cities are the usual name of their ZIP, letter by letter,
    which whole columns tell; of the others each distinct pair of ZIP and city is looked at once.
    """
    rows = np.flatnonzero(among)
    rows = rows[~_is_usual(zip5[rows], city.take(pa.array(rows)))]
    is_other, is_not_accepted = np.zeros(len(zip5), bool), np.zeros(len(zip5), bool)
    nearest: dict[int, str] = {}
    if not len(rows):
        return CityCheck(is_other, is_not_accepted, nearest)
    coded = pc.dictionary_encode(city.take(pa.array(rows)))
    names = coded.dictionary.to_pylist()
    pair = zip5[rows].astype(np.int64) * len(names) + np.asarray(coded.indices)
    pairs, which = np.unique(pair, return_inverse=True)
    verdicts = [_judge(int(one) // len(names), names[int(one) % len(names)]) for one in pairs]
    is_other[rows] = np.array([said == "other" for said, _ in verdicts], bool)[which]
    is_not_accepted[rows] = np.array([said == "not accepted" for said, _ in verdicts], bool)[which]
    wrong = np.flatnonzero(is_other[rows] | is_not_accepted[rows])
    for at in wrong.tolist():
        if name := verdicts[int(which[at])][1]:
            nearest[int(rows[at])] = name
    return CityCheck(is_other, is_not_accepted, nearest)


def _is_usual(zip5: Int32s, city: pa.Array) -> Bools:
    cities = zip_cities()
    usual = cities.names.take(pa.array(cities.row_of_zip[zip5]))
    return np.asarray(pc.equal(pc.utf8_upper(city), usual))


def _judge(zip5: int, city: str) -> tuple[str, str]:
    """'', 'other' or 'not accepted', and the name that is perhaps meant."""
    cities = zip_cities()
    row = int(cities.row_of_zip[zip5])
    given = plain_city(city)
    accepted = cities.accepted(row)
    if given in {plain_city(name) for name in accepted}:
        return "", ""
    if given in {plain_city(name) for name in cities.not_accepted[row].as_py()}:
        return "not accepted", accepted[0]
    by_plain = {plain_city(name): name for name in reversed(accepted)}  # of two spellings the first one
    close = get_close_matches(given, list(by_plain), n=1, cutoff=_CLOSE)
    return "other", by_plain[close[0]] if close else ""


@lru_cache(maxsize=100_000)
def plain_city(name: str) -> str:
    """'St. Martinville' and 'SAINT MARTINVILLE' to one key."""
    decomposed = unicodedata.normalize("NFKD", name.upper())
    letters = "".join(
        letter if letter.isalnum() else "" if letter in "'’" or unicodedata.combining(letter) else " "
        for letter in decomposed
    )
    return "".join(_WORDS.get(word, word) for word in letters.split())


@cache
def names_in(state: str) -> frozenset[str]:
    """Plain names of all cities of a state."""
    cities = zip_cities()
    rows = np.flatnonzero(cities.state == state).tolist()
    return frozenset(plain_city(name) for row in rows for name in cities.accepted(row))
