"""The plan to walk through: every tray on the map once, every group told once, filters checked piece by piece."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from kernel.errors import NotFound
from postal.data.editions import InForce, editions
from postal.piece.mailpiece import Mailpiece
from postal.sorting.plan_file import read_plan, write_plan
from postal.sorting.presort import LEAST, TOP_DOWN, plan_presort
from postal.sorting.presort_plan import PieceColumns
from postal.sorting.rule_book import rule_book
from production.mailings.models import PresortStream
from production.mailroom.streams import plan_view
from production.mailroom.streams.plan_view import FORMED, MISSED, NEAR, PlanFacts
from production.mailroom.streams.queries import StreamJob
from store.files import FileStore

ON = date(2025, 9, 1)
JOBS = tuple(
    StreamJob(f"26-00000{n}-{n}", f"Letter {n}", agency, 0, {}) for n, agency in enumerate(("A", "B", "A"))
)
FACTS = PlanFacts(PresortStream(number="26-000009-9", plan_sha256="0" * 64), JOBS)
LETTER = Mailpiece(Decimal("9.5"), Decimal("4.125"), Decimal("0.02"), Decimal("0.5"))
FLAT = Mailpiece(Decimal(12), Decimal(9), Decimal("0.1"), Decimal(2), "envelope")
PLANS = {
    "letters": ("fcm-letter-automation", LETTER, TOP_DOWN),
    "letters at least postage": ("fcm-letter-automation", LETTER, LEAST),
    "flats in bundles": ("fcm-flat-automation-bundle", FLAT, TOP_DOWN),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept")
    return FileStore(folder / "files", folder / "scratch")


@pytest.fixture(scope="module", params=PLANS)
def plan(request, tmp_path_factory):
    """A plan as a page finds it: read back from its file."""
    return make_plan(request.param, tmp_path_factory.mktemp("plan"))


def make_plan(kind, folder):
    """Some ZIPs just reach or miss their minimum; a few pieces have no delivery point."""
    rng = np.random.default_rng(3)
    close = np.repeat([70801, 70802, 70803, 71101, 71201, 70112], [900, 149, 136, 150, 130, 9])
    others = np.concatenate([rng.integers(10001, 69999, 600), rng.choice(np.arange(70001, 70199), 700)])
    zips = np.concatenate([close, others])
    zip11 = zips * 1_000_000 + rng.integers(0, 1_000_000, len(zips))
    zip11[len(close) :][rng.random(len(others)) < 0.05] = -1
    name, mailpiece, policy = PLANS[kind]
    rules = rule_book(name, InForce(ON, editions(), allow_test_only=True), origin_zip5=70802)
    pieces = PieceColumns.of(zips, zip11, job=rng.integers(0, len(JOBS), len(zips)))
    made = plan_presort(pieces, rules, mailpiece=mailpiece, mailer_line="BATON ROUGE LA", policy=policy)
    write_plan(made, folder / "plan.arrow")
    return read_plan(folder / "plan.arrow")


def cells_of(bands):
    return [cell.tray for band in bands for cell in band.cells]


def test_every_tray_is_on_the_map_once_with_its_pieces(plan, files):
    bands = plan_view.bands(files, plan, cells=10_000)
    assert sorted(cells_of(bands)) == list(range(1, len(plan.trays) + 1))
    assert sum(band.pieces for band in bands) == plan.pieces
    assert not any(band.has_more for band in bands)
    for band in bands:
        for cell in band.cells:
            label = plan.label(cell.tray)
            assert (label.level, label.pieces, label.line_1) == (band.code, cell.pieces, cell.line_1)
            assert 0 <= cell.percent <= 100
            assert cell.is_full == bool(plan.trays.is_full[cell.tray - 1])


def test_paging_by_the_last_tray_seen_gives_each_tray_once(plan, files):
    code = max(plan_view.bands(files, plan, cells=1), key=lambda band: band.trays).code
    (whole,) = plan_view.bands(files, plan, level=code, cells=10_000)
    seen, has_more = [], True
    while has_more:
        (band,) = plan_view.bands(files, plan, level=code, cells=3, after=seen[-1] if seen else 0)
        seen += cells_of([band])
        has_more = band.has_more
        assert (band.trays, band.pieces) == (whole.trays, whole.pieces)
    assert seen == cells_of([whole])


@pytest.mark.parametrize("owner", ["A", "B", JOBS[2].number])
def test_a_filter_shows_exactly_the_trays_and_groups_with_pieces_of_those_jobs(plan, files, owner):
    owners = FACTS.positions(owner)
    wanted = {place for place, job in enumerate(JOBS) if owner in (job.agency, job.number)}
    assert set(owners) == wanted
    holding = {
        int(tray) for tray, job in zip(plan.tray_of_piece, plan.job, strict=True) if int(job) in wanted
    }
    assert set(cells_of(plan_view.bands(files, plan, owners=owners, cells=10_000))) == holding
    formed = set()
    for index, level in enumerate(plan.levels):
        page = plan_view.group_page(plan, level.code, owners=owners, limit=10_000)
        here = np.isin(plan.job, owners) & (plan.level_of_piece == index)
        names = {plan_view.group_name(plan, int(row)) for row in np.unique(plan.group_of_piece[here])}
        assert names <= {group.name for group in page.groups}
        formed |= names
    assert formed


def test_only_loose_trays(plan, files):
    loose = cells_of(plan_view.bands(files, plan, loose=True, cells=10_000))
    assert sorted(loose) == (np.flatnonzero(~plan.trays.is_full) + 1).tolist()


def test_groups_formed_and_missed_are_all_groups_with_pieces_and_near_ones_miss_a_tenth_at_most(plan):
    for index, (level, line) in enumerate(zip(plan.levels, plan_view.level_lines(plan), strict=True)):
        pages = {
            show: plan_view.group_page(plan, level.code, show=show, limit=10_000)
            for show in (FORMED, MISSED, NEAR)
        }
        assert [pages[show].total for show in (FORMED, MISSED, NEAR)] == [line.formed, line.missed, line.near]
        looked = (plan.groups.level == index) & (plan.groups.pieces > 0)
        assert line.formed + line.missed == int(looked.sum())
        for group in pages[FORMED].groups:
            assert group.trays >= 1
            assert (
                plan.tray_of_piece[np.isin(plan.group_of_piece, [row_of(plan, index, group.name)])].min()
                == group.tray
            )
        missed = pages[MISSED].groups
        assert [group.pieces for group in missed] == sorted((g.pieces for g in missed), reverse=True)
        for group in missed:
            assert (group.tray, group.missing) == (None, max(0, level.minimum - group.pieces))
        near = [g for g in missed if 0 < g.missing <= level.minimum / 10]
        assert list(pages[NEAR].groups) == near


def row_of(plan, index, name):
    return next(
        row
        for row in np.flatnonzero(plan.groups.level == index).tolist()
        if plan_view.group_name(plan, row) == name
    )


def test_a_group_one_short_says_so(tmp_path):
    plan = make_plan("letters", tmp_path)
    first, second = plan_view.group_page(plan, "5D", show=NEAR, limit=10).groups
    assert (first.name, first.pieces, first.missing) == ("BATON ROUGE LA 70802", 149, 1)
    assert (second.name, second.pieces, second.missing) == ("BATON ROUGE LA 70803", 136, 14)


def test_bundles_and_pieces_of_a_tray_are_those_of_the_plan(plan):
    for tray in range(1, len(plan.trays) + 1):
        label = plan.label(tray)
        lines = plan_view.piece_lines(plan, JOBS, label.first_piece, label.last_piece)
        assert [line.piece for line in lines] == list(range(label.first_piece, label.last_piece + 1))
        assert lines[0].zip5 == f"{int(plan.zip5[label.first_piece - 1]):05d}"
        assert lines[-1].job_number == JOBS[int(plan.job[label.last_piece - 1])].number
        bundles = plan_view.bundles_of(plan, tray)
        assert sum(bundle.pieces for bundle in bundles) == (label.pieces if plan.bundles is not None else 0)


def test_what_is_not_there_is_not_found(plan, files):
    for ask in (
        lambda: FACTS.positions("Nobody"),
        lambda: plan_view.group_page(plan, "XX", limit=1),
        lambda: plan_view.group_page(plan, plan.levels[0].code, show="every", limit=1),
        lambda: plan_view.bands(files, plan, level="XX", cells=1),
    ):
        with pytest.raises(NotFound):
            ask()
