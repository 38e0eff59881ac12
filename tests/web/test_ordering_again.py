"""Ordering again: last time and today on one page, and nothing replaced or sent by looking at it."""

from __future__ import annotations

from sqlalchemy import select, update

from production.catalog.models import Stock
from production.frontdesk.orders.models import OrderDraft, Quote
from production.jobs.models import JobFile
from production.people.models import BudgetUnit
from store.files import StoredFile
from tests.factories import PLANT
from tests.web import print_ordering
from workers.runtime import drain


def test_a_printed_form_shows_every_difference_before_anything_is_begun(sign_in, plant, tmp_path) -> None:
    rita = sign_in("requester")
    number = print_ordering.submit_print(rita, tmp_path)
    drain(plant)
    page = rita.get(f"/jobs/{number}/again").text
    assert "It can be ordered as last time" in page
    assert page.count("the same") >= 6  # each line of the quote
    with plant.db.unit_of_work(PLANT) as uow:
        account = uow.session.scalars(select(BudgetUnit).filter_by(bill_code="DEX-200")).one()
        account.closed_at = uow.now
        uow.session.execute(update(Stock).where(Stock.code == "bond20").values(is_active=False))
        given = select(JobFile.sha256).filter_by(role="artwork")
        gone = {"purged_at": uow.now, "purge_rule": "artwork"}
        uow.session.execute(update(StoredFile).where(StoredFile.sha256.in_(given)).values(gone))
    page = rita.get(f"/jobs/{number}/again").text
    for words in (
        "3 things have to be chosen anew",
        "bond is not offered any more",
        "DEX-200",
        "form.pdf",
        "Send it again",
    ):
        assert words in page, words
    with plant.db.read_only(PLANT) as session:
        assert session.scalars(select(OrderDraft).filter_by(ended_at=None)).all() == []
    assert sign_in("other_agency").get(f"/jobs/{number}/again").status_code == 404
    assert sign_in("approver").get(f"/jobs/{number}/again").status_code == 403


def test_a_mailing_compares_card_and_postage_with_today(sign_in, plant, mailing) -> None:
    rita = sign_in("requester")
    page = rita.get(f"/jobs/{mailing}/again").text
    assert "Postage: " in page
    assert "no price today" not in page
    with plant.db.read_only(PLANT) as session:
        quote = session.scalars(select(Quote)).one()
    levels = quote.snapshot.plan.postage_lines
    assert page.count("Postage: ") == len(levels)
    again = rita.submit(f"/jobs/{mailing}/again").location
    assert again.endswith("/order")
