"""``indicia preflight``: a PDF against what is ordered, before anybody pays for it. Needs no plant."""

from __future__ import annotations

from pathlib import Path

import click

from kernel.findings import Severity
from production.catalog.products.spec import read_spec
from production.prepress.fixes.fixing import fix_file
from production.prepress.fixes.names import FIXES
from production.prepress.preflight.order import NO_ORDER, order_of
from production.prepress.preflight.pdf import preflight_order
from production.prepress.preflight.press_report import OrderReport, PressFinding
from web.commands.console import EXIT_FINDINGS
from web.commands.telling import to_json

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=_FILE)
@click.argument("more_fixes", nargs=-1, metavar="")
@click.option("--spec", type=_FILE, help="What is ordered (JSON); without it the file is judged by itself.")
@click.option(
    "--fix",
    "fixes",
    multiple=True,
    metavar="CODE...",
    help=f"Fix findings of these codes, or by name: {', '.join(FIXES)}. The new file is looked at again.",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Where the fixed file goes.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.pass_context
def preflight(
    context: click.Context,
    file: Path,
    more_fixes: tuple[str, ...],
    spec: Path | None,
    fixes: tuple[str, ...],
    out: Path | None,
    as_json: bool,
) -> None:
    """Look at a PDF as a press will: boxes, bleed, inks, fonts, pictures. Exit code 2 when a finding stops it."""
    order = order_of(read_spec(spec.read_bytes()), file.name) if spec else NO_ORDER
    if (more_fixes and not fixes) or bool(fixes) != bool(out):
        raise click.UsageError("--fix CODE... and --out PDF go together.")
    report = fix_file(file, order, [*fixes, *more_fixes], out) if out else preflight_order(file, order)
    click.echo(
        to_json({"pages": report.pages, "verdict": report.verdict}, report) if as_json else _words(report)
    )
    if report.verdict == Severity.STOP:
        context.exit(EXIT_FINDINGS)


def _words(report: OrderReport) -> str:
    pages = "pages not counted" if report.pages is None else f"{report.pages:,} pages"
    return "\n".join([f"{pages}, {report.verdict}", *map(_line, report.findings)])


def _line(finding: PressFinding) -> str:
    place = f"page {finding.page:,}: " if finding.page else ""
    fix = f" (--fix {finding.fix})" if finding.fix else ""
    return f"{finding.severity.value:5} {place}{finding.message} {finding.remedy} [{finding.code}]{fix}"
