"""Figures that must agree: the header's counts, pieces by container, package and piece file, and weights."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from kernel.findings import Finding, Place, Severity
from postal.maildat.record_findings import at_records, found_in, has_value, key_of, numbers
from postal.maildat.records import Bools, Int64s, Maildat, to_arrow
from postal.maildat.schema import HEADER, layouts

FIRST_HISTORY = 9999


def sum_findings(maildat: Maildat) -> Iterator[Finding]:
    """MAILDAT_HEADER and MAILDAT_SUM."""
    yield from _header(maildat)
    yield from _containers(maildat)
    yield from _packages(maildat)
    for name in ("pbc", "pdr"):
        yield from _pieces(maildat, name)
    yield from _weights(maildat)


# -- header --------------------------------------------------------------------------------------------


def _header(maildat: Maildat) -> Iterator[Finding]:
    rows = to_arrow(maildat[HEADER]).to_pylist()
    live = [row for row, values in enumerate(rows) if values["HDR-1148"] == "C"]
    sequences = [values["HDR-1025"] or 0 for values in rows]
    if len(live) != 1:
        yield _about(0, "HDR-1148", f"marks {len(live)} records as current; exactly one is")
        return
    row = live[0]
    if sequences[row] != min(sequences):
        yield _about(row, "HDR-1025", "of the current record is not the lowest of the history")
    if max(sequences) != FIRST_HISTORY or len(set(sequences)) != FIRST_HISTORY - min(sequences) + 1:
        yield _about(row, "HDR-1025", f"does not run from {FIRST_HISTORY} down by one", Severity.WARN)
    if rows[row]["HDR-1153"] != rows[row]["HDR-1001"]:
        yield _about(row, "HDR-1153", "of the current record is not its job", Severity.WARN)
    for extension, layout in layouts(maildat.version).items():
        if extension == HEADER:
            continue
        told, status, sent = (
            rows[row][layout.count_field],
            rows[row][layout.status_field],
            len(maildat[extension]),
        )
        if told != sent:
            yield _about(row, layout.count_field, f"says {told} records of .{extension}; there are {sent:,}")
        if (status == "N") != (sent == 0) and status != "D":
            yield _about(
                row, layout.status_field, f"is {status or 'blank'} with {sent:,} records of .{extension}"
            )


def _about(row: int, code: str, words: str, severity: Severity = Severity.STOP) -> Finding:
    place = Place(f".{HEADER}", row=row + 1, column=code)
    return Finding("MAILDAT_HEADER", severity, f"{code} {words}.", "Write the header again.", place)


# -- pieces --------------------------------------------------------------------------------------------


def _containers(maildat: Maildat) -> Iterator[Finding]:
    """A container's copies and pieces: those of its .cqt records and of the containers in it. For containers
    of containers the rule is unconfirmed.
    """
    csm, cqt = maildat["csm"], maildat["cqt"]
    if not len(cqt):
        return
    own = key_of(csm, "CSM-1006")
    parent = found_in(key_of(csm, "CSM-1109"), own)
    has_children: Bools = np.isin(np.arange(len(csm)), parent)
    container = found_in(key_of(cqt, "CQT-1006"), own)
    for code, part in (("CSM-1120", "CQT-1102"), ("CSM-1121", "CQT-1103")):
        told = numbers(csm, code)
        inside = _added(numbers(cqt, part), container, len(csm)) + _added(told, parent, len(csm))
        is_wrong = told != inside
        yield from _differs(code, is_wrong & ~has_children, f"is not the sum of its {part}")
        yield from _differs(code, is_wrong & has_children, "is not the sum of what is in it", Severity.WARN)
    yield from _differs(
        "CQT-1103",
        numbers(cqt, "CQT-1103") > numbers(cqt, "CQT-1102"),
        "is more than the copies of the record",
    )


def _packages(maildat: Maildat) -> Iterator[Finding]:
    cqt, pqt = maildat["cqt"], maildat["pqt"]
    if not len(pqt):
        return
    group = found_in(key_of(pqt, "PQT-1034"), key_of(cqt, "CQT-1034"))
    for code, part in (("CQT-1102", "PQT-1103"), ("CQT-1103", "PQT-1104")):
        is_wrong = numbers(cqt, code) != _added(numbers(pqt, part), group, len(cqt))
        yield from _differs(code, is_wrong, f"is not the sum of its {part}")


def _pieces(maildat: Maildat, name: str) -> Iterator[Finding]:
    """One record a piece, for every .cqt and .pqt record that has pieces in this file."""
    held, cqt, pqt = maildat[name], maildat["cqt"], maildat["pqt"]
    if not len(held):
        return
    prefix = name.upper()
    other = maildat["pdr" if name == "pbc" else "pbc"]
    group_key = key_of(held, f"{prefix}-1034")
    counted = _counted(group_key, key_of(cqt, "CQT-1034"))
    elsewhere = (
        found_in(key_of(cqt, "CQT-1034"), key_of(other, f"{other.layout.extension.upper()}-1034")) >= 0
    )
    is_wrong = (numbers(cqt, "CQT-1103") != counted) & ~((counted == 0) & elsewhere)
    yield from _differs("CQT-1103", is_wrong, f"is not the number of its records in .{name}")
    if len(pqt):
        keys = key_of(pqt, "PQT-1034", "PQT-1012")
        counted = _counted(key_of(held, f"{prefix}-1034", f"{prefix}-1012"), keys)
        is_wrong = (numbers(pqt, "PQT-1104") != counted) & (found_in(key_of(pqt, "PQT-1034"), group_key) >= 0)
        yield from _differs("PQT-1104", is_wrong, f"is not the number of its records in .{name}")


# -- weights -------------------------------------------------------------------------------------------


def _weights(maildat: Maildat) -> Iterator[Finding]:
    """A piece weighs what its components weigh; a container what its copies weigh, to half a unit a copy."""
    mpu, mcr, cpt, csm, cqt = (maildat[name] for name in ("mpu", "mcr", "cpt", "csm", "cqt"))
    if not (len(mpu) and len(cqt)):
        return
    piece = numbers(mpu, "MPU-1103")
    if len(mcr) and len(cpt):
        component = found_in(key_of(mcr, "MCR-1004"), key_of(cpt, "CPT-1004"))
        unit = found_in(key_of(mcr, "MCR-1002", "MCR-1003"), key_of(mpu, "MPU-1002", "MPU-1003"))
        weighs = np.where(component >= 0, numbers(cpt, "CPT-1102")[component], 0)
        is_final = has_value(mpu.bytes_of("MPU-1105"), {"F"})
        is_wrong = is_final & (piece != _added(weighs, unit, len(mpu)))
        yield from _differs("MPU-1103", is_wrong, "is not the weight of its components")
    container = found_in(key_of(cqt, "CQT-1006"), key_of(csm, "CSM-1006"))
    unit = found_in(key_of(cqt, "CQT-1003"), key_of(mpu, "MPU-1003"))
    copies = numbers(cqt, "CQT-1102")
    weighs = np.where(unit >= 0, piece[unit], 0) * copies
    told, inside = numbers(csm, "CSM-1122"), _added(weighs, container, len(csm))
    spare = _added(copies, container, len(csm)) // 2 + 1
    is_wrong = (inside > 0) & (abs(told - inside) > spare)
    yield from _differs("CSM-1122", is_wrong, "is not the weight of its pieces")


def _differs(code: str, is_wrong: Bools, words: str, severity: Severity = Severity.STOP) -> Iterator[Finding]:
    remedy = "Count again and write the set again."
    yield from at_records("MAILDAT_SUM", code, is_wrong, words, remedy=remedy, severity=severity)


def _added(values: Int64s, group: Int64s, groups: int) -> Int64s:
    """Sum of values by group; group -1 is left out. Exact: sums stay far below 2^53."""
    known = group >= 0
    return np.bincount(group[known], values[known], groups).astype(np.int64)


def _counted(child: pa.Array, parent: pa.Array) -> Int64s:
    group = found_in(child, parent)
    return np.bincount(group[group >= 0], minlength=len(parent)).astype(np.int64)
