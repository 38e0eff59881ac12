"""``indicia impose-check``: imposed sheets folded in software and read, before any paper is cut. Needs no plant."""

from __future__ import annotations

from pathlib import Path

import click

from production.prepress.fold_check.findings import Checked
from production.prepress.sheet_check import folded
from web.commands.telling import to_json

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("impose-check")
@click.argument("sheets", type=_FILE)
@click.option(
    "--input", "inputs", required=True, multiple=True, type=_FILE,
    help="The pages that were imposed; several files are counted through.",
)  # fmt: skip
@click.option("--layout", required=True, type=_FILE, help="The layout (JSON) that came with the sheets.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.pass_context
def impose_check(
    context: click.Context, /, sheets: Path, inputs: tuple[Path, ...], layout: Path, as_json: bool
) -> None:
    """Turn, cut, fold, nest and gather SHEETS as the layout says, and read what comes out. Exit 2 when it is wrong."""
    found = folded(sheets, inputs, layout)
    click.echo(to_json(found) if as_json else _words(found))
    context.exit(0 if found.ok else 2)


def _words(found: Checked) -> str:
    order = " ".join("-" if page is None else str(page) for page in found.reading_order)
    lines = [f"Read: {order}", f"Creep {found.creep_pt:g} pt, register {found.register_pt:g} pt."]
    for one in found.findings:
        place = f"Side {one.side:,}: " if one.side else ""
        lines.append(f"{place}{one.message} {one.remedy} [{one.code}]")
    return "\n".join([*lines, "In order." if found.ok else "Not to be printed."])
