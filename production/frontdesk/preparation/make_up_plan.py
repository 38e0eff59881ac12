"""More of a job that came out short, by the functions that estimated it: same press, sheet, files and standards."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.money import Extended, Money, to_cents
from production.catalog.planning import PlannedOperation
from production.catalog.products.families import families
from production.catalog.products.spec import read_spec
from production.catalog.products.standards import read_standards
from production.frontdesk.estimates.alternatives import Pricing
from production.frontdesk.estimates.bindery import Done
from production.frontdesk.estimates.estimate import estimate
from production.frontdesk.estimates.presswork import Printed
from production.frontdesk.estimates.routes import route_of
from production.frontdesk.orders.print_order import print_item
from production.frontdesk.orders.spec_order import SPEC
from production.frontdesk.preparation.print_check import planned as planned_by_route
from production.frontdesk.preparation.spec_plan import laid_out
from production.jobs.models import Job, JobFile
from store.files import FileStore

STANDARDS = "standards"


@dataclass(frozen=True, slots=True)
class MakeUpPlan:
    """Operations that make so many more; ``sheets`` that come to their presses; ``cost`` to the shop, without plates,
    for they are there, and ``plates`` where they are not any more; None where no estimate says it.
    """

    pieces: int
    operations: tuple[PlannedOperation, ...]
    sheets: int
    cost: Money | None
    plates: Money | None = None

    @property
    def minutes(self) -> int:
        """Of all its operations that have a standard."""
        return sum(one.minutes or 0 for one in self.operations)


def make_up_plan(
    session: Session, files: FileStore, job: Job, pieces: int, steps: Collection[int]
) -> MakeUpPlan:
    """Of the job's route these steps, for so many pieces."""
    query = select(JobFile).filter_by(job_id=job.id, revision=job.revision)
    kept = {row.role: row.sha256 for row in session.scalars(query)}
    if SPEC not in kept or STANDARDS not in kept:
        item = print_item(session, job)
        by_plan = planned_by_route(session, job, item, item.sides or 1, quantity=pieces)
        by_route = tuple(one for one in by_plan if one.step in steps)
        issued = sum(one.floor.given for one in by_route if one.floor and not one.needs)
        return MakeUpPlan(pieces, by_route, issued, None)
    spec = read_spec(files.checked_path(kept[SPEC]).read_bytes())
    standards = read_standards(files.checked_path(kept[STANDARDS]).read_bytes())
    estimated = estimate(spec, standards, families())
    route, _ = route_of(estimated.makeup, standards)
    more = Pricing(route, estimated.makeup, standards).priced(estimated.chosen.ways, pieces)
    found = [(one, made) for one, made in laid_out(more) if one.step in steps]
    cost = sum((_cost(made) for _, made in found if made), Decimal(0))
    sheets = sum(made.issued for _, made in found if isinstance(made, Printed))
    plates = sum((made.plates_cost for _, made in found if isinstance(made, Printed)), Decimal(0))
    operations = tuple(one for one, _ in found)
    return MakeUpPlan(pieces, operations, sheets, to_cents(Extended(cost)), to_cents(Extended(plates)))


def _cost(made: Printed | Done) -> Decimal:
    if isinstance(made, Printed):
        return made.paper + made.press + made.clicks_cost
    return made.cost + made.outside
