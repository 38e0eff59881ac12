"""``indicia impose-check``: imposed sheets folded in software and read, before any paper is cut. Needs no plant."""

from __future__ import annotations

from pathlib import Path

import click

from kernel.errors import Fault, InvalidInput, TooLarge
from production.prepress.fold_check.findings import Checked
from production.prepress.fold_check.layout import read_layout
from store.limited.sandbox import Limits, run_limited
from web.commands.telling import to_json

# 10,000 pages of maps take about as long; nobody waits longer.
LIMITS = Limits(memory_bytes=3 << 30, cpu_seconds=1_800, wall_seconds=3_600)
_MOST_LAYOUT_BYTES = 256 << 20
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
    found = checked(sheets, inputs, layout)
    click.echo(to_json(found) if as_json else _words(found))
    context.exit(0 if found.ok else 2)


def checked(sheets: Path, inputs: tuple[Path, ...], layout: Path) -> Checked:
    """What the checker finds, in a limited child. InvalidInput for a layout or file that is none; Fault when our
    program failed on them."""
    if layout.stat().st_size > _MOST_LAYOUT_BYTES:
        raise TooLarge(f"The layout is larger than {_MOST_LAYOUT_BYTES >> 20} MB.", field="layout")
    read_layout(layout.read_bytes())  # refused here with its field
    arguments = {
        "sheets": str(sheets.resolve()), "inputs": [str(path.resolve()) for path in inputs],
        "layout": str(layout.resolve()),
    }  # fmt: skip
    answer = run_limited("production.prepress.fold_check.check.check", arguments, Checked, **LIMITS)
    if answer.refusal is not None:
        raise answer.refusal
    if not answer.is_ok:
        said = answer.finding(
            "PDF_TOO_COMPLEX", "The sheets could not be checked.", "Impose fewer pages at once."
        )
        kind = Fault if answer.outcome == "fault" else InvalidInput
        raise kind(said.message, code=said.code, remedy=said.remedy)
    return answer.value


def _words(found: Checked) -> str:
    order = " ".join("-" if page is None else str(page) for page in found.reading_order)
    lines = [f"Read: {order}", f"Creep {found.creep_pt:g} pt, register {found.register_pt:g} pt."]
    for one in found.findings:
        place = f"Side {one.side:,}: " if one.side else ""
        lines.append(f"{place}{one.message} {one.remedy} [{one.code}]")
    return "\n".join([*lines, "In order." if found.ok else "Not to be printed."])
