"""Examining a submitted mailing: template, fields, list, texts, piece. Nothing here writes a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from kernel.findings import Finding, Place, Severity
from production.catalog.letters import LetterFacts, envelopes, letter_facts
from production.frontdesk.list_checks import ACCEPTED_FILE, ROWS_TO_FIX_FILE
from production.frontdesk.lists import FindingGroup
from production.frontdesk.rows_to_fix import add_rows_to_fix
from production.jobs.accepted import merge_columns, read_accepted
from production.prepress.fields import Fields
from production.prepress.merge import CompiledTemplate, compile_template, prepare
from production.prepress.preflight import preflight_pdf
from production.prepress.template_fields import template_fields
from production.prepress.zones import find_conflicts
from store.sandbox import run_limited

PLACES_SHOWN = 100
_GENERIC = "The file cannot be processed. Quote {incident} when you ask for help."


@dataclass(frozen=True, slots=True)
class Submission:
    """What a requester gave, as paths; the files are known by hash elsewhere."""

    template: Path
    template_name: str
    list: Path
    list_name: str
    fields: Path | None
    envelope: str
    is_duplex: bool
    mail_date: date
    options: dict[str, Any]


@dataclass(slots=True)
class Examination:
    """Groups of findings by source, and what a quote and a proof are made from when nothing stops."""

    groups: dict[str, list[FindingGroup]] = field(default_factory=dict)
    rows_in: int = 0
    mapping: dict[str, Any] = field(default_factory=dict)
    compiled: CompiledTemplate | None = None
    accepted: Path | None = None
    rows_to_fix: Path | None = None
    letter: LetterFacts | None = None

    def add(self, source: str, findings: Sequence[Finding]) -> None:
        """Findings of one source, grouped by code."""
        self.groups.setdefault(source, []).extend(group_findings(findings))

    @property
    def severities(self) -> set[str]:
        """What kinds of findings there are."""
        return {group["severity"] for groups in self.groups.values() for group in groups}

    @property
    def stops(self) -> bool:
        """Does anything stop the job as a whole?"""
        return Severity.STOP.value in self.severities

    def table(self) -> pa.Table:
        """The accepted rows, mapped."""
        assert self.accepted is not None  # asked only when nothing stopped  # noqa: S101
        return read_accepted(self.accepted)


def group_findings(findings: Sequence[Finding]) -> list[FindingGroup]:
    """One group for each code and column, with the first places and the count of all."""
    groups: dict[tuple[str, str], FindingGroup] = {}
    for finding in findings:
        key = (finding.code, finding.message if finding.place.row is None else finding.place.column)
        group = groups.setdefault(
            key,
            FindingGroup(
                code=finding.code, severity=finding.severity.value, message=finding.message,
                remedy=finding.remedy, count=0, places=[],
            ),
        )  # fmt: skip
        group["count"] += 1
        if len(group["places"]) < PLACES_SHOWN:
            group["places"].append(finding.as_dict()["place"])
    return list(groups.values())


def examine(given: Submission, folder: Path) -> Examination:
    """Template and list in limited child processes, then what they are together."""
    result = Examination()
    _examine_template(given, result)
    _examine_list(given, result, folder)
    if not result.stops:
        _examine_together(given, result, folder)
    return result


def _examine_template(given: Submission, result: Examination) -> None:
    report = preflight_pdf(given.template, given.template_name)
    result.add("template", report.findings)


def _examine_list(given: Submission, result: Examination, folder: Path) -> None:
    ran = run_limited(
        "production.frontdesk.list_checks.check_list",
        {
            "path": str(given.list),
            "given_name": given.list_name,
            "mapping": given.options.get("mapping") or None,
            "options": {**given.options.get("list", {}), "on": given.mail_date.isoformat()},
            "out_dir": str(folder),
        },
        memory_bytes=4 << 30,  # columns of a million rows
        cpu_seconds=120,
        wall_seconds=180,
        output_bytes=2 << 30,
    )
    if not ran.is_ok:
        code = "DATA_TOO_LARGE" if ran.outcome == "too_much" else "DATA_UNREADABLE"
        result.add("list", [_unprocessed(code, given.list_name, ran.incident)])
        return
    result.mapping, result.rows_in = ran.value["mapping"], ran.value["rows_in"]
    result.groups["list"] = ran.value["findings"]
    result.accepted = folder / ACCEPTED_FILE if ran.value["accepted_path"] else None
    result.rows_to_fix = folder / ROWS_TO_FIX_FILE if ran.value["rows_to_fix_path"] else None
    if result.accepted and not ran.value["accepted"]:
        finding = Finding(
            "DATA_EMPTY", Severity.STOP, "No row of the list can be mailed.", "Mend the rows and submit again.",
            Place(file=given.list_name),
        )  # fmt: skip
        result.add("list", [finding])


def _examine_together(given: Submission, result: Examination, folder: Path) -> None:
    table = merge_columns(result.table())
    blank = compile_template(given.template, Fields(()))
    fields, findings = template_fields(given.fields, columns=table.column_names, page_sizes=blank.sizes)
    result.add("template", findings)
    if fields is None:
        return
    result.compiled = compile_template(given.template, fields)
    envelope = envelopes()[given.envelope]
    result.letter = letter_facts(envelope, pages=result.compiled.pages, is_duplex=given.is_duplex)
    result.add("template", result.letter.findings)
    result.add("template", find_conflicts(given.template, fields, has_window=envelope.has_window))
    _, found = prepare(result.compiled, table)
    if found:
        result.add("merge", found)
        _take_out(result, sorted({f.place.row for f in found if f.place.row is not None}), found, folder)


def _take_out(result: Examination, rows: list[int], findings: Sequence[Finding], folder: Path) -> None:
    """Rows whose text cannot be set go to the rows to fix; the others stay accepted."""
    table = result.table()
    is_bad = pc.is_in(table.column("source_row"), value_set=pa.array(rows, pa.int32()))
    kept = table.filter(pc.invert(is_bad))
    result.rows_to_fix = folder / ROWS_TO_FIX_FILE
    add_rows_to_fix(result.rows_to_fix, table.filter(is_bad), findings)
    result.accepted = folder / "printable.arrow"
    with pa.ipc.new_file(result.accepted, kept.schema) as writer:
        writer.write_table(kept.combine_chunks())
    if not len(kept):
        message = "No row of the list can be printed with this template."
        result.add("merge", [Finding("DATA_EMPTY", Severity.STOP, message, "Mend the rows or the fields.")])


def _unprocessed(code: str, name: str, incident: str) -> Finding:
    return Finding(
        code, Severity.STOP, _GENERIC.format(incident=incident), "Export the file again from its program.",
        Place(file=name),
    )  # fmt: skip
