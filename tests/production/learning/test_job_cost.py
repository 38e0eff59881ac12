"""What a step cost beside its quote: minutes, paper and clicks at the same rates, each difference with its reason."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from kernel.money import Money
from production.catalog.planned_usage import PlannedUsage
from production.floor.working.minutes import Worked
from production.learning.job_cost import Done, cost_of

RATES = {
    "press.hour": Decimal(60),
    "paper.bond20.11x17": Decimal("0.02"),
    "press.click-1": Decimal("0.01"),
    "press.plate": Decimal(12),
}
USED = (
    PlannedUsage("press.hour", Decimal(1)),
    PlannedUsage("paper.bond20.11x17", Decimal(1000)),
    PlannedUsage("press.click-1", Decimal(2000)),
    PlannedUsage("press.plate", Decimal(2)),
)


def done(**more):
    took = Worked(make_ready=Fraction(30), run=Fraction(60), is_apart=True)
    return Done(
        **{
            "usage": USED, "minutes": 60, "given": 1_000, "spoiled": 50, "through": 1_100, "really_spoiled": 150,
            "took": took,
        } | more
    )  # fmt: skip


def test_each_difference_has_its_reason_and_they_add_up():
    quoted, actual, reasons = cost_of(done(), RATES, Fraction(1))
    assert (quoted, actual) == (60 + 20 + 20 + 24, 90 + 22 + 22 + 24)
    assert [(one.words, one.money) for one in reasons] == [
        ("90 minutes, 30 of them make-ready, 60 planned", Money(3000)),
        ("Paper: 1,100 instead of 1,000; 150 spoiled, 50 planned", Money(200)),
        ("Count: 1,100 instead of 1,000; 150 spoiled, 50 planned", Money(200)),
    ]
    assert sum(one.money.cents for one in reasons) == (actual - quoted) * 100


def test_what_nobody_timed_takes_what_was_planned():
    quoted, actual, reasons = cost_of(done(took=None, through=1_000, really_spoiled=50), RATES, Fraction(1))
    assert quoted == actual
    assert reasons == []


def test_a_job_pays_its_share_and_a_make_up_was_never_quoted_and_needs_no_plates():
    quoted, actual, _ = cost_of(done(), RATES, Fraction(1, 4))
    assert (quoted, actual) == (31, Decimal("39.5"))
    quoted, actual, reasons = cost_of(done(is_more=True), RATES, Fraction(1))
    assert (quoted, actual) == (0, 134)
    assert [(one.words, one.money) for one in reasons] == [("Made again", Money(13400))]
