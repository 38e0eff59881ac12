"""The page map: pages of a component's file moved, turned, left out, put in. What is arranged stands in the address, so
that going back takes the last step back; keeping it makes a version.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from flask import Blueprint, render_template, request
from pydantic import Field
from werkzeug.wrappers import Response

from kernel.errors import InvalidInput, NotFound
from production.asked import Asked, Count, File, Line
from production.catalog.press_limits import pages_at_once
from production.frontdesk.artwork import changing
from production.frontdesk.artwork.component_file import is_long
from production.frontdesk.artwork.models import Act
from production.frontdesk.artwork.versions import Version
from production.frontdesk.choosing.answers import component_name
from production.frontdesk.orders.intake import GivenFile
from production.prepress.page_map import arrangement
from production.prepress.page_map.arrangement import (
    BLANK,
    Arranged,
    Leaf,
    Leaves,
    differences,
    read,
    whole,
    written,
)
from web.acts import asks
from web.forms import Form, Refused, list_place
from web.frame import plant, require
from web.portal.artwork import (
    Opened,
    ask_worker,
    asked_version,
    at_both,
    is_as_seen,
    keep_version,
    opened,
)
from web.portal.drafting import Page

blueprint = Blueprint("page_map", __name__)
PAGE = 48  # pages that are shown at once
_LONGEST = 12_000  # letters of an arrangement in an address


class Keep(Asked):
    """The arrangement as it was shown, of a version."""

    REFUSED = "Nothing was kept."
    version: Annotated[Count, Field(ge=1, le=100_000)]
    now: Line = Field(title="The pages", max_length=_LONGEST)


class Add(Keep):
    """A file of which pages are to be taken, while pages are arranged."""

    CODE = "FILE_MISSING"
    REFUSED = "No file was kept."
    file: File = Field(title="A file to take pages from (PDF)")


@dataclass(frozen=True, slots=True)
class Slot:
    """A place as it is shown: ``version`` and ``page`` of its picture, none for a blank page."""

    place: int
    words: str
    mark: str
    version: int | None
    page: int
    turn: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Step:
    """What is asked of an arrangement by the address: an act, the places it is about, and what else it takes."""

    go: str
    chosen: Collection[int]
    to: int
    pages: str
    source: int


@at_both("/pages", of=blueprint)
@require("prepare_files")
def page(position: int, refused: Refused | None = None, **order: str) -> Page:
    """Some of the places, after the step that the address asks for."""
    here = opened(order, position, asked_version(refused))
    if not here.file.may_change or not here.report or not here.pages:
        raise NotFound("The pages of this file cannot be arranged now.")
    if is_as_seen(here.file.work):
        return Response(status=204)
    sent = refused.sent.fields if refused else request.args
    pages = here.pages
    leaves, told = _read(sent.get("now", ""), pages)
    arranged, wrong = (Arranged(leaves), told) if refused or told else _after(leaves, _step(here))
    first = _first_shown(arranged)
    found = differences(arranged.leaves, pages)
    return render_template(
        "portal/page_map.html", order=here.order, url=here.order.url, file=here.file, version=here.version,
        label=component_name(here.file.component), now=written(arranged.leaves), count=len(arranged.leaves),
        first=first,
        page_size=PAGE, slots=list(_slots(here, arranged, found.marks, first)), found=found, pages=pages, wrong=wrong,
        focus=min(arranged.chosen, default=0), says=wrong or _said(arranged), refused=refused,
        keep=Form(Keep, refused), add=Form(Add, refused), source=list_place("of", 0), as_it_is=written(whole(pages)),
    )  # fmt: skip


def _read(text: str, pages: int) -> tuple[Leaves, str]:
    """What the address says; the file as it is, and why, where that is nothing."""
    if not text:
        return whole(pages), ""
    try:
        return read(text[:_LONGEST]), ""
    except InvalidInput as refusal:
        return whole(pages), refusal.sentence


def _step(here: Opened) -> Step:
    picked = [
        int(one) for one in request.args.getlist("leaf") if one.isascii() and one.isdigit() and len(one) < 7
    ]
    wanted = list_place("of", 0)
    other = here.file.versions[wanted - 1] if 1 <= wanted <= len(here.file.versions) else here.version
    source = 1 if other.number == here.version.number else changing.source_of(other)
    return Step(
        request.args.get("go", ""), picked, list_place("to", 0), request.args.get("pages", ""), source
    )


def _after(leaves: Leaves, step: Step) -> tuple[Arranged, str]:
    """The arrangement after a step; as it was, and why, where the step cannot be done."""
    act = _ACTS.get(step.go)
    if act is None:
        return Arranged(leaves, tuple(step.chosen)), ""
    inside = sorted({place for place in step.chosen if 1 <= place <= len(leaves)})
    if not inside and step.go not in _NEED_NO_PAGE:
        return Arranged(leaves), "Tick a page first."
    try:
        done = act(leaves, inside, step)
        if len(written(done.leaves)) > _LONGEST:
            raise InvalidInput("These are many changes at once. Keep them, then go on.")
    except InvalidInput as refusal:
        return Arranged(leaves, tuple(inside)), refusal.sentence
    return done, ""


def _more(step: Step) -> Leaves:
    """The pages that were written into the field, of the version that was chosen."""
    return tuple(Leaf(leaf.page, step.source, leaf.turn) if leaf.page else leaf for leaf in read(step.pages))


_Act = Callable[[Leaves, Collection[int], Step], Arranged]
_ACTS: Mapping[str, _Act] = {
    "earlier": lambda leaves, chosen, _: arrangement.earlier(leaves, chosen),
    "later": lambda leaves, chosen, _: arrangement.later(leaves, chosen),
    "to": lambda leaves, chosen, step: arrangement.moved(leaves, chosen, _behind(chosen, step.to)),
    "right": lambda leaves, chosen, _: arrangement.turned(leaves, chosen, 90),
    "left": lambda leaves, chosen, _: arrangement.turned(leaves, chosen, 270),
    "remove": lambda leaves, chosen, _: arrangement.without(leaves, chosen),
    "blank": lambda leaves, chosen, _: arrangement.put_in(
        leaves, min(chosen, default=len(leaves) + 1), [BLANK]
    ),
    "replace": lambda leaves, chosen, step: arrangement.replaced(leaves, chosen, _more(step)),
    "insert": lambda leaves, chosen, step: arrangement.put_in(
        leaves, max(chosen, default=len(leaves)) + 1, _more(step)
    ),
}
_NEED_NO_PAGE = ("blank", "insert")


def _behind(chosen: Collection[int], to: int) -> int:
    """In front of which place pages come to stand that are to be at ``to``: those that leave make room."""
    if to < 1:
        raise InvalidInput("Write the place where the pages are to stand.")
    return to + sum(place < to for place in chosen) if to > min(chosen) else to


def _first_shown(arranged: Arranged) -> int:
    """The place with which the page begins: so that what was worked on is on it."""
    wanted = min(arranged.chosen, default=0) or list_place("from", 1)
    wanted = min(max(1, wanted), len(arranged.leaves))
    return (wanted - 1) // PAGE * PAGE + 1


def _slots(here: Opened, arranged: Arranged, marks: tuple[str, ...], first: int) -> Iterator[Slot]:
    for place in range(first, min(first + PAGE, len(arranged.leaves) + 1)):
        leaf = arranged.leaves[place - 1]
        version = _version_of(here, leaf)
        own = leaf.source == 1
        words = "Blank page" if leaf.is_blank else f"Page {leaf.page:,}"
        words += "" if own or version is None else f" of version {version.number}"
        yield Slot(
            place, words, marks[place - 1], version.number if version else None, leaf.page, leaf.turn,
            place in arranged.chosen,
        )  # fmt: skip


def _version_of(here: Opened, leaf: Leaf) -> Version | None:
    """Whose page it is; None for a blank one, and for a version that is not there."""
    if leaf.is_blank:
        return None
    if leaf.source == 1:
        return here.version
    number = leaf.source - 1
    return here.file.versions[number - 1] if number <= len(here.file.versions) else None


_SAYS = {
    "earlier": "Moved earlier", "later": "Moved later", "to": "Moved", "right": "Turned right", "left": "Turned left",
    "remove": "Left out", "blank": "A blank page is in", "replace": "Replaced", "insert": "Put in",
}  # fmt: skip


def _said(arranged: Arranged) -> str:
    """What is announced after a step."""
    words = _SAYS.get(request.args.get("go", ""))
    if not words:
        return ""
    return f"{words}. Now at place {min(arranged.chosen, default=1):,} of {len(arranged.leaves):,}."


@at_both("/pages", "POST", of=blueprint)
@require("prepare_files")
@asks(Keep, again=page)
def keep(said: Keep, /, position: int, **order: str) -> Response:
    """A version with the pages as they are arranged."""
    here = opened(order, position, said.version)
    leaves = read(said.now)
    if len(leaves) > pages_at_once() or is_long(plant().files.checked_path(here.version.sha256)):
        given = changing.given_of(plant().files, here.version)
        return ask_worker(here, Act.ARRANGED, given, arrangement=written(leaves))
    made = changing.arranged(plant().files, here.file, here.version, leaves)
    return keep_version(here, made, lambda kept: here.order.url("artwork.page", version=kept))


@at_both("/pages/files", "POST", of=blueprint)
@require("prepare_files")
@asks(Add, again=page)
def add(said: Add, /, position: int, **order: str) -> Response:
    """A file beside the others, of which pages can be taken."""
    here = opened(order, position, said.version)
    given = GivenFile(plant().files.keep_stream(said.file.stream, "application/pdf"), said.file.name)
    if is_long(plant().files.checked_path(given.ref.sha256)):
        go = here.order.url("page_map.page", version=said.version, now=said.now)
        return ask_worker(here, Act.ADDED, given, go)
    made = changing.sent(plant().files, here.file, given, Act.ADDED)

    def back(kept: int) -> str:
        return here.order.url("page_map.page", version=said.version, now=said.now, of=kept)

    return keep_version(here, made, back)
