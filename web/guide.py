"""Help, written for each role, and the first tour: a few stops on the page where somebody begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from flask import Blueprint, render_template, url_for

from kernel.errors import NotFound
from production.asked import Asked
from production.people import accounts
from production.people.models import Role
from store.db import UnitOfWork
from web.acts import command
from web.forms import Refused
from web.frame import Done, actor, require

blueprint = Blueprint("help", __name__, url_prefix="/help")
WORDS = {role: role.value.replace("_", " ").capitalize() for role in Role}


class Stop(NamedTuple):
    """One thing on the page: where (a place of the navigation by its endpoint, or a selector), and what it is for."""

    at: str
    title: str
    words: str


_HEAD, _FIND, _PERSON = ".page-head", ".masthead .seek-form, .masthead .seek-link", ".person > summary"
_LAST = (
    Stop(
        _FIND,
        "Find anything",
        "Type a number, a word of a title or what you want to do; scan a code. Press / to get there.",
    ),
    Stop(_PERSON, "You", "Your account and the way out. Help for your work is at the foot of every page."),
)
TOURS: Mapping[Role, Sequence[Stop]] = {
    Role.REQUESTER: (
        Stop(
            _HEAD,
            "Where you begin",
            "Here you see what you ordered, what needs you, and how far everything is.",
        ),
        Stop(
            "catalog.choose",
            "Order",
            "Choose what you need. You see proof and price before anything is printed or charged.",
        ),
        Stop(
            "letter_search.search",
            "Find a letter",
            "Somebody calls about a letter: find it by the name in your list.",
        ),
    ),
    Role.APPROVER: (
        Stop(
            _HEAD,
            "Where you begin",
            "What waits for your yes, the nearest day first. You never approve what you ordered yourself.",
        ),
        Stop("jobs.listing", "Jobs", "Everything that your agency ordered, with proof, price and state."),
        Stop(
            "charges.listing",
            "Charges",
            "What was charged, month by month. Each amount opens to its evidence.",
        ),
    ),
    Role.PRINT_OPERATOR: (
        Stop(
            _HEAD,
            "Where you begin",
            "Scan a ticket to start it, and again to finish it. What is ready stands below.",
        ),
        Stop("jobs.listing", "Jobs", "Whose work it is, and for which day."),
    ),
    Role.MAIL_OPERATOR: (
        Stop(
            _HEAD,
            "Where you begin",
            "Approved jobs wait here. Tick those that go together: the bar tells what that saves.",
        ),
        Stop("mailing.listing", "Mailings", "One number for each mailing, from its trays to its statement."),
        Stop("dock.home", "Dock", "Nothing leaves while a piece is unexplained."),
        Stop("metering.listing", "Meters", "The registers of each meter's day, and what was run on it."),
    ),
    Role.BILLING_CLERK: (
        Stop(_HEAD, "Where you begin", "Each month, what keeps it open, and what was not charged yet."),
        Stop(
            "rate_cards.listing",
            "Rates",
            "Rate cards: a draft is compared with last quarter before a second person agrees.",
        ),
    ),
    Role.ADMINISTRATOR: (
        Stop(
            _HEAD,
            "Where you begin",
            "What is still to set up. What you have not set yet uses a guess, marked as ours.",
        ),
        Stop(
            "setup_rows.agencies", "Agencies", "Who orders and pays. Paste many from a spreadsheet at once."
        ),
        Stop(
            "admin.people",
            "People",
            "Who may do what. A new person gets a first password and must change it.",
        ),
    ),
    Role.PLANNER: (
        Stop(_HEAD, "Where you begin", "Machines, benches and papers: what the plant makes things with."),
        Stop("jobs.listing", "Jobs", "What is ordered, for which day, and how far it is."),
    ),
    Role.MESSENGER: (
        Stop(
            _HEAD,
            "Where you begin",
            "What leaves today and what is to be handed over. Each hand-over has a name.",
        ),
    ),
    Role.DIRECTOR: (
        Stop(
            _HEAD,
            "Where you begin",
            "What sorting and sorting together saved, month by month. Only mail that left counts.",
        ),
    ),
}


@blueprint.get("")
@require("see_help")
def own(refused: Refused | None = None) -> str:
    """The help of one's own roles."""
    del refused  # nothing is asked
    return _page([role for role in Role if role.value in actor().roles])


@blueprint.get("/<role>")
@require("see_help")
def of_role(role: str) -> str:
    """The help of another role: whoever explains it reads it too."""
    found = next((one for one in Role if one.value == role), None)
    if found is None:
        raise NotFound("There is no help under this name.", remedy="Choose one of the list.")
    return _page([found])


def _page(roles: Sequence[Role]) -> str:
    named = ", ".join(WORDS[role] for role in roles)
    others = [(role.value, WORDS[role]) for role in Role if role not in roles]
    return render_template("help/page.html", roles=roles, named=named, others=others)


@blueprint.post("/toured")
@require("see_help")
@command(Asked, again=own)
def toured(uow: UnitOfWork, _said: Asked) -> Done:
    """Shown around, or not wanted: it is not offered again."""
    assert uow.actor.user_id is not None  # somebody is signed in  # noqa: S101
    accounts.note_toured(uow, uow.actor.user_id)
    return Done(url_for("frame.start"))


@blueprint.app_template_global("tour_stops")
def stops() -> Sequence[tuple[str, Stop]]:
    """(selector, stop) of the person's tour."""
    tour = next((TOURS[role] for role in TOURS if role.value in actor().roles), ())
    return [(_selector(stop.at), stop) for stop in (*tour, *_LAST)]


def _selector(at: str) -> str:
    return at if at.startswith(".") else f'.counters a[href="{url_for(at)}"]'
