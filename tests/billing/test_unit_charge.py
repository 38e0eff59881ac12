"""What a job pays for a unit does not depend on the order of its usage, nor on how often it is charged meanwhile."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import reconcile
from billing.charging import charge_job
from billing.pricing import RateLine
from billing.unit_charge import Standing, worth
from kernel.money import Money, Rate
from production.jobs.states import JobState
from tests.billing.ledgers import DAY, make_card, make_usage
from tests.factories import PLANT, make_job

rates = st.decimals(0, 20, places=6).map(Rate)
lines = st.lists(
    st.builds(lambda rate, minimum: (rate, Money(minimum)), rates, st.integers(0, 1000)),
    min_size=1,
    max_size=3,
).map(
    lambda prices: [
        RateLine("unit", "Unit", rate, minimum, id=number)
        for number, (rate, minimum) in enumerate(prices, start=1)
    ]
)
quantities = st.decimals("0.0001", 5000, places=4)


@st.composite
def usage_in_two_orders(draw):
    priced = draw(lines)
    rows = draw(st.lists(st.tuples(st.sampled_from(priced), quantities), min_size=1, max_size=8))
    return rows, draw(st.permutations(rows))


@given(usage_in_two_orders())
def test_any_order_gives_the_same_cents(orders):
    paid = []
    for rows in orders:
        standing = Standing()
        parts = [standing.add(line, quantity) for line, quantity in rows]
        assert min(parts) >= Money(0)
        paid.append(sum(parts, Money(0)))
    assert paid[0] == paid[1] == standing.charged


@given(lines, st.lists(quantities, min_size=1, max_size=6))
def test_in_parts_it_costs_what_it_costs_at_once(priced, parts):
    late = Standing()
    for quantity in parts:
        late.add(priced[0], quantity)
    assert late.charged == worth([(priced[0], sum(parts, Decimal(0)))])


CARD = b"unit,description,rate,minimum,pass_through\nprint.impression,Sides,0.005,2.00,no\n"
COSTLIER = b"unit,description,rate,minimum,pass_through\nprint.impression,Sides,0.007,3.00,no\n"
ROWS = [("1", DAY), ("501", DAY), ("1", date(2026, 12, 2)), ("333", date(2026, 12, 3)), ("1", DAY)]


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (2, 0, 3, 1, 4)])
@pytest.mark.parametrize("at_once", [True, False])
def test_late_usage_costs_the_same_in_any_order(plant, order, at_once):
    """Two cards, two months, charged after each row or at the end: 503 x 0.005 = 2.515, and 334 x 0.007 = 2.338."""
    with plant.db.unit_of_work(PLANT) as uow:
        make_card(uow, data=CARD)
        make_card(uow, data=COSTLIER, effective_from=date(2026, 12, 1))
        job = make_job(uow, state=JobState.DISPATCHED)
    paid = Money(0)
    for place, number in enumerate(order, start=1):
        quantity, day = ROWS[number]
        with plant.db.unit_of_work(PLANT) as uow:
            make_usage(uow, job, quantity=quantity, on=day, key=str(number))
            if not at_once or place == len(order):
                paid += charge_job(uow, job).total
    assert paid == Money(252 + 234)
    with plant.db.read_only(PLANT) as session:
        assert list(reconcile.check(session, plant.files)) == []
