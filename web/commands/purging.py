"""``indicia purge``: what the rules of retention say is due goes, with proof."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Mapping
from datetime import datetime

import click

from kernel import clock
from kernel.ids import named_ulid, show_ulid
from production.records import purge as removal
from production.records.due import ClassTotal, totals
from production.records.rules import Rules
from store.db import Actor
from web.commands.plant import opened_plant


@click.command()
@click.option("--dry-run", is_flag=True, help="Only tell what would go, class by class.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="With --dry-run: on that day.")
@click.option("--keep", metavar="NUMBER", help="Keep everything of a job or stream until the hold is lifted.")
@click.option("--why", metavar="WORDS", default="", help="The reason, with --keep.")
@click.option("--proof", metavar="RUN", help="Print the proof of a run, or of the 'last' one.")
def purge(dry_run: bool, on: datetime | None, keep: str | None, why: str, proof: str | None) -> None:
    """Remove what the rules of retention say is due, and keep the proof of it.

    Nothing goes of a job that is open or on hold. A running plant does this every night by itself.
    """
    actor = Actor(f"console:{getpass.getuser()}")
    with opened_plant() as plant:
        if keep:
            with plant.db.unit_of_work(actor) as uow:
                removal.keep(uow, keep, why)
            click.echo(f"{keep} is kept until the hold is lifted in the mailroom.")
        elif proof:
            with plant.db.read_only(actor) as session:
                sha256 = removal.proof_of(session, None if proof == "last" else named_ulid(proof, "run"))
            sys.stdout.write(plant.files.checked_path(sha256).read_text(encoding="utf-8") + "\n")
        elif dry_run:
            day = on.replace(tzinfo=clock.SHOP_ZONE) if on else clock.now()
            rules, found = removal.find_due(plant, actor, day)
            _tell(rules, totals(found, rules))
        else:
            runs = removal.purge(plant, actor, clock.now())
            for run in runs:
                click.echo(f"Run {show_ulid(run.ulid)}, rules {run.edition}:")
                for name, row in run.removed.classes.items():
                    if row.count:
                        click.echo(f"  {name}: {row.count:,}, {row.bytes:,} bytes")
            if not runs:
                click.echo("Nothing is due.")


def _tell(rules: Rules, found: Mapping[str, ClassTotal]) -> None:
    click.echo(f"Rules {rules.edition}. Nothing was removed.")
    for name, row in found.items():
        rule = rules.by_class[name]
        period = "kept" if rule.days is None else f"{rule.days:,} days after: {rule.after}"
        span = f"; {row.oldest} to {row.newest}" if row.count else ""
        click.echo(f"{name:16} {row.count:>9,}  {row.bytes:>15,} bytes{span}")
        click.echo(f"{'':16} {rule.says}. {period} [{rule.status}]")
