"""How values look to people."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from kernel.money import Extended, Money, Rate
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


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        formats.localtime(datetime(2026, 11, 22, 9, 2))


def test_dates_and_nothing() -> None:
    assert "Dec 1, 2026" in formats.localdate(date(2026, 12, 1))
    for name in ("money", "rate", "count", "filesize", "localtime", "localdate", "jobnumber"):
        assert formats.FILTERS[name](None) == formats.NOTHING


def test_job_number_is_escaped_and_checked() -> None:
    assert formats.jobnumber("270042181") == '<span class="job-number">27-004218-1</span>'
    with pytest.raises(ValueError, match="check digit"):
        formats.jobnumber("27-004218-2")


def test_states_have_word_tone_and_sign() -> None:
    assert formats.state_mark("needs_fix") == ("Needs fix", "stop", "construction")
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
    assert formats.rate("1284.7150") == "$1,284.715"
    assert formats.rate("0.624 + 0.745 a pound") == "$0.624 + 0.745 a pound"
