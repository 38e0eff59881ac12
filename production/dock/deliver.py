"""Handing over, with proof: the post office's receipt number or the name of who received it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import select

from kernel.errors import IllegalTransition, refused_field
from kernel.ids import show_ulid
from kernel.quantities import deal_out
from production.dock.models import DeliveredStream, Delivery
from production.dock.stops import CARRIER, MESSENGER, PICK_UP, is_handed_over
from production.jobs import lifecycle
from production.jobs.models import Job
from production.jobs.route import complete, jobs_of, lot_operation
from production.jobs.states import OperationCode
from production.jobs.usage import Unit, record_usage
from production.jobs.usage_evidence import DeliveryEvidence
from production.mailings.models import PresortStream
from store import outbox
from store.db import UnitOfWork

_STOP_PARTS = 10_000  # one stop in the four decimals of a usage quantity


def deliver(uow: UnitOfWork, delivery: Delivery, *, received_by: str = "", receipt: str = "") -> Delivery:
    """Record the proof. InvalidInput PROOF without it; IllegalTransition when it was recorded before.

    Charging is asked for again, because only a delivered job is billed; a job of several stops is with the last.
    """
    uow.session.refresh(delivery, with_for_update=True)
    if delivery.received_at is not None:
        raise IllegalTransition("This delivery is handed over already.", state="delivered")
    if delivery.way == "post_office" and not receipt.strip():
        raise refused_field("PROOF", "receipt", "Enter the number of the post office's receipt.")
    if delivery.way == CARRIER and not receipt.strip():
        raise refused_field(
            "PROOF", "receipt", "Enter the carrier's number of the parcel, or of its receipt."
        )
    if delivery.way in (MESSENGER, PICK_UP) and not received_by.strip():
        raise refused_field("PROOF", "received_by", "Enter the name of who received it.")
    delivery.received_by = received_by.strip()[:200] or None
    delivery.receipt = receipt.strip()[:500] or None
    delivery.received_at = uow.now
    streams, jobs = _cargo(uow, delivery)
    proof = {"way": delivery.way, **({"receipt": delivery.receipt} if delivery.receipt else {})}
    for stream in streams:
        lifecycle.advance(uow, stream, "deliver", **proof)
        complete(uow, lot_operation(uow.session, stream, OperationCode.DELIVER))
    uow.session.flush()
    arrived = [job for job in jobs if _has_arrived(uow, job)]
    for job in arrived:
        lifecycle.advance(uow, job, "deliver", **proof)
    if delivery.way in (MESSENGER, CARRIER):
        _record_stop(uow, delivery, jobs)
    for thing in streams or arrived:
        outbox.request(uow, "charge", thing.ulid, after="delivery")
    return delivery


def _has_arrived(uow: UnitOfWork, job: Job) -> bool:
    """Is each of its stops handed over? Whoever hands over its last ones at once waits for each other here."""
    uow.session.refresh(job, with_for_update={"of": Job})
    if is_handed_over(uow.session, job):
        return True
    lifecycle.note(uow, job, "stop_handed_over")
    return False


def _cargo(uow: UnitOfWork, delivery: Delivery) -> tuple[Sequence[PresortStream], list[Job]]:
    """The streams of a mailing that left with it, and the jobs of them all; or the job by itself."""
    if delivery.job_id is not None:
        return [], [uow.session.get_one(Job, delivery.job_id)]
    query = select(PresortStream).join(DeliveredStream, DeliveredStream.lot_id == PresortStream.id)
    streams = uow.session.scalars(
        query.where(DeliveredStream.delivery_id == delivery.id).order_by(PresortStream.id)
    ).all()
    return streams, [job for stream in streams for job in jobs_of(uow.session, stream, Job)]


def _record_stop(uow: UnitOfWork, delivery: Delivery, jobs: list[Job]) -> None:
    """One stop, shared by the jobs in equal parts that add to one."""
    shares = deal_out(_STOP_PARTS, [1] * len(jobs))
    for job, share in zip(jobs, shares, strict=True):
        record_usage(
            uow,
            job,
            unit=Unit.DELIVERY_STOP,
            quantity=Decimal(share) / _STOP_PARTS,
            source=f"{show_ulid(delivery.ulid)}:{job.number}",
            evidence=DeliveryEvidence(show_ulid(delivery.ulid), len(jobs)),
        )
