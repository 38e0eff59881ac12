"""Check what is to be printed, and where nothing stops it, quote it and make its proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.pricing import Share, fixes_charged, quote
from billing.print_rates import priced_by
from billing.quoting import as_accepted
from billing.rate_cards import card_on
from kernel import clock
from kernel.clock import business_date
from kernel.money import ZERO
from production.catalog import queries as catalog
from production.catalog.press_room.standards import shop_standards
from production.catalog.products.spec import read_spec
from production.catalog.publications import Asks, Demand, demands, told
from production.catalog.shop_calendar import shop_calendar
from production.frontdesk.artwork.acceptance import acceptances
from production.frontdesk.artwork.holder import of_job
from production.frontdesk.artwork.versions import fixed_in_job, how_many
from production.frontdesk.orders.print_order import print_item
from production.frontdesk.orders.snapshot import QuoteSnapshot
from production.frontdesk.orders.spec_order import SPEC
from production.frontdesk.preparation import print_check, shelf_check, spec_check
from production.frontdesk.preparation.print_check import PrintCheck
from production.frontdesk.publishing.recording import publication_of
from production.frontdesk.quoting.adding import with_extras
from production.frontdesk.quoting.models import Alternative
from production.frontdesk.quoting.queries import accepted_for
from production.jobs.models import ChargeSplit, Job, JobFile
from production.jobs.stops import charged_stops
from production.prepress.fixes.statement import Statement
from production.scheduling.promises import promise_order
from production.stockroom.picking import SHELF
from store.db import UnitOfWork, system_actor
from store.plant import Plant
from workers.registry import Record, Work

ACTOR = system_actor("prepare")


def prepare_print(plant: Plant, work: Work, job: Job, files: Mapping[str, JobFile]) -> Record:
    """Findings of the files; plan, quote and proof if it may go on. AttentionNeeded RATE_MISSING, ROUTE_FACT."""
    examined = _from_shelf if job.product == SHELF else _by_spec if SPEC in files else _by_options
    check = examined(plant, work, job, files)
    _price(plant, job, check)
    if SPEC in files and (statement := _statement(check.demands)):
        check = _by_spec(plant, work, job, files, statement)  # what it costs does not depend on its words
        _price(plant, job, check)
    if check.may_go_on:
        check.keep_plan(plant.files)

    def record(uow: UnitOfWork) -> None:
        row = uow.session.get_one(Job, job.id)
        if print_check.record(uow, row, check):
            promise_order(uow, row, check.plan, buys_paper=check.buys_paper)

    return record


def _price(plant: Plant, job: Job, check: PrintCheck) -> None:
    """Its quote, and what rules ask of it at that price, where nothing stops it."""
    if not check.may_go_on:
        return
    with plant.db.read_only(ACTOR) as session:
        accepted = accepted_for(session, job)
        if accepted is not None:
            check.plan = with_extras(check.plan, accepted.extras)
        check.snapshot = _quote(session, job, check, accepted)
        check.demands = demands(session, publication_of(session, job, check.snapshot.total))
        check.findings += told(check.demands)


def _statement(asked: Sequence[Demand]) -> Statement | None:
    """The statement that a rule wants on the piece; inches as points."""
    one = next((one for one in asked if one.kind is Asks.COST_STATEMENT), None)
    if one is None:
        return None
    left, bottom, width = (float(inches) * 72 for inches in (one.rule.left, one.rule.bottom, one.rule.width))
    return Statement(one.words, one.rule.page, left, bottom, width, float(one.rule.size))


def _from_shelf(plant: Plant, work: Work, job: Job, files: Mapping[str, JobFile]) -> PrintCheck:
    """What is not made, and picked."""
    del files
    with plant.db.read_only(ACTOR) as session:
        return shelf_check.examine(session, plant.files, job, clock.today(), work.folder)


def _by_options(plant: Plant, work: Work, job: Job, files: Mapping[str, JobFile]) -> PrintCheck:
    """What is made by the route of its product."""
    with plant.db.read_only(ACTOR) as session:
        item = print_item(session, job)
        product = catalog.product(session, job.product or "")
    check = print_check.examine(
        plant.files, files["artwork"], item, work.folder, most_pages=product.most_pages
    )
    work.beat()
    if check.may_go_on:
        with plant.db.read_only(ACTOR) as session:
            check.plan = print_check.planned(session, job, item, check.sides, quantity=job.quantity or 0)
    return check


def _by_spec(
    plant: Plant, work: Work, job: Job, files: Mapping[str, JobFile], statement: Statement | None = None
) -> PrintCheck:
    """What is made as the estimate of its specification lays it out, with the money of the card of its day."""
    spec = read_spec(plant.files.checked_path(files[SPEC].sha256).read_bytes())
    with plant.db.read_only(ACTOR) as session:
        standards = priced_by(card_on(session, job.due), shop_standards(session), catalog.unit_names(session))
        accepted = acceptances(session, of_job(job))
    return spec_check.examine(
        plant.files,
        files,
        spec,
        standards,
        work.folder,
        revision=job.revision,
        accepted=accepted,
        statement=statement,
    )


def _quote(session: Session, job: Job, check: PrintCheck, accepted: Alternative | None) -> QuoteSnapshot:
    """As the agency has accepted it where it is made of the same, else at the prices of its day."""
    splits = session.scalars(
        select(ChargeSplit).filter_by(job_id=job.id).order_by(ChargeSplit.budget_unit_id)
    ).all()
    shares = [Share(split.budget_unit.bill_code, split.weight) for split in splits]
    card = card_on(session, job.due)
    fixes = fixes_charged(how_many(fixed_in_job(session, job)), card)
    made, stops = job.product != SHELF, charged_stops(session, job)
    snapshot = quote(
        print_check.expected_usage(check.plan, setup=int(made), stops=stops, fixes=fixes),
        card,
        names=catalog.unit_names(session),
        postage=ZERO,
        single_piece=None,
        shares=shares,
        is_rush=made
        and shop_calendar(session).is_rush(
            business_date(job.created_at), job.due, check.minutes, buys_paper=check.buys_paper
        ),
    )
    return as_accepted(snapshot, accepted, shares) if accepted else snapshot
