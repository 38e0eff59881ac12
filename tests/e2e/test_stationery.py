"""Stationery in a browser: a template is entered and approved, the picture follows what is typed, a card is ordered."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.conftest import sign_in
from tests.web import cards
from tests.web.spec_ordering import press_card
from tests.web.test_approving import put
from workers.runtime import drain

LONG = (
    "Cards of the Undersecretary, Office-of-Management-and-Finance-and-everybody-who-moved-there-in-December"
)


def test_a_template_is_entered_approved_and_ordered_by(plant, open_page, look, look_twice, tmp_path):
    def visit(name, address):
        page = open_page()
        sign_in(page, name)
        page.goto(address)
        return page

    press_card(plant)
    ada = visit("ada", "/stationery/versions/new")
    ada.get_by_label("Agency", exact=True).select_option("DEX")
    for label, said in (("Name", "Business card"), ("Owner", "Olive Owner"), ("Inks in front", "1")):
        ada.get_by_label(label, exact=True).fill(said)
    ada.get_by_label("Paper", exact=True).select_option("cover80")
    ada.get_by_label("Background (PDF)").set_input_files(cards.background(tmp_path / "card.pdf"))
    look_twice(ada, "template-form")
    ada.get_by_role("button", name="Enter the version").click()
    expect(ada.get_by_text("You entered it: another person must approve it.")).to_be_visible()
    look(ada, "template")
    page = ada.url.partition("/stationery")[2]
    ada.goto(f"/stationery{page}/next")
    look(ada, "template-next")
    andy = visit("andy", f"/stationery{page}")
    andy.get_by_role("button", name="Approve it").click()
    expect(andy.get_by_text("This version waits for the office")).to_have_count(0)

    rita = visit("rita", "/stationery")
    look(rita, "stationery")
    rita.get_by_role("link", name="Business card", exact=True).click()
    for label, said in (("Name", "Ana Ruiz"), ("Phone", "2255550100"), ("E-mail", "ana@example")):
        rita.get_by_label(label, exact=True).press_sequentially(said)
    expect(rita.locator("#look-says")).to_contain_text("E-mail: this is no e-mail address.")
    expect(rita.get_by_label("E-mail", exact=True)).to_be_focused()  # the answer moved nothing
    rita.keyboard.type(".gov")
    expect(rita.locator("#look-says")).to_have_text("The picture shows what you typed.")
    expect(rita.get_by_alt_text("Front of the piece, as it prints")).to_be_visible()
    expect(rita.get_by_label("E-mail", exact=True)).to_have_value("ana@example.gov")
    look_twice(rita, "stationery-one")
    expect(rita.get_by_text("Saved just now")).to_be_visible()
    rita.reload()
    expect(rita.get_by_label("E-mail", exact=True)).to_have_value("ana@example.gov")
    rita.get_by_label("Delivered to").focus()
    rita.keyboard.type("Room 12")
    rita.keyboard.press("Enter")
    expect(rita.get_by_text("Business card, version 1")).to_be_visible()
    rita.get_by_role("button", name="Submit the order").click()
    expect(rita.get_by_text("is submitted and being checked")).to_be_visible()
    rita.goto("/stationery")
    rita.get_by_role("link", name="Business card", exact=True).click()
    rita.get_by_text("Many names from a list").click()
    rita.get_by_label("The people").fill(cards.PEOPLE.replace("2255550101", "555"))
    expect(rita.get_by_text("row 3, column Phone")).to_be_visible()
    look_twice(rita, "stationery-many")
    rita.get_by_label("The people").fill(cards.PEOPLE.replace(",,40", ",cy@example.gov,40"))
    rita.get_by_label("Title", exact=True).fill(LONG)
    rita.get_by_label("Delivered to").fill("Room 12")
    rita.get_by_role("button", name="Next: check and send").click()
    rita.get_by_role("button", name="Submit the order").click()
    expect(rita.get_by_text("is submitted and being checked")).to_be_visible()
    drain(plant)
    job = rita.url
    rita.goto(f"{job}/proof/names?at=2")
    expect(rita.get_by_role("heading", name="100 ordered")).to_be_visible()
    look_twice(rita, "stationery-names")
    rita.get_by_role("link", name="Sheet 1 of").click()
    expect(rita.get_by_role("cell", name="Bo Tran").first).to_be_visible()
    look(rita, "stationery-sheet")
    put(plant, agency="DEX", approvers="andy", amount_from="0.01")
    andy.goto(f"{job}/proof")
    andy.evaluate("document.querySelectorAll('details.act').forEach(one => one.open = true)")
    look(andy, "approval-panel")
    rita.goto("/library")
    look_twice(rita, "library")
    rita.goto("/library?find=nothing-of-that-name")
    expect(rita.get_by_text("No file fits what you are looking for.")).to_be_visible()
    rita.goto("/library/kits")
    rita.get_by_label("Name").fill("New employee")
    for box in rita.get_by_role("checkbox").all():
        box.check()
    rita.get_by_role("button", name="Make the kit").click()
    rita.get_by_role("button", name="Order the kit").click()
    expect(rita.get_by_role("heading", name="All of it")).to_be_visible()
    look_twice(rita, "kit-order")
