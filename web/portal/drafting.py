"""Ordering a product step by step: the steps are the product's, this only walks them. A submitted job is changed the
same way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from kernel import clock
from kernel.errors import Conflict, IdempotencyMismatch, InvalidInput, NotFound, StaleVersion
from kernel.findings import Finding
from kernel.ids import named_ulid, show_ulid
from production.asked import Asked, Count, Line, Sent, read
from production.catalog import queries as catalog
from production.frontdesk.drafting import drafts
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.publishing.answers import problems
from production.frontdesk.stationery.queries import offered as offered_by
from production.frontdesk.steps import known, review
from production.frontdesk.steps.base import Ordering
from production.frontdesk.steps.spec_answers import REVIEW
from production.frontdesk.steps.stationery_answers import begin_by
from production.jobs.models import Job, JobEvent
from production.people.names import full_name
from store.db import UnitOfWork
from web.downloads import send_kept
from web.forms import Form, Refused, errors_of, sent, two_changes
from web.frame import Done, actor, once, plant, reading, require
from web.portal.print_prices import prices_of, rules_of
from web.portal.shelf_prices import shelf_prices_of

blueprint = Blueprint("drafting", __name__, url_prefix="/drafts")
Page = str | Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class StepLink:
    """A step in the line above the form."""

    label: str
    url: str
    is_done: bool
    is_here: bool


# --- beginning ---------------------------------------------------------------------------------------------


@blueprint.get("/new")
@blueprint.get("/new/<product>")
@blueprint.get("/new/<product>/by/<template>")
@require("order")
def begin(product: str = "", template: str = "") -> Page:
    """The first step of a product: of the one named, or of the first; of stationery by its template."""
    ordering = _beginning(product, template)
    return _page(ordering, ordering.product.steps[0])


@blueprint.post("/new")
@blueprint.post("/new/<product>")
@blueprint.post("/new/<product>/by/<template>")
@require("order")
def start(product: str = "", template: str = "") -> Page:
    """A draft from here on."""
    ordering = _beginning(product, template)
    first = ordering.product.steps[0]

    def change(work: Callable[[UnitOfWork, Ordering], str]) -> Response:
        def command(uow: UnitOfWork) -> Done:
            draft = drafts.begin(uow, ordering.product, like=ordering.draft)
            return Done(_url(work(uow, replace(ordering, draft=draft)), draft))

        return once(command)

    return _keep(ordering, first, change, sent())


def _beginning(wanted: str, template: str) -> Ordering:
    with reading() as session:
        offered = catalog.products(session)
        by = (
            offered_by(session, named_ulid(template, "template"), actor().agency_id or 0)
            if template
            else None
        )
    product = next((one for one in offered if one.code == wanted or not wanted), None)
    if product is None or (by and by.product != wanted):
        raise NotFound("This is not offered.", remedy='Choose from what stands under "What do you need?".')
    draft = drafts.blank(actor(), product)
    if by is not None:
        begin_by(draft, by)
    return Ordering(plant(), actor(), drafts.as_begun(product, draft), draft)


# --- steps -------------------------------------------------------------------------------------------------


@blueprint.get("/<ulid>/<step>")
@require("order")
def step(ulid: str, step: str) -> Page:
    """A step as it stands; one that cannot be shown yet leads to what is missing."""
    ordering = find_ordering(ulid)
    is_last = step == ordering.product.steps[-1]
    if is_last or not known.step_of(ordering, step).is_open(ordering):
        missing = known.missing(ordering)
        if missing is not None:
            if is_last:
                flash(f"First finish this step: {known.STEPS[missing].LABEL}.", "info")
            return redirect(_url(missing, ordering.draft), code=303)
    return _page(ordering, step)


@blueprint.post("/<ulid>/<step>")
@require("order")
def keep(ulid: str, step: str) -> Page:
    """Keep what is good of what was sent; say what is not beside its field."""
    ordering, given = find_ordering(ulid), sent()

    def change(work: Callable[[UnitOfWork, Ordering], str]) -> Response:
        """InvalidInput also for a form that is older than the draft, or was sent before: the page comes again with
        what was typed.
        """

        def command(uow: UnitOfWork) -> Done:
            draft = drafts.open_draft(uow, named_ulid(ulid, "draft"), seen=given.fields.get("seen", ""))
            drafts.sent_off(draft, step)
            return Done(_url(work(uow, replace(ordering, draft=draft)), draft))

        try:
            return once(command)
        except (StaleVersion, IdempotencyMismatch) as error:
            raise InvalidInput(error.sentence, code=error.instance_code) from error

    return _keep(ordering, step, change, given)


@blueprint.post("/new/<product>/typed")
@blueprint.post("/new/<product>/by/<template>/typed")
@require("order")
def begin_typing(product: str, template: str = "") -> Response:
    """The first thing typed begins the draft."""
    ordering = _beginning(product, template)
    first = ordering.product.steps[0]
    with plant().db.unit_of_work(actor()) as uow:
        draft = drafts.begin(uow, ordering.product, _texts(ordering, first, sent()), like=ordering.draft)
    return _typed(draft, first)


@blueprint.post("/<ulid>/<step>/typed")
@require("order")
def type_on(ulid: str, step: str) -> Response:
    """What is typed is kept as it stands, good or not; kept twice is kept once."""
    given = sent()
    texts, seen = _texts(find_ordering(ulid), step, given), given.fields.get("seen", "")
    with plant().db.unit_of_work(actor()) as uow:
        draft = drafts.type_in(uow, named_ulid(ulid, "draft"), step, texts, seen=seen)
    return _typed(draft, step)


def _texts(ordering: Ordering, code: str, given: Sent) -> drafts.Texts:
    """What was typed into fields of the step."""
    fields = known.step_of(ordering, code).ASKS.model_fields
    return {name: list(said) for name, said in given.texts.items() if name.partition("-")[0] in fields}


def _typed(draft: OrderDraft, step: str) -> Response:
    """Where the form goes on from now, and its mark."""
    save = url_for(".type_on", ulid=show_ulid(draft.ulid), step=step)
    return jsonify(seen=drafts.mark_of(draft), action=_url(step, draft), save=save)


def _keep(ordering: Ordering, code: str, change: Callable[..., Response], given: Sent) -> Page:
    step = known.step_of(ordering, code)
    problems: list[Finding] = []
    try:
        understood = step.read(ordering, given)
        problems = understood.problems
        answer = change(lambda uow, mine: step.keep(uow, mine, understood))
        if not problems:
            return answer
        error = InvalidInput(step.ASKS.REFUSED, findings=problems)
    except InvalidInput as refusal:
        unread = {one.place.column.partition("-")[0] for one in problems}
        judged = [one for one in refusal.findings if one.place.column.partition("-")[0] not in unread]
        error = InvalidInput(refusal.sentence, code=refusal.instance_code, findings=[*problems, *judged])
    again = find_ordering(show_ulid(ordering.draft.ulid)) if ordering.draft.id else ordering
    return _page(again, code, Refused(step.ASKS, given, error)), 422


def _page(ordering: Ordering, code: str, refused: Refused | None = None) -> str:
    draft, step = ordering.draft, known.step_of(ordering, code)
    typed = drafts.typed_in(draft, code)
    told = refused or (Refused(step.ASKS, typed, InvalidInput("")) if typed else None)
    view = step.show(ordering, told.sent if told else _tried(code))
    if view.busy and request.args.get("since") == view.busy:
        abort(Response(status=204))  # nothing new to who follows the work
    form = Form(step.ASKS, told, values=view.values, options=view.options)
    kept = Form(step.ASKS, values=view.values, options=view.options)
    return render_template(
        f"portal/draft_{code}.html", draft=draft, product=ordering.product, view=view, refused=refused, typed=typed,
        form=form, both=two_changes(form, kept), save_url=_save_url(ordering, code),
        steps=_links(ordering, code) if draft.id else [], step_url=_url,
        page_url=partial(_page_url, draft, code), sections=known.told(ordering, before=code),
        **{**prices_of(ordering, code, view), **shelf_prices_of(ordering, code, view)},
    )  # fmt: skip


def _tried(code: str) -> Sent | None:
    """What is tried in the address of a step that follows it."""
    return Sent(request.args.to_dict(flat=False)) if code in known.TRIED and request.args else None


def _save_url(ordering: Ordering, code: str) -> str:
    if ordering.draft.id:
        return url_for(".type_on", ulid=show_ulid(ordering.draft.ulid), step=code)
    template = (request.view_args or {}).get("template")
    return url_for(".begin_typing", product=ordering.product.code, template=template)


def _links(ordering: Ordering, here: str) -> list[StepLink]:
    return [
        StepLink(
            known.STEPS[code].LABEL,
            _url(code, ordering.draft),
            known.is_done(ordering, code),
            code == here,
        )
        for code in ordering.product.steps
    ]


def _url(step: str, draft: OrderDraft) -> str:
    return url_for(".step", ulid=show_ulid(draft.ulid), step=step)


def _page_url(draft: OrderDraft, step: str, page: int) -> str:
    return url_for(".page_image", ulid=show_ulid(draft.ulid), step=step, page=page)


@blueprint.get("/<ulid>/<step>/pages/<int:page>.png")
@require("order")
def page_image(ulid: str, step: str, page: int) -> Response:
    """A page of what is to be printed, as an image."""
    sha256 = known.picture(find_ordering(ulid), step, page)
    return send_kept(sha256, "image/png", f"page-{page}.png", as_attachment=False)


def find_ordering(ulid: str) -> Ordering:
    """The person's own draft at hand; a used one leads to where it went."""
    with reading() as session:
        draft = drafts.find(session, actor(), named_ulid(ulid, "draft"))
        product = drafts.as_begun(catalog.product(session, draft.product), draft)
    if draft.ended_at is not None:
        abort(_where_it_went(draft))
    return Ordering(plant(), actor(), product, draft)


