"""The file of a booklet by keyboard: what was found is looked at, fixed, its pages arranged, and the order goes on."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from production.jobs.models import Job
from production.jobs.states import JobState
from tests.databases import begin
from tests.e2e.conftest import sign_in
from tests.factories import PLANT
from tests.web.test_artwork import BOOKLET, write
from tests.web.test_order_command import console  # noqa: F401  a fixture
from tests.web.test_order_run import run  # noqa: F401  a fixture
from web.portal import page_map
from workers.runtime import drain


@pytest.fixture
def job(app, run, plant, tmp_path):  # noqa: F811
    def make():
        write(tmp_path / "rules.pdf", pages=7, width=396, height=612)
        code, said = run(BOOKLET)
        assert code == 2, said
        return said["job"]

    return begin(plant, "a booklet with a bad file", make)


def test_a_booklet_is_made_ready_by_keyboard(open_page, look, look_twice, plant, job, monkeypatch):
    page = open_page()
    sign_in(page, "rita")
    page.goto(f"/jobs/{job}/artwork/1")
    look_twice(page, "artwork-1-found")
    press(page, page.get_by_role("button", name="Add the margin by mirroring"))
    expect(page.get_by_text("Version 2 is made")).to_be_visible()
    press(page, page.get_by_role("link", name="Move, turn or replace pages"))
    box = page.get_by_role("checkbox", name=re.compile("Place 3"))
    box.focus()
    page.keyboard.press("Shift+ArrowLeft")
    expect(page.get_by_role("checkbox", name=re.compile("Place 2.*Page 3.*moved"))).to_be_focused()
    expect(page.get_by_role("status").filter(has_text="Moved earlier. Now at place 2 of 7.")).to_be_attached()
    page.keyboard.press("r")
    expect(page.get_by_role("checkbox", name=re.compile("Place 2.*turned"))).to_be_focused()
    page.go_back()
    expect(page.get_by_role("checkbox", name=re.compile("Place 2.*turned"))).to_have_count(0)
    page.locator(".map-page").nth(6).drag_to(page.locator(".map-page").nth(0))
    expect(page.get_by_role("checkbox", name=re.compile("Place 1.*Page 7.*moved"))).to_be_focused()
    page.keyboard.press("b")
    expect(page.get_by_text("8 pages, the file has 7.")).to_be_visible()
    look_twice(page, "artwork-3-map")
    page.set_viewport_size({"width": 320, "height": 640})
    look(page, "artwork-3-map", contrast=False)
    monkeypatch.setattr(page_map, "pages_at_once", lambda: 7)  # so that a worker does it
    press(page, page.get_by_role("button", name="Keep as version 3"))
    expect(page.get_by_role("heading", name="A version with its pages as you arranged them")).to_be_visible()
    look(page, "artwork-4-working")
    drain(plant)
    press(page, page.get_by_role("link", name="Look at it", exact=True))  # it has come by itself
    expect(page.get_by_text("Version 3 of 3")).to_be_visible()
    look(page, "artwork-4-kept", contrast=False)
    press(page, page.get_by_text("Print it as it is"))
    page.get_by_label("Why may it print as it is?").fill("Plain letters are fine.")
    press(page, page.get_by_role("button", name="Accept it"))
    expect(page.get_by_text("Version 3 is ready")).to_be_visible()
    press(page, page.get_by_role("button", name="Use version 3"))
    page.wait_for_url(f"**/jobs/{job}")
    drain(plant)
    with plant.db.read_only(PLANT) as session:
        assert session.scalars(select(Job)).one().state is JobState.PROOF_READY
    page.goto(f"/jobs/{job}/proof")
    expect(page.get_by_text("Plain letters are fine.")).to_be_visible()


def press(page, what):
    """As somebody who has no mouse."""
    what.focus()
    page.keyboard.press("Enter")
