"""In a real browser: a batch is built, printed, inserted, closed and sent off; every page passes axe."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from sqlalchemy import select

from production.jobs.models import Operation, PresortBatch
from production.jobs.states import BatchState, OperationKind
from production.jobs.states import OperationState as O
from tests.factories import PLANT
from tests.production import mailings

pytestmark = pytest.mark.browser
TABLET = {"width": 1280, "height": 800}
DESK = {"width": 1366, "height": 768}
LONG = "Notice of renewal of the licence of a very long-winded and thoroughly regulated profession, second and last call"


def check(page):
    """No violation of axe's rules on the page as it stands, and nothing wider than the screen."""
    found = Axe().run(page).response["violations"]
    assert not found, [(item["id"], [node["target"] for node in item["nodes"]]) for item in found]
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


def plan_and_merge(plant):
    """What the workers do after a batch was built."""
    with plant.db.read_only(PLANT) as session:
        batch = session.scalars(select(PresortBatch).filter_by(state=BatchState.PLANNING)).one()
    batch = mailings.plan(plant, batch)
    for operation in mailings.operations(plant, batch, OperationKind.MERGE):
        mailings.merge(plant, operation)
    return batch


def state_of(plant, ticket):
    with plant.db.read_only(PLANT) as session:
        return session.scalars(select(Operation.state).filter_by(ticket=ticket)).one()


def test_from_the_pool_to_the_dock(plant, sign_in_with_browser):
    for seed, agency, title in ((1, "DEX", LONG), (2, "OSR", "Records fee")):
        mailings.approved(plant, pieces=300, seed=seed, agency=agency, title=title)

    mona = sign_in_with_browser("mail_operator", DESK)
    mona.goto("/mailroom")
    check(mona)
    for box in mona.locator("input.pick").all():
        box.check()
    mona.get_by_role("button", name="Look at a batch").click()
    check(mona)
    mona.get_by_role("button", name="Build the batch").click()
    mona.get_by_text("The pieces are being sorted").wait_for()
    check(mona)
    batch = plan_and_merge(plant)
    mona.get_by_text("Levels and postage").wait_for()  # the page follows by itself
    mona.get_by_text("Withdraw pieces").wait_for()
    check(mona)
    for path in ("/trays", "/trays/1", "/pieces/7"):
        mona.goto(f"/mailroom/batches/{batch.number}{path}")
        check(mona)

    walk_by_keyboard(plant, sign_in_with_browser("print_operator", TABLET), batch.number)

    mona.goto(f"/mailroom/batches/{batch.number}")
    mona.get_by_role("button", name="Close the account").click()
    mona.get_by_text("Every piece is accounted for").wait_for()
    mona.get_by_role("link", name="To the dock").click()
    check(mona)
    mona.get_by_label("Place").fill("Business mail entry")
    mona.get_by_label("Taken by").fill("Ray Route")
    mona.get_by_role("button", name="It leaves").click()
    mona.get_by_role("link", name=re.compile("Hand over")).click()
    check(mona)
    mona.get_by_label("Number of the post office's receipt").fill("PS-77")
    mona.keyboard.press("Enter")
    mona.get_by_text("is handed over").wait_for()
    check(mona)
    with plant.db.read_only(PLANT) as session:
        assert session.get_one(PresortBatch, batch.id).state is BatchState.DELIVERED


def walk_by_keyboard(plant, pat, number):
    """Prints and inserts a batch with nothing but keys: the place, then tickets and Enter."""
    pat.goto("/floor")
    check(pat)
    type_line(pat, "Press 1")
    pat.get_by_text("You are at Press 1").wait_for()
    check(pat)
    for letter in "PF":
        ticket = f"{number}-{letter}01"
        type_line(pat, ticket)
        pat.locator(".scan-result[data-outcome=good]").wait_for()
        check(pat)
        assert state_of(plant, ticket) is O.RUNNING
        type_line(pat, f"{number}-R01")
        pat.locator(".scan-result[data-outcome=bad]").wait_for()
        type_line(pat, ticket)
        pat.wait_for_url(f"**/floor/{ticket}")
        check(pat)
        if letter == "P":
            type_line(pat, "1")
            pat.get_by_text("Piece 1 spoiled: Jam.").wait_for()
            pat.get_by_role("radio", name="Poor print").click()
            type_line(pat, "2-3")  # a scanner types on whatever has the focus
            pat.get_by_text("Pieces 2-3 spoiled: Poor print.").wait_for()
            pat.get_by_text("waits for a reprint").first.wait_for()
            check(pat)
        type_line(pat, ticket)
        pat.wait_for_url("**/floor")
        pat.get_by_text(f"Finished: {'print' if letter == 'P' else 'fold and insert'} {ticket}").wait_for()
        assert state_of(plant, ticket) is O.DONE
    pat.goto(f"/floor/{number}-P01")
    check(pat)
    pat.get_by_role("button", name="Make the reprint").click()
    pat.wait_for_url("**/floor")
    reprint(plant, pat, number)


def reprint(plant, pat, number):
    """The three spoiled pieces once more."""
    with plant.db.read_only(PLANT) as session:
        merge = session.scalars(select(Operation).filter_by(ticket=f"{number}-M02")).one()
    mailings.merge(plant, merge)
    for letter in "PF":
        ticket = f"{number}-{letter}02"
        type_line(pat, ticket)
        pat.locator(".scan-result[data-outcome=good]").wait_for()
        type_line(pat, ticket)
        pat.wait_for_url(f"**/floor/{ticket}")
        type_line(pat, ticket)
        pat.wait_for_url("**/floor")


def type_line(page, text):
    """Keys as a scanner sends them, wherever the focus is."""
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def test_targets_on_the_floor_are_big_enough_for_gloves(plant, sign_in_with_browser):
    mailings.approved(plant, pieces=300)
    with plant.db.read_only(PLANT) as session:
        from production.jobs.models import Job

        job = session.scalars(select(Job)).one()
    batch = mailings.plan(plant, mailings.build(plant, job))
    for operation in mailings.operations(plant, batch, OperationKind.MERGE):
        mailings.merge(plant, operation)
    pat = sign_in_with_browser("print_operator", TABLET)
    pat.goto("/floor")
    type_line(pat, "Press 1")
    for path in ("/floor", f"/floor/{batch.number}-P01"):
        pat.goto(path)
        targets = pat.locator("main button, main .usa-button, main a.ticket, main input:not([type=hidden]), main summary")
        for target in targets.all():
            if target.is_visible():
                assert target.bounding_box()["height"] >= 56, (path, target.inner_text() or target.get_attribute("id"))
