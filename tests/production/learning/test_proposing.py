"""Standards that are learned: a planted truth is found again among wild runs, and too little evidence says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from production.learning.proposing import Current, Standing, learned, rounded
from production.learning.rules import LearningRow
from production.learning.runs import Finished, length_class, length_words
from production.learning.spread import fitted, spread, strays

RULES = LearningRow()


def current(speed="5400", setup="5", units="4", waste="1", of_hour=1):
    return Current(
        "press", "digital-mono", "Digital press, black", Standing("per_hour", "Speed an hour", Decimal(speed)),
        Standing("makeready_minutes", "Make-ready, minutes", Decimal(setup), Decimal("0.5")),
        Standing("makeready_sheets", "Make-ready, sheets", Decimal(units), Decimal(1)),
        Standing("waste_percent", "Running waste, percent", Decimal(waste), Decimal("0.1")), of_hour,
    )  # fmt: skip


def worked(ticket, amount, speed, *, setup=5.0, spoiled=0, makereadies=1, **more):
    return Finished(
        ticket, date(2026, 11, 2), "press-1", "bond20", makereadies, amount, int(amount), spoiled, setup * makereadies,
        amount * 60 / speed, **more,
    )  # fmt: skip


def a_shop(random, speed, setup, units, waste, *, count, wild):
    """Runs that stray by a few percent from what is true, and wild ones: jams, wrong buttons."""
    runs = []
    for at in range(count):
        amount = random.randint(300, 400) * 2 ** (at % 6)
        share = waste / 100
        spoils = max(0, round(random.gauss(units + share * amount, (amount * share * (1 - share)) ** 0.5)))
        real = speed * random.uniform(0.95, 1.05)
        runs.append(worked(f"t{at}", amount, real, setup=setup * random.uniform(0.9, 1.1), spoiled=spoils))
    for at in range(wild):
        factor = random.choice([0.05, 0.2, 6, 30])
        runs.append(
            worked(f"wild{at}", 2_000, speed * factor, setup=setup * random.choice([8, 20]), spoiled=1_500)
        )
    random.shuffle(runs)
    return runs


@settings(max_examples=12, phases=[Phase.generate])  # a run that fails is told as it is
@given(
    seed=st.integers(0, 10**6), speed=st.integers(800, 20_000), setup=st.integers(4, 60),
    units=st.integers(10, 120), waste=st.integers(0, 6), wild=st.integers(0, 4),
)  # fmt: skip
def test_a_planted_truth_is_found_among_wild_runs_and_these_are_named(seed, speed, setup, units, waste, wild):
    runs = a_shop(Random(seed), speed, setup, units, waste, count=24, wild=wild)
    now = current(speed=str(2 * speed), setup=str(3 * setup), units=str(units * 3), waste=str(waste + 5))
    found = learned(now, runs, RULES)
    said = found.proposals
    assert not found.findings
    assert float(said["per_hour"]) == pytest.approx(speed, rel=0.04)
    assert float(said["makeready_minutes"]) == pytest.approx(setup, abs=max(0.5, 0.08 * setup))
    assert float(said["makeready_sheets"]) == pytest.approx(units, abs=12)
    assert float(said["waste_percent"]) == pytest.approx(waste, abs=0.5)
    for figure in found.figures[:2]:
        assert {f"wild{at}" for at in range(wild)} == {one.ticket for one in figure.strays}
        assert figure.measured.least <= figure.measured.middle <= figure.measured.most


def test_runs_that_take_what_the_standard_says_propose_nothing():
    runs = [worked(f"t{at}", 1_000 + 300 * at, 5_400, spoiled=14 + 3 * at) for at in range(12)]
    found = learned(current(), runs, RULES)
    assert found.proposals == {}
    assert not found.findings


def test_nothing_spoiled_where_the_standard_says_nothing_of_waste_proposes_nothing():
    runs = [worked(f"t{at}", 1_000 + 300 * at, 5_400) for at in range(12)]
    now = current()
    unsaid = {name: replace(getattr(now, name), now=None) for name in ("setup_units", "waste")}
    assert learned(replace(now, **unsaid), runs, RULES).proposals == {}


def test_too_few_runs_say_how_many_are_missing():
    found = learned(current(), [worked(f"t{at}", 1_000, 2_700, spoiled=14) for at in range(6)], RULES)
    assert found.proposals == {}
    assert {one.code for one in found.findings} == {"STANDARD_EVIDENCE"}
    assert len(found.findings) == 4
    assert "6 of the runs" in found.findings[0].message
    assert "2 more runs" in found.findings[0].remedy


def test_runs_that_differ_too_much_say_so_and_the_groups_say_where():
    runs = [worked(f"t{at}", 1_000, speed) for at, speed in enumerate([2_000, 6_000] * 8)]
    speed = learned(current(), runs, RULES).figures[0]
    assert speed.proposed is None
    assert "too far apart" in speed.finding.message


def test_what_was_entered_afterwards_and_what_nobody_timed_is_no_evidence():
    runs = [worked(f"t{at}", 1_000, 2_700) for at in range(9)]
    runs += [worked("late", 1_000, 100, remark="entered after an outage")]
    runs += [Finished("total", date(2026, 11, 2), "press-1", "bond20", 1, 500.0, 500, None, None, None)]
    speed, setup, *_ = learned(current(), runs, RULES).figures
    assert speed.proposed == 2_700
    assert [(one.ticket, one.why) for one in speed.strays] == [("late", "entered after an outage")]
    assert speed.measured.count == setup.measured.count == 9


def test_make_readies_and_units_of_a_belt_are_counted_as_the_standard_counts():
    runs = [worked(f"t{at}", 60_000, 330_000, makereadies=3, setup=7) for at in range(8)]
    found = learned(current(speed="4000", setup="5", of_hour=60), runs, RULES)
    assert found.proposals["per_hour"] == 5_500  # inches a minute
    assert found.proposals["makeready_minutes"] == 7


def test_groups_are_by_machine_paper_and_length():
    runs = [worked("a", 400, 5_400), worked("b", 9_000, 5_000), worked("c", 9_500, 4_000)]
    short, long = learned(current(), runs, RULES).groups
    assert (short.length, short.runs, long.length, long.runs) == (0, 1, 2, 2)
    assert long.speed.middle == pytest.approx(4_500)
    ends = RULES.run_lengths
    assert [length_class(count, ends) for count in (500, 501, 10_001)] == [0, 1, 3]
    assert [length_words(at, ends) for at in (0, 1, 3)] == ["up to 500", "501 to 2,500", "over 10,000"]


def test_the_median_is_sure_to_lie_between_values_of_the_sign_test():
    found = spread(range(1, 11))  # ten: the second and the ninth (97.9 %)
    assert (found.least, found.most) == (2, 9)
    assert (found.low, found.middle, found.high) == (3.25, 5.5, 7.75)
    assert (spread([7.0]).least, spread([7.0]).most) == (7, 7)


def test_strays_lie_by_the_median_of_deviations():
    assert strays([10.0, 10.5, 9.5, 10.2, 9.8, 60.0], 3.5) == [False] * 5 + [True]
    assert strays([5.0] * 6, 3.5) == [False] * 6
    assert strays([], 3.5) == []
    assert fitted([1, 2, 3, 4, 5], [3, 5, 7, 9, 400])[1] == 2


def test_figures_are_said_as_finely_as_people_say_them():
    assert rounded(5_437.2, Decimal(0)) == 5_440
    assert rounded(0.2345, Decimal(0)) == Decimal("0.234")
    assert rounded(7.3, Decimal("0.5")) == Decimal("7.5")
    assert rounded(0.0, Decimal(0)) == 0
