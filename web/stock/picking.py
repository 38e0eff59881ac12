"""The pick list: orders that are filled from the shelf, and saying what was taken."""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint, render_template, url_for
from pydantic import Field

from kernel.errors import NotFound
from production.asked import Asked, Count
from production.floor import operations as floor
from production.jobs.states import OperationState
from production.stockroom import moving, picking
from store.db import UnitOfWork
from web.acts import command
from web.forms import Form, Refused
from web.frame import Done, plant, reading, require

blueprint = Blueprint("stock_picking", __name__, url_prefix="/stock/picks")


class Pick(Asked):
    """What was taken off the shelf for an order."""

    CODE = "STOCK_COUNT"
    quantity: Annotated[Count, Field(ge=1, le=moving.MOST)] = Field(
        title="Picked",
        description="All of it, as counted. Where it is less, the agency is asked before it leaves.",
    )


@blueprint.get("")
@require("work_stock")
def listing() -> str:
    """What is to be picked, the first due first."""
    with reading() as session:
        return render_template("stock/picks.html", picks=picking.pick_list(session))


@blueprint.get("/<ticket>")
@require("work_stock")
def show(ticket: str, refused: Refused | None = None) -> str:
    """One order: which lots, in which bins."""
    with reading() as session:
        pick = _line(picking.pick_list(session, floor.find_ticket(session, ticket).ticket))
    form = Form(Pick, refused, values={"quantity": pick.quantity - max(0, pick.short)})
    return render_template("stock/pick.html", pick=pick, form=form, refused=refused)


@blueprint.post("/<ticket>")
@require("work_stock")
@command(Pick, again=show)
def pick(uow: UnitOfWork, said: Pick, ticket: str) -> Done:
    """Taken off the shelf: issued, and on to packing."""
    operation = floor.find_ticket(uow.session, ticket)
    if operation.state is OperationState.READY:
        floor.start(uow, ticket, work_center=picking.bench(uow.session, operation))
    floor.finish(uow, ticket, files=plant().files, good=said.quantity)
    return Done(url_for(".listing"), f"{said.quantity:,} picked. They are packed next.")


def _line(found: list[picking.PickLine]) -> picking.PickLine:
    if not found:
        raise NotFound("This ticket picks nothing from the shelf.", code="TICKET")
    return found[0]
