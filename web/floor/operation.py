"""One operation: its facts, its print file, and everything that can be done to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, send_file, session, url_for
from pydantic import Field
from werkzeug.wrappers import Response

from kernel import clock
from kernel.errors import NotFound
from production.asked import Asked, Line
from production.floor import operations, queries, scan_field, sending
from production.floor.ledger.lines import Counted, numbers_at
from production.floor.ledger.of_job import Shortage, shortage_of
from production.floor.working import taking_back
from production.floor.working.occurred import read_occurred
from production.floor.working.queries import AtWork, at_work, minutes_left
from production.frontdesk.tickets.step import step_card
from production.frontdesk.tickets.targets import FirstPiece
from production.jobs.models import Operation
from production.jobs.numbering import parse_ticket
from production.jobs.plant_history import at_operation, last_event
from production.jobs.states import LotKind, OperationState
from production.scheduling.at_floor import Planned, planned
from production.stockroom.reserving import PaperAt, paper_at
from store.db import UnitOfWork
from web.acts import Scan, Scanned, asks, command, scans
from web.floor.acts import (
    Allow,
    Finish,
    FirstGood,
    Part,
    Pause,
    SecondMachine,
    SendFile,
    Spoils,
    Start,
    WithReason,
)
from web.floor.queue import WORK_CENTER
from web.forms import Form, Refused, list_place
from web.frame import Done, actor, plant, reading, remembered, require
from web.recipients import note_lot

blueprint = Blueprint("operation", __name__, url_prefix="/floor/<ticket>")
RUNNING = OperationState.RUNNING.value

# Verbs that need a reason and nothing else: address, service, what is said afterwards.
WITH_REASON: dict[str, tuple[Callable[..., Operation], str]] = {
    "give-back": (operations.give_back, "Given back: somebody else can start it."),
    "fail": (operations.fail, "Noted as failed: nothing of this run counts."),
    "retry": (operations.retry, "Ready to be started again."),
    "doubt": (operations.doubt, "Noted: nobody knows whether it ran. A person must confirm or deny it."),
    "deny": (operations.deny, "Noted: it did not run."),
}


class ScanHere(Scanned):
    """A scan at an operation, with why pages are spoiled."""

    scan: Line = Field(title="Scan", max_length=2000)
    reason: Line = ""


@blueprint.get("")
@require("work_floor")
def show(ticket: str, refused: Refused | None = None, **_where: str) -> str:
    """The page; while it runs the scan field takes spoiled pages and, to finish, the ticket."""
    with reading() as database:
        history = at_operation(database, ticket)
        operation = operations.find_ticket(database, ticket)
        card = step_card(database, operation, plant().files)
        targets = {one.check.name: one.target for one in card.checks} if card else {}
        undo = taking_back.offered(database, operation)
        asked = operations.made_as(database, operation).checks
        numbers = card and numbers_at(operation)
        was_sent = sending.was_sent(database, operation)
    shown = _now(ticket)
    reasons = shown.detail.spoil_reasons
    why = {"reason": [(reason, reason) for reason in reasons]}
    forms = {
        "start": Form(Start, refused, values={WORK_CENTER: session.get(WORK_CENTER, "")}),
        "first": Form(FirstGood, refused, action=url_for("working.run", ticket=ticket), key="first"),
        "measure": Form(FirstGood, refused, action=url_for("working.measure", ticket=ticket), key="measure"),
        "allow": Form(Allow, refused, key="allow"),
        "pause": Form(Pause, refused, key="pause"),
        "second": Form(SecondMachine, refused, key="second"),
        "finish": Form(Finish, refused, options=why),
        "spoils": Form(Spoils, refused, options=why),
        "count": Form(Part, refused, action=url_for("operation.count", ticket=ticket), key="count"),
        "send": Form(SendFile, refused, key="send"),
        "confirm": Form(
            WithReason, refused, action=url_for("operation.confirm", ticket=ticket), key="confirm"
        ),
    }
    forms |= {
        verb: Form(
            WithReason, refused, action=url_for("operation.with_reason", ticket=ticket, verb=verb), key=verb
        )
        for verb in WITH_REASON
    }
    return render_template(
        "floor/operation.html",
        history=history,
        reasons=reasons,
        card=card,
        undo=undo,
        checks=[FirstPiece(one, targets.get(one.name)) for one in asked],
        actor_name=actor().name,
        at=min(max(1, list_place("sheet", 1)), len(card.pictures)) if card and card.pictures else 0,
        is_numbered=bool(numbers),
        was_sent=was_sent,
        forms=forms,
        refused=refused,
        **shown._asdict(),
    )


@blueprint.app_template_global()
def spare_minutes(plan: Planned, left: int | None) -> int:
    """Whole minutes between its end and when it is wanted, below none where that is too late; ``left`` of what runs."""
    ends = plan.ends if left is None else clock.now() + timedelta(minutes=left)
    return int((plan.wanted - ends) / timedelta(minutes=1))


@blueprint.get("/now")
@require("work_floor")
def now(ticket: str) -> str | tuple[str, int]:
    """The counts and spoils alone; 204 when nothing has happened since."""
    with reading() as database:
        seen = last_event(database, lot_number=parse_ticket(ticket).number)
    if request.args.get("since") == str(seen):
        return "", 204
    return render_template("floor/_now.html", **_now(ticket)._asdict())


class Now(NamedTuple):
    """What changes while the operation runs. ``left``: minutes until it is done; ``plan``: what the schedule says."""

    detail: queries.OperationDetail
    item: queries.QueueItem
    spoiled: int
    is_running: bool
    unreplaced: int
    since: int
    shortage: Shortage | None
    work: AtWork
    left: int | None
    plan: Planned | None
    papers: Sequence[PaperAt]


def _now(ticket: str) -> Now:
    with reading() as database:
        detail = queries.operation_detail(database, ticket)
        item = detail.item
        operation = operations.find_ticket(database, ticket)
        place, instant = session.get(WORK_CENTER, ""), clock.now()
        work = at_work(database, operation, work_center=place, now=instant)
        return Now(
            detail,
            item,
            sum(line.count for line in detail.told.spoils),
            is_running=item.state == RUNNING and item.is_of_floor,
            unreplaced=detail.told.waiting,
            since=last_event(database, lot_number=item.lot_number),
            shortage=shortage_of(database, item.lot_number) if item.lot_kind is LotKind.PRINT_RUN else None,
            work=work,
            left=minutes_left(work.worked, detail.told.count, item.planned_minutes),
            plan=planned(database, [item.ticket]).get(item.ticket),
            papers=paper_at(database, operation),
        )


@blueprint.post("/scan")
@require("work_floor")
@scans(ScanHere, back=".show")
def scan(uow: UnitOfWork, said: ScanHere, ticket: str) -> Scan:
    """At a running operation: a spoiled page's mark, or the ticket to finish."""
    done = scan_field.scan_at(uow, ticket, said.scan, reason=said.reason, files=plant().files)
    return Scan(done.sentence, url_for("floor.home") if done.has_finished else "")


