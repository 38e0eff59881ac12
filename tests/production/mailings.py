"""A mailing up to any point of the line, by the product's own verbs; only the limited child processes and the queue
are left out, so that a test of what comes later starts within a second.
"""

from __future__ import annotations

import csv
import tempfile
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import select

import billing.rate_cards
from kernel import clock
from kernel.money import Money
from postal.data.mail_days import next_mail_day
from postal.piece.kinds import CLASSES as PREFIXES
from postal.sorting.presort import LEAST
from production.catalog.piece_weight import DEFAULT_ENVELOPE, envelopes, letter_facts
from production.floor import operations as floor
from production.frontdesk.approving import approvals
from production.frontdesk.checks.list_check import check_list
from production.frontdesk.lists.samples import SAMPLE_MAPPING, write_sample_list
from production.frontdesk.orders import intake
from production.frontdesk.orders.intake import GivenFile, MailingRequest
from production.frontdesk.orders.snapshot import QuoteSnapshot
from production.frontdesk.preparation import outcome as preparation
from production.frontdesk.preparation.examine import Examination
from production.frontdesk.preparation.outcome import Offer, Preparation
from production.jobs.models import Job, Operation
from production.jobs.states import OperationCode
from production.mailings import nonprofit, sort_agreement
from production.mailings.accepted import merge_columns, read_accepted
from production.mailings.models import PresortStream
from production.mailings.setup import SHOPS
from production.mailroom.streams import building, planning, segments
from production.people.models import Agency, BudgetUnit, User
from production.people.setup import ONE, record
from production.prepress.merge.print_file import compile_template
from production.prepress.merge.template_fields import template_fields
from production.sample import load_sample
from store.db import Actor
from store.outbox import OutboxMessage
from store.plant import Plant
from tests.billing.ledgers import make_card
from tests.databases import begin
from tests.factories import PLANT, make_budget_unit
from tests.production.prepress.letters import make_template

MAIL_DATE = next_mail_day(clock.today() + timedelta(days=8))  # an agency cannot order for a day that is past
CARD = Path(billing.rate_cards.__file__).parent / "data" / "sample_rate_card.csv"
FLOOR = Actor("pat")


def open_sample(plant: Plant) -> None:
    """The sample plant with its rate card."""

    def people_and_rates():
        with plant.db.unit_of_work(PLANT) as uow:
            assert load_sample(uow, password_hash=lambda: "x")
            make_card(uow, name="Sample", effective_from=date(2025, 7, 1))

    begin(plant, "sample", people_and_rates)


def person(uow, name: str) -> User:
    """Somebody of the sample plant."""
    return uow.session.scalars(select(User).filter_by(sign_in_name=name)).one()


def actor(plant: Plant, name: str) -> Actor:
    """Somebody of the sample plant as who acts."""
    with plant.db.unit_of_work(PLANT) as uow:
        return person(uow, name).as_actor()


def given(plant: Plant, path: Path, *, name: str | None = None) -> GivenFile:
    """A file as uploaded and kept."""
    with path.open("rb") as stream:
        return GivenFile(plant.files.keep_stream(stream, "application/octet-stream"), name or path.name)


def mailing_files(
    plant: Plant, *, pieces=60, seed=1, pages=1, text="Static words", size=(612, 792), bare=0
) -> dict[str, GivenFile]:
    """A template and a clean sample list, whose first ``bare`` rows have no delivery point."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_sample_list(folder / "list.csv", pieces, seed=seed)
        if bare:
            without_points(folder / "list.csv", bare)
        template = make_template(folder / "letter.pdf", pages, text=text, size=size)
        return {"template": given(plant, template), "list": given(plant, folder / "list.csv")}


def without_points(path: Path, rows: int) -> None:
    """Take the delivery points out of the first rows of a sample list."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *cells = csv.reader(file)
    for row in cells[:rows]:
        row[header.index("Delivery Point")] = ""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *cells])


def wishes(files: dict[str, GivenFile], **changes) -> MailingRequest:
    """A request for the sample agency, complete."""
    values = {
        "title": "Notice of renewal", "mail_date": MAIL_DATE, "files": files, "splits": {"DEX-100": 1},
        "content": "general",
    }  # fmt: skip
    return MailingRequest(**(values | changes))


def authorize(plant: Plant, *, agency="DEX", number="123456", zip5="70802", **days) -> None:
    """Nonprofit prices for an agency of the sample plant, from long ago unless said."""
    with plant.db.unit_of_work(PLANT) as uow:
        nonprofit.enter(
            uow, agency_code=agency, number=number, zip5=zip5, post_office="BATON ROUGE LA",
            **({"valid_from": date(2020, 1, 1)} | days),
        )  # fmt: skip


def submit(plant: Plant, request: MailingRequest, *, by="rita") -> Job:
    """Submitted by a person of the sample plant for their agency, seen through their agency's eyes."""
    with plant.db.unit_of_work(actor(plant, by)) as uow:
        requester = person(uow, by)
        return intake.submit_mailing(uow, request, agency_id=requester.agency_id, requester_id=requester.id)


