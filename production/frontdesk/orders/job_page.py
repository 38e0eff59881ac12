"""One job as its agency sees it: facts, findings, quote, proof, consent, charges. Small frozen values for a screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import NotFound
from kernel.findings import FindingGroup, Severity
from kernel.money import Money
from postal.admission.incentives import Earned
from postal.money.plan_figures import PostageLine
from postal.piece.kinds import CLASS_NAMES
from production.catalog import queries as catalog
from production.catalog.answers import named
from production.catalog.models import Stock
from production.catalog.piece_weight import envelopes
from production.catalog.press_room.standards import shop_standards
from production.catalog.products.families import families
from production.catalog.rows import ProductRow
from production.frontdesk.address_matching.requests import MatchState, run_of, state_of
from production.frontdesk.choosing.answers import QUANTITY, in_words, questions
from production.frontdesk.orders.models import ProofPage, Quote
from production.frontdesk.orders.print_order import print_item
from production.frontdesk.orders.print_request import SIZE, size_words
from production.frontdesk.orders.queries import job_by_number
from production.frontdesk.orders.snapshot import PricedLine, QuotedShare
from production.frontdesk.orders.spec_order import form_of
from production.jobs import lifecycle
from production.jobs.lifecycle import keeps_from
from production.jobs.models import Approval, ChargeSplit, Hold, Job, JobEvent, JobFile, JobFinding, PrintJob
from production.jobs.overs import line_of, reason
from production.jobs.states import JobState
from production.jobs.stops import Stop, depository_copies, places_in_words, quantity_in_words, stops_of
from production.mailings.address_evidence import EvidenceFacts, evidence_facts, evidence_of
from production.mailings.models import LetterJob, MailJob, PresortStream
from production.people.models import User
from production.people.names import full_name
from production.stockroom.models import StockItem
from production.stockroom.picking import pick_of
from store.db import Actor


@dataclass(frozen=True, slots=True)
class Made:
    """What a print job makes: the answers of its order in words."""

    facts: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Mail:
    """How a job is mailed; ``mailed_on``: the mail date of its stream."""

    mail_class: str
    envelope: str
    mailed_on: date | None
    stream_number: str | None


@dataclass(frozen=True, slots=True)
class Letters:
    """The letters a job makes, and what became of the rows of its list."""

    is_duplex: bool
    is_confidential: bool
    accept_findings: bool
    pages: int | None
    rows_in: int | None
    repeats_joined: int
    households_joined: int
    military_pieces: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What the job is. ``verbs``: what is possible in its present state."""

    ulid: UUID
    number: str
    title: str
    agency: str
    requester: str
    entered_by: str  # somebody else, for the requester; else ""
    is_own: bool  # the reader ordered it
    state: JobState
    shown: str  # its state as people read it
    version: int
    revision: int
    due: date  # as asked for
    quantity: int | None  # copies or pieces
    created_at: datetime
    is_ordered: bool  # by somebody, as a product
    made: Made | None  # of what is printed and not mailed
    mail: Mail | None
    letters: Letters | None
    splits: Sequence[tuple[str, str, int]]  # bill code, name, weight
    verbs: Sequence[str]
    holds: Sequence[str]


@dataclass(frozen=True, slots=True)
class Offer:
    """The quote of the present revision. ``saving`` against single-piece postage; None when there is none."""

    total: Money
    postage: Money
    single_piece: Money | None
    saving: Money | None
    lines: Sequence[PricedLine]
    postage_lines: Sequence[PostageLine]
    incentives: Sequence[Earned]
    shares: Sequence[QuotedShare]
    assumptions: Sequence[str]
    rate_card: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof page: why the record was chosen, where it stands in the list."""

    position: int
    why: str
    source_row: int
    page: int


@dataclass(frozen=True, slots=True)
class Consent:
    """A standing approval."""

    id: int
    approver: str
    total: Money
    approved_at: datetime


@dataclass(frozen=True, slots=True)
class SentBack:
    """What the approver said."""

    approver: str
    reason: str


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of the present revision."""

    role: str
    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Part:
    """A job of an order of several. ``due``: the day it is mailed once that is known; ``total``: of its quote, None
    before.
    """

    number: str
    title: str
    is_mailed: bool
    shown: str
    due: date
    quantity: int | None
    total: Money | None
    is_here: bool


