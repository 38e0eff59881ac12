"""Kits of an agency: made of past orders, ordered together."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from werkzeug.wrappers import Response

from kernel.ids import named_ulid, show_ulid
from production.asked import Asked
from production.library import kits
from production.library.kits import MakeKit
from store.db import UnitOfWork
from web.acts import asks, command
from web.forms import Form, Refused
from web.frame import Done, actor, once, plant, reading, require

blueprint = Blueprint("kits", __name__, url_prefix="/library/kits")


@blueprint.get("")
@require("see_library")
def listing(refused: Refused | None = None) -> str:
    """Every kit, and the form of a new one."""
    with reading() as session:
        found = kits.kits_of(session, actor())
        choices = kits.can_be_in(session, actor())
    form = Form(MakeKit, refused)
    ticked = refused.sent.texts.get("jobs", ()) if refused else ()
    return render_template(
        "portal/kits.html",
        kits=found,
        choices=choices,
        ticked=ticked,
        form=form,
        refused=refused,
        most=kits.MOST_ITEMS,
    )


@blueprint.post("")
@require("order")
@command(MakeKit, again=listing)
def make(uow: UnitOfWork, said: MakeKit) -> Done:
    """A kit of what was ticked."""
    kit = kits.make_kit(uow, said)
    return Done(url_for(".show", ulid=show_ulid(kit.ulid)), f"The kit {said.name} is made.")


@blueprint.get("/<ulid>")
@require("see_library")
def show(ulid: str, refused: Refused | None = None) -> str:
    """What is in it, and what ordering it begins."""
    with reading() as session:
        page = kits.kit_page(session, actor(), named_ulid(ulid, "kit"))
    return render_template("portal/kit.html", kit=page, ulid=ulid, refused=refused)


@blueprint.post("/<ulid>/order")
@require("order")
@asks(Asked, again=show)
def order(_said: Asked, ulid: str) -> Response:
    """One order is begun of everything in it."""
    with reading() as session:
        page = kits.kit_page(session, actor(), named_ulid(ulid, "kit"))
    found = kits.look_up(plant(), actor(), page)

    def work(uow: UnitOfWork) -> Done:
        draft = kits.order_kit(uow, page, found)
        return Done(url_for("drafting.step", ulid=show_ulid(draft.ulid), step="kit"))

    return once(work)


@blueprint.post("/<ulid>/remove")
@require("order")
@command(Asked, again=show)
def remove(uow: UnitOfWork, _said: Asked, ulid: str) -> Done:
    """The kit goes; orders and files stay."""
    name = kits.remove_kit(uow, named_ulid(ulid, "kit"))
    return Done(url_for(".listing"), f"The kit {name} is removed. Its orders and files stay.")
