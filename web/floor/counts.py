"""The count sheet of a job: where everything is at each step, what will come out, and what helps where that is
short.
"""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from pydantic import Field

from kernel.errors import NotFound
from production.asked import Asked, Count, Line
from production.floor.canceling import cancel_make_up
from production.floor.ledger.lines import Counted
from production.floor.ledger.of_job import JobLedger, job_ledger
from production.floor.operations import count
from production.floor.printers.counted import machines_at
from store.db import UnitOfWork
from web.acts import command
from web.floor.making_up import make_up, offer
from web.forms import Form, Refused
from web.frame import Done, plant, reading, require

blueprint = Blueprint("counts", __name__, url_prefix="/floor/jobs/<number>/counts")


class More(Asked):
    """So many more are made."""

    CODE = "MAKE_UP"
    pieces: Count = Field(title="How many more")
    reason: Line = Field(title="Why", max_length=200)


class Held(Asked):
    """What was set aside is decided: so many go on, so many are spoiled."""

    CODE = "COUNT"
    good: Count | None = Field(None, title="Go on", description="They are good after all.")
    spoiled: Count | None = Field(None, title="Spoiled")
    numbers: Line = Field("", title="Numbers of those that go on", max_length=2000)
    reason: Line = Field(title="Why", max_length=60)


class Canceled(Asked):
    """A make-up that nobody has begun is not made."""

    reason: Line = Field(title="Why it is not made", max_length=200)


@blueprint.get("")
@require("see_queue")
def show(number: str, refused: Refused | None = None, **_where: str) -> str:
    """Every step with its counts."""
    with reading() as session:
        found = job_ledger(session, number)
        offered = offer(session, plant().files, number, found.short) if found.short else None
        machines = machines_at(session, [line.ticket for line in found.lines])
    form = Form(More, refused, values={"pieces": found.short}, action=url_for(".order", number=number))
    held, make_ups, may_cancel = _decisions(found, refused)
    return render_template(
        "floor/counts.html", ledger=found, offered=offered, form=form, refused=refused, held=held, make_ups=make_ups,
        may_cancel=may_cancel, machines=machines,
    )  # fmt: skip


def _decisions(
    found: JobLedger, refused: Refused | None
) -> tuple[dict[str, Form], list[str], dict[str, Form]]:
    """Forms for what is held, by ticket; the make-ups; and forms for those that nobody has begun."""
    held = {
        line.ticket: Form(
            Held, refused, action=url_for(".decide", number=found.job, ticket=line.ticket), key=line.ticket
        )
        for line in found.lines
        if line.balance.held
    }
    make_ups = list(dict.fromkeys(line.makes_up for line in found.lines if line.makes_up))
    begun = {line.makes_up for line in found.lines if line.state not in ("waiting", "ready")}
    may_cancel = {
        lot: Form(Canceled, refused, action=url_for(".cancel", number=found.job, lot=lot), key=lot)
        for lot in make_ups
        if lot not in begun
    }
    return held, make_ups, may_cancel


@blueprint.post("/make-up")
@require("make_up")
@command(More, again=show)
def order(uow: UnitOfWork, said: More, number: str) -> Done:
    """A lot that makes so many more, which goes on in the run."""
    lot = make_up(uow, plant().files, number, said.pieces, reason=said.reason)
    return Done(url_for(".show", number=number), f"Make-up {lot.number} is ready on the floor.")


@blueprint.post("/held/<ticket>")
@require("make_up")
@command(Held, again=show)
def decide(uow: UnitOfWork, said: Held, number: str, ticket: str) -> Done:
    """A line of its own: less is held, more is good or spoiled."""
    if ticket not in {line.ticket for line in job_ledger(uow.session, number).lines}:
        raise NotFound("This ticket is none of this job.")
    good, spoiled = said.good or 0, said.spoiled or 0
    count(uow, ticket, Counted(good, spoiled, -(good + spoiled), reason=said.reason), numbers=said.numbers)
    return Done(url_for(".show", number=number), "Decided.")


@blueprint.post("/make-ups/<lot>/cancel")
@require("make_up")
@command(Canceled, again=show)
def cancel(uow: UnitOfWork, said: Canceled, number: str, lot: str) -> Done:
    """Before it began."""
    if lot not in {line.makes_up for line in job_ledger(uow.session, number).lines}:
        raise NotFound("There is no such make-up of this job.")
    cancel_make_up(uow, lot, reason=said.reason)
    return Done(url_for(".show", number=number), f"Make-up {lot} is canceled.")
