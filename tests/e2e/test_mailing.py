"""A mailing of two streams in a browser: built of two jobs, counted, one statement, one Mail.dat, one dispatch."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from postal.papers.tie import statement_figures
from production.jobs.states import LotState, OperationCode
from production.mailings.models import PresortStream
from tests.e2e.conftest import NARROW, sign_in
from tests.factories import PLANT
from tests.production import mailings
from workers.runtime import drain

LONG = (
    "Notice of renewal of a professional license under the rules of the board, second reminder of this year"
)


def streams_now(plant):
    with plant.db.read_only(PLANT) as session:
        return session.scalars(select(PresortStream).order_by(PresortStream.id)).all()


@pytest.fixture
def jobs(plant):
    """Two envelopes, too few pieces alone."""
    return [
        mailings.approved(plant, pieces=300, seed=1, title=LONG),
        mailings.approved(plant, pieces=310, seed=2, agency="OSR", title="Summons", envelope="booklet6x9"),
    ]


def test_two_envelopes_leave_as_one_mailing(open_page, look, plant, jobs):
    mona = open_page()
    sign_in(mona, "mona")
    mona.goto(f"/mailroom/build?job={jobs[0].number}&job={jobs[1].number}")
    mona.get_by_role("button", name=re.compile("Build the")).click()
    mona.get_by_text("in 2 streams that leave together").wait_for()
    assert re.search(r"/mailroom/mailings/M\d\d-0001$", mona.url)
    here = mona.url
    drain(plant)
    mona.reload()
    mona.get_by_role("rowheader", name="Stream B").wait_for()
    look(mona, "70-mailing")
    mona.get_by_role("link", name="Trays in loading order").click()
    mona.get_by_text("of stream B").first.wait_for()
    look(mona, "71-mailing-trays")
    first, second = streams_now(plant)
    mona.goto(f"/mailroom/streams/{second.number}/trays/1")
    mona.get_by_text("are in other streams of the mailing").wait_for()
    for stream in (first, second):
        for kind in (OperationCode.PRINT, OperationCode.FOLD_INSERT):
            for operation in mailings.operations(plant, stream, kind):
                mailings.run(plant, operation)
    mona.goto(f"/mailroom/streams/{first.number}")
    mona.get_by_role("button", name="Close the account").click()
    mona.get_by_text("Every piece is accounted for").wait_for()
    number = first.mailing.number
    mona.goto(f"/dock/leave/{number}")
    mona.get_by_text("Stream B is not finished").wait_for()  # half of it needs a reason
    mona.goto(f"/mailroom/streams/{second.number}")
    mona.get_by_role("button", name="Close the account").click()
    mona.get_by_text("Every piece is accounted for").wait_for()
    mona.goto(here)
    mona.get_by_role("link", name="Mail.dat", exact=True).last.click()
    mona.get_by_role("button", name=re.compile("Write")).click()
    mona.get_by_text("is being written").wait_for()
    drain(plant)
    mona.goto(here)
    assert mona.get_by_role("link", name="Postage statement (preview)").count() == 1
    assert mona.get_by_role("link", name="Mail.dat", exact=True).count() >= 1
    rows = [line.split(",") for line in mona.request.get(f"{here}/papers/statement-data").text().splitlines()]
    told = statement_figures(rows)
    assert (told.pieces, told.postage) == (
        610,
        first.summary.figures.postage + second.summary.figures.postage,
    )
    mona.get_by_role("link", name="Dispatch", exact=True).click()
    mona.get_by_label("Place").fill("Baton Rouge BMEU")
    mona.get_by_label("Taken by").fill("Ray Route")
    mona.get_by_role("button", name="It leaves").click()
    mona.get_by_text("Its mailing day is").wait_for()  # it leaves before its day: read, and meant
    mona.get_by_role("button", name="I have read this: go on").click()
    mona.get_by_text(f"{number} has left with Ray Route").wait_for()
    assert {stream.state for stream in streams_now(plant)} == {LotState.DISPATCHED}
    mona.goto(here)
    mona.get_by_text("with Ray Route to Baton Rouge BMEU").wait_for()
    look(mona, "72-mailing-left")


def test_mailings_on_a_phone(open_page, look, plant, jobs):
    mona = open_page(NARROW)
    sign_in(mona, "mona")
    mona.goto("/mailroom/mailings")
    mona.get_by_text("No mailing was made yet").wait_for()
    stream = mailings.plan(plant, mailings.build(plant, jobs[0]))
    drain(plant)
    mona.goto("/mailroom/mailings")
    mona.get_by_role("link", name=stream.mailing.number).click()
    mona.get_by_role("heading", name="To do, in order").wait_for()
    look(mona, "73-mailing-phone")
    mona.goto("/mailroom/mailings/M27-9999")
    mona.get_by_text("There is no such mailing.").wait_for()
