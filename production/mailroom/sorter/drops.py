"""Mail brought in: trays of sealed letters of an agency, counted at the dock. Each drop is a job with its account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import Conflict, Forbidden, InvalidInput
from kernel.findings import Finding, Place, Severity
from kernel.ids import new_ulid
from postal.address.evidence import Evidence, EvidenceKind
from postal.data.editions import InForce
from postal.data.mail_days import mail_date_finding
from postal.piece.kinds import CLASS_NAMES, SORTED_AS, content_finding
from postal.piece.mailpiece import Mailpiece, check_mailpiece, standards
from production.catalog.piece_weight import envelopes
from production.jobs import lifecycle
from production.jobs.models import ChargeSplit, Order
from production.jobs.numbering import new_job_number
from production.jobs.states import JobState
from production.mailings import address_evidence, nonprofit
from production.mailings.shop import shop_in_force, shop_profile, usual_sort_plan
from production.mailroom.sorter.models import SorterDrop
from production.people.models import Agency, BudgetUnit
from store.db import UnitOfWork
from store.files import FileStore

SAID = "as the agency's papers say"
SHAPES = ("letter", "card")  # what goes through a letter sorter
COUNTED_BY = {"count": "counted", "weight": "weighed"}
_MAX_PIECES = 1_000_000  # of one drop
_HEAVIEST_OZ = Decimal(10_000_000)  # of one drop, on any scale


@dataclass(frozen=True, slots=True)
class DropFacts:
    """A drop as the dock entered it. ``total_weight_oz``: all pieces on the scale, where they were weighed;
    ``evidence``: what the agency says of its addresses; ``content``: what the letters hold.
    """

    budget_unit: BudgetUnit
    title: str
    mail_class: str
    mail_date: date
    envelope: str
    weight_oz: Decimal
    thickness_in: Decimal
    counted: int
    counted_by: str
    total_weight_oz: Decimal | None = None
    evidence: Sequence[Evidence] = ()
    content: str = ""


def register_drop(uow: UnitOfWork, files: FileStore, facts: DropFacts) -> SorterDrop:
    """A job of its own kind, ready for a run of the sorter. InvalidInput SORTER_DROP, one finding a fault
    (MAIL_DATE for a day on which no mail is taken)."""
    in_force = shop_in_force(files, shop_profile(uow.session), facts.mail_date)
    findings = [*_drop_findings(facts, in_force), *_owner_findings(uow, facts)]
    if findings:
        raise InvalidInput("Nothing was entered.", code="SORTER_DROP", findings=findings)
    if uow.actor.user_id is None:
        raise Forbidden("Mail brought in is entered by a person.")
    unit, piece = facts.budget_unit, mailpiece_of(facts)
    order = Order(
        ulid=new_ulid(uow.now), agency_id=unit.agency_id, requester_id=uow.actor.user_id, created_at=uow.now
    )
    uow.session.add(order)
    uow.session.flush()  # the job names its order
    job = SorterDrop(
        ulid=new_ulid(uow.now), number=new_job_number(uow, facts.mail_date), order_id=order.id,
        agency_id=unit.agency_id, requester_id=uow.actor.user_id, title=facts.title.strip()[:200],
        state=JobState.DRAFT, version=1, revision=1, created_at=uow.now, mail_date=facts.mail_date,
        mail_class=facts.mail_class, content=facts.content,
        mail_shape=check_mailpiece(piece, standards(in_force), SORTED_AS[facts.mail_class]).shape,
        sort_plan=usual_sort_plan(facts.mail_class, piece, in_force), envelope=facts.envelope,
        weight_oz=facts.weight_oz, thickness_in=facts.thickness_in, pieces=facts.counted, counted=facts.counted,
        counted_by=facts.counted_by, total_weight_oz=facts.total_weight_oz, hand_sorted=0, returned=0,
        created_by=uow.actor.name,
    )  # fmt: skip
    uow.session.add(job)
    uow.session.flush()  # its account names the job
    uow.session.add(ChargeSplit(job_id=job.id, budget_unit_id=unit.id, weight=1))
    address_evidence.record(uow, job, facts.evidence)
    lifecycle.advance(uow, job, "bring_in", pieces=facts.counted, counted_by=facts.counted_by)
    return job


def said_evidence(
    *, matched_on: date | None, move_update: str, moved_on: date | None
) -> tuple[Evidence, ...]:
    """What an agency's own papers say: addresses matched on a day, Move Update by a way on a day."""
    acts = (
        (EvidenceKind.MATCHING, "CASS", matched_on),
        (EvidenceKind.MOVE_UPDATE, move_update, moved_on),
    )
    return tuple(
        Evidence(kind, method, is_certified=True, software=SAID, processed_on=day)
        for kind, method, day in acts
        if day is not None
    )


