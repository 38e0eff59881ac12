"""``indicia postal``: lists and prices by edition, why a piece is where it is, what a piece may be."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import click

from kernel.clock import now
from kernel.errors import InvalidInput
from kernel.findings import Finding
from postal.admission.advice import Advice, advise
from postal.data.edition_folder import edition_named, keep_edition, set_status, shelf
from postal.data.editions import IN_FORCE, Edition, InForce, Status
from postal.loading.edition_diff import diff
from postal.loading.edition_import import LABELS, PRICES, Wishes, propose
from postal.loading.price_import import price_rows
from postal.loading.table_import import KINDS
from postal.piece.kinds import CATEGORIES, CLASSES, SIZES, plan_id
from postal.prices.prices import load_tables
from postal.sorting.explain import explain_level, explain_piece, explain_tray
from postal.sorting.plan_file import read_plan
from postal.sorting.rule_book import gaps
from postal.trays.container_barcode import container_barcode
from postal.trays.pallets import plan_pallets
from production.catalog.piece_weight import envelopes, letter_facts, to_choose
from production.mailings.edition_shelf import on_shelf
from production.mailings.editions import FOLDER
from store.settings import read_settings
from web.commands.kinds import ON_MAIL_DAY, Kind
from web.commands.presort import measured, piece_of, zip5_of
from web.commands.telling import to_json

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_DAY = click.DateTime(["%Y-%m-%d"])
_AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
_ACTIVATE = click.option("--activate", is_flag=True, help="Use it from now on; else it stays a draft.")
SHOWN = 20


@click.group()
def postal() -> None:
    """Postal rules: dated lists and prices, explanations, mailpieces."""


@postal.command()
@ON_MAIL_DAY
@click.option("--class", "mail_class", type=Kind(list(CLASSES)), help="Class to look at.")
@click.option("--shape", default="letter", type=Kind(list(SIZES)), help="Shape to look at.")
@click.option("--category", default="automation", type=Kind(CATEGORIES), help="Preparation.")
@click.option(
    "--option", default="tray", type=click.Choice(["tray", "bundle"]), help="First-Class flats only."
)
@click.option("--diff", "compared", nargs=2, help="Two editions by name, for example 'L801 2026-10-01'.")
@_AS_JSON
@click.pass_context
def editions(
    context: click.Context,
    /,
    mail_date: date,
    mail_class: str | None,
    compared: tuple[str, str] | None,
    **more: Any,
) -> None:
    """What is loaded; what is missing for a mailing date and class (exit 2); what changed between editions."""
    among = shelf(_folder())
    if compared:
        changes = diff(*(edition_named(name, among) for name in compared))
        lines = [f"{change.what}: {change.before or '-'} -> {change.after or '-'}" for change in changes]
        told = lines or [f"{compared[0]} and {compared[1]} do not differ."]
        _tell(more["as_json"], {"changes": [asdict(change) for change in changes]}, told)
        return
    groups = on_shelf(among, mail_date, allow_test_only=False)
    words = {row.edition.name: row.word for group in groups for row in group.rows}
    cards = [Card.of(edition, words[edition.name]) for edition in among]
    lines, missing, beside = [_line(card) for card in cards], [], {}
    if mail_class:
        chosen = plan_id(mail_class, more["shape"], more["category"], more["option"])
        piece = piece_of(more["shape"], dict.fromkeys(("length", "height", "thickness", "weight")))
        missing = list(gaps(chosen, InForce(mail_date, among), mailpiece=piece, payment="permit"))
        beside = {"sort_plan": chosen, "date": mail_date, "missing": missing}
        lines += [
            "",
            f"Missing for {chosen} on {mail_date}:"
            if missing
            else f"Nothing is missing for {chosen} on {mail_date}.",
        ]
        lines += [f"  {one.message} [{one.code}]" for one in missing]
    _tell(more["as_json"], {"editions": cards, **beside}, lines)
    context.exit(2 if missing else 0)


_BY = click.option("--by", default="console", help="Who does it; kept on the edition's card.")
_EFFECTIVE = click.option("--effective", required=True, type=_DAY, help="First day it is in force.")
_SOURCE = click.option("--source", required=True, help="For example 'Notice 123 of 2026-07-12'.")
_NAME = click.option(
    "--name", default="", help="Name of the edition; default: its first day and the file's name."
)


def _as_edition(command: Callable[..., None]) -> Callable[..., None]:
    """The options of every command that loads one file as one edition, in the order the help shows."""
    for option in (_AS_JSON, _BY, _ACTIVATE, _NAME, _SOURCE, _EFFECTIVE):
        command = option(command)
    return command


@postal.command("import-labels")
@click.argument("files", nargs=-1, required=True, type=_FILE)
@_ACTIVATE
@_BY
@_AS_JSON
def import_labels(files: tuple[Path, ...], **more: Any) -> None:
    """Load label list files as they come from the Postal Service's FAST site."""
    loaded = [_take_in(file, Wishes(LABELS, file.name), **more) for file in files]
    _tell(more["as_json"], {"loaded": loaded}, [line for row in loaded for line in _loaded_lines(row)])


