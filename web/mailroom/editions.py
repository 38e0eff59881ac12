"""The shelf of postal editions: what is loaded and in force, what a mailing lacks, what changed; loading by one
person, activation by another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from kernel.clock import today
from kernel.errors import InvalidInput, NotFound, ShopError
from kernel.findings import Finding, Place, Severity
from postal.data.edition_folder import Proposal, edition_named, findings_of
from postal.data.editions import Edition
from postal.data.mail_days import mail_date_finding, mail_day_from
from postal.loading.edition_diff import Change, contents, diff
from postal.loading.edition_import import LABELS, MAX_BYTES, PRICES, WITH_A_NAME, Wishes
from postal.piece.kinds import CATEGORIES, CLASS_NAMES, SIZES, plan_id, usual_piece
from production.catalog.lead_times import lead_times
from production.catalog.shop_days import closed_days
from production.mailings import editions as catalog
from production.mailings.edition_shelf import lacking, on_shelf
from production.mailings.shop import ShopProfile
from store.db import UnitOfWork
from web import acts
from web.downloads import safe_name
from web.forms import errors_of
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
        lead=lead_times(on),
        closed_days=closed_days(on),
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
        error = acts.sentence_of(refusal)
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


@blueprint.get("/load")
@require("keep_postal_data")
def form() -> str:
    """The form for files of an edition."""
    return _load_page()


@blueprint.post("/load")
@require("keep_postal_data")
def load() -> Response | tuple[str, int]:
    """Keep files as draft editions, or say what is wrong with each; all of them or none."""
    folder = catalog.edition_folder(plant().files)
    try:
        found = _read_files(folder)
    except acts.REFUSALS as error:
        return _load_page(error), acts.status_of(error)

    def work(uow: UnitOfWork) -> Done:
        kept = catalog.keep(uow, folder, found)
        names = ", ".join(edition.name for edition in kept)
        say = f"Loaded as draft: {names}. Another person has to compare and activate it."
        return Done(url_for(".show", name=kept[0].name) if len(kept) == 1 else url_for(".listing"), say)

    try:
        return once(work)
    except acts.REFUSALS as error:
        return _load_page(error), acts.status_of(error)


@blueprint.post("/activate")
@require("keep_postal_data")
def activate() -> Response | tuple[str, int]:
    """Use an edition from now on; never by the person who loaded it."""
    return _change(catalog.activate, "is active. New plans use it from its first day on.")


@blueprint.post("/withdraw")
@require("keep_postal_data")
def withdraw() -> Response | tuple[str, int]:
    """Use an edition no more."""
    return _change(catalog.withdraw, "is withdrawn. What was planned with it stays as it is.")


def _change(verb: Callable[[UnitOfWork, Path, str], Edition], say: str) -> Response | tuple[str, int]:
    name = request.form.get("name", "")
    folder = catalog.edition_folder(plant().files)

    def work(uow: UnitOfWork) -> Done:
        edition = verb(uow, folder, name)
        return Done(url_for(".show", name=edition.name), f"{edition.name} {say}")

    return acts.act(work, again=lambda error: _edition_page(name, error))


def _edition_page(name: str, error: ShopError | None = None) -> str:
    among = catalog.shop_editions(plant().files)
    edition = edition_named(name, among)
    said = list(contents(edition).items())
    own = [one for one in among if one.kind == edition.kind and one.name != edition.name]
    return render_template(
        "mailroom/edition.html",
        edition=edition,
        findings=findings_of(edition),
        error=acts.sentence_of(error) if error else "",
        page=_slice(said),
        others=[
            (one.name, one.name) for one in sorted(own, key=lambda one: one.effective_from, reverse=True)
        ],
        is_own=edition.loaded_by == actor().name,
    )


def _load_page(error: ShopError | None = None) -> str:
    findings = error.findings if isinstance(error, InvalidInput) else []
    beside = errors_of(error) if isinstance(error, InvalidInput) and findings else {}
    return render_template(
        "mailroom/edition_load.html",
        form=request.form,
        kinds=list(KINDS.items()),
        findings=findings,
        error=acts.sentence_of(error) if error and not findings else "",
        errors={name: sentence for name, sentence in beside.items() if name},
        most_mb=MAX_BYTES // 1_000_000,
    )


def _read_files(folder: Path) -> list[Proposal]:
    """Each file read in a child process. InvalidInput with the findings of every file."""
    given = [file for file in request.files.getlist("file") if file.filename][: MOST_FILES + 1]
    kind = request.form.get("kind", "")
    if not given:
        raise _refused("file", "Choose the file.")
    if len(given) > (MOST_FILES if kind == LABELS else 1):
        raise _refused("file", f"Labeling lists may come {MOST_FILES} at a time, anything else one by one.")
    wishes = _wishes(kind)
    proposals: list[Proposal] = []
    findings: list[Finding] = []
    with plant().files.scratch_folder() as scratch:
        for number, file in enumerate(given):
            path = Path(scratch) / f"upload-{number}"
            data = file.read(MAX_BYTES + 1)
            path.write_bytes(data)
            named = replace(wishes, file=safe_name(file.filename or ""))
            try:
                proposals.append(catalog.examine_file(folder, path, named))
            except InvalidInput as error:
                findings += error.findings
    if findings:
        raise InvalidInput("Nothing was loaded.", code="EDITION_IMPORT", findings=findings)
    return proposals


def _wishes(kind: str) -> Wishes:
    """What was typed. InvalidInput EDITION_IMPORT for a date that is none."""
    text = {name: request.form.get(name, "").strip() for name in ("part", "source", "edition_id", "caution")}
    dates = {}
    for name in ("effective_from", "effective_to", "grace_until"):
        typed = request.form.get(name, "").strip()
        dates[name] = _date(typed) if typed else None
        if typed and dates[name] is None:
            raise _refused(name, "This is not a day.")
    is_named = kind in WITH_A_NAME and text["part"]
    return Wishes(
        kind=f"{kind}/{text['part']}" if is_named else kind,
        source=text["source"][:400],
        edition_id=text["edition_id"],
        caution=text["caution"][:400],
        complete="partial" not in request.form,
        effective_from=dates["effective_from"],
        effective_to=dates["effective_to"],
        grace_until=dates["grace_until"],
    )


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
        return usual, "This is not a day."
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


def _refused(field: str, sentence: str) -> InvalidInput:
    finding = Finding("EDITION_CONTENT", Severity.STOP, sentence, place=Place(column=field))
    return InvalidInput("Nothing was loaded.", code="EDITION_IMPORT", findings=[finding])
