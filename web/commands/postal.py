"""``indicia postal``: lists and prices by edition, why a piece is where it is, what a piece may be."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import asdict, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
import numpy as np

from kernel.clock import today
from kernel.errors import InvalidInput
from kernel.findings import Finding, Severity
from postal.edition_diff import diff
from postal.edition_folder import edition_named, set_status, shelf
from postal.editions import Edition, Status, edition_for
from postal.explain import explain_level, explain_piece, explain_tray
from postal.label_import import import_labels as import_list
from postal.mail_kinds import CATEGORIES, CLASSES, plan_id
from postal.mailpiece_advice import Advice, advise
from postal.pallets import container_barcode, plan_pallets
from postal.plan_file import read_plan
from postal.price_import import import_prices as import_tables
from postal.price_import import price_rows
from postal.prices import load_tables
from postal.rule_book import gaps
from postal.table_import import KINDS
from postal.table_import import import_table as import_rows
from postal.zips import zip_states
from production.catalog.editions import FOLDER
from production.catalog.letters import envelopes, letter_facts
from store.settings import read_settings
from web.commands.presort import SIZES, measured, piece_of, zip5_of

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_DAY = click.DateTime(["%Y-%m-%d"])
_AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
_ACTIVATE = click.option("--activate", is_flag=True, help="Use it from now on; else it stays a draft.")
SHOWN = 20


@click.group()
def postal() -> None:
    """Postal rules: dated lists and prices, explanations, mailpieces."""


@postal.command()
@click.option("--date", "mail_date", type=_DAY, help="Say what mail of this class lacks on that day.")
@click.option("--class", "mail_class", type=click.Choice(list(CLASSES)), help="Class to look at.")
@click.option("--shape", default="letter", type=click.Choice(list(SIZES)), help="Shape to look at.")
@click.option("--category", default="automation", type=click.Choice(CATEGORIES), help="Preparation.")
@click.option(
    "--option", default="tray", type=click.Choice(["tray", "bundle"]), help="First-Class flats only."
)
@click.option("--diff", "compared", nargs=2, help="Two editions by name, for example 'L801 2026-10-01'.")
@_AS_JSON
@click.pass_context
def editions(
    context: click.Context,
    /,
    mail_date: datetime | None,
    mail_class: str | None,
    compared: tuple[str, str] | None,
    **more: Any,
) -> None:
    """What is loaded; what is missing for a mailing date and class (exit 2); what changed between editions."""
    among = shelf(_folder())
    if compared:
        changes = diff(*(edition_named(name, among) for name in compared))
        lines = [f"{change.what}: {change.before or '-'} -> {change.after or '-'}" for change in changes]
        _tell(more["as_json"], {"changes": [asdict(change) for change in changes]}, lines)
        return
    day = mail_date.date() if mail_date else today()
    result: dict[str, Any] = {"editions": [_card(edition, day) for edition in among]}
    lines = [_line(row) for row in result["editions"]]
    if mail_class:
        chosen = plan_id(mail_class, more["shape"], more["category"], more["option"])
        piece = piece_of(more["shape"], dict.fromkeys(("length", "height", "thickness", "weight")))
        missing = _gaps(chosen, day, piece, among)
        result |= {
            "sort_plan": chosen,
            "date": day.isoformat(),
            "missing": [one.as_dict() for one in missing],
        }
        lines += [
            "",
            f"Missing for {chosen} on {day}:" if missing else f"Nothing is missing for {chosen} on {day}.",
        ]
        lines += [f"  {one.message} [{one.code}]" for one in missing]
    _tell(more["as_json"], result, lines)
    context.exit(2 if result.get("missing") else 0)


@postal.command("import-labels")
@click.argument("files", nargs=-1, required=True, type=_FILE)
@_ACTIVATE
@_AS_JSON
def import_labels(files: tuple[Path, ...], **more: Any) -> None:
    """Load label list files as they come from the Postal Service's FAST site."""
    known = np.flatnonzero(zip_states(today()).state_of_prefix >= 0).tolist()
    loaded = []
    for file in files:
        edition, found = import_list(_folder(), file.read_bytes(), file=file.name, known_prefixes=known)
        loaded.append(_loaded(edition, found.findings, is_active=more["activate"], rows=len(found.rows)))
    _tell(more["as_json"], {"loaded": loaded}, [line for row in loaded for line in _loaded_lines(row)])


@postal.command("import-table")
@click.argument("file", type=_FILE)
@click.option("--kind", required=True, type=click.Choice(list(KINDS)), help="What the file lists.")
@click.option("--effective", required=True, type=_DAY, help="First day it is in force.")
@click.option("--source", required=True, help="For example 'Delivery Statistics of 2026-12'.")
@_ACTIVATE
@_AS_JSON
def import_table(file: Path, kind: str, effective: datetime, source: str, **more: Any) -> None:
    """Load 5-digit schemes or stops of routes from a CSV (docs/postal-data.md)."""
    edition, found = import_rows(
        _folder(),
        file.read_bytes(),
        kind=kind,
        file=file.name,
        effective_from=effective.date(),
        source=source,
    )
    loaded = _loaded(edition, found.findings, is_active=more["activate"], rows=len(found.rows))
    _tell(more["as_json"], {"loaded": [loaded]}, _loaded_lines(loaded))


