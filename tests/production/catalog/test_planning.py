"""Counts of a route: what each step is given and makes, and what is charged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import AttentionNeeded
from production.catalog import planning, queries
from production.catalog.models import OperationType
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


@given(st.integers(0, 10**6), st.integers(1, 10**5), st.integers(0, 600))
def test_planned_minutes_are_the_fewest_whole_ones_that_are_enough(made, per_hour, setup):
    kind = OperationType(per_hour=per_hour, setup_minutes=setup)
    running = planning.minutes(kind, made) - setup
    assert running * per_hour >= made * 60 > (running - 1) * per_hour


def test_nothing_is_planned_where_nobody_measured(plant):
    assert {one.minutes for one in plan(plant, 100, pad="50")} == {None}
