"""Reads Mail.dat sets from outside in a limited child process."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from postal.data.edition_folder import shelf
from postal.maildat.compare import FileDifference, differences
from postal.maildat.fileset import read_set
from postal.maildat.reprice import Repriced, reprice
from postal.maildat.validate import validate
from production.mailroom.maildat.report import MaildatReport, report_of

CHANGES_SHOWN = 100


@dataclass(frozen=True, slots=True)
class ReadSet:
    """What a set says, and its postage by our prices."""

    said: MaildatReport
    root: str
    postage: Repriced


def read(path: str, editions_folder: str, allow_test_only: bool, max_bytes: int) -> ReadSet:
    """Figures, findings and postage of one set. UserError as ``read_set`` refuses."""
    taken = read_set(Path(path), max_bytes=max_bytes)
    findings = [*taken.findings, *validate(taken.maildat)]
    priced = reprice(taken.maildat, among=shelf(Path(editions_folder)), allow_test_only=allow_test_only)
    return ReadSet(report_of(taken.maildat, findings), taken.root, priced)


def compare(before: str, after: str, max_bytes: int) -> list[FileDifference]:
    """Files that differ between two sets, with the first changes of each. UserError as ``read_set`` refuses."""
    pair = [read_set(Path(path), max_bytes=max_bytes).maildat for path in (before, after)]
    return [
        replace(
            one, added=one.added[:CHANGES_SHOWN], removed=one.removed[:CHANGES_SHOWN],
            changed=one.changed[:CHANGES_SHOWN],
        )
        for one in differences(*pair)
    ]  # fmt: skip
