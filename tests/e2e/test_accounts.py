"""A meter's day typed by keyboard alone; a month closed, exported and explained by the clerk, and seen by an agency."""

from __future__ import annotations

from datetime import date

from playwright.sync_api import expect
from sqlalchemy import select

from billing.charging import charge_job, charge_stream
from production.mailings.models import PresortStream
from production.people.models import Agency, BudgetUnit
from tests.billing.ledgers import SAMPLE, make_mailing, make_usage
from tests.e2e.conftest import sign_in
from tests.factories import PLANT, make_job
from workers.runtime import drain


def type_row(page, *cells):
    """Type cell after cell with Tab between them, as fast hands do; an empty cell is left as it is. Begins where the
    page has put the cursor: what is typed before goes to the page that is left."""
    page.wait_for_load_state()
    page.wait_for_function(
        "document.activeElement && document.activeElement.matches('input, select, textarea')"
    )
    for place, cell in enumerate(cells):
        if place:
            page.keyboard.press("Tab")
        if cell:
            page.keyboard.press("Control+A")
            page.keyboard.type(cell)


def test_a_meters_day_is_typed_without_the_mouse(open_page, look_twice, plant):
    page = open_page()
    sign_in(page, "mona")
    page.goto("/metering")
    look_twice(page, "40-meters")
    page.get_by_role("link", name="Begin the day of Meter 1").click()
    type_row(page, "1000.00", "500.00")
    look_twice(page, "41-begin")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Next run")
    type_row(page, "DEX DEX-200", "", "", "1", "10", "7.80")
    expect(page.locator("output")).to_have_text("Runs so far $7.80.")
    page.keyboard.press("Enter")
    page.wait_for_selector("tfoot >> text=$7.80")
    type_row(page, "OSR OSR-010", "", "", "2", "3", "3.30")
    page.keyboard.press("Enter")
    page.wait_for_selector("tfoot >> text=$11.10")
    page.get_by_label("Ascending register, $").fill("1012.00")
    expect(page.locator("output")).to_contain_text("$0.90 without a run.")
    look_twice(page, "42-sheet")
    page.get_by_label("Descending register, $").fill("488.00")
    page.get_by_role("button", name="Close and compare").click()
    page.wait_for_selector("text=are being compared")
    drain(plant)
    page.wait_for_selector("text=The meter used $0.90 more than the runs say.")
    look_twice(page, "43-gap")
    type_row(page, "DEX DEX-100", "", "", "1", "1", "0.90")
    page.keyboard.press("Enter")
    page.wait_for_selector("tfoot >> text=$12.00")
    page.get_by_role("button", name="Close and compare").click()
    page.wait_for_selector("text=are being compared")
    drain(plant)
    page.wait_for_selector("h1 >> text=Tied")
    look_twice(page, "44-tied")
    with page.expect_download() as download:
        page.get_by_role("link", name="Day sheet (PDF)").click()
    assert download.value.suggested_filename.endswith(".pdf")


def test_a_month_is_closed_exported_and_explained(open_page, look_twice, plant):
    with plant.db.unit_of_work(PLANT) as uow:
        dex = uow.session.scalars(select(Agency).filter_by(code="DEX")).one()
        account = uow.session.scalars(select(BudgetUnit).filter_by(bill_code="DEX-100")).one()
        stream = make_mailing(uow, jobs=2, pieces=1200)
        job = make_job(uow, agency=dex, budget_unit=account, title="Renewal notices, December")
        make_usage(uow, job, quantity="2400", stream=uow.session.get_one(PresortStream, stream.id))
        late = make_job(uow, agency=dex, budget_unit=account, title="Hearing notices")
        make_usage(uow, late, quantity="12", on=date(2025, 6, 2))
        charge_job(uow, job)
        uow.session.flush()
        charge_stream(uow, stream)
    page = open_page()
    sign_in(page, "bill")
    page.goto("/billing")
    look_twice(page, "50-months")
    page.get_by_role("link", name="November 2026").click()
    look_twice(page, "51-month")
    page.get_by_role("button", name="Close November 2026").click()
    page.wait_for_selector(f"text={late.number} Printing")
    look_twice(page, "52-not-closed")
    page.goto("/rate-cards")
    look_twice(page, "53-cards")
    page.get_by_label("Name").fill("Sample rates")
    page.get_by_label("In force from").fill("2025-01-01")
    page.locator("input[type=file]").set_input_files(
        {"name": "bindery.csv", "mimeType": "text/csv", "buffer": CARD.replace("0.022", "dear").encode()}
    )
    page.get_by_role("button", name="Check and keep as a draft").click()
    page.wait_for_selector("text=AMOUNT_INVALID")
    look_twice(page, "54-card-refused")
    page.locator("input[type=file]").set_input_files(
        {"name": "bindery.csv", "mimeType": "text/csv", "buffer": CARD.encode()}
    )
    page.get_by_role("button", name="Check and keep as a draft").click()
    page.wait_for_selector("text=A second person approves it")
    look_twice(page, "55-card")
    second = open_page()
    sign_in(second, "ada")
    second.goto("/second-person")
    look_twice(second, "55a-second-person")
    second.get_by_role("button", name="I agree").click()
    second.wait_for_selector("text=can be published now")
    page.reload()
    page.get_by_role("button", name="Publish").click()
    page.wait_for_selector("text=Read this first")
    look_twice(page, "55b-publish")
    page.get_by_role("button", name="I have read this").click()
    page.wait_for_selector("text=is published")
    with plant.db.unit_of_work(PLANT) as uow:
        charge_job(uow, uow.session.merge(late))
    page.goto("/billing/FY2027-11")
    page.get_by_role("button", name="Close November 2026").click()
    page.wait_for_selector("text=Read this first")
    look_twice(page, "55c-closing")
    page.get_by_role("button", name="I have read this").dblclick()
    page.wait_for_selector("text=A second person must agree")
    second.goto("/second-person")
    look_twice(second, "55d-second-person")
    second.get_by_role("button", name="I agree").click()
    second.wait_for_selector("text=is closed")
    page.reload()
    page.get_by_role("button", name="Export November 2026").click()
    page.wait_for_selector("text=is being written")
    drain(plant)
    page.wait_for_selector("text=Download the file")
    look_twice(page, "56-exported")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the file (CSV)").click()
    assert download.value.suggested_filename == "chargeback-FY2027-11.csv"
    page.get_by_role("link", name="DEX").first.click()
    look_twice(page, "57-statement")
    page.get_by_role("link", name=job.number).click()
    look_twice(page, "58-job")
    page.locator("tbody a").first.click()
    page.wait_for_selector("text=How the amount comes about")
    look_twice(page, "59-explained")
    rita = open_page()
    sign_in(rita, "rita")
    rita.goto("/charges")
    look_twice(rita, "60-own-months")
    rita.get_by_role("link", name="November 2026").click()
    rita.wait_for_selector("text=Renewal notices, December")
    look_twice(rita, "61-own-statement")


CARD = SAMPLE.read_text()
