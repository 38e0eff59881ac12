"""The mailroom's home: jobs that wait for a batch, and the batches under way."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from kernel import clock
from postal.mail_kinds import CLASS_NAMES
from postal.presort import TOP_DOWN
from production.jobs.states import BatchState as B
from production.mailroom import batches, pool, queries
from production.mailroom import prediction as predicting
from production.mailroom.waiting import next_mailing_day
from store.db import UnitOfWork
from web import acts
from web.frame import Done, Entry, plant, reading, require

blueprint = Blueprint("mailroom", __name__, url_prefix="/mailroom")
nav = (Entry("work_mailroom", "mailroom.home", "Mailroom"),)
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
    next_day = next_mailing_day(clock.today())
    may_wait = sum(
        bool(job.mail_date and job.mail_date >= next_day) for group in groups for job in group.jobs
    )
    return render_template(
        "mailroom/home.html", groups=groups, batches=under_way, may_wait=may_wait, next_day=next_day
    )


@blueprint.get("/batches")
@require("work_mailroom")
def all_batches() -> str:
    """Every batch, newest first."""
    with reading() as database:
        lines = queries.batches(database, after=request.args.get("after"), limit=PAGE + 1)
    return render_template(
        "mailroom/batches.html",
        batches=lines[:PAGE],
        after=lines[PAGE - 1].number if len(lines) > PAGE else None,
    )


@blueprint.get("/build")
@require("work_mailroom")
def look() -> str | tuple[str, int]:
    """What the chosen jobs share, or why they do not fit together, before anything is built."""
    return _choice(request.args)


@blueprint.get("/build/prediction")
@require("work_mailroom")
def prediction() -> str:
    """What the jobs ticked so far would come to, as a block of the page."""
    return render_template("mailroom/prediction.html", **_prediction(request.args))


@blueprint.post("/build")
@require("work_mailroom")
def build() -> Response | tuple[str, int]:
    """One batch of the jobs on the screen, or one for each print stream they make."""
    numbers = request.form.getlist("job")
    sort_plan = request.form.get("sort_plan") or None
    policy = request.form.get("policy") or TOP_DOWN

    def work(uow: UnitOfWork) -> Done:
        jobs = pool.chosen(uow.session, numbers)
        streams = batches.build_together(uow, jobs, sort_plan=sort_plan, policy=policy)
        made = [batch.number for batch in streams]
        words = f"Batch {made[0]} is made and being sorted."
        if made[1:]:
            words = (
                f"Batches {', '.join(made)} are made and being sorted: one a print stream, mailed together."
            )
        return Done(url_for("batch.show", number=made[0]), words)

    return acts.act(work, again=lambda error: _choice(request.form, acts.sentence_of(error)))


def _choice(given: MultiDict[str, str], error: str = "") -> str:
    return render_template("mailroom/build.html", error=error, **_prediction(given))


def _prediction(given: MultiDict[str, str]) -> dict[str, Any]:
    """The choice, and its figures where the jobs can be mailed together."""
    with reading() as database:
        choice, mailing = predicting.read_choice(database, given.getlist("job"))
    found = mailing and predicting.predict(
        plant().files, mailing, sort_plan=given.get("sort_plan"), policy=given.get("policy", TOP_DOWN)
    )
    return {"choice": choice, "group": choice.group, "prediction": found}
