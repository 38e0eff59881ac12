"""Each field by itself: characters, form, required, code lists; and fields required only with another."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kernel.findings import Finding, Severity
from postal.maildat.record_findings import at_records, cells_of, found_in, has_value, is_blank, key_of
from postal.maildat.records import ZERO, Bools, Maildat, Records, UInt8s, dates_of, field_bytes, numbers_of
from postal.maildat.schema import CLOSING, Condition, Field, Kind, conditions, file_of


def field_findings(maildat: Maildat) -> Iterator[Finding]:
    """MAILDAT_CLOSING, _RESERVE, _CHARACTER, _REQUIRED, _TYPE, _CODE, _CONDITION."""
    for held in maildat.files.values():
        rows = held.rows
        for field in held.layout.fields:
            yield from _field(field, np.ascontiguousarray(field_bytes(field, rows)))
    for condition in conditions():
        yield from _condition(maildat, condition)


def _field(field: Field, cells: UInt8s) -> Iterator[Finding]:
    if field.kind is Kind.CLOSING:
        yield from at_records(
            "MAILDAT_CLOSING", field.code, cells[:, 0] != CLOSING, "is not the closing character #",
            remedy="Write the file again; the record may be shifted.",
        )  # fmt: skip
        return
    blank = is_blank(cells)
    if field.kind is Kind.RESERVE:
        yield from at_records(
            "MAILDAT_RESERVE", field.code, ~blank, "is reserved and not blank", severity=Severity.WARN
        )
        return
    yield from _characters(field, cells)
    if field.is_required and not (field.codes and "" in field.codes):
        yield from at_records(
            "MAILDAT_REQUIRED", field.code, blank, f"({field.name}) is required", remedy="Fill the field."
        )
    yield from _form(field, cells, blank)
    if field.codes is not None:
        yield from at_records(
            "MAILDAT_CODE", field.code, ~blank & ~has_value(cells, set(field.codes)),
            f"({field.name}) is not a code of its list", remedy="Use a code of the version's list.",
            severity=Severity.WARN if field.is_code_list_open else Severity.STOP,
        )  # fmt: skip


def _characters(field: Field, cells: UInt8s) -> Iterator[Finding]:
    is_control = ((cells < 32) | (cells == 127)).any(axis=1)
    yield from at_records(
        "MAILDAT_CHARACTER", field.code, np.asarray(is_control), "holds a control character",
        remedy="Use printable characters only.",
    )  # fmt: skip
    is_foreign = (cells > 127).any(axis=1) & ~is_control
    yield from at_records(
        "MAILDAT_CHARACTER", field.code, np.asarray(is_foreign), "holds a character beyond plain ASCII",
        remedy="Leave accents out.", severity=Severity.WARN,
    )  # fmt: skip


def _form(field: Field, cells: UInt8s, blank: Bools) -> Iterator[Finding]:
    """Numbers, dates and times as they must stand; text from the first byte."""
    if field.kind is Kind.TEXT:
        yield from at_records(
            "MAILDAT_TYPE", field.code, ~blank & (cells[:, 0] == ord(" ")), "does not begin at its first byte",
            remedy="Text is left-justified.", severity=Severity.WARN,
        )  # fmt: skip
        return
    is_good, words, remedy = {
        Kind.NUMBER: (
            _is_number,
            "is not a number of digits",
            "Numbers are right-justified and zero filled.",
        ),
        Kind.DATE: (_is_date, "is not a day YYYYMMDD", "Where no date is known 00010101 stands."),
        Kind.TIME: (_is_time, "is not a time HH:MM", "Write hours 00 to 23 and minutes 00 to 59."),
    }[field.kind]
    yield from at_records("MAILDAT_TYPE", field.code, ~blank & ~is_good(cells), words, remedy=remedy)


def _is_number(cells: UInt8s) -> Bools:
    return numbers_of(cells)[1]


def _is_date(cells: UInt8s) -> Bools:
    return dates_of(cells)[1]


def _is_time(cells: UInt8s) -> Bools:
    digits = cells[:, [0, 1, 3, 4]] - np.uint8(ZERO)
    hours = digits[:, 0].astype(np.int64) * 10 + digits[:, 1]
    return np.asarray(
        (digits <= 9).all(axis=1) & (cells[:, 2] == ord(":")) & (hours < 24) & (digits[:, 2] < 6)
    )


def _condition(maildat: Maildat, condition: Condition) -> Iterator[Finding]:
    named, reason_file = file_of(condition.fields[0]), file_of(condition.when)
    if named not in maildat.files or reason_file not in maildat.files:
        return
    held, reason = maildat[named], maildat[reason_file]
    fields = [code for code in condition.fields if code in held.layout]
    if not fields or condition.when not in reason.layout:
        return
    is_empty = is_blank(cells_of(held, *fields))
    is_wrong = is_empty & _concerned(held, reason, condition)
    yield from at_records(
        "MAILDAT_CONDITION", fields[0], is_wrong, f"is blank, but {condition.reason}",
        remedy=f"Fill {' or '.join(fields)}.",
        severity=Severity.STOP if condition.is_confirmed else Severity.WARN,
    )  # fmt: skip


def _concerned(held: Records, reason: Records, condition: Condition) -> Bools:
    """Records the condition speaks of."""
    cells = reason.bytes_of(condition.when)
    holds = ~is_blank(cells) if "*" in condition.values else has_value(cells, set(condition.values))
    if held is reason:
        return holds
    if not condition.via:
        return np.full(len(held), bool(holds.any()))
    own, other = condition.via
    return found_in(key_of(held, own), key_of(reason, other).filter(holds)) >= 0
