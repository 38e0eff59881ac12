"""Hold or mail: the pool weighed against the next day's mail, and the mail operator's decision."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from pydantic import Field
from sqlalchemy import select
from werkzeug.wrappers import Response

from kernel import clock
from kernel.errors import StaleVersion
from postal.data.mail_days import closed_for
from production.asked import Asked, Known, Line
from production.mailings.models import LetterJob
from production.mailroom.savings import hold_or_mail, waiting
from production.mailroom.savings.hold_or_mail import Advice
from production.mailroom.streams.prediction import (
    accept_single_pieces,
    draft_of_streams,
    predict,
    refuse_stops,
)
from store.db import UnitOfWork
from web.acts import asks
from web.forms import Form, Refused
from web.frame import Done, once, plant, reading, require

blueprint = Blueprint("holding", __name__, url_prefix="/mailroom/hold-or-mail")


class MailJobs(Asked):
    """The jobs of one kind of mail."""

    job: list[str] = Field(default_factory=list, max_length=5000)
    knowing: Known


class HoldJobs(MailJobs):
    """Waiting, with a reason if somebody gives one."""

    words: Line = Field("", title="Why", max_length=400)


@blueprint.get("")
@require("work_mailroom")
def show(refused: Refused | None = None) -> str:
    """Every kind of mail of which something may wait, with the advice on it."""
    advices = _advices()
    return render_template(
        "mailroom/hold_or_mail.html",
        advices=advices,
        closed_for=closed_for(clock.today()),
        holds=[Form(HoldJobs, _mine(refused, advice), key=str(n)) for n, advice in enumerate(advices, 1)],
        refused=refused,
    )


@blueprint.post("/hold")
@require("work_mailroom")
@asks(HoldJobs, again=show)
def hold(said: HoldJobs) -> Response:
    """Let those that may wait do so."""
    chosen = _chosen(said.job)

    def work(uow: UnitOfWork) -> Done:
        numbers = hold_or_mail.hold(uow, _present(chosen), words=said.words)
        return Done(url_for(".show"), f"{', '.join(numbers)} {'waits' if len(numbers) == 1 else 'wait'}.")

    return once(work)


@blueprint.post("/mail")
@require("work_mailroom")
@asks(MailJobs, again=show)
def mail(said: MailJobs) -> Response:
    """Mail all of them tonight: they become streams."""
    chosen = _chosen(said.job)

    def work(uow: UnitOfWork) -> Done:
        made = hold_or_mail.mail(uow, plant().files, _present(chosen))
        found = predict(plant().files, draft_of_streams(uow.session, made))
        refuse_stops(found)
        query = select(LetterJob).where(LetterJob.lot_id.in_([stream.id for stream in made]))
        jobs = uow.session.scalars(query.order_by(LetterJob.id)).all()
        accept_single_pieces(uow, jobs, found, knowing=said.knowing)
        numbers = ", ".join(stream.number for stream in made)
        return Done(
            url_for("stream.show", number=made[0].number), f"Stream {numbers} is made and being sorted."
        )

    return once(work)


def _advices() -> tuple[Advice, ...]:
    with reading() as session:
        profile, asked = waiting.read(session, clock.today())
    return hold_or_mail.advise(plant().files, profile, asked)


def _mine(refused: Refused | None, advice: Advice) -> Refused | None:
    """What was refused, where it was about these jobs."""
    numbers = {job.number for job in advice.question.jobs}
    return refused if refused and set(refused.sent.texts.get("job", ())) == numbers else None


def _chosen(job: list[str]) -> Advice | None:
    """The advice on the very jobs of the form, weighed again: what was decided on stands with the decision."""
    numbers = set(job)
    found = (advice for advice in _advices() if {job.number for job in advice.question.jobs} == numbers)
    return next(found, None)


def _present(advice: Advice | None) -> Advice:
    if advice is None:
        raise StaleVersion("The pool has changed since this page was shown. Look again, then decide.")
    return advice
