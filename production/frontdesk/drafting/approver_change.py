"""What an approver may change before saying yes: how many, and who pays. The rest is the requester's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from kernel.errors import refused_field
from production.catalog.rows import ProductRow
from production.frontdesk.approving import approvals
from production.frontdesk.drafting import drafts
from production.frontdesk.steps import shares
from production.frontdesk.steps.base import Answers
from production.frontdesk.steps.spec_answers import ChoicesAnswers
from production.frontdesk.steps.stationery_answers import StationeryAnswers
from production.jobs.models import Job
from store.db import UnitOfWork
from store.files import FileStore

QUANTITY, SPLITS = "quantity", "splits"


class Wanted(NamedTuple):
    """Another quantity (None: as it is), other accounts by bill code to weight (none: as they are)."""

    quantity: int | None
    splits: Mapping[str, int]


def as_wanted(answers: Mapping[str, Answers], wanted: Wanted) -> Mapping[str, Answers]:
    """The answers of an order with what is wanted instead."""
    return {step: _changed(one, wanted) for step, one in answers.items()}


def _changed(said: Answers, wanted: Wanted) -> Answers:
    update: dict[str, object] = {}
    if wanted.splits and SPLITS in type(said).model_fields:
        update[SPLITS] = dict(wanted.splits)
    if wanted.quantity is not None and QUANTITY in type(said).model_fields:
        update[QUANTITY] = wanted.quantity
    if wanted.quantity is not None and isinstance(said, ChoicesAnswers):
        update["answers"] = {**said.answers, QUANTITY: str(wanted.quantity)}
    return said.model_copy(update=update)


def _has_quantity(answers: Mapping[str, Answers]) -> bool:
    """Is the quantity asked, and not that of a list?"""
    return any(
        QUANTITY in type(one).model_fields or isinstance(one, ChoicesAnswers)
        for one in answers.values()
        if not (isinstance(one, StationeryAnswers) and one.people)
    )


def quantity_of(answers: Mapping[str, Answers], job: Job) -> int:
    """How many were asked for: without copies that rules add."""
    chosen = next((one.answers for one in answers.values() if isinstance(one, ChoicesAnswers)), {})
    return int(chosen.get(QUANTITY) or job.quantity or 0)


def _splits_of(answers: Mapping[str, Answers]) -> dict[str, int]:
    return next((dict(getattr(one, SPLITS)) for one in answers.values() if hasattr(one, SPLITS)), {})


def in_words(job: Job, answers: Mapping[str, Answers], wanted: Wanted) -> list[str]:
    """What would be different, a sentence each."""
    found, now = [], _splits_of(answers)
    own = quantity_of(answers, job)
    if wanted.quantity not in (None, own):
        found.append(f"{wanted.quantity:,} instead of {own:,}.")
    if wanted.splits and dict(wanted.splits) != now:
        found.append(f"Charged to {shares.words(wanted.splits)} instead of {shares.words(now)}.")
    return found


def change(
    uow: UnitOfWork,
    files: FileStore,
    job: Job,
    product: ProductRow,
    answers: Mapping[str, Answers],
    wanted: Wanted,
    *,
    changed: Mapping[str, Answers],
    revision: int,
) -> None:
    """Submit the order anew with another quantity or other accounts, and nothing else; the approver who did it may
    approve what comes of it. ``changed``: ``as_wanted``, made. Forbidden APPROVAL_TURN; InvalidInput ORDER when nothing
    would be different, and for the quantity of what a list decides.
    """
    approvals.at_turn(uow, job)
    told = in_words(job, answers, wanted)
    if not told:
        raise refused_field(
            "ORDER", QUANTITY, "Nothing is different: write another quantity, or choose other accounts."
        )
    if wanted.quantity is not None and not _has_quantity(answers):
        raise refused_field(
            "ORDER", QUANTITY, "As many are made as the list has good rows: the requester changes the list."
        )
    draft = drafts.reopen(uow, job, product, changed, revision=revision)
    drafts.submit(uow, files, draft)
    approvals.note_change(uow, job, " ".join(told))
