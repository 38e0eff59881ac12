"""A requester from sign-in to proof, an approver's consent; by mouse, and by keyboard alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from kernel import clock
from postal.data.mail_days import next_mail_day
from tests.e2e.conftest import NARROW, WIDE, sign_in
from tests.web import ordering
from tests.web.conftest import PASSWORD
from workers.runtime import drain


@pytest.fixture
def files(tmp_path):
    """What somebody has on the desk: a list with two bad rows, and the sample letter."""
    path = tmp_path / "Renewals December.csv"
    path.write_bytes(ordering.address_list(good=6, bad=2))
    return {"letter": str(ordering.LETTER), "list": str(path)}


def type_sign_in(page, name):
    """Signed in by hand, and the first page is there."""
    page.goto("/sign-in")
    page.get_by_label("Sign-in name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.locator(".masthead .person").wait_for(state="attached")


MESSY = """Name,Street,City,State,Zip
Pat Example,1 Main St,Baton Rouge,LA,70802
Sam Example,9 Beacon St,Boston,MA,2108
Kim Example,11 Beacon St,Boston,MA,2109
No Street,,Baton Rouge,LA,70802
Abroad Example,1 Rue Test,Montreal,QC,H2X 1Y4
"""


def test_a_mailing_of_a_messy_list_takes_ten_clicks(open_page, plant, tmp_path):
    """From the first page to the list that is checked again: a row typed anew, a kind repaired, a row dropped."""
    path, clicks = tmp_path / "messy.csv", []
    path.write_text(MESSY)
    page = open_page()
    sign_in(page, "rita")

    def click(role, name, **more):
        clicks.append(name)
        page.get_by_role(role, name=name, **more).click()

    def choose(label, file):
        with page.expect_file_chooser() as chooser:
            clicks.append(label)
            page.get_by_label(label).click()
        chooser.value.set_files(file)

    page.goto("/home")
    click("link", "Letter or card by mail")
    page.get_by_label("Title").fill("Renewals from a messy list")
    page.get_by_label("Mailing date").fill(next_mail_day(clock.today() + timedelta(days=5)).isoformat())
    page.get_by_label("DEX-200: Benefits").fill("100")
    click("button", "Go on to the files")
    choose("The letter (PDF)", str(ordering.LETTER))
    choose("The list of addresses", str(path))
    click("button", "Upload and go on")
    click("button", "Submit the order")
    page.get_by_text("We are checking letter and list").wait_for()
    drain(plant)
    click("link", "Fix the rows")
    page.get_by_label("Street, row 5").fill("77 Third St")
    click("button", "Fix all 2")
    click("button", "Drop row 6")
    page.get_by_role("heading", name="Nothing is left out", level=1).wait_for()
    click("button", "Check again")
    page.get_by_text("The list is being checked again with 4 repairs").wait_for()
    assert len(clicks) == 10, clicks


def test_a_requester_orders_and_an_approver_agrees(open_page, look_twice, files, plant):
    page = open_page()
    page.goto("/")
    look_twice(page, "01-sign-in")
    type_sign_in(page, "rita")
    look_twice(page, "02-no-jobs")
    page.get_by_role("link", name="Start the first order").click()
    look_twice(page, "02b-products")
    page.get_by_role("link", name="Letter or card by mail").click()
    page.get_by_role("button", name="Go on to the files").click()
    expect(page.locator(".error-summary")).to_be_focused()
    look_twice(page, "03-order-refused")
    page.get_by_label("Title").fill("Renewal notices, December")
    page.get_by_label("Mailing date").fill(next_mail_day(clock.today() + timedelta(days=5)).isoformat())
    page.get_by_label("DEX-200: Benefits").fill("50")
    page.get_by_role("button", name="Go on to the files").click()
    look_twice(page, "04-files")
    page.get_by_label("The letter (PDF)").set_input_files(files["letter"])
    page.get_by_label("The list of addresses").set_input_files(files["list"])
    page.get_by_role("button", name="Upload and go on").click()
    page.wait_for_url("**/letter")
    page.get_by_role("link", name="Change the columns").click()
    page.wait_for_url("**/columns")
    look_twice(page, "05-columns")
    page.get_by_role("button", name="These columns are right").click()
    page.wait_for_url("**/letter")
    page.wait_for_selector(".placer-box")
    look_twice(page, "06-letter")
    page.get_by_role("button", name="Keep the boxes and go on").click()
    page.wait_for_url("**/review")
    look_twice(page, "07-review")
    page.get_by_role("button", name="Submit the order").dblclick()
    page.wait_for_selector("text=Where it is")
    look_twice(page, "08-submitted")
    page.locator("summary", has_text="Cancel the job").click()
    reason = page.locator("[name=cancel_reason]")
    reason.fill("Perhaps not")
    reason.blur()
    drain(plant)
    page.get_by_text("The page waits with news").wait_for()
    assert reason.input_value() == "Perhaps not"  # nothing typed is taken away
    reason.fill("")
    reason.blur()
    page.wait_for_selector("text=6 of 8 rows can be mailed")  # the page follows by itself
    look_twice(page, "09-needs-fix")
    page.get_by_role("button", name="Mail the good rows").click()
    page.wait_for_selector("text=quote and proof follow")
    drain(plant)
    page.wait_for_selector("h2:has-text('Proof')")
    look_twice(page, "10-proof")
    assert page.evaluate("[...document.querySelectorAll('.proofs img')].every(i => i.alt)")

    approver = open_page()
    sign_in(approver, "andy")
    approver.goto("/approvals")
    look_twice(approver, "11-approvals")
    approver.get_by_role("link", name="27-").first.click()
    look_twice(approver, "12-to-approve")
    approver.get_by_role("button", name="Approve version").click()
    approver.wait_for_selector("text=Approved. The plant has it now.")
    look_twice(approver, "13-approved")
    page.goto("/jobs")
    look_twice(page, "14-jobs")
    page.goto("/letters")
    page.get_by_label("Name as it stood").fill("Pat Ex")
    page.get_by_role("button", name="Search").click()
    look_twice(page, "15-letters")
    page.goto("/account")
    look_twice(page, "16-account")
    page.goto("/jobs/27-999999-0")
    look_twice(page, "17-not-found")


def arrive(page, heading):
    """The page of this heading is there, its scripts too, which may move the focus."""
    page.get_by_role("heading", name=heading, level=1).wait_for()
    page.wait_for_load_state()


def test_everything_with_the_keyboard_alone(open_page, files, plant):
    page = open_page()
    press, write = page.keyboard.press, page.keyboard.type
    page.goto("/drafts/new")
    write("rita")  # the field has the focus
    press("Tab")
    write(PASSWORD)
    press("Enter")
    arrive(page, "What do you want mailed?")
    press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the page"
    press("Enter")
    press("Tab")
    write("By keyboard")
    press("Tab")
    write(f"{next_mail_day(clock.today() + timedelta(days=5)):%m%d%Y}")
    press("Enter")
    arrive(page, "The letter and the list")
    page.get_by_label("The letter (PDF)").set_input_files(files["letter"])  # the system's own dialog
    page.get_by_label("The list of addresses").set_input_files(files["list"])
    page.get_by_role("button", name="Upload and go on").focus()
    press("Enter")
    arrive(page, "Where does it stand on the letter?")
    box = page.locator(".placer-box", has_text="Address block").first
    box.focus()
    before = page.locator("#boxes").input_value()
    press("ArrowRight")
    press("Shift+ArrowDown")
    assert page.locator("#boxes").input_value() != before
    page.get_by_role("button", name="Add a box on page 1").focus()
    press("Enter")
    write("Dear {Name},")
    press("Tab")
    assert "Dear {Name}," in page.locator("#boxes").input_value()
    page.get_by_role("button", name="Keep the boxes and go on").focus()
    press("Enter")
    arrive(page, "Is everything right?")
    page.get_by_role("button", name="Submit the order").focus()
    press("Enter")
    page.wait_for_selector("text=is submitted and being checked")
    drain(plant)
    page.wait_for_selector("text=6 of 8 rows can be mailed")
    page.get_by_role("link", name="Fix the rows").focus()
    press("Enter")
    page.wait_for_selector("h1:has-text('2 rows to fix')")
    page.get_by_label("Street, row 8").focus()
    write("77 Third St")
    press("Enter")  # keeps it
    page.wait_for_selector("h1:has-text('1 row to fix')")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Street, row 9"
    page.get_by_role("button", name="Drop row 9").focus()
    press("Enter")
    page.wait_for_selector("h1:has-text('Nothing is left out')")
    page.get_by_role("button", name="Check again").focus()
    press("Enter")
    page.wait_for_selector("text=The list is being checked again with 2 repairs.")
    drain(plant)

    page = open_page()
    press, write = page.keyboard.press, page.keyboard.type
    sign_in(page, "andy")
    page.goto("/approvals")
    page.get_by_role("link", name="By keyboard").focus()
    press("Enter")
    page.wait_for_selector("text=Page 1 of 2")
    press("ArrowRight")
    page.wait_for_selector("text=You have seen 2 of 2 pages")
    press("ArrowLeft")
    page.wait_for_selector("text=Page 1 of 2")
    page.get_by_label("Letter", exact=True).focus()
    press("Control+a")
    write("7")
    press("Enter")
    page.wait_for_selector("text=row 8 of the list")
    page.get_by_role("button", name="Approve version 2").focus()
    press("Enter")
    page.wait_for_selector("text=Approved. The plant has it now.")


def test_the_administrators_pages_and_long_names(open_page, look, plant):
    page = open_page(NARROW)
    sign_in(page, "ada")
    for url, name in (
        ("/jobs", "jobs"),
        ("/people", "people"),
        ("/people/new", "new-person"),
        ("/status", "status"),
    ):
        page.goto(url)
        look(page, f"20-{name}")


def test_a_lost_sign_in_loses_nothing_typed(open_page, plant):
    """The cookie is gone when the form is sent: after signing in the form is there again, filled."""
    page = open_page(WIDE)
    sign_in(page, "rita")
    page.goto("/drafts/new")
    page.get_by_label("Title").fill("Typed before the sign-in was lost")
    page.get_by_label("DEX-200: Benefits").fill("40")
    page.context.clear_cookies()
    page.get_by_role("button", name="Go on to the files").click()
    page.wait_for_url("**/sign-in**")
    page.get_by_label("Sign-in name").fill("rita")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/drafts/new")
    page.wait_for_selector("text=What you typed is back")
    assert page.get_by_label("Title").input_value() == "Typed before the sign-in was lost"
    assert page.get_by_label("DEX-200: Benefits").input_value() == "40"
    page.reload()
    assert page.get_by_label("Title").input_value() == ""  # kept for once, for this person


def test_a_session_that_ended_is_begun_again_over_the_page(open_page, look, files):
    """What was typed and the files that were chosen are sent after the sign-in, with the token of the new session."""
    page = open_page(NARROW)
    page.clock.install()
    sign_in(page, "rita")
    page.goto("/drafts/new")
    page.get_by_label("Title").fill("Typed in the session before")
    page.get_by_label("Mailing date").fill(next_mail_day(clock.today() + timedelta(days=5)).isoformat())
    page.get_by_label("DEX-200: Benefits").fill("50")
    page.get_by_role("button", name="Go on to the files").click()
    page.get_by_label("The letter (PDF)").set_input_files(files["letter"])
    page.get_by_label("The list of addresses").set_input_files(files["list"])
    page.context.clear_cookies()
    page.clock.fast_forward(3_600_000)
    page.get_by_role("button", name="Upload and go on").click()
    dialog = page.get_by_role("dialog", name="Sign in again")
    dialog.get_by_label("Sign-in name").fill("rita")
    dialog.get_by_label("Password").fill("a slip of the finger")
    dialog.get_by_label("Password").press("Enter")
    expect(dialog.get_by_role("alert")).to_have_text("The sign-in name or the password is not right.")
    look(page, "19-sign-in-over-the-page")
    dialog.get_by_label("Sign-in name").fill("rita")
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/letter")
    page.get_by_text("New order: Typed in the session before").wait_for()
