"""The plan of a stream to walk through: trays by level, groups formed and missed, what a tray holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy.orm import Session

from kernel.errors import NotFound
from kernel.money import Extended, Rate
from postal.data.editions import InForce
from postal.plans.labeling import city_state_label
from postal.plans.routes import ROUTES, route_text
from postal.sorting.filling import tray_rules
from postal.sorting.presort_plan import Bools, Int64s, LevelResult, PresortPlan
from production.mailings.editions import shop_editions
from production.mailings.models import PresortStream
from production.mailings.streams import plan_of
from production.mailroom.streams.queries import StreamJob, stream_by_number, stream_jobs
from production.mailroom.streams.tray_map import Band, tray_map
from store.files import FileStore

FORMED, MISSED, NEAR = "formed", "missed", "near"
SHOWS = (FORMED, MISSED, NEAR)
NEAR_SHARE = 10  # nearly reaching a minimum: at most a tenth of it is missing


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """What the plan's pages need to know, read before the plan is opened. ``jobs`` in the order of the plan."""

    stream: PresortStream
    jobs: tuple[StreamJob, ...]

    @property
    def agencies(self) -> tuple[str, ...]:
        """Whose jobs they are, by name."""
        return tuple(sorted({job.agency for job in self.jobs}))

    def positions(self, owner: str) -> list[int] | None:
        """Jobs of the plan that ``owner`` names, a job's number or an agency; None for all. NotFound."""
        if not owner:
            return None
        found = [place for place, job in enumerate(self.jobs) if owner in (job.number, job.agency)]
        if not found:
            raise NotFound("The stream has no such job or agency.")
        return found


