"""The barcode sorter: mail brought in, runs with their bins, logs of the machine, the account of every piece."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import PureWindowsPath

from flask import Blueprint, Response, make_response, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from kernel import clock
from kernel.errors import Conflict, InvalidInput, NotFound, ShopError
from postal.address.evidence import WAYS_OF_MOVE_UPDATE, EvidenceKind
from postal.barcode_sorter.bin_plan import FIRST
from postal.barcode_sorter.bin_plan_file import bin_plan_bytes
from postal.barcode_sorter.log import layout
from postal.data.mail_days import mail_day_from
from postal.piece.kinds import CLASS_NAMES, CONTENTS
from postal.sorting.volume import PAYMENTS, PERMIT
from production.catalog.piece_weight import DEFAULT_ENVELOPE, envelopes
from production.mailroom.metering import queries
from production.mailroom.sorter import account as sorter_account
from production.mailroom.sorter import drops as sorter_drops
from production.mailroom.sorter import logs as sorter_logs
from production.mailroom.sorter import queries as sorter_queries
from production.mailroom.sorter import runs as sorter_runs
from production.mailroom.sorter.drops import COUNTED_BY, DropFacts
from production.mailroom.sorter.models import SorterDrop, SorterRun
from production.mailroom.sorter.runs import RunWishes
from production.mailroom.streams import batches, pool
from production.mailroom.streams.models import PresortStream
from store.db import UnitOfWork
from store.files import FileRef
from web import acts
from web.forms import Typed, errors_of
from web.frame import Done, once, plant, reading, require

blueprint = Blueprint("sorter", __name__, url_prefix="/mailroom/sorter")
PAGE = 50
CSV = "text/csv"
_PAYMENTS = [(code, words.capitalize()) for code, words in PAYMENTS.items()]
_BUSY = {"planning", "closing"}  # a worker is at it: the page looks again


@blueprint.get("")
@require("work_mailroom")
def home() -> str:
    """Mail that waits, and the runs, newest first."""
    before = request.args.get("before", "")[:12] or None
    with reading() as session:
        drops = sorter_queries.drop_lines(sorter_drops.waiting_drops(session))
        runs = sorter_queries.run_lines(session, before=before, limit=PAGE + 1)
    return render_template(
        "sorter/home.html",
        drops=drops,
        runs=runs[:PAGE],
        first_url=url_for(".home") if before else None,
        next_url=url_for(".home", before=runs[PAGE - 1].number) if len(runs) > PAGE else None,
    )


@blueprint.get("/mail/new")
@require("work_mailroom")
def new_mail(error: ShopError | None = None) -> str:
    """Register what an agency brought."""
    with reading() as session:
        accounts = queries.open_accounts(session)
    return render_template(
        "sorter/mail.html",
        accounts=accounts,
        envelopes=[(code, envelope.name) for code, envelope in envelopes().items()],
        classes=list(CLASS_NAMES.items()),
        contents=[("", "Choose"), *CONTENTS.items()],
        counted_by=list(COUNTED_BY.items()),
        ways=[("", "not known"), *((way, way) for way in WAYS_OF_MOVE_UPDATE)],
        typed=request.form,
        default_envelope=DEFAULT_ENVELOPE,
        usual_day=mail_day_from(clock.today()).isoformat(),
        errors=_errors(error),
    )


@blueprint.post("/mail/new")
@require("work_mailroom")
def register_mail() -> AnyResponse | tuple[str, int]:
    """A job for the drop."""

    def work(uow: UnitOfWork) -> Done:
        typed = Typed("SORTER_DROP")
        account = queries.find_account(uow.session, request.form.get("account", "")[:80])
        if account is None:
            typed.wrong(
                "account", "No account is called that.", "Type agency and account, as in DEX DEX-100."
            )
        day, weight, thick = typed.day("mail_date"), typed.number("weight_oz"), typed.number("thickness_in")
        counted = typed.count("counted")
        total = typed.number("total_weight_oz") if request.form.get("total_weight_oz", "").strip() else None
        evidence = sorter_drops.said_evidence(
            matched_on=typed.day_if_any("matched_on"),
            move_update=request.form.get("move_update", ""),
            moved_on=typed.day_if_any("moved_on"),
        )
        if any(
            one.kind is EvidenceKind.MOVE_UPDATE and one.method not in WAYS_OF_MOVE_UPDATE for one in evidence
        ):
            typed.wrong("move_update", "Say how moves were followed.")
        typed.refuse()
        assert account is not None  # refused otherwise  # noqa: S101
        facts = DropFacts(
            budget_unit=account, title=request.form.get("title", ""), mail_date=day,
            mail_class=request.form.get("mail_class", ""), content=request.form.get("content", ""),
            envelope=request.form.get("envelope", ""), weight_oz=weight, thickness_in=thick, counted=counted,
            counted_by=request.form.get("counted_by", ""), total_weight_oz=total, evidence=evidence,
        )  # fmt: skip
        job = sorter_drops.register_drop(uow, plant().files, facts)
        return Done(
            url_for(".home"),
            f"Job {job.number}: {counted:,} pieces wait for the sorter. Put its number on the card.",
        )

    return acts.act(work, again=new_mail)


@blueprint.post("/mail/<number>/remove")
@require("work_mailroom")
def remove_mail(number: str) -> AnyResponse | tuple[str, int]:
    """Take out mail entered by mistake, with a reason."""

    def work(uow: UnitOfWork) -> Done:
        sorter_drops.cancel_drop(uow, _job(uow, number), reason=request.form.get("reason", ""))
        return Done(url_for(".home"), f"Job {number} is taken out.")

    return acts.act(work, again=lambda error: _refused(error, url_for(".home"), "The sorter"))


@blueprint.get("/new")
@require("work_mailroom")
def new_run(error: ShopError | None = None) -> str:
    """The chosen mail, the machine, and how the mail is expected to be spread."""
    numbers = request.values.getlist("job")
    with reading() as session:
        drops = pool.chosen(session, numbers, SorterDrop)
        lines = sorter_queries.drop_lines(drops)
        history = sorter_runs.earlier_reads(session)
        latest = sorter_queries.run_lines(session, limit=1)
        like = sorter_runs.find_run(session, latest[0].number)[1] if latest else None
    return render_template(
        "sorter/new.html",
        drops=lines,
        misfits=batches.misfits(drops, batches.ONE_RUN),
        payments=_PAYMENTS,
        has_history=bool(history),
        like=like,
        typed=request.form,
        errors=_errors(error),
    )


@blueprint.post("/new")
@require("work_mailroom")
def make_run() -> AnyResponse | tuple[str, int]:
    """A run of the chosen mail; its bin plan is made by a worker."""
    ref, name = _given("density")

    def work(uow: UnitOfWork) -> Done:
        jobs = pool.chosen(uow.session, request.form.getlist("job"), SorterDrop)
        batch = sorter_runs.make_run(uow, plant().files, jobs, _wishes(ref, name))
        return Done(_run_url(batch.number), f"Run {batch.number} is made; its bin plan is being worked out.")

    return _once(work, new_run)


@blueprint.get("/runs/<number>")
@require("work_mailroom")
def show(number: str) -> AnyResponse:
    """A run on one page; the browser asks again while a worker is at it."""
    page, is_busy = _page(number)
    answer = make_response(page)
    if is_busy:
        answer.headers["Refresh"] = "2"
    return answer


@blueprint.post("/runs/<number>/plan")
@require("work_mailroom")
def plan_again(number: str) -> AnyResponse | tuple[str, int]:
    """Another bin plan, before the first log."""
    ref, name = _given("density")

    def work(uow: UnitOfWork) -> Done:
        batch, run = _run(uow, number)
        sorter_runs.plan_again(uow, batch, run, _wishes(ref, name))
        return Done(_run_url(number), "Another bin plan is being worked out.")

    return _once(work, lambda error: _page(number, error)[0])


@blueprint.post("/runs/<number>/logs")
@require("work_mailroom")
def give_log(number: str) -> AnyResponse | tuple[str, int]:
    """The machine's log; a worker reads it in whole or refuses it."""
    ref, name = _given("log")

    def work(uow: UnitOfWork) -> Done:
        if ref is None:
            raise InvalidInput("Choose the file of the machine's log.", code="SORTER_LOG_FORMAT")
        sorter_logs.give_log(uow, _run(uow, number)[0], ref, given_name=name)
        return Done(_run_url(number), "The log is being read.")

    return _once(work, lambda error: _page(number, error)[0])


