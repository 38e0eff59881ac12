"""The specification of a job for vendors, made from its order: what is made, of what, how it is finished and packed."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from production.catalog.answers import named
from production.catalog.models import OperationType, Product, Stock
from production.catalog.products.families import families
from production.catalog.products.spec import Component, Finishing, Spec
from production.frontdesk.orders.print_order import print_item
from production.jobs.models import Job, Operation
from production.jobs.states import JobKind
from production.purchasing.in_house import spec_of
from production.purchasing.rules import FILES, Rules
from production.purchasing.specification import Line, Section, Specification
from store.files import FileStore

TO_US = "To the plant, unless the order says otherwise"


def specification(
    session: Session, files: FileStore, job: Job, rules: Rules, operation: Operation | None = None
) -> Specification:
    """Of the whole job, or of one step of it that is done outside. ``rules``: of the day."""
    spec = spec_of(session, files, job)
    product = session.get(Product, job.product) if job.product else None
    names = _Names(session)
    if operation is not None:
        sections = (_step(names, operation, job), *_of_order(session, names, job, spec, product))
    else:
        sections = tuple(_of_order(session, names, job, spec, product))
    unit = spec.unit if spec and spec.unit else product.unit if product else "piece"
    kept = rules.keeping(job.product, FILES)
    return Specification(
        job.number, job.title, product.name if product else "Work", job.quantity or 0, unit, job.due,
        (*sections, *_terms(rules, kept)), not kept, kept,
    )  # fmt: skip


class _Names:
    """Codes of the catalog in words."""

    def __init__(self, session: Session) -> None:
        self._papers = dict(session.execute(select(Stock.code, Stock.name)).all())
        self._steps = dict(session.execute(select(OperationType.code, OperationType.name)).all())

    def paper(self, code: str) -> str:
        return self._papers.get(code, code)

    def step(self, code: str) -> str:
        return self._steps.get(code, code.replace("_", " ").capitalize())


def _step(names: _Names, operation: Operation, job: Job) -> Section:
    made = operation.made_as
    lines = [
        Line("Step", names.step(operation.type)),
        Line("To come back", f"{operation.quantity or job.quantity:,}"),
    ]
    if operation.given:
        lines.append(Line("You are given", f"{operation.given:,}"))
    if made and made.instructions:
        lines.append(Line("Instructions", made.instructions))
    return Section("The step that is asked for", tuple(lines))


def _of_order(
    session: Session, names: _Names, job: Job, spec: Spec | None, product: Product | None
) -> Iterator[Section]:
    if spec is not None:
        yield from _specified(names, spec)
    elif job.kind is JobKind.PRINT and product is not None:
        item = print_item(session, job)
        sides = {1: "One side", 2: "Both sides"}.get(item.sides or 0, "")
        facts = [
            ("Paper", names.paper(item.stock)), ("Sheet", _size((item.sheet_width_in, item.sheet_height_in))),
            ("Printed", sides), *named(product.options, item.options),
        ]  # fmt: skip
        yield Section("What is made", tuple(Line(label, value) for label, value in facts if value))


def _specified(names: _Names, spec: Spec) -> Iterator[Section]:
    bindings = families().bindings
    facts = [
        ("Finished size", _size(spec.trim)),
        ("Pages", f"{spec.pages}" if spec.pages else ""),
        ("Bleed", f"{_plain(spec.bleed)} in" if spec.bleed else "None"),
        ("Binding", bindings[spec.binding].name if spec.binding and spec.binding != "none" else ""),
        ("Parts of a set", f"{spec.parts}" if spec.parts else ""),
        ("Numbered", f"{spec.numbering.first} to {spec.numbering.last}" if spec.numbering else ""),
        ("Envelope", spec.mailing.envelope if spec.mailing else ""),
        ("Cartons", spec.packing.carton if spec.packing else ""),
    ]
    yield Section("What is made", tuple(Line(label, value) for label, value in facts if value))
    for one in spec.components:
        yield Section(one.name.replace("_", " ").capitalize(), tuple(_component(names, one)))
    if spec.finishing:
        lines = tuple(Line(names.step(one.operation), _finishing(one)) for one in spec.finishing)
        yield Section("Finishing", lines)


def _component(names: _Names, one: Component) -> Iterator[Line]:
    if one.pages:
        yield Line("Pages", f"{one.pages}")
    yield Line("Paper", names.paper(one.stock))
    front, back = one.inks
    yield Line("Inks, front and back", f"{front} and {back}")


def _finishing(one: Finishing) -> str:
    said = [one.pattern.replace("-", " ") if one.pattern else "", f"{one.count:,}" if one.count else ""]
    return ", ".join(part for part in said if part) or "yes"


def _terms(rules: Rules, kept: str) -> Iterator[Section]:
    lines = [Line("Delivery", TO_US)]
    if rules.buying.recycled_percent:
        lines.append(Line("Recycled fiber", f"At least {rules.buying.recycled_percent} percent"))
    lines.append(Line("Files", f"Not before an order is placed. {kept}" if kept else "Given on request"))
    yield Section("Terms", tuple(lines))


def _size(size: tuple[Decimal, Decimal]) -> str:
    return f"{_plain(size[0])} x {_plain(size[1])} in"


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
