"""What the shop claims, who may mail at nonprofit prices, and what letters hold: entered in a browser, and readable."""

from __future__ import annotations

from tests.e2e.conftest import NARROW, sign_in
from tests.production import mailings


def test_claims_and_authorizations_are_entered(open_page, look, app):
    page = open_page()
    sign_in(page, "ada")
    page.goto("/mailroom/incentives?on=2025-08-01")
    page.get_by_text("Prepare automation mail as Full-Service").click()
    for label in ("CRID that submits", "CRID with the status", "Enterprise payment account"):
        page.get_by_label(label).fill("1234567")
    page.get_by_role("button", name="Keep the claims").click()
    page.get_by_role("button", name="I have read this").click()
    page.get_by_role("heading", name="A change of the shop waits").wait_for()
    page.goto("/mailroom/incentives?on=2025-08-01")
    look(page, "90-incentives")
    page.goto("/mailroom/nonprofit")
    page.get_by_label("Owner of the mail").select_option("DEX")
    page.get_by_label("Authorization number").fill("123456")
    page.get_by_label("First day").fill("2020-01-01")
    page.get_by_role("button", name="Enter it").click()
    page.get_by_text("In force", exact=True).wait_for()
    look(page, "91-nonprofit")


def test_an_order_says_why_marketing_mail_is_not_open_to_bills(open_page, look, app):
    page = open_page(NARROW)
    sign_in(page, "rita")
    page.goto("/drafts/new")
    page.get_by_label("Title").fill("Statements")
    page.get_by_label("Mailing date").fill(mailings.MAIL_DATE.isoformat())
    page.get_by_label("Class of mail").select_option("marketing")
    page.get_by_label("What do the letters hold?").select_option("bills")
    page.get_by_role("button", name="Go on to the files").click()
    page.get_by_role("link", name="must go as First-Class Mail").wait_for()
    look(page, "92-content")