@postal.command("import-table")
@click.argument("file", type=_FILE)
@click.option("--kind", required=True, type=click.Choice(list(KINDS)), help="What the file lists.")
@_as_edition
def import_table(file: Path, kind: str, **more: Any) -> None:
    """Load 5-digit schemes or stops of routes from a CSV (docs/postal-data.md)."""
    _import_one(kind, file, **more)


@postal.command("import-prices")
@click.argument("file", type=_FILE)
@_as_edition
def import_prices(file: Path, **more: Any) -> None:
    """Load prices from a CSV with columns table, level, price and others (docs/postal-data.md)."""
    _import_one(PRICES, file, **more)


@postal.command("import-stids")
@click.argument("file", type=_FILE)
@_as_edition
def import_stids(file: Path, **more: Any) -> None:
    """Load a table of service type identifiers from a CSV (docs/postal-data.md)."""
    _import_one("stids", file, **more)


@postal.command("import-edition")
@click.argument("kind")
@click.argument("file", type=_FILE)
@_EFFECTIVE
@_SOURCE
@_NAME
@click.option("--until", type=_DAY, help="Last day it is in force; default: until the next one.")
@click.option("--grace", type=_DAY, help="Until then the edition before may still be used.")
@click.option("--partial", is_flag=True, help="It does not hold everything the publication has.")
@click.option("--caution", default="", help="The sentence a stream must show when it used the edition.")
@_ACTIVATE
@_BY
@_AS_JSON
def import_edition(kind: str, file: Path, **more: Any) -> None:
    """Load a sort plan (sort-plan/NAME), line map (statement-lines/FORM), tray-types, content-ids, limits,
    entry-places, incentives, mailpiece-standards, 5d-schemes or route-stops from a TOML or CSV file.
    """
    _import_one(kind, file, **more)


@postal.command("export-prices")
@click.argument("name")
def export_prices(name: str) -> None:
    """Write a price edition as CSV: the form to fill in for the next one."""
    tables = load_tables(edition_named(name, shelf(_folder())))
    csv.writer(sys.stdout, lineterminator="\n").writerows(price_rows(tables))


@postal.command()
@click.argument("name")
@click.option("--withdraw", is_flag=True, help="Not used for new mailings any more.")
@_BY
def activate(name: str, **more: Any) -> None:
    """Use an edition that was loaded, for example 'L801 2026-12-01'. Whoever may write into the data folder may
    do it alone; on the screen two persons are needed.
    """
    status = Status.WITHDRAWN if more["withdraw"] else Status.ACTIVE
    edition = set_status(_folder(), name, status, by=more["by"], at=now())
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
    read = read_plan(plan)
    in_force = InForce(read.mail_date, shelf(_folder()), more["test_only"])
    found = plan_pallets(read, in_force, origin_zip5=zip5_of(origin))
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
@click.option("--shape", default="letter", type=Kind(list(SIZES)), help="Where measures are not given.")
@click.option("--feature", "features", multiple=True, help="A nonmachinable feature, for example closure.")
@click.option("--envelope", type=click.Choice(list(to_choose())), help="Measure and weigh it by its stock.")
@click.option("--pages", default=1, type=click.IntRange(1), help="In the envelope.")
@click.option(
    "--page",
    nargs=2,
    type=click.FloatRange(1, 100),
    help="Width and height of a page, inches; default as ordered.",
)
@click.option("--duplex", is_flag=True, help="Pages on both sides.")
@click.option("--pieces", default=1000, type=click.IntRange(1), help="How many, for the money.")
@click.option("--class", "mail_class", default="first-class", type=Kind(list(CLASSES)), help="Class.")
@ON_MAIL_DAY
@click.option("--test-only", is_flag=True, help="Allow prices that are not for live mail.")
@_AS_JSON
def mailpiece(shape: str, features: tuple[str, ...], mail_date: date, **more: Any) -> None:
    """Shape and machinability of a piece, what it costs, and what a better piece would save."""
    measures = {name: more[name] for name in ("length", "height", "thickness", "weight")}
    if more["envelope"]:
        chosen = envelopes()[more["envelope"]]
        page = (more["page"][0] * 72, more["page"][1] * 72) if more["page"] else chosen.page
        made = letter_facts(chosen, pages=[page] * more["pages"], is_duplex=more["duplex"])
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
        InForce(mail_date, shelf(_folder()), more["test_only"]),
        product=CLASSES[more["mail_class"]],
    )
    _tell(more["as_json"], _advice(found), _advice_lines(found))


