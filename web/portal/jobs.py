"""The list of jobs, the page of one, and what a requester can do there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Annotated, NamedTuple, TypeVar

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import Field
from werkzeug.wrappers import Response

from billing.queries import job_charges
from kernel import clock
from kernel.errors import StaleVersion
from kernel.ids import named_ulid, show_ulid
from postal.money.fair_shares import explain_share
from production.asked import Asked, Count, Line, OneOf, Why
from production.catalog.rows import ProductRow
from production.catalog.shop_calendar import shop_calendar
from production.dock.pick_up import codes_of, make_anew
from production.dock.queries import cartons_of, proof_file
from production.dock.stops import stop_lines
from production.frontdesk.approving.standing import standing_of
from production.frontdesk.drafting import drafts
from production.frontdesk.orders import canceling, intake, queries
from production.frontdesk.orders.canceling import Beside
from production.frontdesk.orders.job_page import JobPage, job_page, kept_file, proof_image
from production.frontdesk.orders.queries import Which
from production.frontdesk.preparation import looking
from production.frontdesk.publishing import recording
from production.frontdesk.publishing.answers import RuleAnswer
from production.frontdesk.publishing.models import PublicationAnswer
from production.frontdesk.quoting.queries import asking
from production.frontdesk.quoting.writing import IN_WORK
from production.frontdesk.steps.base import Answers
from production.frontdesk.steps.mailing_answers import repair_zip
from production.jobs import need_to_know
from production.jobs.expected import outlook
from production.jobs.models import Job
from production.jobs.need_to_know import WITH_NAMES
from production.jobs.states import JobKind
from production.jobs.states import JobState as J
from production.jobs.timeline import Timeline, has_moved, on_one_line, timeline
from production.mailings.models import letters
from production.mailroom.pieces.by_job import letters_now
from production.mailroom.streams.shares import job_share
from production.scheduling.promises import promises_of
from store.db import UnitOfWork
from web.acts import asks, command
from web.downloads import send_kept, send_proof
from web.formats import state_mark
from web.forms import Form, Refused
from web.frame import Done, actor, once, plant, reading, require
from web.policies import may
from web.portal import remedies
from web.portal.job_line import day_of, days_of, told, tracks
from web.portal.quote_rows import quote_rows
from web.recipients import ask_first

blueprint = Blueprint("jobs", __name__, url_prefix="/jobs")
Page = str | Response | tuple[str, int]

blueprint.add_app_template_filter(quote_rows)


class Group(NamedTuple):
    """Jobs people look for, in their words; ``is_tab``: among the tabs of the list, else only where a link leads."""

    label: str
    which: Callable[[date], Which]
    is_tab: bool = True


def _of(label: str, *states: J, is_tab: bool = True) -> Group:
    return Group(label, lambda _today: Which(states), is_tab)


_GONE = (J.DISPATCHED, J.DELIVERED, J.BILLED, J.CLOSED)
GROUPS = {
    "": _of("All"),
    "yours": _of("Waiting for the agency", J.NEEDS_FIX, J.PROOF_READY),
    "checking": _of("Being checked", J.SUBMITTED),
    "plant": _of("At the plant", J.APPROVED, J.IN_PRODUCTION, J.PRODUCED),
    "late": Group("Late", queries.late),
    "soon": Group("Due soon", queries.due_soon),
    "mailed": _of("Left the plant", *_GONE),
    "cancelled": _of("Canceled", J.CANCELLED),
    "open": _of("Not left yet", *queries.OPEN, is_tab=False),
    "way": _of("On its way", *queries.ON_ITS_WAY, is_tab=False),
    "arrived": _of("Arrived", *queries.ARRIVED, is_tab=False),
    **{state.value: _of(state_mark(state).label, state, is_tab=False) for state in (*queries.OPEN, *_GONE)},
}
# Nothing moves by itself here: the page stays as it is until somebody acts.
_AT_REST = frozenset({J.NEEDS_FIX, J.PROOF_READY, J.CLOSED, J.CANCELLED})
_MADE = (J.IN_PRODUCTION.value, J.PRODUCED.value)  # its letters are at the machines, or ready
_BESIDE = (J.DRAFT.value, J.NEEDS_FIX.value, J.CANCELLED.value)  # whose day nobody can tell
_FILES = {
    "template": ("application/pdf", "The letter"),
    "list": ("application/octet-stream", "The list"),
    "fields": ("application/json", "Fields file"),
    "certificate": ("application/pdf", "Certificate of address matching"),
    "rows_to_fix": ("text/csv", "Rows to fix"),
    "joined_rows": ("text/csv", "Rows joined to another letter"),
    "artwork": ("application/pdf", "The file as sent"),
    "stated.1": ("application/pdf", "The first file with the statement of its cost"),
    "print_file": ("application/pdf", "The file as it prints"),
    "proof": ("application/pdf", "Proof"),
}


AnyJob = TypeVar("AnyJob", bound=Job)


class AsShown(Asked):
    """An act on a job as its page showed it."""

    version: Line = ""


class Cancel(AsShown):
    """Stopping a job."""

    CODE = "REASON"
    REFUSED = "The reason is missing."
    others: Annotated[Line, OneOf({"": "Choose", **dict.fromkeys(Beside, "")})] = Field(
        "", title="And the other job?"
    )
    cancel_reason: Why = Field(title="Why is it canceled?")


class PickUpAnew(Asked):
    """Another pick-up code for a stop."""

    stop: Count = Field(title="Stop")


class Reject(AsShown):
    """Sending a job back to its requester."""

    CODE = "REASON"
    REFUSED = "The reason is missing."
    reject_reason: Why = Field(title="What has to change?")


class ToRule(AsShown, RuleAnswer):
    """What is said to a rule after the order was sent."""


class Change(Asked):
    """Opening the steps of an order again, at one of them."""

    step: Line = ""
    repair_zip: bool = False


@blueprint.get("")
@require("see_jobs")
def listing() -> str:
    """Newest first; group, words and place in the address, so that it can be shared."""
    chosen, today = request.args.get("show", ""), clock.today()
    chosen = chosen if chosen in GROUPS else ""
    words = request.args.get("find", "").strip()[:80]
    shown = {key: group for key, group in GROUPS.items() if group.is_tab or key == chosen}
    with reading() as session:
        page = queries.job_lines(
            session, actor(), which=GROUPS[chosen].which(today), words=words,
            before=list_key("before"), after=list_key("after"),
        )  # fmt: skip
        counts = queries.counts_of(session, actor(), (group.which(today) for group in shown.values()))
        unfinished = drafts.open_drafts(session, actor())
    listing = partial(url_for, ".listing", show=chosen or None, find=words or None)
    return render_template(
        "portal/jobs.html",
        page=page,
        groups=[
            (key, group.label, number) for (key, group), number in zip(shown.items(), counts, strict=True)
        ],
        chosen=chosen,
        words=words,
        unfinished=unfinished,
        newer_url=listing(after=page.newer) if page.newer else None,
        older_url=listing(before=page.older) if page.older else None,
    )


def list_key(name: str) -> int | None:
    """Where a list of jobs goes on, from the page's address."""
    return request.args.get(name, type=_key)


