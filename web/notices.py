"""A person's notices: the bell of every page, the page of all of them, and how each wants to be told."""

from __future__ import annotations

from datetime import time

from flask import Blueprint, redirect, render_template, url_for
from flask_login import current_user
from pydantic import Field, model_validator
from werkzeug.wrappers import Response

from kernel.errors import NotFound
from kernel.ids import named_ulid, show_ulid
from production.asked import Asked, Wrong
from production.notices import choices, inbox, links
from production.notices.inbox import Told
from production.notices.kinds import ByMail
from production.notices.setup import rule
from production.people.setup_fields import HourOfDay
from store.db import UnitOfWork
from web.acts import command
from web.forms import Form, Refused, list_place
from web.frame import Done, actor, plant, reading, require

blueprint = Blueprint("notices", __name__, url_prefix="/notices")
PAGE = 50
_WAYS = [
    (ByMail.ONCE.value, "At once"),
    (ByMail.DAILY.value, "Once a day, together"),
    (ByMail.NEVER.value, "Not by e-mail"),
]


class Choose(Asked):
    """How somebody wants to be told, by kind of notice."""

    REFUSED = "Nothing was kept."
    quiet_from: HourOfDay = Field(default="", title="No e-mail from", description="Such as 19:00.")
    quiet_until: HourOfDay = Field(default="", title="Until", description="Empty: at any hour.")
    on_page: tuple[str, ...] = Field(default=(), title="On the page", max_length=100)
    by_mail: dict[str, ByMail] = Field(default={}, title="By e-mail", max_length=100)

    @model_validator(mode="after")
    def _whole(self) -> Choose:
        if bool(self.quiet_from) != bool(self.quiet_until):
            raise Wrong("The hours without e-mail need both times, or none.")
        return self


@blueprint.get("")
@require("read_notices")
def listing(refused: Refused | None = None, **_where: str) -> str:
    """What is new, newest first."""
    return _page(only_new=True, refused=refused)


@blueprint.get("/all")
@require("read_notices")
def everything() -> str:
    """All that is kept, newest first."""
    return _page(only_new=False)


def _page(*, only_new: bool, refused: Refused | None = None) -> str:
    before = list_place("before", 0) or None
    with reading() as session:
        found = inbox.notices(session, actor(), only_new=only_new, before=before, limit=PAGE + 1)
        new = inbox.bell(session, actor()).count
    here = ".listing" if only_new else ".everything"
    older = url_for(here, before=found[PAGE - 1].id) if len(found) > PAGE else None
    return render_template(
        "notices/home.html", notices=found[:PAGE], new=new, shows_all=not only_new, older=older, refused=refused,
        has_catcher=plant().settings.mail_catcher,
    )  # fmt: skip


@blueprint.get("/mail/<token>")
@require("read_notices")
def follow(token: str) -> Response:
    """A link of an e-mail: on to what the notice is about, for the person whom it was sent to."""
    notice, person = links.read(plant().settings.secret_key(), token)
    if show_ulid(person) != current_user.ulid:
        raise NotFound("This link was sent to somebody else.")
    return redirect(url_for(".go", ulid=show_ulid(notice)), code=303)


@blueprint.get("/<ulid>")
@require("read_notices")
def go(ulid: str) -> Response:
    """On to what the notice is about: it is read now."""
    with plant().db.unit_of_work(actor()) as uow:
        told = _found(uow, ulid)
        inbox.mark_read(uow, told.ulid)
    return redirect(told.path, code=303)


@blueprint.post("/<ulid>/read")
@require("read_notices")
@command(Asked, again=listing)
def read_one(uow: UnitOfWork, _said: Asked, ulid: str) -> Done:
    """Read, without going there."""
    inbox.mark_read(uow, _found(uow, ulid).ulid)
    return Done(url_for(".listing"), "Marked as read.")


@blueprint.post("/read")
@require("read_notices")
@command(Asked, again=listing)
def read_all(uow: UnitOfWork, _said: Asked) -> Done:
    """Everything that is new is read."""
    count = inbox.mark_read(uow)
    return Done(url_for(".listing"), f"{count:,} marked as read." if count else "Nothing was new.")


@blueprint.get("/choices")
@require("read_notices")
def show_choices(refused: Refused | None = None) -> str:
    """What is sent to this person, and how."""
    with reading() as session:
        found = choices.choices(session, actor())
        since, until = choices.hours(session, actor())
        address = choices.address(session, actor())
        digest_at = rule(session).digest_at
    values = {
        "quiet_from": since,
        "quiet_until": until,
        "on_page": [one.kind.code for one in found if one.on_page],
        "by_mail": {one.kind.code: one.by_mail.value for one in found},
    }
    form = Form(Choose, refused, values=values)
    return render_template(
        "notices/choices.html", choices=found, form=form, ways=_WAYS, refused=refused,
        digest_at=f"{time.fromisoformat(digest_at):%-I:%M %p}",
        address=address if plant().settings.smtp_host else None,
    )  # fmt: skip


@blueprint.post("/choices")
@require("read_notices")
@command(Choose, again=show_choices)
def choose(uow: UnitOfWork, said: Choose) -> Done:
    """Keep what was chosen."""
    choices.choose(uow, said.on_page, said.by_mail)
    choices.be_quiet(uow, said.quiet_from, said.quiet_until)
    return Done(url_for(".show_choices"), "Kept. It holds from the next notice on.")


def _found(uow: UnitOfWork, ulid: str) -> Told:
    return inbox.find(uow.session, actor(), named_ulid(ulid, "notice"))
