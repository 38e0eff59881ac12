"""Identity templates at the communications office: a version is entered, approved by another person, withdrawn."""

from __future__ import annotations

import json
import shutil
from functools import partial
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from flask import Blueprint, Response, render_template, url_for
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from kernel.errors import NotFound
from kernel.ids import named_ulid, show_ulid
from production.asked import Asked, Count, File, Line, Needed, OneOf, Paragraph
from production.catalog.models import Stock
from production.frontdesk.stationery import artwork, office, queries
from production.frontdesk.stationery.models import Design, IdentityTemplate
from production.frontdesk.stationery.values import Letters, ValueKind, ValueRule
from production.people.models import Agency
from production.prepress.merge import fonts
from production.prepress.templates.answers import Background
from store.db import UnitOfWork
from store.files import FileRef
from web.acts import asks, command
from web.forms import Form, Refused
from web.frame import Done, actor, once, plant, reading, require
from web.pictures import inline_png

blueprint = Blueprint("identity", __name__, url_prefix="/stationery/versions")
KINDS = {
    ValueKind.TEXT.value: "Text", ValueKind.PHONE.value: "Phone", ValueKind.EXTENSION.value: "Extension",
    ValueKind.EMAIL.value: "E-mail", ValueKind.CHOICE.value: "One of a list",
}  # fmt: skip
LETTERS = {
    Letters.AS_TYPED.value: "As typed",
    Letters.UPPER.value: "CAPITALS",
    Letters.LOWER.value: "small letters",
}
_SPARE = 3  # empty rows below those that say something
_SAMPLES = {ValueKind.PHONE: "225-555-0100", ValueKind.EXTENSION: "1234", ValueKind.EMAIL: "name@example.gov"}
_FIRST_BOXES = {
    "fields": [
        {"name": "name", "page": 1, "x": 27, "y": 36, "width": 198, "height": 18, "column": "name", "size": 13},
        {"name": "lines", "page": 1, "x": 27, "y": 60, "width": 198, "height": 66, "size": 8.5, "fit": "wrap",
         "omit_empty": True, "text": "{title}\n{phone}\n{email}"},
    ]
}  # fmt: skip
_FIRST_RULES = (
    ValueRule("name", "Name"), ValueRule("title", "Job title", is_needed=False),
    ValueRule("phone", "Phone", ValueKind.PHONE), ValueRule("email", "E-mail", ValueKind.EMAIL),
)  # fmt: skip
_Word = Annotated[Line, Field(max_length=300)]


class Version(Asked):
    """A version of a template. ``value_...``: by row of the table of values."""

    CODE = "STATIONERY_TEMPLATE"
    agency: Line = Field(default="", title="Agency", description="The agency's code.")
    name: Annotated[Needed, Field(max_length=120)] = Field(title="Name", description="Such as Business card.")
    owner: Annotated[Needed, Field(max_length=200)] = Field(title="Owner", description="Who answers for it.")
    product: Needed = Field(title="Product")
    stock: Needed = Field(title="Paper")
    inks_front: Annotated[Count, Field(le=4)] = Field(
        title="Inks in front", description="1: black, 4: all colors."
    )
    inks_back: Annotated[Count, Field(le=4)] = Field(
        default=0, title="Inks on the back", description="0: no back."
    )
    usual: Annotated[Count, Field(ge=1, le=10_000)] = Field(default=250, title="Usual quantity")
    background: File | None = Field(
        default=None, title="Background (PDF)", description="A page for each side, with 1/8 in of bleed."
    )
    boxes: Annotated[Paragraph, Field(max_length=100_000)] = Field(title="Boxes")
    value_name: dict[str, _Word] = Field(default_factory=dict, title="Name in braces")
    value_title: dict[str, _Word] = Field(default_factory=dict, title="Title")
    value_kind: dict[str, Annotated[Line, OneOf(KINDS)]] = Field(default_factory=dict, title="What it is")
    value_choices: dict[str, _Word] = Field(default_factory=dict, title="Choices")
    value_letters: dict[str, Annotated[Line, OneOf(LETTERS)]] = Field(default_factory=dict, title="Letters")
    value_most: dict[str, Annotated[Count, Field(ge=1, le=300)]] = Field(
        default_factory=dict, title="At most"
    )
    value_needed: dict[str, Line] = Field(default_factory=dict, title="Needed")

    def entered(self) -> office.Entered:
        """As the office takes it; rows without a name say nothing."""
        rows = [row for row in sorted(self.value_name, key=_number) if self.value_name[row]]
        inks = (self.inks_front, self.inks_back)
        return office.Entered(
            self.name, self.owner, self.product, self.stock, inks, self.boxes, tuple(map(self._rule, rows)), self.usual
        )  # fmt: skip

    def _rule(self, row: str) -> ValueRule:
        name = self.value_name[row]
        return ValueRule(
            name, self.value_title.get(row) or name,
            ValueKind(self.value_kind.get(row, ValueKind.TEXT.value)),
            bool(self.value_needed.get(row)),
            tuple(one.strip() for one in self.value_choices.get(row, "").split(";") if one.strip()),
            Letters(self.value_letters.get(row, Letters.AS_TYPED.value)),
            self.value_most.get(row, 80),
        )  # fmt: skip


