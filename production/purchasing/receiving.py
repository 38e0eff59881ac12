"""What vendors bring: counted in good and damaged ones, a step of a run into its count ledger, stock into its lot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from kernel.clock import business_date
from kernel.errors import Conflict, IllegalTransition, refused_field
from kernel.money import Rate
from production.floor import operations as floor
from production.floor.ledger.book import book_of
from production.floor.ledger.lines import REASON, Counted
from production.jobs import outside
from production.jobs.models import Operation
from production.jobs.states import OperationState as O
from production.purchasing import matching
from production.purchasing.order_models import LineTerms, PurchaseLine, PurchaseOrder, PurchaseReceipt
from production.purchasing.order_rules import order_rule
from production.purchasing.ordering import came_of, expect_stock, terms_of
from production.purchasing.proofing import refuse_unproofed
from production.stockroom import moving
from production.stockroom.models import StockLot
from store.db import UnitOfWork
from store.files import FileStore

_COST_STEP = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a line: good ones, damaged ones with why. ``is_last``: nothing more comes; ``bin``: of stock, where
    it lies.
    """

    position: int
    good: int = 0
    damaged: int = 0
    reason: str = ""
    is_last: bool = False
    bin: str = ""


def receive(
    uow: UnitOfWork, row: PurchaseOrder, came: Sequence[Came], *, files: FileStore, note: str = ""
) -> list[PurchaseReceipt]:
    """A delivery is counted in. A line is closed when all of it is here good, or nothing more comes; a step of a run is
    then finished. InvalidInput RECEIPT; Conflict RECEIPT_OVER where more came than was ordered and may be over,
    VENDOR_PROOF, COUNT where what comes before the step is not done; IllegalTransition of an order that is not sent.
    """
    if not row.issued or row.canceled_at is not None:
        state = "canceled" if row.canceled_at is not None else "not sent"
        raise IllegalTransition(f"Order {row.number} is {state}: nothing can be received of it.", state=state)
    refuse_unproofed(uow.session, row)
    made = [_take(uow, row, one, note.strip()[:200], files) for one in came]
    if not made:
        raise refused_field("RECEIPT", "good", "Count what came.")
    expect_stock(uow, row)
    matching.match_again(uow, row)
    return made


def _take(uow: UnitOfWork, row: PurchaseOrder, one: Came, note: str, files: FileStore) -> PurchaseReceipt:
    line = next((line for line in row.lines if line.position == one.position), None)
    if line is None or line.is_closed:
        words = "is closed: nothing more comes of it" if line else "is not a line of the order"
        raise refused_field("RECEIPT", "position", f"Line {one.position} of {row.number} {words}.")
    _refuse_count(one)
    sent = terms_of(uow.session, row, row.issued).lines
    if one.position > len(sent):
        raise refused_field("RECEIPT", "position", f"Line {one.position} of {row.number} is not sent yet.")
    told = sent[one.position - 1]
    here = came_of(uow.session, row)[one.position][0] + one.good
    most = order_rule(business_date(uow.now)).most(told.quantity)
    if here > most:
        raise Conflict(
            f"{here:,} {line.unit}s would be here; {told.quantity:,} are ordered, and {most:,} may come at most.",
            code="RECEIPT_OVER", field="good", remedy="Send back what is over, or change the order first.",
        )  # fmt: skip
    line.is_closed = one.is_last or here >= told.quantity
    lot = _into_stock(uow, row, line, told, one) if line.item is not None and one.good else None
    receipt = PurchaseReceipt(
        line_id=line.id, good=one.good, damaged=one.damaged, reason=one.reason.strip(), note=note, is_last=one.is_last,
        lot_id=lot.id if lot else None, lot=lot, actor=uow.actor.name, at=uow.now,
    )  # fmt: skip
    uow.session.add(receipt)
    if line.operation is not None:
        _into_ledger(uow, row, line, line.operation, one, files)
    uow.audit(
        "purchase_order",
        row.ulid,
        "received",
        of=row.number,
        line=line.position,
        good=one.good,
        damaged=one.damaged,
    )
    uow.session.flush()
    return receipt


def _refuse_count(one: Came) -> None:
    if not (0 <= one.good <= moving.MOST and 0 <= one.damaged <= moving.MOST):
        raise refused_field("RECEIPT", "good", f"Write numbers from 0 to {moving.MOST:,}.")
    if not (one.good or one.damaged or one.is_last):
        raise refused_field("RECEIPT", "good", "Count what came.")
    if (one.damaged or one.is_last) and not 0 < len(one.reason.strip()) <= REASON:
        words = f"Say in {REASON} letters at most what is wrong, or why no more comes."
        raise refused_field("RECEIPT", "reason", words)


def _into_stock(
    uow: UnitOfWork, row: PurchaseOrder, line: PurchaseLine, told: LineTerms, one: Came
) -> StockLot:
    """At the price of the order, to six decimals."""
    cost = Rate((Decimal(told.price.cents) / 100 / told.quantity).quantize(_COST_STEP))
    assert line.item is not None  # who calls has looked  # noqa: S101
    return moving.receive(uow, line.item.code, one.good, unit_cost=cost, into=one.bin, source=row.number)


def _into_ledger(
    uow: UnitOfWork, row: PurchaseOrder, line: PurchaseLine, operation: Operation, one: Came, files: FileStore
) -> None:
    """The counts are those of the step; what came over at a first step was put in beyond the plan."""
    uow.session.refresh(operation)
    if operation.state is O.WAITING:
        raise Conflict(f"What comes before {operation.ticket} is not done.", code="COUNT")
    if operation.state is O.READY:
        floor.start(uow, operation.ticket, work_center=outside.VENDOR)
    reason = one.reason.strip() if one.damaged else f"Order {row.number}"
    left = book_of(uow.session, operation.lot_id).balance(operation).left
    over = max(0, one.good + one.damaged - left)
    if over and not operation.needs:
        floor.count(uow, operation.ticket, Counted(taken=over, reason=f"Over, order {row.number}"))
    if one.good or one.damaged:
        floor.count(uow, operation.ticket, Counted(good=one.good, spoiled=one.damaged, reason=reason))
    if line.is_closed:
        floor.finish(uow, operation.ticket, files=files, good=operation.good or 0, reason=one.reason)
