"""Orders by specification, as far as a test wants them, by the verbs of the screens."""

from __future__ import annotations

from sqlalchemy import select

from production.catalog.products.spec import spec_of
from production.frontdesk.approving import approvals
from production.frontdesk.orders.models import Quote
from production.jobs.models import Job, LotShare, PrintRun
from production.jobs.states import JobState
from tests.billing.ledgers import make_card
from tests.factories import PLANT
from web.commands import print_line
from web.commands.line import APPROVER, first_place
from web.commands.sample import PRESS_RATES, RATE_CARD_FROM
from workers.runtime import drain


def with_press_rates(plant):
    """The sample's card for what is printed."""
    with plant.db.unit_of_work(PLANT) as uow:
        make_card(uow, name="Press", effective_from=RATE_CARD_FROM, data=PRESS_RATES.read_bytes())


def proofed(plant, wanted, folder) -> str:
    """Ordered and checked; the job's number."""
    spec = spec_of(wanted)
    job = print_line._submit(plant, spec, print_line._artwork(spec, folder, folder), None)
    drain(plant)
    with plant.db.read_only(PLANT) as session:
        assert session.get_one(Job, job.id).state is JobState.PROOF_READY
    return job.number


def approve(plant, number):
    """Approved by the sample's approver, and on the floor."""
    with plant.db.unit_of_work(APPROVER) as uow:
        job = uow.session.scalars(select(Job).filter_by(number=number)).one()
        total = uow.session.scalars(select(Quote.total).filter_by(job_id=job.id, revision=job.revision)).one()
        approvals.approve(uow, job, revision=job.revision, total=total)
    drain(plant)


def run_of(session, number) -> PrintRun:
    """The run that makes a job."""
    query = (
        select(PrintRun).join(LotShare, LotShare.lot_id == PrintRun.id).join(Job, Job.id == LotShare.job_id)
    )
    return session.scalars(query.where(Job.number == number)).one()


def press(session) -> str:
    """Where something is printed."""
    return first_place(session, "print")