@dataclass(frozen=True, slots=True)
class JobPage:
    """Everything the page shows besides the timeline. ``findings`` are groups, by source."""

    facts: Facts
    findings: Sequence[FindingGroup]
    offer: Offer | None
    proofs: Sequence[Proof]
    consent: Consent | None
    sent_back: SentBack | None
    files: Mapping[str, KeptFile]
    addresses: EvidenceFacts
    matching: MatchState | None  # the rows with somebody outside
    together: Sequence[Part]  # all jobs of its order, where there are several

    @property
    def has_rows_to_fix(self) -> bool:
        """Were rows left out that a person can fix?"""
        return "rows_to_fix" in self.files

    @property
    def may_fix_rows(self) -> bool:
        """Did the check say what is wrong row by row?"""
        return "row_faults" in self.files

    @property
    def may_mail_good_rows(self) -> bool:
        """Only rows stand in the way, nothing that stops the job as a whole."""
        severities = {group.severity for group in self.findings}
        letters = self.facts.letters
        is_asked = (
            self.facts.state is JobState.NEEDS_FIX and letters is not None and not letters.accept_findings
        )
        return (
            is_asked
            and Severity.ROW in severities
            and Severity.STOP not in severities
            and bool(self.facts.quantity)
        )


def job_page(session: Session, actor: Actor, number: str) -> JobPage:
    """The job with this number; NotFound when the actor may not see it."""
    job = job_by_number(session, actor, number)
    return JobPage(
        facts=_facts(session, actor, job),
        findings=_findings(session, job),
        offer=_offer(session, job),
        proofs=[
            Proof(row.position, row.why, row.source_row, row.page)
            for row in session.scalars(
                select(ProofPage).filter_by(job_id=job.id, revision=job.revision).order_by(ProofPage.position)
            )
        ],
        consent=_consent(session, job),
        sent_back=_sent_back(session, job),
        files={row.role: KeptFile(row.role, row.given_name, row.sha256) for row in _files(session, job)},
        addresses=evidence_facts(evidence_of(session, [job])[0]),
        matching=state_of(run) if (run := run_of(session, job)) else None,
        together=_together(session, job),
    )


def _together(session: Session, job: Job) -> list[Part]:
    found = session.execute(
        select(Job, Quote.total)
        .outerjoin(Quote, (Quote.job_id == Job.id) & (Quote.revision == Job.revision))
        .filter(Job.order_id == job.order_id)
        .order_by(Job.id)
    ).all()
    if len(found) == 1:
        return []
    return [
        Part(
            one.number, one.title, isinstance(one, MailJob), one.shown,
            stream.mail_date if (stream := _stream(session, one)) else one.due, one.quantity, total,
            is_here=one.id == job.id,
        )
        for one, total in found
    ]  # fmt: skip


def kept_file(session: Session, actor: Actor, number: str, role: str) -> KeptFile:
    """A file of a job the actor may see; NotFound otherwise."""
    job = job_by_number(session, actor, number)
    row = next((row for row in _files(session, job) if row.role == role), None)
    if row is None:
        raise NotFound("There is no such file.")
    return KeptFile(row.role, row.given_name, row.sha256)


def proof_image(session: Session, actor: Actor, number: str, position: int) -> str:
    """SHA-256 of a proof page's image."""
    job = job_by_number(session, actor, number)
    query = select(ProofPage.sha256).filter_by(job_id=job.id, revision=job.revision, position=position)
    sha256 = session.scalar(query)
    if sha256 is None:
        raise NotFound("There is no such proof page.")
    return sha256


