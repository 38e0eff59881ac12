"""A question in the browser, both sides of the counter: asked, taken on, worked out, quoted, accepted."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.billing.ledgers import make_card
from tests.e2e.conftest import sign_in
from tests.factories import PLANT
from tests.web.print_ordering import due
from web.commands.sample import PRESS_RATES, RATE_CARD_FROM


def test_a_question_is_answered_with_a_quote_that_becomes_an_order(open_page, look_twice, plant):
    with plant.db.unit_of_work(PLANT) as uow:
        make_card(uow, name="Press", effective_from=RATE_CARD_FROM, data=PRESS_RATES.read_bytes())
    rita, polly = open_page(), open_page()
    sign_in(rita, "rita")
    rita.goto("/catalog?q=zeppelin")
    rita.get_by_role("link", name="Ask us").click()
    rita.get_by_role("button", name="Ask", exact=True).click()
    rita.get_by_label("What is it about?").fill("A card for every lobby")
    rita.get_by_label("What do you need?").fill("A rack card, both sides, for all offices.\nAbout 2,500.")
    rita.get_by_label("Wanted by").fill(due().isoformat())
    look_twice(rita, "quotes-01-ask")
    rita.get_by_role("button", name="Ask", exact=True).click()
    rita.wait_for_url(re.compile(r"/projects/27-"))
    url = rita.url
    sign_in(polly, "polly")
    polly.goto("/quotes")
    look_twice(polly, "quotes-02-desk")
    polly.get_by_role("link", name="Read it").click()
    polly.get_by_role("button", name="Take it on").click()
    polly.get_by_role("link", name="Write a quote").click()
    polly.get_by_text("Begin with a specification").click()
    expect(polly.get_by_label("Specification, a JSON file")).to_be_visible()
    polly.get_by_role("link", name="Rack card").click()
    polly.get_by_label("How many").fill("2,500")
    polly.get_by_role("button", name="Work it out").click()
    look_twice(polly, "quotes-03-workbench")
    polly.get_by_text("Add what the standards do not know").click()
    polly.get_by_label("More hand work, hours").fill("2")
    polly.get_by_role("button", name="Put it in").click()
    expect(polly.get_by_text("Say why it is added.").first).to_be_visible()
    polly.get_by_label("Why it is added").fill("Bundled by office")
    polly.get_by_role("button", name="Put it in").click()
    polly.wait_for_url("**/quotes/1")
    look_twice(polly, "quotes-04-written")
    polly.get_by_label("What the agency should know").fill("Paper as last time.")
    polly.get_by_role("button", name="Send the quote").click()
    rita.goto(url)
    look_twice(rita, "quotes-05-project")
    rita.get_by_role("link", name=re.compile("^Quote 1")).click()
    rita.get_by_text("What it is made of").click()
    look_twice(rita, "quotes-06-quote")
    rita.get_by_role("button", name=re.compile("Accept for")).click()
    rita.wait_for_url("**/details")
    expect(rita.get_by_label("Title")).to_have_value("A card for every lobby")
    polly.goto("/quotes")
    expect(polly.get_by_text("Won 1")).to_be_visible()
    look_twice(polly, "quotes-07-desk")