def _key(text: str) -> int:
    number = int(text)
    if not 0 <= number < 1 << 63:
        raise ValueError("not a key")
    return number


@blueprint.get("/<number>")
@require("see_jobs")
def show(number: str) -> Response | str:
    """Everything about one job; a project has a page of its own."""
    with reading() as session:
        kind = queries.job_by_number(session, actor(), number).kind
    if kind is JobKind.CONSULTATION:
        return redirect(url_for("projects.show", number=number), code=303)
    return job_page_again(number)


@blueprint.get("/<number>/progress")
@require("see_jobs")
def progress(number: str) -> Response | str:
    """The page's moving part if anything happened behind ``since``, else 204."""
    with reading() as session:
        job = queries.job_by_number(session, actor(), number)
        since = request.args.get("since", default=0, type=_key)
        if not has_moved(session, job, since=since):
            return Response(status=204)
    return job_page_again(number, template="portal/_job.html")


def job_page_again(number: str, refused: Refused | None = None, template: str = "portal/job.html") -> str:
    """The page, after an act that was refused with what was typed."""
    with reading() as session:
        page = job_page(session, actor(), number)
        job = queries.job_by_number(session, actor(), number)
        lines = [timeline(session, one.ulid) for one in on_one_line(session, job)]
        line = next(one for one in lines if one.job_number == page.facts.number)
        charges = job_charges(session, job.id, agency_id=actor().agency_id)
        share = job_share(session, job)
        sees_names = need_to_know.may_see(session, actor(), job.number)
        calendar = shop_calendar(session)
        told_days = {one.number: promises_of(session, one) for one in on_one_line(session, job)}
        promised = {one: days[0].day for one, days in told_days.items() if days}
        days = days_of(
            day_of(page), calendar, is_mailed=page.facts.made is None, promised=promised.get(job.number)
        )
        stops, cartons = stop_lines(session, job), cartons_of(session, job)
        codes = codes_of(session, job) if actor().agency_id == job.agency_id else {}
        letters = letters_now(session, job, files=plant().files) if line.state in _MADE else None
        standing = standing_of(session, job) if job.state is J.PROOF_READY else None
        beside = list(_ways_beside(canceling.beside(session, job)))
        rules = recording.answers_of(session, job)
        agency_id = actor().agency_id
        asked = asking(session, agency_id, number) if agency_id and job.state in IN_WORK else ()
    return render_template(
        template,
        page=page,
        job=page.facts,
        line=line,
        last_event=max(one.last_event for one in lines),
        tracks=list(tracks(page, lines, calendar, promised, clock.now())),
        history=told(page, lines),
        promises=told_days[job.number],
        outlook=outlook(line.steps, days, clock.now()) if line.state not in _BESIDE else None,
        day=days.day,
        letters_now=letters,
        standing=standing,
        asking=next(iter(asked), None),
        is_turn=standing is not None and actor().name in standing.turn.able,
        charges=charges,
        stops=stops,
        cartons=cartons,
        pick_up_codes=codes,
        share=share,
        why_share=explain_share(share) if share else (),
        sees_names=sees_names,
        downloads=_downloads(page, with_names=sees_names),
        remedies=remedies.ACTS,
        poll_url=url_for("jobs.progress", number=page.facts.number) if any(map(_moves, lines)) else "",
        refused=refused,
        cancel=Form(Cancel, refused, options={"others": beside}),
        has_beside=bool(beside),
        rules=rules,
        rule_forms=dict(_rule_forms(job, rules, refused)) if may(actor(), "answer_rules") else {},
    )


