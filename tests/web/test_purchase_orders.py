"""A step bought outside, by the screens and by the command: ordered, agreed, sent, received, invoiced, settled."""

from __future__ import annotations

import io
import json
import re
from contextlib import nullcontext
from datetime import timedelta

import pytest
from sqlalchemy import select

from kernel import clock
from production.floor.runs import RunStep, plan_run
from production.jobs.models import Operation
from production.jobs.states import JobKind, JobState
from production.people import setup
from production.purchasing.vendors import VENDORS
from tests.factories import MAIL_DATE, PLANT, make_job
from tests.web.test_order_command import console  # noqa: F401  a fixture
from web.commands import purchase_orders as commands

PROMISED = (clock.today() + timedelta(days=9)).isoformat()


@pytest.fixture
def ticket(app, plant):
    """Of 5,000 manuals that are bound outside."""
    with plant.db.unit_of_work(PLANT) as uow:
        setup.put(uow, VENDORS, VENDORS.read({"code": "ACME", "name": "Acme Bindery"}), knowing=None)
        job = make_job(uow, kind=JobKind.PRINT, state=JobState.APPROVED, title="Manual")
        steps = RunStep(10, "outside", 5000), RunStep(20, "pack", 10, needs=[10])
        return f"{plan_run(uow, [(job, 5000)], steps, ready_by=MAIL_DATE).number}-10"


@pytest.mark.killed
def test_from_the_order_to_the_invoice_on_the_screens(ticket, plant, sign_in):
    polly, bill, ada, pat = map(sign_in, ("planner", "billing_clerk", "administrator", "print_operator"))
    assert "Nothing is on order" in polly.get("/purchasing/orders").text
    new = f"/purchasing/orders/new?ticket={ticket}"
    asked = {
        "vendor": "ACME",
        "ticket": ticket,
        "quantity": "5,000",
        "price": "4500",
        "freight": "600",
        "promised": PROMISED,
    }
    refused = polly.submit(new, "/purchasing/orders/new", **asked | {"promised": "2020-01-01"})
    assert "The promised day is past" in refused.text
    page = polly.submit(new, "/purchasing/orders/new", **asked).location
    assert "Waits for a second person" in polly.get(page).text
    assert "Acme Bindery for $5,100.00" in ada.get("/second-person").text
    act = re.search(r'action="(/second-person/purchase_order/[^"]+)"', ada.get("/second-person").text)[1]
    assert "can be sent" in ada.submit("/second-person", act, follow=True).text
    change = {
        "quantity-1": "5000",
        "price-1": "1234.50",
        "freight": "45",
        "promised": PROMISED,
        "reason": "A better price",
    }
    assert "$4,500.00 becomes $1,234.50" in polly.submit(page, f"{page}/change", follow=True, **change).text
    assert (
        "This is not a whole number"
        in polly.submit(page, f"{page}/change", **change | {"quantity-1": "x"}).text
    )
    assert "is sent to Acme Bindery" in polly.submit(page, f"{page}/issue", follow=True).text
    assert sign_in("requester").get(page).status_code == 403

    receive = f"{page.replace('/orders/', '/receive/')}/1"
    assert receive in pat.get("/purchasing/receive").text
    damaged = pat.submit(receive, good="4900", damaged="100")
    assert "what is wrong, or why no more comes" in damaged.text
    told = pat.submit(receive, good="4900", damaged="100", reason="Spine torn", is_last="yes", follow=True)
    assert "4,900 good of Manual" in told.text
    with plant.db.read_only(PLANT) as session:
        row = session.scalars(select(Operation).filter_by(ticket=ticket)).one()
        assert (row.good, row.spoiled, row.state) == (4900, 100, "done")

    enter = page.replace("/orders/", "/invoices/of/")
    form = bill.get(enter).text
    assert 'value="1209.81"' in form
    asked = {"quantity-1": "5000", "amount-1": "1234.50", "freight": "45", "total": "1279.50"}
    invoice = bill.submit(enter, number="A-77", dated=clock.today().isoformat(), **asked).location
    shown = bill.get(invoice).text
    assert "Looked after by" in shown
    settle = re.search(r'action="([^"]+/cases/[^"]+)"', shown)[1]
    own = bill.submit(invoice, settle, outcome="paid", reason="Fine")
    assert "another person agrees to pay" in own.text
    done = bill.submit(
        invoice, settle, outcome="credited", credit="24.69", reason="Credit note 12", follow=True
    )
    assert "what it costs is charged" in done.text
    assert "Here and paid" in polly.get("/purchasing/orders?show=ended").text
    assert "No invoice differs" in bill.get("/purchasing/invoices").text
    wrong = {"file": (io.BytesIO(b"order,invoice\n"), "invoices.csv")}
    assert "Columns are missing" in bill.submit("/purchasing/invoices", **wrong).text


def test_the_command_says_what_the_screens_say(ticket, plant, console, monkeypatch, tmp_path):  # noqa: F811
    monkeypatch.setattr(commands, "opened_plant", lambda: nullcontext(plant))

    def run(*arguments):
        answer = console("purchase", *arguments, "--json")
        return answer.exit_code, json.loads(answer.stdout)

    line = ("--line", ticket, "5000", "1234.50", "--freight", "45", "--promised", PROMISED)
    code, told = run("order", "ACME", *line)
    number = told["order"]
    assert (code, told["state"], told["total"], told["lines"][0]["still"]) == (0, "sent", "1279.50", 5000)
    assert run("order", "ACME", *line)[1] == told
    code, again = run("order", "ACME", "--line", ticket, "5000", "1200", "--promised", PROMISED)
    assert (code, again["error"]["code"]) == (2, "PO_TWICE")
    assert run("order", "NOBODY", *line)[1]["error"]["code"] == "VENDOR"
    code, changed = run("change", number, "--line", "1", "4000", "1000", "--reason", "Fewer")
    assert (changed["state"], changed["changes"][0]) == (
        "to_send",
        "Manual, outside work: 5,000 pieces become 4,000",
    )
    assert run("issue", number)[1]["revision"] == 2
    assert run("receive", number, "--good", "4500")[1]["error"]["code"] == "RECEIPT_OVER"
    assert run("receive", number, "--good", "4000")[1]["state"] == "here"
    table = tmp_path / "invoices.csv"
    table.write_text(
        "order,invoice,dated,line,quantity,amount,freight,total\n"
        f"{number},A-1,2026-11-30,1,4000,1040.00,45.00,1085.00\n"
    )
    code, told = run("match", "--csv", table)
    assert (code, told["matched"], told["differences"][0]["code"]) == (2, False, "INVOICE_DIFFERENCE")
    settle = (
        "settle",
        number,
        "--invoice",
        "A-1",
        "--aspect",
        "price",
        "--line",
        "1",
        "--reason",
        "Paper rose",
    )
    assert run(*settle)[1]["error"]["code"] == "SECOND_PERSON"
    code, told = run(*settle, "--person", "ada")
    assert (code, told["matched"], told["charged"]["outside.cost"]) == (0, True, "1040.00")
    assert run("orders", "--ended")[1]["orders"][0]["state"] == "settled"
