"""``indicia address``: one address as two libraries read it, and a list's addresses without ordering anything."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click
import pyarrow as pa

from kernel.errors import InvalidInput
from kernel.findings import Severity
from postal.address.opinions import spoken
from postal.address.parsing import KINDS, parse_addresses
from production.frontdesk.checks.addresses import StandardForm
from production.frontdesk.lists.shapes import DUPLICATE_POLICIES, ListResult
from production.mailings.list_order import AddressMapping
from store.limited.sandbox import run_limited
from web.commands.kinds import ON_MAIL_DAY
from web.commands.telling import to_json

T = TypeVar("T")

EXIT_FINDINGS = 2
NOT_CERTIFIED = "Read by open libraries; not CASS-certified."
_AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def address() -> None:
    """Addresses: parts, standard form, and what is doubtful. Not CASS-certified."""


@address.command()
@click.argument("text")
@click.option("--unit", default="", help="The second line, where it is apart.")
@_AS_JSON
def parse(text: str, unit: str, **more: Any) -> None:
    """One street line in parts and in standard form, as both libraries read it."""
    first, second = (" ".join(line.split()) for line in (text, unit))
    if not first + second:
        raise click.BadParameter("no text", param_hint="TEXT")
    found = parse_addresses(pa.array([first]), pa.array([second]))
    result = Parsed(
        standard=str(found.line[0]),
        kind=KINDS[int(found.kind[0])],
        parts={name: str(column[0]) for name, column in found.parts.items() if str(column[0])},
        readings=spoken(", ".join(part for part in (first, second) if part)),
        agree=not len(found.disagreeing),
        sure=bool(found.is_sure[0]),
        findings=sorted(found.faults),
    )
    click.echo(to_json(result) if more["as_json"] else _parsed(result))


@address.command()
@click.argument("address_list", type=_FILE)
@click.option("--map", "mapping", type=_FILE, help="Which column is what, JSON; guessed when not given.")
@ON_MAIL_DAY
@click.option("--duplicates", type=click.Choice(DUPLICATE_POLICIES), default="allow", help="As for mailings.")
@click.option("--standard", type=click.IntRange(1), help="Standard forms of the first N accepted rows.")
@_AS_JSON
@click.pass_context
def check(
    context: click.Context,
    /,
    address_list: Path,
    mapping: Path | None,
    mail_date: date,
    **more: Any,
) -> None:
    """Check a list as an order would: counts by finding, and how often the two libraries agree. Columns beside the
    address are taken for such as the letter does not use.

    Exit 2 when rows are to be fixed or the list cannot be used.
    """
    with tempfile.TemporaryDirectory(prefix="indicia-address-") as folder:
        checked = _sandboxed(
            "list_check.check_list",
            ListResult,
            path=str(address_list.resolve()),
            given_name=address_list.name,
            mapping=json.loads(mapping.read_text("utf-8")) if mapping else None,
            options={"on": mail_date.isoformat(), "duplicates": more["duplicates"], "letter_columns": []},
            out_dir=folder,
        )
        rows: list[StandardForm] = []
        if more["standard"] and checked.accepted_path:
            rows = _sandboxed(
                "addresses.standard_forms",
                list[StandardForm],
                accepted=checked.accepted_path,
                most=more["standard"],
            )
    result = _report(checked)
    beside = {"rows": rows} if more["standard"] else {}
    click.echo(to_json(result, beside) if more["as_json"] else _checked(result, rows))
    context.exit(EXIT_FINDINGS if result.to_fix or not checked.accepted_path else 0)


def _sandboxed(function: str, gives: type[T], **arguments: Any) -> T:
    """A list is read only in a limited child process, here too."""
    ran = run_limited(
        f"production.frontdesk.checks.{function}", arguments, gives,
        memory_bytes=4 << 30, cpu_seconds=240, wall_seconds=300, output_bytes=2 << 30,
    )  # fmt: skip
    if not ran.is_ok:
        found = ran.finding("DATA_UNREADABLE", "The list cannot be read.", "Save it again as CSV.")
        raise InvalidInput(found.message, code=found.code, remedy=found.remedy)
    return ran.value


@dataclass(frozen=True, slots=True)
class Parsed:
    """One street line in parts and in standard form; ``readings``: parts by library."""

    standard: str
    kind: str
    parts: Mapping[str, str]
    readings: Mapping[str, Mapping[str, str]]
    agree: bool
    sure: bool
    findings: Sequence[str]
    certified: bool = False


@dataclass(frozen=True, slots=True)
class FoundRow:
    """What was found in a list, and how often."""

    code: str
    severity: Severity
    count: int
    message: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A list as checked; ``agreement``: share of the rows that can be mailed on which both libraries agree."""

    file: str
    mapping: AddressMapping
    rows_in: int
    accepted: int
    to_fix: int
    merged: int
    foreign: int
    military: int
    counts: Mapping[str, int]
    distinct_addresses: int
    second_opinions: int
    agreement: float | None
    findings: Sequence[FoundRow]
    certified: bool = False


def _report(checked: ListResult) -> Checked:
    disagreeing, accepted = checked.counts.get("ADDRESS_READINGS", 0), checked.accepted
    return Checked(
        checked.file, checked.mapping, checked.rows_in, accepted, checked.to_fix, checked.merged, checked.foreign,
        checked.military, checked.counts, checked.distinct_addresses, checked.second_opinions,
        agreement=float(f"{1 - disagreeing / accepted:.4f}") if accepted else None,
        findings=[FoundRow(one.code, one.severity, one.count, one.message) for one in checked.findings],
    )  # fmt: skip


def _parsed(result: Parsed) -> str:
    parts = [f"  {name:<16} {value}" for name, value in result.parts.items()]
    readings = [
        f"  {library:<10} " + ", ".join(f"{part}: {words}" for part, words in by_part.items())
        for library, by_part in result.readings.items()
    ]
    said = "The two libraries agree." if result.agree else "The two libraries do not agree."
    found = [f"  found: {', '.join(result.findings)}"] if result.findings else []
    return "\n".join([f"{result.standard} ({result.kind})", *parts, said, *readings, *found, NOT_CERTIFIED])


def _checked(result: Checked, rows: Sequence[StandardForm]) -> str:
    lines = [
        (
            f"{result.rows_in:,} rows: {result.accepted:,} can be mailed, {result.to_fix:,} to fix, "
            f"{result.merged:,} joined, {result.foreign:,} abroad, {result.military:,} military"
        ),
        f"{result.distinct_addresses:,} different street lines, {result.second_opinions:,} read twice",
    ]
    if result.agreement is not None:
        lines.append(f"The readings agree on {result.agreement:.1%} of the rows that can be mailed.")
    lines += [f"  {one.severity:5} {one.code:22} {one.count:>9,}  {one.message}" for one in result.findings]
    lines += [f"  row {row.row:>8,}  {row.standard}" for row in rows]
    return "\n".join([*lines, NOT_CERTIFIED])
