"""``indicia backup`` and ``indicia restore``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import click

from billing.verify import verify as run_checks
from kernel import clock
from store.disk import named_by_time
from store.keeping import backup as backups
from store.keeping.backup_keep import KeepRule, Thinned, keep_rule, thin
from store.settings import read_settings
from store.start.data_lock import backup_folder_lock, data_folder_lock
from store.witness import Act
from web.commands.plant import opened_database, opened_plant
from web.commands.progress import spinner

# What happened outside the database: (heading, subject, acts). Each is looked for on paper or at the device.
OUTSIDE: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Exported to the accounting system", "export_run", ("numbered", "write")),
    ("Print files sent", "operation", ("sending", "sent_to_folder")),
    ("Printed, inserted or sorted", "operation", ("start", "finish", "doubt", "confirm")),
    ("Dispatched or handed over", "lot", ("dispatch", "deliver")),
    ("Handed over", "job", ("dispatch", "deliver", "meter")),
    ("Entered on meter sheets", "lot", ("opened", "run_added", "run_removed", "close")),
    ("Mail.dat and evidence written", "lot", ("maildat", "evidence", "placards")),
    ("Months closed", "billing_period", ("close",)),
)
OTHER = "Other changes, which are to be made again"


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--keep-all", is_flag=True, help="Remove no older backup.")
@click.option("--dry-run", is_flag=True, help="Only tell which older backups would go; none is made.")
def backup(folder: Path, keep_all: bool, dry_run: bool) -> None:
    """Add a backup of the database, the files and the editions to FOLDER. The plant may go on working.

    Files that an earlier backup put there are not copied again, but checked. Keep FOLDER on another disk. Once the new
    backup is checked, older ones go by the keep rule (newest of each day, week and month).
    """
    folder = folder.resolve()
    rule = keep_rule(clock.today())
    with backup_folder_lock(folder):
        if not dry_run:
            with opened_database(read_settings()) as (plant, owner), spinner(is_quiet=False) as tell:
                made = backups.back_up(plant, owner, folder, tell=tell)
                manifest = backups.check(made)
                backups.note_made(plant.db, manifest)
            click.echo(
                f"{made}: {manifest.file_count:,} files, {manifest.file_bytes / 1e6:,.1f} MB, checked."
            )
        if not keep_all:
            _tell_thinned(rule, thin(folder, rule, clock.now(), is_trial=dry_run), is_trial=dry_run)


def _tell_thinned(rule: KeepRule, found: Thinned, *, is_trial: bool) -> None:
    click.echo(
        f"Keep rule {rule.edition} ({rule.status}): the newest of {rule.daily} days, {rule.weekly} weeks, "
        f"{rule.monthly} months. Kept: {len(found.kept):,}."
    )
    went = "Would go" if is_trial else "Gone"
    for name in found.gone:
        click.echo(f"{went}: {name}")
    if found.files:
        click.echo(f"{went}: {found.files:,} files no other backup names, {found.size / 1e6:,.1f} MB")
    for name in found.unknown:
        click.echo(f"Left as it is, no finished backup: {name}")
    if found.kept:
        click.echo(f"What a retention rule removed after {found.kept[0]} can still be in a backup.")


@click.command()
@click.argument(
    "backup_folder", metavar="BACKUP", type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option(
    "--skip-numbers", type=click.IntRange(min=1), metavar="N",
    help="Pass over so many numbers of each kind; needed when the folder with the numbers given is lost.",
)  # fmt: skip
@click.pass_context
def restore(context: click.Context, backup_folder: Path, skip_numbers: int | None) -> None:
    """Bring one BACKUP back into an empty data folder and database, and check it.

    Numbers go on above all that were given; what happened since the backup is listed. Exit 1 when a check
    names something.
    """
    settings = read_settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with data_folder_lock(settings.data_dir), spinner(is_quiet=False) as tell:
        with opened_database(settings) as (plant, owner):
            manifest = backups.restore(plant, owner, backup_folder.resolve(), skip=skip_numbers, tell=tell)
        with opened_plant(settings) as plant:  # brings an older schema to the newest
            restored = backups.go_on(plant, manifest, skip=skip_numbers)
            tell("every check")
            report = run_checks(plant)
    lines = list(told(restored.lost))
    paper = named_by_time(settings.data_dir, clock.now(), "restored-").with_suffix(".txt")
    paper.write_text("\n".join([f"Backup of {manifest.made_at:%Y-%m-%d %H:%M} UTC", *lines]) + "\n")
    click.echo("\n".join(lines))
    for violation in report.violations:
        click.echo(f"OPEN {violation}")
    click.echo(f"Restored. The list above is kept in {paper}.")
    context.exit(1 if report.is_open else 0)


def told(acts: Iterable[Act]) -> Iterable[str]:
    """What the backup does not know, under headings, each act in a line of its own."""
    grouped: dict[str, list[Act]] = defaultdict(list)
    for act in acts:
        grouped[_heading(act)].append(act)
    if not grouped:
        yield "Nothing is known to have happened since the backup."
        return
    yield "This happened since the backup, and the database does not know it any more:"
    for heading in dict.fromkeys([*(words for words, _, _ in OUTSIDE), OTHER]):
        if heading in grouped:
            yield f"{heading} ({len(grouped[heading]):,})"
            yield from (f"  {_line(act)}" for act in grouped[heading])


def _heading(act: Act) -> str:
    return next(
        (words for words, subject, names in OUTSIDE if act.subject == subject and act.act in names), OTHER
    )


def _line(act: Act) -> str:
    at = act.at.astimezone(clock.SHOP_ZONE)
    name = act.of or act.ulid or act.subject.replace("_", " ")
    return f"{at:%Y-%m-%d %H:%M}  {name}  {act.act.replace('_', ' ')}  by {act.actor}"