def _number(row: str) -> int:
    return int(row) if row.isdigit() and len(row) < 6 else 0


@blueprint.get("/new")
@require("keep_stationery")
def new(refused: Refused | None = None) -> str:
    """The form of a template's first version."""
    values = _rule_values(_FIRST_RULES) | {
        "boxes": _as_text(_FIRST_BOXES),
        "inks_front": 4,
        "product": "business_cards",
    }
    return _form(None, values, refused)


@blueprint.post("/new")
@require("keep_stationery")
@asks(Version, again=new)
def enter(said: Version) -> Answer:
    """The first version of a template."""
    if said.background is None:
        raise Version.refusal("background", "Choose the file.")
    return _enter(said, None)


@blueprint.get("/<ulid>/next")
@require("keep_stationery")
def change(ulid: str, refused: Refused | None = None) -> str:
    """The form of the next version, with what this one says."""
    row = _row(ulid)
    design = row.design
    values = _rule_values(design.rules) | {
        "agency": row.agency.code, "name": row.name, "owner": row.owner, "product": row.product, "stock": row.stock,
        "inks_front": design.inks[0], "inks_back": design.inks[1], "usual": design.usual,
        "boxes": _as_text(design.boxes.to_json()),
    }  # fmt: skip
    return _form(row, values, refused)


@blueprint.post("/<ulid>/next")
@require("keep_stationery")
@asks(Version, again=change)
def enter_next(said: Version, ulid: str) -> Answer:
    """The next version; its background stays unless another is sent."""
    return _enter(said, _row(ulid))


@blueprint.get("/<ulid>")
@require("see_stationery")
def show(ulid: str, refused: Refused | None = None) -> str:
    """A version with sample values, its facts, and those before and after it."""
    row = _row(ulid)
    with reading() as session:
        others = queries.versions(session, row.agency_id, row.name)
    seen = artwork.look(plant().files, row.background_sha256, row.design, _sample(row.design))
    return render_template(
        "portal/template.html", row=row, others=others, pictures=[inline_png(one) for one in seen.pictures],
        findings=seen.findings, refused=refused, me=actor().name, kinds=KINDS, letters=LETTERS,
        stands=next((one.number for one in others if one.approved_at and not one.withdrawn_at), None),
    )  # fmt: skip


@blueprint.get("/<ulid>/background/<int:page>.png")
@require("keep_stationery")
def background(ulid: str, page: int) -> Response:
    """A page of the background, as large as its bleed, for boxes to be placed on. NotFound."""
    row = _row(ulid)
    if not 1 <= page <= row.design.pages:
        raise NotFound("There is no such page.")
    drawn = artwork.background_picture(plant().files, row.background_sha256, page)
    return Response(drawn, mimetype="image/png", headers={"Cache-Control": "private, max-age=3600"})


@blueprint.post("/<ulid>/approve")
@require("keep_stationery")
@command(Asked, again=show)
def approve(uow: UnitOfWork, _said: Asked, ulid: str) -> Done:
    """The second person's yes."""
    row = queries.version(uow.session, named_ulid(ulid, "template"), actor().agency_id)
    office.approve(uow, row)
    return Done(url_for(".show", ulid=ulid), f"Version {row.number} of {row.name} is in force.")


@blueprint.post("/<ulid>/withdraw")
@require("keep_stationery")
@command(Asked, again=show)
def withdraw(uow: UnitOfWork, _said: Asked, ulid: str) -> Done:
    """Nothing is ordered by it any more."""
    row = queries.version(uow.session, named_ulid(ulid, "template"), actor().agency_id)
    office.withdraw(uow, row)
    return Done(url_for(".show", ulid=ulid), f"Version {row.number} of {row.name} is withdrawn.")


