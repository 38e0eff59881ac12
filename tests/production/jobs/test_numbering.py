"""Job numbers, batch numbers and tickets."""

from datetime import date

import pytest

from kernel.errors import InvalidInput
from production.jobs.numbering import LETTERS, Ticket, new_batch_number, new_job_number, parse_ticket, ticket
from production.jobs.states import BatchState, OperationKind
from tests.factories import PLANT, make_batch


def test_numbers_rise_through_jobs_and_batches_and_begin_anew_each_fiscal_year(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        numbers = [new_job_number(uow, date(2026, 11, 22)), new_batch_number(uow, date(2026, 11, 22))]
        numbers.append(new_job_number(uow, date(2026, 6, 30)))
    assert [number[:9] for number in numbers] == ["27-000001", "27-000002", "26-000001"]


@pytest.mark.parametrize("kind", list(OperationKind))
def test_every_operation_has_a_letter_and_its_ticket_reads_back(kind):
    assert kind in LETTERS
    text = ticket("27-000001-6", kind, 3)
    assert parse_ticket(text) == Ticket("27-000001-6", kind, 3)


@pytest.mark.parametrize("text", ["27-000001-6-P03", "270000016p03", " 27-0000016-p3 ", "27 000001 6 P003"])
def test_dashes_blanks_and_case_are_forgiven(text):
    assert str(parse_ticket(text)) == "27-000001-6-P03"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("27-000010-6-P03", "check digit"),
        ("27-000001-6-Q03", "letter Q"),
        ("27-000001-6", "looks like"),
        ("", "looks like"),
        ("٢٧-000001-7-P03", "looks like"),
    ],
)
def test_a_wrong_ticket_says_what_is_wrong(text, words):
    with pytest.raises(InvalidInput, match=words) as caught:
        parse_ticket(text)
    assert caught.value.instance_code == "TICKET"


def test_factories_build_a_batch_in_every_state(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        for state in set(BatchState) - {BatchState.CANCELLED}:
            assert make_batch(uow, state=state, files=plant.files).id