def _rule_forms(
    job: Job, rules: Sequence[PublicationAnswer], refused: Refused | None
) -> Iterator[tuple[str, Form]]:
    """A form for each rule that nobody has answered, while that can be done."""
    for one in rules:
        if not one.author and job.state in recording.OPEN:
            action = url_for("jobs.say_to_rule", number=job.number, rule=one.rule)
            yield one.rule, Form(ToRule, refused, action=action, key=one.rule)


def _ways_beside(found: Sequence[Job]) -> Iterator[tuple[str, str]]:
    """What canceling a job can do to the one beside it, in words; nothing where there is none."""
    if not found:
        return
    numbers = ", ".join(one.number for one in found)
    is_printed = found[0].kind is JobKind.PRINT
    yield "", "Choose"
    yield Beside.CANCEL, f"Cancel the {'printing' if is_printed else 'mailing'} {numbers} too"
    if is_printed:
        yield Beside.KEEP, f"Keep {numbers}: printed all the same; change its order to say where it goes"
    else:
        yield Beside.KEEP, f"Keep {numbers}: letters alone, checked and approved anew"


def _moves(line: Timeline) -> bool:
    return line.state not in {state.value for state in _AT_REST}


def _downloads(page: JobPage, *, with_names: bool) -> list[tuple[str, str, str]]:
    """(address, what it is, name) of the files a person may have."""
    return [
        (url_for("jobs.file", number=page.facts.number, role=role), words, page.files[role].name)
        for role, (_, words) in _FILES.items()
        if role in page.files and (with_names or role not in WITH_NAMES)
    ]


@blueprint.get("/<number>/files/<role>")
@require("see_jobs")
def file(number: str, role: str) -> Response:
    """A file of the job: what was sent, the rows to fix, the proof."""
    media_type, words = _FILES.get(role, ("", ""))
    if media_type and role in WITH_NAMES and (question := ask_first(number, words.lower())):
        return question
    with reading() as session:
        kept = kept_file(session, actor(), number, role if media_type else "")
    return send_kept(kept.sha256, media_type, kept.name, as_attachment=role not in ("proof", "print_file"))


@blueprint.get("/<number>/proof/<int:position>.png")
@require("see_jobs")
def proof(number: str, position: int) -> Response:
    """A proof page as an image."""
    if question := ask_first(number, f"proof {position}"):
        return question
    with reading() as session:
        sha256 = proof_image(session, actor(), number, min(position, 1 << 31))
    return send_kept(sha256, "image/png", f"{number}-proof-{position}.png", as_attachment=False)


@blueprint.get("/<number>/deliveries/<ulid>/<any(signature, photo):what>")
@require("see_jobs")
def proof_of_delivery(number: str, ulid: str, what: str) -> Response:
    """Signature or photo of a delivery of the job."""
    with reading() as session:
        job = queries.job_by_number(session, actor(), number)
        sha256 = proof_file(session, named_ulid(ulid, "delivery"), what, job)
    return send_proof(sha256, what)


