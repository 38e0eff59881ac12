"""The barcode sorter: mail brought in, runs with their bins, logs of the machine, the account of every piece."""

from __future__ import annotations

import csv
import io
from typing import Annotated, Any

from flask import Blueprint, Response, render_template, request, url_for
from pydantic import Field
from werkzeug.wrappers import Response as AnyResponse

from kernel import clock
from kernel.errors import Conflict, NotFound
from postal.address.evidence import WAYS_OF_MOVE_UPDATE, EvidenceKind
from postal.barcode_sorter.bin_plan import FIRST
from postal.barcode_sorter.bin_plan_file import bin_plan_bytes
from postal.barcode_sorter.log import layout
from postal.data.mail_days import mail_day_from
from postal.piece.kinds import CLASS_NAMES, CONTENTS
from postal.sorting.volume import PAYMENTS, PERMIT
from production.asked import Asked, Count, Day, File, Line, Measure, OneOf, Paragraph
from production.catalog.piece_weight import DEFAULT_ENVELOPE, to_choose
from production.mailings.models import PresortStream
from production.mailroom.metering import queries
from production.mailroom.sorter import account as sorter_account
from production.mailroom.sorter import drops as sorter_drops
from production.mailroom.sorter import logs as sorter_logs
from production.mailroom.sorter import queries as sorter_queries
from production.mailroom.sorter import runs as sorter_runs
from production.mailroom.sorter.drops import COUNTED_BY, DropFacts
from production.mailroom.sorter.models import SorterDrop, SorterRun
from production.mailroom.sorter.runs import RunWishes
from production.mailroom.streams import building, pool
from store.db import UnitOfWork
from web.acts import asks, command
from web.forms import Form, Refused
from web.frame import Done, once, plant, reading, require

blueprint = Blueprint("sorter", __name__, url_prefix="/mailroom/sorter")
PAGE = 50
CSV = "text/csv"
_BUSY = {"planning", "closing"}  # a worker is at it: the page looks again


class RegisterMail(Asked):
    """What an agency brought."""

    CODE = "SORTER_DROP"
    account: Line = Field(title="Agency and account", description="As in DEX DEX-100.", max_length=80)
    title: Line = Field(title="What it is", max_length=200)
    mail_class: Annotated[Line, OneOf(CLASS_NAMES, checked=False)] = Field(title="Class")
    content: Annotated[Line, OneOf({"": "Choose", **CONTENTS}, checked=False)] = Field(
        "",
        title="What the letters hold",
        description="Needed for Marketing Mail: bills, statements of account and personal matter must be First-Class.",
    )
    mail_date: Day = Field(title="Mail date")
    envelope: Annotated[Line, OneOf(to_choose(), checked=False)] = Field(title="Envelope")
    weight_oz: Measure = Field(title="Weight of a piece, oz", description="Weigh ten and divide.")
    thickness_in: Measure = Field(
        title="Thickness of a piece, inches", description="A stack of fifty, divided by fifty."
    )
    counted_by: Annotated[Line, OneOf(COUNTED_BY, checked=False)] = Field(title="The count was")
    counted: Count = Field(title="Pieces counted in")
    total_weight_oz: Measure | None = Field(
        None,
        title="Weight of all pieces, oz",
        description="Without trays. Compared with what the machine weighs.",
    )
    matched_on: Day | None = Field(None, title="Matched (CASS) on")
    move_update: Annotated[Line, OneOf({"": "not known", **{way: way for way in WAYS_OF_MOVE_UPDATE}})] = (
        Field("", title="Moves followed by")
    )
    moved_on: Day | None = Field(None, title="Moves followed on")


class RemoveMail(Asked):
    """Taking out mail that was entered by mistake."""

    reason: Line = Field(title="Why it is taken out", max_length=200)


class PlanRun(Asked):
    """The machine, and how the mail is expected to be spread."""

    CODE = "SORTER_MACHINE"
    machine: Line = Field(title="Machine", description="Its name as its log writes it.", max_length=40)
    bins: Count = Field(title="Bins", description="All of them: two are kept for rejects and residue.")
    passes: Count = Field(title="Most passes of a piece")
    stacker_pieces: Count = Field(0, title="Pieces a bin holds")
    density: File | None = Field(None, title="Expected ZIP Codes (CSV)")
    payment: Annotated[Line, OneOf({code: words.capitalize() for code, words in PAYMENTS.items()})] = Field(
        PERMIT, title="Postage paid by"
    )

    @property
    def wishes(self) -> RunWishes:
        """As a run takes them; the file is kept by its hash before anything looks at it."""
        kept = plant().files.keep_stream(self.density.stream, CSV) if self.density else None
        return RunWishes(
            density=kept,
            density_name=self.density.name if self.density else "",
            **self.facts("density", "job"),
        )


class MakeRun(PlanRun):
    """A run of the chosen mail."""

    job: list[str] = Field(default_factory=list, max_length=1000)


class GiveLog(Asked):
    """The machine's log."""

    CODE = "SORTER_LOG_FORMAT"
    log: File = Field(title="Run log (CSV)")


class DiscardLog(Asked):
    """Taking a log back."""

    reason: Line = Field(title="Why", max_length=200)


