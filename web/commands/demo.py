"""``indicia demo``: the sample mailing walked through to the chargeback file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from kernel import clock
from kernel.errors import Conflict, ShopError
from postal.data.mail_days import mail_day_from
from postal.sorting.volume import PERMIT
from production.catalog.shop_calendar import shop_calendar
from production.frontdesk.lists.samples import SAMPLE_MAPPING, write_sample_list
from production.jobs.models import Job
from production.sample import SAMPLE_AGENCY
from store.db import system_actor
from store.plant import Plant, open_plant
from store.settings import CHECKOUT, Settings
from web.commands.line import (
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
from web.commands.sample import load_sample_plant, sample_password_hash
from web.commands.telling import to_json
from web.demo.filling import fill, is_filled
from web.demo.guard import require_demonstration, require_empty, require_no_work
from web.demo.live import live
from web.demo.year import load_year

SAMPLES = CHECKOUT / "docs" / "samples"
SAMPLE_PIECES, YEAR_PIECES = 2_000, 200
SAMPLE_TITLE = "Sample letter to everybody"


@click.command()
@click.option("--day", is_flag=True, help="Fill an empty plant with a busy day and the quarter before it.")
@click.option("--year", is_flag=True, help="Load a year of work in bulk, for looking at full screens.")
@click.option("--live", is_flag=True, help="Move the demonstration on, until Ctrl-C.")
@click.option("--pace", default=3.0, show_default=True, help="Seconds between two acts of --live.")
@click.option("--pieces", default=SAMPLE_PIECES, show_default=True, help="Letters in the sample mailing.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for the files.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.pass_context
def demo(context: click.Context, /, pieces: int, out: Path | None, pace: float, **flags: bool) -> None:
    """Walk a generated mailing of --pieces letters to the end and tell seconds by stage, or fill a demonstration.

    Names are invented, ZIP Codes are real. Loads the sample plant first if there is none. --day, --year and --live
    refuse a plant with work of its own.
    """
    asked = [name for name in ("day", "year", "live") if flags[name]]
    if len(asked) > 1:
        raise click.UsageError(f"Choose one of --{', --'.join(asked)}.")
    drain = context.obj["drain"]
    with opened_plant() as plant, spinner(is_quiet=flags["as_json"]) as tell:
        if asked:
            {"day": _day, "year": _year, "live": _live}[asked[0]](plant, drain, pace)
            return
        load_sample_plant(plant)
        stages = Stages(tell)
        job, stream = walk_sample(plant, drain, stages, pieces)
        folder = out or plant.settings.data_dir / "demo"
        folder.mkdir(parents=True, exist_ok=True)
        result = report(plant, job, stream, findings_of(plant, job), folder)
    seconds = rounded(stages.seconds)
    if flags["as_json"]:
        click.echo(to_json(result, {"seconds": seconds}))
        return
    tell_result(result)
    for stage, value in seconds.items():
        click.echo(f"  {value:8.2f} s  {stage}")


def _day(plant: Plant, drain: Drain, _pace: float) -> None:
    fill_day(plant, drain)
    click.echo("The plant has its busy day and the quarter before it. Look at it with `indicia up --demo`.")


def _year(plant: Plant, drain: Drain, _pace: float) -> None:
    with plant.db.read_only(CONSOLE_ACTOR) as session:
        require_no_work(session)
    load_sample_plant(plant)
    walk_sample(plant, drain, Stages(), YEAR_PIECES)
    click.echo(
        "Loading a year of work in bulk: rows copied from one mailing, past the verbs of the screens ..."
    )
    load_year(plant)
    click.echo(
        "The plant has a year of work. Its figures are copies: they show full screens, not a real year."
    )


def _live(plant: Plant, drain: Drain, pace: float) -> None:
    with plant.db.read_only(CONSOLE_ACTOR) as session:
        require_demonstration(session)
    if not is_filled(plant):
        raise Conflict(
            "The demonstration has no busy day yet that could go on.", code="DEMO_PLANT",
            remedy="Fill it first: `indicia demo --day`.",
        )  # fmt: skip
    click.echo("The plant goes on. Ctrl-C stops it after the act under way.")
    live(plant, drain, pace=pace, tell=click.echo)


def walk_sample(plant: Plant, drain: Drain, stages: Stages, pieces: int) -> Any:
    """Job and stream of a generated mailing, walked to its charges: asked for as early as an agency may, mailed on the
    first mail day there is.
    """
    with plant.db.read_only(system_actor("demo")) as session:
        mail_date = shop_calendar(session).earliest_due_date(clock.today())
    with plant.files.scratch_folder() as folder:
        address_list = folder / "sample-list.csv"
        with stages.stage("generate"):
            write_sample_list(address_list, pieces)
        given = MailingFiles(
            SAMPLES / "letter.pdf", address_list, SAMPLES / "fields.json", dict(SAMPLE_MAPPING)
        )
        job = submit(
            plant, drain, stages, files=given, agency_code=SAMPLE_AGENCY,
            mail_date=mail_date, accept_findings=True, title=SAMPLE_TITLE,
        )  # fmt: skip
    stream = produce(
        plant, drain, stages, job, lambda job: way_of(plant, job, PERMIT, accept=True),
        mail_date=mail_day_from(clock.today()),
    )  # fmt: skip
    return job, stream


def load_demo(settings: Settings, drain: Drain) -> None:
    """What ``indicia up --demo`` has before it says that it is ready: the sample plant with its sample mailing."""
    plant = open_plant(settings, settings.database_url)
    with plant.db.read_only(CONSOLE_ACTOR) as session:
        require_demonstration(session)
    load_sample_plant(plant)
    with plant.db.read_only(CONSOLE_ACTOR) as session:
        is_walked = session.scalars(select(Job.id).filter_by(title=SAMPLE_TITLE)).first() is not None
    if not is_walked:
        click.echo("Walking the sample mailing ...")
        walk_sample(plant, drain, Stages(lambda stage: click.echo(f"  {stage}")), SAMPLE_PIECES)
    plant.db.dispose()


def fill_demo(settings: Settings, drain: Drain) -> None:
    """What it fills in behind the pages; what stands in the way is told, and the plant stays up."""
    plant = open_plant(settings, settings.database_url)
    if not is_filled(plant):
        click.echo("Filling in a busy day and the quarter before it; pages answer meanwhile ...")
        try:
            fill_day(plant, drain)
            click.echo(
                "The demonstration is filled. Its one stopped step is meant: it is shown under Stopped."
            )
        except ShopError as error:
            click.echo(f"The demonstration was not filled: {error.sentence} {error.remedy}", err=True)
    plant.db.dispose()


def fill_day(plant: Plant, drain: Drain) -> None:
    """The busy day, into an empty plant or one whose filling was cut off. Conflict DEMO_PLANT."""
    with plant.db.read_only(CONSOLE_ACTOR) as session:
        require_empty(session, besides=SAMPLE_TITLE)
    load_sample_plant(plant)
    fill(plant, drain, password_hash=sample_password_hash(plant.settings))