def _facts(session: Session, actor: Actor, job: Job) -> Facts:
    splits = session.scalars(
        select(ChargeSplit).filter_by(job_id=job.id).order_by(ChargeSplit.budget_unit_id)
    ).all()
    requester = session.get(
        User, job.requester_id
    )  # mail brought in is entered by the shop, whom agencies do not see
    return Facts(
        ulid=job.ulid,
        number=job.number,
        title=job.title,
        agency=job.agency.name,
        requester=requester.full_name if requester else "the shop",
        entered_by=_entered_by(session, job, requester),
        is_own=job.requester_id == actor.user_id,
        state=job.state,
        shown=job.shown,
        version=job.version,
        revision=job.revision,
        due=job.due,
        quantity=job.quantity,
        created_at=job.created_at,
        is_ordered=job.product is not None,
        made=_made(session, job) if isinstance(job, PrintJob) else None,
        mail=_mail(session, job) if isinstance(job, MailJob) else None,
        letters=_letters(job) if isinstance(job, LetterJob) else None,
        splits=[(split.budget_unit.bill_code, split.budget_unit.name, split.weight) for split in splits],
        verbs=lifecycle.verbs(job),
        holds=[
            f"{_owner(session, actor, row.owner)}: {row.words}"
            for row in session.scalars(select(Hold).filter_by(job_id=job.id).where(keeps_from("dispatch")))
        ],
    )


def _entered_by(session: Session, job: Job, requester: User | None) -> str:
    """Who submitted it first, where an agency's person did that for a colleague."""
    first = select(JobEvent.actor).filter_by(job_id=job.id, event="submit").order_by(JobEvent.id).limit(1)
    query = select(User).where(User.sign_in_name == first.scalar_subquery(), User.agency_id == job.agency_id)
    by = session.scalars(query).first()
    return by.full_name if by and requester and by.id != requester.id else ""


def _stream(session: Session, job: Job) -> PresortStream | None:
    lot = job.lot_id if isinstance(job, MailJob) else None
    return session.get(PresortStream, lot) if lot else None


def _mail(session: Session, job: MailJob) -> Mail:
    stream = _stream(session, job)
    envelope = envelopes().get(job.envelope)
    return Mail(
        mail_class=CLASS_NAMES.get(job.mail_class, ""),
        envelope=envelope.name if envelope else "",
        mailed_on=stream.mail_date if stream else None,
        stream_number=stream.number if stream else None,
    )


def _letters(job: LetterJob) -> Letters:
    return Letters(
        is_duplex=job.duplex,
        is_confidential=job.options.confidential,
        accept_findings=job.accept_findings,
        pages=job.pages,
        rows_in=job.rows_in,
        repeats_joined=job.repeats_joined or 0,
        households_joined=job.households_joined or 0,
        military_pieces=job.military_pieces or 0,
    )


def _made(session: Session, job: PrintJob) -> Made:
    if (kept := pick_of(session, job)) is not None:
        return Made(_from_shelf(session, job, kept))
    item = print_item(session, job)
    product = catalog.product(session, job.product or "")
    stock = session.get_one(Stock, item.stock)
    form = form_of(session, job)
    facts = [
        ("Product", product.name),
        *([("Form", f"{form.number}, revision {form.revision}")] if form is not None else []),
        ("Quantity", quantity_in_words(job.quantity or 0, depository_copies(session, job))),
        ("You get", item.policy(job.quantity or 0).words),
        *_what_came(session, job),
        ("Paper", stock.name),
        *([] if SIZE in item.options else [("Sheet", size_words(item.sheet_width_in, item.sheet_height_in))]),
        *_answered(session, product, item.options),
        ("Delivered to", item.place),
    ]
    return Made(facts)


