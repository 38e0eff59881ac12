"""Certified results that the agency's list brings along: ZIP+4, delivery point, DPV, date, software.

The list check has read the digits; here the certificate is judged. What is not complete is not certified, and a row
that the certificate does not cover keeps its address and loses its delivery point.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kernel.findings import Finding, Place, Severity
from postal.address.evidence import WAYS_OF_MOVE_UPDATE, Evidence, EvidenceKind
from production.frontdesk.address_matching.base import (
    ADDRESS_COLUMNS,
    CONFIRMED,
    DPV_CODES,
    PLACES_SHOWN,
    Asked,
    Matched,
    counts_of,
    matched_table,
)
from production.frontdesk.lists.mapping import column_is
from production.frontdesk.lists.shapes import CERTIFICATE_FIELDS
from production.prepress.merge.field_formats import read_day

Bools = npt.NDArray[np.bool_]

_NAMES_SHOWN = 3
_LONGEST = 200
_ROUTE = r"^[BCGHR]\d{3}$"


@dataclass(slots=True)
class _Certificate:
    """What the columns say, row by row; ``is_good`` = covered."""

    is_good: Bools
    findings: list[Finding] = field(default_factory=list)


class InFile:
    """The adapter: ``asked.addresses`` are an accepted list with its certificate columns. ``today``: a date
    behind it is no date; ``certificate``: hash of a Form 3553 or other proof that came with the list, if any.
    """

    def __init__(self, *, today: date, certificate: str = "") -> None:
        self.today = today
        self.certificate = certificate

    def match(self, asked: Asked) -> Matched:
        """At once: everything is in the list."""
        given = asked.addresses
        found = self._judge(given)
        is_used = found.is_good & _is_one_of(given, "dpv", CONFIRMED)
        rows = _rows(given, found.is_good, is_used)
        return Matched(rows, self._evidence(given, rows, found), tuple(found.findings))

    def _judge(self, given: pa.Table) -> _Certificate:
        missing = [
            words
            for name, words in (("matched_by", "the software"), ("dpv", "the DPV codes"))
            if name not in given.column_names or not _is_filled(given, name).any()
        ]
        if missing:
            sentence = (
                f"The list names a day of matching but not {' and '.join(missing)}: it is not certified."
            )
            remedy = "Say what matched the list and when, and which column holds the DPV codes."
            finding = Finding("CERTIFICATE_INCOMPLETE", Severity.WARN, sentence, remedy)
            return _Certificate(np.zeros(len(given), bool), [finding])
        days = column_is(given.column("matched_on").combine_chunks(), self._is_day)
        dpv = _is_one_of(given, "dpv", DPV_CODES)
        named = _is_filled(given, "matched_by")
        found = _Certificate(days & dpv & named)
        for is_good, column, code, sentence in (
            (days, "matched_on", "CERTIFICATE_DATE", "The day of matching is missing, unreadable or in the future."),
            (dpv | ~days, "dpv", "CERTIFICATE_DPV", "The DPV code is not Y, S, D or N."),
            (named | ~days, "matched_by", "CERTIFICATE_SOFTWARE", "The row does not say what matched it."),
        ):  # fmt: skip
            found.findings += _row_findings(given, ~is_good, column, code, sentence)
        return found

    def _evidence(self, given: pa.Table, rows: pa.Table, found: _Certificate) -> tuple[Evidence, ...]:
        """The oldest day of the rows that are covered counts for the list."""
        if not found.is_good.any():
            return ()
        covered = given.filter(pa.array(found.is_good))
        software = _names(covered, "matched_by")
        evidence = [
            Evidence(
                EvidenceKind.MATCHING, "CASS", is_certified=True, software=software,
                processed_on=_oldest(covered, "matched_on"), sha256=self.certificate, counts=counts_of(rows),
            )
        ]  # fmt: skip
        updated = self._move_update(given, found)
        if updated:
            method, day = updated
            evidence.append(
                Evidence(
                    EvidenceKind.MOVE_UPDATE, method, is_certified=True, software=software, processed_on=day,
                    sha256=self.certificate,
                )
            )  # fmt: skip
        return tuple(evidence)

    def _move_update(self, given: pa.Table, found: _Certificate) -> tuple[str, date] | None:
        """Method and oldest day when every row has both; a list with gaps was not updated as a whole."""
        if not {"updated_on", "updated_by"} <= set(given.column_names):
            return None
        good = column_is(given.column("updated_on").combine_chunks(), self._is_day)
        known = column_is(given.column("updated_by").combine_chunks(), lambda text: method_of(text) != "")
        if not (good & known).all():
            sentence = "Move Update has no readable day and known method in every row: it is not certified."
            found.findings += _row_findings(
                given, ~(good & known), "updated_on", "CERTIFICATE_MOVE", sentence
            )
            return None
        methods = {method_of(text) for text in pc.unique(given.column("updated_by")).to_pylist()}
        return ", ".join(sorted(methods)), _oldest(given, "updated_on")

    def _is_day(self, text: str) -> bool:
        day = read_day(text)
        return day is not None and day <= self.today


def has_certificate(accepted: pa.Table) -> bool:
    """Does the list say when it was matched?"""
    return "matched_on" in accepted.column_names and bool(_is_filled(accepted, "matched_on").any())


def certified_addresses(accepted: pa.Table) -> pa.Table:
    """What the adapter is asked with: addresses, delivery points, and the certificate's columns there are."""
    names = [name for name in CERTIFICATE_FIELDS if name in accepted.column_names]
    return accepted.select([*ADDRESS_COLUMNS, "delivery_point", *names])


