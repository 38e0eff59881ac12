"""Mail brought in, up to any point of its way through the sorter, by the product's own verbs and steps."""

from __future__ import annotations

import dataclasses
import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
from sqlalchemy import select

from postal.barcode_sorter.bin_plan import BinPlan
from postal.barcode_sorter.log import SorterLog as Columns
from postal.barcode_sorter.log import write_log
from postal.barcode_sorter.simulator import Machine, simulate
from postal.sorting.presort_plan import PieceColumns
from production.jobs.route import jobs_of
from production.mailings.models import PresortStream
from production.mailroom.sorter import account as sorter_account
from production.mailroom.sorter import drops, logs, runs
from production.mailroom.sorter.drops import DropFacts
from production.mailroom.sorter.models import SorterDrop, SorterLog
from production.mailroom.sorter.runs import RunWishes, bin_plan_of
from production.people.models import Agency, BudgetUnit
from store.plant import Plant
from tests.factories import PLANT
from tests.production.mailings import actor
from workers.runtime import drain

MAIL_DATE = date(2025, 8, 1)  # the prices of that day are complete
MACHINE = "SORTER-1"
DENSITY = "zip,pieces\n70801,200\n70802,170\n70112,160\n60601,30\n02134,2\n90210,1\n"


def account_of(session, code: str) -> BudgetUnit:
    """A sample agency's account."""
    query = select(BudgetUnit).join(Agency, Agency.id == BudgetUnit.agency_id)
    return session.scalars(query.where(BudgetUnit.bill_code == code)).one()


def facts(unit: BudgetUnit, **changes) -> DropFacts:
    """A drop of #10 letters."""
    values = {
        "budget_unit": unit, "title": "Renewals", "mail_class": "first-class", "mail_date": MAIL_DATE,
        "envelope": "window10", "weight_oz": Decimal("0.8"), "thickness_in": Decimal("0.02"),
        "counted": 300, "counted_by": "count",
    }  # fmt: skip
    return DropFacts(**(values | changes))


def bring_in(plant: Plant, code="DEX-100", **changes) -> SorterDrop:
    """A drop, entered by the mail operator."""
    with plant.db.unit_of_work(actor(plant, "mona")) as uow:
        return drops.register_drop(uow, plant.files, facts(account_of(uow.session, code), **changes))


def wishes(plant: Plant, *, density: str | None = DENSITY, **changes) -> RunWishes:
    """A machine of 6 bins and 2 passes, density from a file."""
    ref = plant.files.keep_bytes(density.encode(), "text/csv") if density else None
    values = {"machine": MACHINE, "bins": 6, "passes": 2, "stacker_pieces": 400, "density": ref}
    return RunWishes(**(values | changes))


def make_run(plant: Plant, *jobs: SorterDrop, **changes) -> PresortStream:
    """A run with its bin plan."""
    with plant.db.unit_of_work(actor(plant, "mona")) as uow:
        mine = [uow.session.get_one(SorterDrop, job.id) for job in jobs]
        stream = runs.make_run(uow, plant.files, mine, wishes(plant, **changes))
    drain(plant)
    return stream


def plan_of(plant: Plant, stream: PresortStream) -> BinPlan:
    """The bin plan of a run."""
    with plant.db.read_only(PLANT) as session:
        return bin_plan_of(plant.files, runs.find_run(session, stream.number)[1])


def pieces(*by_job: dict[int, int], bare: int = 0) -> PieceColumns:
    """Pieces by job and ZIP; ``bare``: every so-manieth is read to its ZIP only."""
    zips = np.concatenate([np.repeat(list(own), list(own.values())) for own in by_job]).astype(np.int64)
    job = np.repeat(np.arange(len(by_job)), [sum(own.values()) for own in by_job])
    place = np.arange(len(zips))
    zip11 = zips * 1_000_000 + 100 + place % 999_900  # an add-on of 0000 is none
    return PieceColumns.of(zips, np.where(place % bare == 0, -1, zip11) if bare else zip11, job=job)


def run_machine(plant: Plant, stream: PresortStream, mail: PieceColumns, *, seed=1, **changes) -> Columns:
    """What the machine does with this mail."""
    with plant.db.read_only(PLANT) as session:
        found, run = runs.find_run(session, stream.number)
        tags = [job.number for job in jobs_of(session, found, SorterDrop)]
        machine = Machine(run.machine, found.number, logs.plan_name(run), weight=800)
    return simulate(plan_of(plant, stream), mail, tags, dataclasses.replace(machine, **changes), seed=seed)


def log_bytes(log: Columns) -> bytes:
    """The log as the machine's file."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "log.csv"
        write_log(log, path)
        return path.read_bytes()


def give(plant: Plant, stream: PresortStream, data: bytes, *, name="log.csv") -> SorterLog:
    """A log given and read by the worker."""
    ref = plant.files.keep_bytes(data, "text/csv")
    with plant.db.unit_of_work(actor(plant, "mona")) as uow:
        own = uow.session.get_one(PresortStream, stream.id)
        given = logs.give_log(uow, own, ref, given_name=name)
    drain(plant)
    with plant.db.read_only(PLANT) as session:
        return session.get_one(SorterLog, given.id)


def enter(plant: Plant, stream: PresortStream, job: SorterDrop, *, hand_sorted=0, returned=0) -> None:
    """What became of a job's rejects."""
    with plant.db.unit_of_work(actor(plant, "mona")) as uow:
        sorter_account.enter_rejects(
            uow,
            uow.session.get_one(PresortStream, stream.id),
            uow.session.get_one(SorterDrop, job.id),
            hand_sorted=hand_sorted,
            returned=returned,
        )


def look(plant: Plant, stream: PresortStream) -> sorter_account.RunAccount:
    """The account as it stands."""
    with plant.db.read_only(PLANT) as session:
        return sorter_account.account(
            session, session.get_one(PresortStream, stream.id), plan_of(plant, stream)
        )


def close(plant: Plant, stream: PresortStream, **said) -> None:
    """The account closed; the worker presorts and draws the papers."""
    plan = plan_of(plant, stream)
    with plant.db.unit_of_work(actor(plant, "mona")) as uow:
        sorter_account.close_account(
            uow, plant.files, uow.session.get_one(PresortStream, stream.id), plan, **({"word": ""} | said)
        )
    drain(plant)
