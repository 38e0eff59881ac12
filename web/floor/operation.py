"""One operation: its facts, its print file, and everything that can be done to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, send_file, session, url_for
from werkzeug.wrappers import Response

from kernel.errors import InvalidInput, NotFound, ShopError
from kernel.findings import Finding, Place, Severity
from production.floor import operations, queries, scan_field, sending
from production.jobs.models import Operation
from production.jobs.numbering import parse_ticket
from production.jobs.plant_history import at_operation, last_event
from production.jobs.states import OperationState
from store.db import UnitOfWork
from web import acts, frame
from web.floor.queue import WORK_CENTER
from web.frame import Done, plant, reading, require
from web.recipients import note

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


@blueprint.get("")
@require("work_floor")
def show(ticket: str, error: ShopError | None = None) -> str:
    """The page; while it runs the scan field takes spoiled pages and, to finish, the ticket."""
    with reading() as database:
        history = at_operation(database, ticket)
    shown = _now(ticket)
    reasons = shown["detail"].spoil_reasons
    return render_template(
        "floor/operation.html",
        history=history,
        reasons=reasons,
        reason_pairs=[(reason, reason) for reason in reasons],
        work_center=session.get(WORK_CENTER, ""),
        was_sent=any(deed.event == sending.INTENT for deed in history),
        typed=request.form,
        error=acts.sentence_of(error) if error else "",
        **shown,
    )


@blueprint.get("/now")
@require("work_floor")
def now(ticket: str) -> str | tuple[str, int]:
    """The counts and spoils alone; 204 when nothing has happened since."""
    with reading() as database:
        seen = last_event(database, lot_number=parse_ticket(ticket).number)
    if request.args.get("since") == str(seen):
        return "", 204
    return render_template("floor/_now.html", **_now(ticket))


def _now(ticket: str) -> dict[str, Any]:
    with reading() as database:
        detail = queries.operation_detail(database, ticket)
        item = detail.item
        return {
            "detail": detail,
            "item": item,
            "spoiled": sum(line.count for line in detail.told.spoils),
            "is_running": item.state == RUNNING and item.is_of_floor,
            "unreplaced": detail.told.waiting,
            "since": last_event(database, lot_number=item.lot_number),
        }


@blueprint.post("/scan")
@require("work_floor")
def scan(ticket: str) -> Response:
    """At a running operation: a spoiled page's mark, or the ticket to finish."""

    def work(uow: UnitOfWork) -> acts.Scan:
        done = scan_field.scan_at(
            uow, ticket, request.form.get("scan", ""), reason=_reason(), files=plant().files
        )
        return acts.Scan(done.sentence, url_for("floor.home") if done.has_finished else "")

    return acts.scan(work, back=url_for(".show", ticket=ticket))


@blueprint.post("/start")
@require("work_floor")
def start(ticket: str) -> Response | tuple[str, int]:
    """The button instead of the scan."""

    def work(uow: UnitOfWork) -> Done:
        center = request.form.get(WORK_CENTER) or session.get(WORK_CENTER, "")
        operation = operations.start(uow, ticket, work_center=center[:60])
        return Done(url_for(".show", ticket=operation.ticket), f"Started {operation.ticket}.")

    return acts.act(work, again=_again(ticket))


@blueprint.post("/finish")
@require("work_floor")
def finish(ticket: str) -> Response | tuple[str, int]:
    """The form: the machine's count, and spoiled pieces with their reason, in one act."""

    def work(uow: UnitOfWork) -> Done:
        operation = operations.finish(
            uow, ticket, files=plant().files, good=_count("good"),
            spoiled=request.form.get("pieces", ""), reason=_reason(),
        )  # fmt: skip
        return Done(
            url_for("floor.home"), f"Finished {operation.ticket}: {scan_field.good_words(uow, operation)}."
        )

    return acts.act(work, again=_again(ticket))


@blueprint.post("/confirm")
@require("work_floor")
def confirm(ticket: str) -> Response | tuple[str, int]:
    """A person saw that the run happened."""

    def work(uow: UnitOfWork) -> Done:
        operation = operations.confirm(uow, ticket, reason=_reason(), files=plant().files)
        return Done(url_for(".show", ticket=operation.ticket), "Confirmed: it counts as finished.")

    return acts.act(work, again=_again(ticket))


@blueprint.post("/<any('give-back', fail, retry, doubt, deny):verb>")
@require("work_floor")
def with_reason(ticket: str, verb: str) -> Response | tuple[str, int]:
    """The verbs that need only a reason."""
    service, say = WITH_REASON[verb]

    def work(uow: UnitOfWork) -> Done:
        operation = service(uow, ticket, reason=_reason())
        return Done(url_for(".show", ticket=operation.ticket), say)

    return acts.act(work, again=_again(ticket))


@blueprint.post("/spoils")
@require("work_floor")
def spoils(ticket: str) -> Response | tuple[str, int]:
    """Pieces found spoiled, also after the run."""

    def work(uow: UnitOfWork) -> Done:
        named = operations.report_spoils(uow, ticket, named=request.form.get("pieces", ""), reason=_reason())
        return Done(url_for(".show", ticket=ticket), f"{named} spoiled.")

    return acts.act(work, again=_again(ticket))


@blueprint.post("/reprint")
@require("work_floor")
def reprint(ticket: str) -> Response | tuple[str, int]:
    """Exactly the spoiled pieces of this batch once more."""

    def work(uow: UnitOfWork) -> Done:
        merge = operations.replace_spoils(uow, ticket)
        return Done(url_for("floor.home"), f"Reprint {merge.ticket} is being made; its print ticket follows.")

    return acts.act(work, again=_again(ticket))


@blueprint.get("/print-file")
@require("work_floor")
def print_file(ticket: str) -> Response:
    """The print file after its content was compared with its hash."""
    with reading() as database:
        item = queries.operation_detail(database, ticket).item
    if item.file_sha256 is None:
        raise NotFound("There is no print file yet.", remedy="It is made by the merge of this segment.")
    path = plant().files.checked_path(item.file_sha256)
    note(item.ticket, "print file")
    return send_file(path, mimetype="application/pdf", as_attachment=True, download_name=f"{item.ticket}.pdf")


@blueprint.post("/send")
@require("work_floor")
def send(ticket: str) -> Response | tuple[str, int]:
    """To the press's folder: intent on record, file in place, receipt on record."""

    def intend(uow: UnitOfWork) -> dict[str, str]:
        return asdict(sending.intend(uow, ticket, reason=request.form.get("reason", "")))

    try:
        sent = sending.Sending(**frame.remembered(intend))
        sending.place(plant().files, plant().settings.print_folder, sent)
        with plant().db.unit_of_work(frame.actor()) as uow:
            sending.receipt(uow, sent)
    except acts.REFUSALS as error:
        return show(ticket, error), acts.status_of(error)
    flash(f"{sent.name} lies in the print folder.", "success")
    return redirect(url_for(".show", ticket=sent.ticket), code=303)


def _again(ticket: str) -> acts.Page:
    return lambda error: show(ticket, error)


def _reason() -> str:
    """The chosen reason, or the person's own words."""
    return request.form.get("own_reason", "").strip() or request.form.get("reason", "")


def _count(name: str) -> int | None:
    """A count typed with or without commas; None when left empty."""
    text = request.form.get(name, "").replace(",", "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        message = f"{text[:20]!r} is not a count."
        finding = Finding("COUNT", Severity.STOP, message, "Write digits only.", Place(column=name))
        raise InvalidInput(message, code="COUNT", findings=[finding])
    return int(text)
