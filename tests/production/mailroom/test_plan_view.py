"""The plan to look at says what the plan is: every tray on its level's page, filters, near groups, pieces."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kernel.errors import NotFound
from production.jobs.models import Job, PresortBatch
from production.mailroom.plan_view import CELLS, PlanDesk, level_page, open_plan, plan_map, tray_pieces
from tests.factories import PLANT
from tests.postal.mailings import columns, planned
from tests.production import mailings

LENGTHS = {"T": 21.0, "O": 10.25}


@pytest.fixture(scope="module")
def desk():
    """70801 has a group, 70802 is one short of one, 10001 is far away; five jobs."""
    plan = planned(columns({70801: 2_300, 70802: 149, 70806: 200, 10001: 30}, {70801: 5}))
    return PlanDesk(plan, LENGTHS, {position: f"27-00000{position}-0" for position in range(5)})


def test_the_map_holds_every_tray_once(desk):
    bands = plan_map(desk)
    assert sum(band.trays for band in bands) == len(desk.plan.trays)
    assert sum(band.pieces for band in bands) == desk.plan.pieces
    cells = [cell for band in bands for cell in band.cells]
    assert [cell.number for cell in cells] == list(range(1, len(desk.plan.trays) + 1))
    assert all(0 <= cell.percent <= 100 for cell in cells)
    assert {cell.is_full for cell in cells} == {True, False}


def test_a_level_is_paged_and_filtered(desk):
    whole = level_page(desk, "5D")
    first = level_page(desk, "5D", limit=2)
    assert first.has_more
    rest = level_page(desk, "5D", after=first.trays[-1].number)
    assert [t.number for t in (*first.trays, *rest.trays)] == [t.number for t in whole.trays]
    assert all(not tray.is_full for tray in level_page(desk, "5D", only_part=True).trays)
    for number in desk.jobs.values():
        position = next(p for p, n in desk.jobs.items() if n == number)
        holding = {int(t) for t in desk.plan.tray_of_piece[desk.plan.job == position]}
        shown = {tray.number for tray in level_page(desk, "5D", job=number).trays}
        assert shown == holding & {tray.number for tray in whole.trays}
    assert level_page(desk, "5D", job="no such job").trays == ()
    with pytest.raises(NotFound):
        level_page(desk, "nowhere")


def test_a_group_one_short_is_named(desk):
    (near,) = level_page(desk, "5D").near
    assert (near.name, near.pieces, near.missing) == ("70802", 149, 1)
    assert any("1 missing" in sentence for sentence in level_page(desk, "5D").sentences)


def test_the_pieces_of_a_tray_are_those_of_its_label(desk):
    label = desk.plan.label(2)
    first = tray_pieces(desk, 2, limit=7)
    rest = tray_pieces(desk, 2, after=first[-1].number, limit=10_000)
    assert [piece.number for piece in (*first, *rest)] == list(range(label.first_piece, label.last_piece + 1))
    assert all(piece.routing.startswith("70801-") for piece in first)
    (bare,) = {piece.routing for piece in tray_pieces(desk, len(desk.plan.trays))}
    assert bare == "70801"


def test_a_large_level_shows_its_first_trays(desk):
    plan = planned(columns({70801: 60_000}), thickness="0.1")
    (band,) = plan_map(replace(desk, plan=plan))
    assert band.trays > CELLS == len(band.cells)


def test_a_batch_is_opened_when_it_is_sorted(plant):
    mailings.open_sample(plant)
    batch = mailings.build(plant, mailings.approved(plant, pieces=200))
    with plant.db.read_only(PLANT) as session, pytest.raises(NotFound):
        open_plan(session, plant.files, batch)
    batch = mailings.plan(plant, batch)
    with plant.db.read_only(PLANT) as session:
        found = open_plan(session, plant.files, session.get_one(PresortBatch, batch.id))
        assert list(found.jobs.values()) == [session.query(Job.number).scalar()]
    assert plan_map(found)
