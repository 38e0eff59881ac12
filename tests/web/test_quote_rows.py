"""Lines of a quote as money: they add up to what is asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from kernel.money import Rate, extend, to_cents, total
from postal.admission.incentives import Earned
from postal.money.plan_figures import PostageLine
from production.frontdesk.orders.job_page import Offer
from tests.web.lists import cents
from web.portal.quote_rows import quote_rows

LEVELS = st.lists(st.tuples(st.integers(1, 9_999), st.integers(1, 5_000)), min_size=1, max_size=5)


@given(LEVELS, st.booleans())
def test_postage_and_discounts_add_up_to_the_postage(levels, has_discount):
    rates = [(Rate(Decimal(rate) / 10_000), pieces) for rate, pieces in levels]
    lines = [PostageLine("aadc", "AADC", n, rate, None, extend(rate, n), "3600-FCM") for rate, n in rates]
    off = [Earned("full", "Full-Service", Rate.of("0.003"), "mailer", 7)] if has_discount else []
    taken = to_cents(total([one.amount for one in off]))
    postage = to_cents(total([line.extended for line in lines])) - taken
    offer = Offer(
        total=postage, postage=postage, single_piece=None, saving=None, lines=[], postage_lines=lines,
        incentives=off, shares=[], assumptions=[], rate_card="", made_at=datetime(2026, 12, 8, tzinfo=UTC),
    )  # fmt: skip
    rows, totals = quote_rows(offer)
    assert sum(cents(str(row.amount)) for row in rows) == postage.cents
    assert cents(totals["amount"]) == postage.cents
    assert all(str(row.amount)[-3] == "." for row in rows)  # dollars and cents, no fractions of them
