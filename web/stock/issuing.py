"""Issuing to a job by its ticket: what the estimate planned, what was issued, what comes back."""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint, render_template, request, url_for
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from production.asked import Asked, Count, Line
from production.floor.operations import find_ticket
from production.frontdesk.preparation.worksheet import paper_needs
from production.jobs.models import Job, LotShare, Operation
from production.stockroom import moving
from production.stockroom.counting_in import count_in
from production.stockroom.labels import looks_like_label
from production.stockroom.needs import NeedLine, need_lines
from production.stockroom.reserving import reserved_of
from store.db import UnitOfWork
from store.files import FileStore
from web.acts import Scan, Scanned, command, scans
from web.forms import Form, Refused
from web.frame import Done, plant, reading, require

blueprint = Blueprint("stock_issuing", __name__, url_prefix="/stock/issue")


class Issue(Asked):
    """A quantity of a lot, or of an item from its oldest lots, to a job."""

    CODE = "STOCK_COUNT"
    what: Annotated[Line, Field(min_length=1, max_length=40)] = Field(
        title="Lot or item", description="Scan the label, or type a code: then the oldest lots first."
    )
    quantity: Annotated[Count, Field(ge=1, le=moving.MOST)] = Field(title="Quantity")
    reason: Line = Field("", title="Why another quantity than planned", max_length=200)


class CountIn(Asked):
    """What lies at the machine for a job."""

    CODE = "STOCK_COUNT"
    item: Annotated[Line, Field(min_length=1, max_length=40)] = Field(title="Item")
    counted: Annotated[Count, Field(le=moving.MOST)] = Field(
        title="Lies at the machine", description="All of it, also what was issued before."
    )
    reason: Line = Field(
        "", title="Why it differs", max_length=150,
        description="Where less lies there than is needed, or more than the books hold.",
    )  # fmt: skip


class GiveBack(Asked):
    """What a job left over, into the lot that it came from."""

    CODE = "STOCK_COUNT"
    lot: Annotated[Line, Field(min_length=1, max_length=20)] = Field(title="Lot")
    quantity: Annotated[Count, Field(ge=1, le=moving.MOST)] = Field(title="Quantity")


def job_of(session: Session, operation: Operation) -> Job:
    """The job of an operation; of several that run together the first."""
    query = select(Job).join(LotShare, LotShare.job_id == Job.id).where(LotShare.lot_id == operation.lot_id)
    return session.scalars(query.order_by(Job.id).limit(1)).one()


def planned(session: Session, files: FileStore, ticket: str) -> tuple[Operation, Job, list[NeedLine]]:
    """The operation of a ticket, its job, and the paper that it was planned with. InvalidInput TICKET, NotFound."""
    operation = find_ticket(session, ticket)
    job = job_of(session, operation)
    return operation, job, need_lines(session, job, paper_needs(session, files, job))


@blueprint.get("")
@require("work_stock")
def begin() -> str:
    """The field for the ticket."""
    return render_template("stock/begin.html")


@blueprint.post("")
@require("work_stock")
@scans(Scanned, back=".begin")
def scan(uow: UnitOfWork, said: Scanned) -> Scan:
    """A ticket leads to its job."""
    ticket = find_ticket(uow.session, said.scan).ticket
    return Scan(f"Ticket {ticket}.", url_for(".show", ticket=ticket))


@blueprint.get("/<ticket>")
@require("work_stock")
def show(ticket: str, refused: Refused | None = None) -> str:
    """What the job needs, has and still waits for."""
    with reading() as session:
        operation, job, lines = planned(session, plant().files, ticket)
        others = reserved_of(session, [one.item.id for one in lines if one.item], without=job)
    first = next((one for one in lines if one.left and one.item), None)
    usual = {"what": first.item.code, "quantity": first.left} if first and first.item else {}
    forms = {
        "issue": Form(Issue, refused, values=usual),
        "count_in": Form(
            CountIn,
            refused,
            key="in",
            values={"item": first.item.code} if first and first.item else {},
            options={"item": [(one.item.code, one.item.name) for one in lines if one.item]},
        ),
        "back": Form(GiveBack, refused, values={"lot": request.args.get("lot", "")}, key="back"),
    }
    return render_template(
        "stock/issue.html",
        ticket=operation.ticket,
        job=job,
        lines=lines,
        others=others,
        forms=forms,
        refused=refused,
    )


@blueprint.post("/<ticket>")
@require("work_stock")
@command(Issue, again=show)
def issue(uow: UnitOfWork, said: Issue, ticket: str) -> Done:
    """Off the shelf, to the job."""
    operation = find_ticket(uow.session, ticket)
    to = moving.Occasion(said.reason, job_of(uow.session, operation), operation)
    if looks_like_label(said.what):
        moves = [moving.issue_lot(uow, said.what, said.quantity, to)]
    else:
        moves = moving.issue_item(uow, said.what, said.quantity, to)
    lots = "1 lot" if len(moves) == 1 else f"{len(moves):,} lots"
    return Done(url_for(".show", ticket=ticket), f"{said.quantity:,} issued from {lots}.")


@blueprint.post("/<ticket>/count-in")
@require("work_stock")
@command(CountIn, again=show)
def counted_in(uow: UnitOfWork, said: CountIn, ticket: str) -> Done:
    """Whoever sees the paper says how much there is; the books follow, and the work goes on."""
    operation = find_ticket(uow.session, ticket)
    more = count_in(
        uow, job_of(uow.session, operation), operation, said.item, said.counted, reason=said.reason
    )
    what = f"{more:,} more issued" if more > 0 else f"{-more:,} back in the books" if more else "as issued"
    return Done(url_for(".show", ticket=ticket), f"{said.counted:,} counted in: {what}.")


@blueprint.post("/<ticket>/return")
@require("work_stock")
@command(GiveBack, again=show)
def give_back(uow: UnitOfWork, said: GiveBack, ticket: str) -> Done:
    """The rest, back on the shelf."""
    job = job_of(uow.session, find_ticket(uow.session, ticket))
    moving.give_back(uow, said.lot, said.quantity, job=job)
    return Done(url_for(".show", ticket=ticket), f"{said.quantity:,} are back on the shelf.")
