"""Counters of machines: read by hand or scanner, and the cases where they differ from what was claimed."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from pydantic import Field

from kernel.ids import named_ulid, show_ulid
from production.asked import Asked, Count, Line, Needed
from production.floor.counters import cases
from production.floor.counters.cases import REASONS
from production.floor.counters.reading import Shown, read
from store.db import UnitOfWork
from web.acts import command
from web.forms import Form, Refused
from web.frame import Done, reading, require

blueprint = Blueprint("counters", __name__, url_prefix="/floor/counters")


class Reading(Asked):
    """What a display shows."""

    CODE = "COUNTER"
    machine: Needed = Field(title="Machine", max_length=60)
    value: Count = Field(title="The display shows", description="Type or scan all its digits.")
    starts_anew: bool = Field(default=False, title="It was set back or changed since it was read last")
    reason: Line = Field("", title="Why it starts anew", max_length=200)


class HandOver(Asked):
    """Somebody else looks after a case."""

    owner: Needed = Field(title="Who looks after it", max_length=200)


class End(Asked):
    """A case ends."""

    reason: Needed = Field(title="What it was", max_length=60)
    outcome: Needed = Field(title="What came of it", max_length=500)


@blueprint.get("")
@require("see_queue")
def show(refused: Refused | None = None, **_where: str) -> str:
    """Counters to read, open cases, and those that ended."""
    with reading() as session:
        known, opened = cases.shown(session), cases.cases(session)
        ended = cases.cases(session, is_open=False)
    machines = [(one.value.work_center, one.machine) for one in known]
    form = Form(Reading, refused, options={"machine": machines}, action=url_for(".enter"))
    forms = {
        show_ulid(one.row.ulid): (
            Form(HandOver, refused, action=url_for(".hand_over", ulid=show_ulid(one.row.ulid)), key=f"o{one.row.id}"),
            Form(
                End, refused, options={"reason": [(word, word) for word in REASONS]},
                action=url_for(".end", ulid=show_ulid(one.row.ulid)), key=f"e{one.row.id}",
            ),
        )
        for one in opened
    }  # fmt: skip
    return render_template(
        "floor/counters.html",
        counters=known,
        opened=opened,
        ended=ended,
        form=form,
        forms=forms,
        refused=refused,
    )


@blueprint.post("")
@require("work_floor")
@command(Reading, again=show)
def enter(uow: UnitOfWork, said: Reading) -> Done:
    """A reading; the case that it opens is named at once."""
    case = read(uow, Shown(said.machine, said.value, uow.now, "display", said.starts_anew, said.reason))
    agree, differ = "Machine and people agree.", "It differs from what was claimed: see the case."
    return Done(url_for(".show"), f"Read. {differ if case else agree}")


@blueprint.post("/cases/<ulid>/owner")
@require("see_queue")
@command(HandOver, again=show)
def hand_over(uow: UnitOfWork, said: HandOver, ulid: str) -> Done:
    """To somebody else."""
    case = cases.hand_over(uow, named_ulid(ulid, "case"), said.owner)
    return Done(url_for(".show"), f"{case.owner} looks after it.")


@blueprint.post("/cases/<ulid>/end")
@require("see_queue")
@command(End, again=show)
def end(uow: UnitOfWork, said: End, ulid: str) -> Done:
    """With its reason and outcome."""
    cases.end(uow, named_ulid(ulid, "case"), reason=said.reason, outcome=said.outcome)
    return Done(url_for(".show"), "The case has ended.")
