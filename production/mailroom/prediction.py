"""What a batch of chosen jobs would come to, before anybody builds it: the presort itself, and nothing written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import InvalidInput
from kernel.findings import Finding, Severity
from kernel.money import Money
from postal.editions import Edition
from postal.mail_kinds import alternatives
from postal.mailpiece import Mailpiece
from postal.presort import LEAST, POLICIES, TOP_DOWN
from postal.presort_plan import PresortPlan
from postal.sort_plans import sort_plan as find_plan
from postal.statement import tray_counts
from postal.streams import Stream
from production.catalog.editions import shop_editions
from production.catalog.letters import envelopes
from production.jobs.accepted import piece_columns, read_accepted
from production.jobs.models import Job, JobFile
from production.jobs.shop import ShopProfile, plan_mailing, shop_profile
from production.mailroom.batches import streams
from production.mailroom.pieces import LevelLine, level_lines
from production.mailroom.pool import Choice, chosen, look_at
from store.files import FileStore


@dataclass(frozen=True, slots=True)
class Mailing:
    """The chosen jobs by print stream, with the hash of each one's accepted list."""

    profile: ShopProfile
    streams: Sequence[Sequence[Job]]
    accepted: dict[int, str]

    @property
    def head(self) -> Job:
        """Any job: they share date, class, shape and preparation."""
        return self.streams[0][0]


@dataclass(frozen=True, slots=True)
class Way:
    """A sort plan or policy the mailing could have, and what it would cost; ``why_not`` where it could not."""

    code: str
    name: str
    postage: Money | None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Prediction:
    """Figures of the chosen way, the ways there are, and everything that would have to be said. Money None = a
    price is missing; the findings name it.
    """

    sort_plan: str
    policy: str
    pieces: int
    sheets_of_paper: int
    postage: Money | None
    single_piece: Money | None
    alone: Money | None
    plans: Sequence[Way]
    policies: Sequence[Way]
    levels: Sequence[LevelLine]
    trays: Sequence[tuple[str, int]]
    part_filled: int
    findings: Sequence[Finding]
    assumptions: Sequence[str]

    @property
    def saved(self) -> Money | None:
        """Against single pieces."""
        return _less(self.single_piece, self.postage)

    @property
    def saved_together(self) -> Money | None:
        """Against each job by itself."""
        return _less(self.alone, self.postage)


def read_choice(session: Session, numbers: Sequence[str]) -> tuple[Choice, Mailing | None]:
    """The jobs picked so far, and what a prediction of them needs: None while they are none or do not fit."""
    choice = look_at(session, numbers)
    if not choice.group.jobs or choice.misfits:
        return choice, None
    return choice, read_mailing(session, chosen(session, numbers))


def read_mailing(session: Session, jobs: Sequence[Job]) -> Mailing:
    """InvalidInput BATCH_EMPTY for no job, or one without an accepted list."""
    query = select(JobFile.job_id, JobFile.revision, JobFile.sha256).where(
        JobFile.job_id.in_([job.id for job in jobs]), JobFile.role == "accepted_list"
    )
    kept = {(job_id, revision): sha256 for job_id, revision, sha256 in session.execute(query)}
    accepted = {job.id: kept[job.id, job.revision] for job in jobs if (job.id, job.revision) in kept}
    if not jobs or len(accepted) < len(jobs):
        raise InvalidInput("Choose approved jobs.", code="BATCH_EMPTY")
    return Mailing(shop_profile(session), streams(jobs), accepted)


