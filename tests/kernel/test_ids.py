from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.clock import business_date, fiscal_year
from kernel.ids import damm, job_number, new_ulid, parse_job_number, parse_ulid, show_ulid


@given(st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_public_ids_read_back(instant):
    ulid = new_ulid(instant)
    assert parse_ulid(show_ulid(ulid).lower()) == ulid


def test_public_ids_sort_by_creation():
    instants = [datetime(2026, 11, day, tzinfo=UTC) for day in range(1, 20)]
    shown = [show_ulid(new_ulid(instant)) for instant in instants]
    assert shown == sorted(shown)


@pytest.mark.parametrize("text", ["", "U" * 26, "8" + "0" * 25, "0" * 25, "é" * 26])
def test_a_wrong_public_id_is_refused(text):
    with pytest.raises(ValueError, match="public id"):
        parse_ulid(text)


@given(st.integers(1, 999_999), st.data())
def test_job_number_catches_every_wrong_digit_and_neighbor_swap(sequence, data):
    digits = job_number(2027, sequence).replace("-", "")
    assert parse_job_number(digits) == job_number(2027, sequence)
    place = data.draw(st.integers(0, 8))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != digits[place]]))
    with pytest.raises(ValueError, match="check digit"):
        parse_job_number(digits[:place] + other + digits[place + 1 :])
    place = data.draw(st.integers(0, 7))
    swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
    if swapped != digits:
        with pytest.raises(ValueError, match="check digit"):
            parse_job_number(swapped)


def test_damm_published_example():
    assert damm("572") == 4  # the example of Damm's dissertation
    assert damm("5724") == 0


def test_fiscal_year_and_business_date():
    assert fiscal_year(date(2026, 6, 30)) == 2026
    assert fiscal_year(date(2026, 7, 1)) == 2027
    assert business_date(datetime(2026, 11, 1, 4, 59, tzinfo=UTC)) == date(
        2026, 10, 31
    )  # still daylight time
    assert business_date(datetime(2026, 11, 2, 5, 59, tzinfo=UTC)) == date(2026, 11, 1)
