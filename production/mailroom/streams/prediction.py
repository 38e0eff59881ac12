"""What a stream of some jobs would come to, before anything is built: levels, trays, postage and what it is against.

A prediction reads accepted lists and asks the very function a stream is planned by; nothing is written but that a
person accepts single-piece prices where there is too little to sort.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import Conflict, InvalidInput, Unconfirmed
from kernel.findings import Finding
from kernel.money import Money
from postal.address.evidence import ListEvidence
from postal.data.editions import InForce
from postal.piece.kinds import alternatives, first_class_ways, in_words
from postal.plans.sort_plans import sort_plan
from postal.sorting.presort import LEAST, POLICIES, TOP_DOWN
from postal.sorting.volume import CLASS_MINIMUM, PAYMENTS, PERMIT
from production.jobs.lifecycle import note
from production.jobs.models import Job, JobFile
from production.jobs.states import JobState
from production.mailings.address_evidence import evidence_of
from production.mailings.models import LetterJob, MailJob, PresortShare, PresortStream
from production.mailings.shop import ShopProfile, shop_in_force, shop_profile
from production.mailings.sort_agreement import agreement_in_force
from production.mailroom.streams.building import streams
from production.mailroom.streams.sort_figures import Case, Figures, Outcome, Part, added, outcome_of
from store.db import UnitOfWork
from store.files import FileStore

Streams = tuple[tuple[Part, ...], ...]
TOO_FEW = "PRESORT_MINIMUM"
ACCEPTED = "single_piece_accepted"


@dataclass(frozen=True, slots=True)
class Draft:
    """Jobs of one mailing, by print stream, and how it is sorted unless somebody chooses otherwise."""

    streams: tuple[tuple[Part, ...], ...]
    mail_date: date
    sort_plan: str
    profile: ShopProfile
    may_hold_back: bool = False  # the Postal Service has agreed to least postage

    @property
    def parts(self) -> tuple[Part, ...]:
        """All jobs."""
        return tuple(part for stream in self.streams for part in stream)

    def without(self, numbers: Sequence[str]) -> Draft:
        """The same less some jobs."""
        kept = (tuple(part for part in stream if part.number not in numbers) for stream in self.streams)
        return replace(self, streams=tuple(stream for stream in kept if stream))

    def only(self, number: str) -> Draft:
        """One job of it by itself."""
        return self.without([part.number for part in self.parts if part.number != number])

    def of(self, numbers: Collection[str], mail_date: date, sort_plan: str) -> Draft:
        """Some of its jobs, which are mailed on that day."""
        others = [part.number for part in self.parts if part.number not in numbers]
        return replace(self.without(others), mail_date=mail_date, sort_plan=sort_plan)

    def on(self, mail_date: date) -> Draft:
        """The same on another mailing date, with the lists and prices of that day."""
        return replace(self, mail_date=mail_date)


@dataclass(frozen=True, slots=True)
class Option:
    """A sort plan and policy open to the jobs. ``more``: postage above that of the one predicted. ``is_what_if``: told
    for comparison only, as the Postal Service has not agreed to least postage.
    """

    sort_plan: str
    policy: str
    title: str
    postage: Money | None
    more: Money | None
    why_not: str
    is_chosen: bool
    is_what_if: bool = False


@dataclass(frozen=True, slots=True)
class Alone:
    """A job and what it would pay mailed by itself in the same way; None where that cannot be."""

    part: Part
    postage: Money | None


@dataclass(frozen=True, slots=True)
class AgencyLine:
    """An agency's jobs in a mailing, and what they would pay one by one."""

    agency: str
    jobs: int
    pieces: int
    alone: Money | None