@blueprint.post("/runs/<number>/logs/<int:log>/discard")
@require("work_mailroom")
def discard_log(number: str, log: int) -> AnyResponse | tuple[str, int]:
    """Take a log back, with a reason."""

    def work(uow: UnitOfWork) -> Done:
        batch, _ = _run(uow, number)
        found = sorter_logs.find_log(uow.session, batch, log)
        sorter_logs.discard_log(uow, found, reason=request.form.get("reason", ""))
        return Done(_run_url(number), "The log is taken back; nothing of it counts.")

    return acts.act(work, again=lambda error: _page(number, error)[0])


@blueprint.post("/runs/<number>/rejects")
@require("work_mailroom")
def enter_rejects(number: str) -> AnyResponse | tuple[str, int]:
    """What became of the rejected pieces of a job."""

    def work(uow: UnitOfWork) -> Done:
        typed = Typed("SORTER_REJECTS")
        by_hand, returned = typed.count("hand_sorted"), typed.count("returned")
        typed.refuse()
        batch, _ = _run(uow, number)
        job = _job(uow, request.form.get("job", ""))
        sorter_account.enter_rejects(uow, batch, job, hand_sorted=by_hand, returned=returned)
        return Done(_run_url(number) + "#account", f"Entered for job {job.number}.")

    return acts.act(work, again=lambda error: _page(number, error)[0])