@blueprint.post("/start")
@require("work_floor")
@command(Start, again=show)
def start(uow: UnitOfWork, said: Start, ticket: str) -> Done:
    """The button instead of the scan."""
    center, at = said.work_center or session.get(WORK_CENTER, ""), read_occurred(said.occurred)
    operation = operations.start(uow, ticket, work_center=center, reason=said.reason, occurred_at=at)
    return Done(url_for(".show", ticket=operation.ticket), f"Started {operation.ticket}.")


@blueprint.post("/finish")
@require("work_floor")
@command(Finish, again=show)
def finish(uow: UnitOfWork, said: Finish, ticket: str) -> Done:
    """The form: the machine's count, and spoiled pieces with their reason, in one act."""
    operation = operations.finish(
        uow, ticket, files=plant().files, good=said.good, spoiled=said.pieces, reason=said.reason,
        numbers=said.numbers, occurred_at=read_occurred(said.occurred),
    )  # fmt: skip
    words = f"Finished {operation.ticket}: {scan_field.good_words(uow, operation)}."
    return Done(url_for("floor.home"), words)


@blueprint.post("/count")
@require("work_floor")
@command(Part, again=show)
def count(uow: UnitOfWork, said: Part, ticket: str) -> Done:
    """A part of a print run, or a correction of what was counted."""
    place = operations.find_work_center(uow.session, said.center).code if said.center else None
    sign = -1 if said.takes_back else 1
    good, spoiled, held, taken = (
        sign * (one or 0) for one in (said.good, said.spoiled, said.held, said.taken)
    )
    counted = Counted(good, spoiled, held, taken, said.reason, place)
    at = read_occurred(said.occurred)
    operations.count(uow, ticket, counted, numbers=said.numbers, occurred_at=at)
    return Done(url_for(".show", ticket=ticket), "Counted.")


