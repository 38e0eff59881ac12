"""Buying a booklet on the console and on the screens: from the decision to the award, a vendor without an account."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import datetime, timedelta

import pypdfium2
import pytest

from kernel import clock
from kernel.clock import SHOP_ZONE
from postal.data.mail_days import mail_days_after
from production.people import setup
from production.purchasing.vendors import VENDORS
from tests.factories import PLANT
from tests.web.test_order_command import console  # noqa: F401  a fixture
from tests.web.test_ticket import booklet  # noqa: F401  a fixture
from web.commands import purchase_bids as commands

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
