"""Steps of ordering something printed by the route of its product, as a browser sends them."""

from __future__ import annotations

import io
from datetime import date, timedelta

from kernel import clock
from postal.data.mail_days import next_mail_day
from production.catalog.shipped import shipped_catalog
from tests.factories import PLANT
from tests.production.prepress.letters import make_template

# A product of the shop's own, made as the shipped flat form is by its route.
FORM = "office_form"


def offer_form(plant) -> None:
    """The shop offers its form."""
    shipped = next(row for row in shipped_catalog().product if row.code == "flat_form")
    steps = ("print_order", "finishing", "artwork", "review")
    with plant.db.unit_of_work(PLANT) as uow:
        shipped.model_copy(update={"code": FORM, "name": "Office form", "steps": steps}).keep(uow.session)


def due() -> date:
    return next_mail_day(clock.today() + timedelta(days=7))


def order(browser, *, product=FORM, **more):
    """Step 1; the answer of the server."""
    offer_form(browser.application.extensions["plant"])
    typed = {
        "title": "Leave request form", "quantity": "1,000", "due": due().isoformat(), "place": "Room 12",
        "splits-DEX-100": "60", "splits-DEX-200": "40",
    }  # fmt: skip
    return browser.submit(f"/drafts/new/{product}", **typed | more)


def finish(browser, url, **more):
    """Step 2."""
    typed = {"stock": "bond20", "options-size": "8.5x11", "options-punch": "3-hole", "options-pad": "50"}
    return browser.submit(url, **typed | more)


def upload(browser, url, folder, *, pages=2, size=(612, 792)):
    """Step 3."""
    data = make_template(folder / "form.pdf", pages, text="Leave request", size=size).read_bytes()
    return browser.submit(url, content_type="multipart/form-data", artwork=(io.BytesIO(data), "form.pdf"))


def submit_print(browser, folder, **more) -> str:
    """All steps; gives the job's number."""
    answer = finish(browser, order(browser, **more).location)
    assert answer.status_code == 303, answer.text
    answer = upload(browser, answer.location, folder)
    assert answer.status_code == 303, answer.text
    answer = browser.submit(answer.location, answer.location)
    assert answer.status_code == 303, answer.text
    return answer.location.rsplit("/", 1)[1]
