"""Something printed, in the browser: from the page of products to the approval."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kernel import clock
from postal.data.mail_days import next_mail_day
from tests.e2e.conftest import NARROW, WIDE
from tests.e2e.test_journey import sign_in
from tests.production.prepress.letters import make_template
from workers.runtime import drain


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_form_is_ordered_and_approved(open_page, look, plant, tmp_path, viewport):
    page = open_page(viewport)
    sign_in(page, "rita")
    page.goto("/drafts/")
    look(page, "print-01-products")
    page.get_by_role("link", name="Flat form").click()
    page.get_by_role("button", name="Go on to the paper").click()
    look(page, "print-02-refused")
    assert page.evaluate("document.activeElement.classList.contains('error-summary')")
    page.get_by_label("Title").fill("Leave request form")
    page.get_by_label("How many").fill("1,000")
    page.get_by_label("Needed by").fill(next_mail_day(clock.today() + timedelta(days=7)).isoformat())
    page.get_by_label("Delivered to").fill("Capitol annex, room 12")
    page.get_by_role("button", name="Go on to the paper").click()
    page.wait_for_url("**/finishing")
    page.get_by_label("Paper").select_option(label="20 lb bond")
    page.get_by_label("Holes").select_option(label="3 holes, left edge")
    page.get_by_label("Made into pads").select_option(label="Pads of 50")
    look(page, "print-03-finishing")
    page.get_by_role("button", name="Go on to the file").click()
    page.wait_for_url("**/artwork")
    form = make_template(tmp_path / "leave-request.pdf", 2, text="Request for leave")
    page.get_by_label("The file (PDF)").set_input_files(form)
    page.get_by_role("button", name="Upload and go on").click()
    page.wait_for_url("**/review")
    look(page, "print-05-review")
    page.go_back()
    look(page, "print-04-artwork")
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/review")
    page.get_by_role("button", name="Submit the order").click()
    page.wait_for_selector("text=We are checking your file")
    drain(plant)
    page.wait_for_selector("text=Proof and quote are ready", timeout=20_000)
    look(page, "print-06-quoted")
    number = page.url.rsplit("/", 1)[1]
    approver = open_page(viewport)
    sign_in(approver, "andy")
    approver.goto("/approvals")
    look(approver, "print-07-to-approve")
    approver.goto(f"/jobs/{number}")
    look(approver, "print-08-decision")
    approver.get_by_role("button", name="Approve proof and price").click()
    approver.wait_for_selector("text=Approved. The plant has it now.")
