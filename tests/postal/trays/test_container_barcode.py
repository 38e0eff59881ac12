"""The container barcode: 21 characters, both kinds of mailer id, back from a scan."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from postal.trays.container_barcode import CHARACTERS, ContainerBarcode, container_barcode

MAILERS = st.sampled_from(["123456", "000001", "900000123", "999999999"])


@given(MAILERS, st.integers(0, 10**9 - 1))
def test_it_comes_back(mailer_id, serial):
    text = container_barcode(mailer_id, serial)
    assert len(text) == CHARACTERS
    assert text.startswith(f"99M{mailer_id}")
    assert ContainerBarcode.parse(text) == ContainerBarcode(mailer_id, text[3 + len(mailer_id) :])
    assert int(ContainerBarcode.parse(text).serial) == serial


@pytest.mark.parametrize(
    "make",
    [
        lambda: container_barcode("12345", 1),
        lambda: container_barcode("123456", -1),
        lambda: container_barcode("900000123", 10**9),
        lambda: ContainerBarcode.parse("99M12345600000000000"),
        lambda: ContainerBarcode.parse("98M123456000000000001"),
        lambda: ContainerBarcode.parse("99M12345600000000000x"),
    ],
)
def test_what_does_not_fit_is_refused(make):
    with pytest.raises(InvalidInput) as refusal:
        make()
    assert refusal.value.instance_code == "IMCB_FIELD"
