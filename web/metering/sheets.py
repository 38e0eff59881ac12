"""Meter day sheets: a meter's morning registers, runs typed one after the other, the evening registers."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from uuid import UUID

from flask import Blueprint, make_response, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from kernel import clock
from kernel.errors import InvalidInput, NotFound, ShopError
from kernel.ids import parse_ulid, show_ulid
from kernel.money import ZERO
from postal.data.mail_days import mail_day_from
from production.jobs.states import LotState
from production.mailings.editions import shop_editions
from production.mailroom.metering import days, queries
from production.mailroom.metering import files as meter_files
from production.mailroom.metering.days import MAIL_CLASSES, MAIL_SHAPES, RunFacts
from production.mailroom.metering.models import MeterSheet
from production.mailroom.streams.metered_batches import metered_batches, waiting_batches
from production.prepress.papers.job_papers import meter_sheet
from store.db import UnitOfWork
from web import acts
from web.forms import Typed, errors_of
from web.frame import Done, once, plant, reading, require

blueprint = Blueprint("metering", __name__, url_prefix="/metering")
PAGE = 50
CLASSES = list(MAIL_CLASSES.items())
SHAPES = [(shape, shape.capitalize()) for shape in MAIL_SHAPES]


@blueprint.get("")
@require("work_mailroom")
def listing() -> str:
    """Today's meters, then every sheet, newest first."""
    day, before = mail_day_from(clock.today()), _before()
    meter = request.args.get("meter", "")[:40]
    with reading() as session:
        meters = queries.meters_on(session, day)
        lines = queries.sheet_lines(session, meter=meter, before=before, limit=PAGE + 1)
    last = lines[PAGE - 1] if len(lines) > PAGE else None
    return render_template(
        "metering/sheets.html",
        day=day,
        is_today=day == clock.today(),
        meters=meters,
        sheets=lines[:PAGE],
        meter=meter,
        first_url=url_for(".listing", meter=meter or None) if before else None,
        next_url=url_for(".listing", meter=meter or None, before=f"{last.day}.{last.id}") if last else None,
    )


@blueprint.get("/meters/<serial>/new")
@require("work_mailroom")
def new(serial: str, error: ShopError | None = None) -> str:
    """The morning: both registers, as they were at the last closing unless somebody says why not."""
    day = mail_day_from(clock.today())
    with reading() as session:
        meter = queries.find_meter(session, serial)
        lines = queries.meters_on(session, day)
    line = next(line for line in lines if line.ulid == meter.ulid)
    return render_template("metering/new.html", line=line, day=day, typed=request.form, errors=_errors(error))


@blueprint.post("/meters/<serial>/new")
@require("work_mailroom")
def open_sheet(serial: str) -> Response | tuple[str, int]:
    """Begin a meter's day."""

    def work(uow: UnitOfWork) -> Done:
        typed = Typed("METER_LINE")
        day, ascending, descending = typed.day("day"), typed.money("ascending"), typed.money("descending")
        typed.refuse()
        sheet = days.open_sheet(
            uow, queries.find_meter(uow.session, serial), day=day, ascending=ascending, descending=descending,
            note=request.form.get("note", "")[:500],
        )  # fmt: skip
        return Done(url_for(".show", ulid=show_ulid(sheet.ulid)))

    return acts.act(work, again=lambda error: new(serial, error))


@blueprint.get("/sheets/<ulid>")
@require("work_mailroom")
def show(ulid: str) -> Response:
    """The sheet; the browser asks again while the check runs."""
    answer = make_response(_page(ulid))
    with reading() as session:
        if queries.find_sheet(session, _key(ulid)).state is LotState.CHECKING:
            answer.headers["Refresh"] = "2"
    return answer


def _page(ulid: str, error: ShopError | None = None) -> str:
    """Registers, runs, the row for the next run, and what does not tie."""
    with reading() as session:
        detail = queries.sheet_detail(session, _key(ulid))
        accounts = queries.open_accounts(session)
        waiting = waiting_batches(session, plant().files) if detail.sheet.state is LotState.OPEN else []
        paid = metered_batches(session, plant().files, [run.lot_id for run in detail.runs if run.lot_id])
    chosen = next((one for one in waiting if one.number == request.args.get("batch")), None)
    sheet, like = detail.sheet, detail.runs[-1] if detail.runs else None
    priced = days.price_findings(sheet, detail.runs, shop_editions(plant().files))
    return render_template(
        "metering/sheet.html",
        detail=detail,
        sheet=sheet,
        used=sheet.closing_ascending - sheet.opening_ascending if sheet.closing_ascending else None,
        accounts=accounts,
        classes=CLASSES,
        class_words=MAIL_CLASSES,
        shapes=SHAPES,
        like=like,
        waiting=waiting,
        chosen=chosen,
        differing=[finding for one in paid.values() for finding in one.findings],
        prices={run.job: found for run, found in zip(detail.runs, priced, strict=True) if found},
        typed=request.form,
        form=request.endpoint.rpartition(".")[2] if error and request.endpoint else "",
        errors=_errors(error),
        findings=error.findings if isinstance(error, InvalidInput) else [],
    )


