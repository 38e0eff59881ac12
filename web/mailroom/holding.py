"""Hold or mail: the pool weighed against the next day's mail, and the mail operator's decision."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from kernel import clock
from kernel.errors import ShopError, StaleVersion
from postal.data.mail_days import closed_for
from production.mailings.models import LetterJob
from production.mailroom.savings import hold_or_mail, waiting
from production.mailroom.savings.hold_or_mail import Advice
from production.mailroom.streams.prediction import (
    accept_single_pieces,
    draft_of_batches,
    predict,
    refuse_stops,
)
from store.db import UnitOfWork
from web import acts
from web.frame import Done, plant, reading, require

blueprint = Blueprint("holding", __name__, url_prefix="/mailroom/hold-or-mail")


@blueprint.get("")
@require("work_mailroom")
def show(error: ShopError | None = None) -> str:
    """Every kind of mail of which something may wait, with the advice on it."""
    return render_template(
        "mailroom/hold_or_mail.html",
        advices=_advices(),
        closed_for=closed_for(clock.today()),
        error=acts.sentence_of(error) if error else "",
    )


@blueprint.post("/hold")
@require("work_mailroom")
def hold() -> Response | tuple[str, int]:
    """Let those that may wait do so."""
    chosen = _chosen()

    def work(uow: UnitOfWork) -> Done:
        numbers = hold_or_mail.hold(uow, _present(chosen), words=request.form.get("words", ""))
        return Done(url_for(".show"), f"{', '.join(numbers)} {'waits' if len(numbers) == 1 else 'wait'}.")

    return acts.act(work, again=show)


@blueprint.post("/mail")
@require("work_mailroom")
def mail() -> Response | tuple[str, int]:
    """Mail all of them tonight: they become batches."""
    chosen = _chosen()

    def work(uow: UnitOfWork) -> Done:
        made = hold_or_mail.mail(uow, plant().files, _present(chosen))
        found = predict(plant().files, draft_of_batches(uow.session, made))
        refuse_stops(found)
        query = select(LetterJob).where(LetterJob.lot_id.in_([batch.id for batch in made]))
        jobs = uow.session.scalars(query.order_by(LetterJob.id)).all()
        accept_single_pieces(uow, jobs, found, knowing=acts.knowing())
        numbers = ", ".join(batch.number for batch in made)
        return Done(
            url_for("batch.show", number=made[0].number), f"Batch {numbers} is made and being sorted."
        )

    return acts.act(work, again=show)


def _advices() -> tuple[Advice, ...]:
    with reading() as session:
        profile, asked = waiting.read(session, clock.today())
    return hold_or_mail.advise(plant().files, profile, asked)


def _chosen() -> Advice | None:
    """The advice on the very jobs of the form, weighed again: what was decided on stands with the decision."""
    numbers = set(request.form.getlist("job"))
    found = (advice for advice in _advices() if {job.number for job in advice.question.jobs} == numbers)
    return next(found, None)


def _present(advice: Advice | None) -> Advice:
    if advice is None:
        raise StaleVersion("The pool has changed since this page was shown. Look again, then decide.")
    return advice