def _where_it_went(draft: OrderDraft) -> Response:
    """A used draft leads on: to its job, or to the jobs where it was thrown away."""
    with reading() as session:
        number = session.scalar(select(Job.number).filter_by(id=draft.job_id)) if draft.job_id else None
    words = f"This order was submitted: here is job {number}." if number else "This draft was thrown away."
    flash(words, "info")
    go = url_for("jobs.show", number=number) if number else url_for("jobs.listing")
    return redirect(go, code=303)


# --- the end -----------------------------------------------------------------------------------------------


class Submit(Asked):
    """The order as its review showed it; ``over``: the revision of the job that it replaces."""

    seen: Line = ""
    over: Count | None = None


@blueprint.post("/<ulid>/review")
@require("order")
def submit(ulid: str) -> Page:
    """One job, however often the button is pressed; somebody else's change in between is told, not overwritten."""

    given, ordering = sent(), find_ordering(ulid)
    understood = review.read(ordering, given)
    wrong = [*understood.problems, *problems(rules_of(ordering), understood.rules, today=clock.today())]
    if wrong:
        refusal = InvalidInput(review.ASKS.REFUSED, code=review.ASKS.CODE, findings=wrong)
        return _page(ordering, REVIEW, Refused(review.ASKS, given, refusal)), 422

    def work(uow: UnitOfWork) -> Done:
        said = read(Submit, given)
        draft = drafts.open_draft(uow, named_ulid(ulid, "draft"), seen=said.seen)
        review.keep(uow, replace(ordering, draft=draft), understood)
        job = drafts.submit(uow, plant().files, draft, over=said.over)
        return Done(
            url_for("jobs.show", number=job.number), f"Job {job.number} is submitted and being checked."
        )

    try:
        return once(work)
    except Conflict as error:
        draft = _draft_of(ulid)
        return _where_it_went(draft) if draft.ended_at else (_stale_page(draft, error), 409)
    except InvalidInput as error:
        for sentence in errors_of(error).values():
            flash(sentence, "error")
        ordering = find_ordering(ulid)
        return redirect(_url(known.at_fault(ordering, error.findings), ordering.draft), code=303)


