"""Fair shares: the sum is exact, nobody pays more than alone, alike pieces cost alike, order does not matter."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from kernel.money import Money, to_cents, total
from postal.money.fair_shares import FairShares, at_batch_prices, explain_share, fair_shares, split_postage
from postal.prices.prices import PriceSet
from postal.sorting.explain import explain_piece
from postal.sorting.presort import plan_presort
from postal.sorting.presort_plan import PieceColumns, PresortPlan
from postal.sorting.streams import Stream, plan_streams
from tests.postal.mailings import LETTER, rules_on
from tests.postal.sorting.test_least_postage import ZIPS, with_minimums
from tests.postal.test_every_plan import book


def of_jobs(*jobs: dict[int, int], without_point: dict[int, dict[int, int]] | None = None) -> PieceColumns:
    """Pieces of several jobs, each {ZIP: pieces}; ``without_point`` {job: {ZIP: pieces}}."""
    rows = [
        (job, zip5, True) for job, counts in enumerate(jobs) for zip5, n in counts.items() for _ in range(n)
    ]
    rows += [
        (job, zip5, False)
        for job, counts in (without_point or {}).items()
        for zip5, n in counts.items()
        for _ in range(n)
    ]
    zips = [zip5 for _, zip5, _ in rows]
    points = [zip5 * 1_000_000 + row % 7 if has else -1 for row, (_, zip5, has) in enumerate(rows)]
    return PieceColumns.of(zips, points, job=[job for job, _, _ in rows])


def shared(pieces: PieceColumns, rules=None, *, policy="least") -> tuple[PresortPlan, FairShares]:
    rules = rules or rules_on()
    plan = plan_presort(pieces, rules, mailpiece=LETTER, mailer_line="X", payment="permit", policy=policy)
    return plan, fair_shares([plan], [Stream(pieces, LETTER)], rules)[0]


def by_job(shares: FairShares) -> dict[int, int]:
    return {job.job: job.share.cents for job in shares.jobs}


small_job = st.dictionaries(st.sampled_from(ZIPS), st.integers(1, 9), min_size=1, max_size=6)
mailings = st.lists(small_job, min_size=1, max_size=5)


def holds(plan: PresortPlan, shares: FairShares) -> None:
    """What must be true of any shares."""
    assert sum(job.share.cents for job in shares.jobs) == plan.postage.cents
    assert sum(job.pieces for job in shares.jobs) == plan.pieces
    alone = sum(job.alone.cents for job in shares.jobs)
    over = [job.share.cents - job.alone.cents for job in shares.jobs]
    if alone >= plan.postage.cents:
        assert max(over) <= 0
    elif not shares.findings:
        assert max(over) <= 1  # rounding of the statements alone, not of the sort


@settings(max_examples=120, deadline=None)
@given(mailings, st.integers(2, 6), st.integers(2, 9), st.sampled_from([1, 12]))
def test_least_the_sum_is_exact_and_nobody_pays_more_than_alone(jobs, five, aadc, minimum):
    rules = with_minimums(rules_on(), five, aadc)
    rules = replace(rules, plan=replace(rules.plan, minimum_pieces=minimum))
    plan, shares = shared(of_jobs(*jobs, without_point={0: {70801: 2}}), rules)
    assert not shares.findings  # sorting together for least postage is never costlier
    holds(plan, shares)


@settings(max_examples=120, deadline=None)
@given(mailings, st.integers(2, 6), st.integers(2, 9))
def test_top_down_the_sum_is_exact_and_a_costlier_stream_is_said(jobs, five, aadc):
    plan, shares = shared(of_jobs(*jobs), with_minimums(rules_on(), five, aadc), policy="top-down")
    holds(plan, shares)
    apart = sum(job.alone.cents for job in shares.jobs)
    if shares.findings:
        assert [finding.code for finding in shares.findings] == ["SHARES_ABOVE_ALONE"]
        assert apart <= plan.postage.cents


@settings(max_examples=60, deadline=None)
@given(mailings, st.integers(2, 6), st.integers(2, 9), st.randoms(use_true_random=False))
def test_the_order_of_input_and_of_jobs_does_not_matter(jobs, five, aadc, random):
    rules = with_minimums(rules_on(), five, aadc)
    pieces = of_jobs(*jobs)
    _, first = shared(pieces, rules)
    order = list(range(len(pieces)))
    random.shuffle(order)
    _, again = shared(pieces.take(np.array(order)), rules)
    assert by_job(again) == by_job(first)
    numbers = list(range(len(jobs)))
    random.shuffle(numbers)  # the numbers that jobs get instead
    renamed = PieceColumns.of(pieces.zip5, pieces.zip11, job=np.array(numbers)[pieces.job])
    _, other = shared(renamed, rules)
    for job, number in enumerate(numbers):  # but for the tie-break of the last cents
        assert abs(by_job(other)[number] - by_job(first)[job]) <= 1


@settings(max_examples=60, deadline=None)
@given(mailings, st.integers(2, 6), st.integers(2, 9))
def test_pieces_of_one_zip_cost_the_same_whoever_sends_them(jobs, five, aadc):
    plan, _ = shared(of_jobs(*jobs), with_minimums(rules_on(), five, aadc))
    (costs,) = at_batch_prices([plan])
    rates = [int(level.rate.value * 1_000_000) for level in plan.levels]
    of_piece = np.array(rates)[plan.level_of_piece]
    for job in costs:  # an oracle that goes ZIP by ZIP
        expected = Fraction(0)
        for zip5 in np.unique(plan.zip5[plan.job == job]).tolist():
            here = plan.zip5 == zip5
            average = Fraction(int(of_piece[here].sum()), int(here.sum()))
            expected += average * int((here & (plan.job == job)).sum())
        assert costs[job] == expected / 10_000


cents = st.integers(1, 400).map(lambda n: Fraction(n * 7, 4) + 1)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(cents, cents), min_size=1, max_size=8))
def test_the_arithmetic_of_the_split(jobs):
    at_prices, alone = [own for own, _ in jobs], [apart for _, apart in jobs]
    whole = Money(int(sum(at_prices) + Fraction(1, 2)))
    shares = split_postage(whole, at_prices, alone)
    assert sum(share.cents for share in shares) == whole.cents
    caps = [int(apart + Fraction(1, 2)) for apart in alone]
    if sum(caps) < whole.cents:
        return
    for share, cap, own in zip(shares, caps, at_prices, strict=True):
        assert 0 <= share.cents <= cap
        assert share.cents >= min(cap, int(own)) - 1  # nobody gains what the rule does not give


def test_a_job_that_gives_pieces_for_another_pays_no_more_than_alone():
    """600 pieces to 70801 are 5-digit by themselves. With 140 to the rest of the AADC ten are held back, so that the
    AADC reaches 150: they cost $0.48 more, and the job that gains by it pays that."""
    whole, gaining = {70801: 600}, {70802: 100, 70806: 40, 71101: 400}
    plan, shares = shared(of_jobs(whole, gaining))
    first, second = shares.jobs
    assert plan.level_counts == {"5D": 990, "AADC": 150, "MAADC": 0, "SP": 0}
    assert plan.postage == Money(683_22)  # 990 x 0.593 + 150 x 0.641
    assert (first.at_levels, first.alone, first.share) == (Money(356_28), Money(355_80), Money(355_80))
    assert (second.at_levels, second.alone, second.share) == (Money(326_94), Money(331_28), Money(327_42))
    assert second.saved == Money(3_86)
    assert "it pays $355.80" in " ".join(explain_share(first))
    assert "this job pays $0.48, in proportion to what it saves" in " ".join(explain_share(second))


def test_small_jobs_together_reach_what_none_reaches_alone():
    plan, shares = shared(of_jobs({70801: 300}, {70801: 150, 70802: 60}, {71101: 10}), policy="top-down")
    assert plan.postage == Money(313_89)  # 450 x 0.593 + 70 x 0.672
    assert [(job.alone.cents, job.share.cents) for job in shares.jobs] == [
        (222_00, 177_90), (155_40, 129_27), (7_40, 6_72),
    ]  # fmt: skip
    third = shares.jobs[2]
    assert (third.metered, third.stamped, dict(third.alone_levels)) == (
        Money(7_40), Money(7_80), {"single-piece": 10},
    )  # fmt: skip
    assert explain_share(third) == (
        "Its 10 pieces, at the prices their ZIPs reached in the mailing, come to $6.72.",
        "Mailed alone they would have been 10 single-piece, for $7.40.",
        "It pays $6.72: $0.68 less than alone, $0.68 less than singly by meter, $1.08 less than singly with stamps.",
    )


def test_a_stream_costlier_than_its_jobs_alone_is_shared_and_said():
    """Top-down, a piece of the first job goes to a 5-digit tray with the second's, and its AADC falls under 13."""
    rules = with_minimums(rules_on(), 4, 13)
    first, second = {70801: 1, 70802: 3, 70806: 3, 70808: 3, 70810: 3}, {70801: 3}
    plan, shares = shared(of_jobs(first, second), rules, policy="top-down")
    apart = [job.alone.cents for job in shares.jobs]
    assert plan.postage.cents > sum(apart)
    assert [finding.code for finding in shares.findings] == ["SHARES_ABOVE_ALONE"]
    assert sum(by_job(shares).values()) == plan.postage.cents
    assert "build a mailing for each job" in shares.findings[0].remedy
    assert any("less alone than together" in sentence for sentence in explain_share(shares.jobs[0]))
    kept = shares.kept_in(plan)
    assert shares.findings[0] in kept.findings
    cheaper, fair = shared(of_jobs(first, second), rules)
    assert not fair.findings
    holds(cheaper, fair)


