"""What the first piece of a step must measure: the checks of its type, with what the order says of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from production.catalog.parts import FirstCheck
from production.catalog.products.holes import holes
from production.catalog.products.makeup import COVER
from production.frontdesk.tickets.instructions import finishing
from production.frontdesk.tickets.run import Run, run_of
from production.jobs import first_piece as told
from production.jobs.models import Lot, Operation
from production.jobs.states import LotKind
from store.files import FileStore

_PAGES_OF_LEAF = 2


@dataclass(frozen=True, slots=True)
class FirstPiece:
    """A check with its target, None where the order does not say it: then the proof does."""

    check: FirstCheck
    target: Decimal | None


def first_piece(run: Run, operation: Operation, checks: tuple[FirstCheck, ...]) -> tuple[FirstPiece, ...]:
    """What its operator measures before the run goes on."""
    known = dict(_targets(run, operation)) if checks else {}
    return tuple(FirstPiece(one, known.get(one.target or "")) for one in checks)


def told_to_the_floor(session: Session, files: FileStore, operation: Operation) -> dict[str, Decimal]:
    """The targets that the order says, by the name of the check."""
    checks = operation.made_as.checks if operation.made_as else ()
    if not any(one.target for one in checks):
        return {}
    run = run_of(session, files, session.get_one(Lot, operation.lot_id))
    found = first_piece(run, operation, checks)
    return {one.check.name: one.target for one in found if one.target is not None}


def _targets(run: Run, operation: Operation) -> Iterator[tuple[str, Decimal]]:
    """By the names that checks give; inches, pounds and counts."""
    work = run.work_of(operation)
    if made := run.made_at(operation):
        yield from zip(("width", "height"), made.flat, strict=True)
    if run.spec is not None:
        yield from zip(("trim_width", "trim_height"), run.spec.trim, strict=True)
        if run.spec.numbering:
            yield "first_number", Decimal(run.spec.numbering.first)
        step = finishing(run, work)
        pattern = holes().get((step and step.pattern) or "")
    else:
        pattern = holes().get(run.item.options.get(work, ""))
    if pattern:
        yield from (("hole_from_edge", pattern.from_edge_in), ("hole_pitch", pattern.pitch_in))
    if run.worksheet:
        yield from _of_worksheet(run)


def _of_worksheet(run: Run) -> Iterator[tuple[str, Decimal]]:
    sheet = run.worksheet
    assert sheet and run.spec  # what has a worksheet goes by a specification  # noqa: S101
    yield "parts", Decimal(len(sheet.components))
    yield "leaves", Decimal(sum(math.ceil(one.pages / _PAGES_OF_LEAF) for one in sheet.components))
    if sheet.panels:
        yield "first_panel", sheet.panels[0]
    if (pad := finishing(run, "pad")) and pad.count:
        yield "pad_count", Decimal(pad.count)
    if sheet.carton_lb is not None:
        yield "carton_lb", sheet.carton_lb
    if run.spec.binding == "perfect":
        covers = (one.flat[0] for one in sheet.components if one.name == COVER)
        yield from (("spine", width - 2 * run.spec.trim[0]) for width in covers)


told.register(told_to_the_floor, LotKind.PRINT_RUN)