@postal.command("import-prices")
@click.argument("file", type=_FILE)
@click.option("--effective", required=True, type=_DAY, help="First day the prices are in force.")
@click.option("--source", required=True, help="For example 'Notice 123 of 2026-07-12'.")
@click.option(
    "--name", default="", help="Name of the edition; default: the effective date and the file's name."
)
@_ACTIVATE
@_AS_JSON
def import_prices(file: Path, effective: datetime, source: str, name: str, **more: Any) -> None:
    """Load prices from a CSV with columns table, level, price and others (docs/postal-data.md)."""
    folder, day = _folder(), effective.date()
    try:
        before = load_tables(edition_for("prices", day, among=shelf(folder)))
    except InvalidInput:
        before = {}
    edition, found = import_tables(
        folder,
        file.read_bytes(),
        file=file.name,
        edition_id=name or f"{day.isoformat()} {file.stem}",
        effective_from=day,
        source=source,
        before=before,
    )
    row = _loaded(edition, found.findings, is_active=more["activate"], rows=found.cells)
    _tell(more["as_json"], {"loaded": [row]}, _loaded_lines(row))


@postal.command("export-prices")
@click.argument("name")
def export_prices(name: str) -> None:
    """Write a price edition as CSV: the form to fill in for the next one."""
    tables = load_tables(edition_named(name, shelf(_folder())))
    csv.writer(sys.stdout, lineterminator="\n").writerows(price_rows(tables))


@postal.command()
@click.argument("name")
@click.option("--withdraw", is_flag=True, help="Back to draft: not used for new mailings.")
def activate(name: str, **more: Any) -> None:
    """Use an edition that was loaded, for example 'L801 2026-12-01'."""
    edition = set_status(_folder(), name, Status.DRAFT if more["withdraw"] else Status.ACTIVE)
    click.echo(f"{edition.name} is {edition.status}.")


@postal.command()
@click.argument("plan", type=_FILE)
@click.option("--piece", type=int, help="Piece number in tray order.")
@click.option("--tray", type=int, help="Tray number.")
@click.option("--level", help="Code of a level, for example AADC.")
@_AS_JSON
def explain(plan: Path, piece: int | None, tray: int | None, level: str | None, **more: Any) -> None:
    """Why a piece, tray or level of a plan (indicia presort --out) is as it is."""
    read = read_plan(plan)
    sentences: list[str] = []
    try:
        sentences += explain_piece(read, piece).sentences if piece is not None else ()
        sentences += explain_tray(read, tray) if tray is not None else ()
    except IndexError as error:
        raise click.BadParameter(str(error)) from error
    sentences += explain_level(read, level) if level else ()
    if not sentences:
        sentences = [line for found in read.levels for line in explain_level(read, found.code)]
    _tell(more["as_json"], {"sentences": sentences}, sentences)


@postal.command()
@click.argument("plan", type=_FILE)
@click.option("--origin", default="70802", help="ZIP Code of the office of mailing.")
@click.option("--mailer", default="", help="Mailer id for the barcodes of the placards.")
@click.option("--serial", default=1, type=click.IntRange(0), help="First serial of the barcodes.")
@click.option(
    "--test-only", is_flag=True, help="Allow editions that are not for live mail; the output says so."
)
@_AS_JSON
def pallets(plan: Path, origin: str, mailer: str, serial: int, **more: Any) -> None:
    """Which trays of a plan stand on which pallet, with weights and placards."""
    found = plan_pallets(
        read_plan(plan),
        origin_zip5=zip5_of(origin),
        among=shelf(_folder()),
        allow_test_only=more["test_only"],
    )
    rows = [
        asdict(pallet) | {"barcode": container_barcode(mailer, serial + place) if mailer else ""}
        for place, pallet in enumerate(found.pallets)
    ]
    lines = [
        f"{row['number']:>4} {row['level']:<4} {row['line_1']:<34} {len(row['trays']):>5} trays "
        f"{row['pieces']:>9,} pieces {row['weight_lb']:>9} lb  {row['barcode']}".rstrip()
        for row in rows
    ]
    lines += [f"  taken for granted: {said}" for said in found.assumptions]
    _tell(more["as_json"], {"pallets": rows, "assumptions": list(found.assumptions)}, lines)


