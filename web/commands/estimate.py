"""``indicia estimate``: what an order costs and how that comes about; needs no database."""

from __future__ import annotations

import json
from pathlib import Path

import click

from kernel.findings import stops
from production.catalog.products.families import families
from production.catalog.products.spec import read_spec
from production.catalog.products.standards import Standards, read_standards, shipped_standards
from production.frontdesk.estimates.answer import answer
from production.frontdesk.estimates.estimate import Estimate, estimate
from web.commands.given import read_given

EXIT_FINDINGS = 2
_MOST_BYTES = 4 << 20  # a thousand times an order; the standards of a shop are some 20 kB


@click.command("estimate")
@click.argument("spec", type=click.Path(path_type=Path))
@click.option(
    "--standards", type=click.Path(path_type=Path), help="Papers, machines and rates for this call."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.pass_context
def estimate_command(context: click.Context, spec: Path, standards: Path | None, as_json: bool) -> None:
    """Every way to make what SPEC.json orders: sheets, minutes, cost and price, and why not the other ways."""
    made = estimate(read_spec(_read(spec)), _standards(standards), families())
    if as_json:
        click.echo(json.dumps(answer(made), ensure_ascii=False))
    else:
        _tell(made)
    context.exit(EXIT_FINDINGS if stops(made.findings) else 0)


def _standards(given: Path | None) -> Standards:
    return read_standards(_read(given)) if given else shipped_standards()


def _read(path: Path) -> bytes:
    return read_given(path, _MOST_BYTES, larger=f"{path} is larger than any order or shop.")


def _tell(made: Estimate) -> None:
    for one in made.alternatives:
        click.echo(f"${one.price}  {one.id}  {one.minutes:,.0f} minutes")
    for refused in made.rejected:
        click.echo(f"not {refused.machine}: {refused.reason} [{refused.code}]")
    if made.break_even:
        click.echo(f"Offset costs less from {made.break_even.quantity:,} on.")
    for found in made.findings:
        click.echo(f"{found.severity}: {found.message} {found.remedy} [{found.code}]")
