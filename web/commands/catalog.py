"""``indicia catalog`` and ``indicia routes``: what the plant can make and how, and rows of the shop's own."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Any

import click

from production.catalog import queries, shipped
from production.catalog.models import OperationType
from production.catalog.products.families import Family, families
from production.catalog.rows import CatalogFile, OperationTypeRow, ProductRow, RouteStepRow
from production.catalog.specified import SPECIFIED, laid_out
from store.db import Actor
from web.commands.plant import opened_plant
from web.commands.telling import to_json

CONSOLE = Actor("console")
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")


@click.group()
def catalog() -> None:
    """Products, stocks, work centers, operations and units."""


@catalog.command("list")
@_JSON
def list_products(as_json: bool) -> None:
    """The families of print products, with components, options, rules and route; needs no database."""
    known = families().families.values()
    if as_json:
        click.echo(to_json({"products": [_family(one) for one in known]}))
        return
    for one in known:
        click.echo(f"{one.code:15} {one.name}: {one.sentence}")


@catalog.command("rows")
@_JSON
def list_rows(as_json: bool) -> None:
    """Every row of this plant's catalog that is in use."""
    with opened_plant() as plant, plant.db.read_only(CONSOLE) as session:
        rows = queries.whole_catalog(session)
        ways = {row.code: [step.operation for step in row.steps] for row in rows.route}
    if as_json:
        click.echo(to_json(_as_json(rows, ways)))
        return
    for product in rows.product:
        click.echo(f"{product.code:14} {product.name}: {', '.join(ways[product.route])}")
    for table in ("stock", "work_center", "operation_type", "usage_unit"):
        click.echo(f"\n{table.replace('_', ' ').capitalize()}s")
        for row in getattr(rows, table):
            click.echo(f"  {row.code:22} {row.name}")


@catalog.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load_rows(file: Path) -> None:
    """Add or change rows from a TOML FILE, as the shipped ones are written; all or nothing."""
    with opened_plant() as plant, plant.db.unit_of_work(Actor(f"console:{getpass.getuser()}")) as uow:
        rows = shipped.load(uow, file.read_bytes(), file=file.name).rows
    click.echo(f"Loaded: {', '.join(row.code for row in rows)}.")


@click.group()
def routes() -> None:
    """The ways of products through the plant."""


@routes.command("show")
@click.argument("product")
@_JSON
def show_route(product: str, as_json: bool) -> None:
    """The operations of a PRODUCT in order, with what each needs; of one by specification, those that its estimate lays
    out.
    """
    with opened_plant() as plant, plant.db.read_only(CONSOLE) as session:
        made = queries.product(session, product)
        way = queries.route(session, made.route)
        known = families().families
        is_laid_out = way.code == SPECIFIED and made.code in known
        steps = list(laid_out(known[made.code])) if is_laid_out else [(step, None) for step in way.steps]
        types = queries.operation_types(session, {step.operation for step, _ in steps})
    if as_json:
        told = [_step(step, types[step.operation], name) for step, name in steps]
        click.echo(to_json({"product": made.code, "route": way.code, "steps": told}))
        return
    click.echo(f"{made.name} ({way.name})")
    for step, name in steps:
        needs = f", after {', '.join(map(str, step.needs))}" if step.needs else ""
        when = f", if {step.when_option} is ordered" if step.when_option else ""
        of = f" {name}" if name else ""
        click.echo(f"{step.step:6}  {types[step.operation].name}{of}{needs}{when}")


def _family(family: Family) -> dict[str, Any]:
    told = family.model_dump(
        mode="json",
        include={
            "code",
            "name",
            "sentence",
            "unit",
            "components",
            "optional",
            "options",
            "rules",
            "figures",
            "route",
        },
    )
    return told | {"bindings": list(family.bindings), "always": list(family.always)}


def _as_json(rows: CatalogFile, ways: dict[str, list[str]]) -> dict[str, Any]:
    found = rows.model_dump(mode="json", exclude={"route", "product"})
    plural = {"products": [_product(one, ways[one.route]) for one in rows.product]}
    return plural | {f"{table}s": listed for table, listed in found.items()}


def _product(product: ProductRow, way: list[str]) -> dict[str, Any]:
    kept = product.model_dump(
        mode="json", include={"code", "name", "kind", "unit", "components", "optional", "options"}
    )
    rules = product.model_dump(
        mode="json", include={"grades", "least_quantity", "most_quantity", "most_pages"}
    )
    return kept | {"rules": rules, "route": way}


def _step(step: RouteStepRow, made: OperationType, component: str | None) -> dict[str, Any]:
    """The step with everything that its type says."""
    kept = OperationTypeRow.model_validate(made).model_dump(mode="json", exclude={"code", "is_active"})
    usual = {"setup_minutes": None, "per_hour": None, "lag_minutes": 0}
    return usual | kept | {"component": component} | step.model_dump(mode="json")
