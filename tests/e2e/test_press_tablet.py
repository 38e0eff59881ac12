"""A tablet at the press: scanned, measured, run, paused, counted and finished with gloves, by day and in the dark."""

from __future__ import annotations

from sqlalchemy import select

from production.floor.models import FloorSpell
from production.jobs.models import Operation
from tests.e2e.conftest import sign_in
from tests.factories import PLANT
from tests.web.test_ticket import booklet  # noqa: F401  a fixture

TABLET, PHONE = {"width": 820, "height": 1180}, {"width": 320, "height": 640}
GLOVE = 56
TYPED = "input:not([type=hidden], [type=radio], [type=checkbox])"
GLOVED = ", ".join(f"main {what}" for what in ("button", "summary", ".usa-button", ".reasons label", TYPED))


def targets_fit(page):
    """Everything that a glove must hit is high enough."""
    for target in page.locator(GLOVED).all():
        if target.is_visible():
            assert target.bounding_box()["height"] >= GLOVE, target.inner_text() or target.get_attribute("id")


def act(page, name):
    """A sheet of the bar at the foot, opened."""
    page.locator(".acts-bar summary", has_text=name).click()


def test_a_press_is_run_from_a_tablet(plant, booklet, open_page, look):  # noqa: F811
    with plant.db.read_only(PLANT) as session:
        query = select(Operation.ticket).filter_by(type="print", state="ready").order_by(Operation.step)
        ticket = session.scalars(query).first()
    pat = open_page(TABLET)
    sign_in(pat, "pat")
    pat.goto("/floor/work-center")
    pat.keyboard.type("Press 1\n")
    pat.get_by_text("You are at Press 1").wait_for()
    pat.keyboard.type(f"{ticket}\n")
    pat.locator(".scan-result[data-outcome=good]", has_text=ticket).wait_for()
    pat.goto(f"/floor/{ticket}")
    look(pat, "90-making-ready")
    targets_fit(pat)
    for field in pat.locator(".measures input:not([type=hidden])").all():
        field.fill("0.1")  # off the proof
    pat.get_by_role("button", name="First good piece: run").click()
    pat.get_by_text("First piece outside its tolerance").first.wait_for()
    look(pat, "91-stands")
    for field in pat.locator(".measures input:not([type=hidden])").all():
        field.fill("0.01")
    pat.get_by_role("button", name="Measured again").click()
    pat.get_by_text("Within the tolerance.").wait_for()
    pat.get_by_role("button", name="First good piece: run").click()
    pat.get_by_text("It runs.").wait_for()
    pat.emulate_media(color_scheme="dark")
    look(pat, "92-running-dark")
    act(pat, "Pause")
    look(pat, "93-pause-dark")
    targets_fit(pat)
    pat.get_by_role("button", name="Paper out").click()
    pat.get_by_text("Paused.").wait_for()
    pat.set_viewport_size(PHONE)
    look(pat, "94-paused")
    pat.get_by_role("button", name="Go on").click()
    pat.get_by_text("It goes on.").wait_for()
    pat.set_viewport_size(TABLET)
    act(pat, "Finish")
    look(pat, "95-finish-dark")
    pat.locator(".acts-bar").get_by_role("button", name="Finish").click()
    pat.wait_for_url("**/floor")
    look(pat, "96-my-machine-dark")
    with plant.db.read_only(PLANT) as session:
        kinds = session.scalars(select(FloorSpell.kind).order_by(FloorSpell.id)).all()
    assert kinds == ["make_ready", "pause", "make_ready", "run", "pause", "run"]
