"""Hold or mail, weighed on days that have been: both ways priced in full, nothing made up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.money import Money
from postal.money.hold_or_mail import DayVolume, Way, weigh
from postal.sorting.presort import plan_presort
from postal.sorting.streams import Stream, plan_streams
from tests.postal.mailings import LETTER, columns, rules_on
from tests.postal.sorting.test_least_postage import ZIPS, with_minimums

FRIDAY = date(2025, 8, 1)


def postage(streams: Sequence[Stream], rules=None) -> Money:
    plans = plan_streams(streams, rules or rules_on(), mailer_line="X", payment="permit")
    return Money(sum(plan.postage.cents for plan in plans))


def some(counts) -> tuple[Stream, ...]:
    return (Stream(columns(counts), LETTER),) if counts else ()


def past(*days) -> list[DayVolume]:
    return [DayVolume(FRIDAY - timedelta(weeks=week), some(counts)) for week, counts in enumerate(days, 1)]


def weighed(due, may_wait, *days, here_already=0):
    return weigh(
        some(due), some(may_wait), past(*days), tonight=postage, next_day=postage, here_already=here_already
    )


def test_a_small_job_waits_for_a_day_that_fills_its_tray():
    found = weighed({}, {70801: 100}, {70801: 500}, {70801: 450, 71101: 200})
    assert found.all_tonight == Money(74_00)  # 100 single pieces
    assert found.due_tonight == Money(0)
    assert [day.saved for day in found.days] == [Money(14_70), Money(14_70)]  # 100 x (0.74 - 0.593)
    assert (found.saves, found.way, found.days_saving) == (Money(14_70), Way.HOLD, 2)
    assert (found.expected_pieces, found.days_as_full) == (575, 1)


def test_holding_back_what_fills_tonights_tray_costs_more():
    found = weighed({70801: 400}, {70801: 200}, {71101: 30})
    # together tonight 600 x 0.593; apart 400 singly tonight and 230 singly the next day
    assert found.saves == Money(355_80 + 22_20 - 296_00 - 170_20)
    assert found.way is Way.MAIL


def test_a_day_without_mail_counts_and_no_history_says_so():
    found = weighed({}, {70801: 100}, {}, {}, {70801: 500})
    assert [day.saved for day in found.days] == [Money(0), Money(0), Money(14_70)]
    assert (found.saves, found.days_saving, found.way) == (Money(4_90), 1, Way.MAIL)
    nothing = weighed({}, {70801: 100})
    assert (nothing.saves, nothing.next_apart, nothing.way) == (None, None, Way.UNKNOWN)


def test_what_is_here_already_is_not_expected_twice():
    found = weighed({}, {70801: 300}, {70801: 500, 71101: 500}, here_already=300)
    assert found.days[0].pieces == 700
    full = weighed({}, {70801: 300}, {70801: 100}, here_already=300)
    assert (full.days[0].pieces, full.days[0].apart) == (0, Money(0))


mail = st.dictionaries(st.sampled_from(ZIPS), st.integers(1, 9), max_size=5)


@settings(max_examples=60, deadline=None)
@given(mail, mail.filter(bool), st.lists(mail, max_size=3))
def test_saved_is_the_difference_of_the_two_ways_in_full(due, may_wait, days):
    rules = with_minimums(rules_on(), 3, 5)

    def price(streams):
        return postage(streams, rules)

    def one(*parts):
        counts = {
            zip5: sum(part.get(zip5, 0) for part in parts) for zip5 in ZIPS if any(zip5 in p for p in parts)
        }
        if not counts:
            return 0
        return plan_presort(
            columns(counts), rules, mailpiece=LETTER, mailer_line="X", payment="permit"
        ).postage.cents

    found = weigh(some(due), some(may_wait), past(*days), tonight=price, next_day=price)
    for day, counts in zip(found.days, days, strict=True):
        mailed = one(due, may_wait) + one(counts)
        held = one(due) + one(may_wait, counts)
        assert abs(day.saved.cents - (mailed - held)) <= 4  # each stream's statement is rounded by itself
