"""A day of jobs: those that wait for a person, those on their way, what arrived; an agency's own, or all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from kernel.money import Money
from production.catalog.models import Product
from production.frontdesk.orders.models import ProofPage, Quote
from production.frontdesk.orders.queries import SHOP, Which, own
from production.jobs.models import ChargeSplit, Job, JobEvent
from production.jobs.states import JobKind, JobState
from production.mailings.models import LetterJob
from production.people.models import Agency, BudgetUnit, User
from store.db import Actor


@dataclass(frozen=True, slots=True)
class DayLine:
    """A job on a card or in a line. ``proof``: the place of its first proof page. ``before``: what its last version
    would have cost.
    """

    number: str
    title: str
    kind: JobKind
    state: JobState
    revision: int
    quantity: int | None
    unit: str
    due: date
    requester: str
    agency: str  # its code
    is_own: bool  # the reader ordered it
    total: Money | None
    before: Money | None
    rows_in: int | None
    rows_to_fix: int | None
    proof: int | None
    is_ordered: bool  # by somebody, as a product
    accounts: str  # that pay, by bill code
    moved_at: datetime  # into its state
    sent_back: str  # the approver's words, where they are why it waits

    @property
    def is_mailed(self) -> bool:
        """It goes to the post, and is not delivered to the agency."""
        return self.kind is not JobKind.PRINT


def day_lines(
    session: Session, actor: Actor, which: Which, *, newest: bool = False, limit: int = 50
) -> list[DayLine]:
    """Jobs by the day they are due, or the newest first."""
    earlier, moved = aliased(Quote), aliased(JobEvent)
    last_move = (
        select(func.max(JobEvent.id))
        .where(JobEvent.job_id == Job.id, JobEvent.to_state == Job.state)
        .scalar_subquery()
    )
    query = (
        select(
            Job.number, Job.title, Job.kind, Job.state, Job.revision, Job.quantity,
            func.coalesce(Product.unit, "piece"), Job.due,
            func.coalesce(User.full_name, SHOP), Agency.code,
            Job.requester_id == actor.user_id,
            Quote.total, earlier.total, LetterJob.rows_in, LetterJob.rows_to_fix, _FIRST_PROOF,
            Job.product.is_not(None), _ACCOUNTS,
            func.coalesce(moved.occurred_at, Job.created_at), moved.event, moved.details,
        )
        .select_from(Job)
        .outerjoin(User, User.id == Job.requester_id)  # the shop's people, whom agencies do not see, bring mail in
        .join(Agency, Agency.id == Job.agency_id)
        .outerjoin(Product, Product.code == Job.product)
        .outerjoin(LetterJob.__table__, LetterJob.__table__.c.job_id == Job.id)
        .outerjoin(Quote, (Quote.job_id == Job.id) & (Quote.revision == Job.revision))
        .outerjoin(earlier, (earlier.job_id == Job.id) & (earlier.revision == Job.revision - 1))
        .outerjoin(moved, moved.id == last_move)
        .where(*which.conditions)
        .order_by(*((Job.id.desc(),) if newest else (Job.due, Job.id)))
        .limit(limit)
    )  # fmt: skip
    return [_line(*row) for row in session.execute(own(query, actor))]


def _line(*row: Any) -> DayLine:
    *facts, event, details = row
    return DayLine(*(*facts, str(details.get("reason", "")) if event == "reject" else ""))


_FIRST_PROOF = (
    select(func.min(ProofPage.position))
    .where(ProofPage.job_id == Job.id, ProofPage.revision == Job.revision)
    .correlate(Job)
    .scalar_subquery()
)
_ACCOUNTS = (
    select(func.coalesce(func.string_agg(BudgetUnit.bill_code.distinct(), ", "), ""))
    .join(ChargeSplit, ChargeSplit.budget_unit_id == BudgetUnit.id)
    .where(ChargeSplit.job_id == Job.id)
    .correlate(Job)
    .scalar_subquery()
)
