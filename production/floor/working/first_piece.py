"""The first piece is measured before a run goes on; what is outside its tolerance stops it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from kernel.errors import Conflict, InvalidInput
from kernel.findings import of_field
from production.catalog.parts import FirstCheck
from production.floor.models import FirstPiece, SpellKind
from production.floor.operations import locked, made_as
from production.floor.working import spells
from production.floor.working.at_machine import at_machine
from production.floor.working.measured import OUTSIDE, measured, newest
from production.jobs import first_piece, lifecycle
from production.jobs.models import Operation
from store.db import UnitOfWork
from store.files import FileStore

_MOST = Decimal(10**7)


def measure(
    uow: UnitOfWork,
    ticket: str,
    values: Mapping[str, Decimal],
    *,
    files: FileStore,
    work_center: str = "",
    occurred_at: datetime | None = None,
) -> list[FirstPiece]:
    """What was measured, by the name of the check. Outside its tolerance it stops the machine; within it, a machine
    that stood for that goes on. InvalidInput FIRST_PIECE for no check of the step.
    """
    operation, spell, at = at_machine(uow, ticket, work_center, occurred_at)
    checks = {one.name: one for one in made_as(uow.session, operation).checks}
    _refuse_unlikely(values, checks)
    targets = first_piece.targets(uow.session, files, operation)
    rows = [
        FirstPiece(
            operation_id=operation.id, work_center=spell.work_center, name=name, unit=checks[name].unit,
            target=targets.get(name), tolerance=checks[name].tolerance, measured=value, person=uow.actor.name,
            occurred_at=at, recorded_at=uow.now,
        )
        for name, value in values.items()
    ]  # fmt: skip
    uow.session.add_all(rows)
    said = "; ".join(f"{row.name} {row.measured:f} {row.unit}" for row in rows)
    is_outside = any(row.stops for row in rows)
    lifecycle.note(
        uow, operation, "measured", at, measured=said, work_center=spell.work_center,
        reason=OUTSIDE if is_outside else "",
    )  # fmt: skip
    uow.session.flush()
    stops = any(row.stops for row in newest(measured(uow.session, operation, spell.work_center)))
    if stops and spell.kind is not SpellKind.PAUSE:
        spells.turn(uow, operation, spell, SpellKind.PAUSE, at, reason=OUTSIDE)
    elif not stops and (spell.kind, spell.reason) == (SpellKind.PAUSE, OUTSIDE):
        spells.turn(uow, operation, spell, spells.kind_before(uow.session, operation, spell), at)
    return rows


def allow(uow: UnitOfWork, ticket: str, *, why: str) -> Operation:
    """A second person says why the first piece may run as it is. Conflict SECOND_PERSON to whoever measured it."""
    operation = locked(uow, ticket)
    if not why.strip():
        raise InvalidInput("Say why it may run so.", code="REASON")
    stops = [row for row in newest(measured(uow.session, operation)) if row.stops]
    if any(row.person == uow.actor.name for row in stops):
        raise Conflict("Somebody else than whoever measured it must say so.", code="SECOND_PERSON")
    for row in stops:
        row.allowed_by, row.allowed_at, row.allowed_why = uow.actor.name, uow.now, why.strip()[:200]
    if stops:
        lifecycle.note(uow, operation, "first_piece_allowed", reason=why.strip()[:200])
    return operation


def refuse_unmeasured(uow: UnitOfWork, operation: Operation, work_center: str) -> None:
    """InvalidInput FIRST_PIECE while a check of the step was not measured at the machine."""
    known = {row.name for row in measured(uow.session, operation, work_center)}
    missing = [one.name for one in made_as(uow.session, operation).checks if one.name not in known]
    if missing:
        raise InvalidInput(
            f"Measure the first piece of {operation.ticket}: {', '.join(missing)}.", code="FIRST_PIECE",
            remedy="Type what you measured, then let it run.",
        )  # fmt: skip


def _refuse_unlikely(values: Mapping[str, Decimal], checks: Mapping[str, FirstCheck]) -> None:
    unlikely = [name for name, value in values.items() if not value.is_finite() or abs(value) >= _MOST]
    wrong = [name for name in values if name not in checks] or unlikely
    if wrong or not values:
        words = f"This step does not measure {wrong[0][:60]}." if wrong else "Nothing was measured."
        words = f"{values[wrong[0]]} is no measure of {wrong[0]}." if wrong and wrong[0] in checks else words
        remedy = f"Measure {', '.join(checks)}." if checks else "Nothing is measured at this step."
        raise InvalidInput(
            words,
            code="FIRST_PIECE",
            remedy=remedy,
            findings=[of_field("FIRST_PIECE", "measured", words, remedy)],
        )
