"""Somebody new is shown around by keyboard; what they type into an order is there when they come back."""

from __future__ import annotations

from tests.e2e.test_journey import sign_in


def test_a_newcomer_is_shown_around_once(open_page, look_twice):
    page = open_page()
    sign_in(page, "andy")
    page.goto("/")
    begin = page.get_by_role("button", name="Show me around")
    begin.wait_for()
    look_twice(page, "tour-offer")
    begin.click()
    card = page.get_by_role("dialog")
    card.get_by_role("heading", name="Where you begin").wait_for()
    look_twice(page, "tour-first")
    page.keyboard.press("ArrowRight")
    card.get_by_role("heading", name="Where you begin").wait_for(state="hidden")
    page.keyboard.press("ArrowLeft")
    card.get_by_role("heading", name="Where you begin").wait_for()
    with page.expect_response("**/help/toured"):
        page.keyboard.press("Escape")
    card.wait_for(state="hidden")
    page.reload()
    page.locator(".page-head").wait_for()
    assert not begin.count()


def test_an_order_is_saved_while_it_is_typed(open_page, look):
    page = open_page()
    sign_in(page, "rita")
    page.goto("/drafts/new/letter")
    page.get_by_label("Title").fill("Renewal notices for the")
    page.get_by_text("Saved just now").wait_for()
    look(page, "order-saved")
    assert "/drafts/new" not in page.url
    page.get_by_label("Title").fill("Renewal notices for December")
    with page.expect_response("**/typed"):
        page.get_by_label("Title").press("End")
        page.get_by_label("Title").type(" ")
    page.reload()
    page.get_by_text("What you had typed is back").wait_for()
    assert page.get_by_label("Title").input_value().startswith("Renewal notices for December")
    page.goto("/jobs")
    page.get_by_role("link", name="Renewal notices for December").wait_for()