@postal.command()
@measured
@click.option(
    "--shape", default="letter", type=click.Choice(list(SIZES)), help="Where measures are not given."
)
@click.option("--feature", "features", multiple=True, help="A nonmachinable feature, for example closure.")
@click.option("--envelope", type=click.Choice(list(envelopes())), help="Measure and weigh it by its stock.")
@click.option("--pages", default=1, type=click.IntRange(1), help="In the envelope.")
@click.option("--duplex", is_flag=True, help="Pages on both sides.")
@click.option("--pieces", default=1000, type=click.IntRange(1), help="How many, for the money.")
@click.option("--class", "mail_class", default="first-class", type=click.Choice(list(CLASSES)), help="Class.")
@click.option("--date", "mail_date", type=_DAY, help="Mailing date; default today.")
@click.option("--test-only", is_flag=True, help="Allow prices that are not for live mail.")
@_AS_JSON
def mailpiece(shape: str, features: tuple[str, ...], mail_date: datetime | None, **more: Any) -> None:
    """Shape and machinability of a piece, what it costs, and what a better piece would save."""
    measures = {name: more[name] for name in ("length", "height", "thickness", "weight")}
    if more["envelope"]:
        chosen = envelopes()[more["envelope"]]
        made = letter_facts(chosen, pages=more["pages"], is_duplex=more["duplex"])
        if made.findings:
            raise InvalidInput(
                made.findings[0].message, code=made.findings[0].code, findings=list(made.findings)
            )
        piece = replace(made.mailpiece, features=frozenset(features))
    else:
        piece = piece_of(shape, measures, features)
    found = advise(
        piece,
        more["pieces"],
        mail_date.date() if mail_date else today(),
        product=CLASSES[more["mail_class"]],
        allow_test_only=more["test_only"],
        among=shelf(_folder()),
    )
    _tell(more["as_json"], _advice(found), _advice_lines(found))


def _folder() -> Path:
    return read_settings().data_dir / FOLDER


def _gaps(chosen: str, day: date, piece: Any, among: tuple[Edition, ...]) -> list[Finding]:
    try:
        return gaps(chosen, day, mailpiece=piece, payment="permit", among=among)
    except InvalidInput as missing:
        return list(missing.findings) or [Finding(missing.instance_code, Severity.STOP, missing.sentence)]


def _card(edition: Edition, day: date) -> dict[str, Any]:
    return {
        "name": edition.name,
        "status": edition.status,
        "effective_from": edition.effective_from.isoformat(),
        "effective_to": edition.effective_to.isoformat() if edition.effective_to else None,
        "grace_until": edition.grace_until.isoformat() if edition.grace_until else None,
        "complete": edition.complete,
        "in_force": edition.is_in_force(day) and edition.status is Status.ACTIVE,
        "sha256": edition.sha256,
        "source": edition.source,
    }


def _line(row: dict[str, Any]) -> str:
    until = row["effective_to"] or ""
    whole = "complete" if row["complete"] else "partial"
    return f"{row['name']:<46} {row['status']:<9} {whole:<8} {row['effective_from']} {until}".rstrip()


def _loaded(edition: Edition, findings: tuple[Finding, ...], *, is_active: bool, rows: int) -> dict[str, Any]:
    if is_active:
        edition = set_status(_folder(), edition.name, Status.ACTIVE)
    return {
        **_card(edition, edition.effective_from),
        "rows": rows,
        "findings": [finding.as_dict() for finding in findings],
    }


def _loaded_lines(row: dict[str, Any]) -> list[str]:
    shown = [f"  {found['message']} [{found['code']}]" for found in row["findings"][:SHOWN]]
    more = len(row["findings"]) - len(shown)
    tail = [f"  and {more:,} more findings"] if more > 0 else []
    return [
        f"{row['name']}: {row['rows']:,} rows, {row['status']}, from {row['effective_from']}",
        *shown,
        *tail,
    ]


def _advice(found: Advice) -> dict[str, Any]:
    return {
        "shape": found.verdict.shape,
        "machinable": found.verdict.is_machinable,
        "findings": [finding.as_dict() for finding in found.verdict.findings],
        "postage": found.cost.postage.plain if found.cost else None,
        "price": str(found.cost.rate) if found.cost else None,
        "basis": found.cost.basis if found.cost else None,
        "better": [
            {
                "change": one.change,
                "shape": one.verdict.shape,
                "basis": one.cost.basis,
                "postage": one.cost.postage.plain,
                "saves": one.saves.plain if one.saves else None,
            }
            for one in found.better
        ],
    }


def _advice_lines(found: Advice) -> list[str]:
    what = "machinable" if found.verdict.is_machinable else "nonmachinable"
    lines = [f"{found.verdict.shape or 'no shape'}, {what}"]
    lines += [f"  {finding.message} [{finding.code}]" for finding in found.verdict.findings]
    if found.cost:
        lines.append(f"  ${found.cost.postage} at ${found.cost.rate}: {found.cost.basis}")
    elif found.verdict.shape:
        lines.append("  no price is loaded")
    return [
        *lines,
        *(
            f"  {one.change}: {f'saves ${one.saves}' if one.saves else f'costs ${one.cost.postage}'} "
            f"({one.cost.basis})"
            for one in found.better
        ),
    ]


def _tell(as_json: Any, result: dict[str, Any], lines: list[str]) -> None:
    click.echo(json.dumps(result, ensure_ascii=False, default=str) if as_json else "\n".join(lines))