def test_two_statements_rounded_down_alone_are_not_a_costlier_sort():
    plan, shares = shared(of_jobs({70801: 501}, {70801: 501}))
    assert [job.alone.cents for job in shares.jobs] == [297_09, 297_09]  # 297.093 each
    assert plan.postage == Money(594_19)
    assert not shares.findings
    assert sorted(by_job(shares).values()) == [297_09, 297_10]


def test_a_piece_says_what_mailing_together_changed_for_it():
    pieces = of_jobs({70801: 300}, {70801: 150, 70802: 60}, without_point={1: {70801: 1}})
    plan, shares = shared(pieces, policy="top-down")
    kept = shares.kept_in(plan)
    said = explain_piece(kept, 1).sentences
    assert (
        said[-1]
        == "With its own job alone it would be at the single-piece level and cost $0.74, $0.147 more."
    )
    unsorted = int(np.flatnonzero(kept.zip11 < 0)[0]) + 1
    assert explain_piece(kept, unsorted).sentences[-1].endswith("cost $0.74, the same.")
    assert explain_piece(plan, 1).sentences[-1].startswith("It costs")


def test_the_level_alone_is_that_of_the_job_sorted_by_itself():
    jobs = ({70801: 520, 70802: 40}, {70802: 130})
    pieces = of_jobs(*jobs)
    plan, shares = shared(pieces)
    for job in (0, 1):
        apart, _ = shared(pieces.take(np.flatnonzero(pieces.job == job)))
        here = plan.job == job
        for zip5 in np.unique(plan.zip5[here]).tolist():
            together = np.sort(shares.alone_level[here & (plan.zip5 == zip5)])
            assert together.tolist() == sorted(apart.level_of_piece[apart.zip5 == zip5].tolist())


