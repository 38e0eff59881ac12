"""The count ledger as a rule of values: random routes with random counts balance at every moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

import pytest

from kernel.errors import Conflict, InvalidInput
from production.catalog.feeds import Feed
from production.floor.ledger.balance import RUN, Run, Step
from production.floor.ledger.numbers import missing, read_numbers, refuse_gap, refuse_twice, repeated
from production.jobs.ranges import Range


@dataclass
class Bench:
    """A step as a person with boxes would keep it: single things in piles, moved one by one."""

    number: int
    ratios: dict[int, tuple[int, int]]  # takes, gives of each step before
    waiting: int
    piles: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("good", "spoiled", "held"), 0))


def shop(random: Random) -> list[Bench]:
    """Up to eight steps: one to three branches that start with paper, then steps that take any of those that are
    open.
    """
    benches = [Bench(10 * (at + 1), {}, random.randint(0, 60)) for at in range(random.randint(1, 3))]
    open_ends = [bench.number for bench in benches]
    for _ in range(random.randint(0, 5)):
        taken = random.sample(open_ends, random.randint(1, len(open_ends)))
        ratios = {number: (random.randint(1, 5), random.randint(1, 5)) for number in taken}
        benches.append(Bench(10 * (len(benches) + 1), ratios, 0))
        open_ends = [number for number in open_ends if number not in taken] + [benches[-1].number]
    return benches


def worked(benches: list[Bench], random: Random) -> None:
    """Some of what lies before some bench is worked; what can come is found by trying, never by dividing."""
    bench = random.choice(benches)
    by_number = {one.number: one for one in benches}
    if bench.ratios:
        came = 0
        while all(
            (came + 1) * takes <= by_number[number].piles["good"] * gives
            for number, (takes, gives) in bench.ratios.items()
        ):
            came += 1
        bench.waiting = came - sum(bench.piles.values())
    for _ in range(random.randint(0, bench.waiting)):
        bench.piles[random.choice(("good", "good", "good", "spoiled", "held"))] += 1
        bench.waiting -= 1


@pytest.mark.parametrize("seed", range(60))
def test_random_routes_with_random_counts_balance_at_every_moment(seed):
    random = Random(seed)
    benches = shop(random)
    paper = {bench.number: bench.waiting for bench in benches if not bench.ratios}
    for _ in range(25):
        worked(benches, random)
        run = Run(
            tuple(
                Step(
                    RUN, one.number, tuple(Feed.of(n, *ratio) for n, ratio in one.ratios.items()),
                    paper.get(one.number, 0), 0, paper.get(one.number, 0), **one.piles,
                )
                for one in benches
            )
        )  # fmt: skip
        for step, balance in run.balances():
            assert balance.holds, (seed, step)
            assert balance.into == balance.good + balance.spoiled + balance.held + balance.left
        for bench in benches:  # one more than there is would not hold
            over = [
                step._replace(good=step.good + run.balance(RUN, step.number).left + 1)
                if step.number == bench.number
                else step
                for step in run.steps
            ]
            assert not Run(tuple(over)).balance(RUN, bench.number).holds


def cards(*, good: int = 0, done: bool = False, more: tuple[Step, ...] = ()) -> Run:
    """30 sheets issued, 4 for set-up and 2 spoiled as they run: 24 sheets, 21 cards each; then cut and packed."""
    return Run(
        (
            Step(RUN, 10, (), 30, 4, 24, good, 0, is_done=done),
            Step(RUN, 20, (Feed.of(10, 1, 21),), 500, 0, 500),
            Step(RUN, 30, (Feed.of(20, 1, 1),), 500, 0, 500),
            *more,
        )
    )


def test_what_will_come_out_is_told_after_each_count():
    # As planned: 24 sheets are 504 cards, of which 500 are cut.
    assert cards().comes() == 500
    assert cards(good=20, done=True).comes() == 420
    assert cards(good=20, done=True).balance(RUN, 20) == (420, 0, 0, 0)


def test_a_make_up_joins_where_it_ends_and_is_in_the_forecast_before_it_is_made():
    # 4 sheets: 10 issued, 4 set-up and (6 x 20 / 24 = 5) through.
    made = Step(1, 10, (), 10, 4, 5)
    run = cards(good=20, done=True, more=(made,))
    assert run.comes() == 521  # (20 + 5) x 21 = 525 in, less the 4 that nobody needs of the last sheet
    arrived = cards(good=20, done=True, more=(made._replace(good=4, spoiled=6, is_done=True),))
    assert arrived.balance(RUN, 20).into == 24 * 21
    # One that goes on to the cut itself joins behind that.
    cut = Step(1, 20, (Feed.of(10, 1, 21),), 84, 0, 84)
    further = cards(
        good=20, done=True, more=(made._replace(good=4, is_done=True), cut._replace(good=80, spoiled=4))
    )
    assert further.balance(RUN, 20).into == 420
    assert further.balance(1, 20) == (84, 80, 4, 0)
    assert further.balance(RUN, 30).into == 80


def test_ranges_of_numbers_tell_what_is_missing_and_what_is_there_twice():
    ordered = Range(1, 2000)
    counted = [*read_numbers("1-500, 502-1500", ordered), *read_numbers("1490-1999", ordered)]
    assert missing(counted, ordered) == ((501, 501), (2000, 2000))
    assert repeated(counted) == ((1490, 1500),)
    # An oracle that looks at every number.
    numbers = [number for one in counted for number in range(one.first, one.last + 1)]
    assert {n for n in numbers if numbers.count(n) > 1} == set(range(1490, 1501))


@pytest.mark.parametrize(
    ("text", "code"),
    [("1-5, 5-9", "RANGE_TWICE"), ("0", "COUNT"), ("9-1", "COUNT"), ("1999-2001", "COUNT"), ("N17", "COUNT"), ("1e9",
    "COUNT")], )  # fmt: skip
def test_ranges_that_cannot_be_are_refused(text, code):
    with pytest.raises(InvalidInput) as caught:
        read_numbers(text, Range(1, 2000))
    assert caught.value.instance_code == code


def test_a_gap_or_a_number_counted_before_needs_a_reason():
    some = [Range(1, 5), Range(7, 10)]
    with pytest.raises(Conflict, match="Missing: 6") as gap:
        refuse_gap(some, Range(1, 10), " ")
    with pytest.raises(Conflict, match="Counted before: 5") as twice:
        refuse_twice(some, [Range(5, 6)], "")
    assert (gap.value.instance_code, twice.value.instance_code) == ("NUMBER_GAP", "RANGE_TWICE")
    refuse_gap(some, Range(1, 10), "6 was spoiled")
    refuse_twice(some, [Range(5, 6)], "the numberer stuck")
    refuse_gap([], Range(1, 10), "")  # nobody counted by numbers
