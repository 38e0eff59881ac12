"""Stationery by template: what an agency has, one piece as it is typed, and many cards from one list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from flask import Blueprint, render_template, url_for
from pydantic import Field
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from kernel import clock
from kernel.errors import AttentionNeeded, InvalidInput, UserError
from kernel.findings import Finding, stops
from kernel.ids import named_ulid
from kernel.money import Money
from production.asked import Asked, Count, Day, File, Line, Needed, Paragraph
from production.catalog.press_room.standards import shop_standards
from production.catalog.products.families import families
from production.catalog.shop_calendar import shop_calendar
from production.frontdesk.estimates.gangs import Gang
from production.frontdesk.orders.queries import open_accounts
from production.frontdesk.stationery import artwork, ordering, queries
from production.frontdesk.stationery.models import IdentityTemplate
from production.frontdesk.stationery.ordering import Terms
from production.frontdesk.stationery.people import MOST_BYTES, MOST_EACH, People, Person, read_people
from production.frontdesk.stationery.values import filled
from store.db import UnitOfWork
from web.acts import asks
from web.forms import Form, Refused
from web.frame import Done, actor, once, plant, reading, require
from web.pictures import inline_png
from web.portal.print_prices import shop_on

blueprint = Blueprint("stationery", __name__, url_prefix="/stationery")
Page = str | Response | tuple[str, int]


class Ordered(Asked):
    """What is asked of every order of stationery."""

    CODE = "ORDER"
    title: Annotated[Needed, Field(max_length=200)] = Field(
        title="Title", description="How you will find it again."
    )
    account: Needed = Field(title="Account")
    due: Day = Field(title="Needed by")
    place: Annotated[Needed, Field(max_length=200)] = Field(title="Deliver to")

    def terms(self) -> Terms:
        """As the order takes it."""
        return Terms(self.title, self.account, self.due, self.place)


class OnePiece(Ordered):
    """One person's cards, or letterhead and envelopes of an office."""

    quantity: Annotated[Count, Field(ge=1, le=100_000)] = Field(title="How many")
    values: dict[str, Annotated[Line, Field(max_length=300)]] = Field(
        default_factory=dict, title="On the piece"
    )


class ManyPeople(Ordered):
    """Cards of many people."""

    usual: Annotated[Count, Field(ge=1, le=MOST_EACH)] = Field(
        title="Cards for each", description="Where the list has no column for the quantity."
    )
    people: Annotated[Paragraph, Field(max_length=MOST_BYTES)] = Field(
        default="", title="The people", description="Paste rows from a spreadsheet, headings first."
    )
    file: File | None = Field(
        default=None, title="Or a CSV file", description="It takes the place of what is pasted."
    )
    row: Count | None = Field(default=None, title="Row to look at", description="As the list counts them.")


class Unfinished(Asked):
    """What may stand in the other fields while somebody looks."""

    title: Line = Field(default="", title="Title")
    account: Line = Field(default="", title="Account")
    due: Line = Field(default="", title="Needed by")
    place: Line = Field(default="", title="Deliver to")


class LookAtOne(Unfinished):
    """One piece as it prints; nothing else need be filled in."""

    quantity: Line = Field(default="", title="How many")
    values: dict[str, Annotated[Line, Field(max_length=300)]] = Field(
        default_factory=dict, title="On the piece"
    )


class LookAtMany(Unfinished):
    """A list as it prints."""

    usual: Line = Field(default="", title="Cards for each")
    people: Annotated[Paragraph, Field(max_length=MOST_BYTES)] = Field(default="", title="The people")
    file: File | None = Field(default=None, title="Or a CSV file")
    row: Line = Field(default="", title="Row to look at")


@dataclass(frozen=True, slots=True)
class Look:
    """What the page shows of what was typed. ``says``: for who hears it."""

    pictures: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    person: Person | None = None
    price: Money | None = None
    people: People | None = None
    gang: Gang | None = None

    @property
    def says(self) -> str:
        """One sentence of it."""
        if self.findings:
            return f"{len(self.findings)} to fix. {self.findings[0].message}"
        return "The picture shows what you typed." if self.pictures else ""