@blueprint.post("/confirm")
@require("work_floor")
@command(WithReason, again=show)
def confirm(uow: UnitOfWork, said: WithReason, ticket: str) -> Done:
    """A person saw that the run happened."""
    operation = operations.confirm(uow, ticket, reason=said.reason, files=plant().files)
    return Done(url_for(".show", ticket=operation.ticket), "Confirmed: it counts as finished.")


@blueprint.post("/<any('give-back', fail, retry, doubt, deny):verb>")
@require("work_floor")
@command(WithReason, again=show)
def with_reason(uow: UnitOfWork, said: WithReason, ticket: str, verb: str) -> Done:
    """The verbs that need only a reason."""
    service, say = WITH_REASON[verb]
    operation = service(uow, ticket, reason=said.reason)
    return Done(url_for(".show", ticket=operation.ticket), say)


@blueprint.post("/spoils")
@require("work_floor")
@command(Spoils, again=show)
def spoils(uow: UnitOfWork, said: Spoils, ticket: str) -> Done:
    """Pieces found spoiled, also after the run."""
    reason = said.own_reason or said.reason
    named = operations.report_spoils(uow, ticket, named=said.pieces, reason=reason)
    return Done(url_for(".show", ticket=ticket), f"{named} spoiled.")


@blueprint.post("/reprint")
@require("work_floor")
@command(Asked, again=show)
def reprint(uow: UnitOfWork, _said: Asked, ticket: str) -> Done:
    """Exactly the spoiled pieces of this stream once more."""
    merge = operations.replace_spoils(uow, ticket)
    return Done(url_for("floor.home"), f"Reprint {merge.ticket} is being made; its print ticket follows.")


@blueprint.get("/print-file")
@require("work_floor")
def print_file(ticket: str) -> Response:
    """The print file after its content was compared with its hash."""
    with reading() as database:
        item = queries.operation_detail(database, ticket).item
    if item.file_sha256 is None:
        raise NotFound("There is no print file yet.", remedy="It is made by the merge of this segment.")
    path = plant().files.checked_path(item.file_sha256)
    note_lot(item.lot_number, f"print file {item.ticket}")
    return send_file(path, mimetype="application/pdf", as_attachment=True, download_name=f"{item.ticket}.pdf")


@blueprint.post("/send")
@require("work_floor")
@asks(SendFile, again=show)
def send(said: SendFile, ticket: str) -> Response:
    """To the press's folder: intent on record, file in place, receipt on record."""

    def intend(uow: UnitOfWork) -> dict[str, str]:
        return asdict(sending.intend(uow, ticket, reason=said.reason))

    sent = remembered(sending.Sending, intend)
    sending.place(plant().files, plant().settings.print_folder, sent)
    with plant().db.unit_of_work(actor()) as uow:
        sending.receipt(uow, sent)
    flash(f"{sent.name} lies in the print folder.", "success")
    return redirect(url_for(".show", ticket=sent.ticket), code=303)