def predict(
    files: FileStore, mailing: Mailing, *, sort_plan: str | None = None, policy: str = TOP_DOWN
) -> Prediction:
    """Sort the mailing as it would be sorted, and in every other way open to it."""
    desk = _Desk(files, mailing, shop_editions(files))
    chosen = sort_plan if sort_plan in alternatives(desk.usual) else desk.usual
    policy = policy if policy in POLICIES else TOP_DOWN
    ways = {code: desk.sort(code, policy) for code in alternatives(desk.usual)}
    plans, findings = ways[chosen]
    ordinary, lean = (desk.sort(chosen, each) for each in (TOP_DOWN, LEAST))
    return Prediction(
        sort_plan=chosen,
        policy=policy,
        pieces=sum(job.pieces or 0 for job in desk.jobs),
        sheets_of_paper=sum((job.pieces or 0) * (job.pages or 0) for job in desk.jobs),
        postage=_postage(plans),
        single_piece=_sum([plan.single_piece_postage for plan in plans]),
        alone=desk.alone(chosen, policy),
        plans=[
            Way(code, find_plan(code, desk.on, allow_test_only=True, among=desk.editions).title, *_worth(way))
            for code, way in ways.items()
        ],
        policies=[
            Way(TOP_DOWN, "Level by level, the ordinary sort", *_worth(ordinary)),
            Way(LEAST, "At the least postage", *_worth(lean)),
        ],
        levels=level_lines(plans),
        trays=_trays(plans),
        part_filled=sum(int((~plan.trays.is_full).sum()) for plan in plans),
        findings=findings,
        assumptions=list(dict.fromkeys(sentence for plan in plans for sentence in plan.assumptions)),
    )


_Sorted = tuple[Sequence[PresortPlan], Sequence[Finding]]


class _Desk:
    """One prediction's inputs, read once; the same sort is made once."""

    def __init__(self, files: FileStore, mailing: Mailing, editions: Sequence[Edition]) -> None:
        self.profile, self.editions = mailing.profile, editions
        self.jobs = [job for part in mailing.streams for job in part]
        self.on: date = mailing.head.mail_date or date.max
        self.usual: str = mailing.head.sort_plan or ""
        tables = {
            job_id: read_accepted(files.checked_path(sha256)) for job_id, sha256 in mailing.accepted.items()
        }
        self._streams = [
            Stream(piece_columns([tables[job.id] for job in part]), _mailpiece(part[0]))
            for part in mailing.streams
        ]
        self._by_job = [Stream(piece_columns([tables[job.id]]), _mailpiece(job)) for job in self.jobs]
        self._made: dict[tuple[str, str], _Sorted] = {}

    def sort(self, sort_plan: str, policy: str) -> _Sorted:
        """The plans of all streams, or why there are none."""
        key = sort_plan, policy
        if key not in self._made:
            self._made[key] = self._plan(self._streams, *key)
        return self._made[key]

    def alone(self, sort_plan: str, policy: str) -> Money | None:
        """What the jobs would cost each by itself."""
        if len(self._by_job) == 1:
            return _postage(self.sort(sort_plan, policy)[0])
        return _sum([_postage(self._plan([one], sort_plan, policy)[0]) for one in self._by_job])

    def _plan(self, parts: Sequence[Stream], sort_plan: str, policy: str) -> _Sorted:
        try:
            plans = plan_mailing(
                self.profile,
                parts,
                sort_plan=sort_plan,
                policy=policy,
                mail_date=self.on,
                editions=self.editions,
            )
        except InvalidInput as refusal:
            stop = Finding(refusal.instance_code, Severity.STOP, refusal.sentence, refusal.remedy)
            return (), refusal.findings or [stop]
        return plans, list(dict.fromkeys(finding for plan in plans for finding in plan.findings))


def _mailpiece(job: Job) -> Mailpiece:
    assert job.envelope and job.weight_oz and job.thickness_in  # an approved mailing has them  # noqa: S101
    return envelopes()[job.envelope].mailpiece(thickness_in=job.thickness_in, weight_oz=job.weight_oz)


def _worth(made: _Sorted) -> tuple[Money | None, str]:
    plans, findings = made
    return (_postage(plans), "") if plans else (None, findings[0].message)


def _postage(plans: Sequence[PresortPlan]) -> Money | None:
    return _sum([plan.postage for plan in plans])


def _sum(parts: Sequence[Money | None]) -> Money | None:
    known = [part for part in parts if part is not None]
    return Money(sum(part.cents for part in known)) if known and len(known) == len(parts) else None


def _less(dear: Money | None, cheap: Money | None) -> Money | None:
    return None if dear is None or cheap is None else dear - cheap


def _trays(plans: Sequence[PresortPlan]) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for plan in plans:
        for name, count in tray_counts(plan):
            counts[name] = counts.get(name, 0) + count
    return list(counts.items())
