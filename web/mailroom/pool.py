"""The mailroom's home: jobs that wait for a batch, and the batches under way."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from kernel import clock
from kernel.errors import AttentionNeeded, Conflict
from postal.piece.kinds import CLASS_NAMES
from postal.sorting.presort import LEAST, TOP_DOWN
from postal.sorting.volume import PERMIT
from production.catalog.lead_times import ready_by
from production.jobs.states import JobState as J
from production.jobs.states import LotState as B
from production.mailings.models import LetterJob
from production.mailroom.savings.waiting import mailing_days
from production.mailroom.streams import batches, pool, queries
from production.mailroom.streams.batches import misfits
from production.mailroom.streams.prediction import (
    Draft,
    accept_single_pieces,
    draft_of_jobs,
    is_open,
    predict,
    refuse_stops,
    single_pieces_to_accept,
)
from store.db import UnitOfWork
from web import acts
from web.frame import Done, plant, reading, require

blueprint = Blueprint("mailroom", __name__, url_prefix="/mailroom")
UNDER_WAY = (B.PLANNING, B.IN_PRODUCTION, B.PRODUCED, B.DISPATCHED)
PAGE = 50


@blueprint.app_template_filter("class_name")
def class_name(mail_class: str) -> str:
    """The class of mail in full."""
    return CLASS_NAMES.get(mail_class, mail_class)


@blueprint.get("")
@require("work_mailroom")
def home() -> str:
    """The pool and the batches under way."""
    with reading() as database:
        groups = pool.pool(database)
        under_way = queries.batches(database, states=UNDER_WAY, limit=PAGE)
        none_yet = pool.choice_of(database, [])
    _, next_day = mailing_days(clock.today())
    may_wait = sum(
        bool(job.mail_date and ready_by(job.mail_date) >= next_day) for group in groups for job in group.jobs
    )
    return render_template(
        "mailroom/home.html",
        groups=groups,
        batches=under_way,
        may_wait=may_wait,
        next_day=next_day,
        choice=none_yet,
        brief=True,
    )


@blueprint.get("/build")
@require("work_mailroom")
def builder() -> str:
    """The pool beside what its chosen jobs come to, before anything is built."""
    return _builder(request.args)


@blueprint.get("/build/prediction")
@require("work_mailroom")
def prediction() -> str:
    """The part of the builder that follows each tick."""
    with reading() as database:
        chosen = _choice_and_draft(database, request.args)
    return render_template(
        "mailroom/_prediction.html", brief="brief" in request.args, **_predicted(request.args, *chosen)
    )


@blueprint.post("/build")
@require("work_mailroom")
def build() -> Response | tuple[str, int]:
    """One mailing of the jobs on the screen, sorted as it was looked at."""
    numbers = request.form.getlist("job")

    def work(uow: UnitOfWork) -> Done:
        jobs, found = pool.chosen(uow.session, numbers, LetterJob), None
        sort_plan, policy, payment = _way(request.form)
        if jobs and not misfits(jobs, batches.MAILING) and all(job.state is J.APPROVED for job in jobs):
            draft = draft_of_jobs(uow.session, jobs)
            found = predict(plant().files, draft, sort_as=sort_plan, policy=policy, payment=payment)
            refuse_stops(found)
        built = batches.build_together(
            uow, plant().files, jobs, sort_plan=sort_plan, policy=policy, payment=payment
        )
        if found is not None:
            accept_single_pieces(uow, jobs, found, knowing=acts.knowing())
        number = built[0].mailing.number
        words = f"Mailing {number} is made and being sorted"
        words += f", in {len(built)} streams that leave together." if built[1:] else "."
        return Done(url_for("mailing.show", number=number), words)

    return acts.act(work, again=lambda error: _builder(request.form, acts.sentence_of(error)))


def _builder(asked: MultiDict[str, str], error: str = "") -> str:
    with reading() as database:
        groups = pool.pool(database)
        chosen = _choice_and_draft(database, asked)
    return render_template(
        "mailroom/build.html",
        groups=groups,
        picked=set(asked.getlist("job")),
        error=error,
        **_predicted(asked, *chosen),
    )


def _choice_and_draft(database: Session, asked: MultiDict[str, str]) -> tuple[pool.Choice, Draft | None, str]:
    """The choice, and its jobs as one mailing, or the sentence that refuses one."""
    numbers = asked.getlist("job")
    choice = pool.choice_of(database, numbers)
    if not choice.group.jobs or choice.misfits:
        return choice, None, ""
    try:
        return choice, draft_of_jobs(database, pool.chosen(database, numbers, LetterJob)), ""
    except (Conflict, AttentionNeeded) as error:
        return choice, None, acts.sentence_of(error)


def _predicted(
    asked: MultiDict[str, str], choice: pool.Choice, draft: Draft | None, refused: str
) -> dict[str, object]:
    """What a template says of a choice; the sort is asked for when the database is let go."""
    found = None
    if draft is not None:
        sort_as, policy, payment = _way(asked)
        policy = policy if draft.may_hold_back or policy != LEAST else TOP_DOWN
        keeps = sort_as is not None and is_open(
            sort_as, draft.sort_plan
        )  # not when the choice changed its kind
        found = predict(
            plant().files, draft, sort_as=sort_as if keeps else None, policy=policy, payment=payment
        )
    asks = single_pieces_to_accept(found) if found else ()
    return {"choice": choice, "found": found, "refused": refused, "asks": asks}


def _way(asked: MultiDict[str, str]) -> tuple[str | None, str, str]:
    """Sort plan (None: the usual one), policy and payment asked for."""
    return asked.get("sort_plan") or None, asked.get("policy") or TOP_DOWN, asked.get("payment") or PERMIT
