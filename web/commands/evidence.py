"""``indicia evidence``: write, check and recompute what shows a mailing."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from kernel.findings import Finding, stops
from web.commands.telling import to_json

EXIT_FINDINGS = 2
_AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")


@click.group()
def evidence() -> None:
    """Evidence of mailing: a packet a mailing, with hashes of everything."""


@evidence.command()
@click.argument("mailing")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--print-files", "with_prints", is_flag=True, help="Include the print files themselves.")
@click.option("--recipients", "with_recipients", is_flag=True, help="Include names and addresses by piece.")
@_AS_JSON
def write(mailing: str, out: Path, with_prints: bool, with_recipients: bool, as_json: bool) -> None:
    """Write the packet of a mailing that left. The same mailing gives the same bytes."""
    from billing.evidence import read_evidence
    from production.dock.evidence.packet import make_packet
    from production.jobs.need_to_know import note_lot_shown
    from production.mailings.streams import mailing_by_number
    from web.commands.line import CONSOLE_ACTOR
    from web.commands.plant import opened_plant

    with opened_plant() as plant:
        with plant.db.read_only(CONSOLE_ACTOR) as session:
            row = mailing_by_number(session, mailing)
            facts = read_evidence(session, row)
        with plant.files.scratch_folder() as folder:
            made = make_packet(
                plant.files, facts, folder, with_prints=with_prints, with_recipients=with_recipients
            )
            out.parent.mkdir(parents=True, exist_ok=True)
            partial = out.with_name(f".{out.name}.part")
            shutil.copyfile(made, partial)
            partial.replace(out)
        if with_prints or with_recipients:
            with plant.db.unit_of_work(CONSOLE_ACTOR) as uow:
                for stream in facts.planned.streams:
                    note_lot_shown(uow, stream.number, "evidence packet")
    result = {"mailing": row.number, "path": str(out), "sha256": _sha256(out), "size": out.stat().st_size}
    _tell(result, [], as_json=as_json, words=f"{out}: {result['size']:,} bytes, SHA-256 {result['sha256']}")


@evidence.command()
@click.argument("packet", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--database", "with_database", is_flag=True, help="Compare with the database of this plant too."
)
@_AS_JSON
@click.pass_context
def check(context: click.Context, /, packet: Path, with_database: bool, as_json: bool) -> None:
    """Check every hash of a packet, and its papers against its plan. Exit 2 when something does not hold."""
    from production.dock.evidence.check import against_database, check_packet, mailing_of

    taken = check_packet(packet)
    findings = list(taken.findings)
    if with_database:
        from billing.evidence import read_evidence
        from production.mailings.streams import mailing_by_number
        from web.commands.line import CONSOLE_ACTOR
        from web.commands.plant import opened_plant

        with opened_plant() as plant, plant.db.read_only(CONSOLE_ACTOR) as session:
            facts = read_evidence(session, mailing_by_number(session, mailing_of(taken)))
            findings += against_database(session, plant.files, taken, facts, sha256=_sha256(packet))
    is_good = not stops(findings)
    files = len(taken.manifest.files)
    result = {
        "mailing": mailing_of(taken),
        "files": files,
        "digest": taken.manifest.digest,
        "good": is_good,
        "database": with_database,
        "findings": list(findings),
    }
    words = f"Mailing {result['mailing']}: {files:,} files, {'all as told' if is_good else 'NOT as told'}."
    _tell(result, findings, as_json=as_json, words=words)
    context.exit(0 if is_good else EXIT_FINDINGS)


@evidence.command()
@click.argument("mailing")
@_AS_JSON
@click.pass_context
def recompute(context: click.Context, /, mailing: str, as_json: bool) -> None:
    """Sort a mailing again from its kept lists and editions and compare the plans. Exit 2 when one differs."""
    from production.mailings.streams import mailing_by_number
    from production.mailroom.streams import planning
    from production.mailroom.streams.recompute import recompute as sort_again
    from web.commands.line import CONSOLE_ACTOR
    from web.commands.plant import opened_plant

    with opened_plant() as plant, plant.files.scratch_folder() as folder:
        with plant.db.read_only(CONSOLE_ACTOR) as session:
            facts = planning.read_facts(session, mailing_by_number(session, mailing))
        done = sort_again(plant.files, facts, folder)
    is_same = all(one.is_same for one in done)
    result = {
        "mailing": facts.mailing.number,
        "same": is_same,
        "pieces": sum(one.pieces for one in done),
        "streams": [
            {
                "stream": one.stream, "plan_sha256": one.kept_sha256, "recomputed_sha256": one.sha256,
                "differences": list(one.differences),
            }
            for one in done
        ],
    }  # fmt: skip
    differ = [words for one in done for words in one.differences] or ["the bytes differ, no figure does"]
    told = "the same plan" if is_same else "; ".join(differ)
    words = f"Mailing {result['mailing']}: {result['pieces']:,} pieces, {told}."
    _tell(result, [], as_json=as_json, words=words)
    context.exit(0 if is_same else EXIT_FINDINGS)


def _tell(result: dict[str, Any], findings: Sequence[Finding], *, as_json: bool, words: str) -> None:
    if as_json:
        click.echo(to_json(result))
        return
    click.echo(words)
    for finding in findings:
        click.echo(
            f"{finding.severity:5} {finding.code:18} {finding.place}: {finding.message} {finding.remedy}"
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
