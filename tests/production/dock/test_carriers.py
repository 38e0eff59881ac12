"""Numbers of parcels: whose they are, by samples that their carriers' formats are published with."""

import pytest

from production.dock.carriers import known


@pytest.mark.parametrize(
    ("typed", "carrier"),
    [
        ("1Z5R89390357567127", "UPS"),
        ("1z 879e 9303 4683 4440", "UPS"),
        ("0307 1790 0005 2348 3741", "USPS"),
        ("9400-1112-0108-0805-4830-16", "USPS"),
        ("92748931507708513018050063", "USPS"),
        ("420 22153 9101026837331000039521", "USPS"),
        ("4201002334249200190132607600833457", "USPS"),
        ("RB123456785US", "USPS"),
        ("986578788855", "FedEx"),
        ("0414 4176 0228 964", "FedEx"),
        ("9611020987654312345672", "FedEx"),
    ],
)
def test_a_number_is_known_by_its_format_and_check_digit(typed, carrier):
    found = known(typed)
    assert (found.carrier, found.doubt) == (carrier, "")
    assert found.number == typed.replace(" ", "").replace("-", "").upper()
    wrong = known(found.number[:-3] + str((int(found.number[-3]) + 1) % 10) + found.number[-2:])
    assert wrong.carrier == "" and wrong.doubt


def test_what_no_carrier_writes_is_asked_about():
    assert known("counter book 7").doubt == "No carrier that is known here numbers its parcels so."
