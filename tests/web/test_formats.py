"""How values look to people."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import Extended, Money, Rate, extend, to_cents, total
from web import formats


@pytest.mark.parametrize(
    ("cents", "words"),
    [(0, "$0.00"), (5, "$0.05"), (123_450, "$1,234.50"), (-936, "−$9.36")],
)
def test_money(cents: int, words: str) -> None:
    assert formats.money(Money(cents)) == words


def test_rates_and_counts() -> None:
    assert formats.rate(Rate.of("0.593")) == "$0.593"
    assert formats.rate(Extended(Rate.of("-1.5").value)) == "−$1.50"
    assert formats.count(24_000_000) == "24,000,000"
    assert formats.count(-3) == "−3"
    assert formats.count(0) == "0"


@given(st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 10**5)), min_size=1, max_size=12))
def test_lines_before_the_cent_are_shown_as_money_that_adds_up(lines):
    parts = [extend(Rate(Decimal(rate) / 10_000), pieces) for rate, pieces in lines]
    whole = to_cents(total(parts))
    shown = formats.dealt(parts, whole)
    assert sum(shown, Money(0)) == whole
    for part, amount in zip(parts, shown, strict=True):
        assert abs(Decimal(amount.cents) / 100 - part.value) < Decimal("0.02")


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 min"), (59, "59 min"), (60, "1 h 00 min"), (125, "2 h 05 min")]
)
def test_minutes(number: int, words: str) -> None:
    assert formats.minutes(number) == words


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 bytes"), (999, "999 bytes"), (1400, "1.4 kB"), (2 * 10**9, "2.0 GB")]
)
def test_file_sizes(size: int, words: str) -> None:
    assert formats.filesize(size) == words


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        (datetime(2026, 11, 22, 15, 2, tzinfo=UTC), "Nov 22, 2026, 9:02 AM CST"),
        (datetime(2026, 7, 1, 5, 0, tzinfo=UTC), "Jul 1, 2026, 12:00 AM CDT"),
        (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), "Nov 1, 2026, 1:30 AM CDT"),
        (datetime(2026, 11, 1, 7, 30, tzinfo=UTC), "Nov 1, 2026, 1:30 AM CST"),
    ],
)
def test_times_are_the_shops_with_their_zone(instant: datetime, words: str) -> None:
    assert words in formats.localtime(instant)


NOON = datetime(2026, 12, 8, 18, 0, tzinfo=UTC)  # Tuesday, noon at the shop


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        (NOON, "just now"),
        (NOON - timedelta(minutes=36), "36 min ago"),
        (NOON + timedelta(minutes=59, seconds=59), "in 59 min"),
        (NOON - timedelta(hours=3), "today, 9 AM"),
        (NOON - timedelta(hours=13), "yesterday, 11 PM"),
        (NOON + timedelta(hours=21, minutes=5), "tomorrow, 9:05 AM"),
        (NOON - timedelta(days=4), "Fri 12 PM"),
        (NOON + timedelta(days=6), "Mon 12 PM"),
        (NOON - timedelta(days=7), "Dec 1, 12 PM"),
        (NOON + timedelta(days=30), "Jan 7, 2027"),
        (datetime(2026, 7, 1, 12, 0, tzinfo=UTC), "Jul 1, 7 AM"),
    ],
)
def test_moments_are_said_as_people_say_them(instant: datetime, words: str) -> None:
    assert formats.moment_words(instant, NOON) == words


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 12, 7), "yesterday"),
        (date(2026, 12, 8), "today"),
        (date(2026, 12, 9), "tomorrow"),
        (date(2026, 12, 10), "Thu Dec 10"),
        (date(2026, 12, 15), "Dec 15"),
        (date(2027, 1, 7), "Jan 7, 2027"),
    ],
)
def test_days_are_said_as_people_say_them(day: date, words: str) -> None:
    assert formats.day_words(day, date(2026, 12, 8)) == words


def test_the_exact_time_is_a_hover_away_and_for_tab_only_outside_tables() -> None:
    shown = formats.ago(datetime(2020, 1, 2, 15, 2, tzinfo=UTC))
    assert 'data-exact="Jan 2, 2020, 9:02 AM CST" tabindex="0">Jan 2, 2020<' in shown
    assert "tabindex" not in formats.ago(datetime(2020, 1, 2, 15, 2, tzinfo=UTC), in_reach=False)
    assert 'data-exact="Thursday, January 2, 2020"' in formats.day(date(2020, 1, 2))
    with pytest.raises(ValueError, match="zone"):
        formats.exact_time(datetime(2026, 11, 22, 9, 2))


@pytest.mark.parametrize(
    ("name", "letters"), [("Mona Mailroom", "MM"), ("ada", "A"), ("Jo van der Berg", "JB"), ("", "")]
)
def test_initials(name: str, letters: str) -> None:
    assert formats.initials(name) == letters


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        formats.localtime(datetime(2026, 11, 22, 9, 2))


def test_dates_and_nothing() -> None:
    assert "Dec 1, 2026" in formats.localdate(date(2026, 12, 1))
    for name in ("money", "rate", "count", "filesize", "localtime", "localdate", "ago", "day", "jobnumber"):
        assert formats.FILTERS[name](None) == formats.NOTHING


def test_job_number_is_escaped_and_checked() -> None:
    assert formats.jobnumber("270042181") == '<span class="job-number">27-004218-1</span>'
    with pytest.raises(ValueError, match="check digit"):
        formats.jobnumber("27-004218-2")


def test_states_have_word_tone_and_sign() -> None:
    assert formats.state_mark("needs_fix") == ("Needs fix", "stop", "wrench")
    assert formats.state_mark("never_heard_of").tone == "neutral"


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        ("0.49999", "0.5"),
        ("0.0200", "0.02"),
        ("0.4999", "0.5"),
        ("12", "12"),
        ("10.0", "10"),
        ("0.176", "0.176"),
    ],
)
def test_measures_are_rounded(measure: str, words: str) -> None:
    assert formats.plain(Decimal(measure)) == words
    assert formats.plain(None) == ""


def test_prices_show_no_zeros_behind_the_cents_and_words_stay() -> None:
    assert formats.rate("268.8000") == "$268.80"
    assert [formats.rate(Rate.of(one)) for one in ("36.000", "36", "0.228", "0.2079", "0.000125", "-0.003")] == [
        "$36.00", "$36.00", "$0.228", "$0.2079", "$0.000125", "−$0.003",
    ]  # fmt: skip
    assert formats.rate("1284.7150") == "$1,284.715"
    assert formats.rate("0.624 + 0.745 a pound") == "$0.624 + 0.745 a pound"