def _draft_of(ulid: str) -> OrderDraft:
    """The person's draft, open or used."""
    with reading() as session:
        return drafts.find(session, actor(), named_ulid(ulid, "draft"))


def _stale_page(draft: OrderDraft, error: Conflict) -> str:
    """Who has changed the job, what became of one's own draft, and what can be done."""
    with reading() as session:
        job = session.scalars(select(Job).filter_by(id=draft.job_id)).first() if draft.job_id else None
        last = (
            session.scalars(
                select(JobEvent)
                .filter_by(job_id=job.id, event="submit")
                .order_by(JobEvent.id.desc())
                .limit(1)
            ).first()
            if job
            else None
        )
        who = full_name(session, last.actor) if last else ""
    is_changed = job is not None and job.revision != draft.base_revision
    return render_template(
        "portal/draft_stale.html", draft=draft, job=job if is_changed else None, who=who,
        at=last.occurred_at if last else None, error=error,
    )  # fmt: skip


@blueprint.post("/<ulid>/throw-away")
@require("order")
def throw_away(ulid: str) -> Response:
    """End a draft that nobody wants."""

    def work(uow: UnitOfWork) -> Done:
        drafts.throw_away(uow, drafts.open_draft(uow, named_ulid(ulid, "draft")))
        return Done(url_for("jobs.listing"), "The draft is thrown away.")

    return once(work)
