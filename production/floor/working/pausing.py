"""A run begins with its first good piece, stands for a reason of its type, and goes on."""

from __future__ import annotations

from datetime import datetime

from kernel.errors import IllegalTransition, InvalidInput
from production.catalog.rows import OperationTypeRow
from production.floor.models import SpellKind
from production.floor.operations import made_as
from production.floor.working import spells
from production.floor.working.at_machine import at_machine
from production.floor.working.first_piece import refuse_unmeasured
from production.floor.working.measured import refuse_outside
from production.jobs import lifecycle
from production.jobs.models import Operation
from store.db import UnitOfWork

FOR_ANY = ("Break", "End of shift", "A more urgent job")  # beside those of the type; shop to confirm
OTHER = "Other: "  # begins a reason in one's own words
_MOST = 60  # letters


def run(
    uow: UnitOfWork, ticket: str, *, work_center: str = "", occurred_at: datetime | None = None
) -> Operation:
    """The first good piece: making ready is over, the run begins. IllegalTransition unless it is made ready;
    FIRST_PIECE until it is measured and within its tolerance, or allowed.
    """
    operation, spell, at = at_machine(uow, ticket, work_center, occurred_at)
    if spell.kind is not SpellKind.MAKE_READY:
        raise IllegalTransition(f"{operation.ticket} is {_STANDS[spell.kind]}.", state=spell.kind.value)
    refuse_unmeasured(uow, operation, spell.work_center)
    refuse_outside(uow.session, operation, spell.work_center)
    begun = spells.turn(uow, operation, spell, SpellKind.RUN, at)
    lifecycle.note(uow, operation, "run_began", at, work_center=spell.work_center, spell=begun.id)
    return operation


def pause(
    uow: UnitOfWork, ticket: str, *, reason: str, work_center: str = "", occurred_at: datetime | None = None
) -> Operation:
    """It stands, for a reason of its type (``reasons``). InvalidInput REASON; IllegalTransition when it stands."""
    operation, spell, at = at_machine(uow, ticket, work_center, occurred_at)
    reason = _known(reason, reasons(made_as(uow.session, operation)))
    if spell.kind is SpellKind.PAUSE:
        raise IllegalTransition(
            f"{operation.ticket} stands already: {spell.reason}.", state=SpellKind.PAUSE.value
        )
    begun = spells.turn(uow, operation, spell, SpellKind.PAUSE, at, reason=reason)
    lifecycle.note(uow, operation, "paused", at, reason=reason, work_center=spell.work_center, spell=begun.id)
    return operation


def resume(
    uow: UnitOfWork, ticket: str, *, work_center: str = "", occurred_at: datetime | None = None
) -> Operation:
    """It goes on with what the pause interrupted; whoever resumes is its operator. IllegalTransition unless it
    stands.
    """
    operation, spell, at = at_machine(uow, ticket, work_center, occurred_at)
    if spell.kind is not SpellKind.PAUSE:
        raise IllegalTransition(f"{operation.ticket} is {_STANDS[spell.kind]}.", state=spell.kind.value)
    refuse_outside(uow.session, operation, spell.work_center)
    begun = spells.turn(uow, operation, spell, spells.kind_before(uow.session, operation, spell), at)
    operation.operator = uow.actor.name
    lifecycle.note(uow, operation, "resumed", at, work_center=spell.work_center, spell=begun.id)
    return operation


def reasons(kind: OperationTypeRow) -> tuple[str, ...]:
    """Why such a step may have to stand: those of its type, and those of any."""
    return tuple(dict.fromkeys((*kind.stop_reasons, *FOR_ANY)))


_STANDS = {
    SpellKind.MAKE_READY: "being made ready",
    SpellKind.RUN: "running already",
    SpellKind.PAUSE: "paused: resume it first",
}


def _known(said: str, known: tuple[str, ...]) -> str:
    said = " ".join(said.split())
    for reason in known:
        if reason.lower() == said.lower():
            return reason
    if said.startswith(OTHER) and len(OTHER) < len(said) <= _MOST:
        return said
    raise InvalidInput(
        "Say why it stands." if not said else f"{said[:_MOST]} is no reason of this step.", code="REASON",
        remedy=f"Choose one of {', '.join(known)}; or write {OTHER.strip()} and your own words, {_MOST} letters.",
    )  # fmt: skip