def _what_came(session: Session, job: PrintJob) -> Sequence[tuple[str, str]]:
    """Of a job that has left: how many came out, where they are, and how many are charged, with why."""
    line = line_of(session, job.id)
    if line is None:
        return ()
    stay = [
        f"{count:,} {word}" for count, word in ((line.kept, "kept"), (line.recycled, "recycled")) if count
    ]
    told = ", ".join([f"{line.good:,} made", f"{line.delivered:,} delivered", *stay])
    return (("What came of it", told), ("Charged", f"{line.charged:,}: {reason(line)}"))


def _from_shelf(session: Session, job: PrintJob, kept: StockItem) -> Sequence[tuple[str, str]]:
    form = [("Form", f"{kept.form.number}, revision {kept.form.revision}")] if kept.form else []
    places = [Stop(one.place, one.quantity) for one in stops_of(session, job)]
    return [
        ("From the shelf", f"{kept.name} ({kept.code})"),
        *form,
        ("Quantity", f"{job.quantity or 0:,}"),
        ("Delivered to", places_in_words(places)),
    ]


def _answered(session: Session, product: ProductRow, answers: Mapping[str, str]) -> Sequence[tuple[str, str]]:
    """What was chosen: of a family, or of the options of a product."""
    family = families().families.get(product.code)
    if family is None or QUANTITY not in answers:
        return named(product.options, answers)
    return list(in_words(family, questions(family, shop_standards(session), answers), answers))[1:]


def _owner(session: Session, actor: Actor, sign_in_name: str) -> str:
    """Who holds a job, in words; an agency does not see the people of the shop."""
    name = full_name(session, sign_in_name)
    return "the shop" if name == sign_in_name and actor.agency_id is not None else name


def _findings(session: Session, job: Job) -> list[FindingGroup]:
    query = select(JobFinding).filter_by(job_id=job.id, revision=job.revision).order_by(JobFinding.id)
    return [
        FindingGroup(
            row.code, Severity(row.severity), row.message, row.remedy, row.count, row.places, row.source
        )
        for row in session.scalars(query)
    ]


def _offer(session: Session, job: Job) -> Offer | None:
    quote = session.scalars(select(Quote).filter_by(job_id=job.id, revision=job.revision)).first()
    if quote is None:
        return None
    snapshot, plan = quote.snapshot, quote.snapshot.plan
    has_single = snapshot.single_piece is not None
    return Offer(
        total=quote.total,
        postage=quote.postage,
        single_piece=quote.single_piece_postage if has_single else None,
        saving=quote.single_piece_postage - quote.postage if has_single else None,
        lines=snapshot.lines,
        postage_lines=plan.postage_lines if plan else (),
        incentives=plan.incentives if plan else (),
        shares=snapshot.shares,
        assumptions=plan.assumptions if plan else (),
        rate_card=snapshot.rate_card,
        made_at=quote.made_at,
    )


def _consent(session: Session, job: Job) -> Consent | None:
    query = select(Approval).filter_by(job_id=job.id, revision=job.revision, voided_at=None)
    row = session.scalars(query.order_by(Approval.id.desc())).first()
    if row is None:
        return None
    absent = f" for {full_name(session, row.in_place_of)}" if row.in_place_of else ""
    return Consent(row.id, full_name(session, row.approver) + absent, row.total, row.approved_at)


def _sent_back(session: Session, job: Job) -> SentBack | None:
    """The approver's words while the job waits for its requester because of them."""
    if job.state is not JobState.NEEDS_FIX:
        return None
    moved = JobEvent.to_state == JobState.NEEDS_FIX.value
    last = session.scalars(
        select(JobEvent).where(JobEvent.job_id == job.id, moved).order_by(JobEvent.id.desc()).limit(1)
    ).first()
    if last is None or last.event != "reject":
        return None
    by = "a rule of approval" if last.actor.startswith("system:") else full_name(session, last.actor)
    return SentBack(by, str(last.details.get("reason", "")))


def _files(session: Session, job: Job) -> Sequence[JobFile]:
    query = select(JobFile).filter_by(job_id=job.id, revision=job.revision)
    return session.scalars(query.order_by(JobFile.role)).all()
