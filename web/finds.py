"""Every kind of thing that the one box finds, a row each: who finds it, and the page it leads to. What it is known by
and the question to the database are its room's (``finds``). Acts stand here too, and the places of the navigation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from flask import current_app, url_for
from sqlalchemy.orm import Session

from billing import finds as billing
from production.catalog import finds as catalog
from production.catalog.forms import finds as forms
from production.finding import Finder, Hit, begin, first, words
from production.floor import finds as floor
from production.jobs import finds as jobs
from production.library import finds as library
from production.mailroom import finds as mailroom
from production.people import finds as people
from production.purchasing import finds as purchasing
from production.setup.kinds import KINDS
from production.setup.text import as_text
from production.stockroom import finds as stockroom
from store.db import Actor
from web.frame import Entry
from web.policies import may

Page = Callable[[Mapping[str, Any]], str]


@dataclass(frozen=True, slots=True)
class Find:
    """A kind: the heading it stands under, its sign, whose role finds it, how, and the page of one. What several rows
    put under one heading stands there once.
    """

    name: str
    icon: str
    verb: str
    finder: Finder[Any]
    page: Page


class Act(NamedTuple):
    """Something to do, for those who may; ``also``: other words it is looked for by."""

    verb: str
    endpoint: str
    label: str
    also: str = ""
    where: Mapping[str, Any] = {}


ACTS = (
    Act("bill", "billing.listing", "Close the month", "period ledger"),
    Act("bill", "rate_cards.listing", "Load a rate card", "prices rates"),
    Act("approve", "approving.queue", "Approve orders", "consent proof"),
    Act("purchase", "purchasing.home", "Buy work outside", "vendor bid award make broker"),
    Act("work_mailroom", "mailroom.builder", "Build a mailing", "stream combine pool"),
    Act("work_mailroom", "metering.listing", "Open a meter's day", "register sheet postage"),
    Act("work_mailroom", "sorter.new_mail", "Register mail brought in", "sorter"),
    Act("work_mailroom", "sorter.new_run", "Start a run of the sorter", "barcode"),
    Act("carry", "dock.home", "Hand mail over", "dispatch truck leave"),
    Act("work_stock", "stock_issuing.begin", "Issue paper to a job", "stock ticket"),
    Act("purchase", "purchase_orders.new", "Order from a vendor", "purchase buy"),
    Act("work_stock", "purchase_receipts.expected", "Count in a delivery", "receive vendor"),
    Act("administer", "admin.new", "Add a person", "user account people"),
    Act("administer", "setup_rows.new", "Add an agency", where={"code": "agency"}),
    Act("administer", "setup_rows.new", "Add an account", "budget bill code", {"code": "account"}),
    Act("administer", "setup_rows.new", "Add a meter", where={"code": "meter"}),
    Act("keep_machines", "setup_rows.new", "Add a paper", "stock", {"code": "stock"}),
    Act("keep_postal_data", "editions.listing", "Load postal data", "prices lists editions"),
    Act("order", "projects.new", "Ask the shop", "project question quote"),
    Act("estimate", "desk.home", "Answer a project", "quote estimate ask"),
    Act("keep_api_keys", "keys.listing", "Make an API key", "program"),
    Act("", "auth.account", "Change your password", "account sign"),
)


def _acts(session: Session, actor: Actor, sought: Sequence[str]) -> list[Hit]:
    """What the person may do, and where they may go."""
    del session
    places = cast("tuple[Entry, ...]", current_app.extensions["nav"])
    known = (*ACTS, *(Act(one.verb, one.endpoint, f"Go to {one.label}") for one in places))
    return first(
        Hit(act.label, {"url": url_for(act.endpoint, **act.where)})
        for act in known
        if allowed(actor, act.verb) and begin(sought, f"{act.label} {act.also}")
    )


def _setup(session: Session, actor: Actor, sought: Sequence[str]) -> list[Hit]:
    """Rows of every kind that the person keeps and that has no finder of its own; such kinds are short."""
    return first(
        Hit(f"{kind.name}: {said.get('name') or key.replace('_', ' ')}", {"code": kind.code, "key": key})
        for kind in KINDS
        if kind.code not in _OWN_FINDER and may(actor, kind.verb)
        for key, said in ((kind.key(row), as_text(kind, row)) for row in kind.rows(session))
        if begin(sought, f"{kind.name} {key} {' '.join(said.values())}".replace("_", " "))
    )


_OWN_FINDER = {"agency", "account", "person", "form", "stock_item"}
PLACES, SETUP = Finder(words, _acts), Finder(words, _setup)


def allowed(actor: Actor, verb: str) -> bool:
    """May the actor? Nothing asked for is for everybody who is signed in."""
    return not verb or may(actor, verb)


def to(endpoint: str, **where: Any) -> Page:
    """The page of that endpoint, with what the hit names and what is always the same."""
    return lambda at: url_for(endpoint, **at, **where)


def _agency_row(at: Mapping[str, Any]) -> str:
    return url_for("setup_rows.show", code="agency", key=at["agency"])


def _account_row(at: Mapping[str, Any]) -> str:
    return url_for("setup_rows.show", code="account", key=f"{at['agency']}/{at['bill_code']}")


def _agency_month(at: Mapping[str, Any]) -> str:
    return url_for("billing.agency", label=at["label"], agency_code=at["agency"])


# In the order in which answers stand.
FINDS = (
    Find("Jobs", "file", "see_jobs", jobs.BY_NUMBER, to("jobs.show")),
    Find("Jobs", "file", "see_jobs", jobs.BY_WORDS, to("jobs.show")),
    Find("Jobs of this order", "file", "see_jobs", jobs.BY_ORDER, to("jobs.show")),
    Find("Files", "folder", "see_library", library.FILES, to("library.show")),
    Find("Purchasing", "cart", "purchase", purchasing.REQUESTS, to("bids.show")),
    Find("Purchasing", "cart", "see_purchases", purchasing.ORDERS, to("purchase_orders.show")),
    Find("On the floor", "print", "work_floor", floor.TICKETS, to("operation.show")),
    Find("Letters and pieces", "envelope", "work_mailroom", mailroom.PIECES, to("stream.piece")),
    Find("Letters and pieces", "envelope", "find_letter", mailroom.OWN_LETTERS, to("jobs.show")),
    Find("Mailings", "layers", "work_mailroom", mailroom.MAILINGS, to("mailing.show")),
    Find("Streams", "layers", "work_mailroom", mailroom.STREAMS, to("stream.show")),
    Find("Trays", "box", "work_mailroom", mailroom.TRAYS, to("stream.tray")),
    Find("Meters", "dollar", "work_mailroom", mailroom.METERS, to("metering.listing")),
    Find("Accounts", "folder", "administer", people.ACCOUNTS, _account_row),
    Find("Accounts", "folder", "bill", billing.ACCOUNTS, _agency_month),
    Find("Accounts", "folder", "see_own_charges", people.ACCOUNTS, lambda _: url_for("charges.listing")),
    Find("Agencies", "flag", "administer", people.AGENCIES, _agency_row),
    Find("Agencies", "flag", "bill", billing.AGENCIES, _agency_month),
    Find("People", "person", "administer", people.PEOPLE, to("admin.person")),
    Find("Months", "calendar", "bill", billing.MONTHS, to("billing.show")),
    Find("Months", "calendar", "see_own_charges", billing.MONTHS, to("charges.statement")),
    Find("Forms", "file", "see_forms", forms.FORMS, to("forms.show")),
    Find("Stockroom", "box", "work_stock", stockroom.LOTS, to("stock_lots.show")),
    Find("Stockroom", "box", "work_stock", stockroom.ITEMS, to("stock.item")),
    Find("Set-up", "wrench", "set_up", SETUP, to("setup_rows.show")),
    Find("Do", "arrow", "order", catalog.PRODUCTS, to("drafting.begin")),
    Find("Do", "arrow", "", PLACES, lambda at: str(at["url"])),
)  # fmt: skip
