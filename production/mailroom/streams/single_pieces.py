"""Mail that is too little to sort goes at single-piece prices: a person accepts them, with the amount, beforehand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from kernel.errors import Unconfirmed
from kernel.findings import Finding
from production.jobs.lifecycle import note
from production.jobs.models import Job
from production.mailroom.streams.prediction import Prediction
from store.db import UnitOfWork

TOO_FEW = "PRESORT_MINIMUM"
ACCEPTED = "single_piece_accepted"


def to_accept(found: Prediction) -> tuple[Finding, ...]:
    """What must be accepted before these jobs are built so: too few pieces, and what the mailing costs. Nothing where
    there are enough, or where the mailing may not leave so in any case.
    """
    if found.figures is None or found.outcome.stops:
        return ()
    few = [finding for finding in found.outcome.findings if finding.code == TOO_FEW]
    costs = f"The mailing costs ${found.figures.postage}."
    return tuple(replace(finding, message=f"{finding.message} {costs}") for finding in few[:1])


def accept(uow: UnitOfWork, jobs: Sequence[Job], found: Prediction, *, knowing: Collection[str]) -> None:
    """Who builds the batch of the ``jobs`` accepts single-piece prices; it stands in the history of each. Unconfirmed
    with the amount unless TOO_FEW is among the codes that were read.
    """
    asked = to_accept(found)
    if not asked:
        return
    if TOO_FEW not in knowing:
        raise Unconfirmed("This mailing goes at single-piece prices.", findings=asked)
    assert found.figures  # nothing would be asked without  # noqa: S101
    for job in jobs:
        note(uow, job, ACCEPTED, pieces=found.figures.pieces, postage=found.figures.postage.plain)