@blueprint.post("/sheets/<ulid>/runs")
@require("work_mailroom")
def add_run(ulid: str) -> Response | tuple[str, int]:
    """One run more; the page comes back with the cursor in the next row."""

    def work(uow: UnitOfWork) -> Done:
        typed = Typed("METER_LINE")
        pieces, amount = typed.count("pieces"), typed.money("amount")
        account = queries.find_account(uow.session, request.form.get("account", "")[:80])
        if account is None:
            typed.wrong(
                "account", "No account is called that.", "Type agency and account, as in DEX DEX-100."
            )
        number = request.form.get("batch", "").strip()
        batch = queries.find_batch(uow.session, number) if number else None
        if number and batch is None:
            typed.wrong("batch", "There is no batch with this number.")
        typed.refuse()
        assert account is not None  # refused otherwise  # noqa: S101
        sheet = _sheet(uow, ulid)
        facts = RunFacts(
            budget_unit=account,
            mail_class=request.form.get("mail_class", ""),
            mail_shape=request.form.get("mail_shape", ""),
            weight_step=request.form.get("weight_step", "").strip(),
            pieces=pieces,
            amount=amount,
            batch=batch,
        )
        days.add_run(uow, sheet, facts)
        return Done(url_for(".show", ulid=ulid))

    return acts.act(work, again=lambda error: _page(ulid, error))


@blueprint.post("/sheets/<ulid>/runs/<job_number>/remove")
@require("work_mailroom")
def remove_run(ulid: str, job_number: str) -> Response | tuple[str, int]:
    """Take out a run entered by mistake, with a reason."""

    def work(uow: UnitOfWork) -> Done:
        run = queries.find_run(uow.session, _sheet(uow, ulid), job_number)
        days.remove_run(uow, run, reason=request.form.get("reason", ""))
        return Done(url_for(".show", ulid=ulid), f"Run {job_number} is taken out.")

    return acts.act(work, again=lambda error: _page(ulid, error))


@blueprint.post("/sheets/<ulid>/close")
@require("work_mailroom")
def close(ulid: str) -> Response | tuple[str, int]:
    """The evening: both registers, refills; a step compares them with the runs."""

    def work(uow: UnitOfWork) -> Done:
        typed = Typed("METER_LINE")
        ascending, descending = typed.money("closing_ascending"), typed.money("closing_descending")
        refill = typed.money("refill") if request.form.get("refill", "").strip() else ZERO
        typed.refuse()
        days.close_sheet(uow, _sheet(uow, ulid), ascending=ascending, descending=descending, refill=refill)
        return Done(url_for(".show", ulid=ulid), "Closed. The registers are being compared with the runs.")

    return acts.act(work, again=lambda error: _page(ulid, error))


@blueprint.post("/sheets/<ulid>/file")
@require("work_mailroom")
def take_file(ulid: str) -> Response | tuple[str, int]:
    """A meter's own file of runs: all of it, once, or what is wrong with it."""
    given = request.files.get("runs")
    data = given.read(meter_files.MAX_BYTES + 1) if given else b""
    name = (given.filename or "") if given else ""

    def work(uow: UnitOfWork) -> Done:
        sheet = _sheet(uow, ulid)
        before = len(days.runs_of(uow.session, sheet))
        findings = meter_files.import_file(uow, sheet, data=data, given_name=name)
        if findings:
            raise InvalidInput("Nothing was taken in from the file.", code="METER_LINE", findings=findings)
        uow.session.flush()
        count = len(days.runs_of(uow.session, sheet)) - before
        return Done(url_for(".show", ulid=ulid), f"{count:,} runs were taken in from the file.")

    try:
        return once(work)
    except acts.REFUSALS as error:
        return _page(ulid, error), acts.status_of(error)


@blueprint.get("/sheets/<ulid>/day-sheet.pdf")
@require("work_mailroom")
def paper(ulid: str) -> Response:
    """The sheet to sign and file."""
    with reading() as session:
        detail = queries.sheet_detail(session, _key(ulid))
    with plant().files.scratch_folder() as folder:
        drawn = meter_sheet(queries.day_sheet(detail), Path(folder) / "sheet.pdf")
        data = drawn.path.read_bytes()
    name = f"meter-{detail.meter.serial_number}-{detail.sheet.day}.pdf"
    return send_file(io.BytesIO(data), mimetype="application/pdf", as_attachment=True, download_name=name)


def _errors(error: ShopError | None) -> dict[str, str]:
    if error is None:
        return {}
    if isinstance(error, InvalidInput) and error.findings:
        return errors_of(error)
    return {"": acts.sentence_of(error)}


def _sheet(uow: UnitOfWork, ulid: str) -> MeterSheet:
    return queries.find_sheet(uow.session, _key(ulid))


def _key(ulid: str) -> UUID:
    try:
        return parse_ulid(ulid)
    except ValueError as error:
        raise NotFound("There is no such meter sheet.") from error


def _before() -> tuple[date, int] | None:
    """The place in the list, from the address; the beginning when it is none."""
    day, _, key = request.args.get("before", "").partition(".")
    try:
        return date.fromisoformat(day), min(int(key), 1 << 62)
    except ValueError:
        return None