@settings(max_examples=60, deadline=None)
@given(mailings, mailings, st.integers(2, 6), st.integers(2, 9), st.sampled_from(["top-down", "least"]))
def test_streams_of_one_mailing_are_shared_as_one(first, second, five, aadc, policy):
    rules = with_minimums(rules_on(), five, aadc)
    streams = [Stream(of_jobs(*first), LETTER), Stream(of_jobs(*second), LETTER)]
    plans = plan_streams(streams, rules, mailer_line="X", payment="permit", policy=policy)
    by_stream = fair_shares(plans, streams, rules)
    jobs = [job for shares in by_stream for job in shares.jobs]
    whole = sum(plan.postage.cents for plan in plans)
    assert sum(job.share.cents for job in jobs) == whole
    if sum(job.alone.cents for job in jobs) >= whole:
        assert all(job.share <= job.alone for job in jobs)
    # the streams' rounding apart, the same as one stream of all the jobs
    pieces, rows = of_jobs(*first, *second), len(jobs)
    costs = dict(enumerate(cost for one in at_batch_prices(plans) for cost in one.values()))
    joint = plan_presort(pieces, rules, mailpiece=LETTER, mailer_line="X", payment="permit", policy=policy)
    assert at_batch_prices([joint]) == (costs,)
    assert len(costs) == rows


