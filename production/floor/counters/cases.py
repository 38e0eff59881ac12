"""Cases where machine and people say different things: handed to somebody, and ended with a reason and an outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import Conflict, InvalidInput, NotFound
from kernel.findings import Finding, Place, Severity
from production.catalog.models import WorkCenter
from production.floor.counters.claims import claimed
from production.floor.counters.models import CounterCase, CounterReading
from production.floor.counters.reading import last
from production.floor.counters.setup import CounterValue, counters
from store.db import UnitOfWork

REASONS = (  # shop to confirm
    "Spoils not reported",
    "Counted wrongly",
    "Counted at another machine",
    "Test sheets or maintenance",
    "Counter wrong",
    "Read wrongly",
    "Not found",
)
_SHOWN = 100


@dataclass(frozen=True)
class Case:
    """A case beside its readings; ``now``: what is claimed today for the same time, with corrections since."""

    row: CounterCase
    machine: str
    since: CounterReading
    until: CounterReading
    now: int

    @property
    def finding(self) -> Finding:
        """DEVICE_COUNT."""
        if self.row.counted is None:
            words = (
                f"The counter of {self.machine} went back from {self.since.value:,} to {self.until.value:,}."
            )
        else:
            words = (
                f"{self.machine} counted {self.row.counted:,}; {self.now:,} were claimed, good and spoiled."
            )
        remedy = "Look at the sheets and the log of the machine, correct the counts, and end the case with its reason."
        return Finding("DEVICE_COUNT", Severity.WARN, words, remedy, Place(file=self.row.work_center))


@dataclass(frozen=True)
class Counter:
    """A counter with what it showed last."""

    value: CounterValue
    machine: str
    last: CounterReading | None


def hand_over(uow: UnitOfWork, ulid: UUID, owner: str) -> CounterCase:
    """Somebody else looks after it. Conflict STATE once it ended; InvalidInput REASON without a name."""
    case = _open(uow, ulid)
    if not owner.strip():
        raise InvalidInput("Say who looks after it.", code="REASON", field="owner")
    case.owner = owner.strip()[:200]
    uow.audit("counter_case", case.ulid, "handed_over", of=case.work_center, owner=case.owner)
    return case


def end(uow: UnitOfWork, ulid: UUID, *, reason: str, outcome: str) -> CounterCase:
    """With what it was and what came of it. Conflict STATE; InvalidInput REASON."""
    case = _open(uow, ulid)
    if reason not in REASONS or not outcome.strip():
        raise InvalidInput("Choose the reason and say what came of it.", code="REASON", field="outcome")
    case.reason, case.outcome = reason, outcome.strip()[:500]
    case.ended_by, case.ended_at = uow.actor.name, uow.now
    uow.audit("counter_case", case.ulid, "ended", of=case.work_center, reason=reason, outcome=case.outcome)
    return case


def _open(uow: UnitOfWork, ulid: UUID) -> CounterCase:
    case = uow.session.scalars(select(CounterCase).filter_by(ulid=ulid).with_for_update()).first()
    if case is None:
        raise NotFound("There is no such case.")
    if case.ended_at is not None:
        raise Conflict("The case has ended.", code="STATE")
    return case


def cases(session: Session, *, is_open: bool = True) -> list[Case]:
    """The open ones, or those that ended, the newest first."""
    ended = CounterCase.ended_at.is_(None) if is_open else CounterCase.ended_at.is_not(None)
    rows = session.scalars(
        select(CounterCase).where(ended).order_by(CounterCase.id.desc()).limit(_SHOWN)
    ).all()
    keys = {key for row in rows for key in (row.since_id, row.until_id)}
    readings = {
        one.id: one for one in session.scalars(select(CounterReading).where(CounterReading.id.in_(keys)))
    }
    names = _names(session)
    return [
        Case(
            row, names[row.work_center], since := readings[row.since_id], until := readings[row.until_id],
            claimed(session, row.work_center, since.occurred_at, until.occurred_at),
        )
        for row in rows
    ]  # fmt: skip


def shown(session: Session) -> Sequence[Counter]:
    """Every counter that is read."""
    names = _names(session)
    return [
        Counter(one, names.get(one.work_center, one.work_center), last(session, one.work_center))
        for one in counters(session)
    ]


def _names(session: Session) -> dict[str, str]:
    return {row.code: row.name for row in session.scalars(select(WorkCenter))}
