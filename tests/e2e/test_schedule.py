"""The board in a real browser: a run is dragged, what moves is read before anything does, and it is undone."""

from __future__ import annotations

from sqlalchemy import select

from production.jobs.states import JobKind, JobState
from production.scheduling.keeping import keep, scheduled
from production.scheduling.models import ScheduledRun
from production.scheduling.promises import promise_order
from tests.e2e.conftest import WIDE, sign_in
from tests.factories import PLANT, make_job
from tests.production.scheduling.orders import cards_plan
from tests.web.test_board import run_of


def starts(plant):
    with plant.db.read_only(PLANT) as session:
        return dict(session.execute(select(ScheduledRun.operation_id, ScheduledRun.run_from)).all())


def test_a_run_is_dragged_and_undone(plant, open_page, look_twice):
    with plant.db.unit_of_work(PLANT) as uow:
        for title, days in (("Trail maps", 3), ("Tax forms", 30)):
            run_of(uow, title, days)
    made = scheduled(plant.db, PLANT, seconds=0, seed=1)
    with plant.db.unit_of_work(PLANT) as uow:
        keep(uow, *made, seconds=0, seed=1)
        ordered = make_job(uow, kind=JobKind.PRINT, state=JobState.PROOF_READY, title="Cards")
        promise_order(uow, ordered, cards_plan(), buys_paper=False)
        came = run_of(uow, "Came since", 20)
    before = starts(plant)
    page = open_page()
    sign_in(page, "polly")
    page.goto("/schedule?days=5")
    look_twice(page, "90-schedule")
    page.set_viewport_size(WIDE)
    first = page.locator("rect[data-run$='-10']").first
    box, lane = first.bounding_box(), page.locator("rect[data-lane='press-1']").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(lane["x"] + 0.8 * lane["width"], lane["y"] + 15, steps=4)
    page.mouse.up()
    told = page.get_by_role("dialog")
    told.get_by_text("No promise breaks.").or_(told.get_by_text("promise breaks")).first.wait_for()
    look_twice(page, "91-what-if")
    assert starts(plant) == before
    told.get_by_role("button", name="Move it").click()
    page.get_by_text("and is pinned there.").wait_for()
    assert starts(plant) != before
    look_twice(page, "92-moved")
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("The schedule is as it was.").wait_for()
    assert starts(plant) == before
    placed_from_the_tray(page, came.number, look_twice)
    page.get_by_role("link", name="What is promised, and what has moved").click()
    page.get_by_role("link", name=ordered.number).wait_for()
    look_twice(page, "93-promises")


def placed_from_the_tray(page, lot, look_twice):
    """A key tells what the first that fits would move; the print is dragged to its press, and nothing is left over."""
    tray = page.locator("[data-tray]")
    tray.get_by_role("link", name=f"{lot}-10", exact=True).focus()
    page.keyboard.press("p")
    told = page.get_by_role("dialog")
    told.get_by_text(f"{lot}-10 to Press 1").wait_for()
    told.get_by_role("link", name="Put it back").click()
    look_twice(page, "94-tray")
    page.set_viewport_size({"width": 1366, "height": 1800})
    handle = tray.locator("[data-place]").first
    handle.scroll_into_view_if_needed()
    box, lane = handle.bounding_box(), page.locator("rect[data-lane='press-1']").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(lane["x"] + 0.6 * lane["width"], lane["y"] + 15, steps=4)
    page.mouse.up()
    told.get_by_role("button", name="Move it").click()
    page.get_by_text(f"{lot}-10 begins").wait_for()
    assert tray.get_by_text(lot).count() == 0
