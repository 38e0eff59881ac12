"""``indicia matching match|evidence|policy``: addresses matched without a job; what is known of a job's."""

from __future__ import annotations

import json
import secrets
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kernel import clock
from kernel.errors import InvalidInput, Unavailable
from kernel.findings import Finding, FindingGroup, Severity, stops
from postal.address.evidence import Evidence, EvidencePolicy
from web.commands.telling import to_json

if TYPE_CHECKING:
    import pyarrow as pa

    from production.frontdesk.address_matching.base import AddressMatcher, Asked, Matched

EXIT_FINDINGS = 2
_POLL_SECONDS = 1.0
_AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")


@click.group()
def matching() -> None:
    """Address matching (CASS) and Move Update: run it, and see what is known."""


@matching.command()
@click.argument("address_list", metavar="LIST", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--with", "name", required=True, type=click.Choice(["in-file", "usps", "exchange"]))
@click.option(
    "--mapping", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="JSON, else guessed."
)
@click.option("--out", type=click.Path(path_type=Path), help="CSV of every row with its codes.")
@click.option("--wait", default=60, show_default=True, help="Seconds to wait for somebody outside.")
@_AS_JSON
@click.pass_context
def match(
    context: click.Context,
    /,
    address_list: Path,
    name: str,
    mapping: Path | None,
    out: Path | None,
    wait: int,
    **flags: bool,
) -> None:
    """Match a list's addresses. Exit 2 when the list or the answer is refused."""
    import pyarrow.csv

    given = json.loads(mapping.read_text("utf-8")) if mapping else None
    with tempfile.TemporaryDirectory() as folder:
        accepted, groups = _accepted(address_list, given, Path(folder))
        adapter, asked = _question(name, accepted)
        found = _answer(adapter, asked, seconds=wait)
    if out is not None:
        pyarrow.csv.write_csv(found.rows, out)
    result = Answered(
        address_list.name,
        len(found.rows),
        [EvidenceRow.of(one) for one in found.evidence],
        [*groups, *_groups(found.findings)],
    )
    if flags["as_json"]:
        click.echo(to_json(result, {"with": name}))
    else:
        _tell(result)
    if stops(found.findings):
        context.exit(EXIT_FINDINGS)


@matching.command()
@click.argument("job")
@_AS_JSON
def evidence(job: str, *, as_json: bool) -> None:
    """What is known of a job's addresses in its present revision."""
    from production.frontdesk.orders.queries import job_by_number
    from production.mailings.address_evidence import evidence_facts, evidence_of
    from web.commands.line import CONSOLE_ACTOR
    from web.commands.plant import opened_plant

    with opened_plant() as plant, plant.db.read_only(CONSOLE_ACTOR) as session:
        listed = evidence_of(session, [job_by_number(session, CONSOLE_ACTOR, job)])[0]
    if as_json:
        click.echo(
            to_json({"job": listed.name, "evidence": [EvidenceRow.of(one) for one in listed.evidence]})
        )
        return
    words = evidence_facts(listed)
    click.echo(f"Address matching: {words.matching}")
    click.echo(f"Move Update: {words.move_update}")


@matching.command()
@click.argument("choice", required=False, type=click.Choice([one.value for one in EvidencePolicy]))
def policy(choice: str | None) -> None:
    """Show or set what the shop does with mail whose evidence is missing or too old: stop or rerate."""
    from production.mailings.setup import set_evidence_policy
    from production.mailings.shop import shop_profile
    from web.commands.line import CONSOLE_ACTOR
    from web.commands.plant import opened_plant

    with opened_plant() as plant:
        if choice is not None:
            with plant.db.unit_of_work(CONSOLE_ACTOR) as uow:
                set_evidence_policy(uow, EvidencePolicy(choice))
        with plant.db.read_only(CONSOLE_ACTOR) as session:
            profile = shop_profile(session)
    click.echo(profile.evidence_policy.value)
    if profile.allow_test_only:
        click.echo(
            "The shop allows test data: missing evidence is an assumption, told on every paper.", err=True
        )


def _accepted(path: Path, mapping: object, folder: Path) -> tuple[pa.Table, list[FoundRow]]:
    """The good rows, by the same check as an order's, in its limited child process."""
    from production.frontdesk.lists.shapes import ListResult
    from production.mailings.accepted import read_accepted
    from store.limited.sandbox import run_limited

    ran = run_limited(
        "production.frontdesk.checks.list_check.check_list",
        {
            "path": str(path.resolve()),
            "given_name": path.name,
            "mapping": mapping,
            "options": {},
            "out_dir": str(folder),
        },
        ListResult,
        memory_bytes=4 << 30,
        cpu_seconds=120,
    )
    if not ran.is_ok or not ran.value.accepted or not ran.value.accepted_path:
        groups = ran.value.findings if ran.is_ok else []
        found = [Finding(one.code, Severity.STOP, one.message, one.remedy) for one in groups]
        if not ran.is_ok:
            found = [ran.finding("DATA_UNREADABLE", "The list cannot be read.", "Save it again as CSV.")]
        raise InvalidInput("No row of the list can be matched.", code="DATA_UNREADABLE", findings=found)
    return read_accepted(Path(ran.value.accepted_path)), _brief(ran.value.findings)


def _question(name: str, accepted: pa.Table) -> tuple[AddressMatcher, Asked]:
    from production.frontdesk.address_matching import adapters
    from production.frontdesk.address_matching.base import Asked, addresses_of
    from production.frontdesk.address_matching.in_file import InFile, certified_addresses, has_certificate
    from store.settings import read_settings

    request = f"console-{secrets.token_hex(6)}"
    if name == "in-file":
        if not has_certificate(accepted):
            sentence = "The list does not say when it was matched."
            remedy = "Map matched_on, matched_by and dpv; docs/address-matching.md describes them."
            raise InvalidInput(sentence, code="CERTIFICATE_INCOMPLETE", remedy=remedy)
        return InFile(today=clock.today()), Asked(certified_addresses(accepted), request)
    settings = read_settings()
    adapter: AddressMatcher = (
        adapters.usps_addresses(settings) if name == "usps" else adapters.file_exchange(settings)
    )
    return adapter, Asked(addresses_of(accepted), request)


def _answer(adapter: AddressMatcher, asked: Asked, *, seconds: int) -> Matched:
    """Ask until it is there; Unavailable MATCH_WAITING when the time is over."""
    from production.frontdesk.address_matching.base import Waiting, require_form

    ends = time.monotonic() + seconds
    while isinstance(answer := adapter.match(replace(asked, turn=asked.turn + 1)), Waiting):
        pause = answer.again_after.total_seconds() if answer.again_after else _POLL_SECONDS
        if time.monotonic() + pause > ends:
            raise Unavailable(f"There is no whole answer within {seconds} seconds.", code="MATCH_WAITING")
        asked = replace(asked, turn=asked.turn + 1, done=answer.done)
        time.sleep(pause)
    require_form(answer.rows, asked.addresses)
    return answer


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """Who matched or updated the addresses, by what, and when."""

    kind: str
    method: str
    certified: bool
    software: str
    processed_on: str
    counts: Mapping[str, int]

    @classmethod
    def of(cls, one: Evidence) -> EvidenceRow:
        """As it is kept."""
        return cls(
            one.kind.value,
            one.method,
            one.is_certified,
            one.software,
            one.processed_on.isoformat(),
            dict(one.counts),
        )


@dataclass(frozen=True, slots=True)
class FoundRow:
    """What was found, and how often."""

    code: str
    severity: Severity
    count: int


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer about a list."""

    list: str
    rows: int
    evidence: Sequence[EvidenceRow]
    findings: Sequence[FoundRow]


def _groups(findings: Sequence[Finding]) -> list[FoundRow]:
    from production.frontdesk.preparation.examine import group_findings

    return _brief(group_findings(findings))


def _brief(groups: Iterable[FindingGroup]) -> list[FoundRow]:
    return [FoundRow(one.code, one.severity, one.count) for one in groups]


def _tell(result: Answered) -> None:
    click.echo(f"{result.rows:,} addresses of {result.list}")
    for one in result.evidence:
        certified = "certified" if one.certified else "not certified"
        counts = [f"{number:,} {word}" for word, number in one.counts.items()]
        click.echo(f"{one.method}: {', '.join([one.software, one.processed_on, certified, *counts])}")
    if not result.evidence:
        click.echo("Nothing certifies these addresses.")
    for found in result.findings:
        click.echo(f"{found.severity}: {found.code} {found.count:,}")
