"""What the mail operator sees of the sorter: mail that waits, runs, a run with its bins, logs and account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.findings import Finding
from postal.barcode_sorter.bin_plan import BinPlan
from production.jobs.models import Lot
from production.jobs.states import LotState, SorterLogState
from production.mailings.models import PresortStream
from production.mailroom.sorter.account import RunAccount, account
from production.mailroom.sorter.logs import logs_of, plan_name
from production.mailroom.sorter.models import SorterDrop, SorterLog, SorterRun
from production.mailroom.sorter.runs import bin_plan_of, earlier_reads, find_run
from store.files import FileStore


@dataclass(frozen=True, slots=True)
class DropLine:
    """Mail that waits for a run."""

    number: str
    title: str
    agency: str
    mail_date: date
    envelope: str
    weight_oz: Decimal | None
    counted: int


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run in a list; ``state`` in one word."""

    number: str
    state: str
    mail_date: date
    machine: str
    jobs: int
    counted: int


@dataclass(frozen=True, slots=True)
class BinRow:
    """A bin of a feed: what is expected in it and what came; ``came`` None before a log is there."""

    bin: int
    holds: str
    label: str
    destinations: int
    expected: int
    came: int | None
    sweeps: int


@dataclass(frozen=True, slots=True)
class RunDetail:
    """A run with everything about it. ``plan`` None while there is none."""

    stream: PresortStream
    run: SorterRun
    state: str
    plan: BinPlan | None
    plan_name: str
    findings: tuple[Finding, ...]
    account: RunAccount
    logs: Sequence[SorterLog]
    has_history: bool

    @property
    def is_open(self) -> bool:
        """May logs and words still be entered?"""
        return self.stream.state is LotState.PLANNING and self.run.closed_at is None

    @property
    def has_logs(self) -> bool:
        """Is any log taken in or being read?"""
        return any(log.state in (SorterLogState.TAKEN, SorterLogState.READING) for log in self.logs)

    def bins(self, feed: str) -> tuple[BinRow, ...]:
        """The bins of a feed, with what came into them."""
        if self.plan is None:
            return ()
        fed = {name for name, _ in self.account.bins}
        return tuple(
            BinRow(
                row.bin,
                row.holds,
                row.label,
                row.destinations,
                row.pieces,
                self.account.bins.get((feed, row.bin), 0) if feed in fed else None,
                row.sweeps,
            )
            for row in self.plan.bins(feed)
        )


def drop_lines(drops: Sequence[SorterDrop]) -> tuple[DropLine, ...]:
    """Mail as a screen shows it."""
    return tuple(
        DropLine(
            job.number, job.title, job.agency.name, job.mail_date, job.envelope, job.weight_oz, job.counted
        )
        for job in drops
    )


def run_lines(session: Session, *, before: str | None = None, limit: int = 50) -> tuple[RunLine, ...]:
    """Runs, newest first; ``before`` is the number of the last one seen."""
    query = select(PresortStream, SorterRun).join(SorterRun, SorterRun.lot_id == PresortStream.id)
    if before is not None:
        seen = select(Lot.id).where(Lot.number == before).correlate(None).scalar_subquery()
        query = query.where(PresortStream.id < seen)
    rows = session.execute(query.order_by(PresortStream.id.desc()).limit(limit)).all()
    sums = (
        select(SorterDrop.lot_id, func.count(), func.sum(SorterDrop.counted))
        .where(SorterDrop.lot_id.in_([stream.id for stream, _ in rows]))
        .group_by(SorterDrop.lot_id)
    )
    held = {lot_id: (jobs, int(counted)) for lot_id, jobs, counted in session.execute(sums)}
    return tuple(
        RunLine(
            stream.number, state_of(stream, run), stream.mail_date, run.machine, *held.get(stream.id, (0, 0))
        )
        for stream, run in rows
    )


def run_detail(session: Session, files: FileStore, number: str) -> RunDetail:
    """A run; NotFound for another stream."""
    stream, run = find_run(session, number)
    plan = bin_plan_of(files, run) if run.plan_sha256 else None
    return RunDetail(
        stream=stream,
        run=run,
        state=state_of(stream, run),
        plan=plan,
        plan_name=plan_name(run),
        findings=run.findings,
        account=account(session, stream, plan),
        logs=logs_of(session, stream),
        has_history=bool(earlier_reads(session, before=stream)),
    )


def state_of(stream: PresortStream, run: SorterRun) -> str:
    """Where a run stands: planning, refused, ready, closing, or its stream's state."""
    if stream.state is not LotState.PLANNING:
        return stream.state.value
    if run.closed_at is not None:
        return "closing"
    if run.plan_sha256 is None:
        return "refused" if run.findings else "planning"
    return "ready"
