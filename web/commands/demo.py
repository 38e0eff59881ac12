"""``indicia demo``: the sample mailing walked through to the chargeback file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from billing.chargeback import request_export
from billing.models import ExportRun
from billing.periods import ask_to_close, close_period, consequences, open_period
from kernel import clock
from postal.data.mail_days import mail_day_from
from postal.sorting.volume import PERMIT
from production.catalog.lead_times import earliest_due_date
from production.frontdesk.lists.samples import SAMPLE_MAPPING, write_sample_list
from production.jobs.models import Job
from production.sample import SAMPLE_AGENCY
from store.plant import Plant, open_plant
from store.settings import CHECKOUT, Settings
from web.commands.line import (
    APPROVER,
    CONSOLE_ACTOR,
    Drain,
    MailingFiles,
    Stages,
    findings_of,
    produce,
    submit,
    way_of,
)
from web.commands.mailing import report, rounded, tell_result
from web.commands.plant import opened_plant
from web.commands.progress import spinner
from web.commands.sample import load_sample_plant
from web.commands.telling import to_json

SAMPLES = CHECKOUT / "docs" / "samples"
SAMPLE_PIECES = 2_000
SAMPLE_TITLE = "Sample letter to everybody"


@click.command()
@click.option("--pieces", default=SAMPLE_PIECES, show_default=True, help="Letters in the sample mailing.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for the files.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.pass_context
def demo(context: click.Context, pieces: int, out: Path | None, as_json: bool) -> None:
    """Walk a generated mailing of --pieces letters to the end and tell seconds by stage.

    Names are invented, ZIP Codes are real. Loads the sample plant first if there is none.
    """
    with opened_plant() as plant, spinner(is_quiet=as_json) as tell:
        load_sample_plant(plant)
        stages = Stages(tell)
        job, stream = walk_sample(plant, context.obj["drain"], stages, pieces)
        folder = out or plant.settings.data_dir / "demo"
        folder.mkdir(parents=True, exist_ok=True)
        result = report(plant, job, stream, findings_of(plant, job), folder)
    seconds = rounded(stages.seconds)
    if as_json:
        click.echo(to_json(result, {"seconds": seconds}))
        return
    tell_result(result)
    for stage, value in seconds.items():
        click.echo(f"  {value:8.2f} s  {stage}")


def walk_sample(plant: Plant, drain: Drain, stages: Stages, pieces: int) -> Any:
    """Job and stream of a generated mailing, walked to its charges: asked for as early as an agency may, mailed on the
    first mail day there is.
    """
    with plant.files.scratch_folder() as folder:
        address_list = folder / "sample-list.csv"
        with stages.stage("generate"):
            write_sample_list(address_list, pieces)
        given = MailingFiles(
            SAMPLES / "letter.pdf", address_list, SAMPLES / "fields.json", dict(SAMPLE_MAPPING)
        )
        job = submit(
            plant, drain, stages, files=given, agency_code=SAMPLE_AGENCY,
            mail_date=earliest_due_date(clock.today()), accept_findings=True, title=SAMPLE_TITLE,
        )  # fmt: skip
    stream = produce(
        plant, drain, stages, job, lambda job: way_of(plant, job, PERMIT, accept=True),
        mail_date=mail_day_from(clock.today()),
    )  # fmt: skip
    return job, stream


def load_demo(settings: Settings, drain: Callable[[Plant], object]) -> None:
    """What ``indicia up --demo`` adds to a new plant: the sample mailing, through to the chargeback file."""
    plant = open_plant(settings, settings.database_url)
    load_sample_plant(plant)
    with plant.db.read_only(CONSOLE_ACTOR) as session:
        is_walked = session.scalars(select(Job.id).filter_by(title=SAMPLE_TITLE)).first() is not None
    if not is_walked:
        click.echo("Walking the sample mailing ...")
        stages = Stages(lambda stage: click.echo(f"  {stage}"))
        walk_sample(plant, drain, stages, SAMPLE_PIECES)
        export_month(plant, drain)
    _tell_export(plant)
    plant.db.dispose()


def export_month(plant: Plant, drain: Drain) -> None:
    """Close the month of today and export its chargeback."""
    with plant.db.unit_of_work(CONSOLE_ACTOR) as uow:
        period = open_period(uow, clock.today())
        knowing = [one.code for one in consequences(uow.session, period, clock.today())]
        ask_to_close(uow, period, knowing=knowing)
    with plant.db.unit_of_work(APPROVER) as uow:
        close_period(uow, open_period(uow, clock.today()), knowing=knowing)
    with plant.db.unit_of_work(CONSOLE_ACTOR) as uow:
        request_export(uow, open_period(uow, clock.today()))
    drain(plant)


def _tell_export(plant: Plant) -> None:
    with plant.db.read_only(CONSOLE_ACTOR) as session:
        run = session.scalars(select(ExportRun).order_by(ExportRun.id.desc())).first()
    if run is not None and run.file_sha256:
        target = plant.settings.data_dir / "demo" / f"chargeback-{run.file_sha256[:12]}.csv"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(plant.files.checked_path(run.file_sha256).read_bytes())
        click.echo(f"Chargeback file of the sample: {target}")