def method_of(text: str) -> str:
    """The way of Move Update that is meant, or an empty text."""
    squeezed = "".join(letter for letter in text.lower() if letter.isalnum())
    return next((way for way in WAYS_OF_MOVE_UPDATE if squeezed.startswith(way.lower()[:4])), "")


def _rows(given: pa.Table, is_good: Bools, is_used: Bools) -> pa.Table:
    """Codes of the rows that are used; the others come back without."""
    used = pa.array(is_used)
    columns = {
        name: pc.if_else(used, given.column(name), "").combine_chunks()
        for name in ("plus4", "delivery_point")
    }
    dpv = _capital(given, "dpv")
    columns |= {
        "source_row": given.column("source_row"),
        "zip5": given.column("zip5"),
        "dpv": pc.if_else(pa.array(is_good), dpv, ""),
    }
    if "carrier_route" in given.column_names:
        route = _capital(given, "carrier_route")
        fits = pc.and_(used, pc.match_substring_regex(route, _ROUTE))
        columns["carrier_route"] = pc.if_else(fits, route, "").combine_chunks()
    return matched_table(columns, len(given))


def _capital(given: pa.Table, name: str) -> pa.ChunkedArray:
    if name not in given.column_names:
        return pa.chunked_array([pa.repeat(pa.scalar(""), len(given))])
    return pc.utf8_upper(pc.utf8_trim_whitespace(given.column(name)))


def _is_one_of(given: pa.Table, name: str, codes: tuple[str, ...]) -> Bools:
    found: Bools = np.asarray(pc.is_in(_capital(given, name), value_set=pa.array(codes)))
    return found


def _is_filled(given: pa.Table, name: str) -> Bools:
    filled: Bools = np.asarray(pc.greater(pc.binary_length(given.column(name)), 0))
    return filled


def _oldest(given: pa.Table, name: str) -> date:
    days = [day for text in pc.unique(given.column(name)).to_pylist() if (day := read_day(text))]
    return min(days)


def _names(given: pa.Table, name: str) -> str:
    found = sorted(set(pc.unique(given.column(name)).to_pylist()))
    more = f" and {len(found) - _NAMES_SHOWN:,} more" if len(found) > _NAMES_SHOWN else ""
    return f"{', '.join(found[:_NAMES_SHOWN])}{more}"[:_LONGEST]


def _row_findings(given: pa.Table, bad: Bools, column: str, code: str, sentence: str) -> list[Finding]:
    rows = given.column("source_row").filter(pa.array(bad)).to_pylist()
    remedy = "Fix the column, or have these rows matched; until then they have no delivery point."
    return [
        Finding(code, Severity.WARN, f"{sentence} {len(rows):,} rows.", remedy, Place(row=row, column=column))
        for row in rows[:PLACES_SHOWN]
    ]
