"""What a press is told of a print operation of a run: the sheets, paper and counts that stand on its ticket."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import Conflict
from production.catalog.models import Stock
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
    paper = made.paper if made else run.paper
    stock = session.scalars(select(Stock).where((Stock.name == paper) | (Stock.code == paper))).first()
    return PressTicket(
        title=f"{run.job.number} {run.job.title}"[:120], sheet=sheet, paper=paper,
        sides=sides, copies=max(1, -(-(operation.quantity or 0) // sheets)), sheets=sheets, pages=pages,
        account=_account(run), media_type=_media_type(stock), grams=grams(stock) if stock else 0,
    )  # fmt: skip


_HEAVY = ("cover", "index", "tag", "bristol")  # grades that printers call card; shop to confirm
_GRAMS = Decimal("1406.16")  # of a pound of 500 sheets of one square inch, a square meter


def grams(stock: Stock) -> int:
    """Grams a square meter, of its pounds for 500 sheets of the basic size."""
    return round(stock.basis_lb * _GRAMS / (stock.basic_width_in * stock.basic_height_in))


def _media_type(stock: Stock | None) -> str:
    """As printers name kinds of paper (PWG 5100.7)."""
    if stock is None:
        return ""
    return "cardstock" if stock.grade in _HEAVY else "stationery"


def _account(run: Run) -> str:
    """The bill code that pays, the first where several do."""
    return run.splits[0].budget_unit.bill_code if run.splits else ""


press_tickets.register(on_press, LotKind.PRINT_RUN)
