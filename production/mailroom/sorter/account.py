"""The account of a sorter run: every piece counted in was read, sorted by hand, or given back; differences are said.

A piece is read in the first feed, or rejected there and read when the rejects are fed again. Later feeds handle the
same pieces again; they are counted bin by bin.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy.orm import Session

from kernel.errors import Conflict, InvalidInput
from kernel.findings import Finding, Severity
from postal.barcode_sorter.bin_plan import FIRST, BinPlan
from postal.barcode_sorter.check import REJECTS, LogFigures, TagFigures
from production.jobs import lifecycle
from production.jobs.route import jobs_of
from production.jobs.states import SorterLogState
from production.mailings.models import PresortStream
from production.mailings.shop import shop_in_force, shop_profile
from production.mailroom.sorter.logs import lock_open, logs_of
from production.mailroom.sorter.models import SorterDrop
from production.mailroom.streams.building import refuse_too_few
from store import outbox
from store.db import UnitOfWork
from store.files import FileStore

MILLI_OUNCES = 1_000  # the machine weighs in thousandths of an ounce
OFF_WEIGHT = Decimal("0.02")  # how far a count by weight may be off before it is said


@dataclass(frozen=True, slots=True)
class JobAccount:
    """One drop in a run: what was counted in and where it is."""

    number: str
    title: str
    agency: str
    counted: int
    read: int
    rejects: dict[str, int]  # reason -> pieces, of the first feed
    read_again: int  # rejects that were read when fed again
    hand_sorted: int
    returned: int
    by_weight: int | None  # pieces that the total weight means at the machine's average

    @property
    def open_rejects(self) -> int:
        """Rejected pieces that lie there still."""
        rejected = sum(self.rejects.values()) - self.read_again
        return max(0, rejected - self.hand_sorted - self.returned)

    @property
    def mailed(self) -> int:
        """Pieces that leave with the stream."""
        return self.read + self.hand_sorted

    @property
    def difference(self) -> int:
        """Pieces counted in that nothing explains; below zero: more were found than counted."""
        return self.counted - self.mailed - self.returned - self.open_rejects


@dataclass(frozen=True, slots=True)
class RunAccount:
    """The whole run; ``bins``: (feed, bin) -> pieces, as the machine sent them."""

    jobs: tuple[JobAccount, ...]
    bins: dict[tuple[str, int], int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    @property
    def mailed(self) -> int:
        """Pieces that leave with the stream."""
        return sum(job.mailed for job in self.jobs)

    @property
    def open_rejects(self) -> int:
        """Rejected pieces that lie there still."""
        return sum(job.open_rejects for job in self.jobs)

    @property
    def needs_word(self) -> bool:
        """Does something not close to the piece?"""
        return bool(self.findings)


def account(session: Session, stream: PresortStream, plan: BinPlan | None) -> RunAccount:
    """What the logs taken in say about every drop."""
    figures = [log.figures for log in logs_of(session, stream) if log.state is SorterLogState.TAKEN]
    jobs = jobs_of(session, stream, SorterDrop)
    accounts = tuple(_of_job(job, figures) for job in jobs)
    bins = _bins(figures)
    findings = [*_counts(accounts), *_weights(jobs, accounts, figures)] if figures else []
    if plan is not None and figures:
        findings += _feeds(plan, figures, bins)
    return RunAccount(accounts, bins, tuple(findings))


def enter_rejects(
    uow: UnitOfWork, stream: PresortStream, drop: SorterDrop, *, hand_sorted: int, returned: int
) -> None:
    """What became of a drop's rejects: sorted by hand (single-piece price) or given back. InvalidInput
    SORTER_REJECTS; Conflict STATE after closing.
    """
    lock_open(uow, stream)
    if drop.lot_id != stream.id:
        raise InvalidInput(f"Job {drop.number} is not in this run.", code="SORTER_REJECTS")
    if min(hand_sorted, returned) < 0 or hand_sorted + returned > drop.counted:
        raise InvalidInput(
            f"Of {drop.counted:,} pieces, {hand_sorted + returned:,} cannot be sorted by hand or given back.",
            code="SORTER_REJECTS",
        )
    drop.hand_sorted, drop.returned = hand_sorted, returned
    lifecycle.note(uow, drop, "rejects_entered", hand_sorted=hand_sorted, returned=returned)


def close_account(
    uow: UnitOfWork,
    files: FileStore,
    stream: PresortStream,
    plan: BinPlan,
    *,
    word: str,
    payment: str | None = None,
) -> None:
    """Close the account: the pieces are presorted as they were read. ``payment``: as the run was made unless said.
    Conflict SORTER_REJECTS while rejects lie there, SORTER_COUNT for a difference without a word, STATE without a log
    or while one is read; InvalidInput PERMIT_MINIMUM where too few pieces are left for a permit imprint.
    """
    run = lock_open(uow, stream)
    logs = logs_of(uow.session, stream)
    if any(log.state is SorterLogState.READING for log in logs):
        raise Conflict("A log is being read.", code="STATE", remedy="Wait until it is taken in.")
    found = account(uow.session, stream, plan)
    if not any(job.read for job in found.jobs):
        raise Conflict("No log of this run has been taken in.", code="STATE")
    if found.open_rejects:
        lying = ", ".join(f"{job.number}: {job.open_rejects:,}" for job in found.jobs if job.open_rejects)
        raise Conflict(
            f"Rejected pieces are not accounted for ({lying}).",
            code="SORTER_REJECTS",
            remedy="Feed them again, or enter how many were sorted by hand or given back.",
        )
    if found.needs_word and not word.strip():
        raise Conflict(
            f"The account does not close to the piece: {found.findings[0].message}",
            code="SORTER_COUNT",
            remedy="Find the pieces, or say in a word why it is closed like this.",
        )
    stream.mailing.payment = payment or stream.payment
    in_force = shop_in_force(files, shop_profile(uow.session), stream.mail_date)
    refuse_too_few([(found.mailed, stream.weight_oz)], in_force, stream.payment)
    run.word = word.strip()[:500] or None
    run.closed_by, run.closed_at = uow.actor.name, uow.now
    lifecycle.note(
        uow, stream, "account_closed", mailed=found.mailed, codes=[finding.code for finding in found.findings]
    )
    outbox.request(uow, "sorter_presort", stream.ulid)


def _of_job(drop: SorterDrop, figures: Sequence[LogFigures]) -> JobAccount:
    first, again = ([each.of_tag(feed, drop.number) for each in figures] for feed in (FIRST, REJECTS))
    rejects: Counter[str] = Counter()
    for tag in first:
        rejects.update(tag.rejects if tag else {})
    read_again = _sum(again, "read")
    weighed, weight = (_sum([*first, *again], name) for name in ("weighed", "weight"))
    by_weight = None
    if weighed and weight and drop.total_weight_oz is not None:
        by_weight = int(drop.total_weight_oz * MILLI_OUNCES * weighed / weight)
    return JobAccount(
        number=drop.number, title=drop.title, agency=drop.agency.name, counted=drop.counted,
        read=_sum(first, "read") + read_again, rejects=dict(rejects), read_again=read_again,
        hand_sorted=drop.hand_sorted, returned=drop.returned, by_weight=by_weight,
    )  # fmt: skip


def _sum(tags: Iterable[TagFigures | None], name: str) -> int:
    return sum(getattr(tag, name) for tag in tags if tag)


def _bins(figures: Sequence[LogFigures]) -> dict[tuple[str, int], int]:
    """Pieces by feed and bin; rejects that were fed again lie in the bins of the first feed."""
    found: Counter[tuple[str, int]] = Counter()
    for each in figures:
        for feed, facts in each.feeds.items():
            for number, count in facts.bins.items():
                found[FIRST if feed == REJECTS else feed, number] += count
    return dict(found)


def _counts(accounts: Sequence[JobAccount]) -> list[Finding]:
    return [
        Finding(
            "SORTER_COUNT",
            Severity.WARN,
            f"{job.number}: {job.counted:,} counted in, {job.counted - job.difference:,} found.",
            "Look in the machine, its bins and the trays, and count again.",
        )
        for job in accounts
        if job.difference
    ]


def _weights(
    jobs: Sequence[SorterDrop], accounts: Sequence[JobAccount], figures: Sequence[LogFigures]
) -> list[Finding]:
    """Counts that the scale contradicts, and pieces heavier than was said when they came in."""
    found = []
    for job, own in zip(jobs, accounts, strict=True):
        if own.by_weight is not None and abs(own.by_weight - own.counted) > own.counted * OFF_WEIGHT:
            found.append(
                Finding(
                    "SORTER_WEIGHT",
                    Severity.WARN,
                    f"{job.number}: {own.counted:,} counted in; by weight they are about {own.by_weight:,}.",
                    "Weigh and count again.",
                )
            )
        tags = [each.of_tag(FIRST, job.number) for each in figures]
        weighed, weight = _sum(tags, "weighed"), _sum(tags, "weight")
        entered = job.facts.weight_oz
        if weighed and Decimal(weight) / weighed > entered * MILLI_OUNCES * (1 + OFF_WEIGHT):
            average = Decimal(weight) / weighed / MILLI_OUNCES
            found.append(
                Finding(
                    "SORTER_WEIGHT",
                    Severity.WARN,
                    f"{job.number}: a piece weighs {average:.3f} oz on the machine, {entered:f} oz as entered.",
                    "Weigh a piece; a heavier weight step costs more postage.",
                )
            )
    return found


def _feeds(plan: BinPlan, figures: Sequence[LogFigures], bins: dict[tuple[str, int], int]) -> list[Finding]:
    """Shared bins whose pieces were not all fed again."""
    fed: Counter[str] = Counter()
    for each in figures:
        fed.update({feed: facts.pieces for feed, facts in each.feeds.items()})
    found = []
    for feed in plan.feeds:
        if feed == FIRST:
            continue
        above, _, number = feed.rpartition("-")
        lying = bins.get((above or FIRST, int(number)), 0)
        if lying != fed[feed]:
            found.append(
                Finding(
                    "SORTER_FEED",
                    Severity.WARN,
                    f"Bin {feed} received {lying:,} pieces, {fed[feed]:,} were fed again.",
                    "Run this feed, or give its log.",
                )
            )
    rejected = sum(
        count for (feed, number), count in bins.items() if number == plan.sorter.reject_bin and feed != FIRST
    )
    if rejected:
        found.append(
            Finding(
                "SORTER_FEED",
                Severity.WARN,
                f"{rejected:,} pieces that were read before lie in the reject bin of a later feed.",
                "Put them into their trays by hand.",
            )
        )
    return found
