"""Check what is to be printed, and where nothing stops it, quote it and make its proof."""

from __future__ import annotations

from sqlalchemy import select

from billing.pricing import Share, quote
from billing.rate_cards import card_on
from kernel.money import ZERO
from production.catalog import queries as catalog
from production.frontdesk.orders.print_order import print_item
from production.frontdesk.preparation import print_check
from production.jobs.models import ChargeSplit, Job, JobFile
from store.db import system_actor
from store.plant import Plant
from workers.registry import Record, Work

ACTOR = system_actor("prepare")


def prepare_print(plant: Plant, work: Work, job: Job, artwork: JobFile) -> Record:
    """Findings of the file; quote and proof if it may go on. AttentionNeeded RATE_MISSING, ROUTE_FACT."""
    with plant.db.read_only(ACTOR) as session:
        item = print_item(session, job)
        product = catalog.product(session, job.product or "")
    check = print_check.examine(plant.files, artwork, item, work.folder, most_pages=product.most_pages)
    work.beat()
    if check.print_file is not None and job.due is not None:
        with plant.db.read_only(ACTOR) as session:
            operations = print_check.planned(session, job, item, check.sides)
            splits = session.scalars(
                select(ChargeSplit).filter_by(job_id=job.id).order_by(ChargeSplit.budget_unit_id)
            ).all()
            check.snapshot = quote(
                print_check.expected_usage(session, job, operations),
                card_on(session, job.due),
                names=catalog.unit_names(session),
                postage=ZERO,
                single_piece=None,
                shares=[Share(split.budget_unit.bill_code, split.weight) for split in splits],
            )
    return lambda uow: print_check.record(uow, uow.session.get_one(Job, job.id), check)
