"""In a real browser: a stream is built, printed, inserted, closed and sent off; every page passes axe."""

from __future__ import annotations

import re

from sqlalchemy import select

from production.jobs.models import Operation
from production.jobs.states import LotState, OperationCode
from production.jobs.states import OperationState as O
from production.mailings.models import PresortStream
from tests.e2e.conftest import sign_in
from tests.factories import PLANT
from tests.production import mailings

TABLET = {"width": 1024, "height": 768}  # ten inches, on the press
LONG = "Notice of renewal of the license of a very long-winded and thoroughly regulated profession, last call"


def plan_and_merge(plant):
    """What the workers do after a stream was built."""
    with plant.db.read_only(PLANT) as session:
        stream = session.scalars(select(PresortStream).filter_by(state=LotState.PLANNING)).one()
    stream = mailings.plan(plant, stream)
    for operation in mailings.operations(plant, stream, OperationCode.MERGE):
        mailings.merge(plant, operation)
    return stream


def state_of(plant, ticket):
    with plant.db.read_only(PLANT) as session:
        return session.scalars(select(Operation.state).filter_by(ticket=ticket)).one()


def test_from_the_pool_to_the_dock(plant, open_page, look):
    for seed, agency, title in ((1, "DEX", LONG), (2, "OSR", "Records fee")):
        mailings.approved(plant, pieces=300, seed=seed, agency=agency, title=title)

    mona = open_page()
    sign_in(mona, "mona")
    mona.goto("/mailroom")
    look(mona, "60-mailroom")
    for box in mona.locator("input.pick").all():
        box.check()
    ticked = mona.locator("#prediction")
    ticked.get_by_text("against each alone").wait_for()  # worked out while the boxes are ticked
    assert "600" in ticked.inner_text()
    look(mona, "60-mailroom-ticked")
    mona.get_by_role("button", name="Look at this mailing").click()
    look(mona, "61-new-stream")
    mona.get_by_role("button", name="Build the mailing").click()
    mona.get_by_text("The pieces are being sorted").wait_for()
    look(mona, "62-sorting")
    stream = plan_and_merge(plant)
    mona.get_by_role("table", name=re.compile("Levels and postage")).wait_for()  # the page follows by itself
    look(mona, "63-mailing")
    mona.get_by_role("link", name="Open stream").click()
    mona.get_by_text("Withdraw pieces").wait_for()
    look(mona, "63-stream")
    for path in ("/trays", "/trays/1", "/pieces/7"):
        mona.goto(f"/mailroom/streams/{stream.number}{path}")
        look(mona, "64" + path.replace("/", "-"))

    walk_by_keyboard(plant, open_page(TABLET), stream.number, look)

    mona.goto(f"/mailroom/streams/{stream.number}")
    mona.get_by_role("button", name="Close the account").click()
    mona.get_by_text("Every piece is accounted for").wait_for()
    mona.get_by_role("link", name="To the dock").click()
    look(mona, "65-leave")
    mona.get_by_label("Place").fill("Business mail entry")
    mona.get_by_label("Taken by").fill("Ray Route")
    mona.get_by_role("button", name="It leaves").click()
    mona.get_by_role("button", name="I have read this").click()  # before its mail date
    mona.get_by_role("link", name=re.compile("Hand over")).click()
    look(mona, "66-hand-over")
    mona.get_by_label("Number of the receipt").fill("PS-77")
    mona.keyboard.press("Enter")
    mona.get_by_text("is handed over").wait_for()
    look(mona, "67-dock")
    with plant.db.read_only(PLANT) as session:
        assert session.get_one(PresortStream, stream.id).state is LotState.DELIVERED


def walk_by_keyboard(plant, pat, number, look):
    """Prints and inserts a stream with nothing but keys: the place, then tickets and Enter."""
    sign_in(pat, "pat")
    pat.goto("/floor")
    look(pat, "50-place")
    type_line(pat, "Press 1")
    pat.get_by_text("You are at Press 1").wait_for()
    look(pat, "51-queue")
    for step in (40, 50):
        ticket = f"{number}-{step}-01"
        scan_to_start(pat, ticket)
        look(pat, f"52-started-{step}")
        assert state_of(plant, ticket) is O.RUNNING
        type_line(pat, f"{number}-60")
        pat.locator(".scan-result[data-outcome=bad]").wait_for()
        type_line(pat, ticket)
        pat.wait_for_url(f"**/floor/{ticket}")
        look(pat, f"53-running-{step}")
        if step == 40:
            type_line(pat, "1")
            pat.get_by_text("Piece 1 spoiled: Jam.").wait_for()
            pat.get_by_role("radio", name="Poor print").click()
            type_line(pat, "2-3")  # a scanner types on whatever has the focus
            pat.get_by_text("Pieces 2-3 spoiled: Poor print.").wait_for()
            pat.get_by_text("waits for a reprint").first.wait_for()
            look(pat, "54-spoiled")
        type_line(pat, ticket)
        pat.wait_for_url("**/floor")
        pat.get_by_text(f"Finished: {'print' if step == 40 else 'fold and insert'} {ticket}").wait_for()
        assert state_of(plant, ticket) is O.DONE
    pat.goto(f"/floor/{number}-40-01")
    look(pat, "55-done")
    pat.get_by_role("button", name="Make the reprint").click()
    pat.wait_for_url("**/floor")
    reprint(plant, pat, number)


def reprint(plant, pat, number):
    """The three spoiled pieces once more."""
    with plant.db.read_only(PLANT) as session:
        merge = session.scalars(select(Operation).filter_by(ticket=f"{number}-20-02")).one()
    mailings.merge(plant, merge)
    for step in (40, 50):
        ticket = f"{number}-{step}-02"
        scan_to_start(pat, ticket)
        type_line(pat, ticket)
        pat.wait_for_url(f"**/floor/{ticket}")
        type_line(pat, ticket)
        pat.wait_for_url("**/floor")


def type_line(page, text):
    """Keys as a scanner sends them, wherever the focus is."""
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def scan_to_start(page, ticket):
    """The ticket is started, and the page says so of this one."""
    type_line(page, ticket)
    page.locator(".scan-result[data-outcome=good]", has_text=ticket).wait_for()


def test_targets_on_the_floor_are_big_enough_for_gloves(plant, open_page):
    job = mailings.approved(plant, pieces=300)
    stream = mailings.plan(plant, mailings.build(plant, job))
    for operation in mailings.operations(plant, stream, OperationCode.MERGE):
        mailings.merge(plant, operation)
    pat = open_page(TABLET)
    sign_in(pat, "pat")
    pat.goto("/floor")
    type_line(pat, "Press 1")
    pat.get_by_text("You are at Press 1").wait_for()
    for path in ("/floor", f"/floor/{stream.number}-40-01"):
        pat.goto(path)
        targets = pat.locator(
            "main button, main .usa-button, main a.ticket, main input:not([type=hidden]), main summary"
        )
        for target in targets.all():
            if target.is_visible():
                assert target.bounding_box()["height"] >= 56, (
                    path,
                    target.inner_text() or target.get_attribute("id"),
                )
