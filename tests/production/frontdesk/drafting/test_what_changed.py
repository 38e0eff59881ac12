"""What is different from the last time: every kind of difference by values, and the money line by line."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from kernel.money import Extended, Money, Rate
from postal.money.plan_figures import PlanFigures, PostageLine
from production.frontdesk.drafting.what_changed import LastTime, changes, postage, prices, sums
from production.frontdesk.orders.snapshot import PricedLine

SAME = LastTime(
    product="Flat form", is_offered=True, form="DEX-104, revision 3", form_now="DEX-104, revision 3", refused=(),
    closed=(), removed={}, ordered=date(2026, 9, 1), due=date(2026, 9, 14), earliest=date(2026, 12, 7),
)  # fmt: skip


def line(unit, quantity, cents):
    extended = Extended(Decimal(cents).scaleb(-2))
    return PricedLine(unit, unit, Decimal(quantity), Rate(extended.value / quantity), extended, Money(cents))


def test_what_is_the_same_tells_only_the_earliest_day() -> None:
    (found,) = changes(SAME)
    assert (found.about, found.must_choose) == ("Earliest day", False)
    assert "September 14, 2026" in found.then
    assert "December 7, 2026" in found.now


def test_everything_that_must_be_chosen_anew_is_told_first() -> None:
    found = changes(
        replace(
            SAME, is_offered=False, form_now="DEX-104, revision 4", refused=["Bond is gone."], closed=["DEX-100"],
            removed={"form.pdf": date(2026, 10, 2)},
        )
    )  # fmt: skip
    assert [(one.about, one.must_choose) for one in found] == [
        ("Product", True), ("Form", True), ("Order", True), ("Account", True), ("File", True), ("Earliest day", False),
    ]  # fmt: skip
    words = " ".join(one.now for one in found)
    for part in ("revision 4 is in use", "Bond is gone.", "October 2, 2026"):
        assert part in words
    assert "No revision" in changes(replace(SAME, form_now=""))[0].now


def test_money_is_compared_line_by_line_and_a_missing_price_leaves_the_sum_open() -> None:
    then = [line("job.setup", 1, 1250), line("paper.bond20", 1000, 900), line("postage.permit", 60, 6000)]
    later = {"job.setup": line("job.setup", 1, 1500), "paper.bond20": line("paper.bond20", 1000, 850)}
    found = list(prices(then, later))
    assert [(one.what, one.more) for one in found] == [
        ("job.setup", Money(250)), ("paper.bond20", Money(-50)),
    ]  # fmt: skip
    assert sums(found) == (Money(2150), Money(2350))
    found = list(prices(then, {"job.setup": line("job.setup", 1, 1500)}))
    assert (found[1].now, found[1].more, sums(found)) == (None, None, (Money(2150), None))


def test_postage_is_compared_by_level() -> None:
    level = PostageLine("5D", "5-digit", 100, Rate(Decimal("0.545")), None, Extended(Decimal("54.5")), "3600")
    (found,) = postage(PlanFigures(postage_lines=(level,)), {"5D": Extended(Decimal("56.0049"))})
    assert (found.what, found.then, found.now, found.more) == (
        "Postage: 5-digit", Money(5450), Money(5600), Money(150),
    )  # fmt: skip
    (found,) = postage(PlanFigures(postage_lines=(level,)), {})
    assert found.now is None