@blueprint.post("/runs/<number>/close")
@require("work_mailroom")
def close(number: str) -> AnyResponse | tuple[str, int]:
    """Close the account: the pieces are presorted as they were read."""

    def work(uow: UnitOfWork) -> Done:
        batch, run = _run(uow, number)
        if run.plan_sha256 is None:
            raise Conflict("The run has no bin plan yet.", code="STATE")
        plan = sorter_runs.bin_plan_of(plant().files, run)
        sorter_account.close_account(
            uow, plant().files, batch, plan, word=request.form.get("word", ""), payment=_payment()
        )
        return Done(
            _run_url(number), "The account is closed. Trays and postage are worked out from what was read."
        )

    return acts.act(work, again=lambda error: _page(number, error)[0])


@blueprint.get("/runs/<number>/bins")
@require("work_mailroom")
def bins(number: str) -> str:
    """Every feed with its bins; where one ZIP goes and why."""
    asked = request.args.get("zip", "").strip()[:10]
    with reading() as session:
        detail = sorter_queries.run_detail(session, plant().files, number)
    if detail.plan is None:
        raise NotFound("The run has no bin plan yet.")
    is_zip = len(asked) == 5 and asked.isascii() and asked.isdigit()
    return render_template(
        "sorter/bins.html",
        detail=detail,
        feeds=[(feed, detail.bins(feed)) for feed in detail.plan.feeds],
        asked=asked,
        error="" if is_zip or not asked else "Type the five digits of a ZIP Code.",
        said=detail.plan.explain(int(asked)) if is_zip else (),
    )


@blueprint.get("/runs/<number>/cards")
@require("work_mailroom")
def cards(number: str) -> str:
    """Cards to print and put on the bins, a page for each feed."""
    with reading() as session:
        detail = sorter_queries.run_detail(session, plant().files, number)
    if detail.plan is None:
        raise NotFound("The run has no bin plan yet.")
    feeds = [(feed, detail.bins(feed)) for feed in detail.plan.feeds]
    return render_template("sorter/cards.html", detail=detail, feeds=feeds)