def cancel_drop(uow: UnitOfWork, job: SorterDrop, *, reason: str) -> None:
    """Mail that was entered by mistake or taken away again. Conflict BATCHED while it is in a run."""
    if not reason.strip():
        raise InvalidInput("Say why the mail is taken out.", code="REASON")
    if job.lot_id is not None:
        raise Conflict(f"Job {job.number} is in a run of the sorter.", code="BATCHED")
    lifecycle.advance(uow, job, "cancel", reason=reason.strip()[:200])


def waiting_drops(session: Session) -> Sequence[SorterDrop]:
    """Mail that waits for a run, the earliest mail date first."""
    query = select(SorterDrop).filter_by(state=JobState.APPROVED, lot_id=None)
    return session.scalars(query.order_by(SorterDrop.mail_date, SorterDrop.id)).all()


def _drop_findings(facts: DropFacts, in_force: InForce) -> list[Finding]:
    """What is wrong with a drop as entered: SORTER_DROP, each at its field."""
    unit, envelope = facts.budget_unit, envelopes().get(facts.envelope)
    total = facts.total_weight_oz
    problems = [
        ("account", unit.closed_at is not None, f"The account {unit.bill_code} is closed."),
        ("mail_class", facts.mail_class not in CLASS_NAMES, "The class is not known."),
        (
            "moved_on",
            any(one.processed_on > facts.mail_date for one in facts.evidence),
            "Addresses cannot be matched or updated after the mail date.",
        ),
        ("title", not facts.title.strip(), "Say what the mail is."),
        ("envelope", envelope is None, "The envelope is not known."),
        ("counted_by", facts.counted_by not in COUNTED_BY, "Say whether it was counted or weighed."),
        ("counted", not 1 <= facts.counted <= _MAX_PIECES, f"A drop has 1 to {_MAX_PIECES:,} pieces."),
        (
            "total_weight_oz",
            total is not None and not 0 < total <= _HEAVIEST_OZ,
            "The weight of all pieces is not possible.",
        ),
        (
            "total_weight_oz",
            total is None and facts.counted_by == "weight",
            "Enter what all pieces weighed.",
        ),
    ]
    found = [
        Finding("SORTER_DROP", Severity.STOP, message, "", Place(column=field))
        for field, is_wrong, message in problems
        if is_wrong
    ]
    told = (mail_date_finding(facts.mail_date), content_finding(facts.mail_class, facts.content))
    found += [one for one in told if one]
    return found if envelope is None else [*found, *_piece_findings(facts, in_force)]


def _owner_findings(uow: UnitOfWork, facts: DropFacts) -> list[Finding]:
    """What keeps the owner of the mail from nonprofit prices."""
    if facts.mail_class != "nonprofit":
        return []
    owner = uow.session.get_one(Agency, facts.budget_unit.agency_id)
    found = nonprofit.refusals(uow.session, [owner], facts.mail_date)
    return [replace(finding, place=Place(column="mail_class")) for finding in found]


def mailpiece_of(facts: DropFacts) -> Mailpiece:
    """A piece of the drop."""
    envelope = envelopes()[facts.envelope]
    return envelope.mailpiece(thickness_in=facts.thickness_in, weight_oz=facts.weight_oz)


def _piece_findings(facts: DropFacts, in_force: InForce) -> list[Finding]:
    """What keeps a piece of these measures from the sorter."""
    mail_class = SORTED_AS.get(facts.mail_class, "")  # an unknown class is told by itself
    verdict = check_mailpiece(mailpiece_of(facts), standards(in_force), mail_class)
    said = [
        (finding.message, finding.remedy) for finding in verdict.findings if finding.severity is Severity.STOP
    ]
    if not said and (verdict.shape not in SHAPES or not verdict.is_machinable):
        kind = f"nonmachinable {verdict.shape}" if verdict.shape in SHAPES else verdict.shape
        said.append((f"By its measures the piece is a {kind}; only machinable letters are sorted here.", ""))
    return [
        Finding("SORTER_DROP", Severity.STOP, message, remedy, Place(column="weight_oz"))
        for message, remedy in said
    ]
