"""The file of one component: what was found in it and where, fixes, versions, what was accepted. The same pages for an
order that is being entered and for a job.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, TypeVar

from flask import Blueprint, make_response, render_template, request, url_for
from pydantic import Field
from werkzeug.wrappers import Response

from kernel.errors import NotFound, StaleVersion
from kernel.ids import show_ulid
from production.asked import Asked, Count, File, Line, Paragraph
from production.frontdesk.artwork import acceptance, changing, component_file, pictures, versions, working
from production.frontdesk.artwork.component_file import ComponentFile, is_long
from production.frontdesk.artwork.models import Act, FileWork
from production.frontdesk.artwork.report import Report
from production.frontdesk.artwork.versions import Made, Version
from production.frontdesk.artwork.words import FIXES
from production.frontdesk.choosing.answers import component_name
from production.frontdesk.drafting import drafts
from production.frontdesk.orders import intake, queries
from production.frontdesk.orders.intake import GivenFile
from production.frontdesk.steps import component_files
from production.frontdesk.steps.base import Ordering
from production.jobs.states import JobState
from store.db import UnitOfWork
from web.acts import asks
from web.forms import Form, Refused, list_place
from web.frame import Done, actor, once, plant, reading, require
from web.policies import may
from web.portal.drafting import Page, find_ordering
from web.portal.print_prices import day_of, price_of_a_fix

View = TypeVar("View", bound=Callable[..., Any])

blueprint = Blueprint("artwork", __name__)
PLACES = ("/jobs/<number>/artwork/<int:position>", "/drafts/<ulid>/artwork/<int:position>")


def at_both(tail: str, method: str = "GET", of: Blueprint = blueprint) -> Callable[[View], View]:
    """A view of a component's file, of a job's and of a draft's."""

    def put(view: View) -> View:
        for place in PLACES:
            of.add_url_rule(f"{place}{tail}", view_func=view, methods=[method])
        return view

    return put


_Number = Annotated[Count, Field(ge=1, le=100_000)]


class Fix(Asked):
    """Fixes of a version, by their names."""

    CODE = "FIX_UNKNOWN"
    REFUSED = "Nothing was changed."
    version: _Number
    fix: list[Line] = Field(title="What is fixed", min_length=1, max_length=len(FIXES))


class Accept(Asked):
    """What is found under one code is printed as it is."""

    CODE = "REASON"
    REFUSED = "It was not accepted."
    version: _Number
    code: Line = Field(title="What is accepted", max_length=40)
    words: Paragraph = Field(
        title="Why may it print as it is?", description="Your words stand on the proof and on the job ticket.",
        min_length=1, max_length=500,
    )  # fmt: skip


class Look(Asked):
    """A version that nobody has looked at."""

    REFUSED = "It is not looked at."
    version: _Number


class Use(Asked):
    """A version becomes the file of the order."""

    REFUSED = "The order stays as it is."
    version: _Number
    revision: Count


class Send(Asked):
    """Another file in place of the one that is here."""

    CODE = "FILE_MISSING"
    REFUSED = "No file was kept."
    file: File = Field(title="A corrected file (PDF)")


@dataclass(frozen=True, slots=True)
class Order:
    """Whose file it is, as the page says it. ``consequence``: what using another version means; ``waits``: it stands
    still because of what was found; ``day``: whose rate card counts.
    """

    name: str
    crumbs: Sequence[tuple[str, str]]
    consequence: str
    waits: bool
    day: date
    where: Mapping[str, Any]

    def url(self, view: str, /, **more: Any) -> str:
        """The address of one of these pages."""
        return url_for(view if "." in view else f"artwork.{view}", **self.where, **more)


@dataclass(frozen=True, slots=True)
class Opened:
    """A component's file before a person, at one version."""

    order: Order
    file: ComponentFile
    version: Version
    report: Report | None  # None until a worker has looked at it
    ordering: Ordering | None = None  # of a draft

    @property
    def pages(self) -> int:
        """Of the version; 0 where nobody knows."""
        return (self.report.pages if self.report else self.version.pages) or 0

    @property
    def may_change(self) -> bool:
        """Whether this person may do something to it now: a worker does one thing after the other."""
        return self.file.may_change and not self.file.is_worked_on and may(actor(), "prepare_files")


def opened(order: Mapping[str, str], position: int, version: int | None = None) -> Opened:
    """``order``: what the address names it by. NotFound for what is not there, or not this person's."""
    of = _of_draft if "ulid" in order else _of_job
    whose, one, ordering = of(order, position)
    shown = one.version(version)
    return Opened(whose, one, shown, component_file.report_of(plant().files, one, shown), ordering)


