"""Something printed, in the browser: ordered, approved, made on the floor, delivered, charged."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import expect
from sqlalchemy import select

from kernel import clock
from postal.data.mail_days import next_mail_day
from production.frontdesk.approving import approvals
from production.frontdesk.orders import print_order
from production.frontdesk.orders.intake import GivenFile
from production.frontdesk.orders.models import Quote
from production.frontdesk.orders.print_request import PrintRequest
from production.jobs.models import Job, Operation
from tests.e2e.conftest import sign_in
from tests.factories import PLANT
from tests.production import mailings
from tests.production.prepress.letters import make_template
from tests.web.print_ordering import offer_form
from workers.runtime import drain


def test_a_form_is_ordered_and_approved(open_page, look_twice, plant, tmp_path):
    offer_form(plant)
    page = open_page()
    sign_in(page, "rita")
    page.goto("/catalog")
    look_twice(page, "print-01-products")
    page.get_by_role("link", name="Office form", exact=True).click()
    page.get_by_role("button", name="Go on to the paper").click()
    expect(page.locator(".error-summary")).to_be_focused()
    look_twice(page, "print-02-refused")
    page.get_by_label("Title").fill("Leave request form")
    page.get_by_label("How many").fill("1,000")
    page.get_by_label("Needed by").fill(next_mail_day(clock.today() + timedelta(days=7)).isoformat())
    page.get_by_label("Delivered to").fill("Capitol annex, room 12")
    page.get_by_role("button", name="Go on to the paper").click()
    page.wait_for_url("**/finishing")
    page.get_by_label("Paper").select_option(label="20 lb bond")
    page.get_by_label("Holes").select_option(label="3 holes, left edge")
    page.get_by_label("Made into pads").select_option(label="Pads of 50")
    look_twice(page, "print-03-finishing")
    page.get_by_role("button", name="Go on to the file").click()
    page.wait_for_url("**/artwork")
    form = make_template(tmp_path / "leave-request.pdf", 2, text="Request for leave")
    page.get_by_label("The file (PDF)").set_input_files(form)
    page.get_by_role("button", name="Upload and go on").click()
    page.wait_for_url("**/review")
    look_twice(page, "print-05-review")
    page.go_back()
    look_twice(page, "print-04-artwork")
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/review")
    page.get_by_role("button", name="Submit the order").click()
    page.wait_for_selector("text=We are checking your file")
    drain(plant)
    page.wait_for_selector("text=Proof and quote are ready")
    look_twice(page, "print-06-quoted")
    number = page.url.rsplit("/", 1)[1]
    approver = open_page()
    sign_in(approver, "andy")
    approver.goto("/approvals")
    look_twice(approver, "print-07-to-approve")
    approver.goto(f"/jobs/{number}/proof")
    look_twice(approver, "print-08-decision")
    approver.get_by_role("button", name="Approve version").click()
    approver.wait_for_selector("text=Approved. The plant has it now.")


def test_the_floor_makes_it_and_the_dock_hands_it_over(open_page, look, plant, tmp_path):
    """From the approval to the charge, with the pages of press, bindery and dock."""
    number = approved_form(plant, tmp_path)
    press = open_page()
    sign_in(press, "pat")
    press.goto("/floor")
    look(press, "print-10-queue")
    for ticket, at in tickets(plant):
        press.goto(f"/floor/{ticket}")
        press.get_by_label("Machine or bench").fill(at)
        press.get_by_role("button", name="Start").click()
        press.wait_for_selector(f"text=Started {ticket}")
        look(press, f"print-11-{at}")
        if at == "Press 1":
            short_and_found_again(press, look, number, ticket)
        press.locator("#scan").fill(ticket)
        press.locator("#scan").press("Enter")
        press.wait_for_url("**/floor")
    press.goto(f"/floor/runs/{ticket.rpartition('-')[0]}/ticket")
    look(press, "print-11-ticket")
    dock = open_page()
    sign_in(dock, "mona")
    dock.goto("/dock")
    look(dock, "print-12-dock")
    dock.get_by_role("link", name=f"Dispatch {number}").click()
    dock.get_by_role("link", name="Pack it").click()
    dock.get_by_role("button", name="Close carton 1").click()
    dock.wait_for_selector("text=Everything is packed")
    wide = dock.viewport_size
    dock.set_viewport_size({"width": 320, "height": 640})
    look(dock, "print-12-packed")
    dock.set_viewport_size(wide)
    dock.get_by_role("link", name="Let it leave").click()
    look(dock, "print-13-leaves")
    assert dock.get_by_label("Place").input_value() == "Room 12"
    dock.get_by_label("Taken by").fill("Lee")
    dock.get_by_role("button", name="It leaves").click()
    dock.get_by_role("link", name=f"Hand over {number}").click()
    dock.get_by_label("Received by").fill("R. Hebert")
    sign(dock)
    look(dock, "print-13-proof")
    dock.get_by_role("button", name="Handed over").click()
    dock.wait_for_selector("text=is handed over")
    drain(plant)
    rita = open_page()
    sign_in(rita, "rita")
    rita.goto(f"/jobs/{number}")
    assert rita.get_by_role("link", name="Signature of Room 12").count() == 1
    look(rita, "print-14-charged")
    for words in ("Punched", "Padded", "Charges of the job", "Padding, a pad"):
        assert rita.get_by_text(words).count() or rita.get_by_label(words).count(), words


def sign(page):
    """A stroke across the field, by mouse."""
    box = page.locator("canvas").bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 90, steps=4)
    page.mouse.up()


def short_and_found_again(page, look, number, ticket):
    """Five spoiled sheets are a pad less, as the count sheet says on a phone of 320 pixels; they are found and taken
    back by keyboard.
    """
    page.locator("#scan").fill("5")
    page.locator("#scan").press("Enter")
    page.wait_for_selector("text=5 sheets spoiled")
    wide = page.viewport_size
    page.goto(f"/floor/jobs/{number}/counts")
    page.wait_for_selector("text=50 of 100 will come out")
    look(page, "print-11-counts")
    page.set_viewport_size({"width": 320, "height": 640})
    look(page, "print-11-counts", contrast=False)
    page.goto(f"/floor/{ticket}")
    page.get_by_text("Count a part").focus()
    page.keyboard.press("Enter")
    form = page.locator("form[action$='/count']")
    form.get_by_label("Spoiled").fill("5")
    form.get_by_label("Reason").fill("Found again")
    form.get_by_label("Take these back").focus()
    page.keyboard.press("Space")
    look(page, "print-11-part", contrast=False)
    form.get_by_label("Spoiled").press("Enter")
    page.wait_for_selector("text=Counted.")
    assert not page.get_by_text("will come out").count()
    page.set_viewport_size(wide)


def approved_form(plant, tmp_path) -> str:
    """A flat form of 100 copies, punched and padded, that Andy has approved; its number."""
    rita = mailings.actor(plant, "rita")
    form = make_template(tmp_path / "form.pdf", 2, text="Request for leave").read_bytes()
    wanted = PrintRequest(
        product="flat_form", title="Leave request form", quantity=100, place="Room 12",
        due=next_mail_day(clock.today() + timedelta(days=7)), splits={"DEX-100": 1}, stock="bond20",
        options={"punch": "3-hole", "pad": "50"},
    )  # fmt: skip
    given = GivenFile(plant.files.keep_bytes(form, "application/pdf"), "form.pdf")
    with plant.db.unit_of_work(rita) as uow:
        job = print_order.submit_print(
            uow, wanted, given, agency_id=rita.agency_id, requester_id=rita.user_id
        )
    drain(plant)
    with plant.db.unit_of_work(mailings.actor(plant, "andy")) as uow:
        total = uow.session.scalars(select(Quote.total).filter_by(job_id=job.id)).one()
        approvals.approve(uow, uow.session.get_one(Job, job.id), revision=1, total=total)
    drain(plant)
    return job.number


def tickets(plant):
    """Each operation with the machine it is done at."""
    with plant.db.read_only(PLANT) as session:
        found = session.scalars(select(Operation.ticket).order_by(Operation.step)).all()
    return list(zip(found, ("Press 1", "Punch 1", "Padding bench"), strict=True))
