"""One lot: its label, a blind count, scrapping, and the bin it lies in."""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint, Response, render_template, url_for
from pydantic import Field

from kernel.clock import business_date, long_date
from production.asked import Asked, Count, Line, Why
from production.prepress.papers.stock_label import stock_label
from production.stockroom import moving, queries
from production.stockroom.counting import count
from store.db import UnitOfWork
from web.acts import command
from web.forms import Form, Refused
from web.frame import Done, plant, reading, require
from web.stock.items import MOVES

blueprint = Blueprint("stock_lots", __name__, url_prefix="/stock/lots/<number>")


class Counting(Asked):
    """A blind count of a lot."""

    CODE = "STOCK_COUNT"
    counted: Annotated[Count, Field(le=moving.MOST)] = Field(
        title="How many lie there", description="Count them; what the books say is not shown before."
    )
    reason: Line = Field("", title="Why it may differ", max_length=200)


class Scrap(Asked):
    """Some of a lot is thrown away."""

    CODE = "STOCK_COUNT"
    quantity: Annotated[Count, Field(ge=1, le=moving.MOST)] = Field(title="Quantity")
    reason: Why = Field(title="Why")


class Transfer(Asked):
    """A lot lies in another bin."""

    CODE = "STOCK_BIN"
    bin: Line = Field(title="Bin", max_length=20)


@blueprint.get("")
@require("work_stock")
def show(number: str, refused: Refused | None = None) -> str:
    """A lot, and what can be done with it."""
    with reading() as session:
        lot = moving.lot_of(session, number)
        moves = queries.moves(session, lot=lot)
    forms = {"scrap": Form(Scrap, refused, key="scrap"), "transfer": Form(Transfer, refused, key="transfer")}
    is_recalled = moving.is_superseded(lot.item)
    return render_template(
        "stock/lot.html",
        lot=lot,
        moves=moves,
        words=MOVES,
        forms=forms,
        refused=refused,
        is_recalled=is_recalled,
    )


@blueprint.get("/label.pdf")
@require("work_stock")
def label(number: str) -> Response:
    """Its label with a Code 128."""
    with reading() as session:
        lot = moving.lot_of(session, number)
    day = long_date(business_date(lot.received_at))
    facts = (
        f"{lot.item.code}, bin {lot.bin or 'none'}",
        f"Received {day}" + (f", {lot.source}" if lot.source else ""),
    )
    with plant().files.scratch_folder() as folder:
        made = stock_label(folder / "label.pdf", lot.number, lot.item.name, facts)
    answer = Response(made, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="label-{lot.number}.pdf"'
    return answer


@blueprint.get("/count")
@require("work_stock")
def counting(number: str, refused: Refused | None = None) -> str:
    """The count, without what the books say."""
    with reading() as session:
        lot = moving.lot_of(session, number)
    return render_template("stock/count.html", lot=lot, form=Form(Counting, refused), refused=refused)


@blueprint.post("/count")
@require("work_stock")
@command(Counting, again=counting)
def counted(uow: UnitOfWork, said: Counting, number: str) -> Done:
    """The books follow, or a second person counts too."""
    done = count(uow, number, said.counted, reason=said.reason)
    say = f"Counted: {said.counted:,} lie there, and the books say so."
    if done.difference is None:
        say = "Noted. The books say otherwise by more than one person may correct: somebody else counts this lot now."
    return Done(url_for(".show", number=done.lot.number), say)


@blueprint.post("/scrap")
@require("work_stock")
@command(Scrap, again=show)
def scrap(uow: UnitOfWork, said: Scrap, number: str) -> Done:
    """Thrown away, with why."""
    moving.scrap(uow, number, said.quantity, reason=said.reason)
    return Done(url_for(".show", number=number), f"{said.quantity:,} scrapped.")


@blueprint.post("/transfer")
@require("work_stock")
@command(Transfer, again=show)
def transfer(uow: UnitOfWork, said: Transfer, number: str) -> Done:
    """It lies elsewhere from now on."""
    moving.transfer(uow, number, said.bin)
    return Done(url_for(".show", number=number), f"It lies in bin {said.bin} now.")
