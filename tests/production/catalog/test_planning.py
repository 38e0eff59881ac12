"""Counts of a route: what each step is given and makes, and what is charged."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import AttentionNeeded
from production.catalog import planning, queries
from production.catalog.feeds import Feed
from production.catalog.models import OperationType, Place
from tests.factories import PLANT


def plan(plant, quantity, facts=None, **options):
    with plant.db.read_only(PLANT) as session:
        steps = queries.planned(session, "flat_form", options)
    return planning.plan(steps, quantity, planning.facts_of(options, **{"sides": 2, **(facts or {})}))


def test_pads_count_whole_ones_and_packages_count_pads(plant):
    planned = plan(plant, 1_037, pad="50", shrink_wrap="5", punch="3-hole")
    assert [(one.code, one.given, one.made) for one in planned] == [
        ("print", 1037, 1037), ("punch", 1037, 1037), ("pad", 1037, 20), ("shrink_wrap", 20, 4), ("deliver", 4, 4),
    ]  # fmt: skip
    assert planning.usage(planned) == [
        ("print.impression", 2074), ("punch.piece", 1037), ("pad.pad", 20), ("shrink_wrap.package", 4),
    ]  # fmt: skip


def test_less_than_one_pad_is_no_pad_and_costs_none(plant):
    assert planning.usage(plan(plant, 49, pad="50")) == [("print.impression", 98)]


def test_a_route_by_an_answer_that_nobody_gave_names_it(plant):
    with plant.db.read_only(PLANT) as session:
        steps = queries.planned(session, "flat_form", {"pad": "fifty"})
    with pytest.raises(AttentionNeeded, match="'pad'") as caught:
        planning.plan(steps, 100, planning.facts_of({"pad": "fifty"}, sides=1))
    assert caught.value.instance_code == "ROUTE_FACT"


def test_worked_backwards_each_step_is_given_what_it_and_those_after_it_spoil():
    """Practice file, 10: stitch 1.0 %, fold 40 and 1.1 %, press 220 and 3.7 % of 5,000 need 5,051, 5,148 and 5,566."""
    waste = (("press", 220, "3.7"), ("fold", 40, "1.1"), ("stitch", 0, "1.0"))
    steps = [
        queries.PlannedStep(
            at,
            OperationType(
                code=code, place=Place.FLOOR, unit="piece", takes="1", gives="1", usage_times="1", setup_units=setup,
                waste_percent=Decimal(percent),
            ),
            (at - 1,) if at > 1 else (),
        )
        for at, (code, setup, percent) in enumerate(waste, start=1)
    ]  # fmt: skip
    planned = planning.plan(steps, 5000, {})
    assert [(one.floor.given, one.floor.made, one.setup) for one in planned] == [
        (5566, 5148, 220), (5148, 5051, 40), (5051, 5000, 0)
    ]  # fmt: skip
    assert [(one.given, one.made) for one in planned] == [(5000, 5000)] * 3  # what is quoted


@pytest.mark.parametrize(("feed", "good", "into", "needed"), [
    (Feed.of(1, 1, 21), 24, 504, 24), (Feed.of(1, 3, 1), 1000, 333, 999), (Feed.of(1, 50, 1), 1037, 20, 1000),
    (Feed.of(1, 8, 4), 9, 4, 8),
])  # fmt: skip
def test_one_sheet_is_21_cards_3_sheets_are_a_set_50_sets_a_pad(feed, good, into, needed):
    assert (feed.into(good), feed.needed(into)) == (into, needed)
    assert feed.into(feed.needed(into)) >= into > feed.into(feed.needed(into) - 1)


@given(st.integers(0, 10**6), st.integers(1, 10**5), st.integers(0, 600))
def test_planned_minutes_are_the_fewest_whole_ones_that_are_enough(made, per_hour, setup):
    kind = OperationType(per_hour=per_hour, setup_minutes=setup)
    running = planning.minutes(kind, made) - setup
    assert running * per_hour >= made * 60 > (running - 1) * per_hour


def test_nothing_is_planned_where_nobody_measured(plant):
    assert {one.minutes for one in plan(plant, 100, pad="50")} == {None}