def _of_job(order: Mapping[str, str], position: int) -> tuple[Order, ComponentFile, None]:
    with reading() as session:
        job = queries.job_by_number(session, actor(), order["number"])
        one = component_file.of_job(session, plant().files, job, position)
    crumbs = [(url_for("jobs.listing"), "Jobs"), (url_for("jobs.show", number=job.number), job.number)]
    words = "The order is checked again with it, and an approval becomes void."
    where = {"number": job.number, "position": position}
    return Order(job.title, crumbs, words, job.state is JobState.NEEDS_FIX, job.due, where), one, None


def _of_draft(order: Mapping[str, str], position: int) -> tuple[Order, ComponentFile, Ordering]:
    ordering = find_ordering(order["ulid"])
    one = component_files.component_file(ordering, position)
    where = {"ulid": order["ulid"], "position": position}
    step = url_for("drafting.step", ulid=order["ulid"], step=component_files.CODE)
    crumbs = [(url_for("catalog.choose"), "Order"), (step, component_files.LABEL)]
    is_open = not component_files.is_done(ordering)
    words = "Your order goes on with it."
    name = ordering.draft.title or ordering.product.name
    return Order(name, crumbs, words, is_open, day_of(ordering), where), one, ordering


def asked_version(refused: Refused | None) -> int | None:
    """The version that the address names, or the form that was sent in vain."""
    text = refused.sent.fields.get("version", "") if refused else request.args.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else None


@at_both("")
@require("see_jobs")
def page(position: int, refused: Refused | None = None, **order: str) -> Page:
    """What was found, with the page that it was found on; 204 to who has seen how far a worker is."""
    here = opened(order, position, asked_version(refused))
    one, report, version = here.file, here.report, here.version
    if is_as_seen(one.work):
        return Response(status=204)
    if report is None:
        return render_template(
            "portal/artwork_waits.html", here=here, label=f"{component_name(one.component)}: the file",
            refused=refused, form=Form(Look, refused),
        )  # fmt: skip
    pages = here.pages
    at = min(max(1, list_place("page", 0) or report.first_page()), max(1, pages))
    before = one.versions[version.number - 2] if version.number > 1 else None
    with reading() as session:
        fix_price = price_of_a_fix(session, here.order.day)
    return render_template(
        "portal/artwork.html", order=here.order, url=here.order.url, file=one, version=version, report=report, at=at,
        pages=pages, before=before, view="before" if before and request.args.get("view") == "before" else "now",
        label=f"{component_name(one.component)}: the file", in_use=one.is_in_use(version), refused=refused,
        send=Form(Send, refused), accepts=_accepts(report, refused), on_page=report.on_page(at),
        strip=_strip(at, pages), may_change=here.may_change,
        all_fixes=[kind.fixes[0].name for kind in report.kinds if kind.fixes], siblings=_siblings(here),
        fix_price=fix_price and fix_price.rate,
    )  # fmt: skip


def is_as_seen(work: FileWork | None) -> bool:
    """Whether the page that asks again knows already how far a worker is."""
    return work is not None and work.ended_at is None and request.args.get("since") == str(work.parts)


def _accepts(report: Report, refused: Refused | None) -> dict[str, Form]:
    """A form for each kind that may be accepted; the one that was sent in vain as it was sent."""
    sent_in_vain = refused.sent.fields.get("code") if refused else None
    return {
        kind.code: Form(Accept, refused if kind.code == sent_in_vain else None, key=kind.key)
        for kind in report.must
        if kind.can_accept
    }


def _siblings(here: Opened) -> list[tuple[str, str, bool]]:
    """The files of the other components: words, address, whether it is this one."""
    return [
        (
            component_name(name),
            url_for(".page", **{**here.order.where, "position": at}),
            at == here.file.position,
        )
        for at, name in enumerate(here.file.names, start=1)
    ]


def _strip(at: int, pages: int) -> range:
    """The pages around one, as many as are drawn at once."""
    first = (at - 1) // pictures.STRIP * pictures.STRIP + 1
    return range(first, min(first + pictures.STRIP - 1, pages) + 1)


@at_both("/<int:version>/<any(large, small):size>/<int:at>.png")
@require("see_jobs")
def picture(position: int, version: int, size: str, at: int, **order: str) -> Response:
    """A page of a version."""
    here = opened(order, position, version)
    pages = here.pages
    if not 1 <= at <= pages:
        raise NotFound("There is no such page.")
    path = plant().files.checked_path(here.version.sha256)
    answer = make_response(pictures.large(path, at) if size == "large" else pictures.small(path, at, pages))
    answer.mimetype = "image/png"
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer


