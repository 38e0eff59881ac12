"""A print run as its ticket needs it: the job that was approved, its specification, and the operations on the floor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import NotFound
from production.catalog import queries as catalog
from production.catalog.models import OperationType, Stock
from production.catalog.planning import PlannedOperation
from production.catalog.products.spec import Spec, read_spec
from production.catalog.rows import ProductRow
from production.frontdesk.artwork.acceptance import standing
from production.frontdesk.orders.models import ProofPage
from production.frontdesk.orders.print_order import print_item
from production.frontdesk.orders.spec_order import GANG, GANGED, SPEC
from production.frontdesk.preparation.accepted import Accepted
from production.frontdesk.preparation.print_check import plan_of
from production.frontdesk.preparation.worksheet import OnPress, Worksheet, worksheet_of
from production.jobs.consent import of_component
from production.jobs.lifecycle import keeps_from
from production.jobs.models import (
    Approval,
    ChargeSplit,
    Hold,
    Job,
    JobFile,
    Lot,
    LotShare,
    Operation,
    PrintItem,
    PrintRun,
)
from production.jobs.stops import depository_copies
from production.prepress.fold_check.layout import Layout, read_layout
from store.files import FileStore


@dataclass(frozen=True)
class Run:
    """Rows of a run and of its first job; of what goes by specification that and its worksheet too."""

    job: Job
    others: int
    item: PrintItem
    paper: str
    product: ProductRow
    approval: Approval | None
    operations: Sequence[tuple[Operation, OperationType]]
    plan: Mapping[int, PlannedOperation]
    files: Mapping[str, str]
    splits: Sequence[ChargeSplit]
    holds: Sequence[Hold]
    accepted: Sequence[Accepted]
    first_page: str | None
    spec: Spec | None
    worksheet: Worksheet | None
    store: FileStore
    depository: int = 0  # of its copies, those that a rule adds

    def component_of(self, operation: Operation) -> int | None:
        """Which component a step works on, by position; None for one of the whole."""
        planned = self.plan.get(operation.step)
        return planned.component if planned else None

    def is_before_press(self, operation: Operation) -> bool:
        """Whether it cuts parents down to the press sheets of a component."""
        made, planned = self.made_at(operation), self.plan.get(operation.step)
        return bool(made and made.cut_down and planned and not planned.needs)

    def work_of(self, operation: Operation) -> str:
        """What a step is in the words of the print contract."""
        return next(kind.work for row, kind in self.operations if row.id == operation.id)

    @property
    def components(self) -> Sequence[OnPress]:
        """As they are printed; none of what goes by options."""
        return self.worksheet.components if self.worksheet else ()

    @cached_property
    def copies(self) -> int:
        """How often the whole file is printed: more than once where several names are ganged in it."""
        gang = self.files.get(GANGED)
        return (
            GANG.from_bytes(self.store.checked_path(gang).read_bytes(), "the gang of a job").copies
            if gang
            else 1
        )

    @property
    def has_several(self) -> bool:
        """Whether steps must say which component they work on."""
        return len(self.components) > 1

    def made_at(self, operation: Operation) -> OnPress | None:
        """The component that a step works on, as it is printed."""
        position = self.component_of(operation)
        return self.components[position - 1] if position and self.components else None

    def layout(self, position: int) -> Layout | None:
        """How the component at that position lies on its sheets."""
        return self._layouts.get(position)

    @cached_property
    def _layouts(self) -> dict[int, Layout]:
        kept = ((k, self.files.get(of_component("layout", k))) for k in range(1, len(self.components) + 1))
        return {k: read_layout(self.store.checked_path(sha).read_bytes()) for k, sha in kept if sha}


def run_by_number(session: Session, number: str) -> PrintRun:
    """NotFound for what is no print run."""
    found = session.scalars(select(PrintRun).filter_by(number=number)).first()
    if found is None:
        raise NotFound("There is no print run with this number.")
    return found


def run_of(session: Session, store: FileStore, lot: Lot) -> Run:
    """All of it, in a handful of statements."""
    jobs = session.scalars(
        select(Job)
        .join(LotShare, LotShare.job_id == Job.id)
        .where(LotShare.lot_id == lot.id)
        .order_by(LotShare.position)
    ).all()
    job = jobs[0]
    item = print_item(session, job)
    now = {"job_id": job.id, "revision": job.revision}
    files = {row.role: row.sha256 for row in session.scalars(select(JobFile).filter_by(**now))}
    operations = session.execute(
        select(Operation, OperationType)
        .join(OperationType, OperationType.code == Operation.type)
        .where(Operation.lot_id == lot.id)
        .order_by(Operation.step)
    )
    held = select(Hold).where((Hold.lot_id == lot.id) | (Hold.job_id == job.id), keeps_from("dispatch"))
    first = select(ProofPage.sha256).filter_by(**now, position=1)
    return Run(
        job, len(jobs) - 1, item, session.get_one(Stock, item.stock).name,
        catalog.product(session, job.product or ""),
        session.scalars(select(Approval).filter_by(**now, voided_at=None).order_by(Approval.id.desc())).first(),
        [(row, kind) for row, kind in operations],
        {one.step: one for one in plan_of(session, store, job)} if "plan" in files else {},
        files,
        session.scalars(select(ChargeSplit).filter_by(job_id=job.id).order_by(ChargeSplit.budget_unit_id)).all(),
        session.scalars(held.order_by(Hold.id)).all(), standing(session, job),
        session.scalars(first).first(),
        read_spec(store.checked_path(files[SPEC]).read_bytes()) if SPEC in files else None,
        worksheet_of(session, store, job),
        store,
        depository_copies(session, job),
    )  # fmt: skip
