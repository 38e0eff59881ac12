"""The mailroom's home: jobs that wait for a stream, and the streams under way."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from flask import Blueprint, render_template, request, url_for
from pydantic import Field
from sqlalchemy.orm import Session

from kernel import clock
from kernel.errors import AttentionNeeded, Conflict
from kernel.money import ZERO, Money
from postal.piece.kinds import CLASS_NAMES
from postal.sorting.presort import LEAST, TOP_DOWN
from postal.sorting.volume import PERMIT
from production.asked import Asked, Known, Sent, read
from production.catalog.shop_calendar import shop_calendar
from production.dock import queries as dock
from production.floor import queries as floor
from production.jobs import stopped_work
from production.jobs.states import JobState as J
from production.mailings.cut_offs import CUT_OFFS, of_day
from production.mailings.models import LetterJob
from production.mailroom.savings.waiting import mailing_days
from production.mailroom.streams import building, pool
from production.mailroom.streams.building import misfits
from production.mailroom.streams.departures import departures, doors
from production.mailroom.streams.mailing_view import mailing_lines, under_way_count
from production.mailroom.streams.prediction import (
    Draft,
    Prediction,
    accept_single_pieces,
    draft_of_jobs,
    is_open,
    predict,
    refuse_stops,
    single_pieces_to_accept,
)
from store.db import UnitOfWork
from web.acts import command, sentence_of
from web.dock.custody import MOST, dock_figures
from web.figures import Figure
from web.floor.queue import list_url
from web.forms import Refused
from web.frame import Done, plant, reading, require

blueprint = Blueprint("mailroom", __name__, url_prefix="/mailroom")
PAGE = 50
SHOWN = 8  # mailings under way on the page
AT_ONCE = 100_000  # pieces that are sorted for a page in a moment


class Build(Asked):
    """Jobs for a mailing, and how they are to be sorted and paid; what is no choice is judged by the sort."""

    job: list[str] = Field(default_factory=list)
    sort_plan: str = ""
    policy: str = ""
    payment: str = ""
    knowing: Known

    @property
    def way(self) -> tuple[str | None, str, str]:
        """Sort plan (None: the usual one), policy and payment asked for."""
        return self.sort_plan or None, self.policy or TOP_DOWN, self.payment or PERMIT


@blueprint.app_template_filter("class_name")
def class_name(mail_class: str) -> str:
    """The class of mail in full."""
    return CLASS_NAMES.get(mail_class, mail_class)


@blueprint.get("")
@require("work_mailroom")
def home() -> str:
    """A mail operator's day: the pool and its best mailing, mailings under way, the dock, what needs a person."""
    now = clock.now()
    today = clock.business_date(now)
    with reading() as database:
        groups = pool.pool(database)
        drafts = _drafts(database, groups)
        lines = [line for _, line in mailing_lines(database, is_under_way=True, limit=PAGE)]
        under_way = under_way_count(database)
        holds, steps = stopped_work.counts(database)
        (trouble,) = floor.counts_of(database, [floor.BY_STANDING["trouble"]])
        ready, on_the_way = dock.ready_to_leave(database), dock.on_the_way(database, limit=MOST)
        calendar, cut_offs = shop_calendar(database), CUT_OFFS.rows(database)
    today_leaves = departures(of_day(cut_offs, calendar, today), lines, today)
    worth = _worth(drafts)
    best = max((one for one in worth if _saves(one)), key=lambda one: _saves(one) or ZERO, default=None)
    _, next_day = mailing_days(today)
    may_wait = sum(
        bool(job.mail_date and calendar.ready_by(job.mail_date) >= next_day)
        for group in groups
        for job in group.jobs
    )
    pool_url = url_for(".builder")
    return render_template(
        "mailroom/home.html",
        today=today,
        now=now,
        departures=today_leaves,
        doors=doors(today_leaves, now),
        urgent=next((one for one in today_leaves if one.mailings and not one.is_ready), None),
        calendar=calendar,
        groups=groups,
        shown=SHOWN,
        worth=_by_job(worth),
        saves=_saves,
        **_ticked(groups, best),
        mailings=sorted(lines, key=lambda line: (line.ready_by or line.mail_date, line.number)),
        may_wait=may_wait,
        next_day=next_day,
        figures=[
            Figure(
                "Jobs that wait",
                sum(len(group.jobs) for group in groups),
                pool_url,
                "approved, not in a mailing",
            ),
            Figure("Pieces that wait", sum(group.pieces for group in groups), pool_url, column="Pieces"),
        ],
        under_way=Figure("Mailings under way", under_way, url_for("mailing.listing", show="under_way")),
        dock=dock_figures(ready, on_the_way),
        needs=[
            Figure("Holds to be lifted", holds, url_for("stopped.listing", _anchor="holds")),
            Figure("Steps that stopped", steps, url_for("stopped.listing", _anchor="steps")),
            Figure("Operations nobody saw end", trouble, list_url("trouble")),
        ],
    )


