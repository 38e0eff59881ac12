"""Buying a booklet on the console and on the screens: from the decision to the award, a vendor without an account."""

from __future__ import annotations

import json
import re
from contextlib import nullcontext
from datetime import datetime, timedelta

import pypdfium2
import pytest
from sqlalchemy import select

from kernel import clock
from kernel.clock import SHOP_ZONE
from postal.data.mail_days import mail_days_after
from production.jobs.models import Lot, Operation
from production.jobs.states import LotState
from production.jobs.stopped_work import stopped_steps
from production.people import setup
from production.purchasing import links
from production.purchasing.models import BidInvitation
from production.purchasing.vendors import VENDORS
from tests.factories import PLANT
from tests.web.test_order_command import console  # noqa: F401  a fixture
from tests.web.test_ticket import booklet  # noqa: F401  a fixture
from web.commands import purchase_bids as commands
from workers.runtime import drain

VENDOR = {"code": "ACME", "name": "Acme Bindery", "email": "bids@acme.example"}


@pytest.fixture
def job(booklet, plant):  # noqa: F811
    """A booklet and two vendors; the booklet's number."""
    with plant.db.unit_of_work(PLANT) as uow:
        for more in ({}, {"code": "CUTS", "name": "Cut and Fold", "email": ""}):
            setup.put(uow, VENDORS, VENDORS.read(VENDOR | more), knowing=None)
    return booklet[0]


def closing():
    """Two in the afternoon, six working days from now."""
    day = mail_days_after(clock.today(), 6)
    return datetime(day.year, day.month, day.day, 14, tzinfo=SHOP_ZONE)


def test_a_booklet_is_bought_on_the_console(job, plant, console, monkeypatch, tmp_path):  # noqa: F811
    monkeypatch.setattr(commands, "opened_plant", lambda: nullcontext(plant))

    def run(*arguments):
        answer = console("purchase", *arguments, "--json")
        return json.loads(answer.stdout)

    sheet = run("spec", job, "--out", str(tmp_path / "spec.pdf"))
    labels = [line["label"] for section in sheet["sections"] for line in section["lines"]]
    assert sheet["files_leave"] is True and {"Finished size", "Paper", "Binding", "Recycled fiber"} <= set(
        labels
    )
    words = "".join(
        page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(tmp_path / "spec.pdf")
    )
    assert "Specification for vendors" in words and "$" not in words and "DEX-100" not in words

    decided = run("decide", job, "buy", "--why", "capacity", "--outside", "6000.00", "--waiver", "W-7")
    assert decided["second_person"] is True and float(decided["house"]) > 0 and decided["house_day"]
    shut, late = closing(), f"{mail_days_after(clock.today(), 20)}"
    asked = (
        "ask",
        job,
        "--vendor",
        "ACME",
        "--vendor",
        "CUTS",
        "--closes",
        f"{shut:%Y-%m-%dT%H:%M}",
        "--deliver-by",
        late,
    )
    assert run(*asked)["error"]["code"] == "BUY_FIRST"
    run("decide", job, "buy", "--why", "equipment", "--outside", "4000.00")
    made = run(*asked)
    assert made["least_bids"] == 1
    number = made["request"]
    for vendor, price in (("ACME", "3,900.00"), ("CUTS", "3,850.50")):
        said = run(
            "bid", number, "--vendor", vendor, "--price", price, "--freight", "20.00", "--way", "phone"
        )
        assert said["sealed"] is True and price not in json.dumps(said)
    assert run("open", number)["error"]["code"] == "BID_SEALED"
    with clock.at(shut + timedelta(minutes=1)):
        assert run("bid", number, "--vendor", "ACME", "--price", "1.00")["error"]["code"] == "BID_LATE"
        shown = run("open", number)
        assert [(one["vendor"], one["total"], one["cheapest"]) for one in shown["bids"]] == [
            ("CUTS", "3895.50", True), ("ACME", "3945.00", False),
        ]  # fmt: skip
        assert run("award", number, "--vendor", "ACME")["error"]["code"] == "AWARD_REASON"
        assert run("award", number, "--vendor", "CUTS")["total"] == "3895.50"


