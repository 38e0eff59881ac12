"""Exchange of files with a licensed address engine (CASS and NCOALink) over two folders it watches.

The request appears whole under its name or not at all. The report is written last by the engine and ties the result
to the request by hashes and counts; what does not tie is refused, and stays where it is.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa

from kernel.errors import Unavailable
from postal.address.evidence import Evidence, EvidenceKind
from production.frontdesk.address_matching.base import (
    MOVED,
    Asked,
    Matched,
    Waiting,
    counts_of,
    matched_table,
)
from production.frontdesk.address_matching.in_file import method_of
from production.frontdesk.address_matching.layouts import MAX_RESULT_BYTES, Layout, refused
from production.prepress.merge.field_formats import read_day

OUTGOING, INCOMING = "outgoing", "incoming"


class FileExchange:
    """The adapter. ``folder`` holds outgoing/ and incoming/; ``is_late``: is a request of this name past its time."""

    def __init__(
        self, folder: Path, layout: Layout, *, today: Callable[[], date], is_late: Callable[[], bool]
    ) -> None:
        self._folder = folder
        self._layout = layout
        self._today = today
        self._is_late = is_late

    def match(self, asked: Asked) -> Matched | Waiting:
        """The request is put out first, the same bytes however often; then the answer is looked for. InvalidInput
        MATCH_RESULT_... when it does not tie to the request, MATCH_RESULT_LATE when none came in time; Unavailable
        when the folders are not to be had.
        """
        data = self._layout.write_request(asked.addresses)
        try:
            report = self._read(self._layout.report_file, asked)
            if report is None:
                self._put_out(asked, data)
                return self._not_yet()
            result = self._read(self._layout.result_file, asked)
        except OSError as error:
            sentence = "The folder of the address engine cannot be used."
            raise Unavailable(sentence, code="MATCH_FOLDER") from error
        if result is None:
            raise refused("MATCH_RESULT_PARTIAL", "There is a report, but no result.")
        return self._tied(asked, data, result, report)

    def has_answer(self, request: str) -> bool:
        """Is the report there? It is what the engine writes last."""
        return (self._folder / INCOMING / self._layout.report_file.format(request=request)).exists()

    def _not_yet(self) -> Waiting:
        if self._is_late():
            raise refused("MATCH_RESULT_LATE", "The address engine has not answered in time.")
        return Waiting()

    def _put_out(self, asked: Asked, data: bytes) -> None:
        folder = self._folder / OUTGOING
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / self._layout.request_file.format(request=asked.request)
        if asked.turn > 1 or target.exists():  # the engine may have taken it away already
            return
        part = folder / f".{target.name}.part"
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(0o660)  # the engine's own account reads it, as far as the folder lets it in
        part.replace(target)

    def _read(self, name: str, asked: Asked) -> bytes | None:
        path = self._folder / INCOMING / name.format(request=asked.request)
        if not path.is_file() or path.is_symlink():  # nothing else is a file the engine wrote here
            return None
        if path.stat().st_size > MAX_RESULT_BYTES:
            raise refused("MATCH_RESULT_FORM", "The file is larger than any list.")
        return path.read_bytes()

    def _tied(self, asked: Asked, data: bytes, result: bytes, report: bytes) -> Matched:
        said = self._layout.read_report(report)
        if said["request"] != asked.request or said["request_sha256"].lower() != _sha256(data):
            raise refused("MATCH_RESULT_FOREIGN", "The report is of another request.")
        if said["result_sha256"].lower() != _sha256(result):
            raise refused(
                "MATCH_RESULT_CHANGED", "The result is not the file that the report was written for."
            )
        columns = self._layout.read_result(result)
        rows = _in_order(asked, columns, said)
        return Matched(rows, self._evidence(rows, said), report=report)

    def _evidence(self, rows: pa.Table, said: dict[str, str]) -> tuple[Evidence, ...]:
        matched_on = self._day(said["matched_on"])
        counts, software = counts_of(rows), said["software"][:200]
        evidence = [
            Evidence(
                EvidenceKind.MATCHING, "CASS", is_certified=True, software=software, processed_on=matched_on,
                counts=counts,
            )
        ]  # fmt: skip
        if said["updated_on"]:
            method = method_of(said["updated_by"])
            if not method:
                raise refused("MATCH_REPORT", "The report names no way of Move Update that is known.")
            day = self._day(said["updated_on"])
            evidence.append(
                Evidence(
                    EvidenceKind.MOVE_UPDATE, method, is_certified=True, software=software, processed_on=day,
                    counts=counts,
                )
            )  # fmt: skip
        return tuple(evidence)

    def _day(self, text: str) -> date:
        day = read_day(text)
        if day is None or day > self._today():
            raise refused("MATCH_REPORT", "A day in the report is unreadable or in the future.")
        return day


def _in_order(asked: Asked, columns: dict[str, list[str]], said: dict[str, str]) -> pa.Table:
    """The rows in the order of the request. InvalidInput when any is missing, doubled or foreign, or when the
    report's counts are others.
    """
    wanted = [str(row) for row in asked.addresses.column("source_row").to_pylist()]
    given = columns["row"]
    twice = [row for row, times in Counter(given).items() if times > 1]
    foreign = sorted(set(given) - set(wanted))
    if twice:
        raise refused("MATCH_RESULT_DUPLICATE", f"{len(twice):,} rows are in the result more than once.")
    if foreign:
        raise refused("MATCH_RESULT_FOREIGN", f"{len(foreign):,} rows of the result were not in the request.")
    counts = (said["records_in"], said["records_out"])
    if len(given) != len(wanted) or counts != (str(len(wanted)), str(len(wanted))):
        raise refused(
            "MATCH_RESULT_PARTIAL",
            f"{len(wanted):,} rows were sent, {len(given):,} came back; the report says {counts[0][:12]} and "
            f"{counts[1][:12]}.",
        )
    at = {row: index for index, row in enumerate(given)}
    order = [at[row] for row in wanted]
    texts = {name: [values[index] for index in order] for name, values in columns.items() if name != "row"}
    moved = [index for index, move in enumerate(texts["move"]) if move == MOVED]
    if any(not (texts["street"][index] and texts["city"][index] and texts["zip5"][index]) for index in moved):
        raise refused("MATCH_RESULT_FORM", "A moved row has no new address.")
    return matched_table({"source_row": asked.addresses.column("source_row"), **texts}, len(wanted))


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