@dataclass(frozen=True, slots=True)
class Prediction:
    """The jobs mailed together, as chosen, beside every other way that is open."""

    draft: Draft
    sort_plan: str
    policy: str
    payment: str
    outcome: Outcome
    options: tuple[Option, ...]
    alone: tuple[Alone, ...]

    @property
    def figures(self) -> Figures | None:
        """None when something stops the sort."""
        return self.outcome.figures

    @property
    def pages(self) -> int:
        """Pages printed."""
        return sum(part.pieces * part.pages for part in self.draft.parts)

    @property
    def alone_postage(self) -> Money | None:
        """The sum of the jobs mailed one by one; None where one cannot be."""
        return added([line.postage for line in self.alone])

    @property
    def ways(self) -> tuple[Option, ...]:
        """The options; a sort plan that is not to be had by either policy is told once."""
        told: set[tuple[str, str]] = set()
        kept = []
        for option in self.options:
            refusal = option.sort_plan, option.why_not
            if option.why_not and refusal in told:
                continue
            told.add(refusal)
            kept.append(option)
        return tuple(kept)

    @property
    def agencies(self) -> tuple[AgencyLine, ...]:
        """The jobs by agency, the one with most pieces first."""
        lines: dict[str, list[Alone]] = {}
        for line in self.alone:
            lines.setdefault(line.part.agency, []).append(line)
        found = [
            AgencyLine(
                agency, len(own), sum(line.part.pieces for line in own), added([line.postage for line in own])
            )
            for agency, own in lines.items()
        ]
        return tuple(sorted(found, key=lambda line: (-line.pieces, line.agency)))


def draft_of_jobs(session: Session, jobs: Sequence[LetterJob]) -> Draft:
    """Approved jobs that fit into one mailing. Conflict STATE naming those that are not approved or have
    no list any more, SHOP_PROFILE."""
    unready = [job.number for job in jobs if job.state is not JobState.APPROVED]
    if unready:
        raise Conflict(f"Not approved: {', '.join(unready)}.", code="STATE")
    query = select(JobFile).where(
        JobFile.job_id.in_([job.id for job in jobs]), JobFile.role == "accepted_list"
    )
    lists = {(file.job_id, file.revision): file.sha256 for file in session.scalars(query)}
    without = [job.number for job in jobs if (job.id, job.revision) not in lists]
    if without:
        raise Conflict(f"Their lists are not here: {', '.join(without)}.", code="STATE")
    known = _evidence(session, jobs)
    parts = tuple(
        tuple(_part(job, lists[job.id, job.revision], known[job.id]) for job in stream)
        for stream in streams(jobs)
    )
    head = jobs[0]
    return Draft(parts, head.mail_date, head.facts.sort_plan, shop_profile(session), _may_hold_back(session))


def draft_of_streams(session: Session, mailing: Sequence[PresortStream]) -> Draft:
    """The jobs of streams that are mailed together, as they were built."""
    query = (
        select(PresortShare, MailJob)
        .join(MailJob, MailJob.id == PresortShare.job_id)
        .where(PresortShare.lot_id.in_([stream.id for stream in mailing]))
        .order_by(PresortShare.lot_id, PresortShare.position)
    )
    rows = session.execute(query).all()
    known = _evidence(session, [job for _, job in rows])
    parts = tuple(
        tuple(
            _part(job, part.accepted_sha256, known[job.id]) for part, job in rows if part.lot_id == stream.id
        )
        for stream in mailing
    )
    head = mailing[0]
    return Draft(parts, head.mail_date, head.sort_plan, shop_profile(session), _may_hold_back(session))


def _may_hold_back(session: Session) -> bool:
    return agreement_in_force(session) is not None


def predict(
    files: FileStore,
    draft: Draft,
    *,
    sort_as: str | None = None,
    policy: str = TOP_DOWN,
    payment: str = PERMIT,
    compares: bool = True,
) -> Prediction:
    """What the mailing comes to and, where it is compared, what else it could be: First-Class Mail too where it is too
    small for its class.
    InvalidInput PRESORT_POLICY for a way not open to it; whatever stops a sort, or the mailing, is in the outcome.
    """
    chosen = sort_as or draft.sort_plan
    if not is_open(chosen, draft.sort_plan) or policy not in POLICIES or payment not in PAYMENTS:
        raise InvalidInput(f"These jobs cannot go as {in_words(chosen)}, {policy}.", code="PRESORT_POLICY")
    in_force = shop_in_force(files, draft.profile, draft.mail_date)

    def sort(plan_id: str, how: str, parts: Streams = draft.streams) -> Outcome:
        case = Case.of(
            files,
            draft.profile,
            parts,
            sort_plan=plan_id,
            policy=how,
            payment=payment,
            in_force=in_force,
        )
        return outcome_of(case)

    outcome = sort(chosen, policy)
    paid = outcome.figures.postage if outcome.figures else None
    ways = alternatives(draft.sort_plan) if compares else ()
    if compares and (chosen not in ways or any(stop.code == CLASS_MINIMUM for stop in outcome.stops)):
        ways = (*ways, *first_class_ways(draft.sort_plan))
    options = [option for plan_id in ways for option in _options(plan_id, _title(plan_id, in_force), sort)]
    return Prediction(
        draft=draft,
        sort_plan=chosen,
        policy=policy,
        payment=payment,
        outcome=outcome,
        options=tuple(
            replace(
                option,
                more=None if paid is None or option.postage is None else option.postage - paid,
                is_chosen=(option.sort_plan, option.policy) == (chosen, policy),
                is_what_if=option.policy == LEAST and not draft.may_hold_back,
            )
            for option in options
        ),
        alone=tuple(
            Alone(part, found.postage if (found := sort(chosen, policy, ((part,),)).figures) else None)
            for part in draft.parts
        ),
    )


