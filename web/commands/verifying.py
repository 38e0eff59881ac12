"""``indicia verify``: the invariants on the live database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import click

from billing.verify import verify as run_checks
from kernel import clock
from store.keeping.verify import Report, Violation
from web.commands.plant import opened_plant
from web.commands.telling import to_json


@dataclass(frozen=True, slots=True)
class CheckTold:
    """One check, and how many points are open."""

    check: str
    title: str
    examined: int
    open: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Told:
    """What was checked, and what does not hold."""

    open: int
    checks: Sequence[CheckTold]
    violations: Sequence[Violation]

    @classmethod
    def of(cls, report: Report) -> Told:
        """A report as it is told."""
        checks = [
            CheckTold(one.name, one.title, one.examined, len(one.violations), round(one.seconds, 3))
            for one in report.checks
        ]
        return cls(len(report.violations), checks, report.violations)


@click.command()
@click.option("--tonight", is_flag=True, help="Of files and audit chain only what this night's run reads.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.pass_context
def verify(context: click.Context, tonight: bool, as_json: bool) -> None:
    """Check that nothing is lost, doubled or unexplained. Exit 1 names what is open."""
    with opened_plant() as plant:
        report = run_checks(plant, night=clock.today() if tonight else None)
    if as_json:
        click.echo(to_json(Told.of(report)))
    else:
        for check in report.checks:
            mark = "ok  " if not check.violations else "OPEN"
            click.echo(f"{mark} {check.title} ({check.examined:,} examined)")
            for sentence in check.violations:
                click.echo(f"       {sentence}")
    context.exit(1 if report.is_open else 0)
