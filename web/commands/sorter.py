"""``indicia sorter``: a barcode sorter's bin plan, a simulated run, and a run log looked through, without the plant."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import click
import numpy as np

from kernel.errors import InvalidInput
from kernel.findings import Finding, stops
from postal.address.piece_list import read_csv, read_pieces
from postal.barcode_sorter.bin_plan import BinPlan, Sorter, plan_bins
from postal.barcode_sorter.bin_plan_file import bin_plan_bytes, read_bin_plan
from postal.barcode_sorter.check import Expected, check_log, figures
from postal.barcode_sorter.density import COUNTS, read_density
from postal.barcode_sorter.log import BadLog, read_log, write_log
from postal.barcode_sorter.simulator import FAULTS, Machine, simulate, spoil_log
from postal.data.edition_folder import shelf
from postal.data.editions import InForce
from postal.piece.kinds import CATEGORIES, CLASSES, SIZES, plan_id
from postal.sorting.presort_plan import PieceColumns
from postal.sorting.rule_book import rule_book
from production.mailings.editions import FOLDER
from store.settings import read_settings
from web.commands.kinds import Kind, MailDay
from web.commands.presort import measured, piece_of, zip5_of
from web.commands.telling import to_json

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUT = click.Path(dir_okay=False, path_type=Path)


@click.group()
def sorter() -> None:
    """Barcode sorter: bin plans, simulated runs, run logs (docs/sorter-run-log.md)."""


@sorter.command()
@click.option(
    "--density",
    required=True,
    type=_FILE,
    help="CSV with a column zip and one of pieces, or a list with a row a piece.",
)
@click.option("--class", "mail_class", required=True, type=Kind(list(CLASSES)), help="Class of mail.")
@click.option("--shape", required=True, type=Kind(list(SIZES)), help="Shape of the piece.")
@click.option("--category", default="automation", type=Kind(CATEGORIES), help="Preparation.")
@click.option("--date", "mail_date", required=True, type=MailDay(), help="Mailing date.")
@click.option("--bins", required=True, type=int, help="Bins of the machine; two are for rejects and residue.")
@click.option("--passes", default=2, type=int, help="Most passes a piece may take.")
@click.option("--stacker", default=0, type=click.IntRange(0), help="Pieces a bin holds; 0 = not known.")
@click.option("--origin", default="70802", help="ZIP Code of the office of mailing.")
@measured
@click.option("--zip", "zips", multiple=True, help="Explain where a ZIP goes.")
@click.option("--test-only", is_flag=True, help="Allow editions that are not for live mail.")
@click.option("--out", type=_OUT, help="Keep the plan (JSON), for simulate and check.")
@click.option(
    "--csv", "csv_out", type=_OUT, help="Keep the sort table: first and last ZIP, bin of each pass."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def plan(density: Path, mail_class: str, shape: str, mail_date: date, **more: Any) -> None:
    """Which bin every ZIP goes to in each pass, with the fewest handlings."""
    rules = rule_book(
        plan_id(mail_class, shape, more["category"], "tray"),
        InForce(mail_date, shelf(read_settings().data_dir / FOLDER), more["test_only"]),
        origin_zip5=zip5_of(more["origin"]),
    )
    made = plan_bins(
        read_density(read_csv(density)),
        rules,
        mailpiece=piece_of(shape, {name: more[name] for name in ("length", "height", "thickness", "weight")}),
        sorter=Sorter(more["bins"], more["passes"], more["stacker"]),
    )
    if more["out"]:
        more["out"].write_bytes(bin_plan_bytes(made))
    if more["csv_out"]:
        with more["csv_out"].open("w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows(made.sort_table())
    explained = {text: made.explain(zip5_of(text)) for text in more["zips"]}
    told = report(made)
    click.echo(to_json(told, {"explained": explained}) if more["as_json"] else _words(told, explained))


@sorter.command(name="simulate")
@click.option(
    "--list",
    "address_list",
    "--density",
    required=True,
    type=_FILE,
    help="The mail: a list, or ZIP and pieces.",
)
@click.option("--plan", "plan_file", required=True, type=_FILE, help="A bin plan kept by plan --out.")
@click.option("--seed", default=1, type=int, help="The same seed gives the same run.")
@click.option("--reject-rate", default=0.0, type=click.FloatRange(0, 1), help="Share of pieces not read.")
@click.option("--missort-rate", default=0.0, type=click.FloatRange(0, 1), help="Share sent to a wrong bin.")
@click.option(
    "--tag", "tags", multiple=True, default=["A"], help="Job of the mail; several share it in turn."
)
@click.option("--machine", default="SIMULATED", help="Name of the machine in the log.")
@click.option("--run", "run", default="RUN", help="Number of the run in the log.")
@click.option("--plan-name", default="PLAN", help="Name of the bin plan in the log.")
@click.option("--weight", default=800, type=click.IntRange(0), help="Of a piece, thousandths of an ounce.")
@click.option("--fault", type=click.Choice(FAULTS), help="Spoil the log with one fault.")
@click.option("--out", required=True, type=_OUT, help="Where the log is written.")
def simulated(address_list: Path, plan_file: Path, tags: tuple[str, ...], out: Path, **more: Any) -> None:
    """Run mail through a bin plan on a machine that is not there, and write its log."""
    machine = Machine(
        more["machine"],
        more["run"],
        more["plan_name"],
        more["reject_rate"],
        more["missort_rate"],
        more["weight"],
    )
    log = simulate(_plan_of(plan_file), _mail(address_list, len(tags)), tags, machine, seed=more["seed"])
    write_log(spoil_log(log, more["fault"]) if more["fault"] else log, out)
    click.echo(f"{len(log):,} rows, {int(np.count_nonzero(~log.is_read)):,} of them rejects: {out}")


@sorter.command()
@click.argument("log_file", type=_FILE)
@click.option("--plan", "plan_file", required=True, type=_FILE, help="The bin plan of the run.")
@click.option("--tag", "tags", multiple=True, default=["A"], help="A job of the run.")
@click.option("--machine", default="SIMULATED", help="Name of the machine.")
@click.option("--run", "run", default="RUN", help="Number of the run.")
@click.option("--plan-name", default="PLAN", help="Name of the bin plan.")
def check(log_file: Path, plan_file: Path, tags: tuple[str, ...], **more: Any) -> None:
    """Look a run log through against its bin plan; ends with 2 when anything stops it."""
    expected = Expected(more["machine"], more["run"], more["plan_name"], tags)
    try:
        log = read_log(log_file)
    except BadLog as bad:
        raise InvalidInput("The log cannot be taken in.", findings=[bad.finding]) from None
    findings = check_log(log, _plan_of(plan_file), expected)
    told = {"findings": list(findings), "figures": asdict(figures(log))}
    click.echo(to_json(told))
    if stops(findings):
        click.get_current_context().exit(2)


@dataclass(frozen=True, slots=True)
class DestinationRow:
    """Where pieces leave the machine; ``path``: the bin of each pass."""

    sequence: int
    level: str
    label: str
    pieces: int
    path: Sequence[Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class FeedRow:
    """What stands in the bins of one feed."""

    feed: str
    bins: Sequence[BinRow]


@dataclass(frozen=True, slots=True)
class BinRow:
    """One bin of a feed."""

    bin: int
    holds: str
    label: str
    destinations: int
    pieces: int
    sweeps: int


@dataclass(frozen=True, slots=True)
class BinReport:
    """A bin plan."""

    sort_plan: str
    bins: int
    passes: int
    pieces: int
    residue: int
    handlings: int
    naive_handlings: int
    destinations: Sequence[DestinationRow]
    feeds: Sequence[FeedRow]
    findings: Sequence[Finding]
    assumptions: Sequence[str]
    editions: Sequence[str]


def report(made: BinPlan) -> BinReport:
    """A bin plan as it is told."""
    return BinReport(
        sort_plan=made.sort_plan,
        bins=made.sorter.bins,
        passes=made.passes,
        pieces=made.pieces,
        residue=made.residue,
        handlings=made.handlings,
        naive_handlings=made.naive,
        destinations=[
            DestinationRow(
                one.sequence, one.level, one.label, one.pieces,
                [{"pass": number, "bin": bin_} for number, bin_ in enumerate(one.path, start=1)],
            )
            for one in made.destinations
        ],
        feeds=[
            FeedRow(
                feed,
                [
                    BinRow(row.bin, row.holds, row.label, row.destinations, row.pieces, row.sweeps)
                    for row in made.bins(feed)
                ],
            )
            for feed in made.feeds
        ],
        findings=made.findings,
        assumptions=made.assumptions,
        editions=made.editions,
    )  # fmt: skip


def _words(told: BinReport, explained: Mapping[str, Sequence[str]]) -> str:
    saved = told.naive_handlings - told.handlings
    lines = [
        (f"{told.sort_plan}: {told.pieces:,} pieces, {len(told.destinations):,} destinations, "
         f"{told.passes} passes, {len(told.feeds):,} feeds"),
        f"  {told.handlings:,} handlings, {saved:,} fewer than bins given out in tray order",
    ]  # fmt: skip
    for feed in told.feeds:
        lines.append(f"  feed {feed.feed}")
        lines += [
            f"    bin {row.bin:>3} {row.holds:<11} {row.pieces:>8,}"
            f"{' sweeps ' + str(row.sweeps) if row.sweeps else '':<11} {row.label}"
            for row in feed.bins
        ]
    lines += [f"  {sentence}" for said in explained.values() for sentence in said]
    lines += [f"  {finding.message} [{finding.code}]" for finding in told.findings]
    return "\n".join([*lines, *(f"  taken for granted: {said}" for said in told.assumptions)])


def _plan_of(path: Path) -> BinPlan:
    try:
        return read_bin_plan(path.read_bytes())
    except InvalidInput as error:
        raise InvalidInput(f"{path.name} is not a bin plan.", code="SORTER_PLAN") from error


def _mail(path: Path, jobs: int) -> PieceColumns:
    """The pieces of a list as they are, or those a density expects."""
    table = read_csv(path)
    has_counts = not set(COUNTS).isdisjoint(name.lower().strip() for name in table.column_names)
    pieces = read_density(table).columns() if has_counts else read_pieces(table).pieces
    return PieceColumns.of(pieces.zip5, pieces.zip11, job=np.arange(len(pieces)) % jobs)
