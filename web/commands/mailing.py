"""``indicia mail run``: one mailing from files to charges, by the verbs of the screens."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import click
from sqlalchemy import select

from billing.models import Charge
from kernel.errors import InvalidInput
from kernel.findings import Finding
from kernel.money import ZERO, Money
from postal.money.plan_figures import PlanFigures
from postal.piece.kinds import CLASSES, CONTENTS, in_words
from postal.sorting.presort_plan import Marking
from postal.sorting.volume import PAYMENTS, PERMIT
from production.catalog.piece_weight import DEFAULT_ENVELOPE, to_choose
from production.frontdesk.lists.mapping import is_source
from production.frontdesk.lists.shapes import DUPLICATE_POLICIES, HOUSEHOLD_POLICIES
from production.frontdesk.orders.intake import DEFAULT_CLASS
from production.jobs.models import Job, JobFile, JobFinding, Operation
from production.jobs.states import OperationCode
from production.mailings.list_order import AddressMapping
from production.mailings.models import LetterJob, MailingFile, PresortStream
from store.plant import Plant
from web.commands.kinds import Kind, MailDay
from web.commands.line import (
    CONSOLE_ACTOR,
    MailingFiles,
    Stages,
    Way,
    findings_of,
    needs_fix,
    produce,
    submit,
    way_of,
)
from web.commands.plant import opened_plant
from web.commands.presort import dollars
from web.commands.progress import spinner
from web.commands.sample import load_sample_plant
from web.commands.telling import to_json

EXIT_FINDINGS = 2
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def mail() -> None:
    """Mailings."""


@mail.command("run")
@click.option("--template", required=True, type=_FILE, help="The letter, a PDF of one or more pages.")
@click.option("--list", "address_list", required=True, type=_FILE, help="The address list, CSV or XLSX.")
@click.option("--fields", type=_FILE, help="Boxes on the pages (docs/fields.md); default: #10 window places.")
@click.option("--map", "mapping", type=_FILE, help="Which column is what, JSON; guessed when not given.")
@click.option("--agency", required=True, help="Agency code, for example DEX.")
@click.option("--mail-date", required=True, type=MailDay(), help="Mailing date.")
@click.option("--class", "mail_class", default=DEFAULT_CLASS, type=Kind(list(CLASSES)), help="Class of mail.")
@click.option(
    "--content",
    default="",
    type=click.Choice(["", *CONTENTS]),
    show_choices=False,
    help=f"What the letters hold: {', '.join(CONTENTS)}. Needed unless First-Class, which bills and personal must be.",
)
@click.option(
    "--envelope", default=DEFAULT_ENVELOPE, type=click.Choice(list(to_choose())), help="Envelope or card."
)
@click.option(
    "--duplicates",
    type=click.Choice(DUPLICATE_POLICIES),
    default="allow",
    help="The same person at the same address again: mail as it stands, once, or return.",
)
@click.option(
    "--households",
    type=click.Choice(HOUSEHOLD_POLICIES),
    default="separate",
    help="One letter a household needs --not-confidential and a letter that is the same for all.",
)
@click.option("--not-confidential", is_flag=True, help="The letters may be read by everyone in a household.")
@click.option(
    "--accept-findings",
    is_flag=True,
    help="Mail the good rows, return the others for fix; take what is offered for a mailing that is too small.",
)
@click.option(
    "--payment",
    default=PERMIT,
    type=click.Choice(PAYMENTS),
    help="How postage is paid: permit imprint or meter.",
)
@click.option("--title", default="", help="Title of the job; default: the name of the template file.")
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder for files."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.pass_context
def run(
    context: click.Context,
    /,
    template: Path,
    address_list: Path,
    fields: Path | None,
    mapping: Path | None,
    agency: str,
    mail_date: date,
    title: str,
    out: Path,
    mail_class: str,
    content: str,
    envelope: str,
    duplicates: str,
    households: str,
    payment: str,
    **flags: bool,
) -> None:
    """Walk one mailing: submit, check, quote, approve, presort, merge, print, insert, dispatch, charge.

    Exit 2 with the findings on standard error when rows need fixing and --accept-findings was not given.
    """
    given = MailingFiles(
        template,
        address_list,
        fields,
        _read_mapping(mapping),
        mail_class,
        envelope,
        {"duplicates": duplicates, "households": households},
        content=content,
        is_confidential=not flags["not_confidential"],
    )
    out.mkdir(parents=True, exist_ok=True)
    with opened_plant() as plant, spinner(is_quiet=flags["as_json"]) as tell:
        load_sample_plant(plant)
        stages = Stages(tell)
        job = submit(
            plant,
            context.obj["drain"],
            stages,
            files=given,
            agency_code=agency,
            mail_date=mail_date,
            accept_findings=flags["accept_findings"],
            title=title or template.stem,
        )
        findings = findings_of(plant, job)
        ways: list[Way] = []

        def way(approved: Job) -> Way:
            ways.append(way_of(plant, approved, payment, accept=flags["accept_findings"]))
            return ways[-1]

        stream = None if needs_fix(job) else produce(plant, context.obj["drain"], stages, job, way)
        result = report(plant, job, stream, findings, out)
    changed = [sentence for one in ways for sentence in one.said]
    if flags["as_json"]:
        click.echo(to_json(result, {"changed": changed, "seconds": rounded(stages.seconds)}))
    else:
        tell_result(result, changed)
    if stream is None or not flags["as_json"]:
        tell_findings(result.warnings)
    if stream is None:
        context.exit(EXIT_FINDINGS)


@dataclass(frozen=True, slots=True)
class Warned:
    """What was found, and how often; in words where plans have code names."""

    severity: str
    code: str
    count: int
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class CopiedFile:
    """A file that was put into the folder."""

    kind: str
    path: str
    sha256: str
    pages: int | None


@dataclass(frozen=True, slots=True)
class Result:
    """One mailing from files to charges; money in dollars as text."""

    job: str
    mailing: str | None
    stream: str | None
    batch: str | None  # the stream under its old name
    pieces_in: int
    pieces_mailed: int
    returned_for_fix: int
    repeats_joined: int
    households_joined: int
    military_pieces: int
    findings: Mapping[str, int]
    warnings: Sequence[Warned]
    levels: Mapping[str, int]
    trays: int
    postage: str
    single_piece_postage: str | None
    charges: str
    payment: str | None
    markings: Sequence[Marking]
    assumptions: Sequence[str]
    files: Sequence[CopiedFile]


def report(
    plant: Plant, job: LetterJob, stream: PresortStream | None, findings: list[JobFinding], out: Path
) -> Result:
    """The result; files are copied into ``out``."""
    figures = stream.summary.figures if stream else PlanFigures()
    mailed, single = (stream.pieces or 0) if stream else 0, figures.single_piece
    return Result(
        job=job.number,
        mailing=stream.mailing.number if stream else None,
        stream=stream.number if stream else None,
        batch=stream.number if stream else None,
        pieces_in=job.rows_in or 0,
        pieces_mailed=mailed,
        returned_for_fix=job.rows_to_fix or 0,
        repeats_joined=job.repeats_joined or 0,
        households_joined=job.households_joined or 0,
        military_pieces=job.military_pieces or 0,
        findings=_counts(findings),
        warnings=_warnings(findings, figures.findings),
        levels=figures.levels,
        trays=figures.trays,
        postage=figures.postage.plain,
        single_piece_postage=None if single is None else single.plain,
        charges=_charges(plant, job).plain,
        payment=figures.payment or None,
        markings=figures.markings,
        assumptions=figures.assumptions,
        files=_copy_files(plant, job, stream, out),
    )


def tell_result(result: Result, changed: Sequence[str] = ()) -> None:
    """The result for people; ``changed``: what is not as it was asked."""
    click.echo(f"Job {result.job}, mailing {result.mailing or 'none'}")
    click.echo(
        f"{result.pieces_in:,} rows in, {result.pieces_mailed:,} mailed, "
        f"{result.returned_for_fix:,} returned for fix, "
        f"{result.repeats_joined + result.households_joined:,} joined to another letter"
    )
    levels = ", ".join(f"{level} {pieces:,}" for level, pieces in result.levels.items())
    click.echo(f"{result.trays:,} trays; {levels}")
    for sentence in changed:
        click.echo(sentence)
    click.echo(
        f"Postage ${result.postage} (single-piece {dollars(result.single_piece_postage)}); "
        f"charges ${result.charges}"
    )
    for sentence in result.assumptions:
        click.echo(f"NOT FOR LIVE MAIL: {sentence}")
    for file in result.files:
        click.echo(f"  {file.kind:20} {file.path}")


def tell_findings(warnings: Sequence[Warned]) -> None:
    """What was found, on standard error: how serious, code, count, sentence, advice."""
    for row in warnings:
        words = f"{row.message} {row.remedy}".rstrip()
        click.echo(f"{row.severity:5} {row.code:22} {row.count:>8,}  {words}", err=True)


def _read_mapping(path: Path | None) -> AddressMapping | None:
    if path is None:
        return None
    try:
        mapping = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InvalidInput(f"{path.name} is not JSON.", code="MAPPING") from error
    if not isinstance(mapping, dict) or not all(map(is_source, mapping.values())):
        raise InvalidInput(f"{path.name} holds no object of fields and columns.", code="MAPPING")
    return mapping


def _counts(findings: list[JobFinding]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in findings:
        counts[row.code] = counts.get(row.code, 0) + row.count
    return counts


def _warnings(findings: Sequence[JobFinding], of_plan: Sequence[Finding]) -> list[Warned]:
    """What was found in the files, and in sorting what was not found before, with counts, notes too."""
    told = {(row.code, row.message) for row in findings}
    counted: list[tuple[JobFinding | Finding, int]] = [(row, row.count) for row in findings]
    counted += [(row, 1) for row in of_plan if (row.code, row.message) not in told]
    return [
        Warned(row.severity, row.code, count, in_words(row.message), in_words(row.remedy))
        for row, count in counted
    ]


def _charges(plant: Plant, job: Job) -> Money:
    with plant.db.read_only(CONSOLE_ACTOR) as session:
        cents = session.scalars(select(Charge.cents).where(Charge.job_id == job.id)).all()
    return sum(cents, ZERO)


def _copy_files(plant: Plant, job: Job, stream: PresortStream | None, out: Path) -> list[CopiedFile]:
    """Print files, papers and rows to fix, under names a person can read."""
    wanted: list[tuple[str, str, str, int | None]] = []
    with plant.db.read_only(CONSOLE_ACTOR) as session:
        own = session.scalars(
            select(JobFile)
            .filter_by(job_id=job.id, revision=job.revision)
            .where(JobFile.role.in_(_OWN_FILES))
        )
        wanted += [(row.role, f"{job.number}-{row.given_name}", row.sha256, row.pages) for row in own]
        if stream is not None:
            merges = session.scalars(
                select(Operation)
                .filter_by(lot_id=stream.id, type=OperationCode.MERGE)
                .order_by(Operation.segment)
            )
            wanted += [
                ("print", f"{stream.number}-print-{row.segment:02d}.pdf", row.file_sha256, row.pages)
                for row in merges
                if row.file_sha256 and row.segment
            ]
            papers = session.scalars(
                select(MailingFile).filter_by(mailing_id=stream.mailing_id).order_by(MailingFile.role)
            )
            wanted += [(row.role, row.given_name, row.sha256, row.pages) for row in papers]
    return [_copy(plant, out, *file) for file in wanted]


_OWN_FILES = ("rows_to_fix", "joined_rows", "proof")


def _copy(plant: Plant, out: Path, kind: str, name: str, sha256: str, pages: int | None) -> CopiedFile:
    target = out / name
    shutil.copyfile(plant.files.checked_path(sha256), target)
    return CopiedFile(kind.replace("-", "_"), str(target), sha256, pages)


def rounded(seconds: dict[str, float]) -> dict[str, float]:
    """Seconds by stage, to the millisecond."""
    return {stage: float(f"{value:.3f}") for stage, value in seconds.items()}
