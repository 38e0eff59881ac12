"""What a press is told of a print operation of a run: the sheets, paper and counts that stand on its ticket."""

from __future__ import annotations

from sqlalchemy.orm import Session

from kernel.errors import Conflict
from production.frontdesk.tickets.run import Run, run_of
from production.jobs import press_tickets
from production.jobs.models import Lot, Operation
from production.jobs.press_tickets import PressTicket, Turn, sides_of
from production.jobs.states import LotKind
from store.files import FileStore


def on_press(session: Session, files: FileStore, operation: Operation) -> PressTicket:
    """Copies make at least what is to come out of the step. Conflict PRINT_FILE for what is printed from plates."""
    run = run_of(session, files, session.get_one(Lot, operation.lot_id))
    made, position = run.made_at(operation), run.component_of(operation)
    layout = run.layout(position) if position else None
    if (
        layout and layout.is_shared_form
    ):  # one page of the file is both sides of a sheet: no printer does that
        words = f"{operation.ticket} is printed from plates: one form prints both sides."
        raise Conflict(words, code="PRINT_FILE", remedy="Print it on an offset press.")
    sheet = made.sheet if made else (run.item.sheet_width_in, run.item.sheet_height_in)
    if layout:  # the pages of the file lie as the layout does, whichever way the paper is named
        low, high = sorted(sheet)
        sheet = (low, high) if layout.sheet[0] <= layout.sheet[1] else (high, low)
    usual: Turn = "left-right" if run.item.sides == 2 else "none"
    sides = sides_of(sheet, layout.turn if layout else usual)
    pages = layout.sides if layout else operation.pages or 1
    sheets = pages if sides == "one-sided" else -(-pages // 2)
    return PressTicket(
        title=f"{run.job.number} {run.job.title}"[:120], sheet=sheet, paper=made.paper if made else run.paper,
        sides=sides, copies=max(1, -(-(operation.quantity or 0) // sheets)), sheets=sheets, pages=pages,
        account=_account(run),
    )  # fmt: skip


def _account(run: Run) -> str:
    """The bill code that pays, the first where several do."""
    return run.splits[0].budget_unit.bill_code if run.splits else ""


press_tickets.register(on_press, LotKind.PRINT_RUN)
