"""Paper that jobs need, found among the items by paper and sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from production.catalog.models import Stock
from production.jobs.models import Job
from production.stockroom.models import ItemKind, StockItem, StockLot, StockMove


@dataclass(frozen=True, slots=True)
class PaperNeed:
    """Sheets of a paper, by its name or code, that a job was planned with; inches, either way up."""

    paper: str
    size: tuple[Decimal, Decimal]
    sheets: int


@dataclass(frozen=True, slots=True)
class NeedLine:
    """A need, the item that it is, None where the stockroom keeps none, and what was issued of it for good."""

    need: PaperNeed
    item: StockItem | None
    issued: int

    @property
    def left(self) -> int:
        """Sheets still to issue."""
        return max(0, self.need.sheets - self.issued)

    @property
    def short(self) -> int:
        """Sheets that are not there, whoever else waits for the paper."""
        return max(0, self.left - (self.item.on_hand if self.item else 0))


def need_lines(session: Session, job: Job, needs: Sequence[PaperNeed]) -> list[NeedLine]:
    """All needs of a job, those of one paper and sheet together, with their items and what was issued."""
    together: dict[tuple[str, tuple[Decimal, Decimal]], int] = {}
    for one in needs:
        key = one.paper, (min(one.size), max(one.size))
        together[key] = together.get(key, 0) + one.sheets
    names = [paper for paper, _ in together]
    query = (
        select(StockItem, Stock.name)
        .join(Stock, Stock.code == StockItem.stock)
        .where(or_(Stock.name.in_(names), Stock.code.in_(names)))
        .where(StockItem.kind == ItemKind.PAPER, StockItem.is_active, StockItem.agency_id.is_(None))
        .order_by(StockItem.code)
    )
    found: dict[tuple[str | None, tuple[Decimal, Decimal]], StockItem] = {}
    for item, name in session.execute(query):
        if item.width_in is not None and item.height_in is not None:
            size = min(item.width_in, item.height_in), max(item.width_in, item.height_in)
            found.setdefault((name, size), item)
            found.setdefault((item.stock, size), item)
    issued = issued_to(session, job)
    lines = []
    for (paper, size), sheets in together.items():
        kept = found.get((paper, size))
        lines.append(NeedLine(PaperNeed(paper, size, sheets), kept, issued.get(kept.id, 0) if kept else 0))
    return lines


def issued_to(session: Session, job: Job) -> dict[int, int]:
    """What a job holds of each item, returns taken off."""
    query = (
        select(StockLot.item_id, -func.sum(StockMove.quantity))
        .join(StockLot, StockLot.id == StockMove.lot_id)
        .where(StockMove.job_id == job.id)
        .group_by(StockLot.item_id)
    )
    return {item: int(quantity) for item, quantity in session.execute(query)}