@blueprint.get("/runs/<number>/sort-table.csv")
@require("work_mailroom")
def sort_table(number: str) -> Response:
    """The table the machine is loaded with."""
    with reading() as session:
        _, run = sorter_runs.find_run(session, number)
    if run.plan_sha256 is None:
        raise NotFound("The run has no bin plan yet.")
    out = io.StringIO()
    csv.writer(out).writerows(sorter_runs.bin_plan_of(plant().files, run).sort_table())
    return _download(out.getvalue(), "text/csv", f"sort-table-{number}.csv")


@blueprint.get("/runs/<number>/bin-plan.json")
@require("work_mailroom")
def bin_plan(number: str) -> Response:
    """The bin plan as kept, for `indicia sorter simulate` and check."""
    with reading() as session:
        _, run = sorter_runs.find_run(session, number)
    if run.plan_sha256 is None:
        raise NotFound("The run has no bin plan yet.")
    kept = bin_plan_bytes(sorter_runs.bin_plan_of(plant().files, run)).decode()
    return _download(kept, "application/json", f"bin-plan-{number}.json")


def _page(number: str, error: ShopError | None = None) -> tuple[str, bool]:
    with reading() as session:
        detail = sorter_queries.run_detail(session, plant().files, number)
    is_busy = detail.state in _BUSY or any(log.state.value == "reading" for log in detail.logs)
    page = render_template(
        "sorter/run.html",
        detail=detail,
        first=detail.bins(FIRST),
        is_busy=is_busy,
        reasons=layout().rejects,
        payments=_PAYMENTS,
        typed=request.form,
        error=acts.sentence_of(error) if error else "",
        errors=_errors(error),
    )
    return page, is_busy


def _wishes(ref: FileRef | None, name: str) -> RunWishes:
    typed = Typed("SORTER_MACHINE")
    found = RunWishes(
        machine=request.form.get("machine", ""),
        bins=typed.count("bins"),
        passes=typed.count("passes"),
        stacker_pieces=typed.count("stacker_pieces") if request.form.get("stacker_pieces", "").strip() else 0,
        density=ref,
        density_name=name,
        payment=_payment(),
    )
    typed.refuse()
    return found


def _payment() -> str:
    """The payment chosen; a permit imprint for a word that is none."""
    chosen = request.form.get("payment", "")
    return chosen if chosen in PAYMENTS else PERMIT


def _given(field: str) -> tuple[FileRef | None, str]:
    """A file as sent, kept by its hash before anything looks at it; None when there is none."""
    sent = request.files.get(field)
    if sent is None or not sent.filename:
        return None, ""
    name = PureWindowsPath(sent.filename).name
    name = "".join(letter for letter in name if letter.isprintable()).strip()[-200:] or field
    return plant().files.keep_stream(sent.stream, CSV), name


def _once(work: Callable[[UnitOfWork], Done], again: acts.Page) -> AnyResponse | tuple[str, int]:
    """A form with a file: once for the same fields and content."""
    try:
        return once(work)
    except acts.REFUSALS as error:
        return again(error), acts.status_of(error)


def _refused(error: ShopError, back: str, title: str) -> str:
    return render_template("sorter/refused.html", words=acts.sentence_of(error), back=back, title=title)


def _download(text: str, media_type: str, name: str) -> Response:
    answer = Response(text, mimetype=media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _errors(error: ShopError | None) -> dict[str, str]:
    if error is None:
        return {}
    if isinstance(error, InvalidInput) and error.findings:
        return errors_of(error)
    return {"": acts.sentence_of(error)}


def _run(uow: UnitOfWork, number: str) -> tuple[PresortStream, SorterRun]:
    return sorter_runs.find_run(uow.session, number)


def _job(uow: UnitOfWork, number: str) -> SorterDrop:
    return pool.chosen(uow.session, [number], SorterDrop)[0]


def _run_url(number: str) -> str:
    return url_for(".show", number=number)
