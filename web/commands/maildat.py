"""``indicia maildat write|read|validate|diff``: electronic descriptions of mailings, ours and other people's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

import click
import pyarrow as pa
import pyarrow.csv

from kernel.findings import Finding, count_by_code, stops
from postal.maildat.compare import FileDifference, differences
from postal.maildat.fileset import MAX_BYTES, ReadSet, read_set, write_folder, write_zip
from postal.maildat.overview import overview, piece_list, statement_rows
from postal.maildat.records import to_arrow
from postal.maildat.schema import VERSIONS
from postal.maildat.validate import validate as check
from web.commands.telling import to_json

EXIT_FINDINGS = 2
SHOWN = 20  # differences of a kind on the screen; all with --json
_SET = click.Path(exists=True, path_type=Path)
_AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
_ROOT = click.option("--root", default="", help="Which set, where a folder holds several.")
_MAX_MB = click.option(
    "--max-mb", default=MAX_BYTES // 1_000_000, help="Refuse a set larger than this, unpacked."
)


@click.group()
def maildat() -> None:
    """Mail.dat 25-1 and 26-1: a set is a folder or a ZIP archive."""


@maildat.command()
@click.option("--mailing", "--batch", "number", required=True, help="Mailing number, for example M27-0312.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A .zip file, or a folder.")
@click.option("--version", default=VERSIONS[-1], type=click.Choice(VERSIONS), help="Version of the standard.")
@click.option("--pieces", default="pbc", type=click.Choice(["pbc", "pdr"]), help="Barcodes, or piece detail.")
@click.option(
    "--settings",
    type=_SET,
    help="Identity and dates of the shop, TOML (docs/maildat.md); else those entered on the screen.",
)
@click.option("--ready", is_flag=True, help="Containers are ready to pay.")
@_AS_JSON
@click.pass_context
def write(
    context: click.Context,
    /,
    number: str,
    out: Path,
    version: str,
    pieces: str,
    settings: Path | None,
    **flags: bool,
) -> None:
    """Write the Mail.dat of a sorted mailing and check it. Exit 2 when the check stops it."""
    from production.mailings.streams import mailing_by_number
    from production.mailroom.maildat import put_together
    from production.mailroom.maildat.settings import read_settings_file
    from web.commands.line import CONSOLE_ACTOR
    from web.commands.plant import opened_plant

    given = read_settings_file(settings) if settings else None
    with opened_plant() as plant:
        with plant.db.read_only(CONSOLE_ACTOR) as session:
            facts = put_together.read_facts(session, mailing_by_number(session, number))
            made = put_together.describe_mailing(
                plant.files,
                facts,
                version=version,
                software=installed_version("indicia"),
                settings=given,
                full_pieces=pieces,
                is_ready=flags["ready"],
            )
        maildat = made.described.maildat
        if out.suffix.lower() == ".zip":
            write_zip(maildat, out, root=made.root)
        else:
            write_folder(maildat, out, root=made.root)
        findings = check(maildat)
        result = {
            "mailing": number,
            "path": str(out),
            "root": made.root,
            **_figures(maildat),
            "full_service": made.described.is_full_service,
            "postage": made.plan.postage.plain,
            "assumptions": list(made.described.assumptions),
            "findings": list(findings),
        }
    _tell(result, findings, as_json=flags["as_json"])
    context.exit(EXIT_FINDINGS if stops(findings) else 0)


@maildat.command()
@click.argument("given", metavar="SET", type=_SET)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for tables, one a file."
)
@click.option(
    "--format", "kind", default="arrow", type=click.Choice(["arrow", "csv"]), help="Form of the tables."
)
@_ROOT
@_MAX_MB
@_AS_JSON
def read(given: Path, out: Path | None, kind: str, root: str, max_mb: int, as_json: bool) -> None:
    """Read a set made anywhere: its figures, and its records and pieces as tables."""
    taken = _read(given, root, max_mb)
    result = {
        "root": taken.root,
        **_figures(taken.maildat),
        "findings": list(taken.findings),
    }
    if out is not None:
        result["tables"] = _write_tables(taken, out, kind)
    _tell(result, taken.findings, as_json=as_json)


@maildat.command()
@click.argument("given", metavar="SET", type=_SET)
@_ROOT
@_MAX_MB
@_AS_JSON
@click.pass_context
def validate(context: click.Context, /, given: Path, root: str, max_mb: int, as_json: bool) -> None:
    """Check types, codes, keys, references, sums and barcodes. Exit 2 when something stops the set.

    What only the Postal Service can say (acceptance by PostalOne!) is not checked here.
    """
    taken = _read(given, root, max_mb)
    findings = [*taken.findings, *check(taken.maildat)]
    result = {
        "root": taken.root,
        **_figures(taken.maildat),
        "valid": not stops(findings),
        "counts": count_by_code(findings),
        "findings": list(findings),
    }
    _tell(result, findings, as_json=as_json)
    context.exit(EXIT_FINDINGS if stops(findings) else 0)


@maildat.command()
@click.argument("before", type=_SET)
@click.argument("after", type=_SET)
@_MAX_MB
@_AS_JSON
@click.pass_context
def diff(context: click.Context, /, before: Path, after: Path, max_mb: int, as_json: bool) -> None:
    """Records added and removed, by key, and fields changed. Exit 2 when the sets differ."""
    found = differences(_read(before, "", max_mb).maildat, _read(after, "", max_mb).maildat)
    if as_json:
        click.echo(to_json({"same": not found, "files": [asdict(one) for one in found]}))
    else:
        for one in found:
            _tell_difference(one)
        click.echo("The sets differ." if found else "The sets are the same.")
    context.exit(EXIT_FINDINGS if found else 0)


def _read(given: Path, root: str, max_mb: int) -> ReadSet:
    return read_set(given, root=root, max_bytes=max_mb * 1_000_000)


def _figures(maildat: Any) -> dict[str, Any]:
    rows = [asdict(row) | {"weight_lb": str(row.weight_lb)} for row in statement_rows(maildat)]
    return {**asdict(overview(maildat)), "statement_rows": rows}


def _write_tables(taken: ReadSet, out: Path, kind: str) -> list[str]:
    """One table a file, named by extension, and the pieces with their barcodes."""
    out.mkdir(parents=True, exist_ok=True)
    tables = {extension: to_arrow(held) for extension, held in taken.maildat.files.items()}
    tables["pieces"] = piece_list(taken.maildat)
    paths = []
    for name, table in tables.items():
        path = out / f"{taken.root}-{name}.{kind}"
        if kind == "csv":
            pa.csv.write_csv(table, path)
        else:
            with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
                writer.write_table(table)
        paths.append(str(path))
    return paths


def _tell(result: dict[str, Any], findings: Sequence[Finding], *, as_json: bool) -> None:
    if as_json:
        click.echo(to_json(result))
        return
    click.echo(
        f"{result['root']}: Mail.dat {result['version']}, job {result['job']}, {result['title'] or 'untitled'}"
    )
    click.echo(f"{result['pieces']:,} pieces, {sum(result['containers'].values()):,} containers")
    for row in result["statement_rows"]:
        click.echo(f"  {row['category']} {row['price']:2} {row['service'] or ' '} {row['pieces']:>12,}")
    for sentence in result.get("assumptions", ()):
        click.echo(f"NOT FOR LIVE MAIL: {sentence}")
    for path in result.get("tables", ()):
        click.echo(f"  {path}")
    for finding in findings:
        click.echo(
            f"{finding.severity:5} {finding.code:22} {finding.place}: {finding.message} {finding.remedy}"
        )


def _tell_difference(one: FileDifference) -> None:
    click.echo(
        f".{one.extension}: {one.added_count:,} added, {one.removed_count:,} removed, "
        f"{one.changed_count:,} fields changed"
    )
    for mark, keys in (("+", one.added), ("-", one.removed)):
        for key in keys[:SHOWN]:
            click.echo(f"  {mark} {key}")
    for change in one.changed[:SHOWN]:
        click.echo(f"  ~ {change.key}: {change.field} {change.before!r} -> {change.after!r}")
