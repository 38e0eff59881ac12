"""Look-up at the USPS Addresses API, a turn at a time: as many addresses as the hourly allowance leaves, then later.

It is a look-up, not a CASS certification of the list: its evidence is not certified, so the list stays 'not
certified' on every paper. The Postal Service's terms allow it for mailing and shipping only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta

import pyarrow as pa

from kernel.errors import InvalidInput, Unavailable
from kernel.findings import Finding, Severity
from postal.address.evidence import Evidence, EvidenceKind
from production.frontdesk.address_matching.base import (
    MATCHED_SCHEMA,
    Asked,
    Matched,
    Waiting,
    counts_of,
    matched_table,
)
from production.frontdesk.address_matching.usps_api import Found, Limited, UspsApi

METHOD = "USPS Addresses API"
SOFTWARE = "Addresses 3 (look-up)"
LONGEST = timedelta(days=2)  # a list that would take longer is refused at once
_TURNS_AN_HOUR = 12


class UspsAddresses:
    """The adapter. ``per_hour``: what the Postal Service allows the shop; ``today``: the day of a look-up."""

    def __init__(self, api: UspsApi, *, per_hour: int, today: Callable[[], date]) -> None:
        self._api = api
        self._per_hour = max(1, per_hour)
        self._today = today

    def match(self, asked: Asked) -> Matched | Waiting:
        """The next addresses. InvalidInput MATCH_TOO_MANY for a list beyond the allowance; Unavailable only when
        a turn brought nothing: what it brought is kept.
        """
        self._require_patience(len(asked.addresses))
        start = len(asked.done) if asked.done is not None else 0
        allowance = -(-self._per_hour // _TURNS_AN_HOUR)
        found, pause = self._some(asked, start, min(len(asked.addresses), start + allowance))
        done = _append(asked, start, found)
        if len(done) < len(asked.addresses):
            return Waiting(done, max(pause, timedelta(hours=1) * max(1, len(found)) / self._per_hour))
        evidence = Evidence(
            EvidenceKind.MATCHING, METHOD, is_certified=False, software=SOFTWARE, processed_on=self._today(),
            counts=counts_of(done),
        )  # fmt: skip
        return Matched(done, (evidence,))

    def _some(self, asked: Asked, start: int, stop: int) -> tuple[list[Found], timedelta]:
        found: list[Found] = []
        names = ("street", "street2", "city", "state", "zip5")
        rows = asked.addresses.select(list(names)).slice(start, stop - start).to_pylist()
        for row in rows:
            asked.beat()
            try:
                found.append(self._api.look_up(*(row[name] for name in names)))
            except Limited as limit:
                return found, timedelta(seconds=limit.seconds)
            except Unavailable:
                if not found:
                    raise
                return found, timedelta(minutes=1)
        return found, timedelta()

    def _require_patience(self, rows: int) -> None:
        hours = rows / self._per_hour
        if timedelta(hours=hours) > LONGEST:
            sentence = (
                f"{rows:,} addresses would take {hours:,.0f} hours at {self._per_hour:,} an hour; look-up is for lists "
                f"of at most {self._per_hour * int(LONGEST.total_seconds() // 3600):,}."
            )
            remedy = "Send the list to the address engine, or have it coded before."
            finding = Finding("MATCH_TOO_MANY", Severity.STOP, sentence, remedy)
            raise InvalidInput(sentence, code="MATCH_TOO_MANY", findings=[finding])


def _append(asked: Asked, start: int, found: list[Found]) -> pa.Table:
    """Rows so far with those of this turn."""
    columns = {name: [asdict(one)[name] for one in found] for name in Found.__slots__}
    new = matched_table(
        {"source_row": asked.addresses.column("source_row").slice(start, len(found)), **columns}, len(found)
    )
    done = asked.done if asked.done is not None else MATCHED_SCHEMA.empty_table()
    return pa.concat_tables([done, new]).combine_chunks()
