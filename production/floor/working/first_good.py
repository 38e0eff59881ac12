"""The first good piece in one act: what was typed of it is measured, and within its tolerances the run begins."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation

from kernel.errors import refused_field
from production.floor.operations import find_ticket, made_as
from production.floor.working import first_piece, pausing
from store.db import UnitOfWork
from store.files import FileStore

STANDS = "Outside the tolerance: it stands until it measures right, or a second person says why it may run."


def run(
    uow: UnitOfWork,
    ticket: str,
    typed: Mapping[str, str],
    *,
    files: FileStore,
    work_center: str = "",
    occurred_at: datetime | None = None,
) -> bool:
    """Does it run? ``typed`` by the number of the check."""
    if measured := values(uow, ticket, typed):
        rows = first_piece.measure(
            uow, ticket, measured, files=files, work_center=work_center, occurred_at=occurred_at
        )
        if any(row.stops for row in rows):
            return False
    pausing.run(uow, ticket, work_center=work_center, occurred_at=occurred_at)
    return True


def values(uow: UnitOfWork, ticket: str, typed: Mapping[str, str]) -> dict[str, Decimal]:
    """By the name of the check; on the page they are numbered. InvalidInput FIRST_PIECE for what is no number."""
    checks = made_as(uow.session, find_ticket(uow.session, ticket)).checks
    found: dict[str, Decimal] = {}
    for number, check in enumerate(checks, start=1):
        text = typed.get(str(number), "").replace(",", "")
        try:
            found |= {check.name: Decimal(text)} if text else {}
        except InvalidOperation:
            raise refused_field(
                "FIRST_PIECE", f"measured-{number}", "That is no number.", "Write it as in 3.625."
            ) from None
    return found