class EnterRejects(Asked):
    """What became of the rejected pieces of a job."""

    CODE = "SORTER_REJECTS"
    job: Line
    hand_sorted: Count = Field(title="Sorted by hand", description="Mailed at the single-piece price.")
    returned: Count = Field(title="Given back", description="To the agency, not mailed.")


class CloseAccount(Asked):
    """The end of a run."""

    payment: Annotated[Line, OneOf({code: words.capitalize() for code, words in PAYMENTS.items()})] = Field(
        PERMIT, title="Postage paid by"
    )
    word: Paragraph = Field(
        "",
        title="Why it is closed like this",
        description="Something above does not close to the piece. What you say stays with the stream.",
        max_length=500,
    )


@blueprint.get("")
@require("work_mailroom")
def home(refused: Refused | None = None, **_where: str) -> str:
    """Mail that waits, and the runs, newest first."""
    before = request.args.get("before", "")[:12] or None
    with reading() as session:
        drops = sorter_queries.drop_lines(sorter_drops.waiting_drops(session))
        runs = sorter_queries.run_lines(session, before=before, limit=PAGE + 1)
    return render_template(
        "sorter/home.html",
        drops=drops,
        removals={drop.number: _removal(drop.number, refused) for drop in drops},
        refused=refused,
        runs=runs[:PAGE],
        first_url=url_for(".home") if before else None,
        next_url=url_for(".home", before=runs[PAGE - 1].number) if len(runs) > PAGE else None,
    )


@blueprint.get("/mail/new")
@require("work_mailroom")
def new_mail(refused: Refused | None = None) -> str:
    """Register what an agency brought."""
    with reading() as session:
        accounts = queries.open_accounts(session)
    usual = {
        "mail_class": "first-class",
        "mail_date": mail_day_from(clock.today()),
        "envelope": DEFAULT_ENVELOPE,
        "counted_by": "count",
    }
    form = Form(RegisterMail, refused, values=usual)
    return render_template("sorter/mail.html", accounts=accounts, form=form, refused=refused)


@blueprint.post("/mail/new")
@require("work_mailroom")
@command(RegisterMail, again=new_mail)
def register_mail(uow: UnitOfWork, said: RegisterMail) -> Done:
    """A job for the drop."""
    account = queries.find_account(uow.session, said.account)
    if account is None:
        raise said.refusal(
            "account", "No account is called that.", "Type agency and account, as in DEX DEX-100."
        )
    evidence = sorter_drops.said_evidence(
        matched_on=said.matched_on, move_update=said.move_update, moved_on=said.moved_on
    )
    if any(one.kind is EvidenceKind.MOVE_UPDATE and not said.move_update for one in evidence):
        raise said.refusal("move_update", "Say how moves were followed.")
    facts = DropFacts(
        budget_unit=account,
        evidence=evidence,
        **said.facts("account", "matched_on", "move_update", "moved_on"),
    )
    job = sorter_drops.register_drop(uow, plant().files, facts)
    return Done(
        url_for(".home"),
        f"Job {job.number}: {said.counted:,} pieces wait for the sorter. Put its number on the card.",
    )


def _removal(number: str, refused: Refused | None) -> Form:
    return Form(RemoveMail, refused, action=url_for(".remove_mail", number=number), key=number)


@blueprint.post("/mail/<number>/remove")
@require("work_mailroom")
@command(RemoveMail, again=home)
def remove_mail(uow: UnitOfWork, said: RemoveMail, number: str) -> Done:
    """Take out mail entered by mistake, with a reason."""
    sorter_drops.cancel_drop(uow, _job(uow, number), reason=said.reason)
    return Done(url_for(".home"), f"Job {number} is taken out.")


@blueprint.get("/new")
@require("work_mailroom")
def new_run(refused: Refused | None = None) -> str:
    """The chosen mail, the machine, and how the mail is expected to be spread."""
    numbers = list(refused.sent.texts.get("job", ())) if refused else request.args.getlist("job")
    with reading() as session:
        drops = pool.chosen(session, numbers, SorterDrop)
        lines = sorter_queries.drop_lines(drops)
        history = sorter_runs.earlier_reads(session)
        latest = sorter_queries.run_lines(session, limit=1)
        like = sorter_runs.find_run(session, latest[0].number)[1] if latest else None
    return render_template(
        "sorter/new.html",
        drops=lines,
        misfits=building.misfits(drops, building.ONE_RUN),
        has_history=bool(history),
        form=Form(MakeRun, refused, values=_machine(like) if like else {"passes": 2}),
        refused=refused,
    )


def _machine(run: SorterRun) -> dict[str, Any]:
    return {name: getattr(run, name) for name in ("machine", "bins", "passes", "stacker_pieces")}


@blueprint.post("/new")
@require("work_mailroom")
@asks(MakeRun, again=new_run)
def make_run(said: MakeRun) -> AnyResponse:
    """A run of the chosen mail; its bin plan is made by a worker."""
    wishes = said.wishes

    def work(uow: UnitOfWork) -> Done:
        stream = sorter_runs.make_run(
            uow, plant().files, pool.chosen(uow.session, said.job, SorterDrop), wishes
        )
        return Done(
            _run_url(stream.number), f"Run {stream.number} is made; its bin plan is being worked out."
        )

    return once(work)