def _folder() -> Path:
    return read_settings().data_dir / FOLDER


def _word(edition: Edition) -> str:
    """How an edition just loaded will stand on its first day."""
    among = [one for one in shelf(_folder()) if one.kind == edition.kind]
    (group,) = on_shelf(among, edition.effective_from, allow_test_only=False)
    return next(row.word for row in group.rows if row.edition.name == edition.name)


@dataclass(frozen=True, slots=True)
class Card:
    """An edition and how it stands."""

    name: str
    status: Status
    effective_from: date
    effective_to: date | None
    grace_until: date | None
    complete: bool
    in_force: bool
    standing: str
    sha256: str
    source: str
    caution: str
    history: Sequence[str]

    @classmethod
    def of(cls, edition: Edition, word: str) -> Card:
        """``word``: how it stands on the day that is asked about."""
        return cls(
            edition.name, edition.status, edition.effective_from, edition.effective_to, edition.grace_until,
            edition.complete, word == IN_FORCE, word, edition.sha256, edition.source, edition.caution,
            [f"{deed.act} by {deed.by}, {deed.at.isoformat()}" for deed in edition.deeds],
        )  # fmt: skip


def _line(card: Card) -> str:
    until = card.effective_to or ""
    whole = "complete" if card.complete else "partial"
    return f"{card.name:<46} {card.standing:<16} {whole:<8} {card.effective_from} {until}".rstrip()


def _import_one(kind: str, file: Path, **more: Any) -> None:
    wishes = Wishes(
        kind,
        file.name,
        effective_from=more["effective"].date(),
        source=more["source"],
        edition_id=more["name"],
        effective_to=until.date() if (until := more.get("until")) else None,
        grace_until=grace.date() if (grace := more.get("grace")) else None,
        complete=not more.get("partial"),
        caution=more.get("caution", ""),
    )
    row = _take_in(file, wishes, **more)
    _tell(more["as_json"], {"loaded": [row]}, _loaded_lines(row))


@dataclass(frozen=True, slots=True)
class Loaded(Card):
    """An edition just loaded, with what was found."""

    rows: int
    findings: Sequence[Finding]


def _take_in(file: Path, wishes: Wishes, **more: Any) -> Loaded:
    """Keep a file as a draft edition, or activate it at once; what the reports say about it."""
    folder = _folder()
    found = propose(file.read_bytes(), wishes, among=shelf(folder))
    edition = keep_edition(folder, found, by=more["by"], at=now())
    if more["activate"]:
        edition = set_status(folder, edition.name, Status.ACTIVE, by=more["by"], at=now())
    card = Card.of(edition, _word(edition))
    told = {field.name: getattr(card, field.name) for field in fields(card)}
    return Loaded(**told, rows=found.rows, findings=found.findings)


def _loaded_lines(row: Loaded) -> list[str]:
    shown = [f"  {found.message} [{found.code}]" for found in row.findings[:SHOWN]]
    more = len(row.findings) - len(shown)
    tail = [f"  and {more:,} more findings"] if more > 0 else []
    return [f"{row.name}: {row.rows:,} rows, {row.status}, from {row.effective_from}", *shown, *tail]


@dataclass(frozen=True, slots=True)
class Better:
    """A piece that costs less, or what it would cost."""

    change: str
    shape: str
    basis: str
    postage: str
    saves: str | None


@dataclass(frozen=True, slots=True)
class Advised:
    """What a piece is, what it costs, and what a better one would save; money in dollars as text."""

    shape: str
    machinable: bool
    findings: Sequence[Finding]
    postage: str | None
    price: str | None
    basis: str | None
    better: Sequence[Better]


def _advice(found: Advice) -> Advised:
    cost = found.cost
    return Advised(
        found.verdict.shape, found.verdict.is_machinable, found.verdict.findings,
        cost.postage.plain if cost else None, cost.price if cost else None, cost.basis if cost else None,
        [
            Better(
                one.change, one.verdict.shape, one.cost.basis, one.cost.postage.plain,
                one.saves.plain if one.saves else None,
            )
            for one in found.better
        ],
    )  # fmt: skip


def _advice_lines(found: Advice) -> list[str]:
    what = "machinable" if found.verdict.is_machinable else "nonmachinable"
    lines = [f"{found.verdict.shape or 'no shape'}, {what}"]
    lines += [f"  {finding.message} [{finding.code}]" for finding in found.verdict.findings]
    if found.cost:
        lines.append(f"  ${found.cost.postage} at ${found.cost.price}: {found.cost.basis}")
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


def _tell(as_json: Any, result: object, lines: list[str]) -> None:
    click.echo(to_json(result) if as_json else "\n".join(lines))
