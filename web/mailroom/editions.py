"""The shelf of postal editions: what is loaded and in force, what a mailing lacks, what changed; loading by one
person, activation by another.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from flask import Blueprint, render_template, request, url_for
from pydantic import Field
from sqlalchemy import select
from werkzeug.wrappers import Response

from kernel.clock import today
from kernel.errors import InvalidInput, NotFound
from kernel.findings import Finding
from postal.data.edition_folder import Proposal, edition_named, findings_of
from postal.data.mail_days import mail_date_finding, mail_day_from
from postal.loading.edition_diff import Change, contents, diff
from postal.loading.edition_import import LABELS, MAX_BYTES, PRICES, WITH_A_NAME, Wishes
from postal.piece.kinds import CATEGORIES, CLASS_NAMES, SIZES, plan_id, usual_piece
from production.asked import Asked, Day, File, Line, OneOf, Paragraph
from production.mailings import editions as catalog
from production.mailings.edition_shelf import lacking, on_shelf
from production.mailings.shop import ShopProfile
from store.db import UnitOfWork
from web.acts import asks, command, sentence_of
from web.downloads import safe_name
from web.forms import Form, Refused
from web.frame import Done, actor, once, plant, reading, require

blueprint = Blueprint("editions", __name__, url_prefix="/mailroom/editions")
PAGE = 100
MOST_FILES = 20
KINDS = {
    LABELS: "Labeling lists (FAST files)",
    PRICES: "Prices (CSV)",
    "stids": "Service type identifiers (CSV)",
    "content-ids": "Content identifiers, CIN (CSV)",
    "incentives": "Incentives: Full-Service, Seamless Acceptance (TOML)",
    "entry-places": "Places of entry at an NDC or ASF (CSV)",
    "sort-plan": "A sort plan (TOML)",
    "statement-lines": "The lines of a statement form (TOML)",
    "tray-types": "Tray types (TOML)",
    "pallet-rules": "Rules of pallets (TOML)",
    "mailpiece-standards": "Limits of the piece (TOML)",
    "limits": "Move Update, Scorecard and other limits (TOML)",
    "5d-schemes": "5-digit schemes of letters (CSV)",
    "route-stops": "Stops of carrier routes (CSV)",
}


class Slice(NamedTuple):
    """A page of many rows; ``number`` from 1."""

    rows: list[Any]
    number: int
    pages: int
    total: int


@blueprint.get("")
@require("keep_postal_data")
def listing() -> str:
    """What is loaded, how it stands on a day, and what a kind of mail lacks on it."""
    asked = {
        "mail_class": _choice("mail_class", CLASS_NAMES),
        "shape": _choice("shape", SIZES),
        "category": _choice("category", CATEGORIES),
        "option": _choice("option", ("tray", "bundle")),
    }
    on, error = _day_asked()
    with reading() as session:
        allows_tests = bool(session.scalar(select(ShopProfile.allow_test_only)))
    among = catalog.shop_editions(plant().files)
    gaps = None
    if "mail_class" in request.args and not error:
        chosen = plan_id(asked["mail_class"], asked["shape"], asked["category"], asked["option"])
        gaps = lacking(chosen, on, usual_piece(asked["shape"]), among)
    return render_template(
        "mailroom/editions.html",
        groups=on_shelf(among, on, allow_test_only=allows_tests),
        on=on,
        date_error=error,
        asked=asked,
        gaps=gaps,
        classes=list(CLASS_NAMES.items()),
        shapes=_words(SIZES),
        categories=_words(CATEGORIES),
        allows_tests=allows_tests,
    )


@blueprint.get("/one")
@require("keep_postal_data")
def show() -> str:
    """One edition: its card, what was found on loading, what it says."""
    return _edition_page(request.args.get("name", ""))


@blueprint.get("/compare")
@require("keep_postal_data")
def compare() -> str:
    """What changed between two editions of a kind."""
    among = catalog.shop_editions(plant().files)
    before, after = (edition_named(request.args.get(side, ""), among) for side in ("before", "after"))
    changes: tuple[Change, ...] = ()
    error = ""
    try:
        changes = diff(before, after)
    except InvalidInput as refusal:
        error = sentence_of(refusal)
    counts = {
        "added": sum(not change.before for change in changes),
        "gone": sum(not change.after for change in changes),
    }
    return render_template(
        "mailroom/edition_changes.html",
        before=before,
        after=after,
        error=error,
        page=_slice(changes),
        counts={**counts, "other": len(changes) - sum(counts.values())},
    )


class LoadEdition(Asked):
    """Files of an edition, and what is known of them."""

    CODE = "EDITION_CONTENT"
    REFUSED = "Nothing was loaded."
    kind: Annotated[Line, OneOf(KINDS, checked=False)] = Field(LABELS, title="What it is")
    file: list[File] = Field(title="File", max_length=MOST_FILES)
    effective_from: Day | None = Field(
        None, title="In force from", description="A labeling list brings its own day and source."
    )
    source: Line = Field(
        "",
        title="Source",
        description="For example: Notice 123 of 2026-07-12, PostalPro.",
        max_length=400,
    )
    part: Line = Field(
        "",
        title="Plan or form",
        description="For a sort plan or a form: its name, such as fcm-letter-automation or 3600-FCM.",
        max_length=60,
    )
    edition_id: Line = Field(
        "",
        title="Name of the edition",
        description="Otherwise its first day and the file's name.",
        max_length=60,
    )
    effective_to: Day | None = Field(None, title="Last day")
    grace_until: Day | None = Field(None, title="Grace date")
    caution: Paragraph = Field(
        "",
        title="Caution",
        description="The sentence a mailing must show when it used this edition.",
        max_length=400,
    )
    partial: bool = Field(default=False, title="It does not hold everything the publication has.")

    @property
    def wishes(self) -> dict[str, Any]:
        """As the fields of Wishes."""
        is_named = self.kind in WITH_A_NAME and self.part
        return {
            "kind": f"{self.kind}/{self.part}" if is_named else self.kind,
            "complete": not self.partial,
            **self.facts("kind", "file", "part", "partial"),
        }


class NamedEdition(Asked):
    """An edition by its name."""

    name: Line


@blueprint.get("/load")
@require("keep_postal_data")
def form(refused: Refused | None = None) -> str:
    """The form for files of an edition."""
    in_file = refused.in_file if refused else []
    return render_template(
        "mailroom/edition_load.html",
        form=Form(LoadEdition, refused),
        refused=refused,
        findings=in_file,
        most_mb=MAX_BYTES // 1_000_000,
    )


@blueprint.post("/load")
@require("keep_postal_data")
@asks(LoadEdition, again=form)
def load(said: LoadEdition) -> Response:
    """Keep files as draft editions, or say what is wrong with each; all of them or none."""
    folder = catalog.edition_folder(plant().files)
    found = _read_files(folder, said)

    def work(uow: UnitOfWork) -> Done:
        kept = catalog.keep(uow, folder, found)
        names = ", ".join(edition.name for edition in kept)
        say = f"Loaded as draft: {names}. Another person has to compare and activate it."
        return Done(url_for(".show", name=kept[0].name) if len(kept) == 1 else url_for(".listing"), say)

    return once(work)


def _again(refused: Refused) -> str:
    return _edition_page(refused.sent.fields.get("name", ""), refused)


@blueprint.post("/activate")
@require("keep_postal_data")
@command(NamedEdition, again=_again)
def activate(uow: UnitOfWork, said: NamedEdition) -> Done:
    """Use an edition from now on; never by the person who loaded it."""
    edition = catalog.activate(uow, catalog.edition_folder(plant().files), said.name)
    say = f"{edition.name} is active. New plans use it from its first day on."
    return Done(url_for(".show", name=edition.name), say)


@blueprint.post("/withdraw")
@require("keep_postal_data")
@command(NamedEdition, again=_again)
def withdraw(uow: UnitOfWork, said: NamedEdition) -> Done:
    """Use an edition no more."""
    edition = catalog.withdraw(uow, catalog.edition_folder(plant().files), said.name)
    say = f"{edition.name} is withdrawn. What was planned with it stays as it is."
    return Done(url_for(".show", name=edition.name), say)


def _edition_page(name: str, refused: Refused | None = None) -> str:
    among = catalog.shop_editions(plant().files)
    edition = edition_named(name, among)
    said = list(contents(edition).items())
    own = [one for one in among if one.kind == edition.kind and one.name != edition.name]
    return render_template(
        "mailroom/edition.html",
        edition=edition,
        findings=findings_of(edition),
        refused=refused,
        page=_slice(said),
        others=[
            (one.name, one.name) for one in sorted(own, key=lambda one: one.effective_from, reverse=True)
        ],
        is_own=edition.loaded_by == actor().name,
    )


def _read_files(folder: Path, said: LoadEdition) -> list[Proposal]:
    """Each file read in a child process. InvalidInput with the findings of every file."""
    if not said.file:
        raise said.refusal("file", "Choose the file.")
    if len(said.file) > 1 and said.kind != LABELS:
        raise said.refusal(
            "file", f"Labeling lists may come {MOST_FILES} at a time, anything else one by one."
        )
    proposals: list[Proposal] = []
    findings: list[Finding] = []
    with plant().files.scratch_folder() as scratch:
        for number, file in enumerate(said.file):
            path = Path(scratch) / f"upload-{number}"
            path.write_bytes(file.stream.read(MAX_BYTES + 1))
            try:
                named = Wishes(**said.wishes, file=safe_name(file.name))
                proposals.append(catalog.examine_file(folder, path, named))
            except InvalidInput as error:
                findings += error.findings
    if findings:
        raise InvalidInput(said.REFUSED, code="EDITION_IMPORT", findings=findings)
    return proposals


def _slice(rows: Any) -> Slice:
    """The page of rows asked for in the address; NotFound past the end."""
    typed = request.args.get("page", "1")
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 7 else 1
    pages = max(1, -(-len(rows) // PAGE))
    if not 1 <= number <= pages:
        raise NotFound("There is no such page.")
    return Slice(list(rows[(number - 1) * PAGE : number * PAGE]), number, pages, len(rows))


def _day_asked() -> tuple[date, str]:
    typed = request.args.get("on", "").strip()
    usual = mail_day_from(today())
    day = _date(typed) if typed else usual
    if day is None:
        return usual, f'"{typed[:30]}" is not a day. Write year, month and day, as in 2026-11-30.'
    closed = mail_date_finding(day)
    return (usual, f"{closed.message} {closed.remedy}") if closed else (day, "")


def _choice(name: str, known: Any) -> str:
    """The word in the address where it is one of those known, else the first of them."""
    typed = request.args.get(name, "")
    return typed if typed in known else next(iter(known))


def _words(names: Any) -> list[tuple[str, str]]:
    return [(name, name.replace("-", " ").capitalize()) for name in names]


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
