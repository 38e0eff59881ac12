"""An order by a template: one name as it is, several ganged; the artwork is made here and goes the way of all files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from kernel.errors import InvalidInput
from kernel.findings import Finding, stops
from production.catalog.products.families import families
from production.catalog.products.spec import Spec, spec_of
from production.catalog.products.standards import Standards
from production.frontdesk.estimates.estimate import estimate
from production.frontdesk.estimates.gangs import Gang, ganged
from production.frontdesk.orders import spec_order
from production.frontdesk.orders.intake import GivenFile
from production.frontdesk.stationery.artwork import problems, ready, set_pages
from production.frontdesk.stationery.models import IdentityTemplate
from production.frontdesk.stationery.people import People, Person
from production.jobs.states import StopWay
from store.files import FileStore


@dataclass(frozen=True, slots=True)
class Terms:
    """What is asked beside the people."""

    title: str
    account: str
    due: date
    place: str
    way: StopWay = StopWay.DELIVER


@dataclass(frozen=True, slots=True)
class Made:
    """Everything of an order but its rows; its files are kept."""

    spec: Spec
    kept: GivenFile
    artwork: GivenFile
    gang: GivenFile | None


def all_findings(files: FileStore, template: IdentityTemplate, people: People) -> list[Finding]:
    """What keeps people from being printed: cells first, then what does not fit; by row, of a list."""
    found = list(people.findings)
    if people.people and not stops(found):
        compiled = ready(files, template.background_sha256, template.design)
        rows = [person.row for person in people.people] if people.columns is not None else []
        found += problems(compiled, [person.values for person in people.people], rows)
    return found


def make(
    files: FileStore,
    template: IdentityTemplate,
    people: Sequence[Person],
    terms: Terms,
    standards: Standards,
    folder: Path,
) -> Made:
    """Artwork and specification of people without findings. InvalidInput where it cannot be made."""
    compiled = ready(files, template.background_sha256, template.design)
    spec, gang = specified(template, people, terms, standards)
    leaves = [people[0].values]
    if gang is not None:
        leaves = [
            person.values for person, places in zip(people, gang.leaves, strict=True) for _ in range(places)
        ]
    out = folder / "artwork.pdf"
    set_pages(compiled, leaves, out)
    told = spec_order.GANG.as_bytes(gang, "the gang of an order") if gang is not None else b""
    return Made(
        spec,
        spec_order.kept_spec(files, spec),
        GivenFile(files.keep(out, "application/pdf"), f"{template.name}.pdf"),
        GivenFile(files.keep_bytes(told, "application/json"), "gang.json") if told else None,
    )


def specified(
    template: IdentityTemplate, people: Sequence[Person], terms: Terms, standards: Standards
) -> tuple[Spec, Gang | None]:
    """The specification; of several people with the press that gangs them, and how. InvalidInput NO_ROUTE."""
    total = sum(person.quantity for person in people)
    spec = spec_of(_plain(template, terms, total))
    if len(people) == 1:
        return spec, None
    way = _digital_way(spec, standards)
    gang = ganged([person.quantity for person in people], way["up"])
    printed = sum(gang.printed)
    force = {name: way[name] for name in ("press", "sheet", "work_style")}
    return spec_of(_plain(template, terms, printed) | {"force": force}), gang


def _digital_way(spec: Spec, standards: Standards) -> Mapping[str, Any]:
    """The cheapest way on a press that changes its pages from sheet to sheet."""
    found = estimate(spec, standards, families())
    ways = [one.ways[0] for one in found.alternatives]
    way = next((way for way in ways if way.press.kind == "digital" and not way.one_form), None)
    if way is None:
        raise InvalidInput(
            "No digital press takes it: several names cannot be printed together.", code="NO_ROUTE",
            remedy="Order each name by itself.",
        )  # fmt: skip
    sheet = [_number(side) for side in way.sheet.size]
    return {"press": way.machine, "sheet": sheet, "work_style": way.style, "up": way.grid.n_up}


def _plain(template: IdentityTemplate, terms: Terms, quantity: int) -> dict[str, Any]:
    design = template.design
    component = families().family(template.product).components[0]
    return {
        "product": template.product, "quantity": quantity, "title": terms.title, "agency": template.agency.code,
        "account": terms.account, "due": terms.due.isoformat(), "trim": [_number(side) for side in design.trim],
        "bleed": _number(design.bleed),
        "components": [
            {"name": component, "pages": design.pages, "stock": template.stock, "colours": list(design.inks)}
        ],
        "delivery": [{"place": terms.place, "quantity": quantity, "way": terms.way.value}],
    }  # fmt: skip


def _number(value: Decimal) -> float:
    return float(value)
