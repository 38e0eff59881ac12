"""One operation: its facts, its print file, and everything that can be done to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, send_file, session, url_for
from pydantic import Field
from werkzeug.wrappers import Response

from kernel.errors import NotFound
from production.asked import Asked, Count, Line, Paragraph
from production.floor import operations, queries, scan_field, sending
from production.floor.ledger.lines import Counted, numbers_at
from production.floor.ledger.of_job import Shortage, shortage_of
from production.frontdesk.tickets.step import step_card
from production.jobs.models import Operation
from production.jobs.numbering import parse_ticket
from production.jobs.plant_history import at_operation, last_event
from production.jobs.states import LotKind, OperationState
from store.db import UnitOfWork
from web.acts import Scan, Scanned, asks, command, scans
from web.floor.queue import WORK_CENTER, WorkCenter
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


class Finish(Asked):
    """The end of a run."""

    CODE = "COUNT"
    good: Count | None = Field(None, title="Good by the machine's counter")
    pieces: Paragraph = Field("", title="Spoiled pieces", max_length=20_000)
    reason: Line = Field("", title="Why spoiled", max_length=60)
    numbers: Line = Field(
        "", title="Numbers of the good ones", description="As in 1-500, 502-2000.", max_length=2000
    )


class Spoils(Asked):
    """Pieces found spoiled."""

    pieces: Paragraph = Field(title="Pieces", max_length=20_000)
    reason: Line = Field(title="Why spoiled", max_length=60)
    own_reason: Line = Field("", title="In your own words", max_length=60)


class Part(Asked):
    """A part of a run, counted while it runs or corrected afterwards."""

    CODE = "COUNT"
    good: Count | None = Field(None, title="Good", description="Of this part alone.")
    spoiled: Count | None = Field(None, title="Spoiled")
    held: Count | None = Field(None, title="Held", description="Set aside until somebody decides.")
    taken: Count | None = Field(None, title="Put in", description="More than was planned, at a first step.")
    numbers: Line = Field(
        "", title="Numbers of the good ones", description="As in 1-500, 502-2000.", max_length=2000
    )
    reason: Line = Field("", title="Reason", max_length=60)
    center: Line = Field("", title="At another machine", max_length=60)
    takes_back: bool = Field(default=False, title="Take these back: they were counted by mistake")


class WithReason(Asked):
    """A verb that needs a reason and nothing else."""

    reason: Line = Field(title="Why", max_length=200)


class SendFile(Asked):
    """Sending a print file, for the second time with a reason."""

    reason: Line = Field(
        "",
        title="Sent before. Why again?",
        description="A second file in the folder can be printed twice.",
        max_length=200,
    )


@blueprint.get("")
@require("work_floor")
def show(ticket: str, refused: Refused | None = None, **_where: str) -> str:
    """The page; while it runs the scan field takes spoiled pages and, to finish, the ticket."""
    with reading() as database:
        history = at_operation(database, ticket)
        operation = operations.find_ticket(database, ticket)
        card = step_card(database, operation, plant().files)
        numbers = card and numbers_at(operation)
        was_sent = sending.was_sent(database, operation)
    shown = _now(ticket)
    reasons = shown.detail.spoil_reasons
    why = {"reason": [(reason, reason) for reason in reasons]}
    forms = {
        "start": Form(WorkCenter, refused, values={WORK_CENTER: session.get(WORK_CENTER, "")}),
        "finish": Form(Finish, refused, options=why),
        "spoils": Form(Spoils, refused, options=why),
        "count": Form(Part, refused, action=url_for(".count", ticket=ticket), key="count"),
        "send": Form(SendFile, refused, key="send"),
        "confirm": Form(WithReason, refused, action=url_for(".confirm", ticket=ticket), key="confirm"),
    }
    forms |= {
        verb: Form(WithReason, refused, action=url_for(".with_reason", ticket=ticket, verb=verb), key=verb)
        for verb in WITH_REASON
    }
    return render_template(
        "floor/operation.html",
        history=history,
        reasons=reasons,
        card=card,
        at=min(max(1, list_place("sheet", 1)), len(card.pictures)) if card and card.pictures else 0,
        is_numbered=bool(numbers),
        was_sent=was_sent,
        forms=forms,
        refused=refused,
        **shown._asdict(),
    )


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
    """What changes while the operation runs."""

    detail: queries.OperationDetail
    item: queries.QueueItem
    spoiled: int
    is_running: bool
    unreplaced: int
    since: int
    shortage: Shortage | None


def _now(ticket: str) -> Now:
    with reading() as database:
        detail = queries.operation_detail(database, ticket)
        item = detail.item
        return Now(
            detail,
            item,
            sum(line.count for line in detail.told.spoils),
            is_running=item.state == RUNNING and item.is_of_floor,
            unreplaced=detail.told.waiting,
            since=last_event(database, lot_number=item.lot_number),
            shortage=shortage_of(database, item.lot_number) if item.lot_kind is LotKind.PRINT_RUN else None,
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
@command(WorkCenter, again=show)
def start(uow: UnitOfWork, said: WorkCenter, ticket: str) -> Done:
    """The button instead of the scan."""
    center = said.work_center or session.get(WORK_CENTER, "")
    operation = operations.start(uow, ticket, work_center=center)
    return Done(url_for(".show", ticket=operation.ticket), f"Started {operation.ticket}.")


@blueprint.post("/finish")
@require("work_floor")
@command(Finish, again=show)
def finish(uow: UnitOfWork, said: Finish, ticket: str) -> Done:
    """The form: the machine's count, and spoiled pieces with their reason, in one act."""
    operation = operations.finish(
        uow, ticket, files=plant().files, good=said.good, spoiled=said.pieces, reason=said.reason,
        numbers=said.numbers,
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
    operations.count(uow, ticket, counted, numbers=said.numbers)
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
