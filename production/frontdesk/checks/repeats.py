"""Rows that belong together: the same person at the same address (repeats), other people there (households).

Two addresses are the same when both read surely and have one standard form, unit included, and one ZIP Code, and no
different add-ons to it; otherwise only when their texts are the same. Names are the same when their letters and digits
are: accents, marks and blanks do not count, "Last, First" is "First Last", and nothing is left out: Mr and Mrs, Jr and
Sr stay two people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from postal.address.parsing import KINDS, Addresses
from postal.address.zip_codes import Int64s, Routing, fixed_digits
from production.frontdesk.lists.characters import bare
from production.frontdesk.lists.shapes import ROW, WARN, Found, ListTable

Bools = npt.NDArray[np.bool_]
Fields = dict[str, pa.Array]

_BETWEEN = "\x1f"
_GENERAL_DELIVERY = KINDS.index("general_delivery")
_ADD_ONS = 10_001  # of four digits, and none
# An address with more people than this is a block of flats or an institution whose unit numbers are missing.
MOST_IN_HOUSEHOLD = 8


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """By row: the first row of the same person (``first``) and of the same household (``house``), each its own index
    where there is none before; ``repeats`` and ``sharing``: rows that have one before, among the good rows.
    """

    first: Int64s
    house: Int64s
    repeats: Int64s
    sharing: Int64s


def name_key(names: pa.Array) -> pa.Array:
    """Names as keys: 'Landry, José' and 'JOSE LANDRY' to one. Each distinct name is looked at once."""
    coded = pc.dictionary_encode(names)
    return _plain_names(coded.dictionary).take(coded.indices)


def _plain_names(names: pa.Array) -> pa.Array:
    names = pc.utf8_upper(bare(names))
    if pc.any(pc.match_substring(names, ",")).as_py():
        # Only two words with one comma: "Landry, Jr." and "Smith, Jones & Co" stay as they are.
        turned = pc.replace_substring_regex(
            names, r"^(\pL[\pL'-]+), ?(\pL[\pL'.-]{2,}(?: \pL\.?)?)$", r"\2 \1"
        )
        ends = pc.match_substring_regex(names, r", ?(?:JR|SR|II|III|IV|MD|PHD|ESQ|INC|LLC|LLP|LTD|DDS|CPA)\b")
        names = pc.if_else(ends, names, turned)
    if not pc.all(pc.string_is_ascii(names)).as_py():
        names = pc.replace_substring_regex(pc.utf8_normalize(names, form="NFKD"), r"\p{Mn}", "")
    names = pc.replace_substring(names, "&", " AND ")
    return pc.replace_substring_regex(names, r"[^\pL\pN]+", "")


def address_key(addresses: Addresses, fields: Fields, zip5: Int64s) -> pa.Array:
    """Standard form and ZIP Code where the line reads surely; else the text as it stands. A sure line keeps all its
    digits (postal.address.opinions.keeps_digits), so that rows of two keys never lose what tells them apart."""
    text = pc.binary_join_element_wise(
        "~", *(pc.utf8_upper(bare(fields[k])) for k in ("street", "street2")), _BETWEEN
    )
    key = pc.if_else(pa.array(addresses.is_sure), addresses.line, text)
    return pc.binary_join_element_wise(key, fixed_digits(zip5, 5), _BETWEEN)


def belonging_together(
    table: ListTable, fields: Fields, routing: Routing, addresses: Addresses, good: Bools, extra: list[str]
) -> Together:
    """Among the ``good`` rows. ``extra``: columns that must be equal too before two rows are the same person's."""
    rows = np.flatnonzero(good)
    at = pa.array(rows)
    address = address_key(addresses, fields, routing.zip5).take(at)
    place = pa.array(_delivered_alike(address, routing.plus4[rows], routing.delivery_point[rows])).cast(
        "string"
    )
    who = [name_key(fields[name].take(at)) for name in ("recipient", "company")]
    more = [pc.utf8_upper(bare(table.columns[table.names.index(name)].take(at))) for name in extra]
    first = np.arange(len(good), dtype=np.int64)
    first[rows] = rows[_first_of(pc.binary_join_element_wise(place, *who, *more, _BETWEEN))]
    house = np.arange(len(good), dtype=np.int64)
    house[rows] = rows[_first_of(place)]
    person = np.asarray(pc.dictionary_encode(pc.binary_join_element_wise(place, *who, _BETWEEN)).indices)
    same_person = rows[_first_of(pa.array(person))]
    return Together(
        first=first,
        house=house,
        repeats=rows[first[rows] != rows],
        sharing=rows[(house[rows] != rows) & (same_person == rows)],
    )


def _delivered_alike(place: pa.Array, *add_ons: Int64s) -> Int64s:
    """Places as numbers, apart where rows of one address have different add-ons to their ZIP Code: an apartment is
    missing then. Rows without an add-on stay among themselves there; elsewhere they go with the others."""
    codes = np.asarray(pc.dictionary_encode(place).indices).astype(np.int64)
    for add_on in add_ons:
        known = add_on >= 0
        least = np.full(int(codes.max(initial=-1)) + 1, np.iinfo(np.int64).max)
        most = np.full(len(least), -1, np.int64)
        np.minimum.at(least, codes[known], add_on[known])
        np.maximum.at(most, codes[known], add_on[known])
        own = np.where((least < most)[codes], add_on + 1, 0)
        codes = np.unique(codes * _ADD_ONS + own, return_inverse=True)[1].astype(np.int64)
    return codes


def _first_of(key: pa.Array) -> Any:
    """For each place in the key, the first place with the same value."""
    codes = np.asarray(pc.dictionary_encode(key).indices).astype(np.int64)
    firsts = np.full(int(codes.max(initial=-1)) + 1, len(codes), np.int64)
    np.minimum.at(firsts, codes, np.arange(len(codes)))
    return firsts[codes]


def household_numbers(together: Together, fields: Fields, addresses: Addresses, good: Bools) -> Int64s:
    """The first row of each row's household that may get one letter; -1 where the row keeps its own.

    Two to ``MOST_IN_HOUSEHOLD`` rows of more than one person at an address that reads surely; no companies, and nobody
    at general delivery, where strangers share the line.
    """
    may = (
        good
        & addresses.is_sure
        & (addresses.kind != _GENERAL_DELIVERY)
        & np.asarray(pc.equal(pc.binary_length(fields["company"]), 0))
    )
    # A household with a row that may not join is left alone as a whole.
    sizes = np.bincount(together.house[good], minlength=len(good))
    joining = np.bincount(together.house[may], minlength=len(good))
    people = np.bincount(together.house[together.sharing], minlength=len(good)) + 1
    fits = (sizes == joining) & (sizes <= MOST_IN_HOUSEHOLD) & (people > 1)
    return np.where(may & fits[together.house], together.house, -1)


def repeat_finding(table: ListTable, together: Together, policy: str) -> Found:
    """Repeats under the policy; how many of them say something else in another column."""
    detail, severity = {
        "refuse": ("Repeats are returned.", ROW),
        "merge": ("Repeats are mailed once.", WARN),
    }.get(policy, ("Repeats are mailed as they stand.", WARN))
    differing = np.zeros(len(together.repeats), bool)
    own, before = pa.array(together.repeats), pa.array(together.first[together.repeats])
    for column in table.columns:
        differing |= np.asarray(pc.not_equal(bare(column.take(own)), bare(column.take(before))))
    if differing.any():
        detail += f" {int(differing.sum()):,} of them are not written alike in every column."
    return Found("ROW_DUPLICATE", together.repeats, severity=severity, detail=detail)
