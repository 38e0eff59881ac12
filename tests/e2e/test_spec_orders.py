"""Print work ordered in the browser by keyboard alone, made by the verbs of the floor, charged as the panel said."""

from __future__ import annotations

import re

from playwright.sync_api import expect
from sqlalchemy import select

from production.jobs.models import Job
from tests.e2e.conftest import sign_in
from tests.production import mailings
from tests.web.ordering import LETTER as LETTER_FILE
from tests.web.ordering import address_list
from tests.web.print_ordering import due
from tests.web.spec_ordering import press_card
from tests.web.test_order_run import pages as draw_pages
from tests.web.test_spec_orders import rows
from tests.workers.test_line import work_the_floor
from web.commands.print_line import carry_out, make
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
        if name == "Booklet":
            as_read(page, look_twice)
        made = carry_out(plant, drain, page.url.rsplit("/", 1)[1])
        assert f"${made.charged}" == f"${made.quote}" == price, name
        page.reload()
        expect(page.get_by_text("Charges of the job")).to_be_visible()


def test_a_booklet_and_its_mailing_are_one_order_by_keyboard_to_the_charge(
    open_page, look_twice, plant, tmp_path
):
    press_card(plant)
    page = open_page()
    sign_in(page, "rita")
    page.goto("/catalog")
    choose(page, "Booklet", [("Cover", "Same paper")])
    press(page, page.get_by_role("button", name="Order it"))
    page.wait_for_url("**/details")
    detail(page, "Open house")
    reach(page, page.get_by_label("Mail it too"))
    page.keyboard.press("Space")
    look_twice(page, "spec-02-details-mailed")
    press(page, page.get_by_role("button", name="Next: files"))
    send(page, {"Inside (PDF)": (16, HALF)}, tmp_path)
    mail(page, look_twice, tmp_path)
    press(page, page.get_by_role("button", name="Submit the order"))
    page.wait_for_url("**/jobs/*")
    expect(page.get_by_role("heading", name="The whole order")).to_be_visible()
    drain(plant)
    look_twice(page, "spec-07-whole-order")
    printed, mailed = rows(plant, select(Job).order_by(Job.id))
    consent(page, printed, mailed, look_twice)
    made = make(plant, drain, printed.number)
    assert made.charged == made.quote
    stream = mailings.build(plant, mailed)
    drain(plant)
    work_the_floor(plant, stream)
    drain(plant)
    for job in (printed, mailed):
        page.goto(f"/jobs/{job.number}")
        expect(page.get_by_text("Charges of the job")).to_be_visible()


def consent(page, printed, mailed, look) -> None:
    """The approver's yes to both, by keyboard."""
    sign_in(page, "andy")
    page.goto("/approvals")
    press(page, page.get_by_role("link", name=f"Look and approve {printed.number}"))
    press(page, page.get_by_role("link", name=f"the proof of {mailed.number}"))
    page.wait_for_url(f"**/jobs/{mailed.number}/proof")
    look(page, "spec-08-proof-mailed")
    press(page, page.get_by_role("button", name="Approve the whole order"))
    page.wait_for_url(f"**/jobs/{mailed.number}")


def mail(page, look, folder) -> None:
    """The steps of the mailing, to the review."""
    page.wait_for_url("**/order")
    reach(page, page.get_by_label("Mailing date"))
    page.keyboard.type(due().strftime("%m%d%Y"))
    look(page, "spec-05-mailing")
    press(page, page.get_by_role("button", name="Go on to the files"))
    page.wait_for_url("**/files")
    people = folder / "people.csv"
    people.write_bytes(address_list(6))
    for label, path in (("The letter (PDF)", LETTER_FILE), ("The list of addresses", people)):
        attach(page, page.get_by_label(label), path)
    press(page, page.get_by_role("button", name="Upload and go on"))
    page.wait_for_url("**/letter")
    # The Tab key chooses each box on its way, and none of them is in the way.
    press(page, page.get_by_role("button", name="Keep the boxes and go on"))
    page.wait_for_url("**/review")
    say_to_rules(page)
    look(page, "spec-06-review-mailed")


def say_to_rules(page) -> None:
    """What rules ask of a publication: why it is needed, and who signed it off."""
    why = page.get_by_label("Why it is needed")
    if not why.count():
        return
    said = {"Who signed": "Ann Lee", "Title of who signed": "Undersecretary", "Signed on": "11022026"}
    for field, words in (
        (why, "Hunters must know the seasons."),
        *((page.get_by_label(f"{label} (optional)", exact=True), words) for label, words in said.items()),
    ):
        reach(page, field)
        page.keyboard.type(words)


def order(page, name, answers, files, folder, look) -> str:
    """From the catalog to the job's page; gives the price of the panel."""
    page.goto("/catalog")
    choose(page, name, answers)
    price = re.search(r"\$[\d,]+\.\d\d", page.locator(".price-panel .big-figure").inner_text())[0]
    see(page, look, "spec-01-choices")
    press(page, page.get_by_role("button", name="Order it"))
    page.wait_for_url("**/details")
    detail(page, name)
    see(page, look, "spec-02-details")
    press(page, page.get_by_role("button", name="Next: files"))
    page.wait_for_url("**/component_files")
    see(page, look, "spec-03-files")
    send(page, files, folder)
    page.wait_for_url("**/review")
    see(page, look, "spec-04-review")
    say_to_rules(page)
    press(page, page.get_by_role("button", name="Submit the order"))
    page.wait_for_url("**/jobs/*")
    return price


def choose(page, name, answers) -> None:
    """A product of the shelf, and its answers where they are other than usual."""
    press(page, page.get_by_role("link", name=name, exact=True))
    for question, answer in answers:
        group = page.get_by_role("group", name=question, exact=True)
        card = group.get_by_role("radio", name=re.compile(f"^{answer}"))
        reach(page, group.get_by_role("radio", checked=True))
        for _ in range(8):
            if card.is_checked():
                break
            page.keyboard.press("ArrowDown")
        expect(card).to_be_focused()
    expect(page.locator("#prediction[inert]")).to_have_count(0)


def as_read(page, look) -> None:
    """The proof as it is read, with its boxes, and the sheets it prints on; back to the job."""
    job = page.url
    for at in ("proof/spreads", "proof/boxes/1/1", "sheets"):
        page.goto(f"{job}/{at}")
        look(page, f"spec-proof-{at.replace('/', '-')}")
    page.goto(job)


def detail(page, title) -> None:
    """What to call it, by when, where to."""
    said = (("Title", title), ("Needed by", due().strftime("%m%d%Y")), ("Delivered to", "Depot B"))
    for label, text in said:
        reach(page, page.get_by_label(label))
        page.keyboard.type(text)


def send(page, files, folder) -> None:
    """A file for each component."""
    page.wait_for_url("**/component_files")
    for label, (count, size) in files.items():
        path = folder / f"{label.partition(' (')[0]}.pdf"
        draw_pages(path, count, size)
        attach(page, page.get_by_label(label), path)
    press(page, page.get_by_role("button", name="Next: check and send"))


def attach(page, field, path) -> None:
    """A file into a field that the Tab key reaches; the dialog is the system's own."""
    reach(page, field)
    field.set_input_files(path)


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
