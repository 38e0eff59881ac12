"""A vendor without an account bids on a small phone; the plant sees nothing of it, and compares what was opened."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from playwright.sync_api import expect

from kernel import clock
from kernel.clock import business_date
from postal.data.mail_days import mail_days_after
from tests.e2e.conftest import sign_in
from tests.production.purchasing.bidding import ASKING, by_phone, link, opened, posted


def asked(plant, at):
    day = business_date(at)
    asking = replace(ASKING, closes_on=mail_days_after(day, 6), deliver_by=mail_days_after(day, 20))
    return posted(plant, asking, at)


def compared(plant):
    """A request of last month whose bids are opened; gives its number."""
    begun = clock.now() - timedelta(days=30)
    number = asked(plant, begun)
    late = mail_days_after(business_date(begun), 22)
    with clock.at(begun + timedelta(days=1)):
        for code, price in (("ACME", "5321.09"), ("CUTS", "5200.00")):
            by_phone(plant, code, price, clock.now(), number=number, freight="40.00", delivers_on=late)
    opened(plant, clock.now())
    return number


def test_a_vendor_bids_on_a_phone_and_nobody_sees_it_before_the_closing(open_page, look, look_twice, plant):
    asked(plant, clock.now())
    vendor, polly = open_page(), open_page()
    vendor.set_viewport_size({"width": 320, "height": 740})
    vendor.goto(f"/bids/{link(plant, 'ACME')}")
    vendor.get_by_label("Price, US dollars").fill("5 euros")
    vendor.get_by_label("Your name").fill("Ann Acme")
    vendor.get_by_role("button", name="Send the bid").click()
    expect(vendor.get_by_text("no other currency").first).to_be_visible()
    vendor.get_by_label("Price, US dollars").fill("5,321.09")
    vendor.get_by_role("button", name="Send the bid").click()
    expect(vendor.get_by_text("is sealed until the closing")).to_be_visible()
    vendor.get_by_label("Your question").fill("Which glue?")
    vendor.get_by_role("button", name="Ask", exact=True).click()
    expect(vendor.get_by_text("Not answered yet.")).to_be_visible()
    look(vendor, "purchasing-01-vendor")
    sign_in(polly, "polly")
    polly.goto("/purchasing")
    look_twice(polly, "purchasing-02-home")
    polly.get_by_role("link", name="Hunting rules").first.click()
    expect(polly.get_by_text("Which glue?")).to_be_visible()
    expect(polly.get_by_text("5,321.09")).to_have_count(0)
    look_twice(polly, "purchasing-03-request")
    polly.goto(f"/purchasing/requests/{compared(plant)}")
    expect(polly.get_by_text("Costs least")).to_be_visible()
    look_twice(polly, "purchasing-04-compare")
