"""Rate cards: what is in force, each card's lines, and the way of one from a file to its first day."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, render_template, url_for
from pydantic import Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.models import RateCard, RateLineRow
from billing.rate_cards import approve_card, as_line, compare, load_card, publish_card, withdraw_card
from kernel import clock
from kernel.clock import long_date
from kernel.errors import InvalidInput, NotFound
from kernel.ids import named_ulid, show_ulid
from kernel.money import ZERO
from production.asked import Asked, Day, File, Needed
from production.catalog.queries import unit_names
from production.people import second_person
from store.db import UnitOfWork
from web.acts import Knowing, command
from web.forms import Form, Refused
from web.frame import Done, reading, require

blueprint = Blueprint("rate_cards", __name__, url_prefix="/rate-cards")
MAX_BYTES = 1_000_000


class LoadCard(Asked):
    """A rate card from a file."""

    CODE = "RATE_CARD"
    REFUSED = "The rate card was not loaded."
    name: Needed = Field(title="Name", description="Cards of one name follow one another.", max_length=80)
    effective_from: Day = Field(title="In force from")
    card: File = Field(
        title="Prices (CSV)", description="Columns: unit, description, rate, minimum, pass_through."
    )


@blueprint.get("")
@require("bill")
def listing(refused: Refused | None = None) -> str:
    """Every card, newest first."""
    with reading() as session:
        counts = (
            select(RateLineRow.card_id, func.count().label("lines")).group_by(RateLineRow.card_id).subquery()
        )
        cards = session.execute(
            select(RateCard, counts.c.lines)
            .outerjoin(counts, counts.c.card_id == RateCard.id)
            .order_by(RateCard.effective_from.desc(), RateCard.name)
        ).all()
    return render_template(
        "billing/cards.html",
        cards=cards,
        today=clock.today(),
        refused=refused,
        form=Form(LoadCard, refused),
    )


@blueprint.post("")
@require("bill")
@command(LoadCard, again=listing)
def load(uow: UnitOfWork, said: LoadCard) -> Done:
    """Keep a card from CSV as a draft, or say what is wrong with each line."""
    data = said.card.stream.read(MAX_BYTES + 1)
    if not data:
        raise said.refusal("card", "The file is empty.", "Choose another.")
    if len(data) > MAX_BYTES:
        raise said.refusal("card", "The file has more than 1 MB; a rate card is small.")
    card, findings = load_card(
        uow, name=said.name, effective_from=said.effective_from, data=data, file=said.card.name
    )
    if card is None:
        raise InvalidInput(said.REFUSED, code="RATE_CARD", findings=findings)
    uow.session.flush()
    return Done(
        url_for(".show", ulid=show_ulid(card.ulid)),
        f"{card.name} is kept as a draft. A second person compares and approves it; then it is published.",
    )


@blueprint.get("/<ulid>")
@require("bill")
def show(ulid: str, refused: Refused | None = None, **_where: str) -> str:
    """One card's lines, and what they would have cost last quarter beside the prices before."""
    with reading() as session:
        card = _find(session, ulid)
        rows = session.scalars(
            select(RateLineRow).filter_by(card_id=card.id).order_by(RateLineRow.unit)
        ).all()
        for row in rows:
            row.card = card
        compared = compare(session, card, clock.today())
        who_may = second_person.who_may(session, card.loaded_by)
        units = unit_names(session)
    return render_template(
        "billing/card.html", card=card, units=units, lines=[as_line(row) for row in rows], compared=compared,
        before=sum((line.cost_before for line in compared), ZERO),
        after=sum((line.cost_after for line in compared), ZERO), who_may=who_may,
        refused=refused,
    )  # fmt: skip


@blueprint.post("/<ulid>/<any(approve, publish, withdraw):verb>")
@require("bill")
@command(Knowing, again=show)
def change(uow: UnitOfWork, said: Knowing, ulid: str, verb: str) -> Done:
    """Approve by a second person, publish, or withdraw before the first use."""
    card = _find(uow.session, ulid)
    say = _CHANGES[verb](uow, card, said.knowing)
    return Done(url_for(".show", ulid=ulid), f"{card.name} {say}")


def _approve(uow: UnitOfWork, card: RateCard, _knowing: list[str]) -> str:
    approve_card(uow, card)
    return "is approved. It can be published now."


def _publish(uow: UnitOfWork, card: RateCard, knowing: list[str]) -> str:
    publish_card(uow, card, knowing=knowing)
    return f"is published: in force from {long_date(card.effective_from)}."


def _withdraw(uow: UnitOfWork, card: RateCard, _knowing: list[str]) -> str:
    withdraw_card(uow, card)
    return "is withdrawn."


_CHANGES: dict[str, Callable[[UnitOfWork, RateCard, list[str]], str]] = {
    "approve": _approve,
    "publish": _publish,
    "withdraw": _withdraw,
}


def _find(session: Session, ulid: str) -> RateCard:
    key = named_ulid(ulid, "rate card")
    card = session.scalars(select(RateCard).filter_by(ulid=key)).one_or_none()
    if card is None:
        raise NotFound("There is no such rate card.")
    return card
