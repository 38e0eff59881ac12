"""A plan to look at: trays by level as a map, the groups that just missed a level, the pieces of a tray."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import NotFound
from kernel.money import Rate
from postal.explain import explain_level
from postal.presort_plan import PresortPlan
from postal.trays import tray_rules
from production.catalog.editions import shop_editions
from production.jobs.models import Job, PresortBatch
from production.mailroom.models import BatchSlice
from production.mailroom.planning import plan_of
from store.files import FileStore

CELLS = 180  # trays a level shows on the map; its own page has them all
NEARLY = 9, 10  # a group that has this share of its minimum is worth a look


@dataclass(frozen=True, slots=True)
class TrayCell:
    """One tray: ``percent`` of its length is filled."""

    number: int
    line_1: str
    pieces: int
    percent: int
    is_full: bool
    type_name: str


@dataclass(frozen=True, slots=True)
class Band:
    """One level of the map; ``rate`` None where trays hold bundles of several prices."""

    code: str
    name: str
    minimum: int
    pieces: int
    trays: int
    rate: Rate | None
    percent: int
    cells: Sequence[TrayCell]


@dataclass(frozen=True, slots=True)
class NearGroup:
    """A destination that was not formed although it nearly was."""

    name: str
    pieces: int
    missing: int


@dataclass(frozen=True, slots=True)
class LevelPage:
    """A level's trays from one number on, what is to be said of it, and its near groups."""

    band: Band
    sentences: Sequence[str]
    trays: Sequence[TrayCell]
    has_more: bool
    near: Sequence[NearGroup]


@dataclass(frozen=True, slots=True)
class TrayPiece:
    """A piece of a tray without its recipient."""

    number: int
    routing: str
    job_number: str


@dataclass(frozen=True, slots=True, eq=False)
class PlanDesk:
    """A plan with what its pages need besides: tray lengths by type code, job numbers by position."""

    plan: PresortPlan
    lengths: Mapping[str, float]
    jobs: Mapping[int, str]


def open_plan(session: Session, files: FileStore, batch: PresortBatch) -> PlanDesk:
    """The plan of a batch; NotFound before it is sorted."""
    if not batch.plan_sha256:
        raise NotFound(f"Batch {batch.number} is not sorted yet.")
    query = select(BatchSlice.position, Job.number).join(Job, Job.id == BatchSlice.job_id)
    rules = tray_rules(batch.mail_date, among=shop_editions(files))
    lengths = {tray.code: float(tray.length_in) for family in rules.families for tray in family.types}
    jobs = session.execute(query.where(BatchSlice.batch_id == batch.id).order_by(BatchSlice.position))
    return PlanDesk(plan_of(files, batch), lengths, dict(jobs.all()))


def plan_map(desk: PlanDesk) -> tuple[Band, ...]:
    """Every level with trays, its first trays as cells."""
    present = np.unique(desk.plan.trays.level).tolist()
    return tuple(_band(desk, level, np.flatnonzero(desk.plan.trays.level == level)) for level in present)


def level_page(
    desk: PlanDesk, code: str, *, after: int = 0, limit: int = 200, job: str = "", only_part: bool = False
) -> LevelPage:
    """The trays of a level behind number ``after``: all, or those with pieces of a job, or those not full.
    NotFound for a level without trays.
    """
    plan = desk.plan
    codes = [level.code for level in plan.tray_levels]
    rows = np.flatnonzero(plan.trays.level == codes.index(code)) if code in codes else np.array([], np.intp)
    if not len(rows):
        raise NotFound("The plan has no trays of this level.")
    band = _band(desk, codes.index(code), rows)
    chosen = rows[rows >= after]
    if job:
        chosen = chosen[np.isin(chosen, _trays_of_job(desk, job))]
    if only_part:
        chosen = chosen[~plan.trays.is_full[chosen]]
    return LevelPage(
        band=band,
        sentences=() if plan.containers else explain_level(plan, code),
        trays=_cells(desk, chosen[:limit]),
        has_more=len(chosen) > limit,
        near=() if plan.containers else _near(plan, codes.index(code)),
    )


def tray_pieces(desk: PlanDesk, tray: int, *, after: int = 0, limit: int = 100) -> tuple[TrayPiece, ...]:
    """Pieces of a tray behind number ``after``, in tray order."""
    label = desk.plan.label(tray)
    first = max(label.first_piece, after + 1)
    numbers = range(first, min(label.last_piece, first + limit - 1) + 1)
    return tuple(
        TrayPiece(number, _routing(desk.plan, number - 1), desk.jobs.get(int(desk.plan.job[number - 1]), ""))
        for number in numbers
    )


def _band(desk: PlanDesk, index: int, rows: npt.NDArray[np.intp]) -> Band:
    plan = desk.plan
    level: Any = plan.tray_levels[index]
    room = sum(desk.lengths[plan.tray_types[kind]] for kind in plan.trays.tray_type[rows].tolist())
    return Band(
        code=level.code,
        name=level.name,
        minimum=level.minimum,
        pieces=int(plan.trays.pieces[rows].sum()),
        trays=len(rows),
        rate=None if plan.containers else level.rate,
        percent=int(100 * plan.trays.stack_inches[rows].sum() / room),
        cells=_cells(desk, rows[:CELLS]),
    )


def _cells(desk: PlanDesk, rows: npt.NDArray[np.intp]) -> tuple[TrayCell, ...]:
    plan, trays = desk.plan, desk.plan.trays
    return tuple(
        TrayCell(
            number=row + 1,
            line_1=trays.line_1[row],
            pieces=int(trays.pieces[row]),
            percent=min(100, int(100 * trays.stack_inches[row] / desk.lengths[plan.tray_types[kind]])),
            is_full=bool(trays.is_full[row]),
            type_name=plan.tray_names[kind],
        )
        for row, kind in zip(rows.tolist(), trays.tray_type[rows].tolist(), strict=True)
    )


def _trays_of_job(desk: PlanDesk, job: str) -> npt.NDArray[np.intp]:
    positions = [position for position, number in desk.jobs.items() if number == job]
    return np.unique(desk.plan.tray_of_piece[np.isin(desk.plan.job, positions)]).astype(np.intp) - 1


def _near(plan: PresortPlan, index: int) -> tuple[NearGroup, ...]:
    """The largest groups that were looked at, nearly reached the minimum and were not formed."""
    level, groups = plan.levels[index], plan.groups
    share, whole = NEARLY
    is_near = (groups.level == index) & ~groups.is_formed & (groups.pieces * whole >= level.minimum * share)
    rows = np.flatnonzero(is_near)
    return tuple(
        NearGroup(
            groups.label.get(row) or f"{int(groups.label_zip[row]):05d}",
            int(groups.pieces[row]),
            max(0, level.minimum - int(groups.pieces[row])),
        )
        for row in rows[np.argsort(-groups.pieces[rows], kind="stable")][:50].tolist()
    )


def _routing(plan: PresortPlan, row: int) -> str:
    """'70801-2345 67', or the bare ZIP of a piece without a delivery point."""
    zip11 = int(plan.zip11[row])
    if zip11 < 0:
        return f"{int(plan.zip5[row]):05d}"
    digits = f"{zip11:011d}"
    return f"{digits[:5]}-{digits[5:9]} {digits[9:]}"
