"""The box in the masthead by keyboard alone, and the page without it on a phone."""

from __future__ import annotations

from tests.e2e.conftest import NARROW
from tests.e2e.test_journey import sign_in


def test_a_slash_leads_to_the_box_arrows_choose_and_enter_opens(open_page, look):
    page = open_page()
    sign_in(page, "ada")
    page.goto("/people")
    page.keyboard.press("/")
    page.keyboard.type("requester")
    page.get_by_role("option", name="Rita Requester").wait_for()
    look(page, "search-palette")
    box = page.get_by_role("combobox", name="Search")
    assert page.get_by_role("status").filter(has_text="found").count()
    page.keyboard.press("ArrowDown")
    chosen = page.locator("[role=option][aria-selected=true]")
    assert box.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    page.keyboard.press("Escape")
    page.get_by_role("listbox").wait_for(state="hidden")
    assert box.input_value() == "requester"
    page.keyboard.type("/ no")  # a slash in a field is a slash
    assert box.input_value() == "requester/ no"
    box.fill("rita r")
    page.get_by_role("option", name="Rita Requester").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Rita Requester").wait_for()


def test_the_page_answers_on_a_phone(open_page, look):
    page = open_page(NARROW)
    sign_in(page, "ada")
    page.goto("/people")
    page.get_by_role("link", name="Search").click()
    page.get_by_role("combobox", name="Search").fill("records")
    page.get_by_role("option").first.wait_for()
    look(page, "search-typed")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("heading", name="Agencies").wait_for()
    look(page, "search-page")