@blueprint.get("")
@require("see_stationery")
def listing() -> str:
    """What can be ordered, and the register: every version, and who approved it."""
    agency = actor().agency_id
    with reading() as session:
        rows = queries.versions(session, agency)
        in_force = queries.in_force(session, agency)
    names = {code: family.name for code, family in families().families.items()}
    return render_template(
        "portal/stationery.html", offered=in_force if agency is not None else [], rows=rows, names=names,
        in_force={row.ulid for row in in_force},
    )  # fmt: skip


# --- one piece ---------------------------------------------------------------------------------------------


@blueprint.get("/<ulid>")
@require("order")
def one(ulid: str, refused: Refused | None = None, looked: LookAtOne | None = None) -> str:
    """The form of one piece, beside it how it prints."""
    with reading() as session:
        template = _offered(session, ulid)
        usual, accounts = _usual(session, template), _accounts(session, template.agency_id)
    rules = template.design.rules
    values = looked or usual | {"quantity": template.design.usual}
    form = Form(OnePiece, refused, values=values, options={"account": accounts})
    typed = {rule.name: form.entry("values", rule.name, rule.title).value for rule in rules}
    look = _look_at(template, typed, str(form["quantity"].value)) if any(typed.values()) else Look()
    return _page("portal/stationery_one.html", template, form, refused, look)


@blueprint.post("/<ulid>/look")
@require("order")
@asks(LookAtOne, again=one)
def look_at_one(said: LookAtOne, ulid: str) -> str:
    """The same page with the picture; nothing is kept."""
    return str(one(ulid, looked=said))


@blueprint.post("/<ulid>")
@require("order")
@asks(OnePiece, again=one)
def order_one(said: OnePiece, ulid: str) -> Page:
    """The order becomes a job."""
    with reading() as session:
        template = _offered(session, ulid)
    values, wrong = filled(template.design.rules, said.values)
    if wrong:
        names = {rule.title: rule.name for rule in template.design.rules}
        raise InvalidInput(
            "It cannot be printed so.",
            code="STATIONERY_VALUE",
            findings=[_beside(one, names) for one in wrong],
        )
    return _order(template, [Person(values, said.quantity, 1)], said)


def _beside(found: Finding, names: dict[str, str]) -> Finding:
    """Under its field of the form."""
    column = f"values-{names[found.place.column]}"
    return Finding(found.code, found.severity, found.message, found.remedy, type(found.place)(column=column))


def _look_at(template: IdentityTemplate, typed: dict[str, str], quantity: str) -> Look:
    values, wrong = filled(template.design.rules, typed)
    seen = artwork.look(plant().files, template.background_sha256, template.design, values)
    asked = int(quantity.replace(",", "")) if quantity.replace(",", "").isdigit() else 0
    price, _ = _price(template, [Person(values, asked, 1)]) if 0 < asked <= 100_000 else (None, None)
    return Look(tuple(map(inline_png, seen.pictures)), (*wrong, *seen.findings), price=price)


# --- many people -------------------------------------------------------------------------------------------


@blueprint.get("/<ulid>/people")
@require("order")
def many(ulid: str, refused: Refused | None = None, looked: LookAtMany | None = None) -> str:
    """The form of a list, beside it any row of it as it prints."""
    with reading() as session:
        template = _offered(session, ulid)
        usual, accounts = _usual(session, template), _accounts(session, template.agency_id)
    text = _text(looked) if looked else ""
    values = looked.facts("file") | {"people": text} if looked else usual | {"usual": template.design.usual}
    form = Form(ManyPeople, refused, values=values, options={"account": accounts})
    if refused is not None and "file" in refused.sent.files:
        text = _of_file(refused.sent.files["file"].stream)
    text = text or str(form["people"].value)
    each, row = str(form["usual"].value), str(form["row"].value or "")
    look = _look_at_list(template, text, each, row) if text.strip() else Look()
    return _page("portal/stationery_many.html", template, form, refused, look, text=text)


@blueprint.post("/<ulid>/people/look")
@require("order")
@asks(LookAtMany, again=many)
def look_at_many(said: LookAtMany, ulid: str) -> str:
    """The same page with what the list comes to; nothing is kept."""
    return str(many(ulid, looked=said))


