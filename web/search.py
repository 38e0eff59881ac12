"""One box finds everything: the page, and what the box in the masthead shows while somebody types.

What is typed is posted, so that no name stands in an address or a log of them. Letters are looked for by a recipient's
name only in what somebody sends off, never while it is typed, and each such look is on record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import login_required
from pydantic import Field
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from production.asked import Asked, Line
from production.finding import Hit, words
from production.jobs import need_to_know
from production.mailroom.finds import PIECES
from production.mailroom.pieces.letter_search import SHORTEST, FoundLetter, find_letters, note_search
from store.db import Actor
from web.acts import asks
from web.finds import FINDS, allowed
from web.forms import Refused
from web.frame import actor, plant, reading
from web.policies import may

blueprint = Blueprint("search", __name__, url_prefix="/search")
LONGEST, AS_TYPED = 120, 5
Answer = str | Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Found:
    """A hit with its sign and the address of its page."""

    hit: Hit
    icon: str
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    """Everything under one heading."""

    name: str
    found: Sequence[Found]


class Seek(Asked):
    """The one box."""

    q: Line = Field(title="Search", max_length=LONGEST)


def _again(refused: Refused) -> str:
    return _page(refused.sent.fields.get("q", "")[:LONGEST], (), refused.sentence)


@blueprint.get("")
@login_required  # type: ignore[untyped-decorator]
def page() -> Answer:
    """Without names: what stands in an address is read by others."""
    text = request.args.get("q", "").strip()[:LONGEST]
    with reading() as session:
        groups = everything(session, actor(), text)
    return _answer(text, groups)


@blueprint.post("")
@login_required  # type: ignore[untyped-decorator]
@asks(Seek, again=_again)
def sent(said: Seek) -> Answer:
    """What was typed or scanned; the only thing that fits is opened at once."""
    with reading() as session:
        groups = everything(session, actor(), said.q)
        letters = find_letters(session, actor(), said.q) if _may_be_name(said.q) else None
        opened = need_to_know.opened(session, actor(), {one.job_number for one in letters or ()})
    if letters is None:
        return _answer(said.q, groups)
    with plant().db.unit_of_work(actor()) as uow:
        note_search(uow, letters, opened)
    if not letters:
        return _answer(said.q, groups)
    return _page(said.q, [*groups, Group("Letters under this name", list(_by_name(letters, opened)))])


@blueprint.post("/now")
@login_required  # type: ignore[untyped-decorator]
@asks(Seek, again=_again)
def now(said: Seek) -> str:
    """The answer while somebody types, a few of each kind."""
    with reading() as session:
        groups = everything(session, actor(), said.q)
    shown = [Group(group.name, group.found[:AS_TYPED]) for group in groups]
    count = sum(len(group.found) for group in shown)
    by_name = _may_be_name(said.q)
    return render_template("search/now.html", text=said.q, groups=shown, count=count, by_name=by_name)


def everything(session: Session, who: Actor, text: str) -> list[Group]:
    """What a text can name and the person may find, by heading, in the order of the rows."""
    found = [
        (row.name, Found(hit, row.icon, row.page(hit.at)))
        for row in FINDS
        if allowed(who, row.verb)
        for hit in row.finder.find(session, who, text)
    ]
    order = list(dict.fromkeys(name for name, _ in found))
    found.sort(key=lambda one: order.index(one[0]))
    return [
        Group(name, list({one.url: one for _, one in each}.values()))
        for name, each in groupby(found, key=lambda one: one[0])
    ]


def _answer(text: str, groups: Sequence[Group]) -> Answer:
    named = {one.url for group in groups for one in group.found if not one.hit.is_led_to}
    if len(named) == 1:
        return redirect(named.pop(), code=303)
    return _page(text, groups)


def _page(text: str, groups: Sequence[Group], error: str = "") -> str:
    return render_template("search/page.html", text=text, groups=groups, error=error, longest=LONGEST)


def _may_be_name(text: str) -> bool:
    """Letters enough for somebody who may look for recipients, and no code of a piece."""
    is_name = sum(letter.isalpha() for letter in text) >= SHORTEST and PIECES.reads(text) is None
    return is_name and bool(words(text)) and may(actor(), "see_recipients")


def _by_name(letters: Sequence[FoundLetter], opened: set[str]) -> Iterator[Found]:
    """Letters of jobs whose recipients may be seen; of the others how many there are."""
    is_agency = actor().agency_id is not None
    for one in letters:
        if one.job_number in opened:
            note = f"row {one.source_row:,} of the list, ZIP {one.zip5}"
            hit = Hit(f"{one.job_number} {one.title}", note=note, state=one.state.value, day=one.mail_date)
            job, piece = "jobs.show", "piece_search.find"
            url = url_for(job, number=one.job_number) if is_agency else url_for(piece, q=one.tracking)
            yield Found(hit, "envelope", url)
    counted = Counter((one.job_number, one.title) for one in letters if one.job_number not in opened)
    for (number, title), count in counted.items():
        hit = Hit(f"{count:,} of {number} {title}", note="Give a reason to see which")
        yield Found(hit, "lock", url_for("recipients.why", number=number, next=url_for(".page")))
