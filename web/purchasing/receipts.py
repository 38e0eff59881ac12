"""What vendors are to bring, and counting it in, on a tablet."""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint, render_template, url_for
from pydantic import Field

from kernel import clock
from kernel.errors import NotFound
from production.asked import Asked, Count, Line
from production.floor.ledger.lines import REASON
from production.purchasing import order_queries
from production.purchasing.ordering import find_order
from production.purchasing.receiving import Came, receive
from production.stockroom.moving import MOST
from store.db import UnitOfWork
from web.acts import command
from web.forms import Form, Refused
from web.frame import Done, plant, reading, require

blueprint = Blueprint("purchase_receipts", __name__, url_prefix="/purchasing/receive")
_Number = Annotated[Count, Field(le=MOST)]


class Receipt(Asked):
    """What came of a line."""

    CODE = "RECEIPT"
    good: _Number = Field(title="Good", description="Count them; what was ordered is no count.")
    damaged: _Number = Field(0, title="Damaged")
    reason: Line = Field(
        "", max_length=REASON, title="What is wrong", description="Or why nothing more comes."
    )
    is_last: bool = Field(default=False, title="Nothing more comes of it")
    bin: Line = Field("", max_length=20, title="Bin", description="Of stock. Empty: its usual bin.")
    note: Line = Field("", max_length=200, title="Delivery note")


@blueprint.get("")
@require("work_stock")
def expected() -> str:
    """Lines of which something is still to come, the earliest first."""
    today = clock.today()
    with reading() as session:
        found = [one for one in order_queries.orders(session, today) if one.is_out]
    lines = [
        (order, line)
        for order in sorted(found, key=lambda one: one.promised)
        for line in order.lines
        if line.still
    ]
    return render_template("purchasing/expected.html", lines=lines, today=today)


@blueprint.get("/<number>/<int:line>")
@require("work_stock")
def counting(number: str, line: int, refused: Refused | None = None) -> str:
    """The form for what came of a line."""
    with reading() as session:
        order = order_queries.order_view(session, find_order(session, number), clock.today())
    found = next((one for one in order.lines if one.position == line), None)
    if found is None:
        raise NotFound(f"Order {order.number} has no line {line}.", code="PO")
    return render_template(
        "purchasing/receive.html", order=order, line=found, form=Form(Receipt, refused), refused=refused
    )


@blueprint.post("/<number>/<int:line>")
@require("work_stock")
@command(Receipt, again=counting)
def count(uow: UnitOfWork, said: Receipt, number: str, line: int) -> Done:
    """Counted into the ledger or the stockroom."""
    row = find_order(uow.session, number, lock=True)
    came = Came(line, said.good, said.damaged, said.reason, said.is_last, said.bin)
    (made,) = receive(uow, row, [came], files=plant().files, note=said.note)
    say = f"{said.good:,} good of {row.lines[line - 1].words} are counted in."
    if made.lot is not None:
        return Done(url_for("stock_lots.show", number=made.lot.number), f"{say} Print the label of the lot.")
    return Done(url_for(".expected"), say)
