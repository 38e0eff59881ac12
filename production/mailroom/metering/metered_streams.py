"""Streams paid by meter, and the runs that pay them: what the plan expects at each weight step, and what was
imprinted.

A meter counts what it printed, the plan what it sorted: where the two differ, somebody must look. The dock asks before
the mail leaves; the difference is said on the stream and on the meter's sheet until a run is entered or corrected.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

import numpy as np
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from kernel.findings import Finding, Severity
from kernel.ids import show_ulid
from kernel.money import ZERO, Money, to_cents, total
from postal.sorting.volume import METERED
from production.jobs.models import Job
from production.jobs.states import LotState
from production.mailings.models import Mailing, PresortStream
from production.mailings.streams import plan_of
from production.mailroom.metering.models import MeterRun, MeterSheet
from production.mailroom.pieces.copies import withdrawn_pieces
from store.files import FileStore

METER_BATCH = "METER_BATCH"
OPEN_STATES = (LotState.IN_PRODUCTION, LotState.PRODUCED, LotState.DISPATCHED)
_REMEDY = "Take the run out and add it as it was, while its sheet is open."


@dataclass(frozen=True, slots=True)
class Step:
    """Pieces of one weight step, in whole ounces: as the plan has them, and as they were imprinted."""

    ounces: int
    pieces: int
    postage: Money
    metered_pieces: int
    metered: Money


@dataclass(frozen=True, slots=True)
class LinkedRun:
    """A run that pays for the stream; ``is_tied``: its sheet's registers agree."""

    job_number: str
    sheet: str
    weight_step: str
    pieces: int
    amount: Money
    is_tied: bool


@dataclass(frozen=True, slots=True)
class MeteredStream:
    """A stream paid by meter with its runs; ``findings``: where they differ from the plan."""

    number: str
    mail_class: str
    mail_shape: str
    weight_step: int
    steps: tuple[Step, ...]
    runs: tuple[LinkedRun, ...]

    @property
    def open_pieces(self) -> int:
        """Planned pieces that no run has yet; none where more were imprinted."""
        return max(0, sum(step.pieces - step.metered_pieces for step in self.steps))

    @property
    def open_postage(self) -> Money:
        """The planned postage that no run has yet."""
        open_cents = sum(step.postage.cents - step.metered.cents for step in self.steps)
        return Money(max(0, open_cents))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """METER_BATCH for each weight step that differs; a note while there is no run."""
        if not self.runs:
            words = _counted(self.open_pieces, self.open_postage)
            sentence = f"No meter run is entered for stream {self.number} yet: {words} are planned."
            return (Finding(METER_BATCH, Severity.NOTE, sentence, "Enter the run at the meter desk."),)
        return tuple(
            Finding(METER_BATCH, Severity.WARN, _difference(self.number, step), _REMEDY)
            for step in self.steps
            if (step.pieces, step.postage) != (step.metered_pieces, step.metered)
        )


def metered_stream(session: Session, files: FileStore, number: str) -> MeteredStream | None:
    """A stream with its runs; None for one that no meter pays, or that is not planned."""
    found = _read(session, files, PresortStream.number == number)
    return found[0] if found else None


def metered_streams(session: Session, files: FileStore, ids: Iterable[int]) -> dict[int, MeteredStream]:
    """These streams by their keys, those that no meter pays left out."""
    wanted = sorted(set(ids))
    found = _read(session, files, PresortStream.id.in_(wanted)) if wanted else []
    keys = dict(
        session.execute(
            select(PresortStream.number, PresortStream.id).where(PresortStream.id.in_(wanted))
        ).all()
    )
    return {keys[one.number]: one for one in found}


def waiting_streams(session: Session, files: FileStore, *, limit: int = 50) -> list[MeteredStream]:
    """Streams in the house, or left, whose runs do not come to the plan yet; newest first."""
    found = _read(session, files, PresortStream.state.in_(OPEN_STATES), limit=limit)
    return [one for one in found if one.findings]


def _read(
    session: Session, files: FileStore, which: ColumnElement[bool], *, limit: int = 1000
) -> list[MeteredStream]:
    planned = (Mailing.payment == METERED, PresortStream.plan_sha256.is_not(None))
    query = (
        select(PresortStream)
        .join(PresortStream.mailing)
        .where(which, *planned, PresortStream.state != LotState.CANCELLED)
    )
    streams = session.scalars(query.order_by(PresortStream.id.desc()).limit(limit)).all()
    runs: dict[int, list[LinkedRun]] = {stream.id: [] for stream in streams}
    linked = (
        select(MeterRun, MeterSheet.ulid, MeterSheet.state, Job.number)
        .join(MeterSheet, MeterSheet.id == MeterRun.sheet_id)
        .join(Job, Job.id == MeterRun.job_id)
        .where(MeterRun.lot_id.in_(runs))
        .order_by(MeterRun.id)
    )
    for run, sheet, state, job_number in session.execute(linked) if runs else ():
        is_tied = state is LotState.TIED
        assert run.lot_id  # asked for by it  # noqa: S101
        runs[run.lot_id].append(
            LinkedRun(job_number, show_ulid(sheet), run.weight_step, run.pieces, run.amount, is_tied)
        )
    return [_compared(session, files, stream, runs[stream.id]) for stream in streams]


def _compared(
    session: Session, files: FileStore, stream: PresortStream, runs: Sequence[LinkedRun]
) -> MeteredStream:
    own = _step_of(stream.weight_oz)
    pieces, postage = _planned(session, files, stream)
    steps = []
    for ounces in sorted({own, *(_step_of(Decimal(run.weight_step)) for run in runs)}):
        here = [run for run in runs if _step_of(Decimal(run.weight_step)) == ounces]
        planned = (pieces, postage) if ounces == own else (0, ZERO)
        steps.append(
            Step(ounces, *planned, sum(run.pieces for run in here), sum((run.amount for run in here), ZERO))
        )
    return MeteredStream(
        stream.number, stream.mail_class, stream.mail_shape, own, tuple(steps), tuple(runs)
    )  # fmt: skip


def _planned(session: Session, files: FileStore, stream: PresortStream) -> tuple[int, Money]:
    """Pieces and postage of the plan, without those that were withdrawn before printing."""
    withdrawn = withdrawn_pieces(session, stream.id)
    if not len(withdrawn):
        return stream.pieces or 0, stream.summary.figures.postage
    plan = plan_of(files, stream)
    counts = np.bincount(np.delete(plan.level_of_piece, withdrawn - 1), minlength=len(plan.levels))
    left = zip(plan.levels, counts.tolist(), strict=True)
    return int(counts.sum()), to_cents(total([level.postage_of(count) for level, count in left if count]))


def _step_of(ounces: Decimal) -> int:
    return int(ounces.to_integral_value(rounding=ROUND_CEILING))


def _difference(number: str, step: Step) -> str:
    planned = _counted(step.pieces, step.postage) if step.pieces else "none"
    pieces, money = step.metered_pieces - step.pieces, step.metered - step.postage
    parts = [
        f"{abs(pieces):,} {'piece' if abs(pieces) == 1 else 'pieces'} too {'many' if pieces > 0 else 'few'}"
        if pieces
        else "",
        f"${Money(abs(money.cents))} too {'much' if money > ZERO else 'little'}" if money else "",
    ]
    return (
        f"Stream {number}, {step.ounces} oz: {planned} planned, "
        f"{_counted(step.metered_pieces, step.metered)} metered, {' and '.join(part for part in parts if part)}."
    )


def _counted(pieces: int, postage: Money) -> str:
    return f"{pieces:,} {'piece' if pieces == 1 else 'pieces'} for ${postage}"