def is_open(plan_id: str, quoted: str) -> bool:
    """May jobs quoted by one sort plan be sorted by another?"""
    return plan_id in alternatives(quoted) or plan_id in first_class_ways(quoted)


def refuse_stops(found: Prediction) -> None:
    """InvalidInput PERMIT_MINIMUM or MARKETING_MINIMUM with what is offered, where the mailing may not leave so."""
    if found.outcome.stops:
        first = found.outcome.stops[0]
        raise InvalidInput(
            first.message, code=first.code, findings=list(found.outcome.stops), remedy=first.remedy
        )


def _title(plan_id: str, in_force: InForce) -> str:
    """What a sort plan calls itself; its kind of mail where none is in force."""
    try:
        return sort_plan(plan_id, in_force).title
    except InvalidInput:
        return in_words(plan_id)


def _options(plan_id: str, title: str, sort: Callable[[str, str], Outcome]) -> list[Option]:
    """Both policies of one sort plan; one sort tells both unless least postage is not to be had."""
    least = sort(plan_id, LEAST)
    ordinary = sort(plan_id, TOP_DOWN) if least.figures is None else least
    found = []
    for policy, outcome in ((TOP_DOWN, ordinary), (LEAST, least)):
        figures = outcome.figures
        postage = None
        if figures is not None and not outcome.stops:
            is_told = policy == TOP_DOWN and outcome is least
            postage = figures.top_down if is_told else figures.postage
        found.append(
            Option(
                sort_plan=plan_id,
                policy=policy,
                title=title,
                postage=postage,
                more=None,
                why_not=outcome.why_not,
                is_chosen=False,
            )
        )
    return found


def _evidence(session: Session, jobs: Sequence[Job]) -> dict[int, ListEvidence]:
    return dict(zip([job.id for job in jobs], evidence_of(session, jobs), strict=True))


def _part(job: MailJob, accepted_sha256: str, evidence: ListEvidence) -> Part:
    facts = job.facts
    return Part(
        number=job.number,
        title=job.title,
        agency=job.agency.name,
        pieces=job.pieces or 0,
        accepted_sha256=accepted_sha256,
        envelope=facts.envelope,
        weight_oz=facts.weight_oz,
        thickness_in=facts.thickness_in,
        pages=(job.pages if isinstance(job, LetterJob) else None) or 0,
        evidence=evidence,
    )


def single_pieces_to_accept(found: Prediction) -> tuple[Finding, ...]:
    """What must be accepted before these jobs are built so: too few pieces, and what the mailing costs. Nothing where
    there are enough, or where the mailing may not leave so in any case.
    """
    if found.figures is None or found.outcome.stops:
        return ()
    few = [finding for finding in found.outcome.findings if finding.code == TOO_FEW]
    costs = f"The mailing costs ${found.figures.postage}."
    return tuple(replace(finding, message=f"{finding.message} {costs}") for finding in few[:1])


def accept_single_pieces(
    uow: UnitOfWork, jobs: Sequence[Job], found: Prediction, *, knowing: Collection[str]
) -> None:
    """Who builds the stream of the ``jobs`` accepts single-piece prices; it stands in the history of each. Unconfirmed
    with the amount unless TOO_FEW is among the codes that were read.
    """
    asked = single_pieces_to_accept(found)
    if not asked:
        return
    if TOO_FEW not in knowing:
        raise Unconfirmed("This mailing goes at single-piece prices.", findings=asked)
    assert found.figures  # nothing would be asked without  # noqa: S101
    for job in jobs:
        note(uow, job, ACCEPTED, pieces=found.figures.pieces, postage=found.figures.postage.plain)
