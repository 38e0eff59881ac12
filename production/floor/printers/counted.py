"""What printers counted beside what was asked and claimed; a difference is named, and nobody's count is changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.findings import Finding, Place, Severity
from production.floor.operations import counting_at
from production.floor.printers.models import UNSENT, DeviceJob, Phase
from production.floor.xjdf.models import MachineReport
from production.jobs.models import Operation
from production.jobs.ranges import size

_REMEDY = (
    "Look at the sheets and at the printer's own log, then correct the count or report what was spoiled."
)


def sheets_of(job: DeviceJob) -> int | None:
    """Sheets by the printer's count: its media sheets, else its impressions, two a sheet where both sides are printed.
    None while it said neither.
    """
    if job.media_sheets is not None or job.impressions is None:
        return job.media_sheets
    return job.impressions if job.asked.sides == "one-sided" else -(-job.impressions // 2)


def differences(session: Session, operation: Operation, jobs: Sequence[DeviceJob]) -> Iterator[Finding]:
    """DEVICE_COUNT for each job that ended with another number than was asked, and for an operation whose good and
    spoiled units, in sheets, are not what its printers counted together.
    """
    counted = {job.id: sheets_of(job) for job in jobs if job.phase not in UNSENT}
    for job in jobs:
        asked, found = job.asked.copies * job.asked.sheets, counted.get(job.id)
        if job.phase is Phase.COMPLETED and found is not None and found != asked:
            words = f"{job.printer} counted {found:,} sheets of {job.name}; {asked:,} were asked for."
            yield _different(operation, words)
    known = [one for one in counted.values() if one is not None]
    if operation.good is not None and known and sum(known) != (claimed := _claimed(session, operation, jobs)):
        yield _different(
            operation, f"Printers counted {sum(known):,} sheets; {claimed:,} were claimed, good and spoiled."
        )


def _claimed(session: Session, operation: Operation, jobs: Sequence[DeviceJob]) -> int:
    """In sheets: steps of runs count them; of pieces that are told apart each has its share of the sheets of the file,
    and those that are pulled were printed too.
    """
    units = (operation.good or 0) + (operation.spoiled or 0)
    detail, asked = counting_at(session, operation).detail(session, operation), jobs[-1].asked
    if not detail.made:
        return units
    return (units + size(detail.pull)) * asked.copies * asked.sheets // size(detail.made)


def machines_at(session: Session, tickets: Collection[str]) -> dict[str, int | None]:
    """What machines counted at steps, good and waste together; None where none told it, nothing at all where none of
    the steps has a machine that tells.
    """
    steps = dict(
        session.execute(select(Operation.id, Operation.ticket).where(Operation.ticket.in_(tickets))).all()
    )
    told: dict[str, int] = Counter()
    for job in session.scalars(select(DeviceJob).where(DeviceJob.operation_id.in_(steps))):
        sheets = None if job.phase in UNSENT else sheets_of(job)
        if sheets is not None:
            told[steps[job.operation_id]] += sheets
    query = select(MachineReport).where(
        MachineReport.operation_id.in_(steps), MachineReport.good.is_not(None)
    )
    last = {
        (one.operation_id, one.device): (one.good or 0) + (one.waste or 0)
        for one in session.scalars(query.order_by(MachineReport.occurred_at, MachineReport.id))
    }
    for (step, _), counted in last.items():
        told[steps[step]] += counted
    return {ticket: told.get(ticket) for ticket in tickets} if told else {}


def reported(operation: Operation, reports: Sequence[MachineReport]) -> Iterator[Finding]:
    """DEVICE_COUNT for a step that is done where a machine never said that it ended, and where what machines reported
    last, good and waste, is not what was claimed. Reports come in the order of the machines' clocks.
    """
    if operation.good is None:
        return
    last = {one.device: one for one in reports}
    going = sorted(one.device for one in last.values() if one.state not in _ENDED)
    if going:
        yield _different(operation, f"{' and '.join(going)} never said that {operation.ticket} ended.")
        return
    counts = {one.device: (one.good, one.waste or 0) for one in reports if one.good is not None}
    said = sum(good for good, _ in counts.values()), sum(waste for _, waste in counts.values())
    claimed = operation.good, operation.spoiled or 0
    if counts and said != claimed:
        words = f"{' and '.join(sorted(counts))} counted {said[0]:,} good and {said[1]:,} waste;"
        yield _different(operation, f"{words} {claimed[0]:,} and {claimed[1]:,} were claimed.")


_ENDED = ("Completed", "Aborted", "")  # of XJDF; an audit has none


def _different(operation: Operation, words: str) -> Finding:
    return Finding("DEVICE_COUNT", Severity.WARN, words, _REMEDY, Place(file=operation.ticket))