def test_a_stream_that_gives_up_pieces_for_another_is_paid_back_across_statements():
    heavier = replace(LETTER, thickness_in=Decimal("0.05"))
    streams = [
        Stream(of_jobs({70801: 600}), LETTER),
        Stream(of_jobs({70802: 100, 70806: 40, 71101: 400}), heavier),
    ]
    plans = plan_streams(streams, rules_on(), mailer_line="X", payment="permit", policy="least")
    first, second = fair_shares(plans, streams, rules_on())
    assert [plan.postage for plan in plans] == [Money(356_28), Money(326_94)]
    assert first.jobs[0].share == first.jobs[0].alone == Money(355_80)
    assert second.jobs[0].share == Money(327_42)


def test_one_job_pays_its_statement():
    plan, shares = shared(of_jobs({70801: 600}))
    (only,) = shares.jobs
    assert (only.share, only.alone, only.saved) == (plan.postage, plan.postage, Money(0))
    assert np.array_equal(shares.alone_level, plan.level_of_piece)


def test_carrier_routes_are_told_apart():
    rules = book("mm-letter-carrier-route")
    pieces = PieceColumns.of(
        [70801] * 320, [70801_1234_01] * 320, route=[101] * 300 + [102] * 20, job=[0] * 200 + [1] * 120
    )
    plan = plan_presort(pieces, rules, mailpiece=LETTER, mailer_line="X", payment="permit")
    (shares,) = fair_shares([plan], [Stream(pieces, LETTER)], rules)
    rates = {level.code: level.rate.value for level in plan.levels if level.pieces}
    assert len(rates) == 2  # 300 of one route reach its minimum, 20 of another do not
    route, single = (rates[level.code] for level in plan.levels if level.pieces)
    (costs,) = at_batch_prices([plan])
    assert costs == {0: Fraction(200 * route * 100), 1: Fraction((100 * route + 20 * single) * 100)}
    assert sum(by_job(shares).values()) == plan.postage.cents


def test_a_price_that_only_a_job_alone_needs_is_asked_for_by_name():
    rules = rules_on()
    without_single = replace(rules.prices, tables=_without_single_piece(rules.prices))
    rules = replace(rules, prices=without_single)
    pieces = of_jobs({70801: 600}, {70801: 10})
    plan = plan_presort(pieces, rules, mailpiece=LETTER, mailer_line="X", payment="permit")
    assert plan.postage == to_cents(total([level.postage for level in plan.levels]))
    with pytest.raises(InvalidInput) as refused:
        fair_shares([plan], [Stream(pieces, LETTER)], rules)
    assert refused.value.instance_code == "RATE_MISSING"


def _without_single_piece(prices: PriceSet):
    return {name: table for name, table in prices.tables.items() if name != "fcm-letter-single-piece-metered"}
