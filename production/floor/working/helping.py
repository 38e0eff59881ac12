"""More than one person or machine at an operation: help, taking over, and a second machine."""

from __future__ import annotations

from datetime import datetime

from kernel.errors import IllegalTransition
from production.floor.models import FloorSpell, SpellKind
from production.floor.operations import find_work_center, locked, made_as
from production.floor.working import spells
from production.floor.working.at_machine import at_machine
from production.jobs import lifecycle
from production.jobs.models import Operation
from store.db import UnitOfWork


def join(
    uow: UnitOfWork, ticket: str, *, work_center: str = "", occurred_at: datetime | None = None
) -> Operation:
    """Somebody helps at a machine. IllegalTransition to whoever is at the operation already."""
    operation, spell, at = at_machine(uow, ticket, work_center, occurred_at)
    here = spells.open_spells(uow.session, operation, with_help=True)
    if any(one.person == uow.actor.name for one in here):
        raise IllegalTransition(f"You are at {operation.ticket} already.", state=operation.state.value)
    spells.begin(uow, operation, spell.work_center, SpellKind.HELP, at)
    lifecycle.note(uow, operation, "help_came", at, work_center=spell.work_center)
    return operation


def leave(
    uow: UnitOfWork, ticket: str, *, work_center: str = "", occurred_at: datetime | None = None
) -> Operation:
    """Help ends; or one of several machines is done with its part. IllegalTransition at the only one: what is done
    there is paused, finished, given back or taken over.
    """
    operation = locked(uow, ticket)
    at = spells.moment(uow, operation, occurred_at)
    place = find_work_center(uow.session, work_center).code if work_center.strip() else ""
    here = spells.open_spells(uow.session, operation, with_help=True)
    mine = [one for one in here if one.person == uow.actor.name and place in ("", one.work_center)]
    helping = [one for one in mine if one.kind is SpellKind.HELP]
    machines = {one.work_center for one in here if one.kind is not SpellKind.HELP}
    if not mine or (not helping and len(machines) == 1):
        words = (
            "You are not at it." if not mine else "Nobody else is at it: pause it, finish it or give it back."
        )
        raise IllegalTransition(words, state=operation.state.value)
    ending = (helping or mine)[0]
    gone = [ending] if helping else [one for one in here if one.work_center == ending.work_center]
    spells.end(uow, gone, at)
    event = "help_left" if helping else "machine_left"
    lifecycle.note(uow, operation, event, at, work_center=ending.work_center)
    if not helping and operation.work_center == ending.work_center:
        _lead_by(operation, next(one for one in here if one.work_center != ending.work_center))
    return operation


def take_over(
    uow: UnitOfWork, ticket: str, *, work_center: str = "", occurred_at: datetime | None = None
) -> Operation:
    """Another operator goes on with what is done at a machine, as it is. IllegalTransition to its own operator."""
    operation, spell, at = at_machine(uow, ticket, work_center, occurred_at)
    if spell.person == uow.actor.name:
        raise IllegalTransition(f"{operation.ticket} is yours already.", state=operation.state.value)
    here = spells.open_spells(uow.session, operation, with_help=True)
    spells.end(uow, [one for one in here if one.person == uow.actor.name and one.kind is SpellKind.HELP], at)
    taken = spells.turn(uow, operation, spell, spell.kind, at, reason=spell.reason)
    _lead_by(operation, taken)
    lifecycle.note(uow, operation, "taken_over", at, work_center=spell.work_center, before=spell.person)
    return operation


def split(
    uow: UnitOfWork, ticket: str, *, work_center: str, occurred_at: datetime | None = None
) -> Operation:
    """A second machine works at the same operation; counts of both add up. IllegalTransition where it does already."""
    operation = locked(uow, ticket)
    place = find_work_center(uow.session, work_center)
    here = spells.open_spells(uow.session, operation)
    if not here or any(one.work_center == place.code for one in here):
        where = f"works at {place.name} already" if here else "is at no machine yet: start it"
        raise IllegalTransition(f"{operation.ticket} {where}.", state=operation.state.value)
    at = spells.moment(uow, operation, occurred_at)
    spells.begin(uow, operation, place.code, spells.first_kind(made_as(uow.session, operation)), at)
    lifecycle.note(uow, operation, "machine_joined", at, work_center=place.code)
    return operation


def _lead_by(operation: Operation, spell: FloorSpell) -> None:
    """Whose operation it is, and where, as lists show it."""
    operation.operator, operation.work_center = spell.person, spell.work_center
