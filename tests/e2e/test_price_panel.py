"""The price panel in the browser: it follows the answers and the focus stays; what costs less is taken by keyboard."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.billing.ledgers import make_card
from tests.e2e.conftest import sign_in
from tests.factories import PLANT
from web.commands.sample import PRESS_RATES, RATE_CARD_FROM


def test_the_price_follows_the_answers_and_a_cheaper_twin_is_taken_by_keyboard(open_page, look, plant):
    with plant.db.unit_of_work(PLANT) as uow:
        make_card(uow, name="Press", effective_from=RATE_CARD_FROM, data=PRESS_RATES.read_bytes())
    page = open_page()
    sign_in(page, "rita")
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto("/catalog/booklet?quantity=3,000&pages=50")
    bar, says = page.locator("#price-bar"), page.locator("#prediction-says")
    before = bar.inner_text()
    box = bar.bounding_box()
    assert box["y"] + box["height"] <= 640, "the price is in sight before anybody scrolls"
    own = page.get_by_label("Same paper as inside")
    own.focus()
    own.press("Space")
    expect(says).to_contain_text("3,000 pieces")
    expect(bar).not_to_have_text(before)
    expect(own).to_be_focused()
    assert own.bounding_box()["y"] + own.bounding_box()["height"] <= bar.bounding_box()["y"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.locator("summary", has_text="Paper").press("Enter")
    expect(page.get_by_text("60 lb text, 12 x 18 in, sheets:")).to_be_visible()
    page.get_by_role("link", name="Look for what costs less").press("Enter")
    expect(page.get_by_role("link", name="48 pages instead of 50")).to_be_visible()
    look(page, "price-01-twins")
    page.get_by_role("link", name="48 pages instead of 50").press("Enter")
    expect(page.get_by_label("Pages, those of a cover counted")).to_have_value("48")
    page.get_by_role("link", name="How this is worked out").press("Enter")
    page.locator("summary", has_text="Every figure").press("Enter")
    look(page, "price-02-working")
