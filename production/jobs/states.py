"""The words of every lifecycle."""

from __future__ import annotations

from enum import StrEnum


class JobKind(StrEnum):
    """What sort of work a ticket stands for."""

    MAILING = "mailing"
    METER_RUN = "meter_run"
    BROUGHT_IN = "brought_in"


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


class BatchState(StrEnum):
    """A presort batch, from the chosen jobs to the post office's counter."""

    PLANNING = "planning"
    IN_PRODUCTION = "in_production"
    PRODUCED = "produced"
    DISPATCHED = "dispatched"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class Stops(StrEnum):
    """What a hold stops. What may not be made may not leave either; a bookkeeping fault stops no hands."""

    PRODUCTION = "production"
    LEAVING = "leaving"
    BILLING = "billing"
    REMOVAL = "removal"  # of files and names, by the rules of retention; any other hold stops it too


class OperationKind(StrEnum):
    """One step on one work center."""

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


class MeterSheetState(StrEnum):
    """A meter's day: open until its registers tie out."""

    OPEN = "open"
    CHECKING = "checking"
    TIED = "tied"
