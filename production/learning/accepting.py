"""A person accepts what was learned: the row of the set-up changes, as if the figures had been typed there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal

from kernel.clock import business_date
from kernel.errors import Conflict, InvalidInput, NotFound
from production.learning.measured import learned_of
from production.learning.standing import changed, kind_of
from production.people import setup
from production.people.setup import SetupVersion
from store.db import UnitOfWork


def accept(
    uow: UnitOfWork,
    code: str,
    key: str,
    seen: Mapping[str, Decimal],
    *,
    version: int | None = None,
    why: str = "",
    knowing: Collection[str] | None = (),
) -> SetupVersion | None:
    """The proposed figures by field, as they were ``seen``; what is quoted keeps its standards. Conflict STALE_VERSION
    where the runs say another thing by now; errors as ``setup.put``.
    """
    kind = kind_of(code)
    row = kind.find(uow.session, key)
    if row is None:
        raise NotFound("There is no such standard.")
    found = learned_of(uow.session, uow.now, code, row)
    if not seen:
        raise InvalidInput("Choose at least one figure.", code="SETUP")
    if any(found.proposals.get(field) != figure for field, figure in seen.items()):
        raise Conflict(
            "More runs have come in since, and say another thing. Look again.", code="STALE_VERSION"
        )
    day = business_date(uow.now)
    source = f"Measured: {found.runs:,} runs until {day:%B} {day.day}, {day.year}, accepted that day"
    return setup.put(
        uow, kind, changed(row, seen, source), why=why or f"Learned from {found.runs:,} runs.", seen=version,
        knowing=knowing,
    )  # fmt: skip
