"""Items of the stockroom as rows of the set-up; what lies of them is moved by ``moving`` alone."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import Select, SelectBase, select
from sqlalchemy.orm import Session

from kernel.findings import Finding
from production.asked import Count, Line, Needed, OneOf
from production.catalog.forms.register import form_of
from production.catalog.models import Stock
from production.catalog.parts import Inches
from production.jobs.models import Job, LotShare
from production.jobs.states import JobKind
from production.people.models import Agency
from production.people.setup import Change, Kind, wrong
from production.people.setup_fields import Code, Name, Row
from production.stockroom.models import ItemKind, StockItem
from production.stockroom.reserving import TAKES
from store import outbox
from store.db import UnitOfWork

KINDS = {
    ItemKind.PAPER.value: "Paper",
    ItemKind.ENVELOPE.value: "Envelope",
    ItemKind.INSERT.value: "Insert",
    ItemKind.PLATE.value: "Plate",
    ItemKind.CONSUMABLE.value: "Consumable",
    ItemKind.FORM.value: "Finished form",
}


class ItemValue(Row):
    """Something that the stockroom keeps."""

    code: Code = Field(title="Code", description="Such as B20-LTR, as it is typed and scanned.")
    name: Name = Field(title="Name")
    kind: Annotated[Line, OneOf(KINDS)] = Field(title="Kind")
    unit: Annotated[Needed, Field(max_length=20)] = Field(
        title="Unit", description="What is counted: sheet, piece, plate, bottle."
    )
    agency: Line = Field(
        default="", max_length=20, title="Agency", description="Whose it is. Empty: the shop's."
    )
    stock: Line = Field(default="", max_length=40, title="Paper", description="Of paper: which one.")
    width_in: Inches | None = Field(default=None, title="Sheet width, inches")
    height_in: Inches | None = Field(default=None, title="Sheet height, inches")
    form: Line = Field(
        default="", max_length=90, title="Form",
        description="Of a finished form: agency, number and revision, as in DEX/DEX-104/3.",
    )  # fmt: skip
    bin: Line = Field(default="", max_length=20, title="Usual bin")
    reorder_point: Count | None = Field(
        default=None,
        title="Reorder at",
        description="It is low when no more than this is free. Empty: never.",
    )
    lead_days: Annotated[Count, Field(le=365)] | None = Field(
        default=None, title="Lead time, days", description="From ordering it until it is here."
    )
    is_active: bool = Field(default=True, title="In use")


class Items(Kind[ItemValue]):
    """What the stockroom keeps, in its own table."""

    code, name, names = "stock_item", "Stockroom item", "Stockroom items"
    lead = (
        "Paper by its sheet, envelopes, inserts, plates, consumables and finished forms, each with its bin."
    )
    verb, value = "keep_machines", ItemValue
    fixed = ("kind", "unit", "agency", "stock", "width_in", "height_in", "form")
    listed = ("name", "kind", "unit", "agency", "bin", "reorder_point", "is_active")

    def rows(self, session: Session) -> list[ItemValue]:
        return [as_value(session, row) for row in session.scalars(select(StockItem).order_by(StockItem.code))]

    def keys(self) -> SelectBase:
        return select(StockItem.code)

    def find(self, session: Session, key: str) -> ItemValue | None:
        row = session.scalars(select(StockItem).filter_by(code=key)).first()
        return as_value(session, row) if row is not None else None

    def write(self, uow: UnitOfWork, value: ItemValue) -> None:
        session = uow.session
        row = session.scalars(select(StockItem).filter_by(code=value.code)).first()
        is_new = row is None
        row = row or StockItem(code=value.code, on_hand=0, value=Decimal(0))
        form = form_of(session, value.form) if value.form else None
        facts = value.facts("agency", "form", "code") | {
            "kind": ItemKind(value.kind), "stock": value.stock or None, "form_revision_id": form.id if form else None,
            "agency_id": session.scalar(select(Agency.id).filter_by(code=value.agency)) if value.agency else None,
        }  # fmt: skip
        for name, said in facts.items():
            setattr(row, name, said)
        session.add(row)
        if is_new and row.stock is not None and row.agency_id is None:
            session.flush()
            for ulid in session.scalars(_released()):
                outbox.request(uow, "reserve", ulid, item=row.id)

    def check(self, change: Change[ItemValue]) -> Iterator[Finding]:
        value, session = change.value, change.session
        is_paper, is_form = value.kind == ItemKind.PAPER, value.kind == ItemKind.FORM
        if value.agency and session.scalar(select(Agency.id).filter_by(code=value.agency)) is None:
            yield wrong("agency", f"There is no agency {value.agency}.")
        if value.stock and session.get(Stock, value.stock) is None:
            yield wrong("stock", f"There is no paper {value.stock}.")
        if is_paper != bool(value.stock):
            yield wrong("stock", "Name the paper." if is_paper else "Only paper names one.")
        if is_paper != (value.width_in is not None and value.height_in is not None):
            yield wrong("width_in", "Give width and height of paper, and of nothing else.")
        form = form_of(session, value.form) if value.form else None
        if is_form != bool(value.form):
            yield wrong("form", "Name the revision." if is_form else "Only a finished form names one.")
        elif value.form and form is None:
            yield wrong("form", f"There is no form {value.form} in the register.")
        elif form is not None and value.agency and form.agency.code != value.agency:
            yield wrong("agency", f"The form is of {form.agency.code}.")

    def choices(self, session: Session) -> dict[str, list[tuple[str, str]]]:
        agencies = session.execute(select(Agency.code, Agency.name).order_by(Agency.name, Agency.code))
        papers = session.execute(select(Stock.code, Stock.name).order_by(Stock.name, Stock.code))
        return {
            "agency": [("", "The shop"), *((code, f"{name} ({code})") for code, name in agencies)],
            "stock": [("", "No paper"), *((code, name) for code, name in papers)],
        }


def _released() -> Select[UUID]:
    """Print jobs whose paper was planned before the item was there."""
    query = select(Job.ulid).where(Job.kind == JobKind.PRINT, Job.state.in_(TAKES))
    return query.where(Job.id.in_(select(LotShare.job_id))).order_by(Job.id)


def as_value(session: Session, row: StockItem) -> ItemValue:
    """A row as it is typed, kept and written to a file."""
    names = {"kind", "agency", "stock", "form"}
    facts: dict[str, Any] = {name: getattr(row, name) for name in ItemValue.model_fields if name not in names}
    for name in ("width_in", "height_in"):
        facts[name] = facts[name].normalize() if facts[name] is not None else None
    form = row.form
    owner = session.get_one(Agency, form.agency_id).code if form else ""
    return ItemValue.model_construct(
        **facts, kind=ItemKind(row.kind).value, agency=row.agency.code if row.agency else "", stock=row.stock or "",
        form=f"{owner}/{form.number}/{form.revision}" if form else "",
    )  # fmt: skip


ITEMS = Items()
