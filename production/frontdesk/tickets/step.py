"""A step of a print run as its operator needs it at the machine: the same sentences and drawings as on the ticket."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from production.frontdesk.tickets.instructions import FOLD, instruction
from production.frontdesk.tickets.run import Run, run_of
from production.frontdesk.tickets.targets import FirstPiece, first_piece
from production.jobs.models import Lot, Operation, PrintRun
from production.prepress.papers.drawing import Drawing
from production.prepress.papers.print_ticket import Instruction
from production.prepress.sheet_drawings import dummy_of, side_drawing, side_name
from production.stockroom.picking import PICK
from store.files import FileStore


@dataclass(frozen=True, slots=True)
class StepCard:
    """``run``, ``job``: their numbers; ``pictures``: sides of the sheets, or the dummy of what is folded; ``then``:
    what comes next; ``how``: what its operator reads of every such step; ``checks``: of its first piece; ``groups``:
    what its set-up depends on; ``stop_reasons``: why it may have to stop.
    """

    run: str
    job: str
    instruction: Instruction | None
    pictures: tuple[tuple[str, Drawing], ...]
    then: str
    version: int
    how: str
    checks: tuple[FirstPiece, ...]
    groups: tuple[str, ...]
    stop_reasons: tuple[str, ...]


def step_card(session: Session, operation: Operation, store: FileStore) -> StepCard | None:
    """None where the operation belongs to no print run, or picks from the shelf."""
    lot = session.get_one(Lot, operation.lot_id)
    if not isinstance(lot, PrintRun) or operation.type == PICK:
        return None
    run = run_of(session, store, lot)
    kinds = {row.id: kind for row, kind in run.operations}
    kind = kinds[operation.id]
    later = [kinds[row.id].name for row, _ in run.operations if operation.step in row.needs]
    return StepCard(
        lot.number,
        run.job.number,
        instruction(run, operation, kind.name),
        tuple(_pictures(run, operation)),
        ", ".join(dict.fromkeys(later)),
        run.job.revision,
        kind.instructions,
        first_piece(run, operation, kind.checks),
        kind.groups,
        kind.stop_reasons,
    )


def _pictures(run: Run, operation: Operation) -> Iterator[tuple[str, Drawing]]:
    position = run.component_of(operation)
    if position:
        layout = run.layout(position)
        sides = range(1, layout.sides + 1) if layout else ()
        yield from ((side_name(layout, side), side_drawing(layout, side)) for side in sides if layout)
    elif run.work_of(operation) == FOLD:
        for at, made in enumerate(run.components, start=1):
            if layout := run.layout(at):
                yield from dummy_of(made.name, layout)
