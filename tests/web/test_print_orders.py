"""Something printed: ordered in steps, quoted by its route, approved; and everything that can be refused."""

from __future__ import annotations

import io
import json

import pytest
from sqlalchemy import select

from kernel.money import Money
from production.frontdesk.orders.models import OrderDraft, Quote
from production.jobs.models import Component, Job, JobFile, Operation, PrintItem
from production.jobs.states import JobKind, JobState
from store.db import system_actor
from tests.production.prepress.letters import make_template
from tests.web import ordering, print_ordering
from tests.web.test_api import bearer
from workers.runtime import drain

PLANT = system_actor("test")
# The sample card: set-up 12.50, a sheet .009, a side .022, punching .006 (at least 4.00), a pad .45, a stop 4.75.
TOTAL = Money(1250 + 900 + 4400 + 600 + 900 + 475)


def rows(plant, query):
    with plant.db.read_only(PLANT) as session:
        return session.scalars(query).all()


def test_from_the_list_of_products_to_approval(sign_in, plant, tmp_path) -> None:
    rita, andy = sign_in("requester"), sign_in("approver")
    print_ordering.offer_form(plant)
    page = rita.get("/catalog").text
    assert "Office form" in page and "/drafts/new/office_form" in page
    number = print_ordering.submit_print(rita, tmp_path)
    page = rita.get(f"/jobs/{number}").text
    assert "We are checking your file" in page
    drain(plant)
    (job,) = rows(plant, select(Job))
    assert (job.kind, job.state, job.product, job.quantity) == (
        JobKind.PRINT, JobState.PROOF_READY, "office_form", 1000,
    )  # fmt: skip
    (quote,) = rows(plant, select(Quote))
    assert [(line.unit, int(line.quantity)) for line in quote.snapshot.lines] == [
        ("job.setup", 1), ("print.impression", 2000), ("paper.bond20", 1000), ("punch.piece", 1000),
        ("pad.pad", 20), ("delivery.stop", 1),
    ]  # fmt: skip
    assert quote.total == TOTAL
    (item,) = rows(plant, select(PrintItem))
    assert (item.stock, item.sides, item.place, item.options["pad"]) == ("bond20", 2, "Room 12", "50")
    assert [(part.name, part.quantity) for part in rows(plant, select(Component))] == [("sheet", 1000)]
    page = rita.get(f"/jobs/{number}").text
    for words in (
        "Paper, 20 lb bond",
        "Padding, a pad",
        "Pads of 50",
        "3 holes, left edge",
        "Room 12",
        "As the press",
    ):
        assert words in page, words
    for words in ("letter and list", "Confidential", "Row 0", "ZIP Codes"):
        assert words not in page, words
    assert rita.get(f"/jobs/{number}/proof/2.png").data.startswith(b"\x89PNG")
    assert rita.get(f"/jobs/{number}/files/print_file").data.startswith(b"%PDF")
    assert "1,000" in andy.get("/approvals").text
    assert andy.submit(f"/jobs/{number}/proof", f"/jobs/{number}/approve").status_code == 303
    assert {"artwork", "print_file", "plan"} == {row.role for row in rows(plant, select(JobFile))}
    drain(plant)
    pat = sign_in("print_operator")
    at_floor = rows(plant, select(Operation).where(Operation.type.in_(("print", "punch", "pad"))))
    assert len(at_floor) == 3
    for operation in at_floor:
        page = pat.get(f"/floor/{operation.ticket}").text.partition('id="main"')[2]
        assert "Leave request form" in page
        assert [word for word in ("tray", "Segment", "stream", "nvelope") if word in page] == []


def test_everything_wrong_is_named_and_what_was_typed_is_kept(sign_in) -> None:
    rita = sign_in("requester")
    answer = print_ordering.order(
        rita,
        title=" ",
        quantity="many",
        due="2020-01-01",
        place="",
        **{"splits-DEX-100": "x", "splits-DEX-200": ""},
    )
    assert answer.status_code == 422
    for words in (
        "fix 5 things",
        "title is missing",
        "whole number",
        "earliest day",
        "delivered",
        'value="many"',
    ):
        assert words in answer.text, words
    assert "made in quantities from 1 to 1,000,000" in print_ordering.order(rita, quantity="2,000,000").text


def test_papers_and_choices_that_do_not_go_together_are_refused(sign_in) -> None:
    rita = sign_in("requester")
    url = print_ordering.order(rita).location
    assert 'value="50"' in rita.get(url).text
    answer = print_ordering.finish(rita, url, stock="index110", **{"options-size": "11x17"})
    assert (answer.status_code, "not kept in this size" in answer.text) == (422, True)
    assert '<option value="11x17" selected>' in answer.text
    answer = print_ordering.finish(rita, url, stock="gold", **{"options-pad": "7"})
    assert "Choose a paper" in answer.text
    assert "is no choice here" in answer.text
    answer = print_ordering.finish(rita, url, **{"options-fold": "z"})
    assert answer.status_code == 422
    sentence = "&#34;Folded: Z-fold&#34; does not go with &#34;Made into pads: Pads of 50&#34;."
    assert sentence in answer.text
    assert '<option value="z" selected>' in answer.text