@blueprint.post("/<number>/pick-up-code")
@require("order")
@command(PickUpAnew, again=job_page_again)
def pick_up_code(uow: UnitOfWork, said: PickUpAnew, number: str) -> Done:
    """Another code in place of the one that waits."""
    make_anew(uow, queries.job_by_number(uow.session, uow.actor, number), said.stop)
    return Done(url_for(".show", number=number), "There is another code. The old one is not good any more.")


@blueprint.get("/<number>/proof/<int:position>/small.png")
@require("see_jobs")
def small_proof(number: str, position: int) -> Response:
    """A proof page as it lies on a card: too small for a name, so it is no look at recipients."""
    with reading() as session:
        sha256 = proof_image(session, actor(), number, min(position, 1 << 31))
    answer = Response(looking.small(plant().files, sha256), mimetype="image/png")
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.set_etag(f"small-{sha256}")
    return answer.make_conditional(request)


# --- what a requester does ---------------------------------------------------------------------------------


def job_as_shown(uow: UnitOfWork, said: AsShown, number: str) -> Job:
    """The job to change; StaleVersion when its page is older than it."""
    return as_shown(intake.find_job(uow, queries.canonical(number)), said)


def as_shown(job: AnyJob, said: AsShown) -> AnyJob:
    """It; StaleVersion when its page is older."""
    if said.version != str(job.version):
        raise StaleVersion("Something changed since this page was shown. Look again, then repeat.")
    return job


def changed(job: Job, say: str) -> Done:
    """On to the job's page."""
    return Done(url_for("jobs.show", number=job.number), say)


def _of_rule_again(number: str, refused: Refused | None = None, **_rule: str) -> str:
    return job_page_again(number, refused)


@blueprint.post("/<number>/rules/<rule>")
@require("answer_rules")
@command(ToRule, again=_of_rule_again)
def say_to_rule(uow: UnitOfWork, said: ToRule, number: str, rule: str) -> Done:
    """What a rule asks, said before the job is approved."""
    job = job_as_shown(uow, said, number)
    recording.say(uow, job, rule, RuleAnswer(**said.facts("version")))
    return changed(job, "Entered. The approver sees it.")


@blueprint.post("/<number>/accept-findings")
@require("order")
@command(AsShown, again=job_page_again)
def accept_findings(uow: UnitOfWork, said: AsShown, number: str) -> Done:
    """Mail the good rows, return the others."""
    job = job_as_shown(uow, said, number)
    intake.accept_findings(uow, letters(job))
    return changed(job, "The good rows will be mailed; quote and proof follow in a moment.")


@blueprint.post("/<number>/cancel")
@require("order")
@command(Cancel, again=job_page_again)
def cancel(uow: UnitOfWork, said: Cancel, number: str) -> Done:
    """Stop a job that is not in production yet, and what goes with it if that is wanted."""
    job = job_as_shown(uow, said, number)
    others = Beside(said.others) if said.others else None
    canceling.cancel(uow, job, said.cancel_reason, others=others)
    return changed(job, "Both jobs are canceled." if others is Beside.CANCEL else "The job is canceled.")


def _as_ordered(number: str) -> tuple[Job, ProductRow, Mapping[str, Answers]]:
    """A job the reader may see, with its product and what was answered."""
    with reading() as session:
        job = queries.job_by_number(session, actor(), number)
        product = drafts.product_of(session, job)
    return job, product, drafts.answers_of(plant(), actor(), job)


@blueprint.post("/<number>/change")
@require("order")
@asks(Change, again=job_page_again)
def change(said: Change, number: str) -> Response:
    """Open the steps of the order again, with everything as it stands, at the step that is asked for."""
    job, product, answers = _as_ordered(number)

    def work(uow: UnitOfWork) -> Done:
        found = intake.find_job(uow, job.number)
        draft = drafts.reopen(uow, found, product, answers, revision=job.revision)
        if said.repair_zip:
            repair_zip(draft)
        steps = drafts.as_begun(product, draft).steps
        at = said.step if said.step in steps else steps[1]
        return Done(url_for("drafting.step", ulid=show_ulid(draft.ulid), step=at))

    return once(work)


@blueprint.post("/<number>/again")
@require("order")
@asks(Asked, again=job_page_again)
def again(_said: Asked, number: str) -> Response:
    """The steps of a new order, filled in as this one was."""
    _, product, answers = _as_ordered(number)

    def work(uow: UnitOfWork) -> Done:
        draft = drafts.again(uow, product, answers)
        first = drafts.as_begun(product, draft).steps[0]
        return Done(url_for("drafting.step", ulid=show_ulid(draft.ulid), step=first))

    return once(work)