@blueprint.post("/<ulid>/people")
@require("order")
@asks(ManyPeople, again=many)
def order_many(said: ManyPeople, ulid: str) -> Page:
    """The list becomes one job with all names."""
    with reading() as session:
        template = _offered(session, ulid)
    people = read_people(_text(said), template.design.rules, said.usual)
    found = ordering.all_findings(plant().files, template, people)
    if found:
        raise InvalidInput("The list cannot be printed so.", code="STATIONERY_VALUE", findings=found)
    return _order(template, people.people, said)


def _look_at_list(template: IdentityTemplate, text: str, each: str, row: str) -> Look:
    usual = int(each) if each.isdigit() and 1 <= int(each) <= MOST_EACH else template.design.usual
    people = read_people(text, template.design.rules, usual)
    found = ordering.all_findings(plant().files, template, people)
    wanted = int(row) if row.isdigit() and len(row) < 9 else 0
    person = next((one for one in people.people if one.row == wanted), next(iter(people.people), None))
    pictures: tuple[str, ...] = ()
    if person is not None:
        seen = artwork.look(plant().files, template.background_sha256, template.design, person.values)
        pictures = tuple(map(inline_png, seen.pictures))
    price, gang = _price(template, people.people) if people.people and not stops(found) else (None, None)
    return Look(pictures, tuple(found), person, price, people, gang)


def _text(said: LookAtMany | ManyPeople) -> str:
    return _of_file(said.file.stream) if said.file is not None else said.people


def _of_file(stream: Any) -> str:
    stream.seek(0)
    data = stream.read(MOST_BYTES + 1)
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return str(data.decode(encoding))
        except UnicodeDecodeError:
            continue
    raise InvalidInput("The file is no text.", code="ENCODING", remedy="Save it as CSV in UTF-8.")


# --- both --------------------------------------------------------------------------------------------------


def _page(
    name: str, template: IdentityTemplate, form: Form, refused: Refused | None, look: Look, **more: Any
) -> str:
    choices = {
        rule.name: [("", "Choose"), *((one, one) for one in rule.choices)] for rule in template.design.rules
    }
    return render_template(
        name, template=template, form=form, refused=refused, look=look, choices=choices,
        product=families().family(template.product).name, **more,
    )  # fmt: skip


def _offered(session: Session, ulid: str) -> IdentityTemplate:
    return queries.offered(session, template_id(ulid), actor().agency_id or 0)


def template_id(text: str) -> UUID:
    """Of an address. NotFound for what is none."""
    return named_ulid(text, "template")


def _accounts(session: Session, agency_id: int) -> list[tuple[str, str]]:
    return [(one.bill_code, f"{one.bill_code}: {one.name}") for one in open_accounts(session, agency_id)]


def _usual(session: Session, template: IdentityTemplate) -> dict[str, Any]:
    due = shop_calendar(session).earliest_due_date(clock.today())
    return {"title": template.name, "due": due.isoformat()}


def _order(template: IdentityTemplate, people: Any, said: Ordered) -> Response:
    files = plant().files
    with reading() as session:
        standards = shop_standards(session)
    with files.scratch_folder() as folder:
        made = ordering.make(files, template, people, said.terms(), standards, folder)

    def command(uow: UnitOfWork) -> Done:
        who = actor()
        job = ordering.submit(uow, made, agency_id=template.agency_id, requester_id=who.user_id or 0)
        return Done(url_for("jobs.show", number=job.number), "Ordered. It is checked and quoted now.")

    return once(command)


def _price(template: IdentityTemplate, people: Any) -> tuple[Money | None, Gang | None]:
    """What it comes to by today's rate card, and how several names are ganged; None where the card lacks a price."""
    terms = Terms(template.name, "-", clock.today(), "-")
    try:
        with reading() as session:
            shop = shop_on(session, families().family(template.product), clock.today())
        if shop is None:
            return None, None
        spec, gang = ordering.specified(template, people, terms, shop.standards)
        return shop.price(shop.cheapest(spec)), gang
    except (AttentionNeeded, UserError):
        return None, None
