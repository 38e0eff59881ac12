"""Handing over, with proof: the post office's receipt number or the name of who received it; or it comes back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import IllegalTransition, InvalidInput, refused_field
from kernel.ids import show_ulid
from kernel.quantities import deal_out
from production.dock.carriers import known
from production.dock.models import Carton, DeliveredStream, Delivery
from production.dock.stops import CARRIER, MESSENGER, PICK_UP, is_handed_over
from production.jobs import lifecycle
from production.jobs.models import Job
from production.jobs.numbering import parse_carton
from production.jobs.route import complete, jobs_of, lot_operation
from production.jobs.states import OperationCode
from production.jobs.usage import Unit, record_usage
from production.jobs.usage_evidence import DeliveryEvidence
from production.mailings.models import PresortStream
from production.people.second_person import confirm, consequence
from store import outbox
from store.db import UnitOfWork
from store.files import FileRef, record_file

_STOP_PARTS = 10_000  # one stop in the four decimals of a usage quantity


@dataclass(frozen=True, slots=True)
class Shown:
    """What else shows that it was handed over: signature and photo as pictures made safe; where it was left; pieces
    that were counted there; why some cartons were not scanned there.
    """

    signature: FileRef | None = None
    photo: FileRef | None = None
    place: str = ""
    counted: int | None = None
    unscanned: str = ""


def deliver(
    uow: UnitOfWork,
    delivery: Delivery,
    *,
    received_by: str = "",
    receipt: str = "",
    shown: Shown | None = None,
    knowing: Collection[str] = (),
) -> Delivery:
    """Record the proof. InvalidInput PROOF without it, DELIVERY_OVER where more was counted than left;
    IllegalTransition when it was recorded before or came back; Unconfirmed CARRIER_NUMBER for a number that no known
    carrier gives.

    Charging is asked for again, because only a delivered job is billed; a job of several stops is with the last.
    """
    uow.session.refresh(delivery, with_for_update=True)
    if delivery.received_at is not None:
        raise IllegalTransition("This delivery is handed over already.", state="delivered")
    if delivery.came_back_at is not None:
        raise IllegalTransition("This delivery came back: it lies on the dock again.", state="came_back")
    if delivery.way == "post_office" and not receipt.strip():
        raise refused_field("PROOF", "receipt", "Enter the number of the post office's receipt.")
    if delivery.way == CARRIER:
        receipt, delivery.carrier = _carrier_number(receipt, knowing)
    if delivery.way in (MESSENGER, PICK_UP) and not received_by.strip():
        raise refused_field("PROOF", "received_by", "Enter the name of who received it.")
    delivery.received_by = received_by.strip()[:200] or None
    delivery.receipt = receipt.strip()[:500] or None
    _show(uow, delivery, shown or Shown())
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


def _carrier_number(receipt: str, knowing: Collection[str]) -> tuple[str, str | None]:
    """The number as it is kept, and whose it is."""
    if not receipt.strip():
        raise refused_field(
            "PROOF", "receipt", "Enter the carrier's number of the parcel, or of its receipt."
        )
    found = known(receipt)
    if found.doubt:
        confirm(
            "Look at the number of the parcel once more.",
            [consequence("CARRIER_NUMBER", found.doubt)],
            knowing,
        )
        return receipt, None
    return found.number, found.carrier


def _show(uow: UnitOfWork, delivery: Delivery, shown: Shown) -> None:
    cartons = cartons_of_delivery(uow.session, delivery)
    left = sum(one.pieces for one in cartons)
    if shown.counted is not None and cartons and shown.counted > left:
        raise refused_field(
            "DELIVERY_OVER", "counted", f"{left:,} pieces left for it, and {shown.counted:,} cannot be there.",
            "Count again.",
        )  # fmt: skip
    missing = [one.number for one in cartons if one.handed_at is None]
    if 0 < len(missing) < len(cartons) and not shown.unscanned.strip():
        named = ", ".join(map(str, missing[:10]))
        words = f"Not scanned yet: carton {named}."
        raise refused_field("PROOF", "unscanned", words, "Scan the labels, or say why not.")
    delivery.proof_place = shown.place.strip()[:200] or None
    delivery.counted = shown.counted
    delivery.unscanned = (shown.unscanned.strip()[:200] or None) if missing else None
    for column, picture in (("signature_sha256", shown.signature), ("photo_sha256", shown.photo)):
        if picture is not None:
            setattr(delivery, column, record_file(uow, picture))


def cartons_of_delivery(session: Session, delivery: Delivery) -> Sequence[Carton]:
    """What a job's delivery carries, in the order of their numbers; nothing of a mailing."""
    if delivery.job_id is None:
        return ()
    query = select(Carton).where(Carton.job_id == delivery.job_id)
    query = query.where(
        Carton.stop_id.is_(None) if delivery.stop_id is None else Carton.stop_id == delivery.stop_id
    )
    return session.scalars(query.order_by(Carton.number)).all()


def scan(uow: UnitOfWork, delivery: Delivery, label: str) -> tuple[int, int]:
    """A carton's label is scanned where it goes, that of the carton it lies in too; gives how many of how many are.
    InvalidInput CARTON for a label of something else; IllegalTransition once it is handed over.
    """
    uow.session.refresh(delivery, with_for_update=True)
    if delivery.received_at is not None or delivery.came_back_at is not None:
        raise IllegalTransition("This delivery is not on its way any more.", state="delivered")
    of, number = parse_carton(label)
    cartons = cartons_of_delivery(uow.session, delivery)
    job = uow.session.scalars(select(Job).filter_by(number=of)).first()
    hosts = select(Carton.id).filter_by(job_id=job.id if job else None, number=number)
    host = uow.session.scalars(hosts).first()
    named = [one for one in cartons if host is not None and host in (one.id, one.inside_id)]
    if not named:
        raise InvalidInput("This carton does not belong to this delivery.", code="CARTON", field="scan")
    for one in named:
        one.handed_at = one.handed_at or uow.now
    return sum(one.handed_at is not None for one in cartons), len(cartons)


def come_back(uow: UnitOfWork, delivery: Delivery, why: str, *, is_charged: bool = False) -> None:
    """It was not handed over: its cartons, or the streams of a mailing, are on the dock again, and it can leave once
    more. ``is_charged``: the trip is, where the shop drove or shipped it. InvalidInput PROOF without the reason;
    IllegalTransition where it was handed over.
    """
    uow.session.refresh(delivery, with_for_update=True)
    if delivery.received_at is not None or delivery.came_back_at is not None:
        raise IllegalTransition("This delivery is not on its way any more.", state="delivered")
    if not why.strip():
        raise refused_field("PROOF", "why", "Say why it was not handed over.")
    delivery.came_back_at, delivery.came_back_why = uow.now, why.strip()[:200]
    for one in cartons_of_delivery(uow.session, delivery):
        one.handed_at = None
    streams, jobs = _cargo(uow, delivery)
    told: dict[str, Any] = {"reason": delivery.came_back_why, "charged": is_charged}
    for thing in (*streams, *(jobs if streams else ())):
        lifecycle.advance(uow, thing, "come_back", **told)
    if not streams:
        lifecycle.note(uow, jobs[0], "stop_came_back", **told)
    if is_charged and delivery.way in (MESSENGER, CARRIER):
        _record_stop(uow, delivery, jobs)


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
