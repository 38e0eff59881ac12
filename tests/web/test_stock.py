"""The stockroom's screens and commands: received, labeled, counted by two, issued to a job as its estimate planned."""

from __future__ import annotations

import json
from contextlib import nullcontext

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from sqlalchemy import select

from production.frontdesk.preparation.worksheet import paper_needs
from production.jobs.models import Job
from production.people import setup
from production.stockroom.items import ITEMS
from production.stockroom.models import StockLot
from production.stockroom.reserving import reserve
from tests.factories import PLANT
from tests.web.test_order_command import console  # noqa: F401  a fixture
from tests.web.test_ticket import booklet  # noqa: F401  a fixture
from web.commands import stock as commands


@pytest.fixture
def papers(booklet, plant):  # noqa: F811
    """The stockroom keeps the text paper of the booklet, and not that of its cover; (ticket, text's need, cover's)."""
    number, run = booklet
    with plant.db.unit_of_work(PLANT) as uow:
        job = uow.session.scalars(select(Job).filter_by(number=number)).one()
        text, cover = paper_needs(uow.session, plant.files, job)
        width, height = (f"{side:f}" for side in text.size)
        row = {
            "code": "T60",
            "name": "Text paper",
            "kind": "paper",
            "unit": "sheet",
            "stock": "text60",
            "bin": "A-1",
        }
        setup.put(
            uow,
            ITEMS,
            ITEMS.read(row | {"width_in": height, "height_in": width, "reorder_point": "10"}),
            knowing=None,
        )
        reserve(uow, job, [text, cover])  # its item came after it went to the floor
    return f"{run}-10", text, cover


def lots(plant):
    with plant.db.read_only(PLANT) as session:
        return session.scalars(select(StockLot).order_by(StockLot.id)).all()


@pytest.mark.killed
def test_paper_comes_in_is_labeled_counted_and_issued(papers, plant, sign_in, console, monkeypatch):  # noqa: F811
    ticket, text, cover = papers
    pat, mona = sign_in("print_operator"), sign_in("mail_operator")
    assert "Low" in pat.get("/stock?kind=paper").text
    assert f"{text.sheets:,} are missing" in pat.get(f"/floor/{ticket}").text
    assert "Nothing in the stockroom fits this" in pat.get("/stock?kind=recalled").text
    form = "/stock/items/T60/receive"
    assert "Write 1 or more" in pat.submit(form, form, quantity="0", unit_cost="0.038").text
    sent = {"quantity": str(text.sheets + 100), "unit_cost": "0.038", "source": "PO 77"}
    assert "Print its label" in pat.submit(form, form, follow=True, **sent).text
    (lot,) = lots(plant)
    page = f"/stock/lots/{lot.number}"
    picture = (
        pypdfium2.PdfDocument(pat.get(f"{page}/label.pdf").data)[0].render(scale=4, grayscale=True).to_numpy()
    )
    (code,) = zxingcpp.read_barcodes(np.ascontiguousarray(picture.reshape(picture.shape[:2])))
    assert (code.format, code.text) == (zxingcpp.BarcodeFormat.Code128, lot.number.replace("-", ""))
    assert pat.get(f"/stock?find={code.text}").location == page

    assert f"{lot.on_hand:,}" not in pat.get(f"{page}/count").text  # who counts does not see the books
    assert (
        "somebody else counts" in pat.submit(f"{page}/count", counted=str(text.sheets + 9), follow=True).text
    )
    assert "another person counts it now" in pat.submit(f"{page}/count", counted=str(text.sheets + 9)).text
    assert "the books say so" in mona.submit(f"{page}/count", counted=str(text.sheets + 9), follow=True).text

    issue = f"/stock/issue/{ticket}"
    assert pat.submit("/stock/issue", scan=ticket).location == issue
    assert "Paper to fetch" in pat.get(f"/floor/{ticket}").text
    assert f"{text.sheets:,} reserved" in pat.get("/stock").text
    assert "Reserved for" in pat.get("/stock/items/T60").text
    shown = pat.get(issue).text
    assert f"{cover.sheets:,} of {cover.sheets:,} sheets are not here" in shown
    assert f'value="{text.sheets}"' in shown  # what is still to issue
    refused = pat.submit(issue, issue, what="T60", quantity=str(text.sheets + 10))
    assert (refused.status_code, "asked for" in refused.text) == (409, True)
    assert (
        "issued from 1 lot"
        in pat.submit(issue, issue, what="T60", quantity=str(text.sheets), follow=True).text
    )
    back = f"{issue}/return"
    assert "back on the shelf" in pat.submit(issue, back, lot=code.text, quantity="5", follow=True).text
    assert [one.on_hand for one in lots(plant)] == [14]
    count_in, less = f"{issue}/count-in", str(text.sheets - 5)
    assert "are needed: say why" in pat.submit(issue, count_in, item="T60", counted=less).text
    seen = pat.submit(issue, count_in, item="T60", counted=less, reason="Torn", follow=True).text
    assert "counted in: as issued" in seen
    moved = pat.submit(page, f"{page}/transfer", bin="B-2", follow=True).text
    assert "A-1 to B-2" in moved
    assert "In use" in sign_in("planner").get("/setup/rows/stock_item/T60").text
    assert sign_in("requester").get("/stock").status_code == 403

    monkeypatch.setattr(commands, "opened_plant", lambda: nullcontext(plant))

    def run(*arguments):
        answer = console("stock", *arguments, "--json")
        return answer.exit_code, json.loads(answer.stdout)

    assert run("list")[1]["items"][0] | {"value": ""} == {
        "code": "T60", "name": "Text paper", "kind": "paper", "unit": "sheet", "owner": None, "bin": "A-1",
        "on_hand": 14, "reserved": 5, "available": 9, "reorder_point": 10, "low": True, "recalled": False, "value": "",
    }  # fmt: skip
    code, told = run("issue", ticket)  # the five that came back; of the cover nothing is kept
    assert (code, told["error"]["code"]) == (2, "STOCK_SHORT")
    code, told = run("issue", ticket, lot.number, "5")
    assert (code, told["moves"][0]["quantity"], told["planned"][0]["left"]) == (0, -5, 0)
    assert run("issue", ticket, lot.number, "10")[1]["error"]["code"] == "STOCK_NEGATIVE"
    assert run("receive", "T60", "20", "--cost", "1e-9")[1]["error"]["code"] == "STOCK_COST"
    code, told = run("receive", "T60", "20", "--cost", "0.05", "--bin", "C-3")
    assert (code, told["on_hand"], told["bin"]) == (0, 29, "C-3")
    assert run("count", told["lot"], "10", "--person", "pat")[1]["second_person"] is True
    assert run("count", told["lot"], "10", "--person", "mona")[1] == {
        "lot": told["lot"], "on_hand": 10, "difference": -10, "second_person": False,
    }  # fmt: skip