@dataclass(frozen=True, slots=True)
class LevelLine:
    """A price level with what came to it. ``formed`` and ``near`` count its groups."""

    code: str
    name: str
    pieces: int
    rate: Rate | None
    price: str
    postage: Extended
    formed: int
    missed: int
    near: int


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One group of a level: the pieces free for it, and how many were missing. ``tray``: its first, None unformed."""

    name: str
    pieces: int
    missing: int
    is_formed: bool
    tray: int | None
    trays: int


@dataclass(frozen=True, slots=True)
class GroupPage:
    """Some groups of a level; ``has_more`` behind them."""

    level: LevelResult
    groups: tuple[GroupLine, ...]
    total: int
    has_more: bool


@dataclass(frozen=True, slots=True)
class BundleLine:
    """A bundle of a tray."""

    bundle: int
    level: str
    name: str
    first_piece: int
    pieces: int


@dataclass(frozen=True, slots=True)
class PieceLine:
    """A piece of a tray; whose it is, not whom it is for."""

    piece: int
    zip5: str
    job_number: str
    agency: str


def plan_facts(session: Session, number: str) -> PlanFacts:
    """The stream and its jobs; NotFound, also while it is not planned."""
    stream = stream_by_number(session, number)
    if stream.plan_sha256 is None:
        raise NotFound(f"Stream {stream.number} is not sorted yet.")
    return PlanFacts(stream, stream_jobs(session, stream))


def open_plan(files: FileStore, facts: PlanFacts) -> PresortPlan:
    """The plan, memory-mapped."""
    return plan_of(files, facts.stream)


def bands(
    files: FileStore,
    plan: PresortPlan,
    *,
    owners: Sequence[int] | None = None,
    level: str = "",
    loose: bool = False,
    cells: int,
    after: int = 0,
) -> tuple[Band, ...]:
    """The map: trays holding pieces of ``owners`` (all without), of one level, only those less than full."""
    only = np.ones(len(plan.trays), np.bool_)
    if owners is not None:
        only &= _trays_of(plan, owners)
    if loose:
        only &= ~plan.trays.is_full
    if level:
        codes = [one.code for one in plan.tray_levels]
        if level not in codes:
            raise NotFound("The plan has no such level.")
        only &= plan.trays.level == codes.index(level)
    rules = tray_rules(InForce(plan.mail_date, shop_editions(files)))
    return tray_map(plan, rules, cells=cells, only=only, after=after)


def level_lines(plan: PresortPlan) -> tuple[LevelLine, ...]:
    """Every level that pieces were looked at for, residual last."""
    return tuple(
        LevelLine(
            code=level.code,
            name=level.name,
            pieces=level.pieces,
            rate=level.rate,
            price=level.price,
            postage=level.postage,
            **{show: int(_groups_shown(plan, index, show).sum()) for show in SHOWS},
        )
        for index, level in enumerate(plan.levels)
    )


def group_page(
    plan: PresortPlan,
    code: str,
    *,
    show: str = FORMED,
    owners: Sequence[int] | None = None,
    after: int = 0,
    limit: int,
) -> GroupPage:
    """Groups of a level in the order of the plan, missed ones with the fewest missing first. NotFound."""
    index = next((row for row, level in enumerate(plan.levels) if level.code == code), None)
    if index is None or show not in SHOWS:
        raise NotFound("The plan has no such level or list of groups.")
    shown = _groups_shown(plan, index, show)
    if owners is not None:
        shown &= _groups_of(plan, index, owners)
    rows = np.flatnonzero(shown)
    if show != FORMED:
        rows = rows[np.argsort(-plan.groups.pieces[rows], kind="stable")]
    level = plan.levels[index]
    lines = tuple(_group_line(plan, level, row) for row in rows[after : after + limit].tolist())
    return GroupPage(level, lines, len(rows), len(rows) > after + limit)


def bundles_of(plan: PresortPlan, tray: int) -> tuple[BundleLine, ...]:
    """The bundles in a tray (from 1); nothing where pieces lie loose."""
    bundles = plan.bundles
    if bundles is None:
        return ()
    return tuple(
        BundleLine(
            bundle=row + 1,
            level=plan.levels[int(bundles.level[row])].name,
            name=group_name(plan, int(bundles.group[row])),
            first_piece=int(bundles.first_piece[row]),
            pieces=int(bundles.pieces[row]),
        )
        for row in np.flatnonzero(bundles.tray == tray).tolist()
    )


def piece_lines(plan: PresortPlan, jobs: Sequence[StreamJob], first: int, last: int) -> tuple[PieceLine, ...]:
    """Pieces first..last with their job."""
    zips, owners = plan.zip5[first - 1 : last].tolist(), plan.job[first - 1 : last].tolist()
    return tuple(
        PieceLine(piece, f"{zip5:05d}", jobs[owner].number, jobs[owner].agency)
        for piece, zip5, owner in zip(range(first, last + 1), zips, owners, strict=True)
    )


def group_name(plan: PresortPlan, row: int) -> str:
    """Line 1 of a group, formed or not."""
    known = plan.groups.label.get(row)
    if known is not None:
        return known
    level, key = plan.levels[int(plan.groups.level[row])], int(plan.groups.key[row])
    if level.key == "route":
        return f"{city_state_label(key // ROUTES)} {route_text(key % ROUTES)}"
    return city_state_label(key) if level.key == "zip5" else f"Group {key}"


def _groups_shown(plan: PresortPlan, index: int, show: str) -> Bools:
    groups, minimum = plan.groups, plan.levels[index].minimum
    here: Bools = (groups.level == index) & (groups.pieces > 0)
    here &= groups.is_formed if show == FORMED else ~groups.is_formed
    if show == NEAR:
        here &= (groups.pieces < minimum) & ((minimum - groups.pieces) * NEAR_SHARE <= minimum)
    return here


def _group_line(plan: PresortPlan, level: LevelResult, row: int) -> GroupLine:
    pieces = int(plan.groups.pieces[row])
    held = plan.bundles
    if not plan.groups.is_formed[row]:
        trays = np.empty(0, np.int64)
    elif held is None:
        trays = np.flatnonzero(plan.trays.group == row) + 1
    else:
        trays = np.unique(held.tray[held.group == row])
    return GroupLine(
        name=group_name(plan, row),
        pieces=pieces,
        missing=max(0, level.minimum - pieces),
        is_formed=bool(plan.groups.is_formed[row]),
        tray=int(trays[0]) if len(trays) else None,
        trays=len(trays),
    )


def _trays_of(plan: PresortPlan, owners: Sequence[int]) -> Bools:
    """Trays that hold a piece of these jobs."""
    mine = np.flatnonzero(np.isin(plan.job, owners))
    holding = np.zeros(len(plan.trays), np.bool_)
    holding[np.searchsorted(plan.trays.first_piece, mine + 1, side="right") - 1] = True
    return holding


def _groups_of(plan: PresortPlan, index: int, owners: Sequence[int]) -> Bools:
    """Groups of a level that a piece of these jobs was looked at for."""
    mine = np.isin(plan.job, owners)
    found = np.zeros(len(plan.groups.level), np.bool_)
    if index == len(plan.levels) - 1:  # the one group of what is left has no units
        found[-1] = bool((mine & (plan.level_of_piece == index)).any())
        return found
    unit = np.isin(_codes(plan.units.zip5, plan.units.route), _codes(plan.zip5[mine], _routes(plan, mine)))
    rows = plan.units.group[unit, index]
    found[rows[rows >= 0]] = True
    return found


def _routes(plan: PresortPlan, mine: Bools) -> np.ndarray[tuple[int], np.dtype[np.int32]] | None:
    return None if plan.route is None or plan.units.route is None else plan.route[mine]


def _codes(zip5: np.ndarray, route: np.ndarray | None) -> Int64s:
    """ZIP and route as one number."""
    codes: Int64s = zip5.astype(np.int64) * ROUTES + (0 if route is None else route)
    return codes