def _row(ulid: str) -> IdentityTemplate:
    with reading() as session:
        return queries.version(session, named_ulid(ulid, "template"), actor().agency_id)


def _enter(said: Version, before: IdentityTemplate | None) -> Answer:
    files, entered = plant().files, said.entered()
    if said.background is not None:
        with files.scratch_folder() as folder:
            path = folder / "given.pdf"
            with path.open("wb") as out:
                shutil.copyfileobj(said.background.stream, out)
            kept = office.keep_background(files, path, folder)
        ref, about = kept.ref, kept.about
    else:
        assert before is not None  # noqa: S101  a first version has a file
        ref, about = _kept_before(before)
    design = office.design_of(entered, about)

    def work(uow: UnitOfWork) -> Done:
        row = office.enter(uow, _agency(uow.session, said.agency, before), entered, design, ref)
        words = f"Version {row.number} of {row.name} is entered. Another person approves it."
        return Done(url_for(".show", ulid=show_ulid(row.ulid)), words)

    return once(work)


def _kept_before(row: IdentityTemplate) -> tuple[FileRef, Background]:
    """The background of a version, as it was taken in."""
    path = plant().files.checked_path(row.background_sha256)
    width, height = (float(side) * 72 for side in row.design.trim)
    about = Background(((width, height),) * row.design.pages, float(row.design.bleed) * 72)
    return FileRef(row.background_sha256, path.stat().st_size, "application/pdf"), about


def _agency(session: Session, code: str, before: IdentityTemplate | None) -> Agency:
    own = actor().agency_id or (before.agency_id if before else None)
    query = select(Agency).filter_by(id=own) if own else select(Agency).filter_by(code=code)
    found = session.scalars(query).first()
    if found is None:
        raise Version.refusal("agency", f"There is no agency {code}.")
    return found


def _form(row: IdentityTemplate | None, values: dict[str, Any], refused: Refused | None) -> str:
    with reading() as session:
        stocks = session.execute(
            select(Stock.code, Stock.name).where(Stock.is_active).order_by(Stock.name)
        ).all()
        agencies = session.execute(select(Agency.code, Agency.name).order_by(Agency.name)).all()
    products = [(code, family.name) for code, family in office.leaf_families().items()]
    form = Form(
        Version, refused, values=values, options={"stock": stocks, "product": products, "agency": agencies}
    )
    pages = [_Page(*one) for one in _page_sizes(row.design)] if row else []
    return render_template(
        "portal/template_form.html", row=row, form=form, refused=refused, kinds=KINDS, letters=LETTERS,
        rows=range(1, len(values["value_name"]) + _SPARE + 1), columns=list(values["value_name"].values()),
        fonts=list(fonts.FILES), is_plant=actor().agency_id is None, placer_pages=pages,
        page_url=partial(_page_url, row.ulid) if row else None,
    )  # fmt: skip


def _page_url(ulid: UUID, page: int) -> str:
    return url_for(".background", ulid=show_ulid(ulid), page=page)


class _Page(NamedTuple):
    """A page to place boxes on, in points."""

    width: float
    height: float


def _page_sizes(design: Design) -> list[tuple[float, float]]:
    width, height = (float(side + 2 * design.bleed) * 72 for side in design.trim)
    return [(width, height)] * design.pages


def _rule_values(rules: tuple[ValueRule, ...]) -> dict[str, Any]:
    by_row = {str(at): rule for at, rule in enumerate(rules, start=1)}
    return {
        "value_name": {row: rule.name for row, rule in by_row.items()},
        "value_title": {row: rule.title for row, rule in by_row.items()},
        "value_kind": {row: rule.kind.value for row, rule in by_row.items()},
        "value_choices": {row: "; ".join(rule.choices) for row, rule in by_row.items()},
        "value_letters": {row: rule.letters.value for row, rule in by_row.items()},
        "value_most": {row: rule.most for row, rule in by_row.items()},
        "value_needed": {row: "yes" if rule.is_needed else "" for row, rule in by_row.items()},
    }


def _as_text(boxes: dict[str, Any]) -> str:
    return json.dumps(boxes, indent=1, ensure_ascii=False)


def _sample(design: Design) -> dict[str, str]:
    """Something in every box: the first choice, a number, an address, else the title itself."""
    return {
        rule.name: rule.choices[0] if rule.choices else _SAMPLES.get(rule.kind, rule.title)
        for rule in design.rules
    }