@blueprint.get("/runs/<number>")
@require("work_mailroom")
def show(number: str) -> str | tuple[str, int]:
    """A run on one page; a page that follows it hears 204 while a worker is at it."""
    page, is_busy = _page(number)
    return ("", 204) if is_busy and "since" in request.args else page


def _again(number: str, refused: Refused, **_where: int) -> str:
    return _page(number, refused)[0]


@blueprint.post("/runs/<number>/plan")
@require("work_mailroom")
@asks(PlanRun, again=_again)
def plan_again(said: PlanRun, number: str) -> AnyResponse:
    """Another bin plan, before the first log."""
    wishes = said.wishes

    def work(uow: UnitOfWork) -> Done:
        stream, run = _run(uow, number)
        sorter_runs.plan_again(uow, stream, run, wishes)
        return Done(_run_url(number), "Another bin plan is being worked out.")

    return once(work)


@blueprint.post("/runs/<number>/logs")
@require("work_mailroom")
@asks(GiveLog, again=_again)
def give_log(said: GiveLog, number: str) -> AnyResponse:
    """The machine's log; a worker reads it in whole or refuses it."""
    ref = plant().files.keep_stream(said.log.stream, CSV)

    def work(uow: UnitOfWork) -> Done:
        sorter_logs.give_log(uow, _run(uow, number)[0], ref, given_name=said.log.name)
        return Done(_run_url(number), "The log is being read.")

    return once(work)


@blueprint.post("/runs/<number>/logs/<int:log>/discard")
@require("work_mailroom")
@command(DiscardLog, again=_again)
def discard_log(uow: UnitOfWork, said: DiscardLog, number: str, log: int) -> Done:
    """Take a log back, with a reason."""
    stream, _ = _run(uow, number)
    sorter_logs.discard_log(uow, sorter_logs.find_log(uow.session, stream, log), reason=said.reason)
    return Done(_run_url(number), "The log is taken back; nothing of it counts.")


@blueprint.post("/runs/<number>/rejects")
@require("work_mailroom")
@command(EnterRejects, again=_again)
def enter_rejects(uow: UnitOfWork, said: EnterRejects, number: str) -> Done:
    """What became of the rejected pieces of a job."""
    stream, _ = _run(uow, number)
    job = _job(uow, said.job)
    sorter_account.enter_rejects(uow, stream, job, hand_sorted=said.hand_sorted, returned=said.returned)
    return Done(_run_url(number) + "#account", f"Entered for job {job.number}.")


@blueprint.post("/runs/<number>/close")
@require("work_mailroom")
@command(CloseAccount, again=_again)
def close(uow: UnitOfWork, said: CloseAccount, number: str) -> Done:
    """Close the account: the pieces are presorted as they were read."""
    stream, run = _run(uow, number)
    if run.plan_sha256 is None:
        raise Conflict("The run has no bin plan yet.", code="STATE")
    plan = sorter_runs.bin_plan_of(plant().files, run)
    sorter_account.close_account(uow, plant().files, stream, plan, word=said.word, payment=said.payment)
    return Done(
        _run_url(number), "The account is closed. Trays and postage are worked out from what was read."
    )


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


def _page(number: str, refused: Refused | None = None) -> tuple[str, bool]:
    with reading() as session:
        detail = sorter_queries.run_detail(session, plant().files, number)
    is_busy = detail.state in _BUSY or any(log.state.value == "reading" for log in detail.logs)
    page = render_template(
        "sorter/run.html",
        detail=detail,
        first=detail.bins(FIRST),
        is_busy=is_busy,
        reasons=layout().rejects,
        forms={
            "plan": Form(PlanRun, refused, values=_machine(detail.run)),
            "log": Form(GiveLog, refused),
            "close": Form(CloseAccount, refused, values={"payment": detail.stream.payment}),
        },
        rejects={job.number: _rejects(job, refused) for job in detail.account.jobs},
        discards={
            log.id: Form(
                DiscardLog,
                refused,
                action=url_for(".discard_log", number=number, log=log.id),
                key=str(log.id),
            )
            for log in detail.logs
        },
        refused=refused,
    )
    return page, is_busy


def _rejects(job: Any, refused: Refused | None) -> Form:
    """The form of one job: all of a run go to one address."""
    is_mine = refused is not None and refused.sent.fields.get("job") == job.number
    values = {"hand_sorted": job.hand_sorted, "returned": job.returned}
    return Form(EnterRejects, refused if is_mine else None, values=values, key=job.number)


def _download(text: str, media_type: str, name: str) -> Response:
    answer = Response(text, mimetype=media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _run(uow: UnitOfWork, number: str) -> tuple[PresortStream, SorterRun]:
    return sorter_runs.find_run(uow.session, number)


def _job(uow: UnitOfWork, number: str) -> SorterDrop:
    return pool.chosen(uow.session, [number], SorterDrop)[0]


def _run_url(number: str) -> str:
    return url_for(".show", number=number)
