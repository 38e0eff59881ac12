"""``indicia order``: what is printed, ordered from the console."""

from __future__ import annotations

from pathlib import Path

import click
from pydantic import ValidationError
from sqlalchemy import select

from kernel.errors import InvalidInput, NotFound
from kernel.findings import Finding, Place, Severity
from production.frontdesk.orders import print_order
from production.frontdesk.orders.intake import GivenFile
from production.frontdesk.orders.job_page import job_page
from production.frontdesk.orders.print_request import PrintRequest
from production.jobs.models import Job
from production.people.models import Agency, Role, User, UserRole
from store.db import Actor
from web.commands.plant import opened_plant
from web.commands.telling import to_json

CONSOLE = Actor("console")


@click.group()
def order() -> None:
    """Orders of what is printed."""


@order.command("submit")
@click.argument("spec", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--file", "artwork", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--agency", required=True, help="Code of the agency that orders.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.pass_context
def submit(context: click.Context, /, spec: Path, artwork: Path, agency: str, as_json: bool) -> None:
    """Order what SPEC (JSON: product, title, quantity, due, place, splits, stock, options) says, printed from --file.

    It is checked and quoted at once; exit 2 when it needs a fix.
    """
    request = _request(spec)
    with opened_plant() as plant:
        ref = plant.files.keep_bytes(artwork.read_bytes(), "application/pdf")
        with plant.db.unit_of_work(CONSOLE) as uow:
            found = uow.session.scalars(select(Agency).filter_by(code=agency)).first()
            requester = (
                found
                and uow.session.scalars(
                    select(User)
                    .join(UserRole)
                    .filter(User.agency_id == found.id, UserRole.role == Role.REQUESTER)
                ).first()
            )
            if found is None or requester is None:
                raise NotFound(f"There is no agency {agency} with a person who orders.")
            job = print_order.submit_print(
                uow, request, GivenFile(ref, artwork.name), agency_id=found.id, requester_id=requester.id
            )
        context.obj["drain"](plant)
        with plant.db.read_only(CONSOLE) as session:
            job = session.get_one(Job, job.id)
            page = job_page(session, CONSOLE, job.number)
    total = page.offer.total.plain if page.offer else None
    codes = [group.code for group in page.findings]
    if as_json:
        answer = {"job": job.number, "state": job.state.value, "total": total, "findings": codes}
        click.echo(to_json(answer))
    else:
        click.echo(f"Job {job.number}: {job.state.value.replace('_', ' ')}{f', ${total}' if total else ''}.")
        for group in page.findings:
            click.echo(f"  {group.message} {group.remedy} [{group.code}]")
    context.exit(0 if page.offer else 2)


def _request(spec: Path) -> PrintRequest:
    try:
        return PrintRequest.model_validate_json(spec.read_bytes())
    except ValidationError as error:
        found = [
            Finding(
                "ORDER", Severity.STOP, f"{one['msg']}.", place=Place(column=".".join(map(str, one["loc"])))
            )
            for one in error.errors(include_url=False, include_input=False)
        ]
        raise InvalidInput("This is not a print order.", code="ORDER", findings=found) from error
