"""Job numbers, stream numbers and tickets."""

from datetime import date

import pytest

from kernel.errors import InvalidInput
from production.jobs.numbering import (
    Ticket,
    looks_like_ticket,
    new_job_number,
    new_lot_number,
    parse_ticket,
    ticket,
)
from tests import factories
from tests.factories import PLANT, make_stream


def test_numbers_rise_through_jobs_and_streams_and_begin_anew_each_fiscal_year(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        numbers = [new_job_number(uow, date(2026, 11, 22)), new_lot_number(uow, date(2026, 11, 22))]
        numbers.append(new_job_number(uow, date(2026, 6, 30)))
    assert [number[:9] for number in numbers] == ["27-000001", "27-000002", "26-000001"]


@pytest.mark.parametrize("segment", [None, 1, 3, 1234])
def test_a_ticket_reads_back(segment):
    text = ticket("27-000001-6", 40, segment)
    assert parse_ticket(text) == Ticket("27-000001-6", 40, segment)
    assert looks_like_ticket(text)


@pytest.mark.parametrize(
    "text", ["27-000001-6-40-03", "270000016403", " 27-0000016-40-3 ", "27 000001 6 40 003"]
)
def test_dashes_and_blanks_are_forgiven(text):
    assert str(parse_ticket(text)) == "27-000001-6-40-03"
    assert looks_like_ticket(text)


@pytest.mark.parametrize(
    "text", ["4711", "5000-5010", "999999999", "1000000-2000000", "4711, 4712", "0" * 24, ""]
)
def test_pieces_and_page_marks_are_no_tickets(text):
    assert not looks_like_ticket(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("27-000010-6-40-03", "check digit"),
        ("27-000001-6-00", "from 1"),
        ("27-000001-6-40-00", "from 1"),
        ("27-000001-6-P03", "looks like"),
        ("27-000001-6", "looks like"),
        ("", "looks like"),
        ("٢٧-000001-6-40-03", "looks like"),
    ],
)
def test_a_wrong_ticket_says_what_is_wrong(text, words):
    with pytest.raises(InvalidInput, match=words) as caught:
        parse_ticket(text)
    assert caught.value.instance_code == "TICKET"


def test_factories_build_a_stream_in_every_state(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        for state in factories._JOB_STATES:
            assert make_stream(uow, state=state, files=plant.files).id
