"""What shows that a row of usage was work: every charge opens to one of these."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class JobEvidence:
    """A job that travels by itself."""

    job: str


@dataclass(frozen=True, slots=True)
class CountEvidence:
    """An operation as counted, and how many were planned: their usage is charged in that proportion."""

    ticket: str
    good: int
    planned: int


@dataclass(frozen=True, slots=True)
class PiecesEvidence:
    """Pieces of one job in an operation on mail, in runs of consecutive numbers."""

    ticket: str
    pieces: int
    pages: int
    runs: int


@dataclass(frozen=True, slots=True)
class StreamEvidence:
    """A stream as planned. ``levels``: pieces of the job by sort level."""

    batch: str
    plan: str | None
    withdrawn_in_batch: int
    levels: dict[str, int]


@dataclass(frozen=True, slots=True)
class DeliveryEvidence:
    """A stop of a delivery, and the jobs that share it."""

    delivery: str
    jobs: int


@dataclass(frozen=True, slots=True)
class MeterEvidence:
    """A run on a meter's day sheet."""

    sheet: str
    run: int
    pieces: int


@dataclass(frozen=True, slots=True)
class HoursEvidence:
    """Hours of consultation on a project: whose, and what was done in them."""

    project: str
    who: str
    what: str


@dataclass(frozen=True, slots=True)
class FixEvidence:
    """Fixes that made a version of a component's file, by name."""

    version: str
    component: str
    fixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RushEvidence:
    """An order for a day before the one by which its like is usually made."""

    ordered: date
    due: date


@dataclass(frozen=True, slots=True)
class ChangeEvidence:
    """A change of an accepted quote that its agency has accepted: which revision of which quote, and why."""

    quote: str
    revision: int
    reason: str


@dataclass(frozen=True, slots=True)
class InvoiceEvidence:
    """An invoice for work done outside, matched with its order and what came; its public id leads to both."""

    order: str
    invoice: str
    line: int


@dataclass(frozen=True, slots=True)
class OversEvidence:
    """What the policy of an order charges beside what came out step by step: why, and by which counts."""

    job: str
    reason: str
    good: int
    delivered: int
    charged: int


UsageEvidence = (
    JobEvidence
    | CountEvidence
    | PiecesEvidence
    | StreamEvidence
    | DeliveryEvidence
    | MeterEvidence
    | HoursEvidence
    | FixEvidence
    | RushEvidence
    | ChangeEvidence
    | InvoiceEvidence
    | OversEvidence
)
