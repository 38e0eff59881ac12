"""The list of the stockroom, one item with its lots and movements, and receiving."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import Field
from werkzeug.wrappers import Response

from kernel.errors import InvalidInput
from kernel.money import Rate
from production.asked import Asked, Count, Line
from production.catalog.press_room.fields import Number
from production.finding import words
from production.stockroom import moving, queries
from production.stockroom.items import KINDS
from production.stockroom.labels import parse_label
from production.stockroom.models import ItemKind
from production.stockroom.picking import picks_open
from production.stockroom.reserving import waits_for
from store.db import UnitOfWork
from web.acts import command
from web.forms import Form, Refused
from web.frame import Done, reading, require

RECALLED = "recalled"
blueprint = Blueprint("stock", __name__, url_prefix="/stock")
MOVES = {
    "receive": "Received", "issue": "Issued", "return": "Returned", "count": "Counted", "scrap": "Scrapped",
    "transfer": "Moved",
}  # fmt: skip


class Receive(Asked):
    """A delivery of an item."""

    CODE = "STOCK_COUNT"
    quantity: Annotated[Count, Field(ge=1, le=moving.MOST)] = Field(title="Quantity")
    unit_cost: Annotated[Number, Field(lt=1_000_000)] = Field(
        title="Cost of one, dollars",
        description="As on the invoice, up to six decimals: 0.038 is $38 for 1,000.",
    )
    bin: Line = Field("", title="Bin", description="Empty: its usual bin.", max_length=20)
    source: Line = Field("", title="Order or delivery note", max_length=200)


@blueprint.get("")
@require("work_stock")
def listing() -> str | Response:
    """Everything that is kept, low first; a label typed or scanned leads to its lot."""
    text = request.args.get("find", "")[:80].strip()
    with suppress(InvalidInput):
        return redirect(url_for("stock_lots.show", number=parse_label(text)))
    kind = request.args.get("kind", "")
    with reading() as session:
        if kind == RECALLED:
            lines = queries.recalled(session)
        else:
            lines = queries.stock_list(
                session, words=words(text), kind=ItemKind(kind) if kind in KINDS else None
            )
        picks = picks_open(session)
    return render_template(
        "stock/home.html",
        picks=picks,
        lines=lines,
        find=text,
        kind=kind,
        kinds=KINDS | {RECALLED: "Recalled forms"},
    )


@blueprint.get("/items/<code>")
@require("work_stock")
def item(code: str) -> str:
    """What there is of it, in which lots, and what moved."""
    with reading() as session:
        row = moving.item_of(session, code)
        waits = waits_for(session, row)
        return render_template(
            "stock/item.html", item=row, line=queries.line_of(row, sum(quantity for *_, quantity in waits)),
            waits=waits, lots=moving.lots_of(session, row),
            moves=queries.moves(session, item=row), words=MOVES, kinds=KINDS,
        )  # fmt: skip


@blueprint.get("/items/<code>/receive")
@require("work_stock")
def receiving(code: str, refused: Refused | None = None) -> str:
    """The form for a delivery."""
    with reading() as session:
        row = moving.item_of(session, code)
    form = Form(Receive, refused, values={"bin": row.bin})
    return render_template("stock/receive.html", item=row, form=form, refused=refused)


@blueprint.post("/items/<code>/receive")
@require("work_stock")
@command(Receive, again=receiving)
def receive(uow: UnitOfWork, said: Receive, code: str) -> Done:
    """A lot with a number of its own; its label is printed next."""
    lot = moving.receive(
        uow, code, said.quantity, unit_cost=Rate(said.unit_cost), into=said.bin, source=said.source
    )
    return Done(
        url_for("stock_lots.show", number=lot.number), f"Received as lot {lot.number}. Print its label."
    )
