"""Pages that must be read whole on a phone, and an act that costs money where it is taken."""

from __future__ import annotations

import re

from tests.e2e.conftest import NARROW, WIDE, sign_in
from tests.production import mailings
from workers.runtime import drain


def test_the_quote_is_read_without_moving_it_sideways(open_page, look_twice, plant):
    job = mailings.submit(plant, mailings.wishes(mailings.mailing_files(plant, pieces=1200, bare=700)))
    drain(plant)
    page = open_page()
    sign_in(page, "rita")
    page.goto(f"/jobs/{job.number}")
    table = page.get_by_role("region", name="Lines of the quote")
    for viewport in (WIDE, NARROW):
        page.set_viewport_size(viewport)
        assert table.evaluate("one => one.scrollWidth - one.clientWidth") == 0
    assert table.get_by_role("row").count() > 4
    look_twice(page, "80-quote")


def test_single_piece_prices_are_accepted_at_the_builder(open_page, look_twice, plant):
    job = mailings.approved(plant, pieces=300)
    page = open_page()
    sign_in(page, "mona")
    page.goto(f"/mailroom/build?job={job.number}")
    button = page.get_by_role("button", name=re.compile(r"Accept single-piece prices and build for \$\d"))
    look_twice(page, "81-single-piece")
    button.click()
    page.get_by_role("link", name="Open stream").click()
    page.get_by_text("Single-piece prices accepted for the mailing").wait_for()
    look_twice(page, "82-single-piece-built")
