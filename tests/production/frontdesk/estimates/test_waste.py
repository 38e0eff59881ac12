"""Waste worked backwards: the practice file's example, the other convention, and that more is never less."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from production.catalog.products.formulas import value_of
from production.catalog.products.standards import OperationStandard
from production.frontdesk.estimates.waste import Step, backwards
from production.frontdesk.estimates.working import Working


def step(waste: str, setup: int) -> Step:
    return Step("fold", OperationStandard(machine="M", running_waste=Decimal(waste), setup_units=setup))


BOOKLET = [step("0.037", 220), step("0.011", 40), step("0.01", 0)]


def test_the_example_of_the_practice_file():
    fed = backwards(BOOKLET, 5000, "divide", Working())
    assert [one.given for one in fed] == [5566, 5148, 5051]
    assert [one.good for one in fed] == [5148, 5051, 5000]


def test_the_other_convention_is_slightly_lower():
    fed = backwards(BOOKLET, 5000, "multiply", Working())
    # 5000 + 50; 5050 + ceil(55.55) + 40; 5146 + ceil(190.402) + 220
    assert [one.given for one in fed] == [5557, 5146, 5050]


WASTES = st.decimals(0, "0.5", places=4)
STEPS = st.lists(
    st.builds(lambda waste, setup: step(str(waste), setup), WASTES, st.integers(0, 500)), max_size=6
)


@given(STEPS, st.integers(1, 1_000_000), st.integers(0, 1000), st.sampled_from(["divide", "multiply"]))
def test_more_good_ones_never_need_fewer(steps, good, more, convention):
    working = Working()
    fewer = backwards(steps, good, convention, working)
    larger = backwards(steps, good + more, convention, working)
    assert all(one.given <= other.given for one, other in zip(fewer, larger, strict=True))
    assert all(one.good <= one.given for one in fewer)
    assert all(value_of(line.formula, line.values) == line.result for line in working.lines)