@pytest.mark.parametrize(
    ("pages", "size", "words"),
    [(3, (612, 792), "at most 2 are printed"), (1, (396, 612), "8.5 x 11 in"), (1, (792, 612), "")],
)
def test_a_file_of_another_size_or_with_more_pages_is_refused(sign_in, tmp_path, pages, size, words) -> None:
    rita = sign_in("requester")
    url = print_ordering.finish(rita, print_ordering.order(rita).location).location
    answer = print_ordering.upload(rita, url, tmp_path, pages=pages, size=size)
    assert (answer.status_code, words in answer.text) == (422 if words else 303, True)


def test_another_size_asks_for_the_file_again_and_the_review_leads_there(sign_in, tmp_path) -> None:
    rita = sign_in("requester")
    finishing = print_ordering.order(rita).location
    artwork = finishing.replace("finishing", "artwork")
    assert rita.get(artwork).location == finishing
    review = print_ordering.upload(rita, print_ordering.finish(rita, finishing).location, tmp_path).location
    assert "form.pdf" in rita.get(review).text
    assert rita.get(review.replace("review", "artwork/pages/2.png")).data.startswith(b"\x89PNG")
    print_ordering.finish(rita, finishing, **{"options-size": "11x17"})
    assert rita.get(review).location == artwork


def test_a_job_is_opened_again_with_everything_as_it_stands(sign_in, plant, tmp_path) -> None:
    rita = sign_in("requester")
    number = print_ordering.submit_print(rita, tmp_path)
    drain(plant)
    url = rita.submit(f"/jobs/{number}", f"/jobs/{number}/change").location
    assert '<option value="50" selected>' in rita.get(url).text
    artwork = print_ordering.finish(rita, url, stock="bond24", **{"options-pad": ""}).location
    assert "form.pdf" in rita.get(artwork).text
    review = rita.submit(artwork, content_type="multipart/form-data").location
    assert rita.submit(review, review).location == f"/jobs/{number}"
    drain(plant)
    (job,) = rows(plant, select(Job))
    assert (job.revision, job.state) == (2, JobState.PROOF_READY)
    assert [item.stock for item in rows(plant, select(PrintItem))] == ["bond24"]
    with plant.db.read_only(PLANT) as session:
        last = session.scalars(select(Quote).order_by(Quote.id.desc())).first()
    assert last.total == Money(1250 + 1200 + 4400 + 600 + 475)


def test_two_windows_and_a_mailing_know_of_each_other_as_before(sign_in, plant, tmp_path) -> None:
    rita = sign_in("requester")
    url = print_ordering.order(rita).location
    _, old = rita.hidden(url)
    print_ordering.finish(rita, url)
    answer = rita.post(url, data=old | {"stock": "bond24", "options-size": "8.5x14"})
    assert (answer.status_code, "another window" in answer.text) == (422, True)
    assert '<option value="8.5x14" selected>' in answer.text
    ordering.order(rita, title="A mailing beside it")
    page = rita.get("/jobs").text
    assert "Leave request form" in page and "A mailing beside it" in page
    assert {draft.product for draft in rows(plant, select(OrderDraft))} == {"letter", "office_form"}


def test_a_product_that_is_not_offered_is_not_there(sign_in) -> None:
    assert sign_in("requester").get("/drafts/new/banner").status_code == 404


def test_the_api_takes_the_same_request(sign_in, plant, tmp_path, app) -> None:
    key = bearer(sign_in("requester"))
    wanted = {
        "product": "flat_form", "title": "By a program", "quantity": 200, "due": print_ordering.due().isoformat(),
        "place": "Room 9", "splits": {"DEX-100": 1}, "stock": "text60", "options": {"fold": "z"},
    }  # fmt: skip
    data = make_template(tmp_path / "form.pdf").read_bytes()

    def send(order, name="k1"):
        return app.test_client().post(
            "/api/v1/print-orders", headers={**key, "Idempotency-Key": name},
            data={"order": json.dumps(order), "artwork": (io.BytesIO(data), "form.pdf")},
        )  # fmt: skip

    made = send(wanted)
    assert (made.status_code, send(wanted).json) == (202, made.json)
    drain(plant)
    (quote,) = rows(plant, select(Quote))
    assert ("fold.piece", 200) in [(line.unit, int(line.quantity)) for line in quote.snapshot.lines]
    refused = send(wanted | {"stock": "", "quantity": 0}, "k2")
    assert (refused.status_code, {one["code"] for one in refused.json["findings"]}) == (
        422, {"STOCK_UNKNOWN", "QUANTITY_RANGE"},
    )  # fmt: skip
    folded_pads = send(wanted | {"options": {"fold": "z", "pad": "50"}}, "k5").json["findings"]
    assert [(one["code"], one["place"]["column"]) for one in folded_pads] == [
        ("OPTION_CLASH", "options-fold")
    ]
    assert "Pads of 50" in folded_pads[0]["message"]
    assert send(wanted | {"paper": "x"}, "k3").status_code == 422
    assert send(wanted | {"product": "banner"}, "k4").json["code"] == "PRODUCT_UNKNOWN"