def prepare(plant: Plant, job: Job, *, folder: Path | None = None) -> None:
    """Check and quote (at one dollar), in this process; the wish for it is closed."""
    with tempfile.TemporaryDirectory() as name, plant.db.unit_of_work(PLANT) as uow:
        job = uow.session.get_one(Job, job.id)
        files = intake._files_of(uow, job)
        checked = check_list(
            plant.files.path(files["list"].sha256), "list.csv", SAMPLE_MAPPING,
            {"on": job.mail_date.isoformat()}, Path(name),
        )  # fmt: skip
        path = Path(checked.accepted_path)
        columns = merge_columns(read_accepted(path)).column_names
        template = plant.files.path(files["template"].sha256)
        fields, _ = template_fields(None, columns=columns, page_sizes=[(612, 792)])
        compiled = compile_template(template, fields)
        found = Examination(
            rows_in=checked.rows_in, mapping=SAMPLE_MAPPING, compiled=compiled,
            letter=letter_facts(envelopes()[job.envelope], pages=compiled.sizes, is_duplex=job.duplex),
        )  # fmt: skip
        found.groups["list"], found.fixes = checked.findings, checked.to_fix
        ref = plant.files.keep(path, "application/vnd.apache.arrow.file")
        outcome = Preparation(
            job.revision, found, checked.accepted, {"accepted_list": (ref, "a.arrow", None)}
        )
        outcome.offer = Offer(
            QuoteSnapshot(),
            Money(100),
            Money(60),
            Money(80),
            [],
            "letter",
            f"{PREFIXES[job.mail_class]}-letter-automation",
        )
        preparation.record(uow, job, outcome)
        for message in uow.session.scalars(select(OutboxMessage).filter_by(task="prepare", done_at=None)):
            message.done_at = uow.now


def approve(plant: Plant, job: Job, *, by="andy") -> None:
    """Approved as shown."""
    with plant.db.unit_of_work(actor(plant, by)) as uow:
        job = uow.session.get_one(Job, job.id)
        approvals.approve(uow, job, revision=job.revision, total=Money(100))


def approved(
    plant: Plant, *, agency="DEX", title="Notice", envelope=DEFAULT_ENVELOPE, mail_date=MAIL_DATE,
    mail_class="first-class", **files,
):  # fmt: skip
    """A mailing ready for a stream."""
    by, consent, account = {"DEX": ("rita", "andy", "DEX-100"), "OSR": ("oscar", "ada", "OSR-010")}[agency]
    request = wishes(
        mailing_files(plant, **files),
        title=title,
        envelope=envelope,
        mail_date=mail_date,
        splits={account: 1},
        mail_class=mail_class,
    )
    job = submit(plant, request, by=by)
    prepare(plant, job)
    approve(plant, job, by=consent)
    return job


def build(plant: Plant, *jobs: Job, **how) -> PresortStream:
    """One stream of these jobs."""
    with plant.db.unit_of_work(PLANT) as uow:
        if how.get("policy") == LEAST:
            agree_to_least_postage(uow)
        return building.build(uow, plant.files, [uow.session.get_one(Job, job.id) for job in jobs], **how)


def agree_to_least_postage(uow) -> None:
    """The Postal Service has agreed that pieces may be held back."""
    sort_agreement.keep_agreement(
        uow, agreed_by="A. Clerk, Baton Rouge BMEU", agreed_on="2026-01-05", writing="letter of 2026-01-05"
    )


def plan(plant: Plant, stream: PresortStream) -> PresortStream:
    """Sorted; merge operations are ready."""
    with plant.db.read_only(PLANT) as session:
        facts = planning.read_facts(session, session.get_one(PresortStream, stream.id).mailing)
    with plant.files.scratch_folder() as folder:
        made = planning.sort_mailing(plant.files, facts, folder)
    with plant.db.unit_of_work(PLANT) as uow:
        planning.record_plans(uow, facts, made)
        return uow.session.get_one(PresortStream, stream.id)


def merge(plant: Plant, operation: Operation) -> segments.Merged:
    """The print file of one merge operation, recorded."""
    with plant.db.read_only(PLANT) as session:
        facts = segments.read_facts(session, session.get_one(Operation, operation.id))
    with plant.files.scratch_folder() as folder:
        merged = segments.merge_segment(plant.files, facts, folder)
    with plant.db.unit_of_work(PLANT) as uow:
        segments.record_merge(uow, merged)
    return merged


def operations(plant: Plant, stream: PresortStream, kind: OperationCode) -> list[Operation]:
    """A stream's operations of a kind, by segment."""
    with plant.db.read_only(PLANT) as session:
        query = select(Operation).filter_by(lot_id=stream.id, type=kind).order_by(Operation.segment)
        return list(session.scalars(query))


def run(plant: Plant, operation: Operation, **details) -> None:
    """An operator starts and finishes an operation by its ticket."""
    with plant.db.unit_of_work(FLOOR) as uow:
        floor.start(uow, operation.ticket, work_center="Padding bench")
    with plant.db.unit_of_work(FLOOR) as uow:
        floor.finish(uow, operation.ticket, files=plant.files, **details)


def set_shop(plant: Plant, **values) -> None:
    """Change the shop's profile, with its version; what needs a second person is in force at once."""
    with plant.db.unit_of_work(PLANT) as uow:
        before = SHOPS.find(uow.session, ONE)
        after = before.model_copy(update=values)
        SHOPS.write(uow, after)
        record(uow, SHOPS, after, before)


def add_account(plant: Plant, code: str, *, agency="DEX", closed=False) -> None:
    """Another account of an agency."""
    with plant.db.unit_of_work(PLANT) as uow:
        owner = uow.session.scalars(select(Agency).filter_by(code=agency)).one()
        unit: BudgetUnit = make_budget_unit(uow, agency=owner, bill_code=code)
        unit.closed_at = uow.now if closed else None
