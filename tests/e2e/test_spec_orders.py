"""Print work ordered in the browser by keyboard alone, made by the verbs of the floor, charged as the panel said."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.conftest import sign_in
from tests.web.print_ordering import due
from tests.web.spec_ordering import press_card
from tests.web.test_order_run import pages as draw_pages
from web.commands.print_line import carry_out
from workers.runtime import drain

LETTER, HALF, CARD = (612, 792), (396, 612), (252, 144)
# Of each product: what is answered other than usual (question, answer), and the pages of each file.
ORDERS = {
    "Flat form": ([("Holes", "3 holes, left edge")], {"Sheet (PDF)": (1, LETTER)}),
    "Booklet": ([("Colors of the cover", "Full color")], {"Inside (PDF)": (12, HALF), "Cover (PDF)": (4, HALF)}),
    "Carbonless set": (
        [("Numbered", "Yes, from a first number")], {"Part 1 (PDF)": (1, LETTER), "Part 2 (PDF)": (1, LETTER)},
    ),
    "Business cards": ([("Colors", "Full color")], {"Card (PDF)": (1, CARD)}),
}  # fmt: skip


def test_four_products_by_keyboard_from_the_catalog_to_the_charge(open_page, look_twice, plant, tmp_path):
    press_card(plant)
    page = open_page()
    sign_in(page, "rita")
    for name, (answers, files) in ORDERS.items():
        price = order(page, name, answers, files, tmp_path, look_twice if name == "Flat form" else None)
        drain(plant)
        made = carry_out(plant, drain, page.url.rsplit("/", 1)[1])
        assert f"${made.charged}" == f"${made.quote}" == price, name
        page.reload()
        expect(page.get_by_text("Charges of the job")).to_be_visible()


def order(page, name, answers, files, folder, look) -> str:
    """From the catalog to the job's page; gives the price of the panel."""
    page.goto("/catalog")
    press(page, page.get_by_role("link", name=name, exact=True))
    for question, answer in answers:
        card = page.get_by_role("group", name=question, exact=True).get_by_role(
            "radio", name=re.compile(f"^{answer}")
        )
        reach(page, page.get_by_role("group", name=question, exact=True).get_by_role("radio", checked=True))
        for _ in range(8):
            if card.is_checked():
                break
            page.keyboard.press("ArrowDown")
        expect(card).to_be_focused()
    go = page.get_by_role("button", name="Order it")
    expect(page.locator("#prediction[inert]")).to_have_count(0)
    price = re.search(r"\$[\d,]+\.\d\d", page.locator(".price-panel .big-figure").inner_text())[0]
    see(page, look, "spec-01-choices")
    press(page, go)
    page.wait_for_url("**/details")
    for label, text in (
        ("Title", name),
        ("Needed by", due().strftime("%m%d%Y")),
        ("Delivered to", "Depot B"),
    ):
        reach(page, page.get_by_label(label))
        page.keyboard.type(text)
    see(page, look, "spec-02-details")
    press(page, page.get_by_role("button", name="Next: files"))
    page.wait_for_url("**/component_files")
    for label, (count, size) in files.items():
        path = folder / f"{label.replace(' ', '-').lower()}.pdf"
        draw_pages(path, count, size)
        reach(page, page.get_by_label(label))
        with page.expect_file_chooser() as chooser:
            page.keyboard.press("Space")
        chooser.value.set_files(path)
    press(page, page.get_by_role("button", name="Next: check and send"))
    page.wait_for_url("**/review")
    see(page, look, "spec-04-review")
    press(page, page.get_by_role("button", name="Submit the order"))
    page.wait_for_url("**/jobs/*")
    return price


def reach(page, wanted) -> None:
    """By the Tab key, from the top of the page."""
    handle = wanted.element_handle()
    for _ in range(120):
        if handle.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the Tab key does not reach {wanted}")


def press(page, wanted) -> None:
    """A link or a button, by keyboard."""
    reach(page, wanted)
    page.keyboard.press("Enter")


def see(page, look, name) -> None:
    """With axe, on a desk and on a phone."""
    if look:
        look(page, name)
