"""What the communications office does: enter a version of a template, approve what another person entered, withdraw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from sqlalchemy import func, select

from kernel.errors import Conflict, InvalidInput
from kernel.findings import Finding, Severity, of_field, stops
from kernel.ids import new_ulid, show_ulid
from production.catalog.products.families import Family, families
from production.frontdesk.stationery.models import Design, IdentityTemplate
from production.frontdesk.stationery.values import ValueRule
from production.notices import telling
from production.notices.kinds import BY_CODE
from production.notices.telling import JobFacts
from production.people.models import Agency
from production.people.names import full_name
from production.prepress.merge.backgrounds import take_in
from production.prepress.merge.fields import Fields, Kind, load_fields
from production.prepress.preflight.order import NO_ORDER
from production.prepress.preflight.pdf import preflight_order
from production.prepress.templates.answers import Background
from store.db import UnitOfWork
from store.files import FileRef, FileStore, record_file

_MOST_PAGES = 2  # front and back of a leaf
_WAITS = BY_CODE["template_waits"]


@dataclass(frozen=True, slots=True)
class Entered:
    """A version as the office says it. ``boxes``: a fields file (docs/fields.md)."""

    name: str
    owner: str
    product: str
    stock: str
    inks: tuple[int, int]
    boxes: str
    rules: tuple[ValueRule, ...]
    usual: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A background that was taken in: its file with the bleed, and what it is."""

    ref: FileRef
    about: Background


def leaf_families() -> dict[str, Family]:
    """Products that a template can be of: one leaf, printed on one side or both."""
    return {
        code: one
        for code, one in families().families.items()
        if one.flat == "leaf" and len(one.components) == 1
    }


def keep_background(files: FileStore, path: Path, folder: Path) -> Kept:
    """Take a file in. InvalidInput for what is no PDF of a leaf."""
    wrong = [one for one in preflight_order(path, NO_ORDER).findings if one.severity is Severity.STOP]
    if wrong:
        found = [_wrong("background", one.message, one.remedy) for one in wrong]
        raise InvalidInput(wrong[0].message, code=wrong[0].code, findings=found)
    about = take_in(path, folder / "background.pdf")
    if len(about.sizes) > _MOST_PAGES or len({_inches(size) for size in about.sizes}) > 1:
        other = _wrong("background", "It has more than a front and a back, or pages of several sizes.")
        raise InvalidInput(other.message, code=other.code, findings=[other])
    return Kept(files.keep(folder / "background.pdf", "application/pdf"), about)


def design_of(said: Entered, about: Background) -> Design:
    """The design of what was entered. InvalidInput STATIONERY_TEMPLATE lists everything wrong with it."""
    bleed = 2 * about.bleed
    pages = [(width + bleed, height + bleed) for width, height in about.sizes]
    names = [rule.name for rule in said.rules]
    boxes, found = load_fields(said.boxes, columns=names, page_sizes=pages)
    problems = [*stops(found), *_problems(said, about, boxes)]
    if problems or boxes is None:
        raise InvalidInput("The template was not entered.", code="STATIONERY_TEMPLATE", findings=problems)
    trim = _inches(about.sizes[0])
    bleed_in = Decimal(about.bleed / 72).quantize(Decimal("0.0001"))
    return Design(trim, bleed_in, said.inks, len(about.sizes), boxes, said.rules, said.usual)


def enter(
    uow: UnitOfWork, agency: Agency, said: Entered, design: Design, background: FileRef
) -> IdentityTemplate:
    """The next version of that name, for another person to approve."""
    named = {"agency_id": agency.id, "name": said.name}
    newest = uow.session.scalar(select(func.max(IdentityTemplate.number)).filter_by(**named)) or 0
    record_file(uow, background)
    row = IdentityTemplate(
        ulid=new_ulid(uow.now), **named, number=newest + 1, owner=said.owner, product=said.product, stock=said.stock,
        background_sha256=background.sha256, design=design, entered_by=uow.actor.name, entered_at=uow.now,
    )  # fmt: skip
    uow.session.add(row)
    uow.session.flush()  # an act that names it follows
    _audit(uow, row, "entered")
    facts = JobFacts(said.name, said.name, agency.id, agency.name, None, None)
    words = {"by": full_name(uow.session, uow.actor.name), "template": show_ulid(row.ulid)}
    telling.add(uow, _WAITS, show_ulid(row.ulid), words, job=facts)
    return row


def approve(uow: UnitOfWork, row: IdentityTemplate) -> None:
    """It is in force from now on. Conflict SECOND_PERSON for whoever entered it; STATE when it is settled already."""
    _refuse_settled(row)
    if row.entered_by == uow.actor.name:
        raise Conflict(
            "You entered this version yourself: another person must approve it.", code="SECOND_PERSON"
        )
    row.approved_by, row.approved_at = uow.actor.name, uow.now
    _audit(uow, row, "approved")


def withdraw(uow: UnitOfWork, row: IdentityTemplate) -> None:
    """Nothing can be ordered by it any more, or it is not wanted. Conflict STATE when it is withdrawn already."""
    if row.withdrawn_at is not None:
        raise Conflict("This version is withdrawn already.", code="STATE")
    row.withdrawn_by, row.withdrawn_at = uow.actor.name, uow.now
    _audit(uow, row, "withdrawn")


def _refuse_settled(row: IdentityTemplate) -> None:
    if row.approved_at is not None or row.withdrawn_at is not None:
        raise Conflict("This version is settled already.", code="STATE")


def _audit(uow: UnitOfWork, row: IdentityTemplate, act: str) -> None:
    uow.audit("identity_template", row.ulid, act, of=row.name, number=row.number)


def _problems(said: Entered, about: Background, boxes: Fields | None) -> Iterator[Finding]:
    if said.product not in leaf_families():
        yield _wrong("product", "A template is of a product that is one leaf.")
    if (said.inks[1] > 0) != (len(about.sizes) == _MOST_PAGES):
        yield _wrong("inks_back", "A back with ink needs a second page, and a second page ink.")
    names = [rule.name for rule in said.rules]
    if not names:
        yield _wrong("rules", "Name at least one value.")
    if len(set(names)) != len(names) or len({rule.title for rule in said.rules}) != len(names):
        yield _wrong("rules", "Two values have the same name or title.")
    if boxes is None:
        return
    if any(box.kind is not Kind.TEXT for box in boxes.fields):
        yield _wrong("boxes", "Boxes of a template hold text: no address, barcode or mark.")
    if unknown := boxes.columns - set(names):
        yield _wrong("boxes", f"The boxes name what is no value: {', '.join(sorted(unknown))}.")
    if unused := set(names) - boxes.columns:
        yield _wrong("rules", f"No box shows {', '.join(sorted(unused))}.")


def _inches(size: tuple[float, float]) -> tuple[Decimal, Decimal]:
    width, height = (Decimal(side / 72).quantize(Decimal("0.001")) for side in size)
    return width, height


def _wrong(column: str, message: str, remedy: str = "") -> Finding:
    return of_field("STATIONERY_TEMPLATE", column, message, remedy)
