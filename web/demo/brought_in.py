"""Sealed mail that agencies bring, and its way through the barcode sorter."""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np
from sqlalchemy import select

from postal.barcode_sorter.log import write_log
from postal.barcode_sorter.simulator import Machine, simulate
from postal.sorting.presort_plan import PieceColumns
from production.jobs.route import jobs_of
from production.mailings.models import PresortStream
from production.mailroom.sorter import account as sorter_account
from production.mailroom.sorter import drops, logs, runs
from production.mailroom.sorter.drops import DropFacts
from production.mailroom.sorter.models import SorterDrop, SorterLog
from production.mailroom.sorter.runs import RunWishes
from production.people.models import Agency, BudgetUnit
from store.db import UnitOfWork
from web.demo import cast, mailing
from web.demo.hands import Hands
from web.demo.moments import Moments
from web.demo.rows import BroughtIn, Run

_MACHINE, _BY = "Sorter 1", "stella"
# Where mail of the capital goes: ZIP Code and share, in hundredths.
_SPREAD = {70801: 18, 70802: 22, 70806: 14, 70112: 16, 70501: 12, 71101: 10, 70360: 8}


def bring_in(hands: Hands, moments: Moments, row: BroughtIn) -> None:
    """Counted at the dock."""

    def verb(uow: UnitOfWork) -> SorterDrop:
        facts = DropFacts(
            budget_unit=account_of(uow, row.agency, row.account), title=row.title, mail_class="first-class",
            mail_date=moments.mail_day(row.mail), envelope="window10", weight_oz=Decimal("0.8"),
            thickness_in=Decimal("0.02"), counted=row.counted, counted_by="count",
        )  # fmt: skip
        return drops.register_drop(uow, hands.plant.files, facts)

    hands.act(row.key, _BY, moments.at(row.brought), verb)


def sort(hands: Hands, moments: Moments, row: Run, counted: Sequence[int]) -> None:
    """A run of the sorter, as far as the row says; ``counted``: pieces of its jobs."""
    hands.act(row.key, _BY, moments.at(row.made), lambda uow: _make_run(hands, uow, row, sum(counted)))
    if row.read:
        hands.act(f"{row.key}: read", _BY, moments.at(row.read), lambda uow: _read(hands, uow, row, counted))
    if row.closed:
        closing = moments.at(row.closed)
        hands.act(f"{row.key}: closed", _BY, closing, lambda uow: _close(hands, uow, row))
        hands.act(f"{row.key}: mailing", "mona", closing, lambda uow: _run_of(hands, uow, row).mailing)
        mailing.finish(hands, f"{row.key}: mailing", closing)
    mailing.go(hands, moments, f"{row.key}: mailing", left=row.left, delivered=row.delivered)


def account_of(uow: UnitOfWork, agency: str, bill_code: str) -> BudgetUnit:
    """An account of an agency, its first unless said."""
    query = select(BudgetUnit).join(Agency, Agency.id == BudgetUnit.agency_id)
    wanted = bill_code or cast.account(agency)
    return uow.session.scalars(query.where(Agency.code == agency, BudgetUnit.bill_code == wanted)).one()


def _make_run(hands: Hands, uow: UnitOfWork, row: Run, pieces: int) -> PresortStream:
    jobs = [hands.made(uow.session, key, SorterDrop) for key in row.jobs]
    lines = [f"{zip5},{max(1, pieces * share // 100)}" for zip5, share in _SPREAD.items()]
    density = hands.keep("\n".join(["zip,pieces", *lines]).encode(), "text/csv")
    wishes = RunWishes(
        machine=_MACHINE, bins=8, passes=2, stacker_pieces=400, density=density, density_name="spread.csv"
    )
    return runs.make_run(uow, hands.plant.files, jobs, wishes)


def _read(hands: Hands, uow: UnitOfWork, row: Run, counted: Sequence[int]) -> SorterLog:
    """What the machine wrote about this mail: a simulated run, for there is no machine."""
    stream = _run_of(hands, uow, row)
    run = runs.find_run(uow.session, stream.number)[1]
    tags = [job.number for job in jobs_of(uow.session, stream, SorterDrop)]
    machine = Machine(run.machine, stream.number, logs.plan_name(run), weight=800)
    plan = runs.bin_plan_of(hands.plant.files, run)
    log = simulate(plan, _pieces(counted), tags, machine, seed=zlib.crc32(row.key.encode()))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.csv"
        write_log(log, path)
        ref = hands.keep(path.read_bytes(), "text/csv")
    return logs.give_log(uow, stream, ref, given_name=f"{stream.number}.csv")


def _pieces(counted: Sequence[int]) -> PieceColumns:
    """Pieces by job, spread over the ZIP Codes."""
    zips = np.concatenate([_spread(count) for count in counted])
    job = np.repeat(np.arange(len(counted)), counted)
    return PieceColumns.of(zips, zips * 1_000_000 + 100 + np.arange(len(zips)) % 999_900, job=job)


def _spread(count: int) -> np.ndarray:
    bounds = np.cumsum(list(_SPREAD.values())) * count // 100
    return np.repeat(np.array(list(_SPREAD), np.int64), np.diff(bounds, prepend=0))


def _close(hands: Hands, uow: UnitOfWork, row: Run) -> PresortStream:
    stream = _run_of(hands, uow, row)
    plan = runs.bin_plan_of(hands.plant.files, runs.find_run(uow.session, stream.number)[1])
    sorter_account.close_account(uow, hands.plant.files, stream, plan, word="")
    return stream


def _run_of(hands: Hands, uow: UnitOfWork, row: Run) -> PresortStream:
    return hands.made(uow.session, row.key, PresortStream)
