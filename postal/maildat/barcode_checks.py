"""Barcodes of pieces and containers: form, and each once among Full-Service pieces and trays (Publication 685)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kernel.findings import Finding
from postal.maildat.record_findings import at_records, found_in, has_value, is_blank, key_of
from postal.maildat.records import BLANK, ZERO, Bools, Maildat, UInt8s, binary

IMB_LENGTHS = (20, 25, 29, 31)
FULL_LENGTH = 31  # with the delivery point: what automation prices and Full-Service need
TRAYS = {"O", "T", "E"}
TRAY_DIGITS = 24


def barcode_findings(maildat: Maildat) -> Iterator[Finding]:
    """MAILDAT_BARCODE."""
    for name in ("pbc", "pdr"):
        yield from _pieces(maildat, name)
    yield from _containers(maildat)


def _pieces(maildat: Maildat, name: str) -> Iterator[Finding]:
    held, cqt = maildat[name], maildat["cqt"]
    if not len(held):
        return
    code, construct = {"pbc": ("PBC-1122", "PBC-1118"), "pdr": ("PDR-1122", "PDR-1131")}[name]
    cells = np.ascontiguousarray(held.bytes_of(code))
    length = (cells != BLANK).sum(axis=1)
    is_imb = (length > 0) & is_blank(held.bytes_of(construct))  # a package barcode has a construct code
    is_bad = is_imb & ~(_is_digits(cells, length) & np.isin(length, IMB_LENGTHS) & (cells[:, 1] <= ord("4")))
    yield from at_records(
        "MAILDAT_BARCODE", code, np.asarray(is_bad), "is not an Intelligent Mail barcode of 20, 25, 29 or 31 digits",
        remedy="Write tracking and routing digits without blanks.",
    )  # fmt: skip
    group = found_in(key_of(held, f"{name.upper()}-1034"), key_of(cqt, "CQT-1034"))
    is_full = np.append(has_value(cqt.bytes_of("CQT-1112"), {"F"}), False)[group] & is_imb & ~is_bad
    yield from at_records(
        "MAILDAT_BARCODE", code, is_full & (length != FULL_LENGTH), "has no delivery point, which Full-Service needs",
        remedy="Leave the piece out of the Full-Service groups.",
    )  # fmt: skip
    # Mailer id and serial: pieces of one class collide whatever their service type (Publication 685, A-2).
    yield from at_records(
        "MAILDAT_BARCODE", code, _again(cells[:, 5:20], is_full), "repeats mailer id and serial of an earlier piece",
        remedy="Every Full-Service piece has its own serial.",
    )  # fmt: skip


def _containers(maildat: Maildat) -> Iterator[Finding]:
    csm = maildat["csm"]
    cells = np.ascontiguousarray(csm.bytes_of("CSM-1150"))
    length = (cells != BLANK).sum(axis=1)
    is_given = length > 0
    is_tray = has_value(csm.bytes_of("CSM-1005"), TRAYS)
    is_bad = is_given & is_tray & ~(_is_digits(cells, length) & (length == TRAY_DIGITS))
    yield from at_records(
        "MAILDAT_BARCODE", "CSM-1150", np.asarray(is_bad), "is not a tray barcode of 24 digits",
        remedy="Write the digits of the tray label.",
    )  # fmt: skip
    yield from at_records(
        "MAILDAT_BARCODE", "CSM-1150", _again(cells, is_given), "repeats the barcode of an earlier container",
        remedy="Every container has its own serial.",
    )  # fmt: skip


def _is_digits(cells: UInt8s, length: np.ndarray) -> Bools:
    """The first ``length`` bytes are digits and the rest is blank."""
    digits = (cells - np.uint8(ZERO) <= 9).sum(axis=1)
    in_front = cells[:, 0] != BLANK
    last = np.take_along_axis(cells, np.maximum(length - 1, 0)[:, None], axis=1)[:, 0]
    return np.asarray((digits == length) & in_front & (last != BLANK))


def _again(cells: UInt8s, among: Bools) -> Bools:
    """Rows among those given whose bytes stood in an earlier one of them."""
    rows = np.flatnonzero(among)
    coded = binary(cells[rows]).dictionary_encode()
    is_again = np.zeros(len(among), np.bool_)
    if len(coded.dictionary) < len(rows):
        _, first = np.unique(coded.indices.to_numpy(), return_index=True)
        is_again[np.delete(rows, first)] = True
    return is_again
