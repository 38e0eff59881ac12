"""The one place that opens and ends spells of working time, and reads them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased

from kernel import clock
from kernel.errors import IllegalTransition, InvalidInput
from production.catalog.rows import OperationTypeRow
from production.floor.models import FloorSpell, SpellKind
from production.floor.working.minutes import AT_WORK, Span, Worked, worked
from production.jobs.models import Operation
from store.db import UnitOfWork

_SKEW = timedelta(minutes=2)  # by how much the clock of a tablet may be ahead; shop to confirm


def moment(uow: UnitOfWork, operation: Operation, occurred_at: datetime | None) -> datetime:
    """When an act happened: now, or as somebody says. InvalidInput CLOCK_BACK before what is known of the operation,
    CLOCK_AHEAD after now.
    """
    last = _last_known(uow.session, operation)
    if occurred_at is None:
        return max(uow.now, last or uow.now)
    occurred_at = no_later(uow, occurred_at)
    if last is not None and occurred_at < last:
        raise InvalidInput(
            f"{shown(occurred_at)} is before the last that is known of {operation.ticket}: {shown(last)}.",
            code="CLOCK_BACK", remedy="Say a later time, or take back what stands there first.",
        )  # fmt: skip
    return occurred_at


def no_later(uow: UnitOfWork, occurred_at: datetime) -> datetime:
    """As somebody says, but not after now. InvalidInput CLOCK_AHEAD where it is well after."""
    if occurred_at > uow.now + _SKEW:
        raise InvalidInput(
            f"{shown(occurred_at)} has not come yet: it is {shown(uow.now)}.", code="CLOCK_AHEAD",
            remedy="Say when it happened, or look at the clock of the tablet.",
        )  # fmt: skip
    return min(occurred_at, uow.now)


def first_kind(kind: OperationTypeRow) -> SpellKind:
    """What a start begins: making ready where a set-up depends on something, or the first piece is measured."""
    is_set_up = kind.groups or kind.checks or kind.setup_minutes
    return SpellKind.MAKE_READY if is_set_up else SpellKind.RUN


def begin(
    uow: UnitOfWork,
    operation: Operation,
    work_center: str,
    kind: SpellKind,
    at: datetime,
    *,
    reason: str = "",
) -> FloorSpell:
    """The actor begins something at a machine."""
    spell = FloorSpell(
        operation_id=operation.id, work_center=work_center, person=uow.actor.name, kind=kind, reason=reason,
        began_at=at, began_recorded_at=uow.now,
    )  # fmt: skip
    uow.session.add(spell)
    uow.session.flush()  # its key is told with the act
    return spell


def end(uow: UnitOfWork, spells: Collection[FloorSpell], at: datetime) -> None:
    """It is over."""
    for spell in spells:
        spell.ended_at, spell.ended_recorded_at = max(at, spell.began_at), uow.now
    uow.session.flush()  # the next one at the machine may only be open after this one


def turn(
    uow: UnitOfWork,
    operation: Operation,
    spell: FloorSpell,
    kind: SpellKind,
    at: datetime,
    *,
    reason: str = "",
) -> FloorSpell:
    """What is done at a machine ends, and something else of the actor follows."""
    end(uow, [spell], at)
    return begin(uow, operation, spell.work_center, kind, at, reason=reason)


def end_all(uow: UnitOfWork, operation: Operation, at: datetime) -> list[FloorSpell]:
    """Nobody works at it any more; gives what ended."""
    ended = open_spells(uow.session, operation, with_help=True)
    end(uow, ended, at)
    return ended


def spells_of(session: Session, operation: Operation) -> Sequence[FloorSpell]:
    """All that count, in their order."""
    query = select(FloorSpell).filter_by(operation_id=operation.id, taken_back_at=None)
    return session.scalars(query.order_by(FloorSpell.began_at, FloorSpell.id)).all()


def open_spells(session: Session, operation: Operation, *, with_help: bool = False) -> list[FloorSpell]:
    """What is done at its machines now, one a machine; with help those who help as well."""
    return [
        spell
        for spell in spells_of(session, operation)
        if spell.ended_at is None and (with_help or spell.kind is not SpellKind.HELP)
    ]


def open_at(session: Session, operation: Operation, work_center: str) -> FloorSpell:
    """What is done at a machine, else at the only one. IllegalTransition where it does not work there."""
    spells = open_spells(session, operation)
    found = [spell for spell in spells if work_center in ("", spell.work_center)]
    if len(found) == 1:
        return found[0]
    if found:
        places = ", ".join(spell.work_center for spell in found)
        raise InvalidInput(
            f"{operation.ticket} is at several machines: say at which.", code="WORK_CENTER",
            remedy=f"Choose one of {places}.",
        )  # fmt: skip
    where = f" at {work_center}" if work_center and spells else ""
    raise IllegalTransition(
        f"Nobody works at {operation.ticket}{where} now: the state is {operation.state.value.replace('_', ' ')}.",
        state=operation.state.value,
    )


def kind_before(session: Session, operation: Operation, pause: FloorSpell) -> SpellKind:
    """What a pause interrupted at its machine."""
    return next(
        spell.kind
        for spell in reversed(spells_of(session, operation))
        if spell.work_center == pause.work_center and spell.kind in AT_WORK
    )


def worked_at(
    session: Session, operations: Collection[int], *, until: datetime | None = None
) -> Mapping[int, Worked]:
    """Minutes worked at some operations, by key; of what is open until now. Those without a spell are left out."""
    now = until or clock.now()
    mine, other = FloorSpell, aliased(FloorSpell)
    at_once = (
        select(other.id)
        .join(mine, mine.work_center == other.work_center)
        .where(
            mine.operation_id.in_(operations), mine.taken_back_at.is_(None),
            other.began_at < func.coalesce(mine.ended_at, now), func.coalesce(other.ended_at, now) > mine.began_at,
        )
    )  # fmt: skip
    counts: ColumnElement[bool] = or_(FloorSpell.operation_id.in_(operations), FloorSpell.id.in_(at_once))
    query = select(
        FloorSpell.operation_id,
        FloorSpell.work_center,
        FloorSpell.kind,
        FloorSpell.began_at,
        func.coalesce(FloorSpell.ended_at, now),
    )
    rows = session.execute(query.where(counts, FloorSpell.taken_back_at.is_(None)))
    found = worked(Span(*row) for row in rows)
    wanted = set(operations)
    return {operation: minutes for operation, minutes in found.items() if operation in wanted}


def _last_known(session: Session, operation: Operation) -> datetime | None:
    """When the last act of its working time happened; before there was any, when what it waited for was done."""
    last: datetime | None = session.scalar(
        select(func.max(func.greatest(FloorSpell.began_at, FloorSpell.ended_at))).filter_by(
            operation_id=operation.id, taken_back_at=None
        )
    )
    return last or done_before(session, operation)


def done_before(session: Session, operation: Operation) -> datetime | None:
    """When the last of the steps before it was finished."""
    if not operation.needs:
        return None
    before = select(func.max(Operation.finished_at)).where(
        Operation.lot_id == operation.lot_id, Operation.step.in_(operation.needs)
    )
    if operation.segment is not None:
        before = before.where(or_(Operation.segment.is_(None), Operation.segment == operation.segment))
    return session.scalar(before)


def shown(instant: datetime) -> str:
    """'November 30, 9:10 AM' at the shop."""
    local = instant.astimezone(clock.SHOP_ZONE)
    return f"{local:%B} {local.day}, {local.hour % 12 or 12}:{local:%M %p}"
