"""Meter day sheets: a meter's morning registers, runs typed one after the other, the evening registers."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from flask import Blueprint, render_template, request, send_file, url_for
from pydantic import Field
from werkzeug.wrappers import Response

from kernel import clock
from kernel.errors import InvalidInput
from kernel.ids import named_ulid, show_ulid
from kernel.money import ZERO
from postal.data.mail_days import mail_day_from
from production.asked import Asked, Count, Day, Dollars, File, Line, OneOf, Paragraph
from production.jobs.states import LotState
from production.mailings.editions import shop_editions
from production.mailroom.metering import days, queries
from production.mailroom.metering import files as meter_files
from production.mailroom.metering.days import MAIL_CLASSES, MAIL_SHAPES, RunFacts
from production.mailroom.metering.metered_streams import MeteredStream, metered_streams, waiting_streams
from production.mailroom.metering.models import MeterSheet
from production.prepress.papers.job_papers import meter_sheet
from store.db import UnitOfWork
from web.acts import command
from web.forms import Form, Refused
from web.frame import Done, plant, reading, require

blueprint = Blueprint("metering", __name__, url_prefix="/metering")
PAGE = 50


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


class OpenDay(Asked):
    """The morning of a meter."""

    CODE = "METER_LINE"
    day: Day = Field(
        title="Mail date",
        description="The day the meter prints; on a weekend or holiday the next mail day.",
    )
    ascending: Dollars = Field(
        title="Ascending register, $",
        description="Postage used over the meter's life. Filled in from the last reading; compare it with the meter.",
    )
    descending: Dollars = Field(title="Descending register, $", description="Money left in the meter.")
    note: Paragraph = Field(
        "",
        title="Supervisor's note",
        description="Only when a register is not what it was at the last closing: why.",
        max_length=500,
    )


class AddRun(Asked):
    """A run of a meter."""

    CODE = "METER_LINE"
    account: Line = Field(title="Agency and account", max_length=80)
    mail_class: Annotated[Line, OneOf(MAIL_CLASSES, checked=False)] = Field(title="Class")
    mail_shape: Annotated[
        Line, OneOf({shape: shape.capitalize() for shape in MAIL_SHAPES}, checked=False)
    ] = Field(title="Shape")
    weight_step: Line = Field(title="Weight, oz", max_length=20)
    pieces: Count = Field(title="Pieces")
    amount: Dollars = Field(title="Postage, $")
    stream: Line = Field("", title="Stream, if sorted", max_length=12)


class RemoveRun(Asked):
    """Taking out a run that was entered by mistake."""

    reason: Line = Field(title="Why it is taken out", max_length=200)


class CloseDay(Asked):
    """The evening of a meter."""

    CODE = "METER_LINE"
    closing_ascending: Dollars = Field(title="Ascending register, $")
    closing_descending: Dollars = Field(title="Descending register, $")
    refill: Dollars = Field(ZERO, title="Refills, $", description="Postage put into the meter today.")


class TakeFile(Asked):
    """The meter's own file."""

    CODE = "METER_LINE"
    runs: File = Field(
        title="Runs (CSV)",
        description="Columns: meter, day, agency, bill_code, class, shape, weight_step, pieces, amount; for a sorted "
        "stream also stream, its number.",
    )


@blueprint.get("/meters/<serial>/new")
@require("work_mailroom")
def new(serial: str, refused: Refused | None = None) -> str:
    """The morning: both registers, as they were at the last closing unless somebody says why not."""
    day = mail_day_from(clock.today())
    with reading() as session:
        meter = queries.find_meter(session, serial)
        lines = queries.meters_on(session, day)
    line = next(line for line in lines if line.ulid == meter.ulid)
    values = {"day": day, "ascending": line.ascending, "descending": line.descending}
    form = Form(OpenDay, refused, values=values)
    return render_template("metering/new.html", line=line, form=form, refused=refused)


@blueprint.post("/meters/<serial>/new")
@require("work_mailroom")
@command(OpenDay, again=new)
def open_sheet(uow: UnitOfWork, said: OpenDay, serial: str) -> Done:
    """Begin a meter's day."""
    meter = queries.find_meter(uow.session, serial)
    sheet = days.open_sheet(uow, meter, **said.facts())
    return Done(url_for(".show", ulid=show_ulid(sheet.ulid)))


@blueprint.get("/sheets/<ulid>")
@require("work_mailroom")
def show(ulid: str) -> str | tuple[str, int]:
    """The sheet; a page that follows it hears 204 while the check runs."""
    with reading() as session:
        is_checking = queries.find_sheet(session, named_ulid(ulid, "meter sheet")).state is LotState.CHECKING
    return ("", 204) if is_checking and "since" in request.args else _page(ulid)


def _page(ulid: str, refused: Refused | None = None, **_where: str) -> str:
    """Registers, runs, the row for the next run, and what does not tie."""
    with reading() as session:
        detail = queries.sheet_detail(session, named_ulid(ulid, "meter sheet"))
        accounts = queries.open_accounts(session)
        waiting = waiting_streams(session, plant().files) if detail.sheet.state is LotState.OPEN else []
        paid = metered_streams(session, plant().files, [run.lot_id for run in detail.runs if run.lot_id])
    chosen = next((one for one in waiting if one.number == request.args.get("stream")), None)
    sheet, like = detail.sheet, detail.runs[-1] if detail.runs else None
    priced = days.price_findings(sheet, detail.runs, shop_editions(plant().files))
    return render_template(
        "metering/sheet.html",
        detail=detail,
        sheet=sheet,
        used=sheet.closing_ascending - sheet.opening_ascending if sheet.closing_ascending else None,
        accounts=accounts,
        class_words=MAIL_CLASSES,
        forms=_forms(sheet, like, chosen, refused),
        removals={
            run.job: Form(
                RemoveRun,
                refused,
                action=url_for(".remove_run", ulid=ulid, job_number=run.job),
                key=run.job,
            )
            for run in detail.runs
        },
        waiting=waiting,
        differing=[finding for one in paid.values() for finding in one.findings],
        prices={run.job: found for run, found in zip(detail.runs, priced, strict=True) if found},
        refused=refused,
        in_file=refused.in_file if refused and refused.asked is TakeFile else [],
    )


