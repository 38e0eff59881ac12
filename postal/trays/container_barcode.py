"""The 21 characters of the Intelligent Mail container barcode on a placard, printed as GS1-128.

Fields: application identifier 99, type M (mailer), mailer id, serial. UNCONFIRMED: the layout is known of the USPS
container barcode specification (edition of March 2008 is listed on PostalPro) without having been read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kernel.errors import InvalidInput
from postal.barcodes import imb

PREFIX = "99M"
CHARACTERS = 21
CAUTION = (
    "The layout of the container barcode and of the placard is not confirmed against the USPS specification: compare "
    "with PostalPro before live mail."
)
_FORM = re.compile(r"99M[0-9]{18}")


@dataclass(frozen=True, slots=True)
class ContainerBarcode:
    """Strings of digits; InvalidInput IMCB_FIELD when one does not fit."""

    mailer_id: str
    serial: str

    def __post_init__(self) -> None:
        if len(self.serial) != serial_digits(self.mailer_id) or not (
            self.serial.isascii() and self.serial.isdigit()
        ):
            raise _refusal(f"the serial has {serial_digits(self.mailer_id)} digits after this mailer id")

    @property
    def text(self) -> str:
        """The 21 characters."""
        return PREFIX + self.mailer_id + self.serial

    @classmethod
    def parse(cls, text: str) -> ContainerBarcode:
        """From a scan; the first digit of the mailer id tells where it ends. InvalidInput IMCB_FIELD."""
        if not _FORM.fullmatch(text):
            raise _refusal("it is 99M and 18 digits")
        width = 9 if text[3] == "9" else 6
        return cls(text[3 : 3 + width], text[3 + width :])


def container_barcode(mailer_id: str, serial: int) -> str:
    """21 characters; the serial is padded to 12 digits, to 9 with a 9-digit mailer id. InvalidInput IMCB_FIELD."""
    if serial < 0:
        raise _refusal("a serial is not negative")
    return ContainerBarcode(mailer_id, f"{serial:0{serial_digits(mailer_id)}d}").text


def serial_digits(mailer_id: str) -> int:
    """12 after a 6-digit mailer id, 9 after a 9-digit one: three more than on a piece. IMCB_FIELD."""
    try:
        return imb.serial_digits(mailer_id) + 3
    except InvalidInput as refusal:
        raise _refusal(refusal.sentence) from None


def _refusal(sentence: str) -> InvalidInput:
    return InvalidInput(f"No container barcode: {sentence}.", code="IMCB_FIELD")
