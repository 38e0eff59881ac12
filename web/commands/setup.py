"""``indicia setup``: agencies, accounts and everything else that a plant is set up with; one file from test to live."""

from __future__ import annotations

import getpass
import json
from pathlib import Path
from typing import Any

import click

from billing.setup import BESIDE
from kernel.errors import InvalidInput, NotFound, Unconfirmed
from production.people.setup import Kind, SetupVersion, bring_back, history, put
from production.setup import file as setup_file
from production.setup.kinds import KINDS, kind_of
from production.setup.text import as_text, from_text
from store.db import Actor
from web.commands.plant import opened_plant

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON value on standard output.")
_KIND = click.argument("kind", type=click.Choice([kind.code for kind in KINDS]))
_WHY = click.option("--why", default="", help="Why, for the history.")
_KNOWING = click.option("--yes", "is_read", is_flag=True, help="The consequences were read.")


@click.group()
def setup() -> None:
    """What the plant is set up with: list, change, undo, export, import."""


@setup.command("list")
@_KIND
@_JSON
def list_rows(kind: str, as_json: bool) -> None:
    """Every row of a KIND that is in force."""
    what = kind_of(kind)
    with opened_plant() as plant, plant.db.read_only(_console()) as session:
        rows = what.rows(session)
    if as_json:
        click.echo(json.dumps([row.model_dump(mode="json") for row in rows], ensure_ascii=False))
        return
    for row in rows:
        told = as_text(what, row)
        click.echo(
            f"{what.key(row):24} {', '.join(v for n, v in told.items() if n not in what.keyed_by and v)}"
        )


@setup.command()
@_KIND
@click.argument("key")
@_JSON
def show(kind: str, key: str, as_json: bool) -> None:
    """One row of a KIND by its KEY (an account's is AGENCY/BILLCODE), and its history."""
    what = kind_of(kind)
    with opened_plant() as plant, plant.db.read_only(_console()) as session:
        row = what.find(session, key)
        versions = history(session, what, key)
    if row is None:
        raise NotFound(f"There is no {what.name.lower()} {key}.")
    if as_json:
        told = {"value": row.model_dump(mode="json"), "versions": [_version(one) for one in versions]}
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for name, value in as_text(what, row).items():
        click.echo(f"{name:20} {value}")
    for one in versions:
        waits = "" if one.in_force_at else "  waits for a second person"
        click.echo(
            f"version {one.number}  {one.recorded_at:%Y-%m-%d %H:%M} UTC  {one.actor}  {one.why}{waits}"
        )


@setup.command("set")
@_KIND
@click.argument("fields", nargs=-1, required=True, metavar="FIELD=VALUE...")
@_WHY
@_KNOWING
@_JSON
def set_row(kind: str, fields: tuple[str, ...], why: str, is_read: bool, as_json: bool) -> None:
    """Add or change a row of a KIND: FIELD=VALUE, the fields that name it among them."""
    what = kind_of(kind)
    typed = dict(one.split("=", 1) for one in fields if "=" in one)
    unknown = sorted(set(typed) - set(what.value.model_fields)) + [one for one in fields if "=" not in one]
    if unknown:
        known = ", ".join(what.value.model_fields)
        raise InvalidInput(f"{unknown[0]}: write FIELD=VALUE, of {known}.", code="SETUP")
    with opened_plant() as plant, plant.db.unit_of_work(_console()) as uow:
        value = what.read(what.filled(uow.session, from_text(what, typed)))
        version = _knowing(lambda read: put(uow, what, value, why=why, knowing=read), is_read)
        uow.session.flush()
        _tell(what, what.key(value), version, as_json)


@setup.command()
@_KIND
@click.argument("key")
@click.argument("number", type=int)
@_KNOWING
@_JSON
def undo(kind: str, key: str, number: int, is_read: bool, as_json: bool) -> None:
    """Bring version NUMBER of a row back, as a new version."""
    what = kind_of(kind)
    with opened_plant() as plant, plant.db.unit_of_work(_console()) as uow:
        version = _knowing(lambda read: bring_back(uow, what, key, number, knowing=read), is_read)
        uow.session.flush()
        _tell(what, key, version, as_json)


@setup.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
def export(file: Path | None) -> None:
    """Everything as one FILE of JSON, or on standard output."""
    with opened_plant() as plant, plant.db.read_only(_console()) as session:
        text = setup_file.export(session, BESIDE)
    if file is None:
        click.echo(text, nl=False)
    else:
        file.write_text(text, encoding="utf-8")
        click.echo(f"Written: {file}", err=True)


@setup.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only tell what it would do.")
@_WHY
@_JSON
def import_file(file: Path, dry_run: bool, why: str, as_json: bool) -> None:
    """Take in a FILE that was exported, whole or not at all."""
    given = setup_file.rows_of(file.read_bytes(), file.name, BESIDE)
    with opened_plant() as plant:
        taken = setup_file.take_in(plant.db, _console(), given, dry=dry_run, why=why or f"From {file.name}.")
    if as_json:
        told = [
            {"kind": one.kind, "key": one.key, "outcome": one.outcome, "changes": one.changes}
            for one in taken
        ]
        click.echo(json.dumps({"dry_run": dry_run, "rows": told}, ensure_ascii=False))
        return
    for one in taken:
        if one.outcome != "same":
            changes = "; ".join(f"{field}: {old} -> {new}" for field, old, new in one.changes)
            click.echo(f"{one.kind} {one.key}: {one.outcome}. {changes}")
    same = sum(one.outcome == "same" for one in taken)
    click.echo(
        f"{len(taken) - same:,} of {len(taken):,} rows differ. {'Nothing was kept.' if dry_run else 'Done.'}"
    )


def _console() -> Actor:
    return Actor(f"console:{getpass.getuser()}")


def _knowing(act: Any, is_read: bool) -> SetupVersion | None:
    try:
        version: SetupVersion | None = act(None if is_read else ())
    except Unconfirmed as error:
        for finding in error.findings:
            click.echo(f"  {finding.message}", err=True)
        error.remedy = "Repeat it with --yes when you have read this."
        raise
    return version


def _tell(kind: Kind[Any], key: str, version: SetupVersion | None, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"key": key, "version": _version(version) if version else None}))
    elif version is None:
        click.echo(f"{kind.name} {key} says so already.")
    else:
        waits = "" if version.in_force_at else " waits for a second person"
        click.echo(f"{kind.name} {key}: version {version.number}{waits}.")


def _version(version: SetupVersion) -> dict[str, Any]:
    return {
        "number": version.number, "actor": version.actor, "at": version.recorded_at.isoformat(),
        "why": version.why, "undoes": version.undoes, "in_force": version.in_force_at is not None,
        "value": version.value["value"],
    }  # fmt: skip
