"""Records against one another: keys once each, every child with its parent, parents with children, nesting."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kernel.findings import Finding, Place, Severity
from postal.maildat.record_findings import at_records, cells_of, found_in, has_value, is_blank, key_of
from postal.maildat.records import Bools, Maildat, Records, binary
from postal.maildat.schema import HEADER, Reference, file_of, references

NEEDED = ("seg", "mpu", "mcr", "mpa", "cpt", "csm", "cqt")
WITHOUT_MAIL = {"I", "R"}  # HDR-1154: Informed Delivery, certificates of mailing: no presort files
MAX_NESTING = 20


def link_findings(maildat: Maildat) -> Iterator[Finding]:
    """MAILDAT_FILES, MAILDAT_KEY, MAILDAT_REFERENCE, MAILDAT_NESTING."""
    yield from _files(maildat)
    for extension, held in maildat.files.items():
        yield from _keys(held)
        if extension != HEADER:
            yield from _job(maildat[HEADER], held)
    for reference in references():
        yield from _reference(maildat, reference)
    yield from _unit_of_segment(maildat)
    yield from _empty_containers(maildat)
    yield from _nesting(maildat["csm"])
    yield from _pieces_twice(maildat)


def _files(maildat: Maildat) -> Iterator[Finding]:
    """The least a transmission must hold; an update may hold less, so there it is a warning."""
    header = maildat.header()
    if header.get("HDR-1154") in WITHOUT_MAIL:
        return
    missing = [extension for extension in NEEDED if not len(maildat[extension])]
    is_logical = has_value(maildat["seg"].bytes_of("SEG-1112"), {"L"}).any()
    if not len(maildat["pqt"]) and not is_logical:
        missing.append("pqt")
    if not (len(maildat["pbc"]) or len(maildat["pdr"])):
        missing.append("pbc or .pdr")
    layout = maildat[HEADER].layout
    statuses = {
        value for code, value in header.items() if code in layout and "tatus" in layout[code].name[-6:]
    }
    severity = Severity.WARN if statuses & {"D", "R", "C", "U"} - {header.get("HDR-1148")} else Severity.STOP
    for extension in missing:
        words = f"The set has no .{extension} records; every transmission of mail needs them."
        yield Finding("MAILDAT_FILES", severity, words, "Send the whole set.", Place(f".{extension[:3]}"))


def _keys(held: Records) -> Iterator[Finding]:
    codes = held.layout.keys
    coded = key_of(held, *codes).dictionary_encode()
    if len(coded.dictionary) == len(held):
        return
    _, first = np.unique(coded.indices.to_numpy(), return_index=True)
    is_again = np.ones(len(held), np.bool_)
    is_again[first] = False
    yield from at_records(
        "MAILDAT_KEY", codes[-1], is_again, f"repeats the key ({', '.join(codes)}) of an earlier record",
        remedy="A key stands once in a file.",
    )  # fmt: skip


def _job(header: Records, held: Records) -> Iterator[Finding]:
    code = f"{held.layout.extension.upper()}-1001"
    is_strange = found_in(key_of(held, code), key_of(header, "HDR-1001")) < 0
    yield from at_records(
        "MAILDAT_REFERENCE", code, is_strange, "is not the job of the header", remedy="One set holds one job."
    )


def _reference(maildat: Maildat, reference: Reference) -> Iterator[Finding]:
    """Nothing is said where the parents' file is not sent: ``_files`` says it."""
    child = file_of(reference.child[0])
    parents = [parent for parent in reference.parents if len(maildat[file_of(parent[0])])]
    if child not in maildat.files or not parents:
        return
    held = maildat[child]
    key = key_of(held, *reference.child)
    is_orphan: Bools = np.ones(len(held), np.bool_)
    for parent in parents:
        is_orphan &= found_in(key, key_of(maildat[file_of(parent[0])], *parent)) < 0
    if reference.is_blank_allowed:
        is_orphan &= ~is_blank(cells_of(held, *reference.child))
    yield from at_records(
        "MAILDAT_REFERENCE", reference.child[-1], is_orphan,
        f"names no record of .{file_of(parents[0][0])} ({' or '.join('+'.join(parent) for parent in parents)})",
        remedy="Send the record it names, or correct the name.",
    )  # fmt: skip
    if reference.needs_child:
        parent = parents[0]
        above = key_of(maildat[file_of(parent[0])], *parent)
        yield from at_records(
            "MAILDAT_REFERENCE", parent[-1], found_in(above, key) < 0, f"is named by no record of .{child}",
            remedy="Leave the record out, or send what belongs to it.",
        )  # fmt: skip


def _unit_of_segment(maildat: Maildat) -> Iterator[Finding]:
    """A piece unit is known by segment and id, and the segment of .cqt is that of its container."""
    cqt, csm, mpu = (maildat[name] for name in ("cqt", "csm", "mpu"))
    container = found_in(key_of(cqt, "CQT-1006"), key_of(csm, "CSM-1006"))
    known = container >= 0
    if not known.any() or not len(mpu):
        return
    segments = cells_of(csm, "CSM-1002")[container]
    pairs = binary(np.concatenate([segments, cells_of(cqt, "CQT-1003")], axis=1))
    units = key_of(mpu, "MPU-1003")
    is_wrong = known & (found_in(pairs, key_of(mpu, "MPU-1002", "MPU-1003")) < 0)
    is_wrong &= found_in(key_of(cqt, "CQT-1003"), units) >= 0
    yield from at_records(
        "MAILDAT_REFERENCE", "CQT-1003", is_wrong, "names a piece unit of another segment than its container's",
        remedy="Name a piece unit of the container's segment.",
    )  # fmt: skip


def _empty_containers(maildat: Maildat) -> Iterator[Finding]:
    csm = maildat["csm"]
    own = key_of(csm, "CSM-1006")
    is_empty = found_in(own, key_of(maildat["cqt"], "CQT-1006")) < 0
    is_empty &= found_in(own, key_of(csm, "CSM-1109")) < 0
    yield from at_records(
        "MAILDAT_REFERENCE", "CSM-1006", is_empty, "holds neither pieces nor containers",
        remedy="Leave the container out, or send its pieces.",
    )  # fmt: skip


def _nesting(csm: Records) -> Iterator[Finding]:
    """Going up from parent to parent must end."""
    parent = found_in(key_of(csm, "CSM-1109"), key_of(csm, "CSM-1006"))
    above = parent.copy()
    for _ in range(MAX_NESTING):
        if (above < 0).all():
            return
        above = np.where(above >= 0, parent[above], -1)
    yield from at_records(
        "MAILDAT_NESTING", "CSM-1109", above >= 0, "leads round in a circle of containers",
        remedy="A container stands in at most one other, and not in itself.",
    )  # fmt: skip


def _pieces_twice(maildat: Maildat) -> Iterator[Finding]:
    """Pieces of a .cqt record are in .pbc or in .pdr, never in both."""
    is_twice = found_in(key_of(maildat["pdr"], "PDR-1034"), key_of(maildat["pbc"], "PBC-1034")) >= 0
    yield from at_records(
        "MAILDAT_REFERENCE", "PDR-1034", is_twice, "is described in .pbc as well",
        remedy="Send the pieces in one of the two files.",
    )  # fmt: skip