def _forms(
    sheet: MeterSheet, like: queries.RunLine | None, chosen: MeteredStream | None, refused: Refused | None
) -> dict[str, Form]:
    """The next run as the chosen stream or the run before has it, the end of the day, the meter's file."""
    run: dict[str, Any] = {"mail_class": "first-class", "mail_shape": "letter", "weight_step": "1"}
    if chosen:
        run |= {
            "mail_class": "marketing" if chosen.mail_class == "nonprofit" else chosen.mail_class,
            "mail_shape": chosen.mail_shape,
            "weight_step": chosen.weight_step,
            "pieces": chosen.open_pieces,
            "amount": chosen.open_postage,
            "stream": chosen.number,
        }
    elif like:
        run |= {name: getattr(like, name) for name in ("mail_class", "mail_shape", "weight_step")}
        run["account"] = f"{like.agency} {like.bill_code}"
    evening = {
        "closing_ascending": sheet.closing_ascending,
        "closing_descending": sheet.closing_descending,
        "refill": sheet.refill or None,
    }
    return {
        "run": Form(AddRun, refused, values=run),
        "close": Form(CloseDay, refused, values=evening),
        "file": Form(TakeFile, refused),
    }


@blueprint.post("/sheets/<ulid>/runs")
@require("work_mailroom")
@command(AddRun, again=_page)
def add_run(uow: UnitOfWork, said: AddRun, ulid: str) -> Done:
    """One run more; the page comes back with the cursor in the next row."""
    account = queries.find_account(uow.session, said.account)
    if account is None:
        raise said.refusal(
            "account", "No account is called that.", "Type agency and account, as in DEX DEX-100."
        )
    stream = queries.find_stream(uow.session, said.stream) if said.stream else None
    if said.stream and stream is None:
        raise said.refusal("stream", "There is no stream with this number.")
    facts = RunFacts(budget_unit=account, **said.facts("account", "stream"), stream=stream)
    days.add_run(uow, _sheet(uow, ulid), facts)
    return Done(url_for(".show", ulid=ulid))


@blueprint.post("/sheets/<ulid>/runs/<job_number>/remove")
@require("work_mailroom")
@command(RemoveRun, again=_page)
def remove_run(uow: UnitOfWork, said: RemoveRun, ulid: str, job_number: str) -> Done:
    """Take out a run entered by mistake, with a reason."""
    run = queries.find_run(uow.session, _sheet(uow, ulid), job_number)
    days.remove_run(uow, run, reason=said.reason)
    return Done(url_for(".show", ulid=ulid), f"Run {job_number} is taken out.")


@blueprint.post("/sheets/<ulid>/close")
@require("work_mailroom")
@command(CloseDay, again=_page)
def close(uow: UnitOfWork, said: CloseDay, ulid: str) -> Done:
    """The evening: both registers, refills; a step compares them with the runs."""
    days.close_sheet(
        uow,
        _sheet(uow, ulid),
        ascending=said.closing_ascending,
        descending=said.closing_descending,
        refill=said.refill,
    )
    return Done(url_for(".show", ulid=ulid), "Closed. The registers are being compared with the runs.")


@blueprint.post("/sheets/<ulid>/file")
@require("work_mailroom")
@command(TakeFile, again=_page)
def take_file(uow: UnitOfWork, said: TakeFile, ulid: str) -> Done:
    """A meter's own file of runs: all of it, once, or what is wrong with it."""
    data = said.runs.stream.read(meter_files.MAX_BYTES + 1)
    sheet = _sheet(uow, ulid)
    before = len(days.runs_of(uow.session, sheet))
    findings = meter_files.import_file(uow, sheet, data=data, given_name=said.runs.name)
    if findings:
        raise InvalidInput("Nothing was taken in from the file.", code="METER_LINE", findings=findings)
    uow.session.flush()
    count = len(days.runs_of(uow.session, sheet)) - before
    return Done(url_for(".show", ulid=ulid), f"{count:,} runs were taken in from the file.")


@blueprint.get("/sheets/<ulid>/day-sheet.pdf")
@require("work_mailroom")
def paper(ulid: str) -> Response:
    """The sheet to sign and file."""
    with reading() as session:
        detail = queries.sheet_detail(session, named_ulid(ulid, "meter sheet"))
    with plant().files.scratch_folder() as folder:
        drawn = meter_sheet(queries.day_sheet(detail), Path(folder) / "sheet.pdf")
        data = drawn.path.read_bytes()
    name = f"meter-{detail.meter.serial_number}-{detail.sheet.day}.pdf"
    return send_file(io.BytesIO(data), mimetype="application/pdf", as_attachment=True, download_name=name)


def _sheet(uow: UnitOfWork, ulid: str) -> MeterSheet:
    return queries.find_sheet(uow.session, named_ulid(ulid, "meter sheet"))


def _before() -> tuple[date, int] | None:
    """The place in the list, from the address; the beginning when it is none."""
    day, _, key = request.args.get("before", "").partition(".")
    try:
        return date.fromisoformat(day), min(int(key), 1 << 62)
    except ValueError:
        return None
