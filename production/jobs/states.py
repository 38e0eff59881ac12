"""The words of every lifecycle."""

from __future__ import annotations

from enum import StrEnum


class JobKind(StrEnum):
    """What sort of work a ticket stands for."""

    MAILING = "mailing"
    PRINT = "print"
    METER_RUN = "meter_run"
    BROUGHT_IN = "brought_in"
    CONSULTATION = "consultation"


class JobState(StrEnum):
    """What the agency sees."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    NEEDS_FIX = "needs_fix"
    PROOF_READY = "proof_ready"
    APPROVED = "approved"
    IN_PRODUCTION = "in_production"
    PRODUCED = "produced"
    DISPATCHED = "dispatched"
    DELIVERED = "delivered"
    BILLED = "billed"
    CLOSED = "closed"
    CANCELLED = "cancelled"


_SHOWN = {
    (JobKind.METER_RUN, JobState.DRAFT): "meter_day_open",
    (JobKind.CONSULTATION, JobState.SUBMITTED): "asked",
    (JobKind.CONSULTATION, JobState.IN_PRODUCTION): "in_hand",
    (JobKind.CONSULTATION, JobState.DELIVERED): "done",
}


def shown(kind: JobKind, state: JobState) -> str:
    """The word people read: a metered run is no draft, it waits for the end of its meter's day; a project is asked."""
    return _SHOWN.get((kind, state), state.value)


class LotKind(StrEnum):
    """What the plant runs at once."""

    PRESORT = "presort"  # jobs sorted together and printed in one stream
    SORTER = "sorter"  # mail brought in, through the barcode sorter
    METER_DAY = "meter_day"
    PRINT_RUN = "print_run"


class LotState(StrEnum):
    """The words of all kinds of lot; which a kind knows is in its lifecycle."""

    PLANNING = "planning"
    IN_PRODUCTION = "in_production"
    PRODUCED = "produced"
    DISPATCHED = "dispatched"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    OPEN = "open"  # a meter's day, until its registers tie out
    CHECKING = "checking"
    TIED = "tied"


class RangeStatus(StrEnum):
    """What evidence says about a range of units of a lot."""

    PRINTED = "printed"
    INSERTED = "inserted"
    WITHDRAWN = "withdrawn"
    SORTED = "sorted"  # it came printed and inserted; the sorter or a hand put it in its tray
    DONE = "done"  # good when it came out of its operation


class Stops(StrEnum):
    """What a hold stops. What may not be made may not leave either; a bookkeeping fault stops no hands."""

    PRODUCTION = "production"
    LEAVING = "leaving"
    BILLING = "billing"
    REMOVAL = "removal"  # of files and names, by the rules of retention; any other hold stops it too


class StopWay(StrEnum):
    """How the pieces of a job get to a place."""

    DELIVER = "deliver"
    MESSENGER_STOP = "messenger_stop"
    PICK_UP = "pick_up"
    CARRIER = "carrier"


class OperationCode(StrEnum):
    """Types of operation that code names. Any other is a row of data alone."""

    PRESORT = "presort"
    MERGE = "merge"
    PAPERS = "papers"
    PRINT = "print"
    FOLD_INSERT = "fold_insert"
    RECONCILE = "reconcile"
    DISPATCH = "dispatch"
    DELIVER = "deliver"
    METER = "meter"
    SORT = "sort"


class OperationState(StrEnum):
    """What the floor sees."""

    WAITING = "waiting"
    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    OUTCOME_UNKNOWN = "outcome_unknown"


class SorterLogState(StrEnum):
    """A run log of the sorter: read by the worker, then taken in whole or refused."""

    READING = "reading"
    TAKEN = "taken"
    REFUSED = "refused"
    DISCARDED = "discarded"