@pytest.mark.killed
def test_a_booklet_is_bought_on_the_screens_and_a_vendor_bids_without_an_account(
    job, plant, app, client, sign_in
):
    polly, ada = sign_in("planner"), sign_in("administrator")
    page = f"/purchasing/jobs/{job}"
    shown = polly.get(page).text
    assert "Price by the estimate" in shown and "$" in shown and "Recycled fiber" in shown
    assert polly.get(f"{page}/specification.pdf").data.startswith(b"%PDF")
    assert "Write what it is expected to cost" in polly.submit(page, choice="buy", why="equipment").text
    said = {"choice": "buy", "why": "equipment", "outside_price": "6000.00"}
    assert "a second person must agree" in polly.submit(page, follow=True, **said).text
    assert "Another person must agree" in polly.get(page).text
    agree = re.search(r'action="(/second-person/make_or_buy/\w+)"', ada.get("/second-person").text)[1]
    assert "is bought outside" in ada.submit("/second-person", agree, follow=True).text
    shut = closing()
    asking = {
        "closes_on": f"{shut:%Y-%m-%d}",
        "closes_at": "14:00",
        "deliver_by": f"{mail_days_after(clock.today(), 20)}",
    }
    too_soon = {"closes_on": f"{mail_days_after(clock.today(), 1)}", "vendors": ["ACME"]}
    assert "The rule asks for 5 working days" in polly.submit(page, f"{page}/ask", **asking | too_soon).text
    answer = polly.submit(page, f"{page}/ask", vendors=["ACME", "CUTS"], **asking)
    url = answer.location
    assert "sealed until the closing" in polly.get(url).text
    assert (
        "needs somebody" in polly.get("/purchasing").text.lower()
        and sign_in("requester").get("/purchasing").status_code == 403
    )

    with plant.db.read_only(PLANT) as session:
        found = session.scalars(select(BidInvitation).order_by(BidInvitation.id)).first()
        token = links.make(plant.settings.secret_key(), found)
    assert token not in polly.get(url).text
    link = f"/bids/{token}"
    first = client.get(link)
    assert (first.status_code, "Acme Bindery" in first.text, "Cut and Fold" in first.text) == (
        200,
        True,
        False,
    )
    assert client.get(f"{link}/specification.pdf").data.startswith(b"%PDF")
    assert client.get(link[:-1]).status_code == 404
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', first.text)[1]
    offer = {
        "csrf_token": csrf,
        "delivers_on": asking["deliver_by"],
        "signed_by": "Ann Acme",
        "freight": "20.00",
    }
    assert "no other currency" in client.post(link, data=offer | {"price": "EUR 5"}).text
    assert client.post(link, data=offer | {"price": "5,321.09"}).status_code == 303
    assert "Your bid of $5,341.09" in client.get(link).text
    for _ in range(2):  # sent twice, asked once
        client.post(f"{link}/questions", data={"csrf_token": csrf, "question": "Which glue?"})
    request = polly.get(url).text
    assert request.count("Which glue?") == 1
    to_answer = re.search(rf'action="({url}/questions/\w+)"', request)[1]
    assert "Answered" in polly.submit(url, to_answer, answer="Any cold glue.", follow=True).text
    assert "Any cold glue." in client.get(link).text

    now = clock.now().astimezone(SHOP_ZONE)
    paper = {
        "vendor": "CUTS",
        "way": "phone",
        "received_on": f"{now:%Y-%m-%d}",
        "received_at": f"{now:%H:%M}",
    }
    entered = polly.submit(url, f"{url}/bid", **paper, price="5,400.00", delivers_on=asking["deliver_by"])
    assert entered.status_code == 303
    for address in (url, "/purchasing", "/purchasing/vendors/ACME", page):
        assert not {"5,321.09", "5,341.09", "5,400.00"} & set(
            re.findall(r"[\d,]+\.\d\d", polly.get(address).text)
        ), address
    _, tokens = polly.hidden("/account", "/account/password")
    assert (
        "are sealed until"
        in polly.post(f"{url}/open", data=tokens | {"idempotency_key": "before-the-closing"}).text
    )
    with clock.at(shut + timedelta(minutes=1)):
        assert "Bidding closed" in client.post(link, data=offer | {"price": "1.00"}).text
        assert "The bids are opened" in polly.submit(url, f"{url}/open", follow=True).text
        shown = polly.get(url).text
        assert "$5,366.09" in shown and "Costs least" in shown and "$5,425.00" in shown
        refused = polly.submit(url, f"{url}/award", vendor="ACME")
        assert "The rule asks for 3 bids; 2 count" in refused.text
        taken = polly.submit(url, f"{url}/award", vendor="ACME", few_reason="Nobody else binds.", follow=True)
        assert "A second person must agree" in taken.text
        agree = re.search(r'action="(/second-person/award/\w+)"', ada.get("/second-person").text)[1]
        assert "is taken" in ada.submit("/second-person", agree, follow=True).text
        assert "Awarded" in polly.get(url).text and "$5,366.09" in polly.get("/purchasing/vendors/ACME").text
        assert "The whole job" in polly.get(url).text
        ordered = polly.submit(url, f"{url}/order", ticket="", promised=asking["deliver_by"])
        assert ", outside work" in polly.get(ordered.location).text
        assert f'href="{ordered.location}"' in polly.get(url).text
        agree = re.search(r'action="(/second-person/purchase_order/\w+)"', ada.get("/second-person").text)[1]
        assert "can be sent" in ada.submit("/second-person", agree, follow=True).text
        assert (
            "is sent to Acme Bindery"
            in polly.submit(ordered.location, f"{ordered.location}/issue", follow=True).text
        )
        drain(plant)  # the ticket of the run that is left
    with plant.db.read_only(PLANT) as session:
        live = (
            select(Operation.type)
            .join(Lot, Lot.id == Operation.lot_id)
            .where(Lot.state == LotState.IN_PRODUCTION)
        )
        assert session.scalars(live).all() == ["outside"]
        assert not stopped_steps(session)
    order, request = ordered.location.rsplit("/", 1)[1], url.rsplit("/", 1)[1]
    assert order in polly.get(page).text and request in polly.get(page).text
    assert "Make or buy" in polly.get(f"/jobs/{job}").text
    for typed, found in ((order.lower(), ordered.location), (request.replace("-", ""), url)):
        assert polly.get(f"/search?q={typed}").location == found
    record = polly.get("/purchasing/vendors/ACME").text
    assert "How it keeps its word" in record and order in record
    assert "With an outside shop" in polly.get(f"/jobs/{job}").text