# --- what is done with it ----------------------------------------------------------------------------------


@at_both("/fixes", "POST")
@require("prepare_files")
@asks(Fix, again=page)
def fix(said: Fix, /, position: int, **order: str) -> Response:
    """A version in which what was found is fixed."""
    here = opened(order, position, said.version)
    if is_long(plant().files.checked_path(here.version.sha256)):
        given = changing.given_of(plant().files, here.version)
        return ask_worker(here, Act.FIXED, given, fixes=tuple(said.fix))
    made = changing.fixed(plant().files, here.file, here.version, said.fix)
    return keep_version(here, made, lambda kept: here.order.url("page", version=kept))


@at_both("/files", "POST")
@require("prepare_files")
@asks(Send, again=page)
def send(said: Send, /, position: int, **order: str) -> Response:
    """Another file."""
    here = opened(order, position)
    given = GivenFile(plant().files.keep_stream(said.file.stream, "application/pdf"), said.file.name)
    if is_long(plant().files.checked_path(given.ref.sha256)):
        return ask_worker(here, Act.SENT, given)
    made = changing.sent(plant().files, here.file, given, Act.SENT)
    return keep_version(here, made, lambda kept: here.order.url("page", version=kept))


@at_both("/look", "POST")
@require("see_jobs")
@asks(Look, again=page)
def look(said: Look, /, position: int, **order: str) -> Response:
    """A long version is looked at, by a worker."""
    here = opened(order, position, said.version)
    return ask_worker(here, Act.SENT, changing.given_of(plant().files, here.version))


def ask_worker(here: Opened, act: Act, given: GivenFile, go: str = "", **more: Any) -> Response:
    """What takes long is done by a worker; on to the page that says how far it is, or where ``go`` leads."""
    one, made_before = here.file, changing.not_kept_yet(plant().files, here.file)

    def keep(uow: UnitOfWork) -> Done:
        if made_before:
            versions.keep(uow, one.holder, one.component, made_before)
        working.ask(uow, one.holder, one.component, one.asked, act, given, **more)
        return Done(go or here.order.url("page", version=here.version.number))

    return once(keep)


def keep_version(here: Opened, made: Made, go: Callable[[int], str]) -> Response:
    """A version beside the others; on to where its number leads."""
    one, made_before = here.file, changing.not_kept_yet(plant().files, here.file)

    def keep(uow: UnitOfWork) -> Done:
        kept = versions.keep(uow, one.holder, one.component, [*made_before, made])
        return Done(
            go(kept), f"Version {kept} is made and looked at. The version in use stays until you choose."
        )

    return once(keep)


@at_both("/accepted", "POST")
@require("order")
@asks(Accept, again=page)
def accept(said: Accept, /, position: int, **order: str) -> Response:
    """Print it as it is."""
    here = opened(order, position, said.version)
    found = component_file.found_in(plant().files, here.file, here.version)
    of_code = [one for one in found.findings if one.code == said.code] if found else []

    def keep(uow: UnitOfWork) -> Done:
        one = here.file
        acceptance.accept(
            uow, one.holder, one.subject, one.component, here.version.sha256, of_code, said.words
        )
        go = here.order.url("page", version=here.version.number)
        return Done(go, "Accepted, in your words. It holds for this file alone.")

    return once(keep)


@at_both("/use", "POST")
@require("prepare_files")
@asks(Use, again=page)
def use(said: Use, /, position: int, **order: str) -> Response:
    """The order is made from this version, and checked again."""
    here = opened(order, position, said.version)
    if here.ordering is None:
        return once(lambda uow: _use_in_job(uow, here, said.revision))
    ordering = here.ordering
    file = component_files.in_use(ordering, here.file, here.version)

    def keep(uow: UnitOfWork) -> Done:
        draft = drafts.open_draft(uow, ordering.draft.ulid)
        component_files.use(uow, draft, here.file, file)
        step = url_for("drafting.step", ulid=show_ulid(draft.ulid), step=component_files.CODE)
        return Done(step, f"Version {here.version.number} is the file of your order.")

    return once(keep)


def _use_in_job(uow: UnitOfWork, here: Opened, revision: int) -> Done:
    job = intake.find_job(uow, here.order.where["number"])
    if job.revision != revision:
        raise StaleVersion("Somebody else has changed this order since you opened the page. Look again.")
    changing.use_in_job(uow, plant().files, job, here.file, here.version)
    words = f"Version {here.version.number} is being checked with the order."
    return Done(url_for("jobs.show", number=job.number), words)
