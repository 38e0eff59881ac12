"""Tray barcodes: 24 digits whatever the mailer id, and back; what does not fit is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from postal.trays.tray_barcode import TrayBarcode, tray_barcode


def test_fields_stand_in_the_order_of_the_label() -> None:
    assert (
        tray_barcode("70802", "245", "123456", 42, label_source="1", label_type="8") == "708022451"
        "123456"
        "00000042"
        "8"
    )
    assert (
        tray_barcode("70800", "245", "912345678", 42, label_source="7", label_type="3")
        == "708002457912345678000423"
    )


@given(
    st.from_regex(r"[0-9]{5}", fullmatch=True),
    st.from_regex(r"[0-9]{3}", fullmatch=True),
    st.from_regex(r"[0-8][0-9]{5}|9[0-9]{8}", fullmatch=True),
    st.integers(0, 99_999),
)
def test_a_scan_gives_the_fields_back(zip5: str, cin: str, mailer_id: str, serial: int) -> None:
    text = tray_barcode(zip5, cin, mailer_id, serial)
    assert len(text) == 24
    tray = TrayBarcode.parse(text)
    assert (tray.destination_zip, tray.content_id, tray.mailer_id, int(tray.serial)) == (
        zip5,
        cin,
        mailer_id,
        serial,
    )
    assert tray.text == text


@pytest.mark.parametrize(
    ("zip5", "cin", "mailer_id", "serial"),
    [
        ("7080", "245", "123456", 1),
        ("708020", "245", "123456", 1),
        ("7080x", "245", "123456", 1),
        ("7080\u0662", "245", "123456", 1),
        ("70802", "24", "123456", 1),
        ("70802", "245", "923456", 1),
        ("70802", "245", "1234567", 1),
        ("70802", "245", "", 1),
        ("70802", "245", "123456", 100_000_000),
        ("70802", "245", "912345678", 100_000),
        ("70802", "245", "123456", -1),
    ],
)
def test_refusals(zip5: str, cin: str, mailer_id: str, serial: int) -> None:
    with pytest.raises(InvalidInput) as refusal:
        tray_barcode(zip5, cin, mailer_id, serial)
    assert refusal.value.instance_code == "IMTB_FIELD"


@pytest.mark.parametrize("extra", [{"label_source": "12"}, {"label_type": ""}, {"label_type": "x"}])
def test_unconfirmed_digits_are_still_one_digit_each(extra: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        tray_barcode("70802", "245", "123456", 1, **extra)


@pytest.mark.parametrize("scan", ["", "7" * 23, "7" * 25, "7" * 23 + " "])
def test_scans_of_something_else(scan: str) -> None:
    with pytest.raises(InvalidInput):
        TrayBarcode.parse(scan)
