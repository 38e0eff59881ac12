"""The register as rows of the set-up: a revision that comes into use takes the one before it out of use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import SelectBase, select
from sqlalchemy.orm import Session, contains_eager

from kernel.findings import Finding
from production.asked import Day, Line, Needed, OneOf
from production.catalog.forms.models import FormRevision, FormState, StockPolicy
from production.catalog.models import Product
from production.people.models import Agency
from production.people.second_person import consequence
from production.people.setup import Change, Kind, put, wrong
from production.people.setup_fields import Code, Name, Row, looks_like
from store.db import UnitOfWork

STATES = {
    FormState.IN_USE.value: "In use",
    FormState.SUPERSEDED.value: "Superseded",
    FormState.WITHDRAWN.value: "Withdrawn",
}
POLICIES = {
    StockPolicy.USE_UP.value: "Use up what is on the shelf",
    StockPolicy.DESTROY.value: "Destroy what is on the shelf",
    StockPolicy.OVERPRINT.value: "Overprint what is on the shelf",
}
Number = Annotated[
    Needed, looks_like(r"[^/,;]{1,40}", "Write 1 to 40 characters without slash, comma or semicolon.")
]
_Revision = looks_like(r"[^/,;]{1,20}", "Write up to 20 characters without slash, comma or semicolon.")


class FormValue(Row):
    """A revision of a form."""

    agency: Code = Field(title="Agency", description="The agency's code.")
    number: Number = Field(title="Form number", description="As it stands on the form, such as DEX-104.")
    revision: Annotated[Needed, _Revision] = Field(title="Revision", description="Such as 3, or 07/2026.")
    title: Name = Field(title="Title")
    edition: Day = Field(title="Edition date", description="As it stands on the form.")
    owner: Name = Field(title="Owner", description="The person of the agency who answers for it.")
    review_on: Day | None = Field(
        default=None, title="Review by", description="The day by which its owner looks at it again."
    )
    product: Needed = Field(title="Product", description="What it is made as.")
    state: Annotated[Line, OneOf(STATES)] = Field(default=FormState.IN_USE.value, title="State")
    supersedes: Annotated[Line, _Revision] = Field(default="", title="Supersedes revision")
    stock_policy: Annotated[Line, OneOf(POLICIES)] = Field(
        default=StockPolicy.USE_UP.value, title="Stock on hand", description="When the next revision comes."
    )
    authority: Annotated[Line, Field(max_length=200)] = Field(
        default="", title="Authority", description="The law or rule that asks for it, such as R.S. 47:1."
    )
    file_sha256: Annotated[
        Line, looks_like(r"[0-9a-f]{64}", "A SHA-256 is 64 digits and letters from a to f.")
    ] = Field(default="", title="SHA-256 of its file", description="So that its PDF can be compared.")


class Forms(Kind[FormValue]):
    """Revisions of forms, in their own table: an agency sees its own."""

    code, name, names = "form", "Form", "Forms"
    lead = "Every form by number and revision. Only the revision in use can be ordered."
    value = FormValue
    keyed_by = ("agency", "number", "revision")

    def rows(self, session: Session) -> list[FormValue]:
        return [as_value(row) for row in session.scalars(_FORMS)]

    def keys(self) -> SelectBase:
        form = FormRevision
        return select(Agency.code + "/" + form.number + "/" + form.revision).join_from(form, Agency)

    def find(self, session: Session, key: str) -> FormValue | None:
        row = form_of(session, key)
        return as_value(row) if row is not None else None

    def write(self, uow: UnitOfWork, value: FormValue) -> None:
        agency = uow.session.scalars(select(Agency).filter_by(code=value.agency)).one()
        named = {"agency_id": agency.id, "number": value.number, "revision": value.revision}
        if value.state == FormState.IN_USE:
            self._supersede(uow, value)
        row = uow.session.scalars(select(FormRevision).filter_by(**named)).first() or FormRevision(**named)
        facts = value.facts("agency", "number", "revision")
        facts |= {"state": FormState(value.state), "stock_policy": StockPolicy(value.stock_policy)}
        for name, said in facts.items():
            setattr(row, name, said)
        uow.session.add(row)

    def _supersede(self, uow: UnitOfWork, value: FormValue) -> None:
        """Before the next one is in use, for there is one at a time."""
        for other in _in_use_besides(uow.session, value):
            out = as_value(other).model_copy(update={"state": FormState.SUPERSEDED.value})
            put(uow, self, out, why=f"Revision {value.revision} is in use.", knowing=None)
            uow.session.flush()

    def check(self, change: Change[FormValue]) -> Iterator[Finding]:
        value, session = change.value, change.session
        if session.scalar(select(Agency.id).filter_by(code=value.agency)) is None:
            yield wrong("agency", f"There is no agency {value.agency}.")
        if session.get(Product, value.product) is None:
            yield wrong("product", f"There is no product {value.product}.")
        before = f"{value.agency}/{value.number}/{value.supersedes}"
        if value.supersedes and (value.supersedes == value.revision or form_of(session, before) is None):
            yield wrong("supersedes", f"There is no other revision {value.supersedes} of {value.number}.")

    def consequences(self, change: Change[FormValue]) -> Iterator[Finding]:
        value, before = change.value, change.before
        if value.state == FormState.IN_USE:
            for other in _in_use_besides(change.session, value):
                yield consequence(
                    "FORM_SUPERSEDES",
                    f"Revision {other.revision} of {value.number} cannot be ordered any more. "
                    f"Stock on hand: {POLICIES[other.stock_policy].lower()}.",
                )
        elif before is not None and before.state == FormState.IN_USE:
            yield consequence("FORM_STOPS", f"No revision of {value.number} can be ordered any more.")

    def choices(self, session: Session) -> dict[str, list[tuple[str, str]]]:
        agencies = session.execute(select(Agency.code, Agency.name).order_by(Agency.name, Agency.code))
        made = select(Product.code, Product.name).where(Product.is_active).order_by(Product.name)
        return {
            "agency": [(code, f"{name} ({code})") for code, name in agencies],
            "product": [(code, name) for code, name in session.execute(made)],
        }


def form_of(session: Session, key: str) -> FormRevision | None:
    """The revision of that key, ``agency/number/revision``, with its agency."""
    agency, number, revision = (*key.split("/", 2), "", "")[:3]
    query = _FORMS.where(Agency.code == agency, FormRevision.number == number)
    return session.scalars(query.where(FormRevision.revision == revision)).first()


def as_value(row: FormRevision) -> FormValue:
    """A row as it is typed, kept and written to a file."""
    facts = {name: getattr(row, name) for name in FormValue.model_fields if name != "agency"}
    state, policy = FormState(row.state).value, StockPolicy(row.stock_policy).value
    said: dict[str, Any] = {**facts, "agency": row.agency.code, "state": state, "stock_policy": policy}
    return FormValue.model_construct(**said)


def _in_use_besides(session: Session, value: FormValue) -> list[FormRevision]:
    query = _FORMS.where(Agency.code == value.agency, FormRevision.number == value.number)
    query = query.where(FormRevision.state == FormState.IN_USE, FormRevision.revision != value.revision)
    return list(session.scalars(query))


_FORMS = (
    select(FormRevision)
    .join(Agency, Agency.id == FormRevision.agency_id)
    .options(contains_eager(FormRevision.agency))
    .order_by(Agency.code, FormRevision.number, FormRevision.edition, FormRevision.revision)
)
FORMS = Forms()
