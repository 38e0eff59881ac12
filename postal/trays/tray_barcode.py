"""The 24 digits of the Intelligent Mail tray barcode, printed as Code 128 subset C on the tray label.

Fields: PostalPro "Intelligent Mail Tray Label"; widths and the 24-digit total agree with Mail.dat CSM-1150.
UNCONFIRMED: the digits for label source and label type, which are therefore arguments with a caution.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kernel.errors import InvalidInput
from postal.barcodes import imb

UNCONFIRMED_LABEL_SOURCE = "1"
UNCONFIRMED_LABEL_TYPE = "8"
CAUTION = (
    "The label source and label type digits of the tray barcode are not confirmed against the USPS "
    "specification: compare with PostalPro before live mail."
)
DIGITS = 24

_DIGITS_ONLY = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class TrayBarcode:
    """Strings of digits; a 3-digit destination is ZIP3 + 00. IMTB_FIELD when one does not fit."""

    destination_zip: str
    content_id: str  # the content identifier number (CIN), three digits
    label_source: str
    mailer_id: str
    serial: str
    label_type: str

    def __post_init__(self) -> None:
        widths = {"destination_zip": 5, "content_id": 3, "label_source": 1, "label_type": 1}
        widths["serial"] = serial_digits(self.mailer_id)
        for name, width in widths.items():
            value = getattr(self, name)
            if len(value) != width or not _DIGITS_ONLY.fullmatch(value):
                raise _refusal(f"{name.replace('_', ' ')} has {width} digits in a tray barcode")

    @property
    def text(self) -> str:
        """The 24 digits."""
        head = self.destination_zip + self.content_id + self.label_source
        return head + self.mailer_id + self.serial + self.label_type

    @classmethod
    def parse(cls, text: str) -> TrayBarcode:
        """From a scan; the first digit of the mailer id tells where it ends. InvalidInput IMTB_FIELD."""
        if len(text) != DIGITS or not _DIGITS_ONLY.fullmatch(text):
            raise _refusal("a tray barcode has exactly 24 digits")
        serial_at = 18 if text[9] == "9" else 15
        return cls(text[:5], text[5:8], text[8], text[9:serial_at], text[serial_at:23], text[23])


def tray_barcode(
    zip5: str,
    cin: str,
    mailer_id: str,
    serial: int,
    *,
    label_source: str = UNCONFIRMED_LABEL_SOURCE,
    label_type: str = UNCONFIRMED_LABEL_TYPE,
) -> str:
    """24 digits; the serial is padded to 8 digits, to 5 with a 9-digit mailer id. InvalidInput IMTB_FIELD."""
    if serial < 0:
        raise _refusal("a tray serial is not negative")
    digits = f"{serial:0{serial_digits(mailer_id)}d}"
    return TrayBarcode(zip5, cin, label_source, mailer_id, digits, label_type).text


def serial_digits(mailer_id: str) -> int:
    """8 after a 6-digit mailer id, 5 after a 9-digit one: one fewer than on a piece. IMTB_FIELD."""
    try:
        return imb.serial_digits(mailer_id) - 1
    except InvalidInput as refusal:
        raise _refusal(refusal.sentence) from None


def _refusal(sentence: str) -> InvalidInput:
    return InvalidInput(sentence, code="IMTB_FIELD")
