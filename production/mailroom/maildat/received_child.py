"""Reads Mail.dat sets from outside in a limited child process: everything told is plain values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kernel.errors import UserError
from postal.data.edition_folder import shelf
from postal.maildat.compare import differences
from postal.maildat.fileset import read_set
from postal.maildat.reprice import reprice
from postal.maildat.validate import validate
from production.mailroom.maildat.report import report_of

CHANGES_SHOWN = 100


def read(path: str, editions_folder: str, allow_test_only: bool, max_bytes: int) -> dict[str, Any]:
    """Figures, findings and the postage by our prices of one set, or ``refused`` with the reason."""

    def work() -> dict[str, Any]:
        taken = read_set(Path(path), max_bytes=max_bytes)
        findings = [*taken.findings, *validate(taken.mail_dat)]
        report = report_of(taken.mail_dat, findings)
        priced = reprice(taken.mail_dat, among=shelf(Path(editions_folder)), allow_test_only=allow_test_only)
        return {
            **report,
            "root": taken.root,
            "postage": priced.as_dict(),
            "assumptions": list(priced.assumptions),
        }

    return _or_refused(work)


def compare(before: str, after: str, max_bytes: int) -> dict[str, Any]:
    """Files that differ between two sets, with the first changes of each."""

    def work() -> dict[str, Any]:
        pair = [read_set(Path(path), max_bytes=max_bytes).mail_dat for path in (before, after)]
        found = [asdict(one) for one in differences(*pair)]
        for one in found:
            for name in ("added", "removed", "changed"):
                one[name] = list(one[name])[:CHANGES_SHOWN]
        return {"files": found}

    return _or_refused(work)


def _or_refused(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return work()
    except UserError as error:
        return {"refused": error.instance_code, "sentence": error.sentence, "remedy": error.remedy}