def _drafts(database: Session, groups: Sequence[pool.PoolGroup]) -> list[Draft]:
    """Each set that can be mailed together, less what is held, while all are small enough to be sorted while somebody
    waits for the page; nothing where a list of theirs is gone.
    """
    open_sets = [tuple(job for job in group.jobs if not job.is_held) for group in groups]
    sizes = accumulate(sum(job.pieces for job in jobs) for jobs in open_sets)
    sets = [jobs for jobs, size in zip(open_sets, sizes, strict=True) if jobs and size <= AT_ONCE]
    if not sets:
        return []
    try:
        numbers = [job.number for jobs in sets for job in jobs]
        whole = draft_of_jobs(database, pool.chosen(database, numbers, LetterJob))
    except (Conflict, AttentionNeeded):
        return []
    return [
        whole.of([job.number for job in jobs], jobs[0].mail_date, jobs[0].sort_plan or "") for jobs in sets
    ]


def _worth(drafts: Sequence[Draft]) -> list[Prediction]:
    """What each set comes to together, and its jobs alone; without those that something keeps from being sorted."""
    found = [predict(plant().files, draft, compares=False) for draft in drafts]
    return [one for one in found if one.figures and not one.outcome.stops]


def _by_job(worth: Sequence[Prediction]) -> dict[str, tuple[Prediction, Money | None]]:
    """By the number of a job: the set that it can be mailed with, and what it costs alone."""
    return {line.part.number: (found, line.postage) for found in worth for line in found.alone}


def _saves(found: Prediction) -> Money | None:
    """What mailing together saves; None where a job cannot be mailed alone, or is the only one."""
    if found.figures is None or found.alone_postage is None or len(found.alone) == 1:
        return None
    return found.alone_postage - found.figures.postage


def _ticked(groups: Sequence[pool.PoolGroup], found: Prediction | None) -> dict[str, object]:
    """The page as it comes: the set that saves most is ticked, else nothing."""
    numbers = {part.number for part in found.draft.parts} if found else set()
    jobs = tuple(job for group in groups for job in group.jobs if job.number in numbers)
    choice = pool.Choice(pool.PoolGroup(jobs), (), len(found.draft.streams) if found else 0)
    return {"picked": numbers, "choice": choice, "found": found, "refused": "", "asks": ()}


@blueprint.get("/build")
@require("work_mailroom")
def builder() -> str:
    """The pool beside what its chosen jobs come to, before anything is built."""
    return _builder(_asked())


@blueprint.get("/build/prediction")
@require("work_mailroom")
def prediction() -> str:
    """The part of the builder that follows each tick."""
    asked = _asked()
    with reading() as database:
        chosen = _choice_and_draft(database, asked.job)
    block = "mailroom/_selection.html" if "brief" in request.args else "mailroom/_prediction.html"
    return render_template(block, **_predicted(asked, *chosen))


def _built_again(refused: Refused) -> str:
    return _builder(read(Build, refused.sent), refused)


@blueprint.post("/build")
@require("work_mailroom")
@command(Build, again=_built_again)
def build(uow: UnitOfWork, said: Build) -> Done:
    """One mailing of the jobs on the screen, sorted as it was looked at."""
    jobs, found = pool.chosen(uow.session, said.job, LetterJob), None
    sort_plan, policy, payment = said.way
    if jobs and not misfits(jobs, building.MAILING) and all(job.state is J.APPROVED for job in jobs):
        draft = draft_of_jobs(uow.session, jobs)
        found = predict(plant().files, draft, sort_as=sort_plan, policy=policy, payment=payment)
        refuse_stops(found)
    built = building.build_together(
        uow, plant().files, jobs, sort_plan=sort_plan, policy=policy, payment=payment
    )
    if found is not None:
        accept_single_pieces(uow, jobs, found, knowing=said.knowing)
    number = built[0].mailing.number
    words = f"Mailing {number} is made and being sorted"
    words += f", in {len(built)} streams that leave together." if built[1:] else "."
    return Done(url_for("mailing.show", number=number), words)


def _builder(asked: Build, refused: Refused | None = None) -> str:
    with reading() as database:
        groups, calendar = pool.pool(database), shop_calendar(database)
        chosen = _choice_and_draft(database, asked.job)
    return render_template(
        "mailroom/build.html",
        groups=groups,
        calendar=calendar,
        picked=set(asked.job),
        refusal_said=refused,
        **_predicted(asked, *chosen),
    )


def _choice_and_draft(database: Session, numbers: list[str]) -> tuple[pool.Choice, Draft | None, str]:
    """The choice, and its jobs as one mailing, or the sentence that refuses one."""
    choice = pool.choice_of(database, numbers)
    if not choice.group.jobs or choice.misfits:
        return choice, None, ""
    try:
        return choice, draft_of_jobs(database, pool.chosen(database, numbers, LetterJob)), ""
    except (Conflict, AttentionNeeded) as error:
        return choice, None, sentence_of(error)


def _predicted(asked: Build, choice: pool.Choice, draft: Draft | None, refused: str) -> dict[str, object]:
    """What a template says of a choice; the sort is asked for when the database is let go."""
    found = None
    if draft is not None:
        sort_as, policy, payment = asked.way
        policy = policy if draft.may_hold_back or policy != LEAST else TOP_DOWN
        keeps = sort_as is not None and is_open(
            sort_as, draft.sort_plan
        )  # not when the choice changed its kind
        found = predict(
            plant().files, draft, sort_as=sort_as if keeps else None, policy=policy, payment=payment
        )
    asks = single_pieces_to_accept(found) if found else ()
    return {"choice": choice, "found": found, "refused": refused, "asks": asks}


def _asked() -> Build:
    """The choice in the address."""
    return read(Build, Sent(request.args.to_dict(flat=False)))
